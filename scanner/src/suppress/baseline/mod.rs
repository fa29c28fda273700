//! The baseline: findings that somebody accepted, in one file that lies beside the code (`.secretscan-baseline`).
//!
//! The first line is a header, every other one an entry: a JSON object with the secret's [`Mark`], the path of the file
//! it stands in, and what people say about it. The lines are sorted by mark, so additions of two branches scatter over the
//! file; in any order, and twice, they mean the same, so a merge that keeps the lines of both sides is right.
//!
//! An entry covers every place of the secret in its file. It names no rule, line or commit: edits above, renamed rules and
//! rebases leave it alone. Another secret on the same line is new, and so is the same secret in another file: it spread.

mod edit;
mod file;
mod mark;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use edit::{Accepted, Edit, Note};
pub use file::{BaselineError, SALT_BYTES};
pub use mark::{Mark, SHORT_BITS, is_drawn};

use super::date::Date;
use super::paths::normal;
use crate::secret::Secret;
use crate::text_file;

/// The file's name.
pub const FILE_NAME: &str = ".secretscan-baseline";
/// The path of an entry that counts wherever the secret stands; for long marks only.
pub const ANYWHERE: &str = "*";
/// What the ledger calls it.
pub const NAME: &str = "baseline";

/// An accepted secret in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Stands for the secret.
    pub mark: Mark,
    /// The file, relative to the baseline's folder, `/` between parts; or [`ANYWHERE`].
    pub path: String,
    /// The rule that found it, for people: it plays no part in the comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The day it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<Date>,
    /// The last day it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Why it may stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Entry {
    /// True if its last day is over.
    pub fn is_expired(&self, today: Option<Date>) -> bool {
        matches!((self.expires, today), (Some(last), Some(today)) if last < today)
    }
}

/// A baseline in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The folder (absolute) that the entries' paths are relative to.
    root: PathBuf,
    salt: [u8; SALT_BYTES],
    /// Entry and its line in the file (0: not from a file).
    entries: Vec<(Entry, usize)>,
    /// Positions in `entries` by path.
    by_path: BTreeMap<String, Vec<usize>>,
}

impl Baseline {
    /// One without entries, for files below `root` (absolute). `salt` is random.
    pub fn new(root: &Path, salt: [u8; SALT_BYTES]) -> Self {
        Self { root: normal(root), salt, entries: Vec::new(), by_path: BTreeMap::new() }
    }

    /// Reads a file. `path` is absolute; `shown` names it in errors.
    pub fn load(path: &Path, shown: &str) -> Result<Self, BaselineError> {
        let text =
            text_file::read(path).map_err(|source| BaselineError::Read { file: shown.to_owned(), source })?;
        let file::Parsed { salt, entries } = file::parse(&text, shown)?;
        let mut baseline = Self::new(path.parent().unwrap_or(path), salt);
        for (entry, line) in entries {
            baseline.insert(entry, line);
        }
        Ok(baseline)
    }

    fn insert(&mut self, entry: Entry, line: usize) {
        self.by_path.entry(entry.path.clone()).or_default().push(self.entries.len());
        self.entries.push((entry, line));
    }

    /// The file's text: the header, then the entries, sorted, each once.
    pub fn to_text(&self) -> String {
        file::write(&self.salt, self.entries.iter().map(|(entry, _)| entry))
    }

    /// The entries in the order of the file.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().map(|(entry, _)| entry)
    }

    /// The entry at a position that [`Baseline::find`] gave.
    pub fn entry(&self, at: usize) -> &Entry {
        &self.entries[at].0
    }

    /// The line of the entry in its file.
    pub fn line(&self, at: usize) -> usize {
        self.entries[at].1
    }

    /// The mark that this file gives to `secret`.
    pub fn mark(&self, secret: &Secret) -> Mark {
        Mark::new(&self.salt, secret)
    }

    /// The path of an entry for the file at `path` (absolute, or relative to `base`): relative to the baseline's folder.
    /// None for what lies elsewhere.
    pub fn entry_path(&self, base: &Path, path: &str) -> Option<String> {
        let absolute = normal(&base.join(path));
        let below = absolute.strip_prefix(&self.root).ok()?;
        let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
        parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join("/"))
    }

    /// Positions of the entries that cover `secret` in the file at `path` (absolute, or relative to `base`): most often
    /// none, and more than one after a merge in which both sides accepted it.
    pub fn find(&self, base: &Path, path: &str, secret: &Secret) -> Vec<usize> {
        let anywhere = self.by_path.get(ANYWHERE);
        let here = self.entry_path(base, path).and_then(|path| self.by_path.get(&path));
        if anywhere.is_none() && here.is_none() {
            return Vec::new();
        }
        let mark = self.mark(secret);
        let covers = |at: &usize| self.entry(*at).mark == mark;
        here.into_iter().chain(anywhere).flatten().copied().filter(covers).collect()
    }

    /// Entries that are not among `seen` although their files were: positions, ascending. `covered` are the files and
    /// folders (absolute) that were scanned whole.
    pub fn stale(&self, seen: &BTreeSet<usize>, covered: &[PathBuf]) -> Vec<usize> {
        let covered: Vec<PathBuf> = covered.iter().map(|path| normal(path)).collect();
        // Two lines for one secret are both in use.
        let used: BTreeSet<(Mark, &str)> = seen.iter().map(|at| self.entry(*at)).map(key).collect();
        let was_scanned = |entry: &Entry| {
            let file = match entry.path.split_once("!/") {
                Some((container, _)) => self.root.join(container),
                None if entry.path == ANYWHERE => self.root.clone(),
                None => self.root.join(&entry.path),
            };
            covered.iter().any(|folder| file.starts_with(folder))
        };
        let entries = self.entries.iter().enumerate();
        entries.filter(|(_, (e, _))| !used.contains(&key(e)) && was_scanned(e)).map(|(at, _)| at).collect()
    }
}

/// What tells entries apart.
fn key(entry: &Entry) -> (Mark, &str) {
    (entry.mark, &entry.path)
}

#[cfg(test)]
mod tests;
