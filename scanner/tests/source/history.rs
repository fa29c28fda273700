//! What history holds, situation by situation.

use std::collections::BTreeSet;
use std::path::Path;

use secretscan::ledger::SkipReason;
use secretscan::source::git::history::{History, HistoryOptions, NoMemory, Tips};
use secretscan::source::git::{GitEnvironment, GitError, GitOptions};

use crate::git::{Repo, command};
use crate::record::{Record, Seen};

/// What the scan of the history of `folder` sees.
pub(crate) fn scan_in(folder: &Path, options: HistoryOptions) -> Result<Seen, GitError> {
    let record = Record::default();
    History::open(folder, &GitEnvironment::default(), options)?.scan(&NoMemory, &&record)?;
    Ok(record.finish())
}

pub(crate) fn scan(repo: &Repo, options: HistoryOptions) -> Seen {
    scan_in(&repo.path, options).expect("history can be scanned")
}

pub(crate) fn all() -> HistoryOptions {
    HistoryOptions { tips: Tips::All, ..HistoryOptions::default() }
}

fn part(revision: &str) -> HistoryOptions {
    HistoryOptions { tips: Tips::Revisions(vec![revision.to_owned()]), ..HistoryOptions::default() }
}

/// Content and first line of the commit's message for each blob.
pub(crate) fn brought(repo: &Repo, seen: &Seen) -> Vec<(String, String)> {
    let subject = |commit: &Option<String>| match commit {
        Some(commit) => repo.git(&["log", "-1", "--format=%s", commit]),
        None => "nothing".to_owned(),
    };
    let text = |text: &[u8]| String::from_utf8_lossy(text).trim_end().to_owned();
    let mut brought: Vec<_> = seen.blobs.iter().map(|b| (text(&b.text), subject(&b.commit))).collect();
    brought.sort();
    brought
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    pairs.sort();
    pairs
}

impl Repo {
    fn commit_as(&self, message: &str) {
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }
}

#[test]
fn every_version_is_scanned_once_with_the_commit_that_brings_it() {
    let repo = Repo::new();
    repo.add("a.txt", "one\n");
    repo.commit_as("first");
    repo.add("a.txt", "two\n");
    repo.add("deep/er/b.txt", "b\n");
    repo.commit_as("second");
    repo.git(&["mv", "a.txt", "renamed.txt"]);
    repo.commit_as("moves only");
    repo.add("copy.txt", "b\n");
    repo.git(&["rm", "-q", "renamed.txt"]);
    repo.commit_as("copies and deletes");
    let seen = scan(&repo, HistoryOptions::default()).clean();
    assert_eq!(brought(&repo, &seen), pairs(&[("one", "first"), ("two", "second"), ("b", "second")]));
    assert_eq!(seen.paths(), ["a.txt", "a.txt", "deep/er/b.txt"]);
}

/// `main` and `side` with one commit each after a common one.
fn forked() -> Repo {
    let repo = Repo::new();
    repo.add("base.txt", "base\n");
    repo.commit_as("base");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.add("side.txt", "side\n");
    repo.commit_as("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.add("main.txt", "main\n");
    repo.commit_as("main");
    repo
}

#[test]
fn what_only_a_merge_brings_is_the_merges() {
    let repo = forked();
    repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    repo.add("evil.txt", "evil\n");
    repo.commit_as("merge");
    repo.git(&["branch", "-q", "-D", "side"]);
    let seen = scan(&repo, HistoryOptions::default()).clean();
    let expected = [("base", "base"), ("side", "side"), ("main", "main"), ("evil", "merge")];
    assert_eq!(brought(&repo, &seen), pairs(&expected));
    let seen = scan(&repo, part("HEAD^1..HEAD")).clean();
    assert_eq!(brought(&repo, &seen), pairs(&[("side", "side"), ("evil", "merge")]), "as part of history");
}

#[test]
fn an_octopus_with_a_file_of_its_own() {
    let repo = forked();
    for name in ["two", "three"] {
        repo.git(&["checkout", "-q", "-b", name, "main~1"]);
        repo.add(&format!("{name}.txt"), format!("{name}\n"));
        repo.commit_as(name);
    }
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-commit", "side", "two", "three"]);
    repo.add("eight.txt", "arms\n");
    repo.commit_as("octopus");
    let seen = scan(&repo, HistoryOptions::default()).clean();
    assert!(brought(&repo, &seen).contains(&("arms".to_owned(), "octopus".to_owned())));
    assert_eq!(seen.blobs.len(), 6);
    let seen = scan(&repo, part("main^1..main")).clean();
    assert_eq!(seen.blobs.len(), 4, "{:?}", seen.paths());
}

#[test]
fn only_added_lines_of_a_part_count() {
    let repo = Repo::new();
    repo.add("a.txt", "old one\nold two\nold three\n");
    repo.commit_as("first");
    repo.git(&["tag", "start"]);
    repo.add("a.txt", "old one\nnew\nold two\nold three\n");
    repo.commit_as("second");
    repo.git(&["mv", "a.txt", "b.txt"]);
    repo.add("b.txt", "old one\nnew\nold two\nold three\nnewer\n");
    repo.commit_as("third");
    for options in
        [part("start..HEAD"), HistoryOptions { since: Some("start".to_owned()), ..HistoryOptions::default() }]
    {
        let seen = scan(&repo, options).clean();
        let lines: Vec<_> = seen.blobs.iter().map(|blob| (blob.path.as_str(), blob.lines.clone())).collect();
        assert_eq!(lines, [("a.txt", Some([2].into())), ("b.txt", Some([5].into()))]);
    }
}

#[test]
fn a_date_chooses_commits_whatever_their_order() {
    let repo = Repo::new();
    for (name, date) in
        [("old", "2020-01-01"), ("new", "2026-06-01"), ("skewed", "2020-02-01"), ("last", "2026-07-01")]
    {
        repo.add(&format!("{name}.txt"), format!("{name}\n"));
        let mut git = command(&repo.path);
        git.env("GIT_COMMITTER_DATE", format!("{date}T12:00:00Z")).args(["commit", "-q", "-m", name]);
        assert!(git.status().expect("git runs").success());
    }
    for (since, expected) in [
        ("2026-01-01", vec!["last.txt", "new.txt"]),
        ("2026-06-01", vec!["last.txt", "new.txt"]),
        ("2026-07-01T12:00:01Z", vec![]),
        ("2020-01-15", vec!["last.txt", "new.txt", "skewed.txt"]),
    ] {
        let options = HistoryOptions { since: Some(since.to_owned()), ..HistoryOptions::default() };
        let seen = scan(&repo, options);
        assert_eq!(seen.paths(), expected, "{since}");
        assert_eq!(seen.failures.len(), usize::from(expected.is_empty()), "{since}: {:?}", seen.failures);
    }
    let options = HistoryOptions { since: Some("2 weeks ago".to_owned()), ..HistoryOptions::default() };
    scan_in(&repo.path, options).expect("a date");
    let options = HistoryOptions { since: Some("nonsense".to_owned()), ..HistoryOptions::default() };
    assert!(scan_in(&repo.path, options).expect_err("no date").is_usage());
}

#[test]
fn tags_of_blobs_and_trees_notes_stashes_and_replacements() {
    let repo = Repo::new();
    repo.add("a.txt", "a\n");
    repo.commit_as("first");
    repo.write("../loose", "tagged blob\n");
    let blob = repo.git(&["hash-object", "-w", "../loose"]);
    repo.git(&["tag", "a-blob", &blob]);
    repo.add("only-in-tree.txt", "tagged tree\n");
    let tree = repo.git(&["write-tree"]);
    repo.git(&["tag", "-a", "-m", "annotated", "a-tree", &tree]);
    repo.git(&["reset", "-q", "--hard"]);
    let seen = scan(&repo, HistoryOptions::default()).clean();
    let expected = [("a", "first"), ("tagged blob", "nothing"), ("tagged tree", "nothing")];
    assert_eq!(brought(&repo, &seen), pairs(&expected));
    assert_eq!(seen.paths(), ["a.txt", "only-in-tree.txt", "refs/tags/a-blob"]);

    repo.git(&["notes", "add", "-m", "a note"]);
    for number in 0..2 {
        repo.write("a.txt", format!("stashed {number}\n"));
        repo.write(&format!("untracked{number}"), format!("untracked {number}\n"));
        repo.git(&["stash", "-q", "-u"]);
    }
    let seen = scan(&repo, HistoryOptions::default());
    assert_eq!(seen.blobs.len(), 3);
    assert!(seen.notices.iter().any(|notice| notice.contains("--all")), "{:?}", seen.notices);
    let seen = scan(&repo, all()).clean();
    let texts: BTreeSet<&str> = seen.texts().into_iter().map(|(_, text)| text.trim_end()).collect();
    for text in ["a note", "stashed 0", "stashed 1", "untracked 0", "untracked 1"] {
        assert!(texts.contains(text), "{text}: {texts:?}");
    }

    repo.write("../loose", "replacement\n");
    let other = repo.git(&["hash-object", "-w", "../loose"]);
    repo.git(&["replace", &blob, &other]);
    let seen = scan(&repo, HistoryOptions::default());
    let texts: Vec<_> = seen.texts().into_iter().map(|(_, text)| text).collect();
    assert!(texts.contains(&"tagged blob\n") && texts.contains(&"replacement\n"), "{texts:?}");
    assert!(seen.notices.iter().any(|notice| notice.contains("refs/replace")), "{:?}", seen.notices);
}

#[test]
fn what_was_amended_away_is_found_when_asked_for() {
    let repo = Repo::new();
    repo.add("a.txt", "leaked\n");
    repo.commit_as("leaks");
    repo.add("a.txt", "clean\n");
    repo.git(&["commit", "-q", "--amend", "-m", "amended"]);
    repo.write("../loose", "never committed\n");
    repo.git(&["hash-object", "-w", "../loose"]);
    let seen = scan(&repo, HistoryOptions::default()).clean();
    assert_eq!(brought(&repo, &seen), pairs(&[("clean", "amended")]));
    let seen = scan(&repo, HistoryOptions { dangling: true, ..HistoryOptions::default() }).clean();
    let expected = [("clean", "amended"), ("leaked", "leaks"), ("never committed", "nothing")];
    assert_eq!(brought(&repo, &seen), pairs(&expected));
    repo.git(&["gc", "-q"]);
    let seen = scan(&repo, HistoryOptions { dangling: true, ..HistoryOptions::default() }).clean();
    assert_eq!(brought(&repo, &seen), pairs(&expected), "packed");
}

#[test]
fn attributes_and_ignore_rules_hide_nothing_and_submodules_are_counted() {
    let repo = Repo::new();
    repo.add(".gitignore", "secret.env\n");
    repo.add(".gitattributes", "*.env binary -diff\nvendor/** linguist-generated export-ignore\n");
    repo.add("secret.env", "hidden\n");
    repo.add("vendor/x", "vendored\n");
    for id in ["12", "34"] {
        repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},sub", id.repeat(20))]);
        repo.commit_as("submodule");
    }
    let seen = scan(&repo, HistoryOptions::default());
    assert_eq!(seen.paths(), [".gitattributes", ".gitignore", "secret.env", "vendor/x"]);
    assert_eq!(seen.skipped, [("sub".to_owned(), SkipReason::Submodule)]);
    assert_eq!((seen.notices.len(), seen.failures.len()), (1, 0));
}

#[test]
fn an_allowed_path_is_left_out_only_where_it_is_allowed() {
    let repo = Repo::new();
    repo.add("vendor/deep/x.txt", "x\n");
    repo.commit_as("vendored");
    repo.git(&["mv", "vendor/deep", "deep"]);
    repo.commit_as("moved");
    let excludes: secretscan::source::Excludes =
        std::sync::Arc::new(|path: &str| path.starts_with("vendor/"));
    let git = GitOptions { excludes: Some(excludes), ..GitOptions::default() };
    let seen = scan(&repo, HistoryOptions { git, ..HistoryOptions::default() });
    assert_eq!(brought(&repo, &seen), pairs(&[("x", "moved")]));
    assert_eq!(seen.paths(), ["deep/x.txt"]);
    assert_eq!(seen.skipped, [("vendor/deep/x.txt".to_owned(), SkipReason::ConfiguredPath)]);
}

#[test]
fn what_a_later_commit_of_the_same_second_holds_is_hidden_with_it() {
    // All commits of these repositories have one time; `main` is before `side`.
    let repo = Repo::new();
    repo.add("base.txt", "base\n");
    repo.commit_as("base");
    repo.git(&["checkout", "-q", "-b", "side"]);
    for number in 0..4 {
        repo.add("side.txt", format!("{number}\n"));
        repo.commit_as("side");
    }
    let seen = scan(&repo, part("side..main"));
    assert_eq!(seen.paths(), Vec::<&str>::new());
    assert!(seen.failures[0].remedy.contains("the other way round, main..side,"), "{:?}", seen.failures);
    let seen = scan(&repo, part("main..side")).clean();
    assert_eq!(seen.blobs.len(), 4, "{:?}", seen.paths());
}
