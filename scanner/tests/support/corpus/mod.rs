//! Builds the acceptance corpora of `testdata/` in a directory of the caller, from a seed.
//!
//! `testdata/` holds templates and no secrets; the values come from the generators here, which do not use the scanner's
//! library, so that a mistake there cannot hide itself. Nothing here knows how the scanner decides.

pub(crate) mod digest;
pub(crate) mod formats;
pub(crate) mod harmless;
pub(crate) mod human;
pub(crate) mod key;
pub(crate) mod negative;
pub(crate) mod obfuscated;
pub(crate) mod outcome;
pub(crate) mod planted;
pub(crate) mod random;
pub(crate) mod rng;
pub(crate) mod stored;
pub(crate) mod template;
pub(crate) mod token;
pub(crate) mod value;

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Where `testdata/` is.
pub(crate) fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// Reads a file of `testdata/`.
pub(crate) fn read(name: &str) -> String {
    let path = testdata().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Writes one file of a corpus, with its folders.
pub(crate) fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a corpus path has a folder"))
        .expect("the test directory is writable");
    fs::write(path, text).expect("the test directory is writable");
}

/// A stretch of text by lines and columns, both from 1, columns in characters, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Line and column of the first character.
    pub(crate) start: (usize, usize),
    /// Line of the last character and the column after it.
    pub(crate) end: (usize, usize),
}

impl Place {
    /// The place of a byte span of `text`.
    pub(crate) fn of(text: &str, span: &Range<usize>) -> Self {
        let at = |offset: usize| {
            let head = &text[..offset];
            let line_start = head.rfind('\n').map_or(0, |at| at + 1);
            (head.matches('\n').count() + 1, head[line_start..].chars().count() + 1)
        };
        Self { start: at(span.start), end: at(span.end) }
    }

    /// True if both have a character in common.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}
