//! Masks what one shard knows in the text of another.
//!
//! One run masks every value that it found wherever it turns up: in the source line of another finding, in a path, in a
//! cause of failure. A shard knows its own values only, and a report holds none. But it holds their fingerprints, their
//! lengths and how they begin, so pieces of text can be held against these: what has the fingerprint is the value.
//! That needs the salt that the reports were written with. Like [`redact`](crate::report::redact), it looks for values
//! that are too peculiar to stand somewhere by chance, and, unlike it, only for whole ones.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::finding::Finding;
use crate::fingerprint::{Fingerprint, Maker};
use crate::ledger::Ledger;
use crate::report::redact::{MASK, is_peculiar};
use crate::secret::Secret;

/// Longer texts stand in no line that a report shows.
const MAX_LENGTH: usize = 512;

/// Masks in all texts that a repository controls.
pub(super) fn mask(findings: &mut [Finding], ledger: &mut Ledger, salt: &[u8]) {
    let prints = Prints::new(findings, salt);
    if prints.shapes.is_empty() {
        return;
    }
    findings.par_iter_mut().for_each(|finding| prints.mask_finding(finding));
    let texts = ledger.failures.iter_mut().flat_map(|it| [&mut it.path, &mut it.cause, &mut it.remedy]);
    let texts = texts.chain(&mut ledger.notices).chain(ledger.skipped_paths.iter_mut().map(|(path, _)| path));
    for text in texts.chain(&mut ledger.config) {
        prints.mask_text(text);
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
        if [Some(&origin.path), origin.author.as_ref()]
            .into_iter()
            .flatten()
            .any(|it| self.masked(it).is_some())
        {
            let mut masked = (**origin).clone();
            self.mask_text(&mut masked.path);
            masked.author.iter_mut().for_each(|author| self.mask_text(author));
            finding.origin = Arc::new(masked);
        }
        finding.key.iter_mut().for_each(|key| self.mask_text(key));

        let line = String::from_utf8_lossy(finding.snippet.line.expose()).into_owned();
        let highlight = finding.snippet.highlight.clone();
        let part = |range: std::ops::Range<usize>| line.get(range).unwrap_or_default();
        let (before, value, after) =
            (part(0..highlight.start), part(highlight.clone()), part(highlight.end..line.len()));
        let (masked_before, masked_after) = (self.masked(before), self.masked(after));
        if masked_before.is_some() || masked_after.is_some() {
            let before = masked_before.map_or(Cow::Borrowed(before), Cow::Owned);
            let after = masked_after.map_or(Cow::Borrowed(after), Cow::Owned);
            finding.snippet.highlight = before.len()..before.len() + value.len();
            finding.snippet.line = Secret::new([&before, value, &after].concat().as_bytes());
        }
    }

    fn mask_text(&self, text: &mut String) {
        if let Some(masked) = self.masked(text) {
            *text = masked;
        }
    }

    /// The text without known values; none if it holds none.
    fn masked(&self, text: &str) -> Option<String> {
        let mut masked = String::new();
        let mut any = false;
        // What is masked already is no part of a value.
        for (at, piece) in text.split(MASK).enumerate() {
            if at > 0 {
                masked.push_str(MASK);
            }
            let mut rest = piece;
            while let Some((from, to)) = self.first(rest) {
                masked.push_str(&rest[..from]);
                masked.push_str(MASK);
                rest = &rest[to..];
                any = true;
            }
            masked.push_str(rest);
        }
        any.then_some(masked)
    }

    /// Where the first known value stands; of those that begin there, the longest.
    fn first(&self, text: &str) -> Option<(usize, usize)> {
        text.char_indices().find_map(|(from, _)| {
            let mut longest_first = self.shapes.iter().rev();
            longest_first.find_map(|(shape, known)| {
                let to = from.checked_add(shape.length)?;
                let window = text.get(from..to)?;
                let is_known = window.starts_with(&shape.head)
                    && is_peculiar(window.as_bytes())
                    && known.fingerprints.contains(&known.maker.make(window.as_bytes()));
                is_known.then_some((from, to))
            })
        })
    }
}
