//! Files as text: decoding, lines, columns.
//!
//! A file that is no text is `None`, not an error. Lines count from 1 and end at `\n`, `\r\n` or a lone `\r`, as labels
//! count them; columns are characters from 0.

use std::ops::Range;
use std::path::Path;

use anyhow::Context as _;

/// Files above this size are left out: nobody labels in them, and a copy of one would fill a set.
pub const LARGEST: u64 = 20 << 20;
/// Bytes looked at to tell text from binary.
const SNIFFED: usize = 8 << 10;

/// Reads a file; `None` if it is binary or larger than [`LARGEST`].
pub fn read(path: &Path) -> anyhow::Result<Option<String>> {
    let size = std::fs::metadata(path).with_context(|| format!("cannot look at {}", path.display()))?.len();
    if size > LARGEST {
        return Ok(None);
    }
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(decode(bytes))
}

/// UTF-8 as it is (a byte-order mark stays), UTF-16 by its mark, else Latin-1; `None` for binary content.
pub fn decode(bytes: Vec<u8>) -> Option<String> {
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => return Some(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => return Some(utf16(rest, u16::from_be_bytes)),
        _ => {}
    }
    if bytes[..bytes.len().min(SNIFFED)].contains(&0) {
        return None;
    }
    Some(String::from_utf8(bytes).unwrap_or_else(|e| e.into_bytes().into_iter().map(char::from).collect()))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Where the lines of a text are.
#[derive(Debug)]
pub struct Lines(Vec<Range<usize>>);

impl Lines {
    /// Finds them.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut lines = Vec::new();
        let mut start = 0;
        let mut at = 0;
        while at < bytes.len() {
            if matches!(bytes[at], b'\n' | b'\r') {
                lines.push(start..at);
                at += usize::from(bytes[at..].starts_with(b"\r\n"));
                start = at + 1;
            }
            at += 1;
        }
        lines.push(start..bytes.len());
        Self(lines)
    }

    /// The bytes of line `number`, from 1, without its break.
    pub fn line(&self, number: usize) -> Option<Range<usize>> {
        self.0.get(number.checked_sub(1)?).cloned()
    }

    /// The number, from 1, of the line that holds the byte at `offset`.
    pub fn number(&self, offset: usize) -> usize {
        self.0.partition_point(|line| line.start <= offset).max(1)
    }

    /// The bytes of the characters `start..end` of line `number`; `None` if they are not all there.
    pub fn span(&self, text: &str, number: usize, start: usize, end: usize) -> Option<Range<usize>> {
        let line = self.line(number)?;
        let content = text.get(line.clone())?;
        let mut offsets = content.char_indices().map(|(at, _)| at).chain([content.len()]);
        let from = offsets.nth(start)?;
        let to = if end > start { offsets.nth(end - start - 1)? } else { return None };
        Some(line.start + from..line.start + to)
    }

    /// The character columns, half-open, of `span` in its line; the end is cut to the line.
    pub fn columns(&self, text: &str, span: &Range<usize>) -> (usize, usize) {
        let line = self.line(self.number(span.start)).unwrap_or(0..0);
        let end = span.end.min(line.end).max(span.start);
        let start = text.get(line.start..span.start).map_or(0, |s| s.chars().count());
        (start, start + text.get(span.start..end).map_or(0, |s| s.chars().count()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_every_sort_of_break() {
        let text = "a\r\nbb\rccc\n\nd";
        let lines = Lines::of(text);
        let all: Vec<&str> = (1..=5).filter_map(|n| lines.line(n)).map(|r| &text[r]).collect();
        assert_eq!(all, ["a", "bb", "ccc", "", "d"]);
        assert_eq!(lines.line(6), None);
        assert_eq!(lines.number(text.find("ccc").unwrap_or(0) + 2), 3);
    }

    #[test]
    fn columns_are_characters() {
        let text = "x\nключ = \"wörd\"\n";
        let lines = Lines::of(text);
        let span = lines.span(text, 2, 8, 12).expect("inside the line");
        assert_eq!(&text[span.clone()], "wörd");
        assert_eq!(lines.columns(text, &span), (8, 12));
        assert_eq!(lines.span(text, 2, 8, 14), None);
        assert_eq!(lines.span(text, 2, 4, 4), None);
        assert_eq!(lines.span(text, 9, 0, 1), None);
    }

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(decode(b"caf\xe9".to_vec()).as_deref(), Some("caf\u{e9}"));
        assert_eq!(decode("\u{feff}a".as_bytes().to_vec()).as_deref(), Some("\u{feff}a"));
        assert_eq!(decode(vec![0xff, 0xfe, b'a', 0, b'b', 0]).as_deref(), Some("ab"));
        assert_eq!(decode(b"\x7fELF\0\0".to_vec()), None);
    }
}
