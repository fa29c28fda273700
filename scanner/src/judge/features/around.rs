//! The lines before and after, and other uses of the value and its name near by.

use memchr::memmem;

use super::Subject;
use super::line::Line;

/// Lines looked at on each side.
const LINES: usize = 4;
/// Bytes looked at for these lines.
const BYTES: usize = 600;
/// Bytes each way in which other uses are looked for.
const REACH: usize = 2 << 10;
/// Other uses counted at most.
const USES: usize = 8;

/// What is near.
pub(super) struct Around<'a> {
    /// The lines before, as one text.
    pub(super) before: &'a [u8],
    /// The lines after.
    pub(super) after: &'a [u8],
    blank_before: bool,
    blank_after: bool,
    /// Bytes that the line has in common with the one before and after, from its start.
    like_before: usize,
    like_after: usize,
    quoted: usize,
    assigned: usize,
    comments: usize,
    /// Other uses of the value and of the name; -1 where it is too short to ask.
    values: f32,
    names: f32,
}

impl<'a> Around<'a> {
    pub(super) fn of(subject: &Subject<'a>, line: &Line<'_>) -> Self {
        let text = subject.text;
        let line_start = subject.start - line.left.len();
        let line_end = subject.end + line.right.len();
        let before = lines_before(text, line_start);
        let after = lines_after(text, line_end);
        let previous = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
        let next = after.split(|b| *b == b'\n').next().unwrap_or_default();
        let lines = || before.split(|b| *b == b'\n').chain(after.split(|b| *b == b'\n'));
        let near = &text[subject.start.saturating_sub(REACH)..text.len().min(subject.end + REACH)];
        Self {
            before,
            after,
            blank_before: previous.trim_ascii().is_empty(),
            blank_after: next.trim_ascii().is_empty(),
            like_before: in_common(line.left, previous),
            like_after: in_common(line.left, next),
            quoted: lines().filter(|l| memchr::memchr2(b'"', b'\'', l).is_some()).count(),
            assigned: lines().filter(|l| memchr::memchr2(b'=', b':', l).is_some()).count(),
            comments: lines()
                .map(<[u8]>::trim_ascii_start)
                .filter(|l| l.starts_with(b"#") || l.starts_with(b"//") || l.starts_with(b"*"))
                .count(),
            values: uses(near, &subject.value),
            names: uses(near, subject.name),
        }
    }
}

fn lines_before(text: &[u8], line_start: usize) -> &[u8] {
    let near = &text[line_start.saturating_sub(BYTES)..line_start];
    let near = near.strip_suffix(b"\n").unwrap_or(near);
    let from = memchr::memrchr_iter(b'\n', near).nth(LINES - 1).map_or(0, |at| at + 1);
    &near[from..]
}

fn lines_after(text: &[u8], line_end: usize) -> &[u8] {
    let near = &text[line_end..text.len().min(line_end + BYTES)];
    let near = near.strip_prefix(b"\r").unwrap_or(near);
    let near = near.strip_prefix(b"\n").unwrap_or(near);
    let to = memchr::memchr_iter(b'\n', near).nth(LINES - 1).unwrap_or(near.len());
    &near[..to]
}

fn in_common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// How often the text has it beyond the one known place, at most [`USES`].
fn uses(text: &[u8], what: &[u8]) -> f32 {
    if !(4..=64).contains(&what.len()) {
        return -1.0;
    }
    memmem::find_iter(text, what).take(USES + 1).count().saturating_sub(1) as f32
}

table! {
    /// Appends the numbers.
    a: Around<'_>;
    "around: line before is blank" => a.blank_before,
    "around: line after is blank" => a.blank_after,
    "around: bytes in common with the line before" => a.like_before,
    "around: bytes in common with the line after" => a.like_after,
    "around: lines with quotes" => a.quoted,
    "around: lines with assignments" => a.assigned,
    "around: lines of comments" => a.comments,
    "around: other uses of the value" => a.values,
    "around: other uses of the name" => a.names,
    "around: bytes before" => a.before.len(),
    "around: bytes after" => a.after.len(),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_lines_on_each_side() {
        let text = b"0\n1\n2\n3\n4\nLINE\r\n5\n6\n7\n8\n9\n";
        let start = memmem::find(text, b"LINE").expect("there");
        assert_eq!(lines_before(text, start), b"1\n2\n3\n4");
        assert_eq!(lines_after(text, start + 4), b"5\n6\n7\n8");
        assert_eq!((lines_before(b"LINE", 0), lines_after(b"LINE", 4)), (&b""[..], &b""[..]));
        assert!((uses(b"abcd abcd abcd", b"abcd") - 2.0).abs() < 1e-6);
        assert!((uses(b"ab ab", b"ab") + 1.0).abs() < 1e-6);
    }
}
