//! The file: one JSON object a line, the header first.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use serde::{Deserialize, Serialize};

use super::{ANYWHERE, Entry, Mark};
use crate::nearest::nearest;
use crate::value::hex;

/// What this program reads and writes.
const VERSION: u32 = 1;
/// Bytes of salt: those of a UUID.
pub const SALT_BYTES: usize = 16;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    baseline: u32,
    /// The salt. Written as a UUID: a bare run of hexadecimal digits in a committed file is what scanners look for.
    id: String,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// The file cannot be read.
    #[error("cannot read the baseline {file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A line is not what it should be.
    #[error("{file}:{line}: {cause}")]
    Line {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong, and what to do.
        cause: LineFault,
    },
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineFault {
    /// There is no header, or two different ones.
    #[error("{0}")]
    Header(&'static str),
    /// Written by a later version.
    #[error("the baseline has version {found}, this program reads version {VERSION}; use a newer secretscan")]
    Version {
        /// In the file.
        found: u32,
    },
    /// Marks of git, which stopped in the middle of a merge.
    #[error("an unfinished merge; keep the lines of both sides and delete the marks")]
    Conflict,
    /// A short mark for all files would silence one password in 4,096 everywhere.
    #[error("an entry with a mark of 3 digits needs a path; `*` is for marks of 32 digits")]
    TooWide,
    /// Not an entry.
    #[error("not an entry: {message}{}", suggestion.as_ref().map(|key| format!("; did you mean `{key}`?")).unwrap_or_default())]
    Entry {
        /// What the reader says.
        message: String,
        /// The known key nearest to an unknown one.
        suggestion: Option<String>,
    },
}

/// What is in a file.
pub(super) struct Parsed {
    pub(super) salt: [u8; SALT_BYTES],
    /// The entries with their lines.
    pub(super) entries: Vec<(Entry, usize)>,
}

/// Reads a file's text.
pub(super) fn parse(text: &str, file: &str) -> Result<Parsed, BaselineError> {
    let mut salt = None;
    let mut entries = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let fault = |cause| BaselineError::Line { file: file.to_owned(), line: at + 1, cause };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
            return Err(fault(LineFault::Conflict));
        }
        if line.starts_with("{\"baseline\"") {
            let found = header(line).map_err(fault)?;
            if salt.is_some_and(|salt| salt != found) {
                return Err(fault(LineFault::Header(
                    "a second header with another salt: two branches made a baseline each; keep one of the two files \
                     and run `secretscan baseline update --add all`",
                )));
            }
            salt = Some(found);
            continue;
        }
        let entry: Entry = serde_json::from_str(line).map_err(|error| fault(not_an_entry(&error)))?;
        if entry.path == ANYWHERE && !entry.mark.is_long() {
            return Err(fault(LineFault::TooWide));
        }
        entries.push((entry, at + 1));
    }
    let missing = || BaselineError::Line {
        file: file.to_owned(),
        line: 1,
        cause: LineFault::Header("the header is missing; make the file with `secretscan baseline create`"),
    };
    Ok(Parsed { salt: salt.ok_or_else(missing)?, entries })
}

fn header(line: &str) -> Result<[u8; SALT_BYTES], LineFault> {
    let header: Header = serde_json::from_str(line).map_err(|error| not_an_entry(&error))?;
    if header.baseline != VERSION {
        return Err(LineFault::Version { found: header.baseline });
    }
    hex::decode(header.id.replace('-', "").as_bytes())
        .and_then(|salt| salt.try_into().ok())
        .ok_or(LineFault::Header("the id must be a UUID"))
}

/// What the JSON reader says, without its place: it counts in the line.
fn not_an_entry(error: &serde_json::Error) -> LineFault {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    let suggestion = message.strip_prefix("unknown field `").and_then(|rest| {
        let mut names = rest.split('`').step_by(2);
        let unknown = names.next()?;
        nearest(unknown, names)
    });
    LineFault::Entry { message, suggestion }
}

/// The text of a file with this salt and these entries. Of two for one secret and file the one that says more is kept,
/// with the earlier end.
pub(super) fn write<'a>(salt: &[u8; SALT_BYTES], entries: impl Iterator<Item = &'a Entry>) -> String {
    let mut unique: BTreeMap<(Mark, &str), Entry> = BTreeMap::new();
    for entry in entries {
        match unique.entry((entry.mark, &entry.path)) {
            Slot::Vacant(slot) => {
                slot.insert(entry.clone());
            }
            Slot::Occupied(mut slot) => unite(slot.get_mut(), entry),
        }
    }
    let digits = hex::encode(salt);
    let parts: Vec<&str> = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]).to_vec();
    let header = Header { baseline: VERSION, id: parts.join("-") };
    let mut text = serde_json::to_string(&header).expect("strings and numbers are JSON");
    text.push('\n');
    for entry in unique.values() {
        text.push_str(&serde_json::to_string(entry).expect("strings are JSON"));
        text.push('\n');
    }
    text
}

/// Whichever of two lines for one secret comes first, the same is left of them.
fn unite(kept: &mut Entry, other: &Entry) {
    kept.added = least(kept.added, other.added);
    kept.expires = least(kept.expires, other.expires);
    kept.rule = least(kept.rule.take(), other.rule.clone());
    kept.owner = least(kept.owner.take(), other.owner.clone());
    kept.reason = least(kept.reason.take(), other.reason.clone());
}

/// The lesser of those that are there.
fn least<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
