//! Repositories in every state whose history is scanned: incomplete, damaged, of other formats.

use std::fs;
use std::path::PathBuf;

use secretscan::source::git::history::{History, HistoryOptions, NoMemory, Tips};
use secretscan::source::git::{GitEnvironment, GitError};

use crate::git::{Repo, command};
use crate::history::{all, scan, scan_in};

/// Three commits, one file each.
fn three() -> Repo {
    three_in(Repo::new())
}

fn three_in(repo: Repo) -> Repo {
    for name in ["a", "b", "c"] {
        repo.add(&format!("{name}.txt"), format!("{name}\n"));
        repo.commit();
    }
    repo
}

fn clone(repo: &Repo, arguments: &[&str]) -> PathBuf {
    let url = format!("file://{}", repo.path.display());
    repo.git(&[&["clone", "-q"][..], arguments, &[url.as_str(), "../clone"]].concat());
    repo.path.join("../clone").canonicalize().expect("it exists")
}

#[test]
fn an_empty_repository_is_never_clean() {
    let repo = Repo::new();
    for options in [HistoryOptions::default(), all()] {
        let error = scan_in(&repo.path, options).expect_err("there is nothing");
        assert!(matches!(error, GitError::NoCommits { .. }) && !error.is_usage(), "{error}");
    }
    let options =
        HistoryOptions { tips: Tips::Revisions(vec!["nobody".to_owned()]), ..HistoryOptions::default() };
    assert!(scan_in(&repo.path, options).expect_err("unknown").is_usage());
    let folder = tempfile::tempdir().expect("a folder");
    assert!(scan_in(folder.path(), HistoryOptions::default()).expect_err("no repository").is_usage());
}

#[test]
fn bare_repositories_alternates_and_linked_worktrees() {
    let repo = three();
    let bare = clone(&repo, &["--bare"]);
    let names = ["a.txt", "b.txt", "c.txt"];
    assert_eq!(scan_in(&bare, HistoryOptions::default()).expect("bare").clean().paths(), names);
    fs::remove_dir_all(&bare).expect("removed");
    repo.git(&["clone", "-q", "--shared", ".", "../clone"]);
    let shared = repo.path.join("../clone").canonicalize().expect("it exists");
    assert_eq!(scan_in(&shared, HistoryOptions::default()).expect("alternates").clean().paths(), names);
    repo.git(&["worktree", "add", "-q", "--detach", "../linked", "main~1"]);
    let linked = repo.path.join("../linked").canonicalize().expect("it exists");
    fs::write(linked.join("d.txt"), "d\n").expect("a file");
    for arguments in [&["add", "d.txt"][..], &["commit", "-q", "-m", "detached"]] {
        assert!(command(&linked).args(arguments).status().expect("git runs").success());
    }
    for folder in [&repo.path, &linked] {
        let seen = scan_in(folder, HistoryOptions::default()).expect("worktrees").clean();
        assert_eq!(seen.paths(), ["a.txt", "b.txt", "c.txt", "d.txt"], "from {folder:?}");
    }
}

#[test]
fn a_shallow_clone_says_where_it_ends_and_what_brings_the_rest() {
    let repo = three();
    let path = clone(&repo, &["--depth", "2"]);
    let seen = scan_in(&path, HistoryOptions::default()).expect("scanned");
    assert_eq!(seen.paths(), ["a.txt", "b.txt", "c.txt"], "the boundary counts with all it holds");
    assert_eq!(seen.failures.len(), 1);
    let failure = &seen.failures[0];
    assert!(
        failure.cause.contains("shallow") && failure.remedy.contains("git fetch --unshallow origin"),
        "{failure:?}"
    );
    let seen =
        scan_in(&path, HistoryOptions { allow_shallow: true, ..HistoryOptions::default() }).expect("scanned");
    assert_eq!((seen.failures.len(), seen.notices.len()), (0, 1));
    let options = HistoryOptions {
        tips: Tips::Revisions(vec!["HEAD~1..HEAD".to_owned()]),
        ..HistoryOptions::default()
    };
    assert_eq!(scan_in(&path, options).expect("scanned").clean().paths(), ["c.txt"], "the part is all there");
    assert!(
        command(&path).args(["fetch", "-q", "--unshallow", "origin"]).status().expect("git runs").success()
    );
    scan_in(&path, HistoryOptions::default()).expect("scanned").clean();
    // Parents that are there are walked, whatever git's file says: another fetch may have brought them.
    let head = command(&path).args(["rev-parse", "HEAD"]).output().expect("git runs").stdout;
    fs::write(path.join(".git/shallow"), head).expect("written");
    assert_eq!(scan_in(&path, HistoryOptions::default()).expect("scanned").clean().blobs.len(), 3);
}

#[test]
fn a_partial_clone_lists_what_is_missing_and_the_fetch_that_brings_it() {
    for filter in ["--filter=blob:none", "--filter=tree:0"] {
        let repo = three();
        repo.git(&["config", "uploadpack.allowFilter", "true"]);
        let path = clone(&repo, &[filter, "--no-checkout"]);
        let seen = scan_in(&path, HistoryOptions::default()).expect("scanned");
        assert_eq!((seen.blobs.len(), seen.failures.len()), (0, 3), "{filter}: {:?}", seen.failures);
        let told = seen.failures[0].remedy.split('`').nth(1).expect("a command");
        let words: Vec<&str> = told.split(' ').skip(1).collect();
        assert!(command(&path).args(&words).status().expect("git runs").success(), "{told}");
        let seen = scan_in(&path, HistoryOptions::default()).expect("scanned").clean();
        assert_eq!(seen.paths(), ["a.txt", "b.txt", "c.txt"], "{filter}");
    }
}

#[test]
fn reftable_and_sha256_repositories_are_scanned_too() {
    for repo in Repo::reftable().into_iter().chain([Repo::sha256()]) {
        let repo = three_in(repo);
        repo.write("a.txt", "stashed\n");
        repo.git(&["stash", "-q"]);
        repo.git(&["checkout", "-q", "--detach"]);
        repo.add("d.txt", "d\n");
        repo.commit();
        let seen = scan(&repo, HistoryOptions::default());
        assert_eq!(seen.failures, []);
        assert_eq!(seen.paths(), ["a.txt", "b.txt", "c.txt", "d.txt"]);
        let seen = scan(&repo, all()).clean();
        assert!(seen.texts().iter().any(|(_, text)| *text == "stashed\n"));
    }
}

#[test]
fn reftable_without_git_is_an_error_and_no_silent_pass() {
    let Some(repo) = Repo::reftable().map(three_in) else { return };
    let environment = GitEnvironment { git_program: Some("/nonexistent/git".into()), ..Default::default() };
    let record = crate::record::Record::default();
    let error = History::open(&repo.path, &environment, all())
        .and_then(|history| history.scan(&NoMemory, &&record).map(drop))
        .expect_err("no git");
    assert!(matches!(error, GitError::Reftable { .. }) && !error.is_usage(), "{error}");
}

fn remove(repo: &Repo, revision: &str) -> String {
    let id = repo.git(&["rev-parse", revision]);
    fs::remove_file(repo.path.join(".git/objects").join(&id[..2]).join(&id[2..])).expect("removed");
    id
}

#[test]
fn missing_objects_are_named_and_the_rest_is_scanned() {
    for (revision, rest) in [
        ("main~1:b.txt", vec!["a.txt", "c.txt"]),
        ("main~1^{tree}", vec!["a.txt", "b.txt", "c.txt"]),
        ("main~1", vec!["a.txt", "b.txt", "c.txt"]),
    ] {
        let repo = three();
        let id = remove(&repo, revision);
        let seen = scan(&repo, HistoryOptions::default());
        assert_eq!(seen.paths(), rest, "{revision}");
        assert!(
            seen.failures.iter().any(|failure| failure.cause.contains(&id)),
            "{revision}: {:?}",
            seen.failures
        );
    }
}

#[test]
fn broken_references_are_failures() {
    let repo = three();
    fs::write(repo.path.join(".git/refs/heads/broken"), "nonsense\n").expect("written");
    let seen = scan(&repo, HistoryOptions::default());
    assert_eq!((seen.blobs.len(), seen.failures.len()), (3, 1), "{:?}", seen.failures);
    fs::write(repo.path.join(".git/refs/heads/broken"), format!("{}\n", "12".repeat(20))).expect("written");
    let seen = scan(&repo, HistoryOptions::default());
    assert!(seen.failures[0].cause.contains(&"12".repeat(20)), "{:?}", seen.failures);
}

#[test]
fn grafts_are_noticed() {
    let repo = three();
    let head = repo.git(&["rev-parse", "HEAD"]);
    fs::write(repo.path.join(".git/info/grafts"), format!("{head}\n")).expect("written");
    let seen = scan(&repo, HistoryOptions::default());
    assert_eq!(seen.blobs.len(), 3);
    assert!(seen.notices.iter().any(|notice| notice.contains("grafts")), "{:?}", seen.notices);
}

/// Ten folders in ten folders … all the same: billions of paths, ten objects.
#[test]
fn a_bomb_of_trees_costs_nothing() {
    let repo = Repo::new();
    repo.write("../leaf", "leaf\n");
    let mut id = repo.git(&["hash-object", "-w", "../leaf"]);
    let mut kind = "100644 blob";
    for _ in 0..10 {
        let entries: String = (0..10).map(|n| format!("{kind} {id}\tf{n}\n")).collect();
        repo.write("../entries", entries);
        let mut git = command(&repo.path);
        git.arg("mktree").stdin(fs::File::open(repo.path.join("../entries")).expect("a file"));
        id = String::from_utf8(git.output().expect("git runs").stdout).expect("hex").trim().to_owned();
        kind = "040000 tree";
    }
    let commit = repo.git(&["commit-tree", "-m", "bomb", &id]);
    repo.git(&["update-ref", "refs/heads/main", &commit]);
    let start = std::time::Instant::now();
    assert_eq!(scan(&repo, HistoryOptions::default()).clean().blobs.len(), 1);
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn another_owner_of_the_repository_does_not_matter() {
    let repo = three();
    let _ = std::os::unix::fs::chown(repo.path.join(".git"), Some(12345), Some(12345));
    let _ = std::os::unix::fs::chown(&repo.path, Some(12345), Some(12345));
    assert_eq!(scan(&repo, HistoryOptions::default()).clean().blobs.len(), 3);
}
