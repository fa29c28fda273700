//! Files of a checkout, by the collection's ids.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use trainer::data::checkout::file_id;

use super::matching::Span;

/// Why a checkout cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the checkout {}: {source}; --checkouts is the folder with one folder a repository", path.display())]
pub struct CheckoutError {
    /// The folder or file.
    pub path: PathBuf,
    /// The system's answer.
    pub source: std::io::Error,
}

/// All files of the checkout at `root`: id to path inside the repository (`/` between parts).
pub fn files(root: &Path) -> Result<BTreeMap<String, String>, CheckoutError> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let failed = |source| CheckoutError { path: folder.clone(), source };
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // A name that is not UTF-8 is in no label file.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() && name != ".git" {
                folders.push((entry.path(), path + "/"));
            } else if kind.is_file() {
                found.insert(file_id(&path), path);
            }
        }
    }
    Ok(found)
}

/// Turns places that count a lone CR as a line break (the collection's) into places that do not (the scanner's).
#[derive(Debug)]
pub struct LineBreaks {
    /// For each line of the collection, from 0: line of the scanner and columns to add. Empty: the same everywhere.
    lines: Vec<(u64, u64)>,
}

impl LineBreaks {
    /// Reads a file's line breaks; bytes that are not UTF-8 count as one character each sequence.
    pub fn of(bytes: &[u8]) -> Self {
        let is_lone = |at: usize| bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
        if !(0..bytes.len()).any(is_lone) {
            return Self { lines: Vec::new() };
        }
        let mut lines = vec![(1, 0)];
        let (mut row, mut column) = (1, 0);
        let text = String::from_utf8_lossy(bytes);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            column += 1;
            if c == '\n' {
                (row, column) = (row + 1, 0);
                lines.push((row, 0));
            } else if c == '\r' && chars.peek() != Some(&'\n') {
                lines.push((row, column));
            }
        }
        Self { lines }
    }

    /// The scanner's place of `span`; unchanged beyond the end of the file.
    pub fn place(&self, span: &Span) -> Span {
        match self.lines.get(span.first_line().saturating_sub(1) as usize) {
            Some(&(line, columns)) => span.moved(line, columns),
            None => span.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_the_hash_of_their_path() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("src/.hidden")).expect("a folder");
        std::fs::write(folder.path().join("src/.hidden/a.ini"), "x").expect("written");
        let found = files(folder.path()).expect("readable");
        // sha256sum of "src/.hidden/a.ini".
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [(HIDDEN.to_owned(), "src/.hidden/a.ini".to_owned())]
        );
        let error = files(&folder.path().join("nowhere")).expect_err("not there").to_string();
        assert!(error.contains("nowhere") && error.contains("--checkouts"), "{error}");
    }

    const HIDDEN: &str = "f0cc5caf";

    #[test]
    fn lone_carriage_returns_are_line_breaks_of_the_collection_only() {
        let breaks = LineBreaks::of(b"one\rtwo\r\nthree\rfour = pw\r");
        let at = |line| breaks.place(&Span::value(line, 7..9));
        assert_eq!(at(1), Span::value(1, 7..9));
        assert_eq!(at(2), Span::value(1, 11..13));
        assert_eq!(at(3), Span::value(2, 7..9));
        assert_eq!(at(4), Span::value(2, 13..15));
        let plain = LineBreaks::of(b"one\r\ntwo\n");
        assert_eq!(plain.place(&Span::value(2, 1..2)), Span::value(2, 1..2));
    }
}
