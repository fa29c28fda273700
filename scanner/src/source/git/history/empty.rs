//! A part of history without a commit: nothing was scanned, so nothing is clean.

use super::{HistoryOptions, Tips};
use crate::ledger::Failure;
use crate::source::git::range::{Clone, Range};

/// What is said of it: most often the ends of a range stand the wrong way round, or a date lies in the future.
pub(super) fn part(clone: &Clone<'_>, options: &HistoryOptions) -> Failure {
    let revisions = match &options.tips {
        Tips::Revisions(revisions) => revisions.as_slice(),
        Tips::Branches | Tips::All | Tips::Push(..) => &[],
    };
    let mut asked = revisions.to_vec();
    asked.extend(options.since.iter().map(|since| format!("--since {since}")));
    let swapped = match revisions {
        [one] if options.since.is_none() => swapped(clone, one),
        _ => None,
    };
    let look = swapped.map_or_else(
        || "see what `git log` shows for it".to_owned(),
        |other| format!("the other way round, {other}, there are some"),
    );
    Failure {
        path: "(history)".to_owned(),
        cause: format!("no commit lies in {}: nothing was scanned", asked.join(" ")),
        remedy: format!("{look}; where nothing is what you expect, accept it with --allow-empty"),
    }
}

/// The same two ends in the order in which there are commits between them: as B has nothing that A has not, and they are
/// two, A has something that B has not.
fn swapped(clone: &Clone<'_>, revision: &str) -> Option<String> {
    if !revision.contains("..") {
        return None;
    }
    let Range { base, head, .. } = Range::parse(revision);
    let ends = (clone.commit(&base).ok()??, clone.commit(&head).ok()??);
    (ends.0 != ends.1).then(|| format!("{head}..{base}"))
}
