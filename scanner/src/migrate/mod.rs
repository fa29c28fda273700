//! From other scanners' files to ours: rules, allow-lists, ignore files, baselines.
//!
//! ```text
//! their files ──► read (gitleaks, ignore, detect_secrets) ──► Migration ──► settle (with a scan) ──► our files, account
//! ```
//!
//! What was a baseline is carried over by what *this* scanner finds: their accepted secrets are recognised among our
//! findings by value, by digest or by place, and get entries of ours. What we do not report needs no entry. Nothing
//! is dropped in silence: whatever has no counterpart is in the [`Account`].

mod account;
mod detect_secrets;
mod dialect;
mod gitleaks;
mod ignore;
mod sample;
mod settle;
mod write;

use std::path::{Path, PathBuf};

use crate::secret::Secret;
use crate::suppress::allow::AllowedFindings;
use crate::text_file;

pub use account::Account;
pub use settle::{Entry, Settled, settle};
pub use write::configuration;

/// The names under which other scanners' files lie in a folder.
pub const FILE_NAMES: [&str; 7] = [
    ".gitleaks.toml",
    "gitleaks.toml",
    ".betterleaks.toml",
    "betterleaks.toml",
    ".gitleaksignore",
    ".betterleaksignore",
    ".secrets.baseline",
];

/// What was read, in our terms.
#[derive(Debug, Default)]
pub struct Migration {
    /// Rules, not yet held against ours.
    rules: Vec<gitleaks::Rule>,
    /// Allow-lists; their rules are ids of the other scanner.
    allowed: Vec<AllowedFindings>,
    /// What was accepted there.
    accepted: Vec<Accepted>,
    /// What became of everything.
    pub account: Account,
}

/// A finding that somebody accepted, as the other scanner remembers it.
#[derive(Debug)]
struct Accepted {
    /// Relative to the folder of the file it is from.
    path: Option<String>,
    /// How it is recognised.
    by: By,
    /// The rule or type there.
    rule: String,
    /// What somebody said of it.
    reason: String,
    /// The file it is from, and the folder that its paths are relative to.
    from: String,
}

/// How another scanner recognises a finding.
#[derive(Debug)]
enum By {
    /// The value itself.
    Value(Secret),
    /// The digest of the value, and the line where it stood.
    Sha1(String, Option<u64>),
    /// The digest of the value, wherever it stands.
    Sha256(String),
    /// The place alone; `commit` is where the line number is right.
    Place { line: u64, commit: Option<String> },
}

/// Why another scanner's file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Not TOML.
    #[error(transparent)]
    Toml(#[from] crate::toml_file::TomlError),
    /// Not JSON.
    #[error("{}:{}: {source}", path.display(), source.line())]
    Json {
        /// The file.
        path: PathBuf,
        /// The reader's words.
        source: serde_json::Error,
    },
    /// Nothing that this program knows.
    #[error(
        "{}: neither a gitleaks or betterleaks configuration, ignore file or JSON report nor a detect-secrets baseline",
        path.display()
    )]
    Unknown {
        /// The file.
        path: PathBuf,
    },
}

fn text_of(path: &Path) -> Result<String, MigrateError> {
    text_file::read(path).map_err(|source| MigrateError::Read { path: path.to_owned(), source })
}

impl Migration {
    /// Reads a file of another scanner; its content says which. `shown` names it in the account.
    pub fn read(&mut self, path: &Path, shown: &str) -> Result<(), MigrateError> {
        let text = text_of(path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with("ignore") {
            ignore::read(&text, shown, self);
            return Ok(());
        }
        if path.extension().is_some_and(|extension| extension == "toml") {
            return gitleaks::read(&text, path, shown, self);
        }
        let value: serde_json::Value = serde_json::from_str(&text)
            .map_err(|source| MigrateError::Json { path: path.to_owned(), source })?;
        let known = match &value {
            serde_json::Value::Array(findings) => ignore::read_report(findings, shown, self),
            serde_json::Value::Object(object) => detect_secrets::read(object, shown, self),
            _ => false,
        };
        if known { Ok(()) } else { Err(MigrateError::Unknown { path: path.to_owned() }) }
    }

    /// True if there are accepted findings to be recognised by a scan.
    pub fn needs_scan(&self) -> bool {
        !self.accepted.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_powershell_wrote_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(".gitleaksignore");
        let utf16 = "\u{feff}a.py:rule:1\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        std::fs::write(&path, utf16).expect("written");
        let mut migration = Migration::default();
        migration.read(&path, "x").expect("read");
        assert_eq!(migration.accepted.len(), 1);
        assert!(migration.account.is_complete());
        std::fs::write(&path, b"\xff\xffa").expect("written");
        assert!(matches!(migration.read(&path, "x"), Err(MigrateError::Read { .. })));
    }
}
