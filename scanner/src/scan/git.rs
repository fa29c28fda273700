//! The driver's part for git: what is staged, what a range adds, a diff on standard input.

use std::io::BufRead;
use std::path::Path;

use super::collect::Collector;
use super::{Outcome, Progress, ScanError, Scanner};
use crate::ledger::Failure;
use crate::source::git::range::{Range, scan_range};
use crate::source::git::staged::scan_staged;
use crate::source::git::{GitEnvironment, GitError, GitOptions};
use crate::source::patch::{PatchOptions, scan_patch};

impl Scanner {
    /// Scans what is staged in the repository around `folder`: the index against `HEAD`. A repository that cannot be
    /// read is a failure in the ledger; a folder without one is an error.
    pub fn staged(
        &self,
        folder: &Path,
        environment: &GitEnvironment,
        progress: &dyn Progress,
    ) -> Result<Outcome, ScanError> {
        let collector = Collector::new(self, progress);
        let scanned = scan_staged(folder, environment, &self.git_options(folder), &&collector);
        settle(folder, scanned, &collector)?;
        Ok(collector.conclude("staged"))
    }

    /// Scans what `range` adds in the repository around `folder`. A commit that is missing and could be fetched is a
    /// failure in the ledger, which names the command; one that nobody knows is an error.
    pub fn range(
        &self,
        folder: &Path,
        environment: &GitEnvironment,
        range: &Range,
        progress: &dyn Progress,
    ) -> Result<Outcome, ScanError> {
        let collector = Collector::new(self, progress);
        let scanned = scan_range(folder, environment, range, &self.git_options(folder), &&collector);
        settle(folder, scanned, &collector)?;
        Ok(collector.conclude("diff"))
    }

    /// Scans the added lines of a unified diff, judged in what the diff shows around them. What makes no sense in it is
    /// a failure in the ledger.
    pub fn patch(&self, input: impl BufRead, progress: &dyn Progress) -> Outcome {
        let collector = Collector::new(self, progress);
        let options = PatchOptions { excludes: self.excludes(&self.options.base) };
        scan_patch(input, &options, &&collector);
        collector.conclude("diff on standard input")
    }

    pub(super) fn git_options(&self, folder: &Path) -> GitOptions {
        GitOptions {
            threads: self.options.threads,
            excludes: self.excludes(&self.options.base.join(folder)),
            archives: self.options.archives,
        }
    }
}

/// What the user got wrong is an error. Everything else is a failure: the repository is there and cannot be read, which
/// is not the caller's mistake, and never a clean scan.
pub(super) fn settle(
    folder: &Path,
    scanned: Result<(), GitError>,
    collector: &Collector<'_>,
) -> Result<(), ScanError> {
    match scanned {
        Ok(()) => {}
        Err(error) if error.is_usage() => return Err(error.into()),
        Err(error) => collector.failed(Failure {
            path: folder.display().to_string(),
            cause: error.to_string(),
            remedy: "do what the message says, then scan again".to_owned(),
        }),
    }
    Ok(())
}
