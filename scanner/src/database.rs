//! The files that remember answers between runs: SQLite with a version, an owner's mark and a random salt.
//!
//! What they hold is keyed by digests with the salt, so that no file holds a secret and no two files can be compared.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

/// How long a process waits for another one's write.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is wrong with such a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheFault {
    /// The folder cannot be made or the file not be opened.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// `SQLite` says so: no database, a broken one, a full disk, another process that does not let go.
    #[error("{0}")]
    Database(#[from] rusqlite::Error),
    /// A database of something else.
    #[error("it is a database of another program")]
    Foreign,
    /// Made by a newer version. What an older one made is made anew: nothing of it is lost but answers.
    #[error("it has version {found}, this program writes version {expected}")]
    Version {
        /// In the file.
        found: i64,
        /// What this program reads and writes.
        expected: i64,
    },
}

/// Why such a file cannot be used. What it would have answered is asked again.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the {what} {path}: {cause}; delete the file or run with --no-cache")]
pub struct CacheError {
    /// What the file is for.
    pub what: &'static str,
    /// The file.
    pub path: String,
    /// What is wrong.
    pub cause: CacheFault,
}

/// What a file holds.
#[derive(Debug)]
pub(crate) struct Layout {
    /// What the file is for, as errors name it.
    pub(crate) what: &'static str,
    /// Marks the file as ours (`PRAGMA application_id`).
    pub(crate) application: i64,
    /// Version of the tables and of what a key covers.
    pub(crate) schema: i64,
    /// Statements that make the tables. The table `meta`, for the salt, is there already.
    pub(crate) tables: &'static str,
}

/// An open file.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) connection: Connection,
    pub(crate) salt: [u8; 32],
    what: &'static str,
    path: String,
}

impl Store {
    /// Opens the file, or makes it and the folder it lies in.
    pub(crate) fn open(path: &Path, layout: &Layout) -> Result<Self, CacheError> {
        let (what, shown) = (layout.what, path.display().to_string());
        match open_patiently(path, layout) {
            Ok((connection, salt)) => Ok(Self { connection, salt, what, path: shown }),
            Err(cause) => Err(CacheError { what, path: shown, cause }),
        }
    }

    /// What went wrong on the way.
    pub(crate) fn error(&self, cause: rusqlite::Error) -> CacheError {
        CacheError { what: self.what, path: self.path.clone(), cause: cause.into() }
    }
}

/// As [`open`], again and again while another process makes the file: SQLite does not wait for that by itself everywhere.
fn open_patiently(path: &Path, layout: &Layout) -> Result<(Connection, [u8; 32]), CacheFault> {
    const PAUSE: Duration = Duration::from_millis(10);
    let begun = Instant::now();
    loop {
        match open(path, layout) {
            Err(CacheFault::Database(error))
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && begun.elapsed() < PATIENCE =>
            {
                std::thread::sleep(PAUSE);
            }
            result => return result,
        }
    }
}

/// Opens or makes the file; gives its salt too.
fn open(path: &Path, layout: &Layout) -> Result<(Connection, [u8; 32]), CacheFault> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    // Readers and one writer at once, and a crash loses at most the last answers.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let salt = prepare(&mut connection, layout)?;
    Ok((connection, salt))
}

/// Makes the tables in an empty file, checks them in an old one; gives the salt.
fn prepare(connection: &mut Connection, layout: &Layout) -> Result<[u8; 32], CacheFault> {
    // Immediate: of two processes that find an empty file, one makes the tables and the other one waits.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let pragma = |name: &str| transaction.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: Vec<String> = transaction
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let outdated = application == layout.application && version < layout.schema;
    if outdated {
        for table in &tables {
            transaction.execute(&format!("DROP TABLE \"{table}\""), [])?;
        }
    }
    if tables.is_empty() || outdated {
        transaction.execute_batch(
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
             INSERT INTO meta VALUES ('salt', randomblob(32));",
        )?;
        transaction.execute_batch(layout.tables)?;
        transaction.pragma_update(None, "application_id", layout.application)?;
        transaction.pragma_update(None, "user_version", layout.schema)?;
    } else if application != layout.application {
        return Err(CacheFault::Foreign);
    } else if version != layout.schema {
        return Err(CacheFault::Version { found: version, expected: layout.schema });
    }
    let salt = transaction.query_row("SELECT value FROM meta WHERE name = 'salt'", [], |row| row.get(0))?;
    transaction.commit()?;
    Ok(salt)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Layout = Layout {
        what: "cache",
        application: 77,
        schema: 1,
        tables: "CREATE TABLE answers (old INTEGER) STRICT;",
    };
    const NEW: Layout = Layout { schema: 2, tables: "CREATE TABLE answers (new INTEGER) STRICT;", ..OLD };

    #[test]
    fn what_an_older_version_made_is_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cache.sqlite");
        let old = Store::open(&path, &OLD).expect("made");
        old.connection.execute("INSERT INTO answers VALUES (1)", []).expect("written");
        let salt = old.salt;
        drop(old);
        let new = Store::open(&path, &NEW).expect("made anew");
        assert_ne!(new.salt, salt);
        new.connection.execute("INSERT INTO answers (new) VALUES (1)", []).expect("the new table");
        let salt = new.salt;
        drop(new);
        assert_eq!(Store::open(&path, &NEW).expect("as it was").salt, salt);
        let cause = Store::open(&path, &OLD).expect_err("of a newer version").cause;
        assert!(matches!(cause, CacheFault::Version { found: 2, expected: 1 }), "{cause}");
        let other = Layout { application: 78, ..NEW };
        let cause = Store::open(&path, &other).expect_err("of something else").cause;
        assert!(matches!(cause, CacheFault::Foreign), "{cause}");
    }
}
