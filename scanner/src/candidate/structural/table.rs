//! Tables that `CREATE TABLE` makes, for the rows of statements that name no columns: `INSERT INTO users VALUES (…)`, as
//! mysqldump, `pg_dump --inserts` and SQLite's `.dump` write them.
//!
//! A text is read when the first such statement asks, once: every byte belongs to one `CREATE TABLE`, the last before it.

use std::cell::OnceCell;
use std::ops::Range;

use memchr::memmem;

use super::column::{self, Column};
use super::reach;

/// Tables with a credential that are remembered of a text.
const TABLES: usize = 64;
/// Columns of a table at most.
pub(super) const COLUMNS: usize = 128;
/// How far a statement is followed, in bytes.
const STATEMENT: usize = 32 * 1024;
/// Longest name of a table with what stands around it, in bytes.
pub(super) const NAME: usize = 160;

/// Words that begin a constraint of a table where a column's name could stand.
const CONSTRAINTS: &[&[u8]] = &[
    b"primary",
    b"unique",
    b"constraint",
    b"foreign",
    b"check",
    b"fulltext",
    b"spatial",
    b"exclude",
    b"like",
    b"period",
];

/// The tables of one text with a column named like a credential; empty until [`Tables::get`] is asked.
#[derive(Debug, Default)]
pub struct Tables(OnceCell<Vec<Table>>);

/// A table with a credential in its rows.
#[derive(Debug)]
pub(super) struct Table {
    name: Range<usize>,
    /// Where its columns are closed.
    end: usize,
    /// How many columns it has.
    pub(super) width: usize,
    /// Those named like a credential.
    pub(super) columns: Vec<Column>,
}

impl Tables {
    /// The table of this name that was made last before `at`. `bytes` is the text that these tables belong to.
    pub(super) fn get(&self, bytes: &[u8], name: Range<usize>, at: usize) -> Option<&Table> {
        let is_it = |table: &&Table| {
            table.end <= at && bytes[table.name.clone()].eq_ignore_ascii_case(&bytes[name.clone()])
        };
        self.0.get_or_init(|| read(bytes)).iter().rev().find(is_it)
    }
}

/// The first tables of a text.
fn read(bytes: &[u8]) -> Vec<Table> {
    let spellings = [&b"CREATE TABLE"[..], b"create table"];
    let ends = spellings.iter().flat_map(|word| memmem::find_iter(bytes, word).map(|at| at + word.len()));
    let mut starts: Vec<usize> = ends.collect();
    starts.sort_unstable();
    let nexts = starts.iter().skip(1).copied().chain([bytes.len()]);
    starts.iter().zip(nexts).filter_map(|(&at, next)| table(&bytes[..next], at)).take(TABLES).collect()
}

/// The table whose name stands at `at`; none if it has no column named like a credential, or more than [`COLUMNS`].
fn table(bytes: &[u8], at: usize) -> Option<Table> {
    let open = reach::skip(bytes, at, is_name);
    if bytes.get(open) != Some(&b'(') || open - at > NAME {
        return None;
    }
    let name = own_name(bytes, at..open)?;
    let (definitions, end) = reach::fields(bytes, open + 1, COLUMNS, STATEMENT);
    let names: Vec<_> = definitions.into_iter().filter_map(|definition| column(bytes, definition)).collect();
    let columns = Column::all(bytes, &names, column::SQL);
    (!columns.is_empty()).then_some(Table { name, end: end?, width: names.len(), columns })
}

/// The name in a column's definition; none for a key or a constraint of the table.
fn column(bytes: &[u8], definition: Range<usize>) -> Option<Range<usize>> {
    let inside = &bytes[definition.clone()];
    let length = inside.iter().position(u8::is_ascii_whitespace).unwrap_or(inside.len());
    let (first, rest) = (&inside[..length], inside[length..].trim_ascii_start());
    let is = |word: &&[u8]| first.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let ends = |word: &&[u8]| first.get(word.len()).is_none_or(|&byte| byte == b'(');
    // `KEY` may be a column's name as well; as a key it has a quoted name or none.
    let is_key = [&b"key"[..], b"index"].iter().any(|word| is(word) && ends(word))
        && (first.contains(&b'(') || matches!(rest.first(), Some(b'`' | b'(')));
    let is_constraint = CONSTRAINTS.iter().any(|word| is(word) && ends(word));
    (!is_key && !is_constraint).then_some(definition.start..definition.start + length)
}

/// Bytes between the words of a statement and the bracket after a table's name.
pub(super) fn is_name(byte: u8) -> bool {
    reach::is_word(byte) || b" `\".[]\\\n\r\t".contains(&byte)
}

/// The last word in `path`: the table's own name, without its schema and the marks around it.
pub(super) fn own_name(bytes: &[u8], path: Range<usize>) -> Option<Range<usize>> {
    let inside = &bytes[path.clone()];
    let end = inside.iter().rposition(|&byte| reach::is_word(byte))? + 1;
    let start = inside[..end].iter().rposition(|&byte| !reach::is_word(byte)).map_or(0, |at| at + 1);
    Some(path.start + start..path.start + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, width and the numbers of the columns of each table.
    fn tables(text: &str) -> Vec<(&str, usize, Vec<usize>)> {
        let tables = read(text.as_bytes());
        let columns = |table: &Table| table.columns.iter().map(|column| column.at).collect();
        tables.iter().map(|table| (&text[table.name.clone()], table.width, columns(table))).collect()
    }

    #[test]
    fn tables_of_each_dump_are_read() {
        for (text, expected) in [
            (
                "CREATE TABLE `users` (\n  `id` int(11) NOT NULL,\n  `pass` varchar(9) DEFAULT NULL COMMENT 'a, b',\n  \
                 PRIMARY KEY (`id`),\n  KEY `k` (`id`,`pass`)\n) ENGINE=InnoDB;",
                ("users", 2, vec![1]),
            ),
            (
                "CREATE TABLE public.users (\n    id integer NOT NULL,\n    password text,\n    \
                 CONSTRAINT c CHECK ((id > 0))\n);",
                ("users", 2, vec![1]),
            ),
            (
                "CREATE TABLE IF NOT EXISTS \"users\" (\"pwd\" TEXT, PRIMARY KEY(\"pwd\"));",
                ("users", 1, vec![0]),
            ),
            ("create table [dbo].[users] ([key] int, [passwd] nvarchar(50))", ("users", 2, vec![1])),
            ("CREATE TABLE users(key TEXT, password TEXT, UNIQUE(key))", ("users", 2, vec![1])),
        ] {
            assert_eq!(tables(text), [expected], "{text}");
        }
        for text in [
            "CREATE TABLE users (id int, name text);",
            "CREATE TABLE users AS SELECT 1",
            "CREATE TABLE u (pwd",
        ] {
            assert_eq!(tables(text), [], "{text}");
        }
    }

    #[test]
    fn a_text_full_of_tables_is_read_once() {
        let text = "create table a (b, ".repeat(100_000) + "insert into a values (1, 2);";
        let began = std::time::Instant::now();
        assert_eq!(tables(&text), []);
        let many: String = (0..9000).map(|n| format!("CREATE TABLE t{n} (id int, pwd text);\n")).collect();
        assert_eq!(tables(&many).len(), TABLES);
        let wide: String = (0..COLUMNS).map(|n| format!("c{n} int, ")).collect();
        assert_eq!(tables(&format!("CREATE TABLE t ({wide} pwd text)")), []);
        // A few milliseconds.
        assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    }
}
