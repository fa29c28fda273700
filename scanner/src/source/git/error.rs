//! Why a repository could not be scanned at all.

use std::path::PathBuf;

use thiserror::Error;

/// Nothing was scanned. What concerns one file only is a [`crate::ledger::Failure`] instead.
#[derive(Debug, Error)]
pub enum GitError {
    /// Neither the folder nor one above it is a repository.
    #[error("{} is not in a git repository; run it inside one, or scan the files with `secretscan PATH`", path.display())]
    NotARepository {
        /// The folder that was asked for, or `GIT_DIR`.
        path: PathBuf,
    },
    /// A bare repository has no index.
    #[error("{} is a bare repository: it has no index, so nothing can be staged in it", path.display())]
    Bare {
        /// The repository.
        path: PathBuf,
    },
    /// The repository is there and cannot be opened.
    #[error("{}: the git repository cannot be opened: {cause}; see what `git fsck` says", path.display())]
    Open {
        /// The repository.
        path: PathBuf,
        /// What the git library said.
        cause: String,
    },
    /// `GIT_INDEX_FILE` names nothing.
    #[error("{}: there is no such index file; check GIT_INDEX_FILE", path.display())]
    NoIndexFile {
        /// The index file that was asked for.
        path: PathBuf,
    },
    /// The index cannot be read or makes no sense.
    #[error(
        "{}: the index cannot be read: {cause}; if it is damaged, remove it and run `git reset` to build it anew \
         (what was staged has to be added again)",
        path.display()
    )]
    Index {
        /// The index file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// HEAD, or a commit or tree that it leads to, cannot be read.
    #[error("{}: HEAD cannot be read: {cause}; see what `git fsck` says", path.display())]
    Head {
        /// The repository.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The references cannot be read.
    #[error("{}: the references cannot be read: {cause}; see what `git fsck` says", path.display())]
    References {
        /// The repository.
        path: PathBuf,
        /// What is wrong with them.
        cause: String,
    },
    /// Two commits cannot be compared, because an object is missing or damaged.
    #[error("{}: the commits cannot be compared: {cause}; see what `git fsck` says", path.display())]
    Compare {
        /// The repository.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// There is no such revision.
    #[error(
        "there is no revision {revision:?} here; name a branch, a tag or a commit (`git rev-parse` tells them)"
    )]
    UnknownRevision {
        /// What was asked for.
        revision: String,
    },
    /// A revision stands for a tree or a file.
    #[error("{revision:?} is no commit; name a branch, a tag or a commit")]
    NoCommit {
        /// What was asked for.
        revision: String,
    },
    /// There is nothing to walk.
    #[error("{}: there is no commit to scan; make one, or fetch some", path.display())]
    NoCommits {
        /// The repository.
        path: PathBuf,
    },
    /// Neither a date nor a revision.
    #[error("{text:?} is neither a date (2026-11-01, \"2 weeks ago\") nor a commit of this repository")]
    Since {
        /// What was asked for.
        text: String,
    },
    /// A commit was named that this clone does not have: it is shallow, or its remote has moved on.
    #[error("{revision} is not in this clone; run `{fetch}`, then scan again")]
    MissingCommit {
        /// What was asked for.
        revision: String,
        /// The command that brings it.
        fetch: String,
    },
    /// A shallow clone ends before what two commits come from.
    #[error(
        "this clone is shallow and ends before the merge base of {base} and {head}; run `git fetch --unshallow {remote}` \
         (or `git fetch --deepen=100 {remote}` until it is there), then scan again; {base}..{head} compares without a \
         merge base"
    )]
    BeyondShallow {
        /// The old side.
        base: String,
        /// The new side.
        head: String,
        /// The remote to fetch from.
        remote: String,
    },
    /// Two commits have nothing in common.
    #[error("{base} and {head} have no commit in common; {base}..{head} compares them all the same")]
    Unrelated {
        /// The old side.
        base: String,
        /// The new side.
        head: String,
    },
    /// References are stored as a reftable and the `git` program, which can read them, did not.
    #[error(
        "{}: references are stored as a reftable, which takes the `git` program (2.45 or later) to read, and that \
         failed: {cause}",
        path.display()
    )]
    Reftable {
        /// The repository.
        path: PathBuf,
        /// What went wrong with `git`.
        cause: String,
    },
}

impl GitError {
    /// True if the user asked for something that does not exist (exit code 2); else the scan failed (exit code 3).
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NotARepository { .. }
                | Self::Bare { .. }
                | Self::NoIndexFile { .. }
                | Self::UnknownRevision { .. }
                | Self::NoCommit { .. }
                | Self::Since { .. }
                | Self::Unrelated { .. }
        )
    }
}

/// An error with its sources, in one line.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !inner_text.is_empty() && !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        source = inner.source();
    }
    text.replace('\n', " ")
}
