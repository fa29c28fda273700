//! Repositories made by the `git` program, and what it says about them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use secretscan::source::git::range::{Range, scan_range};
use secretscan::source::git::staged::scan_staged;
use secretscan::source::git::{GitEnvironment, GitError, GitOptions};
use tempfile::TempDir;

use crate::record::{Record, Seen};

/// A repository in a folder that is removed with it.
pub(crate) struct Repo {
    _dir: TempDir,
    pub(crate) path: PathBuf,
}

/// `git` in `folder`, without the user's configuration, with a fixed clock and author.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").expect("a search path"))
        .env("HOME", folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@example.org")])
        .envs([("GIT_COMMITTER_NAME", "A"), ("GIT_COMMITTER_EMAIL", "a@example.org")])
        .envs([("GIT_AUTHOR_DATE", "1700000000 +0000"), ("GIT_COMMITTER_DATE", "1700000000 +0000")])
        .args([
            "-c",
            "protocol.file.allow=always",
            "-c",
            "core.quotePath=false",
            "-c",
            "advice.addIgnoredFile=false",
        ]);
    command
}

fn checked(mut command: Command) -> Output {
    let output = command.output().expect("git runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

impl Repo {
    pub(crate) fn new() -> Self {
        Self::with(&["-b", "main"])
    }

    /// A repository made with these arguments to `git init`.
    pub(crate) fn with(init: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().canonicalize().expect("it exists").join("repo");
        std::fs::create_dir(&path).expect("a new folder");
        let repo = Self { _dir: dir, path };
        repo.git(&[&["init", "-q"], init].concat());
        repo
    }

    /// One whose references are in a reftable. None where git is too old to make it (before 2.45), which is said past the
    /// test harness.
    pub(crate) fn reftable() -> Option<Self> {
        let dir = tempfile::tempdir().expect("a folder");
        let init = ["init", "-q", "--ref-format=reftable"];
        let output = command(dir.path()).args(init).output().expect("git runs");
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("unknown option") {
            writeln!(std::io::stderr(), "\n*** NOT TESTED with a reftable: that takes git 2.45 ***")
                .expect("standard error");
            return None;
        }
        assert!(output.status.success(), "{said}");
        Some(Self::with(&["-b", "main", "--ref-format=reftable"]))
    }

    /// One whose objects have SHA-256 names.
    pub(crate) fn sha256() -> Self {
        Self::with(&["-b", "main", "--object-format=sha256"])
    }

    /// Runs `git` and returns what it writes.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let mut git = command(&self.path);
        git.args(arguments);
        String::from_utf8_lossy(&checked(git).stdout).trim_end().to_owned()
    }

    /// Runs `git`, which may say no (a conflict, a hook).
    pub(crate) fn try_git(&self, arguments: &[&str]) -> bool {
        command(&self.path).args(arguments).output().expect("git runs").status.success()
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path.join(path);
        std::fs::create_dir_all(path.parent().expect("it is in the repository")).expect("folders");
        std::fs::write(path, content).expect("a file");
    }

    pub(crate) fn add(&self, path: &str, content: impl AsRef<[u8]>) {
        self.write(path, content);
        self.git(&["add", "-f", path]);
    }

    pub(crate) fn commit(&self) {
        self.git(&["commit", "-q", "--allow-empty", "-m", "c"]);
    }

    /// What the scan of the index sees.
    pub(crate) fn staged(&self) -> Seen {
        staged(&self.path, &GitEnvironment::default()).expect("the index can be scanned")
    }

    /// Asserts that the scan reports the same added lines as `git diff --cached`.
    #[track_caller]
    pub(crate) fn agrees(&self) -> Seen {
        let seen = self.staged();
        assert_eq!(seen.failures, []);
        assert_eq!(added(&seen), self.diff(&[]), "ours is left, git's is right");
        seen
    }

    /// Added lines by path, from `git diff --cached`.
    pub(crate) fn diff(&self, environment: &[(&str, &Path)]) -> Added {
        let mut git = command(&self.path);
        git.envs(environment.iter().copied()).args(["diff", "--cached"]).args(DIFF);
        parse(&checked(git).stdout)
    }

    /// What the scan of a range sees.
    pub(crate) fn range(&self, range: &str) -> Seen {
        range_in(&self.path, range).expect("the range can be scanned")
    }

    /// Asserts that the scan of `range` reports the same added lines as `git diff`.
    #[track_caller]
    pub(crate) fn range_agrees(&self, range: &str) -> Seen {
        let seen = self.range(range);
        assert_eq!(seen.failures, []);
        let mut git = command(&self.path);
        git.arg("diff").args(DIFF).arg(range);
        assert_eq!(added(&seen), parse(&checked(git).stdout), "ours is left, git's is right");
        seen
    }
}

/// How git is to show differences, so that they can be compared with ours.
const DIFF: [&str; 8] = [
    "-U0",
    "-M",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--ignore-submodules=all",
];

pub(crate) fn range_in(folder: &Path, range: &str) -> Result<Seen, GitError> {
    let record = Record::default();
    let (environment, options) = (GitEnvironment::default(), GitOptions::default());
    scan_range(folder, &environment, &Range::parse(range), &options, &&record)?;
    Ok(record.finish())
}

pub(crate) fn staged(folder: &Path, environment: &GitEnvironment) -> Result<Seen, GitError> {
    let record = Record::default();
    scan_staged(folder, environment, &GitOptions::default(), &&record)?;
    Ok(record.finish())
}

/// Added lines by path; `None` for binary files.
pub(crate) type Added = BTreeMap<String, Option<BTreeSet<u64>>>;

/// What a scan counts, in the form of the oracle.
pub(crate) fn added(seen: &Seen) -> Added {
    seen.blobs
        .iter()
        .map(|blob| (blob.path.clone(), (!blob.binary).then(|| blob.counted())))
        .filter(|(_, lines)| lines.as_ref().is_none_or(|lines| !lines.is_empty()))
        .collect()
}

/// Reads a diff without context.
fn parse(diff: &[u8]) -> Added {
    let text = String::from_utf8_lossy(diff);
    let mut added = Added::new();
    let mut path = String::new();
    let mut left = (0u64, 0u64);
    for line in text.split('\n') {
        if left != (0, 0) {
            match line.as_bytes().first() {
                Some(b'-') => left.0 -= 1,
                Some(b'+') => left.1 -= 1,
                _ => {}
            }
        } else if let Some(name) = line.strip_prefix("+++ b/") {
            name.trim_end_matches('\t').clone_into(&mut path);
        } else if let Some(names) = line.strip_prefix("Binary files ") {
            let name = names.strip_suffix(" differ").and_then(|names| names.rsplit_once(" and b/"));
            if let Some((_, name)) = name {
                added.insert(name.to_owned(), None);
            }
        } else if let Some(hunk) = line.strip_prefix("@@ -") {
            let (old, rest) = hunk.split_once(" +").expect("a hunk header");
            let (new, _) = rest.split_once(" @@").expect("a hunk header");
            let count = |range: &str| -> (u64, u64) {
                let (start, count) = range.split_once(',').unwrap_or((range, "1"));
                (start.parse().expect("a number"), count.parse().expect("a number"))
            };
            let ((_, removed), (start, new)) = (count(old), count(new));
            left = (removed, new);
            if new > 0 {
                let lines = added.entry(path.clone()).or_insert_with(|| Some(BTreeSet::new()));
                lines.get_or_insert_default().extend(start..start + new);
            }
        }
    }
    added
}
