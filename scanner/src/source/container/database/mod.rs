//! SQLite databases (https://sqlite.org/fileformat2.html): every table as text, a JSON object on a line for each row.
//!
//! The line is the row's place in the table, from 1. Cells that are no text are entries of their own:
//! `app.db!/table/row/column`. The schema's SQL is the table `sqlite_schema`.
//!
//! Opened read-only: in memory, or immutable where the file is large, so that no lock and no journal is made beside it.
//! Only tables are read, by their stored columns: no view, no virtual table, no generated column, and so nothing that a
//! schema could make run. What only a write-ahead log holds is scanned with that file, as binary.

mod rows;

use std::io::{self, Read as _};
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, MAIN_DB, OpenFlags};

use self::rows::{Rows, binary};
use super::name;
use super::unpack::Unpacker;
use crate::source::BlobSink;

/// Longest cell, and longest row. A table with a longer one is scanned up to there.
const LONGEST: i32 = 16 * 1024 * 1024;
/// Memory for a row as it is stored and as text.
const ROW: u64 = 3 * LONGEST as u64;

/// Where a database lies.
pub(super) enum Place<'a> {
    /// All of it, in memory.
    Memory(&'a [u8]),
    /// In this file.
    File(&'a Path),
}

/// Hands on every table.
pub(super) fn walk(
    unpacker: &mut Unpacker<'_, impl BlobSink>,
    path: &str,
    place: &Place<'_>,
) -> io::Result<()> {
    let budget = unpacker.budget;
    let copied = if let Place::Memory(bytes) = place { bytes.len() as u64 } else { 0 };
    let _held = budget.hold(copied + ROW)?;
    let database = open(place).map_err(of_sqlite)?;
    for table in tables(&database).map_err(of_sqlite)? {
        budget.entry()?;
        if let Err(error) = scan_table(unpacker, &database, path, &table) {
            unpacker.failed(&name::inside(path, table.as_bytes()), &of_sqlite(error));
        }
    }
    Ok(())
}

fn open(place: &Place<'_>) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let database = match *place {
        Place::Memory(bytes) => {
            let mut database = Connection::open_in_memory()?;
            // A database in memory has no log, and one that says so is refused (the file format, 1.3.3).
            let (magic, rest) = bytes.split_at(bytes.len().min(18));
            let (_, rest) = rest.split_at(rest.len().min(2));
            let patched = magic.chain(&[1, 1][..]).chain(rest);
            database.deserialize_read_exact(MAIN_DB, patched, bytes.len(), true)?;
            database
        }
        Place::File(path) => {
            Connection::open_with_flags(uri(path), flags | OpenFlags::SQLITE_OPEN_READ_ONLY)?
        }
    };
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    ] {
        database.set_db_config(setting, on)?;
    }
    database.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    database.execute_batch("PRAGMA cell_size_check = ON")?;
    Ok(database)
}

/// The address of a file that nobody writes to while it is read (https://sqlite.org/uri.html).
fn uri(path: &Path) -> String {
    use std::fmt::Write as _;
    let mut uri = "file:".to_owned();
    if cfg!(windows) && path.is_absolute() {
        uri.push('/');
    }
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'/' | b'.' | b'-' | b'_' | b':' => uri.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            _ => {
                let _ = write!(uri, "%{byte:02x}");
            }
        }
    }
    uri + "?immutable=1"
}

/// The names of all tables that have rows of their own.
fn tables(database: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = database.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 \
         AND sql NOT LIKE 'create virtual%' ORDER BY rowid",
    )?;
    let mut tables = vec!["sqlite_schema".to_owned()];
    for table in statement.query_map([], |row| row.get(0))? {
        tables.push(table?);
    }
    Ok(tables)
}

fn scan_table(
    unpacker: &mut Unpacker<'_, impl BlobSink>,
    database: &Connection,
    path: &str,
    table: &str,
) -> rusqlite::Result<()> {
    let columns = columns(database, table)?;
    if columns.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    let mut statement = database.prepare(&format!("SELECT {} FROM {}", list.join(", "), quoted(table)))?;
    let mut text = Rows::new(statement.query([])?, &columns, unpacker.budget);
    unpacker.entry(&name::inside(path, table.as_bytes()), &mut text);
    let has_binary = text.has_binary();
    drop(text);
    if !has_binary {
        return Ok(());
    }
    let mut rows = statement.query([])?;
    let mut number = 0_u64;
    while let Some(row) = rows.next()? {
        number += 1;
        for (at, column) in columns.iter().enumerate() {
            let Some(mut bytes) = binary(row.get_ref(at)?) else { continue };
            let budget = unpacker.budget;
            if budget.entry().and_then(|()| budget.unpacked(bytes.len() as u64)).is_err() {
                return Ok(());
            }
            let cell = format!("{table}/{number}/{column}");
            unpacker.entry(&name::inside(path, cell.as_bytes()), &mut bytes);
        }
    }
    Ok(())
}

/// The columns of a table that are stored, not computed.
fn columns(database: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = database.prepare("SELECT name FROM pragma_table_info(?1)")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn of_sqlite(error: rusqlite::Error) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_say_how_it_is_opened() {
        assert_eq!(uri(Path::new("a b/x?mode=rw#%41.db")), "file:a%20b/x%3fmode%3drw%23%2541.db?immutable=1");
    }
}
