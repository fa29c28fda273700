//! What became of everything that was read.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::report::redact::printable;

/// Lines of one sort that the account lists; the rest are counted.
const LISTED: usize = 200;

/// The account of a migration.
#[derive(Debug, Default)]
pub struct Account {
    /// What was carried over, and how much of it.
    carried: BTreeMap<&'static str, usize>,
    /// What means something slightly different now.
    changed: Vec<String>,
    /// What has no counterpart.
    left: Vec<String>,
}

impl Account {
    pub(super) fn carried(&mut self, what: &'static str, count: usize) {
        if count > 0 {
            *self.carried.entry(what).or_default() += count;
        }
    }

    /// `from`: the file; `what`: the thing in it.
    pub(super) fn changed(&mut self, from: &str, what: &str, how: &str) {
        self.changed.push(format!("{from}: {what}: {how}"));
    }

    pub(super) fn left(&mut self, from: &str, what: &str, why: &str) {
        self.left.push(format!("{from}: {what}: {why}"));
    }

    /// True if everything has a counterpart.
    pub fn is_complete(&self) -> bool {
        self.left.is_empty()
    }

    /// Writes it for people.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for (what, count) in &self.carried {
            writeln!(out, "{count:>6}  {what}")?;
        }
        for (title, lines) in
            [("Carried over with a difference", &self.changed), ("NOT carried over", &self.left)]
        {
            if lines.is_empty() {
                continue;
            }
            writeln!(out, "\n{title}: {}", lines.len())?;
            for line in lines.iter().take(LISTED) {
                writeln!(out, "  {}", printable(line))?;
            }
            if lines.len() > LISTED {
                writeln!(out, "  … and {} more", lines.len() - LISTED)?;
            }
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn left_lines(&self) -> &[String] {
        &self.left
    }
}
