//! Tables of text whose head names columns like credentials: CSV exports of browsers and password managers, and rows of
//! cells between bars, as office documents, Markdown and database clients show them.
//!
//! The head is the proof of a CSV file. Cells between bars are trusted if the head also names what a credential belongs to
//! (a user, a host), and a value shows a digit or a mark: `Password | optional` is a row of a manual. Rows of another width
//! than the head's are passed over, but for sheets, which leave out empty cells: there a value must not look like a cell
//! that moved up. Linear in the text; of a CSV file only the first segment (2 MiB) is read.

use std::ops::Range;

use super::super::hit::{CodeDetector, Hit, Text};
use super::column::Column;
use super::{reach, table};
use crate::value::randomness::looks_random;

/// The rule of a column of passwords.
const PASSWORD: &str = "generic-password";
/// Longest record, and longest line of cells, in bytes.
const RECORD: usize = 8 * 1024;
/// Longest name of a column, in bytes.
const NAME: usize = 32;
/// Lines of a table that a rule below its head tells.
const ROWS: usize = 500;

/// What separates the columns of a CSV file.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// Endings of the names of columns that tell what a row's credential opens.
const OWNERS: [&[u8]; 16] = [
    b"user",
    b"name",
    b"login",
    b"mail",
    b"account",
    b"host",
    b"server",
    b"system",
    b"service",
    b"site",
    b"url",
    b"address",
    b"ip",
    b"database",
    b"environment",
    b"role",
];

/// Tables with a rule below their head: `|---|---|` (Markdown), `----+----` (psql, mysql).
pub(super) const RULED: CodeDetector =
    CodeDetector { anchors: &["|--", "| --", "|:-", "| :-", "-+-"], binary: false, find: ruled };

/// Reads a CSV file from its head on.
pub(super) fn delimited(text: Text<'_>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let head = &bytes[start..reach::line_end(bytes, start)];
    let count = |delimiter: &u8| head.iter().filter(|b| *b == delimiter).count();
    let Some(&delimiter) = DELIMITERS.iter().rev().max_by_key(|it| count(it)) else { return };
    let mut fields = Vec::new();
    let mut at = record(bytes, start, delimiter, &mut fields);
    let (width, columns) = (fields.len(), Column::all(bytes, &fields, PASSWORD));
    if !(2..=table::COLUMNS).contains(&width) || columns.is_empty() {
        return;
    }
    while at < bytes.len() {
        at = record(bytes, at, delimiter, &mut fields);
        if fields.len() == width {
            for column in &columns {
                let value = fields[column.at].clone();
                if column.is_password() || looks_random(&bytes[value.clone()]) {
                    column.push(text, value, hits);
                }
            }
        }
    }
}

/// Reads one record (RFC 4180) and gives where the next begins. A quoted field may hold line breaks.
fn record(bytes: &[u8], mut at: usize, delimiter: u8, fields: &mut Vec<Range<usize>>) -> usize {
    fields.clear();
    let roof = bytes.len().min(at + RECORD);
    loop {
        let (field, end) = field(bytes, at..roof, delimiter);
        fields.push(field);
        if end == roof || bytes[end] != delimiter {
            return memchr::memchr(b'\n', &bytes[end..]).map_or(bytes.len(), |line| end + line + 1);
        }
        at = end + 1;
    }
}

/// The field at the start of `range`, without quotes, and where it ends.
fn field(bytes: &[u8], range: Range<usize>, delimiter: u8) -> (Range<usize>, usize) {
    if range.len() > 1 && bytes[range.start] == b'"' {
        let first = range.start + 1;
        let mut at = first;
        while let Some(quote) = memchr::memchr(b'"', &bytes[at..range.end]).map(|quote| at + quote) {
            if quote + 1 < range.end && bytes[quote + 1] == b'"' {
                at = quote + 2;
            } else {
                return (first..quote, quote + 1);
            }
        }
    }
    let end =
        memchr::memchr2(delimiter, b'\n', &bytes[range.clone()]).map_or(range.end, |end| range.start + end);
    (reach::trim(bytes, range.start..end), end)
}

/// Reads all tables in the text of an office document, whose cells have a bar between.
pub(super) fn bars(text: Text<'_>, hits: &mut Vec<Hit>) {
    let mut head = None;
    let mut at = 0;
    while at < text.bytes.len() {
        let line = line(text.bytes, at);
        at = line.end + 1;
        row(text, line, &mut head, hits);
    }
}

fn ruled(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let rule = line(bytes, reach::line_start(bytes, anchor.start));
    let lead = bytes.get(rule.start + 1..anchor.start).unwrap_or_default();
    // The first anchor of a line that is nothing but a rule.
    if lead.iter().any(|b| matches!(b, b'|' | b'+'))
        || !bytes[rule.clone()].iter().all(|b| b"|+-: \t\r".contains(b))
        || rule.start == 0
    {
        return;
    }
    let mut head = None;
    row(text, line(bytes, reach::line_start(bytes, rule.start - 1)), &mut head, hits);
    let mut at = rule.end + 1;
    for _ in 0..ROWS {
        if head.is_none() || at >= bytes.len() {
            return;
        }
        let line = line(bytes, at);
        at = line.end + 1;
        row(text, line, &mut head, hits);
    }
}

/// The line at `at`, without its break.
fn line(bytes: &[u8], at: usize) -> Range<usize> {
    at..memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end)
}

/// Reads a line of cells: as the head of a table, or as a row under `head`. Another line ends the table.
fn row(text: Text<'_>, line: Range<usize>, head: &mut Option<(usize, Vec<Column>)>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let cells = cells(bytes, line);
    if cells.len() < 2 {
        *head = None;
    } else if is_head(bytes, &cells) {
        let columns = Column::all(bytes, &cells, PASSWORD);
        *head = (!columns.is_empty()).then_some((cells.len(), columns));
    } else if let Some((width, columns)) = head
        && (cells.len() == *width || cells.len() < *width && text.path.is_office_text())
    {
        let is_whole = cells.len() == *width;
        for column in columns {
            let Some(cell) = cells.get(column.at) else { continue };
            let value = unmarked(bytes, cell.clone());
            let inside = &bytes[value.clone()];
            let shows = if !is_whole && is_of_another_column(inside) {
                false
            } else if column.is_password() {
                !inside.contains(&b' ') && inside.iter().any(|b| !b.is_ascii_alphabetic())
            } else {
                looks_random(inside)
            };
            if shows {
                column.push(text, value, hits);
            }
        }
    }
}

/// An address of mail or the web, a path, a time, a number.
fn is_of_another_column(cell: &[u8]) -> bool {
    let has = |wanted: u8| cell.contains(&wanted);
    has(b'@') && has(b'.') || has(b'/') || has(b':') || !cell.iter().any(u8::is_ascii_alphabetic)
}

/// The cells of a line; a bar at its start or its end closes the table.
fn cells(bytes: &[u8], line: Range<usize>) -> Vec<Range<usize>> {
    let mut line = reach::trim(bytes, line);
    if line.len() > RECORD || !bytes[line.clone()].contains(&b'|') {
        return Vec::new();
    }
    line.start += usize::from(bytes[line.start] == b'|');
    line.end -= usize::from(line.end > line.start && bytes[line.end - 1] == b'|');
    let mut start = line.start;
    let ends = memchr::memchr_iter(b'|', &bytes[line.clone()]).map(|bar| line.start + bar).chain([line.end]);
    let cells = ends.map(|end| {
        let cell = start..end;
        start = end + 1;
        reach::trim(bytes, cell)
    });
    cells.take(table::COLUMNS).collect()
}

/// True if every cell is a name, and one of them says whom a credential belongs to.
fn is_head(bytes: &[u8], cells: &[Range<usize>]) -> bool {
    let is_name = |cell: &[u8]| {
        cell.len() <= NAME
            && cell.iter().all(|b| b.is_ascii_alphabetic() || !b.is_ascii() || b" _-./()".contains(b))
    };
    let owns = |cell: &[u8]| {
        let lower = cell.to_ascii_lowercase();
        OWNERS.iter().any(|owner| lower.ends_with(owner))
    };
    let name = |cell: &Range<usize>| &bytes[unmarked(bytes, cell.clone())];
    cells.iter().all(|cell| is_name(name(cell))) && cells.iter().any(|cell| owns(name(cell)))
}

/// A cell without the marks of code and emphasis around it.
fn unmarked(bytes: &[u8], mut cell: Range<usize>) -> Range<usize> {
    while cell.len() > 2
        && matches!(bytes[cell.start], b'`' | b'*')
        && bytes[cell.start] == bytes[cell.end - 1]
    {
        cell = cell.start + 1..cell.end - 1;
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::super::Tables;
    use super::super::sample::{check, fill};
    use super::*;
    use crate::source::Content;
    use crate::value::path::PathInfo;

    /// The kept values of a text that `read` reads.
    fn found(read: fn(Text<'_>, &mut Vec<Hit>), template: &str) -> Vec<String> {
        let (text, path) = (fill(template), PathInfo::new("a.csv"));
        let bytes = text.as_bytes();
        let mut hits = Vec::new();
        read(Text { bytes, content: Content::Text, path: &path, tables: &Tables::default() }, &mut hits);
        let kept = hits.into_iter().filter(|hit| hit.dropped.is_none());
        kept.map(|hit| text[hit.span].to_owned()).collect()
    }

    #[test]
    fn columns_of_a_csv_file_are_read() {
        for (text, expected) in [
            ("name,url,username,password\na,https://a.org,me,PWD1\nb,,me,PWD2\n", &["PWD1", "PWD2"][..]),
            ("\u{feff}\"url\",\"password\",\"guid\"\r\n\"https://a\",\"PWD1\",\"{1}\"\r\n", &["PWD1"]),
            ("url,password,note\nx,PWD1,\"two\nlines, one row\"\ny,PWD2,\n", &["PWD1", "PWD2"]),
            ("name;passwort\nme;PWD1\n", &["PWD1"]),
            ("name\tapi_token\nme\tTOK1\nyou\tnone of yours\n", &["TOK1"]),
            ("user,\"pass,\"\"x\"\"\",password\na,b,PWD1\na,PWD2\n", &["PWD1"]),
            ("user,place\nme,PWD1\n", &[]),
            ("password\nPWD1\n", &[]),
            ("user,password\nme,\nyou,${PW}\n", &[]),
            ("user,password_length\nme,PWD1\n", &[]),
            ("user,\"password\nme,PWD1\n", &["PWD1"]),
        ] {
            assert_eq!(
                found(delimited, text),
                expected.iter().map(|it| fill(it)).collect::<Vec<_>>(),
                "{text}"
            );
        }
    }

    #[test]
    fn rows_between_bars_have_the_columns_of_their_head() {
        for (text, expected) in [
            (
                "Accounts\nUser | Password\nme | PWD1\nyou | PWD2\n\nUser | Room\nme | PWD1\n",
                &["PWD1", "PWD2"][..],
            ),
            ("Password | PWD1\nUser | PWD2\n", &[]),
            ("User | Password\nme | optional\nyou | a few words 1\n", &[]),
            ("User | Password\nPWD1\nme | PWD2\n", &[]),
        ] {
            assert_eq!(found(bars, text), expected.iter().map(|it| fill(it)).collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn tables_with_a_rule_are_read() {
        check(
            &RULED,
            PASSWORD,
            &[
                (
                    "| Login | Password |\n|--~-|:---|\n| me | `PWD1` |\n| you | **PWD2** |\n\ntext\n",
                    &["PWD1", "PWD2"],
                ),
                ("Host | Password\n---~ | ---\na | PWD1\n", &["PWD1"]),
                (" id | username | password\n----+-~---+----\n  1 | me | PWD1\n(1 row)\n", &["PWD1"]),
                ("+----+\n| user | pw |\n+--~-+---+\n| me | PWD1 |\n+----+---+\n", &["PWD1"]),
                ("| Parameter | Password |\n|--~-|---|\n| length | PWD1 |\n", &[]),
                ("| User | Password |\n| me | PWD1 |\n", &[]),
                ("a -~- b --- | ---\n| me | PWD1 |\n", &[]),
            ],
        );
    }

    #[test]
    fn a_file_of_open_quotes_is_read_once() {
        let text = "password,user\n".to_owned() + &"\",".repeat(200_000);
        let began = std::time::Instant::now();
        assert!(found(delimited, &text).is_empty());
        let rules = "|--|--\n".repeat(100_000);
        assert!(super::super::sample::hits(&RULED, "a.md", &rules).is_empty());
        // A few milliseconds.
        assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    }
}
