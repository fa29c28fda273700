//! The hard negatives: `testdata/hard_negatives.toml`.
//!
//! Each file is a head, cases and a tail; each case is a few lines that look like a secret to a careless scanner and
//! belongs to a named stratum. Nothing in these files is a secret: any finding is a false one.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::rng::Rng;
use super::template::{TemplateError, expand};
use super::{read, write};

/// `hard_negatives.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The files.
    pub(crate) file: Vec<File>,
}

/// One file with its cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Path below the corpus.
    pub(crate) path: String,
    /// Text before the cases.
    #[serde(default)]
    pub(crate) head: String,
    /// Text after the cases.
    #[serde(default)]
    pub(crate) tail: String,
    /// The cases: stratum and text.
    pub(crate) cases: Vec<(String, String)>,
}

/// Which lines belong to which stratum, by path.
pub(crate) type Strata = BTreeMap<String, Vec<(usize, String)>>;

impl Manifest {
    /// Reads `testdata/hard_negatives.toml`.
    pub(crate) fn load() -> Self {
        toml::from_str(&read("hard_negatives.toml")).expect("hard_negatives.toml follows its schema")
    }

    /// The cases of all files.
    pub(crate) fn cases(&self) -> impl Iterator<Item = (&File, &str, &str)> {
        self.file.iter().flat_map(|file| {
            file.cases.iter().map(move |(stratum, text)| (file, stratum.as_str(), text.as_str()))
        })
    }

    /// Writes the corpus below `root`; returns for each file the first line of each case with its stratum, ascending.
    pub(crate) fn build(&self, root: &Path, seed: u64) -> Result<Strata, TemplateError> {
        let mut strata = Strata::new();
        for file in &self.file {
            let mut rng = Rng::for_label(seed, &file.path);
            let mut text = expand(&file.head, &mut rng)?.text;
            let mut starts = vec![(1, "surroundings".to_owned())];
            for (stratum, case) in &file.cases {
                starts.push((text.matches('\n').count() + 1, stratum.clone()));
                text += &expand(case, &mut rng)?.text;
                text.push('\n');
            }
            starts.push((text.matches('\n').count() + 1, "surroundings".to_owned()));
            text += &expand(&file.tail, &mut rng)?.text;
            write(root, &file.path, &text);
            strata.insert(file.path.clone(), starts);
        }
        Ok(strata)
    }
}

/// The stratum of a line.
pub(crate) fn stratum<'a>(strata: &'a Strata, path: &str, line: usize) -> &'a str {
    let starts = strata.get(path).map_or(&[][..], Vec::as_slice);
    let after = starts.partition_point(|(start, _)| *start <= line);
    after.checked_sub(1).map_or("unknown file", |at| starts[at].1.as_str())
}
