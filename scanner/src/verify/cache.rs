//! Answers kept for a while, so that a token is not sent again and again.
//!
//! A key is the SHA-256 of the file's salt, the template, the token and its companions: none of them and no unsalted
//! digest is stored. Live
//! answers are kept shortly, because somebody is about to revoke the token; dead ones for a day; unknown ones never.

use std::path::Path;

use rusqlite::{OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use crate::database::{CacheError, Layout, Store};
use crate::verification::{Question, Standing, Verification};

/// "SSVL".
const APPLICATION: i64 = 0x5353_564c;
const SCHEMA: i64 = 1;
/// Seconds that the answer "live" is kept.
pub const LIVE_SECONDS: u64 = 15 * 60;
/// Seconds that the answer "dead" is kept.
pub const DEAD_SECONDS: u64 = 24 * 60 * 60;

const LAYOUT: Layout = Layout {
    what: "cache of verifications",
    application: APPLICATION,
    schema: SCHEMA,
    tables: "CREATE TABLE answer (key BLOB PRIMARY KEY, live INTEGER NOT NULL, status INTEGER NOT NULL,
                 at INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
};

/// An open cache. Without one, tokens are asked about every time.
#[derive(Debug)]
pub struct Cache(Store);

impl Cache {
    /// Opens the file, or makes it and the folder it lies in.
    pub fn open(path: &Path) -> Result<Self, CacheError> {
        Store::open(path, &LAYOUT).map(Self)
    }

    /// The answer that was given less than its time before `now` (seconds since 1970).
    pub fn get(&self, question: &Question<'_>, now: u64) -> Result<Option<Verification>, CacheError> {
        let query = || {
            self.0
                .connection
                .prepare_cached("SELECT live, status, at FROM answer WHERE key = ?1")?
                .query_row(params![self.key(question)], |row| {
                    Ok((row.get::<_, bool>(0)?, row.get::<_, u16>(1)?, row.get::<_, i64>(2)?))
                })
                .optional()
        };
        let row = query().map_err(|cause| self.0.error(cause))?;
        Ok(row.and_then(|(live, status, at)| {
            let (standing, seconds) =
                if live { (Standing::Live, LIVE_SECONDS) } else { (Standing::Dead, DEAD_SECONDS) };
            // A clock that was set back makes an answer of the future: as good as none.
            let age = now.checked_sub(u64::try_from(at).ok()?)?;
            (age < seconds).then(|| Verification::known(standing, question.template.authority(), status))
        }))
    }

    /// Keeps a clear answer in place of an older one, and forgets what is too old for anybody.
    pub fn put(&self, question: &Question<'_>, answer: &Verification, now: u64) -> Result<(), CacheError> {
        let (Some(status), Standing::Live | Standing::Dead) = (answer.status, answer.standing) else {
            return Ok(());
        };
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let store = || {
            self.0.connection.execute("DELETE FROM answer WHERE at < ?1", [now - DEAD_SECONDS as i64])?;
            self.0.connection.execute(
                "INSERT OR REPLACE INTO answer (key, live, status, at) VALUES (?1, ?2, ?3, ?4)",
                params![self.key(question), answer.standing == Standing::Live, status, now],
            )
        };
        store().map(|_| ()).map_err(|cause| self.0.error(cause))
    }

    fn key(&self, question: &Question<'_>) -> [u8; 32] {
        let template = format!("{:?}", question.template);
        let companions =
            question.companions.iter().flat_map(|(name, value)| [name.as_bytes(), value.expose()]);
        let mut digest = Sha256::new().chain_update(self.0.salt);
        for part in [template.as_bytes(), question.secret.expose()].into_iter().chain(companions) {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }
}
