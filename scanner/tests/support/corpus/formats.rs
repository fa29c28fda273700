//! The formats with a grammar of their own: `testdata/formats/*.toml`.
//!
//! A file's text marks every value: `{{plant:…}}` is a secret, `«…»` another value (a host, a user, a path, a comment),
//! `«h:…»` a digest of a password, `«r:…»` a secret in a form that its program can undo, `«k:…»` an id that belongs to a
//! secret and may be reported with it or not. The marks do not reach the file.

use std::fs;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;

use super::rng::Rng;
use super::template::{TemplateError, expand};
use super::{Place, testdata, write};

/// One file of the manifests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// The format's name in tables; several files may have it.
    pub(crate) format: String,
    /// The documentation that it was written from.
    pub(crate) doc: String,
    /// Path below the corpus, in a folder of its own.
    pub(crate) path: String,
    /// The text with its marks.
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    file: Vec<File>,
}

/// What a marked value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// A secret in plain sight.
    Secret,
    /// A digest of a password.
    Digest,
    /// A secret in a form that can be undone.
    Reversible,
    /// An id that belongs to a secret: reporting it is neither right nor wrong.
    Id,
    /// Anything else.
    Other,
}

/// A value that was written.
#[derive(Debug)]
pub(crate) struct Value {
    /// What it is.
    pub(crate) sort: Sort,
    /// The name of its format.
    pub(crate) format: String,
    /// The path below the corpus.
    pub(crate) path: String,
    /// Where it stands.
    pub(crate) place: Place,
    /// The text as written (never printed whole if it is a secret).
    pub(crate) written: String,
}

/// Every file of the manifests, in the order of their names.
pub(crate) fn load() -> Vec<File> {
    let mut paths: Vec<_> = fs::read_dir(testdata().join("formats"))
        .expect("testdata/formats is a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
        .iter()
        .flat_map(|path| {
            let text = fs::read_to_string(path).expect("text");
            let manifest: Manifest =
                toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            manifest.file
        })
        .collect()
}

/// Writes the corpus below `root`, each file in a numbered folder; returns its marked values.
pub(crate) fn build(root: &Path, seed: u64) -> Result<Vec<Value>, TemplateError> {
    let mut values = Vec::new();
    for (number, file) in load().into_iter().enumerate() {
        let mut rng = Rng::for_label(seed, &file.path);
        let (text, marks) = unmark(file.text.trim_start_matches('\n'), &mut rng)?;
        let path = format!("host-{number:03}/{}", file.path);
        write(root, &path, &text);
        values.extend(marks.into_iter().filter(|(_, span)| !span.is_empty()).map(|(sort, span)| Value {
            sort,
            format: file.format.clone(),
            path: path.clone(),
            place: Place::of(&text, &span),
            written: text[span].to_owned(),
        }));
    }
    Ok(values)
}

/// Marked spans of a text, in order.
type Marks = Vec<(Sort, Range<usize>)>;

/// The text without its marks, and what they marked.
fn unmark(template: &str, rng: &mut Rng) -> Result<(String, Marks), TemplateError> {
    let mut text = String::new();
    let mut marks = Marks::new();
    let mut rest = template;
    while !rest.is_empty() {
        let (plain, marked) = rest.split_once('«').unwrap_or((rest, ""));
        let expanded = expand(plain, rng)?;
        let secrets = expanded.plants.iter().map(|span| span.start + text.len()..span.end + text.len());
        marks.extend(secrets.map(|span| (Sort::Secret, span)));
        text += &expanded.text;
        let (inner, after) = marked.split_once('»').unwrap_or((marked, ""));
        let (sort, inner) = [("h:", Sort::Digest), ("r:", Sort::Reversible), ("k:", Sort::Id)]
            .iter()
            .find_map(|(mark, sort)| Some((*sort, inner.strip_prefix(mark)?)))
            .unwrap_or((Sort::Other, inner));
        let start = text.len();
        text += &expand(inner, rng)?.text;
        marks.push((sort, start..text.len()));
        rest = after;
    }
    Ok((text, marks))
}
