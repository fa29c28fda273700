//! Allow tags in the scanned text: ours and those of other scanners.
//!
//! | tag | lines |
//! |---|---|
//! | `secretscan:allow` (a reason may follow) | its own |
//! | `secretscan:allow-next-line` | the next |
//! | `secretscan:allow-begin` … `secretscan:allow-end` | from one to the other, inclusive |
//! | `gitleaks:allow`, `betterleaks:allow`, `trufflehog:ignore`, `ggignore`, `pragma: allowlist secret` | its own |
//! | `kingfisher:ignore` | its own, the one before and the next |
//! | `pragma: allowlist nextline secret` | the next |
//!
//! Tags are compared without regard to case and must not be part of a longer word.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::location::{Base, LineIndex};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Own,
    Next,
    Around,
    Begin,
    End,
}

/// Tag, lines it covers. Longer tags first where one begins like another.
const TAGS: [(&str, Reach); 12] = [
    ("secretscan:allow-next-line", Reach::Next),
    ("secretscan:allow-begin", Reach::Begin),
    ("secretscan:allow-end", Reach::End),
    ("secretscan:allow", Reach::Own),
    ("gitleaks:allow", Reach::Own),
    ("betterleaks:allow", Reach::Own),
    ("trufflehog:ignore", Reach::Own),
    ("kingfisher:ignore", Reach::Around),
    ("ggignore", Reach::Own),
    ("pragma: allowlist nextline secret", Reach::Next),
    ("pragma: allowlist secret", Reach::Own),
    ("pragma: whitelist secret", Reach::Own),
];

/// The words that tags are made of. A text without any of them has no tag.
pub const WORDS: [&str; TAGS.len()] = {
    let mut words = [""; TAGS.len()];
    let mut at = 0;
    while at < TAGS.len() {
        words[at] = TAGS[at].0;
        at += 1;
    }
    words
};

static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(WORDS)
        .expect("a dozen short strings build an automaton")
});

/// The allow tags of one blob, gathered segment by segment.
#[derive(Debug, Default)]
pub struct InlineTags {
    /// Tags for single lines by the line that they stand on, each tag once a line: a line of a million tags is no
    /// million lookups.
    near: BTreeMap<u64, Vec<(Reach, &'static str)>>,
    /// Lines from a begin to its end; disjoint, in order.
    blocks: Vec<RangeInclusive<u64>>,
    /// Line of an `allow-begin` whose end was not seen yet.
    open: Option<u64>,
}

impl InlineTags {
    /// Forgets everything, for the next blob.
    pub fn clear(&mut self) {
        self.near.clear();
        self.blocks.clear();
        self.open = None;
    }

    /// Reads the tags that begin in `own` (offsets of `text`).
    pub fn read(&mut self, text: &[u8], own: (usize, usize), base: Base) {
        let mut index = None;
        for found in FINDER.find_iter(&text[..own.1]) {
            if found.start() < own.0 || is_inside_word(text, found.start(), found.end()) {
                continue;
            }
            let (tag, reach) = TAGS[found.pattern().as_usize()];
            let line = index.get_or_insert_with(|| LineIndex::new(text, base)).line(found.start());
            match reach {
                Reach::Begin => self.open = self.open.or(Some(line)),
                Reach::End => self.blocks.extend(self.open.take().map(|first| first..=line)),
                Reach::Own | Reach::Next | Reach::Around => {
                    let there = self.near.entry(line).or_default();
                    if !there.contains(&(reach, tag)) {
                        there.push((reach, tag));
                    }
                }
            }
        }
    }

    /// The tag that covers any line of `lines`. An `allow-begin` without its end reaches to the end of the blob.
    pub fn covering(&self, lines: &RangeInclusive<u64>) -> Option<&'static str> {
        let block = self.blocks.partition_point(|block| block.end() < lines.start());
        let in_block = self.blocks.get(block).is_some_and(|block| block.start() <= lines.end());
        if in_block || self.open.is_some_and(|first| first <= *lines.end()) {
            return Some("secretscan:allow-begin");
        }
        // No tag reaches further than one line.
        let reachable = lines.start().saturating_sub(1)..=lines.end().saturating_add(1);
        self.near.range(reachable).find_map(|(&line, tags)| {
            let covers = |reach: Reach| match reach {
                Reach::Own => lines.contains(&line),
                Reach::Next => lines.contains(&(line + 1)),
                _ => true,
            };
            tags.iter().find(|(reach, _)| covers(*reach)).map(|(_, tag)| *tag)
        })
    }

    /// Line of an `allow-begin` that was never closed.
    pub fn unclosed(&self) -> Option<u64> {
        self.open
    }
}

fn is_inside_word(text: &[u8], start: usize, end: usize) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    start > 0 && word(text[start - 1]) || text.get(end).is_some_and(|&byte| word(byte) || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(text: &str) -> Vec<u64> {
        let mut tags = InlineTags::default();
        tags.read(text.as_bytes(), (0, text.len()), Base::default());
        (1..=6).filter(|&line| tags.covering(&(line..=line)).is_some()).collect()
    }

    #[test]
    fn each_tag_covers_its_lines() {
        let table = [
            ("a\nb # secretscan:allow rotated in May\nc", vec![2]),
            ("a\n# SecretScan:Allow-Next-Line\nc\nd", vec![3]),
            ("a\n# secretscan:allow-begin\nc\n# secretscan:allow-end\ne", vec![2, 3, 4]),
            ("a\n# secretscan:allow-begin\nc", vec![2, 3, 4, 5, 6]),
            ("a\nb // gitleaks:allow", vec![2]),
            ("a\nb // betterleaks:allow", vec![2]),
            ("a\nb # trufflehog:ignore", vec![2]),
            ("a\nb # kingfisher:ignore\nc\nd", vec![1, 2, 3]),
            ("a\nb # ggignore", vec![2]),
            ("a\nb # pragma: allowlist secret", vec![2]),
            ("a\n# pragma: allowlist nextline secret\nc", vec![3]),
        ];
        for (text, lines) in table {
            assert_eq!(covered(text), lines, "{text}");
        }
    }

    #[test]
    fn a_tag_inside_a_longer_word_is_none() {
        assert!(
            covered("a\nb xgitleaks:allowed\nnotsecretscan:allow\nsecretscan:allow-everything").is_empty()
        );
    }

    #[test]
    fn a_block_may_span_segments() {
        let mut tags = InlineTags::default();
        let first = b"# secretscan:allow-begin\nx\n";
        tags.read(first, (0, first.len()), Base::default());
        let second = b"y\n# secretscan:allow-end\nz\n";
        tags.read(second, (0, second.len()), Base::default().after(first));
        assert!(tags.covering(&(3..=3)).is_some());
        assert!(tags.covering(&(5..=5)).is_none());
        assert_eq!(tags.unclosed(), None);
    }
}
