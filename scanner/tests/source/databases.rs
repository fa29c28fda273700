//! SQLite databases: every table as lines of JSON, and nothing in them run.

use std::fs;

use rusqlite::Connection;
use secretscan::source::files::FileOptions;

use crate::archive::sqlite;
use crate::containers::scan_bytes;
use crate::record::{relative, scan_with};

#[test]
fn a_row_is_a_line_and_a_binary_cell_an_entry() {
    let bytes = sqlite(
        "CREATE TABLE \"odd \"\"name\"(id INTEGER PRIMARY KEY, name TEXT, more, double AS (id * 2));
         INSERT INTO \"odd \"\"name\" VALUES (1, 'a \"b\"', NULL), (2, NULL, 1.5), (3, x'636465', NULL);
         INSERT INTO \"odd \"\"name\" VALUES (4, 'x', x'00ff0102030405060708090a0b0c0d0e0f')",
    );
    let seen = scan_bytes("app.db", &bytes).clean();
    let table = "app.db!/odd \"name";
    assert_eq!(seen.paths(), [table, &format!("{table}/4/more"), "app.db!/sqlite_schema"]);
    let lines = "{\"id\": 1, \"name\": \"a \\\"b\\\"\"}\n{\"id\": 2, \"more\": 1.5}\n\
                 {\"id\": 3, \"name\": \"cde\"}\n{\"id\": 4, \"name\": \"x\"}\n";
    assert_eq!(String::from_utf8_lossy(&seen.blobs[0].text), lines);
    assert!(seen.blobs[1].binary);
}

#[test]
fn views_and_virtual_tables_are_not_read() {
    let bytes = sqlite(
        "CREATE TABLE t(a); INSERT INTO t VALUES ('x');
         CREATE VIEW v AS SELECT zeroblob(1000000000) FROM t;
         CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;
         CREATE VIRTUAL TABLE f USING fts5(a)",
    );
    let seen = scan_bytes("app.db", &bytes).clean();
    let paths = seen.paths();
    assert!(paths.contains(&"app.db!/t") && paths.contains(&"app.db!/f_content"), "{paths:?}");
    assert!(!paths.contains(&"app.db!/v") && !paths.contains(&"app.db!/f"), "{paths:?}");
}

#[test]
fn a_database_on_disk_is_read_without_a_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().canonicalize().expect("it exists");
    // One that is read into memory, and one that is too large for that.
    for (name, rows) in [("small.db", 3), ("large ?mode=rw#.db", 12_000)] {
        let path = folder.join(name);
        let mut database = Connection::open(&path).expect("a file");
        database.pragma_update(None, "journal_mode", "wal").expect("a journal");
        let filling = database.transaction().expect("a transaction");
        filling.execute("CREATE TABLE t(a)", []).expect("a table");
        for at in 0..rows {
            filling.execute("INSERT INTO t VALUES (?1)", [format!("{at:01000}")]).expect("a row");
        }
        filling.commit().expect("written");
        database.close().expect("closed");
        let before = fs::metadata(&path).expect("a file");
        let seen = relative(scan_with(&[&path], &FileOptions::default()), &folder).clean();
        let text = &seen.blobs[1].text;
        assert_eq!(text.iter().filter(|&&byte| byte == b'\n').count(), rows, "{name}");
        let after = fs::metadata(&path).expect("a file");
        assert_eq!((before.len(), before.modified().ok()), (after.len(), after.modified().ok()));
        assert!(!folder.join(format!("{name}-wal")).exists() && !folder.join(format!("{name}-shm")).exists());
    }
}
