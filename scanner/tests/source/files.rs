//! Files and folders: what is named, how it is shown, and that nothing is seen twice.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secretscan::ledger::SkipReason;
use secretscan::source::files::FileOptions;
use tempfile::TempDir;

use crate::record::{relative, scan, scan_in, scan_with};

fn tree(files: &[&str]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().canonicalize().expect("it exists");
    for file in files {
        let file = path.join(file);
        fs::create_dir_all(file.parent().expect("below the folder")).expect("folders");
        fs::write(&file, file.file_name().expect("a name").as_bytes()).expect("a file");
    }
    (dir, path)
}

#[test]
fn a_folder_gives_every_file_hidden_ones_too_but_not_dot_git() {
    let (_dir, path) =
        tree(&["a", ".env", ".github/w.yml", "d/e/f", ".git/config", "d/.git/config", ".ignore"]);
    fs::write(path.join(".ignore"), "a\n").expect("written");
    fs::write(path.join("d/.gitignore"), "f\n").expect("written");
    let seen = scan_in(&path, &["."]).clean();
    assert_eq!(seen.paths(), [".env", ".github/w.yml", ".ignore", "a", "d/.gitignore"]);
}

#[test]
fn a_file_that_is_named_is_scanned_even_in_dot_git_or_ignored() {
    let (_dir, path) = tree(&[".git/config", ".gitignore", "hidden/key"]);
    fs::write(path.join(".gitignore"), "hidden/\n").expect("written");
    let seen = scan_in(&path, &[".git/config", "hidden/key"]).clean();
    assert_eq!(seen.texts(), [(".git/config", "config"), ("hidden/key", "key")]);
    assert_eq!(scan_in(&path, &["hidden"]).clean().paths(), ["hidden/key"]);
    let seen = scan_in(&path, &[".", "hidden/key"]).clean();
    assert_eq!(seen.paths(), [".gitignore", "hidden/key"]);
}

#[test]
fn ignore_rules_can_be_turned_off() {
    let (_dir, path) = tree(&[".git/HEAD", ".gitignore", "ignored"]);
    fs::write(path.join(".gitignore"), "ignored\n").expect("written");
    let options = FileOptions { respect_gitignore: false, ..FileOptions::default() };
    let seen = relative(scan_with(&[&path], &options), &path).clean();
    assert_eq!(seen.paths(), [".gitignore", "ignored"]);
}

#[test]
fn overlapping_names_give_each_file_once_in_any_order() {
    let (_dir, path) = tree(&["a/b/x", "a/b/y", "a/c", "z"]);
    let expected = ["a/b/x", "a/b/y", "a/c", "z"];
    for names in [
        &["a", "a/b", "z"][..],
        &["a/b", "z", "a"],
        &["a/b/x", "a", "a", "z", "z"],
        &["z", "a", "a/../a/b/x", "a/b/../b"],
        &[".", "a/b/y", "a/b", "a"],
    ] {
        let seen = scan_in(&path, names).clean();
        let mut files: Vec<String> =
            seen.paths().iter().map(|path| path.replace("a/../", "").replace("b/../", "")).collect();
        files.sort();
        assert_eq!(files, expected, "{names:?}");
    }
    let (one, other) = (scan_in(&path, &["a", "./a"]), scan_in(&path, &["./a", "a"]));
    assert_eq!(one.paths(), other.paths());
}

#[test]
fn a_named_link_is_followed_and_shown_by_its_target_and_others_are_counted() {
    let (_dir, path) = tree(&["real/file", "top/inner"]);
    symlink("real/file", path.join("to_file")).expect("a link");
    symlink("real", path.join("to_folder")).expect("a link");
    symlink("../real", path.join("top/link")).expect("a link");
    symlink("nowhere", path.join("top/broken")).expect("a link");
    symlink("..", path.join("top/loop")).expect("a link");
    symlink("/etc/passwd", path.join("top/outside")).expect("a link");
    for name in ["to_file", "to_folder"] {
        assert_eq!(scan_in(&path, &[name]).clean().paths(), ["real/file"]);
    }
    assert_eq!(scan_in(&path, &["to_file", "real", "to_folder"]).clean().paths(), ["real/file"]);
    let seen = scan_in(&path, &["top"]);
    assert_eq!(seen.paths(), ["top/inner"]);
    let links = ["top/broken", "top/link", "top/loop", "top/outside"];
    assert_eq!(seen.skipped, links.map(|link| (link.to_owned(), SkipReason::Symlink)));
    assert_eq!(seen.failures, []);
}

#[test]
fn a_named_link_that_leads_nowhere_or_in_a_circle_is_a_failure() {
    let (_dir, path) = tree(&[]);
    symlink("nowhere", path.join("broken")).expect("a link");
    symlink("b", path.join("a")).expect("a link");
    symlink("a", path.join("b")).expect("a link");
    let seen = scan_in(&path, &["broken", "a"]);
    let failed: Vec<&str> = seen.failures.iter().map(|failure| failure.path.as_str()).collect();
    assert_eq!(failed, ["a", "broken"]);
}

#[test]
fn special_files_are_counted_and_never_opened() {
    let (_dir, path) = tree(&["d/file"]);
    let fifo = path.join("d/fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo runs").success());
    let _socket = UnixListener::bind(path.join("d/socket")).expect("a socket");
    let seen = scan_in(&path, &["d"]);
    assert_eq!(seen.paths(), ["d/file"]);
    let special =
        [("d/fifo".to_owned(), SkipReason::SpecialFile), ("d/socket".to_owned(), SkipReason::SpecialFile)];
    assert_eq!(seen.skipped, special);
    let seen = scan_in(&path, &["d/fifo"]);
    assert_eq!((seen.skipped.len(), seen.notices.len()), (1, 1), "a named pipe gets a word of explanation");
    assert_eq!(scan(&[Path::new("/dev/null")]).skipped, [("/dev/null".to_owned(), SkipReason::SpecialFile)]);
}

#[test]
fn excluded_paths_are_counted_and_not_read() {
    let (_dir, path) = tree(&["src/a", "vendor/b", "vendor/c"]);
    let options = FileOptions {
        excludes: Some(Arc::new(|path: &str| path.contains("/vendor/"))),
        ..FileOptions::default()
    };
    let seen = relative(scan_with(&[&path], &options), &path);
    assert_eq!(seen.paths(), ["src/a"]);
    let skipped = ["vendor/b", "vendor/c"].map(|path| (path.to_owned(), SkipReason::ConfiguredPath));
    assert_eq!(seen.skipped, skipped);
}

#[test]
fn any_number_of_threads_sees_the_same() {
    let names: Vec<String> = (0..300).map(|n| format!("d{}/e{}/f{n}", n % 11, n % 3)).collect();
    let (_dir, path) = tree(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let scan = |threads| {
        let options = FileOptions { threads, ..FileOptions::default() };
        scan_with(&[&path], &options).clean().blobs
    };
    let one = scan(1);
    assert_eq!(one.len(), 300);
    assert_eq!(scan(2), one);
    assert_eq!(scan(16), one);
}

#[test]
fn a_name_that_is_not_utf8_is_shown_lossily_and_opened() {
    let (_dir, path) = tree(&[]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    fs::write(path.join(name), "x").expect("a file");
    let seen = relative(scan(&[&path]), &path).clean();
    assert_eq!(seen.texts(), [("caf\u{fffd}.txt", "x")]);
    let seen = relative(scan(&[&path.join(name)]), &path).clean();
    assert_eq!(seen.texts(), [("caf\u{fffd}.txt", "x")]);
}

#[test]
fn a_folder_named_like_standard_input_is_a_folder() {
    let (_dir, path) = tree(&["-/file"]);
    assert_eq!(scan_in(&path, &["-"]).clean().paths(), ["-/file"]);
}

#[test]
fn an_empty_folder_is_noticed() {
    let (_dir, path) = tree(&["full/file"]);
    fs::create_dir(path.join("empty")).expect("a folder");
    let seen = scan_in(&path, &["empty", "full"]);
    assert_eq!(seen.paths(), ["full/file"]);
    assert_eq!(seen.notices, ["empty: no file to scan in this folder"]);
}

#[test]
fn an_empty_file_is_a_blob() {
    let (_dir, path) = tree(&[]);
    fs::write(path.join("empty"), "").expect("a file");
    let seen = scan_in(&path, &["empty"]).clean();
    assert_eq!((seen.blobs[0].stored, seen.blobs[0].segments), (0, 0));
}
