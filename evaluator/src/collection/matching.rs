//! Which finding is which label: one to one, by overlap of the values.

use std::ops::{Range, RangeInclusive};

/// A place in a file: columns of one line, or whole lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// First and last line, from 1.
    lines: RangeInclusive<u64>,
    /// Characters from 0: where it begins on the first line and ends (exclusive) on the last; `None` for whole lines.
    columns: Option<(u64, u64)>,
}

/// How much two spans share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    shared: u64,
    first: u64,
    second: u64,
}

impl Overlap {
    /// Half of either lies in the other.
    pub fn enough(self) -> bool {
        self.shared > 0 && (2 * self.shared >= self.first || 2 * self.shared >= self.second)
    }

    /// Shared part of both together, in [0, 1].
    pub fn ratio(self) -> f64 {
        self.shared as f64 / (self.first + self.second - self.shared).max(1) as f64
    }
}

impl Span {
    /// A value on one line; columns in characters from 0, half-open.
    pub fn value(line: u64, columns: Range<u64>) -> Self {
        Self { lines: line..=line, columns: Some((columns.start, columns.end)) }
    }

    /// Whole lines.
    pub fn lines(lines: RangeInclusive<u64>) -> Self {
        Self { lines, columns: None }
    }

    /// What a finding covers; its columns count from 1.
    pub fn of(location: &secretscan::location::Location) -> Self {
        Self {
            lines: location.start_line..=location.end_line,
            columns: Some((location.start_column.saturating_sub(1), location.end_column.saturating_sub(1))),
        }
    }

    /// First line.
    pub fn first_line(&self) -> u64 {
        *self.lines.start()
    }

    /// All lines.
    pub fn all_lines(&self) -> RangeInclusive<u64> {
        self.lines.clone()
    }

    /// True for whole lines.
    pub fn is_block(&self) -> bool {
        self.columns.is_none()
    }

    /// For sorting.
    pub fn key(&self) -> (u64, Option<(u64, u64)>, u64) {
        (*self.lines.start(), self.columns, *self.lines.end())
    }

    /// Moves a value to another line and by so many columns.
    #[must_use]
    pub fn moved(&self, line: u64, columns: u64) -> Self {
        let last = line + (self.lines.end() - self.lines.start());
        Self { lines: line..=last, columns: self.columns.map(|(from, to)| (from + columns, to + columns)) }
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let lines = *self.lines.start().min(other.lines.start())..=*self.lines.end().max(other.lines.end());
        let columns = self.columns.zip(other.columns).map(|(a, b)| (a.0.min(b.0), a.1.max(b.1)));
        Self { lines, columns }
    }

    /// What both share: characters if one of them is a value on one line, else lines. `None` if there is nothing.
    pub fn overlap(&self, other: &Self) -> Option<Overlap> {
        let from = *self.lines.start().max(other.lines.start());
        let to = *self.lines.end().min(other.lines.end());
        if from > to {
            return None;
        }
        if self.columns.is_none() || other.columns.is_none() || from != to {
            // A block: the finding may stand on its first line only (an armoured key), so sharing a line is enough.
            let shared = to - from + 1;
            return Some(Overlap { shared, first: shared, second: self.count().max(other.count()) });
        }
        let (a, b) = (self.on(from)?, other.on(from)?);
        let shared = a.1.min(b.1).checked_sub(a.0.max(b.0)).filter(|&shared| shared > 0)?;
        Some(Overlap { shared, first: a.1 - a.0, second: b.1 - b.0 })
    }

    fn count(&self) -> u64 {
        self.lines.end() - self.lines.start() + 1
    }

    /// The part on `line`.
    fn on(&self, line: u64) -> Option<(u64, u64)> {
        const FAR: u64 = 1 << 40;
        let (from, to) = self.columns?;
        let from = if line == *self.lines.start() { from } else { 0 };
        let to = if line == *self.lines.end() { to } else { FAR };
        (from < to).then_some((from, to))
    }
}

/// Who belongs to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matching {
    /// The finding of each label, if any.
    pub finding_of: Vec<Option<usize>>,
    /// Findings on a label that another finding was already matched with, with that label.
    pub duplicates: Vec<(usize, usize)>,
    /// Findings on no label.
    pub unlabelled: Vec<usize>,
}

/// Matches labels and findings of one file one to one, the greatest overlap first; ties by order.
pub fn matching(golds: &[Span], findings: &[Span]) -> Matching {
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (g, gold) in golds.iter().enumerate() {
        for (f, finding) in findings.iter().enumerate() {
            if let Some(overlap) = gold.overlap(finding).filter(|overlap| overlap.enough()) {
                pairs.push((overlap.ratio(), g, f));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut finding_of = vec![None; golds.len()];
    let mut gold_of: Vec<Option<usize>> = vec![None; findings.len()];
    for &(_, g, f) in &pairs {
        if finding_of[g].is_none() && gold_of[f].is_none() {
            finding_of[g] = Some(f);
            gold_of[f] = Some(g);
        }
    }
    let (mut duplicates, mut unlabelled) = (Vec::new(), Vec::new());
    for f in (0..findings.len()).filter(|&f| gold_of[f].is_none()) {
        match pairs.iter().find(|pair| pair.2 == f) {
            Some(&(_, g, _)) => duplicates.push((f, g)),
            None => unlabelled.push(f),
        }
    }
    Matching { finding_of, duplicates, unlabelled }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(lines: RangeInclusive<u64>, from: u64, to: u64) -> Span {
        Span { lines, columns: Some((from, to)) }
    }

    #[test]
    fn half_of_either_is_a_match() {
        let gold = Span::value(4, 10..20);
        let cases = [
            (Span::value(4, 10..20), true),
            (Span::value(4, 15..30), true),
            (Span::value(4, 16..30), false),
            (Span::value(4, 12..14), true),
            (Span::value(4, 0..400), true),
            (Span::value(4, 20..30), false),
            (Span::value(5, 10..20), false),
            (over(3..=4, 70, 15), true),
            (over(4..=6, 12, 3), true),
            (over(4..=6, 18, 3), false),
        ];
        for (finding, expected) in cases {
            let got = gold.overlap(&finding).is_some_and(Overlap::enough);
            assert_eq!(got, expected, "{finding:?}");
        }
    }

    #[test]
    fn a_key_is_found_at_its_header() {
        let block = Span::lines(7..=30);
        assert!(block.overlap(&Span::value(7, 0..31)).is_some_and(Overlap::enough));
        assert!(block.overlap(&Span::value(31, 0..31)).is_none());
    }

    #[test]
    fn every_label_and_every_finding_is_matched_once() {
        let golds = [Span::value(1, 0..10), Span::value(1, 12..20), Span::value(9, 0..5)];
        let findings =
            [Span::value(1, 0..20), Span::value(1, 0..10), Span::value(1, 12..19), Span::value(3, 0..4)];
        let got = matching(&golds, &findings);
        assert_eq!(got.finding_of, [Some(1), Some(2), None]);
        assert_eq!(got.duplicates, [(0, 0)]);
        assert_eq!(got.unlabelled, [3]);
    }

    #[test]
    fn one_finding_over_two_labels_finds_one() {
        let golds = [Span::value(1, 0..10), Span::value(1, 10..30)];
        let got = matching(&golds, &[Span::value(1, 0..30)]);
        assert_eq!(got.finding_of, [None, Some(0)]);
    }
}
