//! Values that `INSERT INTO t (…, password, …) VALUES (…), (…)` puts into columns named like a credential.
//!
//! Digests are left to their own detector: a column of passwords holds them more often than passwords.

use std::ops::Range;

use super::super::Syntax;
use super::super::assign;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{digest, push_named, reach};
use crate::value::charset::is_hex;

const RULE: &str = "sql-password";
/// How far a statement is followed, in bytes.
const STATEMENT: usize = 8 * 1024;
/// Columns and rows read at most.
const COLUMNS: usize = 64;
const ROWS: usize = 64;

/// Rows with named columns.
pub(super) const DETECTOR: CodeDetector =
    CodeDetector { anchors: &["insert into ", "insert ignore into ", "replace into "], binary: false, find };

/// A column named like a credential.
struct Column {
    at: usize,
    name: Range<usize>,
    rule: &'static str,
}

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = &text.bytes[..text.bytes.len().min(anchor.end + STATEMENT)];
    let table = reach::skip(bytes, anchor.end, |b| reach::is_word(b) || b" `\".[]\\\n\r\t".contains(&b));
    if bytes.get(table) != Some(&b'(') || table - anchor.end > 160 {
        return;
    }
    let (names, Some(close)) = reach::fields(bytes, table + 1, COLUMNS, 2 * reach::LINE) else { return };
    let columns: Vec<Column> =
        names.iter().enumerate().filter_map(|(at, name)| Column::of(bytes, at, name)).collect();
    if columns.is_empty() {
        return;
    }
    let Some(mut at) = values(bytes, close + 1) else { return };
    for _ in 0..ROWS {
        if bytes.get(at) != Some(&b'(') {
            return;
        }
        let (fields, Some(close)) = reach::fields(bytes, at + 1, COLUMNS + 1, STATEMENT) else { return };
        // Another number of fields: a comma stands where this reader does not expect one.
        if fields.len() == names.len() {
            for column in &columns {
                push(text, column, &fields[column.at], hits);
            }
        }
        let comma = reach::space(bytes, close + 1);
        if bytes.get(comma) != Some(&b',') {
            return;
        }
        at = reach::space(bytes, comma + 1);
    }
}

impl Column {
    fn of(bytes: &[u8], at: usize, name: &Range<usize>) -> Option<Self> {
        let inside = &bytes[name.clone()];
        let mark = |b: &u8| matches!(b, b'`' | b'"' | b'[' | b']' | b'\'' | b'\\');
        let start = name.start + inside.iter().position(|b| !mark(b))?;
        let end = name.start + inside.iter().rposition(|b| !mark(b))? + 1;
        let rule = assign::rule_of_name(&bytes[start..end])?;
        let rule = if rule == "generic-password" { RULE } else { rule };
        Some(Self { at, name: start..end, rule })
    }
}

/// The first bracket after `VALUES`; between the columns and it stands nothing but what joins strings of code.
fn values(bytes: &[u8], at: usize) -> Option<usize> {
    let word = reach::find(bytes, at..bytes.len().min(at + 80), b"values")?;
    let joint = &bytes[at..word];
    let letters = joint.iter().filter(|b| b.is_ascii_alphanumeric()).count();
    let escapes = joint.windows(2).filter(|pair| pair[0] == b'\\' && pair[1].is_ascii_alphabetic()).count();
    (letters == escapes)
        .then(|| reach::skip(bytes, word + 6, |b| b.is_ascii_whitespace() || b"\"'+.\\".contains(&b)))
}

fn push(text: Text<'_>, column: &Column, field: &Range<usize>, hits: &mut Vec<Hit>) {
    let Some(span) = reach::string_argument(text.bytes, field) else { return };
    if !is_digest(&text.bytes[span.clone()]) {
        push_named(text, hits, column.rule, span, column.name.clone(), Syntax::Field);
    }
}

/// What a hash function gives, with or without the mark of a scheme.
fn is_digest(value: &[u8]) -> bool {
    let marked = digest::DETECTOR
        .anchors
        .iter()
        .any(|mark| value.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark.as_bytes())));
    // `$scheme$…`, known or not.
    let modular = value.first() == Some(&b'$')
        && value
            .iter()
            .skip(1)
            .take(12)
            .position(|b| !b.is_ascii_alphanumeric())
            .is_some_and(|at| value[at + 1] == b'$');
    let body = value.strip_prefix(b"*").or_else(|| value.strip_prefix(b"0x")).unwrap_or(value);
    marked || modular || matches!(body.len(), 32 | 40 | 56 | 64 | 96 | 128) && is_hex(body)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped};
    use super::*;

    #[test]
    fn named_columns_of_all_rows_are_read() {
        check(
            &DETECTOR,
            RULE,
            &[
                ("INSERT~ INTO users (id, name, password) VALUES (1,'bob','PWD1');", &["PWD1"]),
                (
                    "INSERT~ INTO `users` (`id`, `password`, `mail`) VALUES\n(1, 'PWD1', 'x'),\n(2, 'PWD2', 'y');",
                    &["PWD1", "PWD2"],
                ),
                ("insert~ into dbo.[users] ([name], [passwd]) values (N'bob', N'PWD1')", &["PWD1"]),
                ("q(\"INSERT~ INTO u (name, pwd) VALUES (\\\"bob\\\", \\\"PWD1\\\")\")", &["PWD1"]),
                ("\"INSERT~ INTO u (name, pwd) \" +\n  \"VALUES ('bob', 'PWD1')\"", &["PWD1"]),
                ("INSERT~ INTO u (name, pwd) VALUES ('o(x, y)', 'PWD1'), ('al', ''), ('c', NULL)", &["PWD1"]),
            ],
        );
    }

    #[test]
    fn other_columns_and_digests_are_not() {
        let digest = "5f4dcc3b5aa765d6".repeat(2);
        let hashed = format!("INSERT~ INTO u (name, password) VALUES ('bob', '{digest}')");
        check(
            &DETECTOR,
            RULE,
            &[
                (&hashed, &[]),
                ("INSERT~ INTO u (name, password) VALUES ('bob', '$2a$10$PWD1')", &[]),
                ("INSERT~ INTO u (name, password) VALUES ('bob', '$shiro1$SHA-256$PWD1')", &[]),
                ("INSERT~ INTO u (name, password_hash) VALUES ('bob', 'PWD1')", &[]),
                ("INSERT~ INTO u (name, password) VALUES (?, ?)", &[]),
                ("INSERT~ INTO u (name, password) SELECT name, 'PWD1' FROM v", &[]),
                ("INSERT~ INTO u VALUES (1, 'PWD1')", &[]),
                ("INSERT~ INTO u (name, password) VALUES ('bob', MD5('PWD1'))", &[]),
                ("Insert~ into the form (name, password) the values (1, 'PWD1')", &[]),
            ],
        );
        check_dropped(&DETECTOR, &["INSERT~ INTO u (name, password) VALUES (%s, '${PW}')"]);
    }
}
