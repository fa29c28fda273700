//! Blobs of history that were found clean, and histories that were scanned completely, kept between runs in SQLite.
//!
//! A row says "with these rules, this model and these settings, this content at this path has no finding". Its key is a
//! salted digest; no path, no text and no secret is stored. Whatever has a finding is not kept and is scanned again.
//! Beside them: for each history, where its last complete scan began and where its findings stand, as ids of
//! commits and numbers of tree entries.
//!
//! A cache that cannot be opened or breaks is a notice, and everything is scanned.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};

use crate::database::{CacheError, Layout, Store};
use crate::source::git::history::{Memory, Trail, Visit};

/// "SSBL".
const APPLICATION: i64 = 0x5353_424c;
const SCHEMA: i64 = 2;
/// Most blobs (some 40 bytes each); beyond them the oldest go.
const MAX_ROWS: i64 = 4_000_000;
/// A history with more places to look at again is not kept: reading them would take as long as a walk.
const MAX_TRAILS: usize = 20_000;

const LAYOUT: Layout = Layout {
    what: "cache of clean blobs",
    application: APPLICATION,
    schema: SCHEMA,
    tables: "CREATE TABLE clean (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE) STRICT;
             CREATE TABLE visit (key BLOB PRIMARY KEY, tips BLOB NOT NULL, heads BLOB NOT NULL, trails BLOB NOT NULL,
                 width INTEGER NOT NULL, commits INTEGER NOT NULL, blobs INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
};

type Key = [u8; 16];

/// An open cache, for one history and one set of rules, model and settings.
pub(super) struct CleanBlobs {
    store: Mutex<Store>,
    salt: [u8; 32],
    /// What makes an answer valid.
    identity: String,
    /// Names the history; none if it is a part that is scanned otherwise every time.
    history: Option<String>,
}

impl CleanBlobs {
    /// Opens the file, or makes it.
    pub(super) fn open(path: &Path, identity: String, history: Option<String>) -> Result<Self, CacheError> {
        let store = Store::open(path, &LAYOUT)?;
        let salt = store.salt;
        Ok(Self { store: Mutex::new(store), salt, identity, history })
    }

    /// Keeps clean blobs (id and path), and the visit if it was complete.
    pub(super) fn keep<'a>(
        &self,
        clean: impl Iterator<Item = (&'a [u8], &'a str)>,
        visit: Option<&Visit>,
    ) -> Result<(), CacheError> {
        let keys: Vec<Key> = clean.map(|(blob, path)| self.key(b"clean", &[blob, path.as_bytes()])).collect();
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let visit = visit.filter(|visit| visit.trails.len() <= MAX_TRAILS);
        let visit = self.history.as_ref().zip(visit);
        let visit = visit.map(|(history, visit)| (self.key(b"visit", &[history.as_bytes()]), visit));
        write(&mut store.connection, &keys, visit).map_err(|cause| store.error(cause))
    }

    fn key(&self, kind: &[u8], parts: &[&[u8]]) -> Key {
        let mut hash = Sha256::new().chain_update(self.salt);
        for part in [kind, self.identity.as_bytes()].iter().chain(parts) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        key
    }
}

impl Memory for CleanBlobs {
    fn is_clean(&self, blob: &[u8], path: &str) -> bool {
        let key = self.key(b"clean", &[blob, path.as_bytes()]);
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        // What cannot be read now cannot be written at the end either, which is said then.
        let mut known = store.connection.prepare_cached("SELECT 1 FROM clean WHERE key = ?1").ok();
        known.as_mut().is_some_and(|known| known.exists(params![key]).unwrap_or(false))
    }

    fn visit(&self) -> Option<Visit> {
        let key = self.key(b"visit", &[self.history.as_ref()?.as_bytes()]);
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let sql = "SELECT tips, heads, trails, width, commits, blobs FROM visit WHERE key = ?1";
        let row = store.connection.query_row(sql, params![key], |row| {
            Ok((
                row.get::<_, Vec<u8>>(0)?,
                row.get::<_, Vec<u8>>(1)?,
                row.get::<_, Vec<u8>>(2)?,
                row.get::<_, i64>(3)? as usize,
                (row.get::<_, i64>(4)? as u64, row.get::<_, i64>(5)? as u64),
            ))
        });
        let (tips, heads, trails, width, (commits, blobs)) = row.optional().ok()??;
        let ids = |ids: Vec<u8>| ids.chunks_exact(width.max(1)).map(<[u8]>::to_vec).collect();
        Some(Visit {
            tips: ids(tips),
            heads: ids(heads),
            trails: read_trails(&trails, width)?,
            commits,
            blobs,
        })
    }
}

fn write(
    connection: &mut Connection,
    keys: &[Key],
    visit: Option<(Key, &Visit)>,
) -> Result<(), rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO clean (key) VALUES (?1)")?;
        for key in keys {
            insert.execute(params![key])?;
        }
    }
    // Rows are numbered in the order they came, so the oldest have the smallest numbers.
    transaction.execute("DELETE FROM clean WHERE id <= (SELECT max(id) FROM clean) - ?1", [MAX_ROWS])?;
    if let Some((key, visit)) = visit {
        let width = visit.heads.first().map_or(0, Vec::len) as i64;
        let (commits, blobs) = (visit.commits as i64, visit.blobs as i64);
        transaction.execute(
            "INSERT OR REPLACE INTO visit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                key,
                visit.tips.concat(),
                visit.heads.concat(),
                written_trails(&visit.trails),
                width,
                commits,
                blobs
            ],
        )?;
    }
    transaction.commit()
}

/// A commit's id, the number of steps and the steps, for each trail.
fn written_trails(trails: &[Trail]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for trail in trails {
        bytes.extend(&trail.commit);
        bytes.extend((trail.steps.len() as u32).to_le_bytes());
        bytes.extend(trail.steps.iter().flat_map(|step| step.to_le_bytes()));
    }
    bytes
}

fn read_trails(mut bytes: &[u8], width: usize) -> Option<Vec<Trail>> {
    let mut trails = Vec::new();
    let number = |bytes: &mut &[u8]| {
        let (number, rest) = bytes.split_first_chunk::<4>()?;
        *bytes = rest;
        Some(u32::from_le_bytes(*number))
    };
    while !bytes.is_empty() {
        let (commit, rest) = bytes.split_at_checked(width)?;
        bytes = rest;
        let count = number(&mut bytes)?;
        let steps = (0..count).map(|_| number(&mut bytes)).collect::<Option<_>>()?;
        trails.push(Trail { commit: commit.to_vec(), steps });
    }
    Some(trails)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path, identity: &str) -> CleanBlobs {
        CleanBlobs::open(path, identity.to_owned(), Some("history".to_owned())).expect("opens")
    }

    #[test]
    fn only_the_same_blob_at_the_same_path_under_the_same_identity_is_known() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("blobs.sqlite");
        let visit = Visit {
            tips: vec![vec![1; 20], vec![2; 20], vec![3; 20]],
            heads: vec![vec![1; 20], vec![2; 20]],
            trails: vec![
                Trail { commit: vec![3; 20], steps: vec![1, 2, 3] },
                Trail { commit: vec![4; 20], steps: vec![] },
            ],
            commits: 5,
            blobs: 6,
        };
        open(&path, "one").keep([(&b"blob"[..], "a/b")].into_iter(), Some(&visit)).expect("kept");
        let cache = open(&path, "one");
        assert!(cache.is_clean(b"blob", "a/b"));
        assert!(!cache.is_clean(b"blob", "a/c") && !cache.is_clean(b"blob2", "a/b"));
        assert_eq!(cache.visit(), Some(visit));
        let other = open(&path, "two");
        assert!(!other.is_clean(b"blob", "a/b") && other.visit().is_none());
        let bytes = std::fs::read(&path).expect("a file");
        assert!(!bytes.windows(3).any(|window| window == b"a/b"), "no path is stored");
    }

    #[test]
    fn broken_trails_are_refused() {
        assert_eq!(read_trails(&[1, 2, 3], 20), None);
        let mut bytes = written_trails(&[Trail { commit: vec![3; 20], steps: vec![1, 2] }]);
        bytes.pop();
        assert_eq!(read_trails(&bytes, 20), None);
    }
}
