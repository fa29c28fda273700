//! Changes of every kind, one by one.

use std::os::unix::fs::{PermissionsExt, symlink};

use secretscan::ledger::SkipReason;
use secretscan::source::git::staged::scan_staged;
use secretscan::source::git::{GitEnvironment, GitOptions};

use crate::git::{Repo, staged};
use crate::record::Record;

fn numbered(lines: std::ops::Range<u32>) -> String {
    lines.map(|n| ["line number ", &n.to_string(), "\n"].concat()).collect()
}

#[test]
fn the_first_commit_counts_as_a_whole() {
    let repo = Repo::new();
    repo.add("a.txt", "one\ntwo\n");
    repo.add("deep/er/b.txt", "three");
    let seen = repo.agrees().clean();
    assert_eq!(seen.texts(), [("a.txt", "one\ntwo\n"), ("deep/er/b.txt", "three")]);
}

#[test]
fn only_added_lines_count_and_the_text_is_whole() {
    let repo = Repo::new();
    repo.add("a.txt", numbered(0..30));
    repo.commit();
    repo.add("a.txt", format!("new head\n{}new tail\n", numbered(0..30)));
    let seen = repo.agrees().clean();
    assert_eq!(seen.blobs.len(), 1);
    assert_eq!(seen.blobs[0].lines, Some([1, 32].into()));
    assert_eq!(seen.blobs[0].text, format!("new head\n{}new tail\n", numbered(0..30)).as_bytes());
}

#[test]
fn the_work_tree_is_never_read() {
    let repo = Repo::new();
    repo.add("a.txt", "base\n");
    repo.commit();
    repo.add("a.txt", "base\nstaged\n");
    repo.write("a.txt", "base\nnot staged\n");
    repo.add("gone.txt", "staged\n");
    std::fs::remove_file(repo.path.join("gone.txt")).expect("removed");
    let seen = repo.agrees().clean();
    assert_eq!(seen.texts(), [("a.txt", "base\nstaged\n"), ("gone.txt", "staged\n")]);
}

#[test]
fn an_unstaged_edit_counts_for_nothing() {
    let repo = Repo::new();
    repo.add("a.txt", "base\n");
    repo.commit();
    repo.write("a.txt", "edited\n");
    repo.write("untracked.txt", "new\n");
    let seen = repo.agrees();
    assert!(seen.blobs.is_empty());
    assert_eq!(seen.notices, ["nothing is staged"]);
}

#[test]
fn deletions_and_removed_lines_add_nothing() {
    let repo = Repo::new();
    repo.add("a.txt", numbered(0..9));
    repo.add("b.txt", "b\n");
    repo.commit();
    repo.add("a.txt", numbered(3..9));
    repo.git(&["rm", "-q", "b.txt"]);
    let seen = repo.agrees().clean();
    assert!(seen.blobs.is_empty());
}

#[test]
fn a_pure_rename_adds_nothing_and_a_changed_one_what_changed() {
    let repo = Repo::new();
    repo.add("a.txt", numbered(0..40));
    repo.add("b.txt", numbered(100..140));
    repo.add("folder/c.txt", numbered(200..240));
    repo.commit();
    repo.git(&["mv", "a.txt", "moved.txt"]);
    repo.git(&["mv", "b.txt", "changed.txt"]);
    repo.add("changed.txt", format!("{}added\n", numbered(100..140)));
    repo.git(&["mv", "folder", "other"]);
    let seen = repo.agrees().clean();
    assert_eq!(seen.paths(), ["changed.txt"]);
    assert_eq!(seen.blobs[0].lines, Some([41].into()));
}

#[test]
fn a_copy_is_a_new_file() {
    let repo = Repo::new();
    repo.add("a.txt", numbered(0..40));
    repo.commit();
    repo.add("copy.txt", numbered(0..40));
    let seen = repo.agrees().clean();
    assert_eq!((seen.paths(), &seen.blobs[0].lines), (vec!["copy.txt"], &None));
}

#[test]
fn one_deleted_file_answers_for_one_new_file_only() {
    let repo = Repo::new();
    repo.add("a.txt", numbered(0..40));
    repo.commit();
    repo.git(&["mv", "a.txt", "x/../b.txt"]);
    repo.add("c.txt", numbered(0..40));
    assert_eq!(repo.agrees().clean().paths(), ["c.txt"]);
}

#[test]
fn a_dissimilar_file_is_new_even_if_another_goes() {
    let repo = Repo::new();
    repo.add("a.txt", numbered(0..40));
    repo.commit();
    repo.git(&["rm", "-q", "a.txt"]);
    repo.add("b.txt", numbered(30..70));
    let seen = repo.agrees().clean();
    assert_eq!(seen.blobs[0].lines, None);
}

#[test]
fn the_executable_bit_adds_nothing() {
    let repo = Repo::new();
    repo.add("run.sh", "echo\n");
    repo.commit();
    let file = repo.path.join("run.sh");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("chmod");
    repo.git(&["add", "run.sh"]);
    assert!(repo.agrees().blobs.is_empty());
}

#[test]
fn a_link_counts_with_its_text_and_a_change_of_type_as_a_whole() {
    let repo = Repo::new();
    repo.add("file", "content\n");
    symlink("file", repo.path.join("link")).expect("a link");
    repo.git(&["add", "link"]);
    repo.commit();
    std::fs::remove_file(repo.path.join("file")).expect("removed");
    std::fs::remove_file(repo.path.join("link")).expect("removed");
    symlink("elsewhere", repo.path.join("file")).expect("a link");
    repo.write("link", "file");
    repo.git(&["add", "file", "link"]);
    let seen = repo.agrees().clean();
    assert_eq!(seen.texts(), [("file", "elsewhere"), ("link", "file")]);
    assert!(seen.blobs.iter().all(|blob| blob.lines.is_none()));
}

#[test]
fn a_folder_in_place_of_a_file_and_the_reverse() {
    let repo = Repo::new();
    repo.add("a", "file\n");
    repo.add("b/inner", "inner\n");
    repo.add("b-c", "between\n");
    repo.commit();
    repo.git(&["rm", "-rq", "a", "b"]);
    repo.add("a/inner", "now a folder\n");
    repo.add("b", "now a file\n");
    assert_eq!(repo.agrees().clean().paths(), ["a/inner", "b"]);
}

#[test]
fn names_around_a_folder_keep_their_order() {
    let repo = Repo::new();
    for name in ["a", "a-b/x", "a.c", "a0", "b/y", "b.z/q", "b0"] {
        repo.add(name, format!("{name}\n"));
    }
    repo.commit();
    repo.git(&["rm", "-rq", "a", "b"]);
    for name in ["a/new", "a-b/x", "a.c", "b.z/q", "b0", "a!b/n"] {
        repo.add(name, format!("{name}\nmore {name} text\n"));
    }
    repo.agrees().clean();
}

#[test]
fn a_file_announced_but_not_added_is_not_part_of_the_commit() {
    let repo = Repo::new();
    repo.add("a.txt", "a\n");
    repo.commit();
    repo.write("later.txt", "later\n");
    repo.git(&["add", "-N", "later.txt"]);
    repo.add("b.txt", "b\n");
    assert_eq!(repo.agrees().clean().paths(), ["b.txt"]);
}

#[test]
fn a_submodule_pointer_is_noticed_and_not_opened() {
    let other = Repo::new();
    other.add("x", "x\n");
    other.commit();
    let repo = Repo::new();
    repo.add("a.txt", "a\n");
    repo.commit();
    repo.git(&["submodule", "--quiet", "add", other.path.to_str().expect("UTF-8"), "vendor/sub"]);
    let seen = repo.agrees();
    assert_eq!(seen.paths(), [".gitmodules"]);
    assert_eq!(seen.skipped, [("vendor/sub".to_owned(), SkipReason::Submodule)]);
    assert_eq!(seen.notices.len(), 1);
    assert!(seen.notices[0].contains("vendor/sub: the submodule moves to commit"));
    repo.commit();
    let seen = repo.staged();
    assert!(seen.skipped.is_empty(), "an unchanged pointer is not worth a word");
}

#[test]
fn binary_and_utf16_files_count_as_a_whole() {
    let repo = Repo::new();
    let utf16 = |text: &str| -> Vec<u8> {
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    };
    repo.add("data.bin", b"\x01\0old");
    repo.add("wide.txt", utf16("old\n"));
    repo.commit();
    repo.add("data.bin", b"\x01\0new");
    repo.add("wide.txt", utf16("old\nnew\n"));
    let seen = repo.staged().clean();
    let lines: Vec<_> = seen.blobs.iter().map(|blob| (blob.binary, &blob.lines)).collect();
    assert_eq!(lines, [(true, &None), (false, &None)]);
    assert_eq!(seen.blobs[1].text, b"old\nnew\n");
    assert_eq!(repo.diff(&[]).values().flatten().count(), 0, "git takes both for binary");
}

#[test]
fn line_ends_and_missing_last_breaks_agree_with_git() {
    let repo = Repo::new();
    repo.add("crlf.txt", "a\r\nb\r\n");
    repo.add("open.txt", "a\nb");
    repo.add("latin.txt", b"caf\xe9\nx\n");
    repo.commit();
    repo.add("crlf.txt", "a\nb\r\nc\r\n");
    repo.add("open.txt", "a\nb\n");
    repo.add("latin.txt", b"caf\xe9\nna\xefve\nx\n");
    assert_eq!(repo.agrees().clean().blobs.len(), 3);
}

#[test]
fn odd_names_are_found_again() {
    let repo = Repo::new();
    for name in ["with space.txt", "ünïcode.txt", "-dash", "a/b c/d e"] {
        repo.write(name, format!("{name}\n"));
    }
    repo.git(&["add", "--", "."]);
    assert_eq!(repo.staged().clean().paths(), ["-dash", "a/b c/d e", "with space.txt", "ünïcode.txt"]);
}

#[test]
fn excluded_paths_are_counted_and_not_read() {
    let repo = Repo::new();
    repo.add("vendor/lib.js", "x\n");
    repo.add("src.js", "y\n");
    let record = Record::default();
    let options = GitOptions {
        excludes: Some(std::sync::Arc::new(|path| path.starts_with("vendor/"))),
        ..GitOptions::default()
    };
    scan_staged(&repo.path, &GitEnvironment::default(), &options, &&record).expect("scanned");
    let seen = record.finish();
    assert_eq!(seen.paths(), ["src.js"]);
    assert_eq!(seen.skipped, [("vendor/lib.js".to_owned(), SkipReason::ConfiguredPath)]);
}

#[test]
fn many_files_give_the_same_with_any_number_of_threads() {
    let repo = Repo::new();
    for n in 0..120 {
        repo.write(&format!("d{}/f{n}.txt", n % 7), format!("file {n}\n"));
    }
    repo.git(&["add", "."]);
    let one = repo.agrees().clean();
    assert_eq!(one.blobs.len(), 120);
    for threads in [1, 3, 16] {
        let record = Record::default();
        let options = GitOptions { threads, ..GitOptions::default() };
        scan_staged(&repo.path, &GitEnvironment::default(), &options, &&record).expect("scanned");
        assert_eq!(record.finish().blobs, one.blobs);
    }
}

#[test]
fn a_subfolder_stands_for_its_repository() {
    let repo = Repo::new();
    repo.add("top.txt", "top\n");
    repo.add("sub/in.txt", "in\n");
    let seen = staged(&repo.path.join("sub"), &GitEnvironment::default()).expect("scanned");
    assert_eq!(seen.paths(), ["sub/in.txt", "top.txt"]);
}
