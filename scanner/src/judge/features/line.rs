//! The line of the value: quotes, separator, brackets, what stands left and right.

use super::Subject;

/// Bytes looked at on each side.
pub(super) const SIDE: usize = 256;

/// The line around the value.
pub(super) struct Line<'a> {
    /// Before the value, cut to its last bytes.
    pub(super) left: &'a [u8],
    /// After the value, cut.
    pub(super) right: &'a [u8],
    indent: usize,
    quote: usize,
    separator: usize,
    depth: usize,
    called: usize,
    words_left: usize,
    words_right: usize,
    quotes_left: usize,
    commas_left: usize,
    equals_left: usize,
    after: usize,
    rest: usize,
    comment: bool,
    listed: bool,
    closed: bool,
}

/// The line's parts around `start..end`, without its break.
fn sides(text: &[u8], start: usize, end: usize) -> (&[u8], &[u8]) {
    let before = &text[start.saturating_sub(SIDE)..start];
    let before = memchr::memrchr(b'\n', before).map_or(before, |at| &before[at + 1..]);
    let after = &text[end..text.len().min(end + SIDE)];
    let after = memchr::memchr2(b'\n', b'\r', after).map_or(after, |at| &after[..at]);
    (before, after)
}

impl<'a> Line<'a> {
    pub(super) fn of(subject: &Subject<'a>) -> Self {
        let (left, right) = sides(subject.text, subject.start, subject.end);
        let quote = left.last().copied().filter(|b| matches!(b, b'"' | b'\'' | b'`'));
        let opened = if quote.is_some() { &left[..left.len() - 1] } else { left };
        let (depth, called) = open_call(opened);
        let rest = match right.split_first() {
            Some((first, rest)) if Some(*first) == quote => rest,
            _ => right,
        };
        let last = opened.trim_ascii_end().last();
        let count = |bytes: &[u8], wanted: &[u8]| bytes.iter().filter(|b| wanted.contains(b)).count();
        let begin = left.trim_ascii_start();
        Self {
            left,
            right,
            indent: left.len() - begin.len(),
            quote: quote.map_or(0, |b| match b {
                b'\'' => 1,
                b'"' => 2,
                _ => 3,
            }),
            separator: separator(opened.trim_ascii_end()),
            depth,
            called,
            words_left: words(left),
            words_right: words(rest),
            quotes_left: count(opened, b"\"'`"),
            commas_left: count(opened, b","),
            equals_left: count(opened, b"="),
            after: follower(rest),
            rest: rest.trim_ascii().len(),
            comment: begin.starts_with(b"//")
                || begin.starts_with(b"#")
                || begin.starts_with(b"*")
                || begin.starts_with(b"/*")
                || begin.starts_with(b"--")
                || begin.starts_with(b";")
                || begin.starts_with(b"<!--"),
            listed: matches!(last, Some(b',' | b'[' | b'(')),
            closed: quote.is_some() && right.first() == quote.as_ref(),
        }
    }
}

/// What stands right before the value (and its quote) as a number.
fn separator(left: &[u8]) -> usize {
    let Some((&last, before)) = left.split_last() else { return 0 };
    match (last, before.last()) {
        (b'=', Some(b'=')) => 1,
        (b'=', Some(b'!')) => 2,
        (b'=', Some(b':')) => 3,
        (b'=', Some(b'+' | b'?' | b'|')) => 4,
        (b'>', Some(b'=')) => 5,
        (b'>', Some(b'-')) => 6,
        // `name: Type = value`
        (b'=', _) if memchr::memchr(b':', before).is_some() => 7,
        (b'=', _) => 8,
        (b':', Some(b':')) => 9,
        (b':', Some(b'"' | b'\'')) => 10,
        (b':', _) => 11,
        (b'(', _) => 12,
        (b',', _) => 13,
        (b'[', _) => 14,
        (b'>', _) => 15,
        (b'{', _) => 16,
        (b'/' | b'@', _) => 17,
        (b'+', _) => 18,
        (b'-', _) => 19,
        _ if last.is_ascii_alphanumeric() => 20,
        _ => 21,
    }
}

/// Brackets that are open at the end, and the length of the name called with the innermost round one (0 if none).
fn open_call(left: &[u8]) -> (usize, usize) {
    let (mut closed, mut open, mut called) = (0_usize, 0, None);
    for (at, b) in left.iter().enumerate().rev() {
        match b {
            b')' | b']' | b'}' => closed += 1,
            b'(' | b'[' | b'{' if closed > 0 => closed -= 1,
            b'(' => {
                open += 1;
                called = called.or(Some(at));
            }
            b'[' | b'{' => open += 1,
            _ => {}
        }
    }
    let name = called.map_or(0, |at| {
        left[..at].iter().rev().take_while(|b| b.is_ascii_alphanumeric() || b"_.$".contains(b)).count()
    });
    (open, name)
}

/// The first sign after the value and its quote as a number.
fn follower(rest: &[u8]) -> usize {
    match rest.trim_ascii_start().first() {
        None => 0,
        Some(b',') => 1,
        Some(b';') => 2,
        Some(b')') => 3,
        Some(b']' | b'}') => 4,
        Some(b'.' | b'[' | b'(') => 5,
        Some(b'+' | b'|' | b'&' | b'?' | b'*') => 6,
        Some(b'<' | b'/' | b'>') => 7,
        Some(b'"' | b'\'' | b'`') => 8,
        Some(b'#') => 9,
        Some(b':' | b'=') => 10,
        Some(b'\\') => 11,
        Some(b) if b.is_ascii_alphanumeric() => 12,
        Some(_) => 13,
    }
}

/// Runs of letters and digits.
fn words(bytes: &[u8]) -> usize {
    let mut before = false;
    bytes
        .iter()
        .filter(|b| {
            let now = b.is_ascii_alphanumeric();
            let begins = now && !before;
            before = now;
            begins
        })
        .count()
}

table! {
    /// Appends the numbers.
    l: Line<'_>;
    "line: bytes left" => l.left.len(),
    "line: bytes right" => l.right.len(),
    "line: indent" => l.indent,
    "line: quote" => l.quote,
    "line: quote closes after the value" => l.closed,
    "line: separator" => l.separator,
    "line: open brackets" => l.depth,
    "line: bytes of the called name" => l.called,
    "line: words left" => l.words_left,
    "line: words right" => l.words_right,
    "line: quotes left" => l.quotes_left,
    "line: commas left" => l.commas_left,
    "line: equals signs left" => l.equals_left,
    "line: follower" => l.after,
    "line: bytes after the quote" => l.rest,
    "line: begins as a comment" => l.comment,
    "line: item of a list" => l.listed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_calls_and_followers_are_told_apart() {
        for (left, expected) in [
            (&b"a =="[..], 1),
            (b"a !=", 2),
            (b"a :=", 3),
            (b"a =>", 5),
            (b"let a: String =", 7),
            (b"a =", 8),
            (b"\"a\":", 10),
            (b"a:", 11),
            (b"f(", 12),
            (b"", 0),
        ] {
            assert_eq!(separator(left), expected, "{}", String::from_utf8_lossy(left));
        }
        assert_eq!(open_call(b"x = os.get(f(1), "), (1, 6));
        assert_eq!(open_call(b"x = {a: ["), (2, 0));
        assert_eq!((follower(b"  ;"), follower(b""), follower(b".trim()")), (2, 0, 5));
        assert_eq!(words(b"let the_key = 1"), 4);
    }
}
