//! Text to learn a language from: JSONL of `{"path", "text"}`, one document a line.
//!
//! Documents are brought into the form that the encoding of questions gives text (runs of blanks folded, blank lines
//! left out, long lines cut), so that the model reads in training what it reads in use.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Longest part of a line that is kept, as in a window.
const LINE_BYTES: usize = 256;
/// Components of a path that are kept, as in the encoding.
const PATH_COMPONENTS: usize = 4;

/// One document, in the form of the encoding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Document {
    /// The last components of its path.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Why a corpus cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A line is no document.
    #[error("{}:{line}: {source}; every line must be a JSON object with \"path\" and \"text\"", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// There is nothing in it.
    #[error("{} holds no text", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Reads all documents of a file, normalised; those without text are left out.
pub fn read(path: &Path) -> Result<Vec<Document>, CorpusError> {
    let unreadable = |source| CorpusError::Read { path: path.to_owned(), source };
    let mut documents = Vec::new();
    for (n, line) in BufReader::new(File::open(path).map_err(unreadable)?).lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        let raw: Document = serde_json::from_str(&line).map_err(|source| CorpusError::Line {
            path: path.to_owned(),
            line: n + 1,
            source,
        })?;
        let text = normalised(&raw.text);
        if !text.is_empty() {
            documents.push(Document { path: last_components(&raw.path), text });
        }
    }
    if documents.is_empty() {
        return Err(CorpusError::Empty { path: path.to_owned() });
    }
    Ok(documents)
}

/// Blanks folded, lines cut and trimmed at their end, blank lines left out.
pub fn normalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let start = out.len();
        for c in line[..line.floor_char_boundary(LINE_BYTES)].chars() {
            match c {
                ' ' | '\t' | '\r' if out.len() > start && out.ends_with(' ') => {}
                ' ' | '\t' | '\r' => out.push(' '),
                c => out.push(c),
            }
        }
        out.truncate(start + out[start..].trim_end().len());
        if out.len() > start {
            out.push('\n');
        }
    }
    out
}

fn last_components(path: &str) -> String {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".").collect();
    parts[parts.len().saturating_sub(PATH_COMPONENTS)..].join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_takes_the_form_of_the_encoding() {
        let text = format!("\t\tif  a:\r\n\n   \n  b\t=  1  \n{}", "é".repeat(200));
        let normalised = normalised(&text);
        let lines: Vec<&str> = normalised.lines().collect();
        assert_eq!(lines[..2], [" if a:", " b = 1"]);
        assert_eq!(lines[2].chars().count(), 128);
        assert_eq!(last_components("./x/a/b//c/d.rs"), "a/b/c/d.rs");
    }

    #[test]
    fn a_bad_line_is_named_and_an_empty_file_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("text.jsonl");
        std::fs::write(&path, "{\"path\":\"a/b.py\",\"text\":\"x = 1\",\"other\":2}\n\n{\"path\":1}\n")
            .unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("text.jsonl:3:"), "{error}");
        std::fs::write(&path, "{\"path\":\"a\",\"text\":\" \\n\"}\n").unwrap();
        assert!(matches!(read(&path), Err(CorpusError::Empty { .. })));
    }
}
