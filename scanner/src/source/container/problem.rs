//! Why something in a container was not scanned, as the ledger says it.

use std::io;

use super::limit::{Budget, DEPTH, ENTRIES, HELD, MOST, RATIO};
use crate::ledger::Failure;

/// Failures listed one by one for each outermost container; the rest is one more.
const LISTED: usize = 20;

/// What stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error("it lies inside more than {DEPTH} containers")]
    Depth,
    #[error("it has more than {ENTRIES} entries in all")]
    Entries,
    #[error("it unpacks to more than {RATIO} times its size")]
    Ratio,
    #[error("it unpacks to more than {} GiB", MOST >> 30)]
    Unpacked,
    #[error("it takes more than {} MiB of memory to unpack", HELD >> 20)]
    Memory,
    #[error("it is encrypted")]
    Encrypted,
    #[error("it is compressed by method {0}, which is not known here")]
    Method(u16),
    #[error("a part of it is packed in a way that is not known here")]
    Filter,
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
}

impl From<Problem> for io::Error {
    fn from(problem: Problem) -> Self {
        Self::other(problem)
    }
}

/// The failures of one outermost container.
pub(super) struct Problems<'a> {
    outermost: &'a str,
    budget: &'a Budget,
    count: usize,
}

impl<'a> Problems<'a> {
    pub(super) fn new(outermost: &'a str, budget: &'a Budget) -> Self {
        Self { outermost, budget, count: 0 }
    }

    /// The failure to report for `path`; none if there were many, or if the whole container's has this one's cause.
    pub(super) fn failure(&mut self, path: &str, error: &io::Error) -> Option<Failure> {
        if self.budget.refusal().is_some() {
            return None;
        }
        self.count += 1;
        (self.count <= LISTED).then(|| of_error(path, error))
    }

    /// The failures that concern the container as a whole.
    pub(super) fn finish(self) -> Vec<Failure> {
        let mut failures = Vec::new();
        if let Some(more) = self.count.checked_sub(LISTED).filter(|&more| more > 0) {
            failures.push(Failure {
                path: self.outermost.to_owned(),
                cause: format!("{more} more of its entries could not be scanned"),
                remedy: "unpack it, and scan the folder".to_owned(),
            });
        }
        if let Some(problem) = self.budget.refusal() {
            failures.push(Failure {
                path: self.outermost.to_owned(),
                cause: format!("only its beginning was scanned: {problem}"),
                remedy: remedy(Some(problem)).to_owned(),
            });
        }
        failures
    }
}

fn of_error(path: &str, error: &io::Error) -> Failure {
    let problem = error.get_ref().and_then(|inner| inner.downcast_ref::<Problem>()).copied();
    let cause = match (problem, error.kind()) {
        (Some(problem), _) => problem.to_string(),
        (None, io::ErrorKind::OutOfMemory) => Problem::Memory.to_string(),
        (None, io::ErrorKind::UnexpectedEof) => Problem::Damaged("it ends too early").to_string(),
        (None, _) => format!("it is damaged: {error}"),
    };
    Failure { path: path.to_owned(), cause, remedy: remedy(problem).to_owned() }
}

fn remedy(problem: Option<Problem>) -> &'static str {
    match problem {
        Some(Problem::Encrypted) => {
            "decrypt it and scan the result, or exclude the path in the configuration"
        }
        Some(Problem::Damaged(_)) | None => "replace it, or exclude the path in the configuration",
        Some(_) => "unpack it and scan the folder, or exclude the path in the configuration",
    }
}
