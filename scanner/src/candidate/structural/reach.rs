//! Bounded reading around an anchor: lines, words, string literals, call arguments.
//!
//! Every function looks at no more than [`LINE`] or [`VALUE`] bytes, so that a detector's work per anchor does not
//! depend on the length of the line. Nothing here knows what a credential is.

use std::ops::Range;

use memchr::{memchr, memrchr};

/// The farthest that a line is followed from an anchor, in bytes each way.
pub(super) const LINE: usize = 1024;
/// The longest value that is read, in bytes.
pub(super) const VALUE: usize = 512;

/// A string literal or a bare word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// The content, without quotes.
    pub(super) span: Range<usize>,
    /// Offset after the closing quote, or `span.end` of a bare word.
    pub(super) end: usize,
    /// It was quoted.
    pub(super) quoted: bool,
}

/// First byte of the line that holds `at`, or the farthest that is looked at.
pub(super) fn line_start(bytes: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(LINE);
    memrchr(b'\n', &bytes[floor..at]).map_or(floor, |n| floor + n + 1)
}

/// End of the line that holds `at`, without the line break.
pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    let roof = bytes.len().min(at + LINE);
    let end = memchr(b'\n', &bytes[at..roof]).map_or(roof, |n| at + n);
    if end > at && bytes[end - 1] == b'\r' { end - 1 } else { end }
}

/// Skips blanks (not line breaks).
pub(super) fn blanks(bytes: &[u8], at: usize) -> usize {
    skip(bytes, at, |b| b == b' ' || b == b'\t')
}

/// Skips white space with line breaks, at most [`LINE`] bytes.
pub(super) fn space(bytes: &[u8], at: usize) -> usize {
    skip(bytes, at, |b| b.is_ascii_whitespace())
}

/// First offset from `at` whose byte does not satisfy `take`; at most [`LINE`] bytes on.
pub(super) fn skip(bytes: &[u8], at: usize, take: impl Fn(u8) -> bool) -> usize {
    let roof = bytes.len().min(at + LINE);
    bytes[at.min(roof)..roof].iter().position(|&b| !take(b)).map_or(roof, |n| at + n)
}

/// First offset such that all bytes from there to `at` satisfy `take`; at most 128 bytes back.
pub(super) fn skip_back(bytes: &[u8], at: usize, take: impl Fn(u8) -> bool) -> usize {
    let floor = at.saturating_sub(128);
    bytes[floor..at].iter().rposition(|&b| !take(b)).map_or(floor, |n| floor + n + 1)
}

/// Letters, digits, `_` and bytes of non-ASCII letters.
pub(super) fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80
}

/// The byte before `at`, or a line break at the start of the text.
pub(super) fn before(bytes: &[u8], at: usize) -> u8 {
    at.checked_sub(1).map_or(b'\n', |n| bytes[n])
}

/// True if `bytes` continues at `at` with `word` (lower case), without regard to ASCII case.
pub(super) fn continues(bytes: &[u8], at: usize, word: &[u8]) -> bool {
    bytes.get(at..at + word.len()).is_some_and(|there| there.eq_ignore_ascii_case(word))
}

/// First place of `needle` (lower case) in `range`, without regard to ASCII case. The range must be bounded.
pub(super) fn find(bytes: &[u8], range: Range<usize>, needle: &[u8]) -> Option<usize> {
    let hay = &bytes[range.clone()];
    hay.windows(needle.len()).position(|there| there.eq_ignore_ascii_case(needle)).map(|n| range.start + n)
}

/// Width of the opening quote at `at`: `"`, `'`, a backtick, their escaped forms `\"`, and `&quot;`; 0 if there is none.
pub(super) fn quote_width(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'"' | b'\'' | b'`') => 1,
        Some(b'\\') => {
            let slashes = bytes[at..].iter().take(7).take_while(|&&b| b == b'\\').count();
            match bytes.get(at + slashes) {
                Some(b'"' | b'\'') => slashes + 1,
                _ => 0,
            }
        }
        Some(b'&') if continues(bytes, at, b"&quot;") => 6,
        _ => 0,
    }
}

/// Reads the string literal at `at` to the same quote on the same line. Empty strings are literals.
pub(super) fn quoted(bytes: &[u8], at: usize) -> Option<Literal> {
    let width = quote_width(bytes, at);
    if width == 0 {
        return None;
    }
    let mark = &bytes[at..at + width];
    let start = at + width;
    let roof = bytes.len().min(start + VALUE + width);
    let mut here = start;
    while here < roof {
        let rest = &bytes[here..roof];
        if rest.starts_with(mark) {
            return Some(Literal { span: start..here, end: here + width, quoted: true });
        }
        match rest[0] {
            b'\n' => return None,
            // An escape inside a plainly quoted string covers the next byte.
            b'\\' if width == 1 => here += 2,
            _ => here += 1,
        }
    }
    None
}

/// Reads a word that ends at white space, a quote, a line's end or a byte of `stops`. None if it is empty or too long.
pub(super) fn bare(bytes: &[u8], at: usize, stops: &[u8]) -> Option<Literal> {
    let roof = bytes.len().min(at + VALUE + 1);
    let end = bytes
        .get(at..roof)?
        .iter()
        .position(|b| {
            b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'\\') || stops.contains(b)
        })
        .map_or(roof, |n| at + n);
    (end > at && end - at <= VALUE).then_some(Literal { span: at..end, end, quoted: false })
}

/// A quoted literal, or a bare word.
pub(super) fn literal(bytes: &[u8], at: usize, stops: &[u8]) -> Option<Literal> {
    if quote_width(bytes, at) > 0 { quoted(bytes, at) } else { bare(bytes, at, stops) }
}

/// The arguments of the call whose `(` stands right before `at`: at most eight, trimmed, commas inside strings and
/// brackets not counted. The flag says whether the closing bracket was seen.
pub(super) fn arguments(bytes: &[u8], at: usize) -> (Vec<Range<usize>>, bool) {
    let (found, end) = fields(bytes, at, 8, LINE);
    (found, end.is_some())
}

/// As [`arguments`], at most so many within so many bytes; with the offset of the closing bracket, if it was seen.
pub(super) fn fields(
    bytes: &[u8],
    at: usize,
    most: usize,
    reach: usize,
) -> (Vec<Range<usize>>, Option<usize>) {
    let roof = bytes.len().min(at + reach);
    let mut found = Vec::new();
    let mut start = at;
    let mut depth = 0_usize;
    let mut here = at;
    while here < roof && found.len() < most {
        match bytes[here] {
            b'"' | b'\'' | b'`' | b'\\' if quote_width(bytes, here) > 0 => match quoted(bytes, here) {
                Some(string) => {
                    here = string.end;
                    continue;
                }
                None => return (found, None),
            },
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => {
                let last = trim(bytes, start..here);
                if !last.is_empty() {
                    found.push(last);
                }
                return (found, Some(here));
            }
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                found.push(trim(bytes, start..here));
                start = here + 1;
            }
            _ => {}
        }
        here += 1;
    }
    (found, None)
}

/// `range` without white space at its ends.
pub(super) fn trim(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let inside = &bytes[range.clone()];
    let lead = inside.len() - inside.trim_ascii_start().len();
    let kept = inside.trim_ascii().len();
    range.start + lead..range.start + lead + kept
}

/// The content of an argument that is one string literal, with at most one prefix letter (`b"…"`, `u'…'`, `@"…"`).
pub(super) fn string_argument(bytes: &[u8], argument: &Range<usize>) -> Option<Range<usize>> {
    let mut at = argument.start;
    if matches!(bytes.get(at), Some(b'b' | b'u' | b'r' | b'@' | b'N')) {
        at += 1;
    }
    quoted(bytes, at).filter(|string| string.end == argument.end).map(|string| string.span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> (Vec<&str>, bool) {
        let (found, closed) = arguments(source.as_bytes(), 0);
        (found.into_iter().map(|r| &source[r]).collect(), closed)
    }

    #[test]
    fn arguments_split_at_top_level_commas() {
        assert_eq!(texts(r#"a, f(b, c), "x, y")"#), (vec!["a", "f(b, c)", "\"x, y\""], true));
        assert_eq!(texts(")"), (vec![], true));
        assert_eq!(texts("a, 'open"), (vec!["a"], false));
    }

    #[test]
    fn quotes_close_only_with_themselves() {
        let cases = [
            (r#""a\"b" c"#, Some(r#"a\"b"#)),
            (r#"\"ab\" c"#, Some("ab")),
            (r#"\\\"ab\\\" c"#, Some("ab")),
            ("&quot;ab&quot;", Some("ab")),
            ("'it", None),
            ("'it\n'", None),
            ("''", Some("")),
            ("ab", None),
        ];
        for (source, inner) in cases {
            assert_eq!(quoted(source.as_bytes(), 0).map(|l| &source[l.span]), inner, "{source}");
        }
    }

    #[test]
    fn reading_is_bounded() {
        let long = vec![b'a'; 1 << 20];
        assert_eq!(line_start(&long, 1 << 19), (1 << 19) - LINE);
        assert_eq!(line_end(&long, 1 << 19), (1 << 19) + LINE);
        assert_eq!(bare(&long, 0, b""), None);
        assert_eq!(skip(&long, 0, is_word), LINE);
    }

    #[test]
    fn a_trailing_backslash_does_not_run_past_the_end() {
        assert_eq!(quoted(b"\"ab\\", 0), None);
        assert_eq!(quote_width(b"\\", 0), 0);
    }
}
