//! Verdicts kept between runs, in `SQLite`, so that what has not changed is not judged again.
//!
//! The file holds a random salt and rows of (key, probability). A key is the SHA-256 of the salt and of all that the
//! answer depends on: the model's hash, the encoding's or prompt's hash, the tokens of the question. No text and no
//! secret is stored. What that protects: nobody reads a secret out of the file, and two files cannot be
//! compared with each other. What it does not: the salt lies beside the keys, so whoever has the file *and* a guess
//! of the whole question (path, lines around, value) and the model can test the guess.
//!
//! Several processes may use one file. A cache that cannot be opened or breaks on the way is never fatal: the scan
//! goes on and judges everything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{ErrorCode, OptionalExtension as _, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};

use super::{Judge, JudgeError, Query};
use crate::database::{CacheError, Layout, Store};

/// Version of the tables and of what a key covers.
const SCHEMA: i64 = 1;
/// Marks the file as ours (`PRAGMA application_id`): "SSVC".
const APPLICATION: i64 = 0x5353_5643;
/// Most rows (some 60 bytes each); beyond them the oldest go when the file is opened.
const MAX_ROWS: i64 = 1_000_000;

/// A key: SHA-256 with the file's salt.
type Key = [u8; 32];

const LAYOUT: Layout = Layout {
    what: "verdict cache",
    application: APPLICATION,
    schema: SCHEMA,
    tables: "CREATE TABLE verdict (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, p REAL NOT NULL) STRICT;",
};

/// An open cache.
#[derive(Debug)]
pub struct Cache(Store);

impl Cache {
    /// Opens the file, or makes it and the folder it lies in.
    pub fn open(path: &Path) -> Result<Self, CacheError> {
        let store = Store::open(path, &LAYOUT)?;
        // Rows are numbered in the order they came, so the oldest have the smallest numbers.
        store
            .connection
            .execute("DELETE FROM verdict WHERE id <= (SELECT max(id) FROM verdict) - ?1", [MAX_ROWS])
            .map_err(|cause| store.error(cause))?;
        Ok(Self(store))
    }

    /// The key of what the answer depends on.
    fn key(&self, material: &[u8]) -> Key {
        Sha256::new().chain_update(self.0.salt).chain_update(material).finalize().into()
    }

    /// The known probabilities, in the order of the keys.
    fn get(&self, keys: &[Option<Key>]) -> Result<Vec<Option<f32>>, rusqlite::Error> {
        let mut statement = self.0.connection.prepare_cached("SELECT p FROM verdict WHERE key = ?1")?;
        keys.iter()
            .map(|key| {
                let Some(key) = key else { return Ok(None) };
                let p: Option<f64> = statement.query_row(params![key], |row| row.get(0)).optional()?;
                // A value that no judge gives is as good as none.
                Ok(p.map(|p| p as f32).filter(|p| (0.0..=1.0).contains(p)))
            })
            .collect()
    }

    /// Stores answers; an answer that is there already stays.
    fn put(&mut self, answers: &[(Key, f32)]) -> Result<(), rusqlite::Error> {
        let transaction = self.0.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut statement =
                transaction.prepare_cached("INSERT OR IGNORE INTO verdict (key, p) VALUES (?1, ?2)")?;
            for (key, p) in answers {
                statement.execute(params![key, f64::from(*p)])?;
            }
        }
        transaction.commit()
    }
}

/// A judge that asks its cache first.
///
/// The inner judge answers what the cache does not know. When the cache fails on the way it is put aside, the
/// answers stay right, and [`CachedJudge::trouble`] says what happened.
#[derive(Debug)]
pub struct CachedJudge<J> {
    inner: J,
    cache: Option<Cache>,
    trouble: Option<CacheError>,
    hits: u64,
}

impl<J: Judge> CachedJudge<J> {
    /// Puts `cache` before `inner`.
    pub fn new(inner: J, cache: Cache) -> Self {
        Self { inner, cache: Some(cache), trouble: None, hits: 0 }
    }

    /// What broke, if the cache was put aside.
    pub fn trouble(&self) -> Option<&CacheError> {
        self.trouble.as_ref()
    }

    /// Number of questions that the cache has answered.
    pub fn hits(&self) -> u64 {
        self.hits
    }

    fn put_aside(&mut self, cause: rusqlite::Error) {
        if let Some(cache) = self.cache.take() {
            self.trouble = Some(cache.0.error(cause));
        }
    }

    fn look_up(&mut self, keys: &[Option<Key>]) -> Vec<Option<f32>> {
        match self.cache.as_ref().map(|cache| cache.get(keys)) {
            Some(Ok(known)) => known,
            Some(Err(cause)) => {
                self.put_aside(cause);
                vec![None; keys.len()]
            }
            None => vec![None; keys.len()],
        }
    }

    fn store(&mut self, answers: &[(Key, f32)]) {
        match self.cache.as_mut().map(|cache| cache.put(answers)) {
            // Another process holds the file for long: these answers are not kept, nothing is broken.
            Some(Err(cause)) if cause.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) => {
                self.put_aside(cause);
            }
            _ => {}
        }
    }
}

impl<J: Judge> Judge for CachedJudge<J> {
    fn judge(&mut self, queries: &[Query]) -> Result<Vec<f32>, JudgeError> {
        let Some(cache) = &self.cache else { return self.inner.judge(queries) };
        let keys: Vec<Option<Key>> = queries
            .iter()
            .map(|query| self.inner.cache_material(query).map(|material| cache.key(&material)))
            .collect();
        let mut answers = self.look_up(&keys);
        let unknown: Vec<usize> = (0..queries.len()).filter(|&i| answers[i].is_none()).collect();
        self.hits += (queries.len() - unknown.len()) as u64;
        // The versions of a file ask the same question many times.
        let mut known = BTreeSet::new();
        let new: Vec<usize> =
            unknown.iter().copied().filter(|&i| keys[i].is_none_or(|key| known.insert(key))).collect();
        let asked: Vec<Query> = new.iter().map(|&i| queries[i].clone()).collect();
        let given = if asked.is_empty() { Vec::new() } else { self.inner.judge(&asked)? };
        let mut fresh = BTreeMap::new();
        for (&i, p) in new.iter().zip(given) {
            answers[i] = Some(p);
            fresh.extend(keys[i].map(|key| (key, p)));
        }
        for i in unknown {
            answers[i] = answers[i].or_else(|| fresh.get(&keys[i]?).copied());
        }
        let fresh: Vec<(Key, f32)> = fresh.into_iter().collect();
        if !fresh.is_empty() {
            self.store(&fresh);
        }
        answers.into_iter().collect::<Option<_>>().ok_or_else(|| JudgeError::Failed {
            cause: "the judge answered fewer questions than it was asked".to_owned(),
        })
    }

    fn name(&self) -> String {
        self.inner.name()
    }

    fn cache_material(&self, query: &Query) -> Option<Vec<u8>> {
        self.inner.cache_material(query)
    }
}

#[cfg(test)]
mod tests;
