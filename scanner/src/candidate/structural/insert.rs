//! Values that `INSERT INTO t (…, password, …) VALUES (…), (…)` puts into columns named like a credential. Without names
//! (`INSERT INTO t VALUES (…)`) the columns are those of the table, if the text makes it before.
//!
//! A statement is read to its end, however many rows it has: programs that dump databases write a megabyte of them. A row
//! of more than [`ROW`] ends it. Where a row holds the beginning of another statement, the rest is that one's, so that no
//! text is read again and again.

use std::ops::Range;

use super::super::hit::{CodeDetector, Hit, Text};
use super::column::{self, Column};
use super::reach;
use super::table::{self, COLUMNS};

/// How far a row is followed, in bytes.
const ROW: usize = 8 * 1024;
/// How far a statement is followed that holds the beginning of another one.
const STATEMENT: usize = 8 * 1024;

/// Rows with named columns.
pub(super) const DETECTOR: CodeDetector =
    CodeDetector { anchors: &["insert into ", "insert ignore into ", "replace into "], binary: false, find };

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let open = reach::skip(bytes, anchor.end, table::is_name);
    if bytes.get(open) != Some(&b'(') || open - anchor.end > table::NAME {
        return;
    }
    if let Some(name) = before_values(bytes, anchor.end..open) {
        if let Some(table) = text.tables.get(bytes, name, anchor.start) {
            rows(text, open, table.width, &table.columns, hits);
        }
        return;
    }
    let (names, Some(close)) = reach::fields(bytes, open + 1, COLUMNS, 2 * reach::LINE) else { return };
    let columns = Column::all(bytes, &names, column::SQL);
    if !columns.is_empty()
        && let Some(at) = values(bytes, close + 1)
    {
        rows(text, at, names.len(), &columns, hits);
    }
}

/// The table's name if `VALUES` stands right after it.
fn before_values(bytes: &[u8], head: Range<usize>) -> Option<Range<usize>> {
    let word = table::own_name(bytes, head.clone())?;
    let is_values = bytes[word.clone()].eq_ignore_ascii_case(b"values");
    is_values.then(|| table::own_name(bytes, head.start..word.start)).flatten()
}

/// Reads the rows that begin at `from`, each of `width` values.
fn rows(text: Text<'_>, from: usize, width: usize, columns: &[Column], hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let mut at = from;
    while bytes.get(at) == Some(&b'(') {
        let (fields, Some(close)) = reach::fields(bytes, at + 1, COLUMNS, ROW) else { return };
        if close > from + STATEMENT && holds_statement(&bytes[at..close]) {
            return;
        }
        // Another number of fields: a comma stands where this reader does not expect one.
        if fields.len() == width {
            for column in columns {
                if let Some(span) = literal(bytes, &fields[column.at]) {
                    column.push(text, span, hits);
                }
            }
        }
        let comma = reach::space(bytes, close + 1);
        if bytes.get(comma) != Some(&b',') {
            return;
        }
        at = reach::space(bytes, comma + 1);
    }
}

/// The string of a field, also where the database is to make its digest: `MD5('x')`, `crypt('x', gen_salt('bf'))`.
fn literal(bytes: &[u8], field: &Range<usize>) -> Option<Range<usize>> {
    const DIGESTS: [&[u8]; 6] = [b"md5(", b"sha(", b"sha1(", b"sha2(", b"crypt(", b"encrypt("];
    reach::string_argument(bytes, field).or_else(|| {
        let called = DIGESTS.iter().find(|name| reach::continues(bytes, field.start, name))?;
        reach::quoted(bytes, field.start + called.len()).map(|string| string.span)
    })
}

/// True if a statement of this detector begins in the row.
fn holds_statement(row: &[u8]) -> bool {
    memchr::memchr2_iter(b'i', b'I', row).any(|at| reach::continues(row, at, b"into "))
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

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped};
    use super::*;

    const RULE: &str = "sql-password";

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
                ("INSERT~ INTO u (name, password) VALUES ('bob', MD5('PWD1'))", &["PWD1"]),
                ("INSERT~ INTO u (pwd) VALUES (crypt('PWD1', gen_salt('bf')))", &["PWD1"]),
            ],
        );
    }

    #[test]
    fn other_columns_and_digests_are_not() {
        check(
            &DETECTOR,
            RULE,
            &[
                ("INSERT~ INTO u (name, password) VALUES ('bob', '$2a$10$PWD1')", &[]),
                ("INSERT~ INTO u (name, password) VALUES ('bob', '$shiro1$SHA-256$PWD1')", &[]),
                ("INSERT~ INTO u (name, password_hash) VALUES ('bob', 'PWD1')", &[]),
                ("INSERT~ INTO u (name, password) VALUES (?, ?)", &[]),
                ("INSERT~ INTO u (name, password) SELECT name, 'PWD1' FROM v", &[]),
                ("INSERT~ INTO u VALUES (1, 'PWD1')", &[]),
                ("INSERT~ INTO u (name, password) VALUES ('bob', LOWER('PWD1'))", &[]),
                ("Insert~ into the form (name, password) the values (1, 'PWD1')", &[]),
            ],
        );
        check_dropped(&DETECTOR, &["INSERT~ INTO u (name, password) VALUES (%s, '${PW}')"]);
    }

    #[test]
    fn plain_digests_are_password_hashes_by_their_column() {
        for length in [32, 40, 64, 128] {
            let digest: String = "5f4dcc3b5aa765d6".chars().cycle().take(length).collect();
            for column in ["password", "password_md5", "passwordHash", "user_pass", "pwdsha1"] {
                let text = format!("INSERT~ INTO u (name, {column}) VALUES ('bob', '{digest}')");
                check(&DETECTOR, "password-hash", &[(&text, &[&digest])]);
            }
            for column in ["file_md5", "etag", "password_hash_algorithm"] {
                let text = format!("INSERT~ INTO u (name, {column}) VALUES ('bob', '{digest}')");
                check(&DETECTOR, "password-hash", &[(&text, &[])]);
            }
        }
    }

    #[test]
    fn rows_without_names_have_the_columns_of_their_table() {
        let digest = "5f4dcc3b5aa765d6".repeat(2);
        let hashes =
            format!("CREATE TABLE u (id int, pass_md5 text);\nINSERT~ INTO u VALUES (1,'{digest}');");
        check(&DETECTOR, "password-hash", &[(&hashes, &[&digest])]);
        let made = |table: &str| format!("CREATE TABLE {table} (id int, name text, password text);\n");
        for (table, insert, expected) in [
            ("users", "INSERT~ INTO users VALUES (1,'bob','PWD1');", &["PWD1"][..]),
            ("`users`", "INSERT~ INTO `users` VALUES (1,'bob','PWD1'),\n(2,'al','PWD2');", &["PWD1", "PWD2"]),
            ("IF NOT EXISTS \"users\"", "INSERT~ INTO \"users\" VALUES(1,'bob','PWD1');", &["PWD1"]),
            ("public.users", "INSERT~ INTO public.users VALUES (1, 'bob', 'PWD1');", &["PWD1"]),
            ("[dbo].[users]", "insert~ into [dbo].[users] values (1, N'bob', N'PWD1')", &["PWD1"]),
            ("Users", "REPLACE~ INTO users VALUES (1,NULL,'PWD1'),(2,'al',NULL)", &["PWD1"]),
            ("users", "INSERT~ INTO others VALUES (1,'bob','PWD1');", &[]),
            ("users", "INSERT~ INTO users VALUES (1,'PWD1');", &[]),
            ("users", "INSERT~ INTO users (id, name, note) VALUES (1,'bob','PWD1');", &[]),
        ] {
            check(&DETECTOR, RULE, &[(&(made(table) + insert), expected)]);
        }
        // The last one before the rows counts; one after them does not.
        let plain = "CREATE TABLE users (id int, password text, name text);\n";
        let rows = "INSERT~ INTO users VALUES (1,'PWD1','PWD2');\n";
        check(&DETECTOR, RULE, &[(&[&made("users"), plain, rows].concat(), &["PWD1"])]);
        check(&DETECTOR, RULE, &[(&[rows, &made("users")].concat(), &[])]);
    }

    #[test]
    fn a_long_statement_is_read_to_its_end() {
        let rows: Vec<String> =
            (0..2000).map(|row| format!("({row},'user{row}','Walnut-b0at{row}')")).collect();
        let text = format!("INSERT INTO users (id, name, password) VALUES {};\n", rows.join(","));
        let found = super::super::sample::hits(&DETECTOR, "dump.sql", &text);
        assert_eq!(found.len(), rows.len());
        assert_eq!(&text[found[1999].span.clone()], "Walnut-b0at1999");
    }
}
