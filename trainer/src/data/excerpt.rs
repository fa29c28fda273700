//! Cuts out of a file the text that an example carries: enough that the scanner's window stays the whole file's.

use std::ops::Range;

use secretscan::candidate::Candidate;
use secretscan::judge::context;

/// How far from the value whole lines are taken, in bytes; the first that gives the whole file's window wins. The last
/// one reaches as far as the window looks for another use of the name.
const REACHES: [usize; 4] = [4 << 10, 8 << 10, 16 << 10, 44 << 10];
/// How much of the value's own line is kept on each side: what the window looks at before it gives up on lines.
const LINE_REACH: usize = 8 << 10;

/// The bytes of `text` to keep for a value at `span`. With its candidate, as many as its window needs.
pub fn range(text: &str, span: &Range<usize>, candidate: Option<&Candidate>, path: &str) -> Range<usize> {
    let Some(candidate) = candidate else { return around(text, span, REACHES[0]) };
    let whole = context::window(text.as_bytes(), candidate, path);
    let fits = |range: &Range<usize>| {
        shifted(candidate, range)
            .is_some_and(|c| context::window(&text.as_bytes()[range.clone()], &c, path) == whole)
    };
    let mut ranges = REACHES.iter().map(|&reach| around(text, span, reach));
    let first = around(text, span, REACHES[0]);
    ranges.find(fits).unwrap_or(first)
}

/// The candidate in the coordinates of `range`; `None` if it does not lie inside.
fn shifted(candidate: &Candidate, range: &Range<usize>) -> Option<Candidate> {
    let shift = |inner: &Range<usize>| {
        let end = inner.end.checked_sub(range.start)?;
        (inner.end <= range.end).then_some(inner.start.checked_sub(range.start)?..end)
    };
    let span = shift(&candidate.span)?;
    let key = match &candidate.key {
        Some(key) => Some(shift(key)?),
        None => None,
    };
    Some(Candidate { span, key, material: None, ..candidate.clone() })
}

/// Whole lines around `span`, at most `reach` bytes each way, and always the lines of `span` itself. Where such a line
/// goes on for more than 8 KiB it is cut there and nothing beyond it is kept.
fn around(text: &str, span: &Range<usize>, reach: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let line_start = memrchr(&bytes[..span.start]).map_or(0, |at| at + 1);
    let line_end = memchr(&bytes[span.end..]).map_or(bytes.len(), |at| span.end + at + 1);
    let start = if span.start - line_start > LINE_REACH {
        text.ceil_char_boundary_at(span.start - LINE_REACH)
    } else {
        let from = span.start.saturating_sub(reach);
        if from == 0 {
            0
        } else {
            memchr(&bytes[from - 1..line_start.max(from)]).map_or(line_start, |at| from + at)
        }
    };
    let end = if line_end - span.end > LINE_REACH {
        text.floor_char_boundary_at(span.end + LINE_REACH)
    } else {
        let to = (span.end + reach).min(bytes.len());
        if to == bytes.len() {
            to
        } else {
            memrchr(&bytes[line_end.min(to)..to]).map_or(line_end, |at| line_end.min(to) + at + 1)
        }
    };
    start..end
}

fn memchr(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&b| b == b'\n')
}

fn memrchr(bytes: &[u8]) -> Option<usize> {
    bytes.iter().rposition(|&b| b == b'\n')
}

trait Boundaries {
    fn ceil_char_boundary_at(&self, at: usize) -> usize;
    fn floor_char_boundary_at(&self, at: usize) -> usize;
}

impl Boundaries for str {
    fn ceil_char_boundary_at(&self, at: usize) -> usize {
        (at..=self.len()).find(|&at| self.is_char_boundary(at)).unwrap_or(self.len())
    }

    fn floor_char_boundary_at(&self, at: usize) -> usize {
        (0..=at.min(self.len())).rev().find(|&at| self.is_char_boundary(at)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_are_kept_and_long_lines_are_cut() {
        let filler = "0123456789\n".repeat(1000);
        let text = format!("{filler}key = VALUE # é\n{filler}");
        let start = text.find("VALUE").expect("it is there");
        let range = around(&text, &(start..start + 5), 100);
        assert!(text[..range.start].ends_with('\n') && text[range.clone()].ends_with('\n'));
        assert!(range.len() > 150 && range.len() < 250, "{range:?}");

        let long = format!("first\n{}VALUE{}\nlast\n", "é".repeat(9000), "ü".repeat(9000));
        let start = long.find("VALUE").expect("it is there");
        let range = around(&long, &(start..start + 5), 4096);
        let cut = &long[range];
        assert!(!cut.contains("first") && !cut.contains("last") && cut.contains("VALUE"));
        assert!(cut.len() <= 2 * LINE_REACH + 5);
    }

    #[test]
    fn short_texts_are_kept_whole() {
        for text in ["VALUE", "a\nVALUE", "VALUE\n", "\nVALUE\n\n"] {
            let start = text.find("VALUE").expect("it is there");
            assert_eq!(around(text, &(start..start + 5), 4096), 0..text.len(), "{text:?}");
        }
    }
}
