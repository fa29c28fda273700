//! The words of a command: of a shell's line, or of an argument list in code (`["mysql", "-pX"]`).

use std::ops::Range;

use super::super::reach;

/// Words read at most.
const MOST: usize = 40;

/// The words of the command that begins at `at`: at most 40, to the end of the (continued) line, a pipe, or a quote
/// that was opened before the command. Whole-word quotes are removed.
pub(super) fn of_line(bytes: &[u8], at: usize) -> Vec<Range<usize>> {
    let roof = bytes.len().min(at + 2 * reach::LINE);
    let mut found = Vec::new();
    let mut here = at;
    while here < roof && found.len() < MOST {
        match bytes[here] {
            b' ' | b'\t' => here += 1,
            b'\\' if bytes[here..roof].starts_with(b"\\\n") => here += 2,
            b'\\' if bytes[here..roof].starts_with(b"\\\r\n") => here += 3,
            b'\n' | b'\r' | b'|' | b';' | b')' => break,
            b'&' if bytes[here..roof].starts_with(b"&&") => break,
            // `\\server` of Windows, also with its backslashes doubled in a string.
            b'\\' if bytes[here..roof].starts_with(b"\\\\") && reach::quote_width(bytes, here) == 0 => {
                let end =
                    reach::skip(bytes, here, |b| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\''));
                found.push(here..end);
                here = end;
            }
            b'"' | b'\'' | b'\\' => match reach::quoted(bytes, here) {
                Some(literal) if literal.end <= roof => {
                    found.push(literal.span);
                    here = literal.end;
                }
                _ => break,
            },
            _ => {
                let end = word_end(bytes, here, roof);
                found.push(here..end);
                here = end.max(here + 1);
            }
        }
    }
    found
}

/// End of the unquoted word at `at`; a quoted part inside (`-p'x y'`, `--user="a:b"`) belongs to it.
fn word_end(bytes: &[u8], at: usize, roof: usize) -> usize {
    let mut here = at;
    while here < roof {
        match bytes[here] {
            b'"' | b'\'' => match reach::quoted(bytes, here) {
                Some(literal)
                    if here > at && !reach::is_word(bytes.get(literal.end).copied().unwrap_or(b' ')) =>
                {
                    here = literal.end;
                }
                _ => return here,
            },
            b'`' | b'|' | b';' | b')' | b'<' | b'>' => return if here == at { at + 1 } else { here },
            b'\\' => return here,
            b if b.is_ascii_whitespace() => return here,
            _ => here += 1,
        }
    }
    here
}

/// The members of an argument list after the one whose closing quote stands right before `at`, to the closing bracket.
/// A member that is no string literal is an empty range: it holds its place.
pub(super) fn of_list(bytes: &[u8], at: usize) -> Vec<Range<usize>> {
    let roof = bytes.len().min(at + reach::LINE);
    let mut found = Vec::new();
    let mut here = reach::blanks(bytes, at);
    if bytes.get(here) != Some(&b',') {
        return found;
    }
    while here < roof && found.len() < MOST {
        match bytes[here] {
            b']' | b')' | b'}' | b';' => break,
            // `spawn('mysql', ['-pX'])`
            b',' | b'[' | b'{' => here += 1,
            b if b.is_ascii_whitespace() => here += 1,
            _ => {
                let literal = reach::quoted(bytes, here);
                let end = literal.as_ref().map_or(here, |literal| literal.end);
                let next = reach::skip(bytes, end, |b| !matches!(b, b',' | b']' | b')' | b'\n'));
                // `"-p" + password` is no literal.
                let whole = bytes[end..next].trim_ascii().is_empty();
                found.push(literal.filter(|_| whole).map_or(here..here, |literal| literal.span));
                here = next.max(here + 1);
            }
        }
    }
    found
}
