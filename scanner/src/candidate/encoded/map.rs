//! Which bytes of a text the bytes of a layer come from.

use std::ops::Range;

use super::Encoding;

/// How the bytes of a piece lie in what they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// As they are.
    Copied,
    /// Three bytes in four characters.
    Base64,
    /// One byte of which two were made, which lie in Base64 as any.
    WideBase64,
    /// So many bytes in so many.
    Of(usize, usize),
    /// Nothing can be said of a part.
    Whole,
}

/// A stretch of a layer, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) inner: Range<usize>,
    pub(super) outer: Range<usize>,
    pub(super) unit: Unit,
    /// Outermost first; none of what is copied.
    pub(super) by: &'static [Encoding],
}

/// The pieces of a layer, which cover it in order.
#[derive(Debug, Default)]
pub(crate) struct SpanMap(Vec<Piece>);

impl SpanMap {
    /// Adds the next `length` bytes of the layer.
    pub(super) fn push(&mut self, length: usize, outer: Range<usize>, unit: Unit, by: &'static [Encoding]) {
        if length == 0 {
            return;
        }
        let start = self.0.last().map_or(0, |last| last.inner.end);
        if let Some(last) = self.0.last_mut()
            && (last.unit, last.by, last.outer.end) == (unit, by, outer.start)
            && matches!(unit, Unit::Copied | Unit::Of(..))
        {
            last.inner.end += length;
            last.outer.end = outer.end;
            return;
        }
        self.0.push(Piece { inner: start..start + length, outer, unit, by });
    }

    /// The pieces that hold a byte of `range`.
    fn pieces(&self, range: &Range<usize>) -> &[Piece] {
        let first = self.0.partition_point(|piece| piece.inner.end <= range.start);
        let count = self.0[first..].partition_point(|piece| piece.inner.start < range.end);
        &self.0[first..first + count]
    }

    /// The bytes that hold `range`: no more than the encodings need. An empty range gives an empty one.
    pub(super) fn outer(&self, range: &Range<usize>) -> Range<usize> {
        match self.pieces(range) {
            [first, .., last] => first.start(range.start)..last.end(range.end),
            [one] => one.start(range.start)..one.end(range.end),
            [] => 0..0,
        }
    }

    /// The encodings in `range`, in order; none if all of it is copied.
    pub(super) fn encodings(&self, range: &Range<usize>) -> Vec<Encoding> {
        let mut all: Vec<Encoding> = Vec::new();
        for encoding in self.pieces(range).iter().flat_map(|piece| piece.by) {
            if !all.contains(encoding) {
                all.push(*encoding);
            }
        }
        all
    }

    /// The end of the encoded part that begins at `at`; none for what is copied or escaped, and for the middle of a part.
    pub(super) fn part_from(&self, at: usize) -> Option<usize> {
        let first = self.0.partition_point(|piece| piece.inner.end <= at);
        let is_part = |piece: &&Piece| matches!(piece.by.first(), Some(Encoding::Base64 | Encoding::Hex));
        let before = first.checked_sub(1).map(|before| &self.0[before]).filter(is_part);
        let parts = self.0[first..].iter().take_while(is_part);
        let begins = self.0.get(first).is_some_and(|piece| piece.inner.start == at) && before.is_none();
        begins.then(|| parts.last().map(|last| last.inner.end)).flatten()
    }

    /// True if `at` was encoded together with the byte before it.
    pub(super) fn is_inside(&self, at: usize) -> bool {
        let piece = self.pieces(&(at..at + 1)).first();
        piece.is_some_and(|piece| !piece.by.is_empty() && piece.inner.start < at)
    }
}

impl Piece {
    /// Where the byte `at` begins.
    fn start(&self, at: usize) -> usize {
        let offset = at.saturating_sub(self.inner.start);
        self.outer.start
            + match self.unit {
                Unit::Copied => offset,
                Unit::Base64 => offset / 3 * 4 + offset % 3,
                Unit::WideBase64 => 2 * offset / 3 * 4 + 2 * offset % 3,
                Unit::Of(inner, outer) => offset / inner * outer,
                Unit::Whole => 0,
            }
    }

    /// Where the byte before `at` ends; at the end of the piece its own end, padding included.
    fn end(&self, at: usize) -> usize {
        if at >= self.inner.end {
            return self.outer.end;
        }
        let offset = at - self.inner.start;
        self.outer.start
            + match self.unit {
                Unit::Copied => offset,
                Unit::Base64 => (offset * 4).div_ceil(3),
                Unit::WideBase64 => (2 * offset * 4).div_ceil(3),
                Unit::Of(inner, outer) => offset.div_ceil(inner) * outer,
                Unit::Whole => self.outer.len(),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_leads_to_the_characters_that_hold_its_bits() {
        let mut map = SpanMap::default();
        map.push(4, 10..14, Unit::Copied, &[]);
        map.push(3, 14..18, Unit::Base64, &[Encoding::Base64]);
        // A line break is skipped here.
        map.push(4, 20..28, Unit::Base64, &[Encoding::Base64]);
        map.push(1, 28..31, Unit::Of(1, 3), &[Encoding::Percent]);
        map.push(1, 31..34, Unit::Of(1, 3), &[Encoding::Percent]);
        map.push(9, 34..50, Unit::Whole, &[Encoding::Base64, Encoding::Gzip]);
        for (inner, outer) in [
            (0..4, 10..14),
            (1..2, 11..12),
            (4..5, 14..16),
            (5..6, 15..17),
            (6..7, 16..18),
            (4..7, 14..18),
            (3..8, 13..22),
            // The last one of a run takes the padding along.
            (10..11, 24..28),
            (11..12, 28..31),
            (12..13, 31..34),
            (11..13, 28..34),
            (15..16, 34..50),
        ] {
            assert_eq!(map.outer(&inner), outer, "{inner:?}");
        }
        let mut wide = SpanMap::default();
        wide.push(6, 10..26, Unit::WideBase64, &[Encoding::Base64, Encoding::Utf16]);
        assert_eq!(
            [0..1, 1..2, 2..4, 5..6].map(|inner| wide.outer(&inner)),
            [10..13, 12..16, 15..21, 23..26]
        );
        assert_eq!(map.encodings(&(0..4)), []);
        assert_eq!(map.encodings(&(3..12)), [Encoding::Base64, Encoding::Percent]);
        assert_eq!(map.encodings(&(14..15)), [Encoding::Base64, Encoding::Gzip]);
        assert_eq!([0, 4, 5, 7, 11].map(|at| map.part_from(at)), [None, Some(11), None, None, None]);
        assert_eq!([0, 4, 5, 7, 12].map(|at| map.is_inside(at)), [false, false, true, false, true]);
    }
}
