//! Repositories and indexes in every state, from hooks to damage.

use std::fs;
use std::path::{Path, PathBuf};

use secretscan::source::git::{GitEnvironment, GitError};

use crate::git::{Repo, added, command, staged};

/// A hook that copies the index it is given, and the variables, to where the test finds them.
fn spy_on_commits(repo: &Repo) -> PathBuf {
    let spied = repo.path.join("../spied");
    let hook = repo.path.join(".git/hooks/pre-commit");
    let script =
        "#!/bin/sh\ncp \"$GIT_INDEX_FILE\" \"$SPIED.index\"\necho \"$GIT_INDEX_FILE\" >\"$SPIED.name\"\n";
    fs::write(&hook, script).expect("a hook");
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("chmod");
    spied
}

/// What a hook of `git commit ARGUMENTS` would scan. The commit is undone again.
fn seen_by_hook(repo: &Repo, arguments: &[&str]) -> Vec<(String, Vec<u64>)> {
    let spied = spy_on_commits(repo);
    let mut git = command(&repo.path);
    git.env("SPIED", &spied).args(["commit", "-q", "-m", "c"]).args(arguments);
    let output = git.output().expect("git runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    repo.git(&["reset", "-q", "--soft", "HEAD~1"]);
    let index_file = spied.with_extension("index");
    let environment = GitEnvironment { index_file: Some(index_file.clone()), ..GitEnvironment::default() };
    let seen = staged(&repo.path, &environment).expect("scanned").clean();
    assert_eq!(added(&seen), repo.diff(&[("GIT_INDEX_FILE", &index_file)]));
    seen.blobs.iter().map(|blob| (blob.path.clone(), blob.counted().into_iter().collect())).collect()
}

#[test]
fn commit_a_and_commit_path_are_seen_through_their_index_file() {
    let repo = Repo::new();
    repo.add("a.txt", "a\n");
    repo.add("b.txt", "b\n");
    repo.commit();
    repo.write("a.txt", "a\nedited\n");
    repo.write("b.txt", "b\nedited\n");
    assert_eq!(seen_by_hook(&repo, &["-a"]), [("a.txt".to_owned(), vec![2]), ("b.txt".to_owned(), vec![2])]);
    repo.git(&["reset", "-q"]);
    assert_eq!(seen_by_hook(&repo, &["b.txt"]), [("b.txt".to_owned(), vec![2])]);
    repo.add("c.txt", "c\n");
    assert_eq!(
        seen_by_hook(&repo, &["--include", "b.txt"]),
        [("b.txt".to_owned(), vec![2]), ("c.txt".to_owned(), vec![1]),]
    );
}

#[test]
fn an_index_file_that_does_not_exist_is_an_error_and_no_silent_pass() {
    let repo = Repo::new();
    let environment =
        GitEnvironment { index_file: Some("/nonexistent/index".into()), ..GitEnvironment::default() };
    let error = staged(&repo.path, &environment).expect_err("no such file");
    assert!(matches!(error, GitError::NoIndexFile { .. }) && error.is_usage());
}

#[test]
fn a_relative_index_file_counts_from_the_work_tree() {
    let repo = Repo::new();
    repo.add("a.txt", "a\n");
    let environment = GitEnvironment { index_file: Some(".git/index".into()), ..GitEnvironment::default() };
    assert_eq!(staged(&repo.path, &environment).expect("scanned").paths(), ["a.txt"]);
}

#[test]
fn git_dir_names_the_repository() {
    let (repo, elsewhere) = (Repo::new(), Repo::new());
    repo.add("a.txt", "a\n");
    let environment = GitEnvironment { git_dir: Some(repo.path.join(".git")), ..GitEnvironment::default() };
    assert_eq!(staged(&elsewhere.path, &environment).expect("scanned").paths(), ["a.txt"]);
    let environment = GitEnvironment { git_dir: Some(repo.path.join("no.git")), ..GitEnvironment::default() };
    let error = staged(&elsewhere.path, &environment).expect_err("no repository");
    assert!(matches!(error, GitError::NotARepository { .. }));
}

#[test]
fn a_linked_worktree_has_an_index_of_its_own() {
    let repo = Repo::new();
    repo.add("a.txt", "a\n");
    repo.commit();
    repo.git(&["worktree", "add", "-q", "-b", "side", "../linked"]);
    let linked = repo.path.join("../linked").canonicalize().expect("it exists");
    fs::write(linked.join("b.txt"), "b\n").expect("a file");
    assert!(command(&linked).args(["add", "b.txt"]).status().expect("git runs").success());
    repo.add("main.txt", "main\n");
    let seen = staged(&linked, &GitEnvironment::default()).expect("scanned").clean();
    assert_eq!(seen.paths(), ["b.txt"]);
    // As in a hook there: git exports the private git directory.
    let git_dir = repo.path.join(".git/worktrees/linked");
    let environment = GitEnvironment { git_dir: Some(git_dir), ..GitEnvironment::default() };
    assert_eq!(staged(&linked, &environment).expect("scanned").paths(), ["b.txt"]);
}

#[test]
fn a_worktree_of_a_bare_repository_is_not_bare() {
    let source = Repo::new();
    source.add("a.txt", "a\n");
    source.commit();
    source.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = source.path.join("../bare.git").canonicalize().expect("it exists");
    assert!(
        command(&bare).args(["worktree", "add", "-q", "../tree", "main"]).status().expect("runs").success()
    );
    let tree = bare.join("../tree").canonicalize().expect("it exists");
    fs::write(tree.join("b.txt"), "b\n").expect("a file");
    assert!(command(&tree).args(["add", "b.txt"]).status().expect("git runs").success());
    assert_eq!(staged(&tree, &GitEnvironment::default()).expect("scanned").clean().paths(), ["b.txt"]);
    let error = staged(&bare, &GitEnvironment::default()).expect_err("no index");
    assert!(matches!(error, GitError::Bare { .. }) && error.is_usage());
}

#[test]
fn a_folder_outside_any_repository_is_a_usage_error() {
    let dir = tempfile::tempdir().expect("a folder");
    for path in [dir.path().to_path_buf(), dir.path().join("missing")] {
        let error = staged(&path, &GitEnvironment::default()).expect_err("no repository");
        assert!(matches!(error, GitError::NotARepository { .. }) && error.is_usage(), "{error}");
    }
}

#[test]
fn an_empty_repository_says_that_nothing_is_staged() {
    let repo = Repo::new();
    assert_eq!(repo.staged().notices, ["nothing is staged"]);
}

#[test]
fn a_conflict_is_noticed_and_both_sides_are_scanned() {
    let repo = Repo::new();
    repo.add("a.txt", "base\n");
    repo.commit();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.add("a.txt", "theirs\n");
    repo.add("new.txt", "new\n");
    repo.commit();
    repo.git(&["checkout", "-q", "main"]);
    repo.add("a.txt", "ours\n");
    repo.commit();
    assert!(!repo.try_git(&["merge", "-q", "side"]));
    let seen = repo.staged();
    assert_eq!(seen.texts(), [("a.txt", "theirs\n"), ("new.txt", "new\n")]);
    assert_eq!(seen.notices, ["a.txt: in conflict; both sides were scanned"]);
    repo.add("a.txt", "resolved\n");
    assert_eq!(
        repo.agrees().clean().paths(),
        ["a.txt", "new.txt"],
        "a merge that is resolved but not committed"
    );
}

#[test]
fn a_detached_head_packed_refs_and_alternates_work() {
    let source = Repo::new();
    source.add("a.txt", "a\n");
    source.commit();
    source.git(&["clone", "-q", "--shared", ".", "../clone"]);
    let path = source.path.join("../clone").canonicalize().expect("it exists");
    let git =
        |arguments: &[&str]| assert!(command(&path).args(arguments).status().expect("git runs").success());
    fs::write(path.join("a.txt"), "a\nb\n").expect("a file");
    git(&["add", "a.txt"]);
    let lines = || {
        let seen = staged(&path, &GitEnvironment::default()).expect("scanned").clean();
        seen.blobs.iter().map(|blob| blob.lines.clone()).collect::<Vec<_>>()
    };
    assert_eq!(lines(), [Some([2].into())], "alternates");
    git(&["pack-refs", "--all"]);
    assert_eq!(lines(), [Some([2].into())], "packed references");
    git(&["checkout", "-q", "--detach"]);
    assert_eq!(lines(), [Some([2].into())], "detached");
}

#[test]
fn packed_objects_and_a_shallow_clone_work() {
    let source = Repo::new();
    for n in 0..5 {
        source.add("a.txt", (0..200).map(|line| (line * (n + 1)).to_string() + "\n").collect::<String>());
        source.commit();
    }
    let url = format!("file://{}", source.path.display());
    source.git(&["clone", "-q", "--depth", "1", &url, "../shallow"]);
    for path in [source.path.join("../shallow"), source.path.clone()] {
        let git =
            |arguments: &[&str]| assert!(command(&path).args(arguments).status().expect("runs").success());
        git(&["gc", "-q"]);
        let mut text = fs::read_to_string(path.join("a.txt")).expect("a file");
        text.push_str("added\n");
        fs::write(path.join("a.txt"), text).expect("written");
        git(&["add", "a.txt"]);
        let seen = staged(&path, &GitEnvironment::default()).expect("scanned").clean();
        assert_eq!(seen.blobs[0].lines, Some([201].into()));
    }
}

#[test]
fn a_partial_clone_scans_the_new_file_as_a_whole() {
    let source = Repo::new();
    source.git(&["config", "uploadpack.allowFilter", "true"]);
    source.add("a.txt", "a\n");
    source.commit();
    let url = format!("file://{}", source.path.display());
    source.git(&["clone", "-q", "--filter=blob:none", "--no-checkout", &url, "../partial"]);
    let path = source.path.join("../partial").canonicalize().expect("it exists");
    let git = |arguments: &[&str]| assert!(command(&path).args(arguments).status().expect("runs").success());
    git(&["read-tree", "HEAD"]);
    fs::write(path.join("a.txt"), "a\nb\n").expect("a file");
    git(&["add", "a.txt"]);
    // `git add` does not fetch the old version, and the remote is gone when the hook runs.
    fs::rename(&source.path, source.path.with_extension("gone")).expect("renamed");
    let seen = staged(&path, &GitEnvironment::default()).expect("scanned");
    fs::rename(source.path.with_extension("gone"), &source.path).expect("renamed");
    assert_eq!(seen.failures, []);
    assert_eq!(seen.texts(), [("a.txt", "a\nb\n")]);
    assert_eq!(seen.blobs[0].lines, None);
    assert!(seen.notices.iter().any(|notice| notice.starts_with("a.txt: scanned as a whole")));
}

#[test]
fn a_missing_staged_object_is_a_failure_and_the_rest_is_scanned() {
    let repo = Repo::new();
    repo.add("a.txt", "a\n");
    repo.add("b.txt", "b\n");
    let id = repo.git(&["rev-parse", ":a.txt"]);
    fs::remove_file(repo.path.join(".git/objects").join(&id[..2]).join(&id[2..])).expect("removed");
    let seen = repo.staged();
    assert_eq!(seen.paths(), ["b.txt"]);
    assert_eq!(seen.failures.len(), 1);
    assert_eq!(seen.failures[0].path, "a.txt");
    assert!(seen.failures[0].cause.contains(&id));
}

#[test]
fn extended_indexes_work() {
    let populate = |repo: &Repo| {
        for n in 0..30 {
            repo.write(&format!("d{}/f{n}.txt", n % 3), format!("{n}\n"));
        }
        repo.git(&["add", "."]);
        repo.commit();
    };
    let edit = |repo: &Repo| {
        repo.add("d1/f1.txt", "1\nmore\n");
        repo.add("d2/new.txt", "new\n");
        repo.git(&["rm", "-q", "d0/f0.txt"]);
    };
    for setup in [
        &["update-index", "--split-index"][..],
        &["update-index", "--untracked-cache"],
        &["update-index", "--index-version", "4"],
        &["config", "index.threads", "2"],
        &["config", "index.skipHash", "true"],
        &["update-index", "--skip-worktree", "d0/f3.txt"],
        &["update-index", "--assume-unchanged", "d0/f3.txt"],
        &["update-index", "--fsmonitor"],
        &["sparse-checkout", "set", "d1", "d2"],
        &["sparse-checkout", "set", "--sparse-index", "d1"],
    ] {
        let repo = Repo::new();
        populate(&repo);
        // No monitor program runs in the test; the extension in the index is what matters.
        repo.git(&["config", "core.fsmonitor", "false"]);
        repo.try_git(setup);
        repo.write("d1/f1.txt", "1\nmore\n");
        repo.git(&["add", "--sparse", "d1"]);
        let seen = repo.agrees();
        assert_eq!(seen.paths(), ["d1/f1.txt"], "{setup:?}");
        if setup[0] != "sparse-checkout" && setup[1] != "--skip-worktree" {
            edit(&repo);
            repo.agrees();
        }
    }
}

#[test]
fn a_sparse_index_entry_that_is_not_heads_is_compared_file_by_file() {
    let repo = Repo::new();
    for name in ["in/a.txt", "out/b.txt", "out/deep/c.txt", "out/deep/d.txt"] {
        repo.add(name, format!("{name}\n"));
    }
    repo.commit();
    repo.git(&["checkout", "-q", "-b", "later"]);
    repo.add("out/deep/c.txt", "out/deep/c.txt\nmore\n");
    repo.add("out/deeper/e.txt", "e\n");
    repo.commit();
    repo.git(&["sparse-checkout", "set", "--sparse-index", "in"]);
    repo.git(&["reset", "-q", "--soft", "main"]);
    assert!(
        repo.git(&["ls-files", "--sparse"]).contains("out/\n")
            || repo.git(&["ls-files", "--sparse"]).ends_with("out/")
    );
    let seen = repo.agrees().clean();
    assert_eq!(seen.paths(), ["out/deep/c.txt", "out/deeper/e.txt"]);
}

#[test]
fn a_sha256_repository_works() {
    let repo = Repo::sha256();
    repo.add("a.txt", "a\n");
    repo.agrees().clean();
    repo.commit();
    repo.add("a.txt", "a\nb\n");
    repo.add("sub/c.txt", "c\n");
    assert_eq!(repo.agrees().clean().blobs[0].lines, Some([2].into()));
}

#[test]
fn a_reftable_repository_is_read_through_git_and_without_git_is_an_error() {
    let Some(repo) = Repo::reftable() else { return };
    repo.add("a.txt", "a\n");
    repo.agrees().clean();
    repo.commit();
    repo.add("a.txt", "a\nb\n");
    assert_eq!(repo.agrees().clean().blobs[0].lines, Some([2].into()));
    let environment =
        GitEnvironment { git_program: Some("/nonexistent/git".into()), ..GitEnvironment::default() };
    let error = staged(&repo.path, &environment).expect_err("no git");
    assert!(matches!(error, GitError::Reftable { .. }) && !error.is_usage());
}

#[test]
fn damage_is_an_error_that_names_the_file() {
    type Damage = fn(&Path);
    let cases: [(Damage, &str); 7] = [
        (|git| fs::write(git.join("index"), b"DIRC").expect("written"), "index"),
        (|git| fs::write(git.join("index"), b"").expect("written"), "index"),
        (|git| flip(&git.join("index"), 40), "index"),
        (|git| truncate(&git.join("index")), "index"),
        (|git| fs::write(git.join("HEAD"), "nonsense\n").expect("written"), ".git"),
        (|git| fs::write(git.join("refs/heads/main"), "0123456789\n").expect("written"), ".git"),
        (
            |git| fs::write(git.join("refs/heads/main"), format!("{}\n", "12".repeat(20))).expect("written"),
            ".git",
        ),
    ];
    for (number, (damage, named)) in cases.into_iter().enumerate() {
        let repo = Repo::new();
        repo.add("a.txt", "a\n");
        repo.commit();
        repo.add("b.txt", "b\n");
        damage(&repo.path.join(".git"));
        let error = staged(&repo.path, &GitEnvironment::default()).expect_err("damaged");
        let text = error.to_string();
        assert!(text.contains(named), "case {number}: {text}");
        assert!(!text.contains('\n'), "case {number}: {text}");
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).expect("a file");
    bytes[at] ^= 0xff;
    fs::write(path, bytes).expect("written");
}

fn truncate(path: &Path) {
    let bytes = fs::read(path).expect("a file");
    fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
}

#[test]
fn any_damaged_byte_of_an_index_is_an_error_and_no_panic() {
    let repo = Repo::new();
    for n in 0..6 {
        repo.add(&format!("d{}/f{n}", n % 2), format!("{n}\n"));
    }
    repo.commit();
    repo.add("d0/f0", "changed\n");
    let index = repo.path.join(".git/index");
    let sound = fs::read(&index).expect("an index");
    for at in 0..sound.len() {
        flip(&index, at);
        assert!(staged(&repo.path, &GitEnvironment::default()).is_err(), "byte {at}");
        fs::write(&index, &sound).expect("written");
    }
}

#[test]
fn another_owner_of_the_repository_does_not_matter() {
    let repo = Repo::new();
    repo.add("a.txt", "a\n");
    // Only root can give files away; elsewhere the repository stays one's own and the scan has to work as well.
    let _ = std::os::unix::fs::chown(repo.path.join(".git"), Some(12345), Some(12345));
    let _ = std::os::unix::fs::chown(&repo.path, Some(12345), Some(12345));
    assert_eq!(repo.staged().clean().paths(), ["a.txt"]);
}
