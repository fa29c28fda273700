//! String literals: where one begins, where it ends.

use std::ops::Range;

use memchr::{memchr, memchr3, memmem};

use crate::value::charset::is_base64;
use crate::value::randomness::looks_random;

/// Longest literal looked at, in bytes.
pub(super) const LONGEST: usize = 4096;

/// A string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// The text between the delimiters.
    pub span: Range<usize>,
    /// First byte after the closing delimiter.
    pub end: usize,
    /// True for triple quotes, heredocs and other forms over several lines.
    pub block: bool,
}

/// Reads the literal that begins at `at`: an optional prefix (`r`, `b"`, `@`, `$`), any number of backslashes that
/// escape the quotes of an outer string, then single, double, back or triple quotes. `None` if there is none, if it
/// is not closed on its line (where its form wants that), or if it is longer than 4 KiB.
pub(super) fn at(bytes: &[u8], at: usize) -> Option<Literal> {
    let bytes = &bytes[..bytes.len().min(at + LONGEST)];
    let rest = bytes.get(at..)?;
    if rest.first() == Some(&b'&') {
        return entity(bytes, at);
    }
    // Erlang's binary: `<<"x">>`.
    if rest.starts_with(b"<<\"") {
        return self::at(bytes, at + 2);
    }
    if rest.starts_with("“".as_bytes()) {
        let start = at + 3;
        let len = memmem::find(&bytes[start..], "”".as_bytes())?;
        return (len < 256).then(|| Literal { span: start..start + len, end: start + len + 3, block: false });
    }
    let prefix = rest.iter().take(3).take_while(|b| is_prefix(**b)).count();
    let hashes = rest[prefix..].iter().take(4).take_while(|b| **b == b'#').count();
    let hashes = if prefix > 0 { hashes } else { 0 };
    let mut open = at + prefix + hashes;
    let escapes = bytes[open..].iter().take(7).take_while(|b| **b == b'\\').count();
    if escapes > 0 && prefix > 0 {
        return None;
    }
    open += escapes;
    let quote = *bytes.get(open).filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    // `&'a str`, `<'a>`: a lifetime.
    if quote == b'\'' && open == at && at > 0 && matches!(bytes[at - 1], b'&' | b'<') {
        let name = bytes[open + 1..].iter().take_while(|b| b.is_ascii_lowercase() || **b == b'_').count();
        if name > 0 && matches!(bytes.get(open + 1 + name), Some(b' ' | b'>' | b',')) {
            return None;
        }
    }
    if escapes > 0 {
        return escaped(bytes, open + 1, quote, escapes);
    }
    if hashes > 0 {
        let start = open + 1;
        let mut closing = vec![quote];
        closing.extend(std::iter::repeat_n(b'#', hashes));
        let len = memmem::find(&bytes[start..], &closing)?;
        return Some(Literal { span: start..start + len, end: start + len + closing.len(), block: false });
    }
    let triple = [quote; 3];
    if bytes[open..].starts_with(&triple) {
        return block(bytes, open + 3, &triple);
    }
    plain(bytes, open + 1, quote, matches!(rest.first(), Some(b'r' | b'R' | b'@')) && prefix > 0)
}

fn is_prefix(byte: u8) -> bool {
    matches!(byte, b'r' | b'R' | b'b' | b'B' | b'u' | b'U' | b'f' | b'F' | b'L' | b'@' | b'$' | b'N' | b'c')
}

/// Quotes as markup spells them.
const ENTITIES: &[&[u8]] = &[b"&quot;", b"&#34;", b"&#39;", b"&apos;", b"&#x27;", b"&#x22;"];

/// Length of the quote entity at `at`, or 0.
pub(super) fn entity_len(bytes: &[u8], at: usize) -> usize {
    ENTITIES.iter().find(|entity| bytes[at..].starts_with(entity)).map_or(0, |entity| entity.len())
}

/// A literal in markup: `&quot;x&quot;`.
fn entity(bytes: &[u8], at: usize) -> Option<Literal> {
    let width = entity_len(bytes, at);
    let quote = &bytes[at..at + width];
    let start = at + width;
    let len = if width == 0 { None } else { memmem::find(&bytes[start..], quote) }?;
    (!bytes[start..start + len].contains(&b'\n')).then(|| Literal {
        span: start..start + len,
        end: start + len + width,
        block: false,
    })
}

/// A literal whose quotes carry the escapes of an outer string: `\"x\"`, `\\\"x\\\"`.
fn escaped(bytes: &[u8], start: usize, quote: u8, escapes: usize) -> Option<Literal> {
    let mut at = start;
    loop {
        let found = at + memchr3(quote, b'\n', b'\r', &bytes[at..])?;
        if bytes[found] != quote {
            return None;
        }
        let before = bytes[start..found].iter().rev().take_while(|b| **b == b'\\').count();
        if before <= escapes {
            return Some(Literal { span: start..found - before, end: found + 1, block: false });
        }
        at = found + 1;
    }
}

/// A triple-quoted text: the value is its first line that is not empty.
fn block(bytes: &[u8], start: usize, closing: &[u8]) -> Option<Literal> {
    let len = memmem::find(&bytes[start..], closing)?;
    let inner = &bytes[start..start + len];
    let skipped = inner.len() - inner.trim_ascii_start().len();
    let first = start + skipped;
    let line = memchr(b'\n', &bytes[first..start + len]).map_or(start + len, |at| first + at);
    let trimmed = bytes[first..line].trim_ascii_end().len();
    Some(Literal {
        span: first..first + trimmed,
        end: start + len + closing.len(),
        block: skipped > 0 || line < start + len,
    })
}

/// A literal with one quote at each end; a backslash escapes the next byte unless the literal is raw.
fn plain(bytes: &[u8], start: usize, quote: u8, raw: bool) -> Option<Literal> {
    let mut at = start;
    loop {
        let found = at + memchr3(quote, b'\\', b'\n', bytes.get(at..)?)?;
        match bytes[found] {
            b'\\' if raw => at = found + 1,
            b'\\' => at = found + 2,
            b'\n' if quote == b'`' => at = found + 1,
            b'\n' => return open_ended(bytes, start, found),
            _ => return Some(Literal { span: start..found, end: found + 1, block: false }),
        }
    }
}

/// A literal that goes on over the next lines (PHP, shells, YAML): its first line, if that looks like key material.
fn open_ended(bytes: &[u8], start: usize, line_end: usize) -> Option<Literal> {
    let line = bytes[start..line_end].trim_ascii_end();
    (line.len() >= 24 && is_base64(line) && looks_random(line)).then(|| Literal {
        span: start..start + line.len(),
        end: line_end,
        block: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_many_languages_are_read() {
        for (text, expected) in [
            ("\"abc\" x", Some("abc")),
            ("'a\\'c'", Some("a\\'c")),
            ("`abc`", Some("abc")),
            ("r\"a\\\"", Some("a\\")),
            ("b'abc'", Some("abc")),
            ("@\"abc\"", Some("abc")),
            ("r#\"a\"c\"#", Some("a\"c")),
            ("\"\"\"\n  abc\n  d\"\"\"", Some("abc")),
            ("'''abc'''", Some("abc")),
            ("\\\"abc\\\",", Some("abc")),
            ("\\\\\\\"abc\\\\\\\"", Some("abc")),
            ("&quot;abc&quot;", Some("abc")),
            ("&#39;abc&#39;;", Some("abc")),
            ("&amp;abc&amp;", None),
            ("“abc”", Some("abc")),
            ("\"\"", Some("")),
            ("abc", None),
            ("\"abc\n\"", None),
            ("'Zk3vT9qLw2XrZk3vT9qLw2Xr\n8gH'", Some("Zk3vT9qLw2XrZk3vT9qLw2Xr")),
            ("\"abc", None),
            ("\"abc\\", None),
        ] {
            let read = at(text.as_bytes(), 0).map(|l| text[l.span].to_owned());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_never_closed_ends_at_the_limit() {
        let text = [b"\"".to_vec(), b"x".repeat(1 << 20)].concat();
        assert_eq!(at(&text, 0), None);
    }
}
