//! Values without quotes: where they end, and whether they are values at all or expressions.

use std::ops::Range;

use super::language::Family;
use super::meaning;
use super::name::Words;
use super::operator::{Join, skip_blanks};
use super::value::Value;
use crate::candidate::Syntax;
use crate::candidate::negative::reference;
use crate::reason::Reason;
use crate::value::charset::is_decimal;
use crate::value::randomness::looks_random;
use crate::value::words;

/// Longest bare value, in bytes.
const LONGEST: usize = 2048;
/// How far back the start of the line is looked for.
const LINE_REACH: usize = 400;

/// What stands before the name on its line.
struct Before<'a> {
    /// The bytes from the start of the line (or the reach) to the name.
    line: &'a [u8],
    /// True if they begin at a line start.
    whole: bool,
}

impl<'a> Before<'a> {
    fn of(bytes: &'a [u8], name: &Range<usize>) -> Self {
        let floor = name.start.saturating_sub(LINE_REACH);
        let start = memchr::memrchr2(b'\n', b'\r', &bytes[floor..name.start]).map(|at| floor + at + 1);
        Self { line: &bytes[start.unwrap_or(floor)..name.start], whole: start.is_some() || floor == 0 }
    }

    /// True if nothing but blanks, comment marks and words such as `export` stands before the name.
    fn starts_line(&self) -> bool {
        if !self.whole {
            return false;
        }
        let mut rest = self.line.trim_ascii();
        loop {
            let shorter = [
                &b"#"[..],
                b";",
                b"//",
                b"--",
                b"*",
                b"export ",
                b"set ",
                b"SET ",
                b"setx ",
                b"ENV ",
                b"ARG ",
                b"env ",
                b"- ",
                b"declare -x ",
                b"export",
                b"setenv",
                b"set",
                b"SET",
                b"ENV",
                b"ARG",
                b"-",
                b"+",
                b"readonly",
                b"local",
                b"$",
                b"\"",
                b"'",
                b"%",
                b"<",
                b">",
                b"REM",
                b"dnl",
                b"@",
                b"$env:",
                b"?",
            ]
            .iter()
            .find_map(|mark| rest.strip_prefix(*mark));
            match shorter {
                Some(next) => rest = next.trim_ascii_start(),
                None => return rest.is_empty(),
            }
        }
    }

    /// True if an odd number of one kind of quote stands before: the name is inside a string literal.
    fn inside_string(&self) -> bool {
        let mut open: Option<u8> = None;
        let mut escaped = false;
        for &byte in self.line {
            if escaped {
                escaped = false;
                continue;
            }
            match byte {
                b'\\' => escaped = true,
                b'"' | b'\'' | b'`' => match open {
                    None => open = Some(byte),
                    Some(quote) if quote == byte => open = None,
                    Some(_) => {}
                },
                _ => {}
            }
        }
        open.is_some()
    }

    fn inside_comment(&self) -> bool {
        let line = self.line.trim_ascii_start();
        [&b"//"[..], b"#", b"*", b"/*", b"--", b";;", b"<!--", b"%", b"'''", b"\"\"\""]
            .iter()
            .any(|mark| line.starts_with(mark))
            || memchr::memmem::find(line, b" // ").is_some()
            || memchr::memmem::find(line, b" # ").is_some()
            || memchr::memmem::find(line, b"/* ").is_some()
    }

    /// True if a brace or bracket opened on this line is still open.
    fn inside_braces(&self) -> bool {
        let depth = self.line.iter().fold(0_i32, |depth, byte| match byte {
            b'{' | b'[' => depth + 1,
            b'}' | b']' => depth - 1,
            _ => depth,
        });
        depth > 0
    }
}

/// How far a bare value goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// To the end of the line, less a comment.
    Line,
    /// As `Line`, but a comma or a closing bracket ends it too.
    Flow,
    /// To the next blank, quote or separator.
    Word,
    /// To the next blank: the entry of a list of environment variables.
    Blank,
    /// To the next `&`, `#`, quote or blank.
    Query,
    /// To the next `<`, escaped or not.
    Element,
    /// To the closing `}`.
    Default,
}

/// Reads the unquoted value after a name. `at` is the first byte after the operator.
pub(super) fn read(
    bytes: &[u8],
    name: &Range<usize>,
    at: usize,
    join: Join,
    family: Family,
) -> Option<Value> {
    let start =
        if join == Join::Element { super::operator::skip_space(bytes, at) } else { skip_blanks(bytes, at) };
    let window = &bytes[..bytes.len().min(start + LONGEST)];
    let first = *window.get(start)?;
    if matches!(first, b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'(' | b')' | b',' | b';') {
        return None;
    }
    let before = Before::of(bytes, name);
    let query = name.start > 0 && matches!(bytes[name.start - 1], b'?' | b'&') && join == Join::Equals;
    let extent = match join {
        Join::Element => Extent::Element,
        Join::Default => Extent::Default,
        _ if query => Extent::Query,
        Join::Colon if family == Family::Yaml && before.inside_braces() => Extent::Flow,
        Join::Colon if family == Family::Yaml && !before.inside_string() => Extent::Line,
        Join::Equals if family == Family::Yaml && before.starts_line() => Extent::Blank,
        Join::Equals | Join::Colon if family == Family::Properties && before.starts_line() => Extent::Line,
        _ => Extent::Word,
    };
    let end = end(window, start, extent)?;
    let span = start..end;
    let value = &bytes[span.clone()];
    if value.is_empty() {
        return None;
    }
    let next = bytes.get(end).copied();
    let bare = |syntax, dropped| Some(Value { span: span.clone(), syntax, dropped });
    let syntax = if matches!(join, Join::Element) { Syntax::Markup } else { Syntax::Bare };
    if let Some(reason) = reference::of_bare(value, next) {
        return bare(syntax, Some(reason));
    }
    match family {
        _ if matches!(join, Join::Prose) => {
            bare(Syntax::Prose, (!telling(value)).then_some(Reason::NaturalText))
        }
        _ if matches!(join, Join::Element | Join::Default) || query => bare(syntax, None),
        Family::Code | Family::Json | Family::Markup => {
            // `password=x` without blanks, in a string, a comment or on a line of its own, is configuration in a text.
            let tight = join == Join::Equals && at == name.end + 1 && start == at;
            let embedded = before.inside_string()
                || before.inside_comment()
                || before.starts_line() && ends_line(bytes, end);
            if is_decimal(value) && (value.len() >= 6 || is_code(bytes, name, value)) || tight && embedded {
                bare(syntax, None)
            } else if before.inside_string() || before.inside_comment() {
                let prose = join != Join::Equals && join != Join::Colon || !stands_alone(bytes, end);
                bare(
                    if prose { Syntax::Prose } else { syntax },
                    (prose && !telling(value)).then_some(Reason::NaturalText),
                )
            } else if join == Join::Colon && embedded && telling(value) && words::cover(value) < 0.5 {
                bare(Syntax::Prose, None)
            } else {
                bare(syntax, (!looks_random(value)).then_some(Reason::Reference))
            }
        }
        // Code in documentation: `token = token;`, `password = await hash(…)`.
        Family::Prose
            if join == Join::Equals
                && start > at
                && value.iter().all(|b| b.is_ascii_alphabetic() || *b == b'_')
                && (next == Some(b';') || !stands_alone(bytes, end)) =>
        {
            bare(syntax, Some(Reason::Reference))
        }
        Family::Prose if join == Join::Colon => {
            let sure = stands_alone(bytes, end) || telling(value);
            bare(Syntax::Prose, (!sure).then_some(Reason::NaturalText))
        }
        // A blank alone binds only where a line is `name value`.
        _ if join == Join::Blank => {
            if matches!(family, Family::Properties | Family::Shell)
                && before.starts_line()
                && stands_alone(bytes, end)
                || telling(value) && looks_random(value)
            {
                bare(syntax, None)
            } else {
                None
            }
        }
        _ => bare(syntax, None),
    }
}

/// Four digits or more under a name such as `pin`.
fn is_code(bytes: &[u8], name: &Range<usize>, value: &[u8]) -> bool {
    value.len() >= 4 && meaning::is_typed_code(&Words::of(&bytes[name.clone()]))
}

/// True if the line ends after the value.
fn ends_line(bytes: &[u8], end: usize) -> bool {
    matches!(bytes.get(skip_blanks(bytes, end)), None | Some(b'\n' | b'\r'))
}

/// True if nothing follows the value on its line but closing punctuation.
fn stands_alone(bytes: &[u8], end: usize) -> bool {
    let rest = &bytes[end..bytes.len().min(end + 64)];
    let rest = &rest[..memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())];
    !rest.iter().any(|b| b.is_ascii_alphanumeric() || *b >= 0x80)
        || rest.trim_ascii_start().starts_with(b"#")
        || rest.first().is_some_and(|b| matches!(b, b'"' | b'\'' | b'`' | b'<' | b'\\' | b'&'))
}

/// True if a word in prose can only be a secret: digits or symbols within letters, not a number, not a word.
pub(super) fn telling(value: &[u8]) -> bool {
    let set = crate::value::charset::Charset::of(value);
    let odd = value
        .iter()
        .any(|b| matches!(b, b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'*' | b'+' | b'=' | b'?' | b'~'));
    value.len() >= 5 && set.letters > 0 && (set.has_digit() || odd && set.variety() >= 3)
        || looks_random(value)
        || is_decimal(value) && value.len() >= 6
}

fn end(window: &[u8], start: usize, extent: Extent) -> Option<usize> {
    let rest = &window[start..];
    let stop = match extent {
        Extent::Line | Extent::Flow => {
            let line = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            let cut = rest[..line]
                .windows(2)
                .position(|pair| matches!(pair, b" #" | b"\t#" | b" ;"))
                .unwrap_or(line);
            if extent == Extent::Flow {
                rest[..cut].iter().position(|b| matches!(b, b',' | b'}' | b']')).unwrap_or(cut)
            } else {
                let trimmed = rest[..cut].trim_ascii_end();
                trimmed.strip_suffix(b",").unwrap_or(trimmed).strip_suffix(b"\\").unwrap_or(trimmed).len()
            }
        }
        Extent::Element => memchr::memchr2_iter(b'<', b'\\', rest).find(|at| {
            rest[*at] == b'<' || rest[*at..].get(..6).is_some_and(|b| b.eq_ignore_ascii_case(b"\\u003c"))
        })?,
        Extent::Default => rest.iter().position(|b| matches!(b, b'}' | b'\n'))?,
        Extent::Query => {
            rest.iter().position(|b| ends_word(*b) || matches!(b, b'&' | b'#')).unwrap_or(rest.len())
        }
        Extent::Blank => rest
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`'))
            .unwrap_or(rest.len()),
        Extent::Word => rest.iter().position(|b| ends_word(*b)).unwrap_or(rest.len()),
    };
    // A run that fills the window has no end in sight: data, not a value.
    if start + stop >= window.len() && rest.len() >= LONGEST {
        return None;
    }
    let trimmed = rest[..stop].trim_ascii_end();
    let trimmed = if extent == Extent::Word { trim_sentence(trimmed, rest.get(stop)) } else { trimmed };
    Some(start + trimmed.len())
}

/// A full stop or colon at the end of a word belongs to the sentence.
fn trim_sentence<'a>(word: &'a [u8], next: Option<&u8>) -> &'a [u8] {
    if next.is_none_or(u8::is_ascii_whitespace) {
        word.strip_suffix(b".")
            .filter(|w| !w.ends_with(b"."))
            .or_else(|| word.strip_suffix(b":"))
            .unwrap_or(word)
    } else {
        word
    }
}

fn ends_word(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t'
            | b'\n'
            | b'\r'
            | b'"'
            | b'\''
            | b'`'
            | b','
            | b';'
            | b'('
            | b')'
            | b'['
            | b']'
            | b'<'
            | b'>'
            | b'|'
            | b'\\'
            | b'&'
    ) || byte == b'}'
}
