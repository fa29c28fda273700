//! Brings a baseline in line with a scan: what is gone goes, what moved keeps what people said about it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Baseline, Entry, Mark};
use crate::secret::Secret;
use crate::suppress::date::Date;

/// What people say about new entries.
#[derive(Debug, Clone, Default)]
pub struct Note {
    /// The day they are accepted.
    pub added: Option<Date>,
    /// The last day they count.
    pub expires: Option<Date>,
    /// Who answers for them.
    pub owner: Option<String>,
    /// Why they may stay.
    pub reason: Option<String>,
}

/// A finding that the baseline may cover.
#[derive(Debug, Clone, Copy)]
pub struct Accepted<'a> {
    /// The path as the scan shows it.
    pub path: &'a str,
    /// The value, or the key's body.
    pub secret: &'a Secret,
    /// The rule that found it.
    pub rule: &'a str,
    /// Whether it is to be taken in if no entry covers it.
    pub add: bool,
}

/// What an update did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Entries that still match, or whose files were not scanned.
    pub kept: usize,
    /// Path before and path now of entries whose file was renamed.
    pub moved: Vec<(String, String)>,
    /// Entries that match nothing any more.
    pub dropped: Vec<Entry>,
    /// New entries.
    pub added: usize,
    /// Findings (by secret and file) that no entry covers and that were not to be added.
    pub open: usize,
    /// Findings outside the baseline's folder: no entry can name their file.
    pub outside: usize,
}

impl Baseline {
    /// The baseline after a scan of `covered` (absolute files and folders) that found `found`, with paths relative to
    /// `base`.
    pub fn update(
        &self,
        base: &Path,
        found: &[Accepted<'_>],
        covered: &[PathBuf],
        note: &Note,
    ) -> (Self, Edit) {
        let mut edit = Edit::default();
        let mut seen = BTreeSet::new();
        // Findings without an entry, by what an entry would name.
        let mut new: BTreeMap<(Mark, String), Accepted<'_>> = BTreeMap::new();
        for finding in found {
            let entries = self.find(base, finding.path, finding.secret);
            if !entries.is_empty() {
                seen.extend(entries);
            } else if let Some(path) = self.entry_path(base, finding.path) {
                let slot = new.entry((self.mark(finding.secret), path)).or_insert(*finding);
                slot.add |= finding.add;
            } else {
                edit.outside += 1;
            }
        }
        let mut stale: BTreeMap<usize, &Entry> =
            self.stale(&seen, covered).into_iter().map(|at| (at, self.entry(at))).collect();
        let mut next = Self::new(&self.root, self.salt);
        for (at, (entry, line)) in self.entries.iter().enumerate() {
            if !stale.contains_key(&at) {
                next.insert(entry.clone(), *line);
                edit.kept += 1;
            }
        }
        for ((mark, path), finding) in new {
            let from = stale.iter().find(|(_, old)| old.mark == mark && may_be_moved(mark, &old.path, &path));
            if let Some((&at, old)) = from {
                edit.moved.push((old.path.clone(), path.clone()));
                next.insert(Entry { path, ..(*old).clone() }, 0);
                stale.remove(&at);
            } else if finding.add {
                edit.added += 1;
                next.insert(entry(mark, path, finding.rule, note), 0);
            } else {
                edit.open += 1;
            }
        }
        edit.dropped = stale.into_values().cloned().collect();
        (next, edit)
    }

    /// Adds an entry for a secret that no scan of today shows, for instance from another tool's file. False if its file lies
    /// outside, or if it is there.
    pub fn accept(&mut self, base: &Path, finding: &Accepted<'_>, note: &Note) -> bool {
        let Some(path) = self.entry_path(base, finding.path) else { return false };
        if !self.find(base, finding.path, finding.secret).is_empty() {
            return false;
        }
        self.insert(entry(self.mark(finding.secret), path, finding.rule, note), 0);
        true
    }
}

/// A long mark names the secret. A short one is shared by one password in 4,096, so the file must have kept its name.
fn may_be_moved(mark: Mark, from: &str, to: &str) -> bool {
    let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
    mark.is_long() || name(from) == name(to)
}

fn entry(mark: Mark, path: String, rule: &str, note: &Note) -> Entry {
    let Note { added, expires, owner, reason } = note.clone();
    Entry { mark, path, rule: Some(rule.to_owned()), added, expires, owner, reason }
}
