//! Values that `COPY t (…, password, …) FROM stdin;` of PostgreSQL's dumps loads into columns named like a credential.
//!
//! The rows follow on lines of their own, with tabs between the columns, up to `\\.` (PostgreSQL's manual, `COPY`, "Text
//! Format"). A line that begins another `COPY` ends them, too, so that no row is read twice.

use std::ops::Range;

use super::super::hit::{CodeDetector, Hit, Text};
use super::column::{self, Column};
use super::reach;

/// Bytes of the statement before the anchor.
const STATEMENT: usize = 4 * 1024;

pub(super) const DETECTOR: CodeDetector = CodeDetector { anchors: &[") from stdin"], binary: false, find };

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let floor = anchor.start.saturating_sub(STATEMENT);
    let start = memchr::memrchr(b'\n', &bytes[floor..anchor.start]).map_or(floor, |at| floor + at + 1);
    if !reach::continues(bytes, start, b"copy ") {
        return;
    }
    // Another format than the usual one is said here.
    let after = reach::skip(bytes, anchor.end, |b| matches!(b, b';' | b' ' | b'\r'));
    let Some(open) = memchr::memchr(b'(', &bytes[start..anchor.start]) else { return };
    if bytes.get(after) != Some(&b'\n') {
        return;
    }
    let names: Vec<_> =
        fields(bytes, start + open + 1..anchor.start, b',').map(|name| reach::trim(bytes, name)).collect();
    let columns = Column::all(bytes, &names, column::SQL);
    if !columns.is_empty() {
        rows(text, after + 1, names.len(), &columns, hits);
    }
}

/// Reads the rows that begin at `at`.
fn rows(text: Text<'_>, mut at: usize, width: usize, columns: &[Column], hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let mut values = Vec::with_capacity(width);
    while at < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
        let line = at..end - usize::from(end > at && bytes[end - 1] == b'\r');
        if &bytes[line.clone()] == br"\." || reach::continues(bytes, at, b"copy ") {
            return;
        }
        values.clear();
        values.extend(fields(bytes, line, b'\t'));
        if values.len() == width {
            for column in columns {
                let value = values[column.at].clone();
                if !value.is_empty() && &bytes[value.clone()] != br"\N" && value.len() <= reach::VALUE {
                    column.push(text, value, hits);
                }
            }
        }
        at = end + 1;
    }
}

/// What stands in `range` between the bytes `between`.
fn fields(bytes: &[u8], range: Range<usize>, between: u8) -> impl Iterator<Item = Range<usize>> {
    let (mut start, last) = (range.start, range.end);
    let ends = memchr::memchr_iter(between, &bytes[range]).map(move |at| start + at).chain([last]);
    ends.map(move |end| {
        let field = start..end;
        start = end + 1;
        field
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, hits};
    use super::*;

    #[test]
    fn rows_are_read_up_to_their_end() {
        let head = "COPY~ public.users (id, name, password, mail) FROM stdin;\n";
        let digest = "5f4dcc3b5aa765d6".repeat(2);
        let row = |value: &str| format!("1\tbob\t{value}\tb@x.org\n");
        let case = |rows: &str| format!("{head}{rows}\\.\n{}", row("PWD2"));
        for (text, expected) in [
            (case(&row("PWD1")), &["PWD1"][..]),
            (case(&(row("PWD1") + &row("PWD2"))), &["PWD1", "PWD2"]),
            (case(&row("PWD1")).replace('\n', "\r\n"), &["PWD1"]),
            (case(&(row("\\N") + &row("") + &row("PWD1"))), &["PWD1"]),
            (case("1\tPWD1\n"), &[]),
            (case(&row("PWD1")).replace("stdin;", "stdin WITH (FORMAT csv);"), &[]),
            (case(&row("PWD1")).replace("password", "place"), &[]),
            (format!("see {}", case(&row("PWD1"))), &[]),
        ] {
            check(&DETECTOR, "sql-password", &[(&text, expected)]);
        }
        check(&DETECTOR, "password-hash", &[(&case(&row(&digest)), &[&digest])]);
    }

    #[test]
    fn many_rows_are_read() {
        let rows: String = (0..3000).map(|row| format!("{row}\tWalnut-b0at{row}\n")).collect();
        let text = format!("COPY users (id, password) FROM stdin;\n{rows}\\.\n");
        assert_eq!(hits(&DETECTOR, "dump.sql", &text).len(), 3000);
    }
}
