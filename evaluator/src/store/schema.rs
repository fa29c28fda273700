//! The tables.

use rusqlite::Connection;

/// Version of the tables (`PRAGMA user_version`).
pub(super) const VERSION: i64 = 1;

const TABLES: &str = "
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS experiments (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS datasets (
    sha256 TEXT NOT NULL, name TEXT NOT NULL, split TEXT NOT NULL, repositories INTEGER NOT NULL,
    items INTEGER NOT NULL, receipt TEXT, PRIMARY KEY (sha256, split)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS artifacts (
    sha256 TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, encoding TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY, experiment INTEGER NOT NULL REFERENCES experiments (id), kind TEXT NOT NULL,
    began INTEGER NOT NULL, tool TEXT NOT NULL, command TEXT NOT NULL, dataset TEXT NOT NULL, split TEXT NOT NULL,
    seed INTEGER NOT NULL, report TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS systems (
    run INTEGER NOT NULL REFERENCES runs (id), number INTEGER NOT NULL, name TEXT NOT NULL, settings TEXT NOT NULL,
    judge TEXT NOT NULL, artifact TEXT REFERENCES artifacts (sha256), PRIMARY KEY (run, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS predictions (
    run INTEGER NOT NULL, system INTEGER NOT NULL, item TEXT NOT NULL, repo TEXT NOT NULL, class TEXT NOT NULL,
    kind TEXT NOT NULL, rule TEXT NOT NULL, p REAL NOT NULL, alert INTEGER NOT NULL,
    PRIMARY KEY (run, system, item), FOREIGN KEY (run, system) REFERENCES systems (run, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metrics (
    run INTEGER NOT NULL, system INTEGER NOT NULL, scope TEXT NOT NULL, metric TEXT NOT NULL, stratum TEXT NOT NULL,
    value REAL NOT NULL, lo REAL, hi REAL, n INTEGER NOT NULL,
    PRIMARY KEY (run, system, scope, metric, stratum),
    FOREIGN KEY (run, system) REFERENCES systems (run, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tests (
    run INTEGER NOT NULL REFERENCES runs (id), first TEXT NOT NULL, second TEXT NOT NULL, name TEXT NOT NULL,
    statistic REAL NOT NULL, lo REAL, hi REAL, p REAL, p_holm REAL,
    PRIMARY KEY (run, first, second, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS benchmarks (
    run INTEGER NOT NULL, system INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL,
    PRIMARY KEY (run, system, name), FOREIGN KEY (run, system) REFERENCES systems (run, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS recommendations (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (id), text TEXT NOT NULL);
PRAGMA user_version = 1;
COMMIT;
";

/// Makes the tables in an empty file; gives the version that the file then has. Touches no other database.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_update(None, "foreign_keys", true)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if version == 0 && tables == 0 {
        connection.execute_batch(TABLES)?;
        return Ok(VERSION);
    }
    Ok(version)
}
