//! Masks what one shard knows in the text of another.
//!
//! One run masks every value that it found wherever it turns up: in the source line of another finding, in a path, in a
//! cause of failure. A shard knows its own values only, and a report holds none. But it holds their fingerprints, their
//! lengths and how they begin, so pieces of text can be held against these: what has the fingerprint is the value.
//! That needs the salt that the reports were written with. Like [`redact`](crate::report::redact), it looks for values
//! that are too peculiar to stand somewhere by chance, and, unlike it, only for whole ones.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::finding::Finding;
use crate::fingerprint::{Fingerprint, Maker};
use crate::ledger::Ledger;
use crate::report::redact::{MASK, is_peculiar, reads_as_name, visible_in_path, without};
use crate::secret::Secret;
use crate::source::Origin;

/// Longer texts stand in no line that a report shows.
const MAX_LENGTH: usize = 512;

/// Masks in all texts that a repository controls.
pub(super) fn mask(findings: &mut [Finding], ledger: &mut Ledger, salt: &[u8]) {
    let prints = Prints::new(findings, salt);
    if prints.shapes.is_empty() {
        return;
    }
    findings.par_iter_mut().for_each(|finding| prints.mask_finding(finding));
    for failure in &mut ledger.failures {
        prints.mask_path(&mut failure.path);
        prints.mask_text(&mut failure.cause);
        prints.mask_text(&mut failure.remedy);
    }
    for path in ledger.skipped_paths.iter_mut().map(|(path, _)| path).chain(&mut ledger.config) {
        prints.mask_path(path);
    }
    for notice in &mut ledger.notices {
        prints.mask_text(notice);
    }
}

/// What is known of values without the values.
struct Prints {
    shapes: BTreeMap<Shape, Known>,
}

/// The values of one shape.
struct Known {
    maker: Maker,
    fingerprints: BTreeSet<Fingerprint>,
}

/// What can be compared before anything is hashed.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    /// In bytes.
    length: usize,
    /// The characters that the mask lets through.
    head: String,
    family: String,
}

impl Prints {
    fn new(findings: &[Finding], salt: &[u8]) -> Self {
        let mut shapes: BTreeMap<Shape, Known> = BTreeMap::new();
        for finding in findings {
            let at = &finding.location;
            let length = usize::try_from(at.bytes.end.saturating_sub(at.bytes.start)).unwrap_or(usize::MAX);
            let secret = String::from_utf8_lossy(finding.secret.expose());
            let one_line = at.start_line == at.end_line;
            if let Some(head) = secret.strip_suffix(MASK).filter(|_| one_line && length <= MAX_LENGTH) {
                let shape = Shape { length, head: head.to_owned(), family: finding.rule.family.clone() };
                let known = shapes.entry(shape).or_insert_with(|| Known {
                    maker: Maker::new(salt, &finding.rule.family),
                    fingerprints: BTreeSet::new(),
                });
                known.fingerprints.insert(finding.fingerprint);
            }
        }
        Self { shapes }
    }

    fn mask_finding(&self, finding: &mut Finding) {
        let origin = &finding.origin;
        let path = self.masked_path(&origin.path);
        let author = origin.author.as_deref().map(|author| self.masked(author));
        if matches!((&path, &author), (Cow::Owned(_), _) | (_, Some(Cow::Owned(_)))) {
            let (path, author) = (path.into_owned(), author.map(Cow::into_owned));
            finding.origin = Arc::new(Origin { path, author, ..(**origin).clone() });
        }
        finding.key.iter_mut().for_each(|key| self.mask_text(key));

        let line = String::from_utf8_lossy(finding.snippet.line.expose()).into_owned();
        let highlight = finding.snippet.highlight.clone();
        let part = |range: std::ops::Range<usize>| line.get(range).unwrap_or_default();
        let (before, value, after) =
            (part(0..highlight.start), part(highlight.clone()), part(highlight.end..line.len()));
        let (masked_before, masked_after) = (self.masked(before), self.masked(after));
        if matches!((&masked_before, &masked_after), (Cow::Owned(_), _) | (_, Cow::Owned(_))) {
            finding.snippet.highlight = masked_before.len()..masked_before.len() + value.len();
            finding.snippet.line = Secret::new([&masked_before, value, &masked_after].concat().as_bytes());
        }
    }

    fn mask_text(&self, text: &mut String) {
        if let Cow::Owned(masked) = self.masked(text) {
            *text = masked;
        }
    }

    fn mask_path(&self, path: &mut String) {
        if let Cow::Owned(masked) = self.masked_path(path) {
            *path = masked;
        }
    }

    fn masked_path<'t>(&self, path: &'t str) -> Cow<'t, str> {
        let hidden = self.find(path, |window| !reads_as_name(window));
        without(path, visible_in_path(path, hidden))
    }

    /// The text without known values.
    fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        without(text, self.find(text, |_| true))
    }

    /// Where known values stand that are `wanted`.
    fn find(&self, text: &str, wanted: impl Fn(&[u8]) -> bool) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut start = 0;
        // What is masked already is no part of a value.
        for piece in text.split(MASK) {
            let end = start + piece.len();
            let mut at = start;
            while let Some((from, to)) = self.first(&text[at..end], &wanted) {
                found.push(at + from..at + to);
                at += to;
            }
            start = end + MASK.len();
        }
        found
    }

    /// Where the first known value stands; of those that begin there, the longest.
    fn first(&self, text: &str, wanted: impl Fn(&[u8]) -> bool) -> Option<(usize, usize)> {
        text.char_indices().find_map(|(from, _)| {
            let mut longest_first = self.shapes.iter().rev();
            longest_first.find_map(|(shape, known)| {
                let to = from.checked_add(shape.length)?;
                let window = text.get(from..to)?;
                let is_known = window.starts_with(&shape.head)
                    && is_peculiar(window.as_bytes())
                    && wanted(window.as_bytes())
                    && known.fingerprints.contains(&known.maker.make(window.as_bytes()));
                is_known.then_some((from, to))
            })
        })
    }
}
