//! Why the index could not be scanned at all.

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
        matches!(self, Self::NotARepository { .. } | Self::Bare { .. } | Self::NoIndexFile { .. })
    }
}
