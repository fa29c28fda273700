//! Where other programs call this one: git's hooks, and the hooks of AI coding agents.
//!
//! [`install`], [`uninstall`] and [`status`] care for git's hooks. They write a file where git, or a hook manager, runs
//! it, and nothing else: a file that somebody else wrote is neither overwritten nor edited, and no configuration is.
//! Where that is not enough, what to add by hand is said instead. [`agent`] reads an agent's event and answers it.
//!
//! git itself is asked where its hooks lie, so that `core.hooksPath`, linked worktrees and submodules mean here what
//! they mean to git.

mod advice;
pub mod agent;
mod existing;
mod install;
mod manager;
mod repository;
mod script;
mod status;

use std::path::PathBuf;

pub use advice::Advice;
pub use install::{Installed, Removed, install, uninstall};
pub use manager::{Found, Manager};
pub use repository::Repository;
pub use status::{HookStatus, State, status};

/// A git hook that this program can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Hook {
    /// Before a commit: what is staged.
    PreCommit,
    /// Before a push: the commits that the other side lacks.
    PrePush,
    /// On the side that is pushed to: the commits that arrive.
    PreReceive,
}

impl Hook {
    /// All, in the order of their events.
    pub const ALL: [Self; 3] = [Self::PreCommit, Self::PrePush, Self::PreReceive];

    /// The name of the file that git runs.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
        }
    }

    /// The arguments of this program in that hook.
    pub fn command(self) -> &'static str {
        match self {
            Self::PreCommit => "staged",
            Self::PrePush | Self::PreReceive => "push",
        }
    }

    /// True if git hands the hook lines on standard input.
    fn reads_standard_input(self) -> bool {
        self != Self::PreCommit
    }
}

/// Why hooks could not be looked at or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HookError {
    /// The `git` program does not start.
    #[error("git cannot be started: {source}; hooks need the `git` program on the search path")]
    NoGit {
        /// The system's answer.
        source: std::io::Error,
    },
    /// git does not answer for the folder.
    #[error("{}: git says: {message}", folder.display())]
    Git {
        /// The folder that was asked about.
        folder: PathBuf,
        /// What git said, without line breaks.
        message: String,
    },
    /// A hook file cannot be read, so that it cannot be told whose it is.
    #[error("{}: the hook cannot be read: {source}; nothing was changed", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A hook file cannot be written.
    #[error("{}: the hook cannot be written: {source}; check the folder's permissions", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A hook file cannot be removed.
    #[error("{}: the hook cannot be removed: {source}", path.display())]
    Remove {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
}
