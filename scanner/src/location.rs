//! Where a value stands: the one place that turns byte offsets into lines and columns.

use std::cell::Cell;
use std::ops::Range;

use memchr::memchr_iter;

/// A position as people and tools want it. Lines and columns count from 1; the end column is exclusive (one past
/// the last character). A line ends at `\n`; a `\r` before it belongs to the line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Byte offsets in the (decoded) text of the whole blob, half-open.
    pub bytes: Range<u64>,
    /// First line.
    pub start_line: u64,
    /// Column of the first character, in characters (an invalid UTF-8 byte counts as one).
    pub start_column: u64,
    /// Last line.
    pub end_line: u64,
    /// Column after the last character, in characters.
    pub end_column: u64,
    /// As `start_column`, in UTF-16 code units (what SARIF and editors count).
    pub start_column_utf16: u64,
    /// Where the part on the first line ends: column after its last character there, in characters. The end column
    /// if all is on one line.
    pub first_line_end: u64,
    /// As `first_line_end`, in UTF-16 code units.
    pub first_line_end_utf16: u64,
}

/// Where a segment begins inside its blob.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Base {
    /// Byte offset of the segment in the blob's text.
    pub offset: u64,
    /// Lines (count of `\n`) before the segment.
    pub lines: u64,
    /// Characters on the segment's first line that come before the segment.
    pub column: u64,
    /// As `column`, in UTF-16 code units.
    pub column_utf16: u64,
}

impl Base {
    /// The base of what follows `text`, which itself begins here.
    #[must_use]
    pub fn after(self, text: &[u8]) -> Self {
        let lines = memchr_iter(b'\n', text).count() as u64;
        let tail = memchr::memrchr(b'\n', text).map_or(text, |at| &text[at + 1..]);
        let (chars, utf16) = widths(tail);
        let carried = if lines == 0 { (self.column, self.column_utf16) } else { (0, 0) };
        Self {
            offset: self.offset + text.len() as u64,
            lines: self.lines + lines,
            column: carried.0 + chars,
            column_utf16: carried.1 + utf16,
        }
    }
}

/// Line starts of one segment; built only when a candidate was found.
#[derive(Debug)]
pub struct LineIndex {
    base: Base,
    /// Offsets of the first byte of each line in the segment; the first is 0.
    starts: Vec<usize>,
    /// The last position that was asked for. Positions are asked for in order, so that a line of many megabytes with
    /// many candidates is counted once and not once a candidate.
    last: Cell<Position>,
}

/// An offset, the row it stands in, and the characters and UTF-16 units of the row before it.
#[derive(Debug, Clone, Copy, Default)]
struct Position {
    offset: usize,
    row: usize,
    chars: u64,
    utf16: u64,
}

impl LineIndex {
    /// Reads the line breaks of `text`.
    pub fn new(text: &[u8], base: Base) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr_iter(b'\n', text).map(|at| at + 1));
        Self { base, starts, last: Cell::default() }
    }

    /// Index (from 0, in the segment) of the line that holds `offset`.
    fn row(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset) - 1
    }

    /// The line of `offset`, counted from 1 in the whole blob.
    pub fn line(&self, offset: usize) -> u64 {
        self.base.lines + self.row(offset) as u64 + 1
    }

    /// Byte range, in the segment, of the line that holds `offset`, without its line break.
    pub fn line_span(&self, text: &[u8], offset: usize) -> Range<usize> {
        let row = self.row(offset);
        let start = self.starts[row];
        let end = self.starts.get(row + 1).map_or(text.len(), |&next| next - 1);
        start..if end > start && text[end - 1] == b'\r' { end - 1 } else { end }
    }

    /// Locates `span` (bytes of the segment, half-open, not empty).
    pub fn locate(&self, text: &[u8], span: Range<usize>) -> Location {
        let (start_line, start_column, start_column_utf16) = self.position(text, span.start);
        let first_line = self.line_span(text, span.start);
        let (_, first_line_end, first_line_end_utf16) =
            self.position(text, first_line.end.clamp(span.start, span.end));
        let (end_line, end_column, _) = self.position(text, span.end);
        Location {
            bytes: self.base.offset + span.start as u64..self.base.offset + span.end as u64,
            start_line,
            start_column,
            end_line,
            end_column,
            start_column_utf16,
            first_line_end,
            first_line_end_utf16,
        }
    }

    fn position(&self, text: &[u8], offset: usize) -> (u64, u64, u64) {
        let row = self.row(offset);
        let last = self.last.get();
        // A character that `last` cuts would be counted twice, so counting goes on only at the start of one.
        let continues = last.row == row
            && last.offset <= offset
            && text.get(last.offset).is_none_or(|&b| b & 0xC0 != 0x80);
        let from =
            if continues { last } else { Position { offset: self.starts[row], row, chars: 0, utf16: 0 } };
        let (chars, utf16) = widths(&text[from.offset..offset]);
        let (chars, utf16) = (from.chars + chars, from.utf16 + utf16);
        self.last.set(Position { offset, row, chars, utf16 });
        let (extra, extra_utf16) = if row == 0 { (self.base.column, self.base.column_utf16) } else { (0, 0) };
        (self.base.lines + row as u64 + 1, extra + chars + 1, extra_utf16 + utf16 + 1)
    }
}

/// Characters and UTF-16 code units of `bytes`; each invalid sequence counts as the U+FFFD that shows it.
pub fn widths(bytes: &[u8]) -> (u64, u64) {
    if bytes.is_ascii() {
        return (bytes.len() as u64, bytes.len() as u64);
    }
    let mut chars = 0;
    let mut utf16 = 0;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            chars += 1;
            utf16 += c.len_utf16() as u64;
        }
        if !chunk.invalid().is_empty() {
            chars += 1;
            utf16 += 1;
        }
    }
    (chars, utf16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let text = b"a\r\nb = 'pw'\n";
        let at = LineIndex::new(text, Base::default()).locate(text, 8..10);
        assert_eq!((at.start_line, at.start_column, at.end_line, at.end_column), (2, 6, 2, 8));
        assert_eq!((at.first_line_end, at.first_line_end_utf16), (8, 8));
    }

    #[test]
    fn a_value_of_several_lines_ends_on_its_first_one_before_the_line_break() {
        let text = "k = é😀\r\nb\n".as_bytes();
        let at = LineIndex::new(text, Base::default()).locate(text, 4..13);
        assert_eq!((at.start_column, at.end_line, at.end_column), (5, 2, 2));
        assert_eq!((at.first_line_end, at.first_line_end_utf16), (7, 8));
    }

    #[test]
    fn columns_count_characters_and_utf16_units() {
        let text = "é😀 = pw".as_bytes();
        let at = LineIndex::new(text, Base::default()).locate(text, 9..11);
        assert_eq!((at.start_column, at.start_column_utf16), (6, 7));
    }

    #[test]
    fn a_base_shifts_lines_and_first_line_columns() {
        let whole = b"one\ntwo three\nfour";
        for cut in 0..whole.len() {
            let base = Base::default().after(&whole[..cut]);
            let index = LineIndex::new(&whole[cut..], base);
            for at in cut..whole.len() {
                let expected = LineIndex::new(whole, Base::default()).locate(whole, at..whole.len());
                assert_eq!(index.locate(&whole[cut..], at - cut..whole.len() - cut), expected);
            }
        }
    }

    #[test]
    fn the_order_of_questions_does_not_matter() {
        let text = "é😀 = pw; x = 'ü'\nb = \u{1F600}y".as_bytes();
        let spans: Vec<_> = (0..text.len()).flat_map(|a| (a + 1..=text.len()).map(move |b| a..b)).collect();
        let shared = LineIndex::new(text, Base::default());
        for span in spans.iter().chain(spans.iter().rev()) {
            let fresh = LineIndex::new(text, Base::default());
            assert_eq!(shared.locate(text, span.clone()), fresh.locate(text, span.clone()), "{span:?}");
        }
    }

    #[test]
    fn a_line_span_has_no_line_break() {
        let text = b"ab\r\ncd";
        let index = LineIndex::new(text, Base::default());
        assert_eq!(index.line_span(text, 1), 0..2);
        assert_eq!(index.line_span(text, 4), 4..6);
    }
}
