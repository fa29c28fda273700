//! Text for pretraining: files of code and configuration, chosen for a wide mix, without copies and without credentials.
//!
//! No file of a held-out repository becomes a document; their labelled values are only looked for, to be taken out. What may be a credential is replaced as in training sets.

mod choose;
mod mix;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rayon::prelude::*;
use secretscan::candidate::Engine;
use serde::{Deserialize, Serialize};

use super::collection::Collection;
use super::examine::Examiner;
use super::repository::{self, Outcome, Task};
use super::variants::{Values, Variants};
use super::{checkout::Checkout, labels, split, store};
use crate::example::Split;
use crate::prepare;

/// What to gather.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folders of any code.
    pub roots: Vec<PathBuf>,
    /// Folder of a collection and of its checkouts.
    pub collection: Option<(PathBuf, PathBuf)>,
    /// Folder of readers' labels.
    pub labels: PathBuf,
    /// The JSONL file to write; a receipt goes beside it.
    pub out: PathBuf,
    /// Bytes of text wanted.
    pub bytes: usize,
    /// For the choice of files and the replacements.
    pub seed: u64,
}

/// One document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Path below its root.
    pub path: String,
    /// Its text, cut at a line break if it is long.
    pub text: String,
}

/// What was gathered.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// Documents.
    pub documents: usize,
    /// Bytes of text.
    pub bytes: usize,
    /// Documents in which values were replaced.
    pub changed: usize,
    /// Files left out, by reason.
    pub left_out: BTreeMap<String, usize>,
    /// Bytes by extension.
    pub extensions: BTreeMap<String, usize>,
    /// Bytes by root.
    pub roots: BTreeMap<String, usize>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Seed.
    pub seed: u64,
}

/// A folder to take from.
#[derive(Debug)]
pub(crate) struct Root {
    name: String,
    checkout: Checkout,
    /// Values of its labelled rows and candidates, and all that are labelled real anywhere.
    values: Values,
}

/// Gathers and writes.
pub fn gather(options: &Options) -> anyhow::Result<Summary> {
    let engine = prepare::engine();
    let (mut roots, real) = checkouts(options, &engine)?;
    for root in &options.roots {
        let checkout = Checkout::open(root)?;
        roots.push(Root { name: root.display().to_string(), checkout, values: Values::new(&real)? });
    }
    let mut summary = Summary { seed: options.seed, ..Summary::default() };
    let chosen = choose::choose(&roots, options.bytes, options.seed, &mut summary);
    let bar = super::command::bar(chosen.len() as u64, "replacing");
    let documents: Vec<(Document, bool)> = chosen
        .into_par_iter()
        .map_init(
            || Variants::new(Examiner::new(&engine), options.seed),
            |variants, (root, document)| {
                bar.inc(1);
                let root = &roots[root];
                match variants.of_text(&root.name, &document.path, &document.text, &root.values) {
                    Some(text) => (Document { text, ..document }, true),
                    None => (document, false),
                }
            },
        )
        .collect();
    bar.finish_and_clear();
    summary.documents = documents.len();
    summary.changed = documents.iter().filter(|(_, changed)| *changed).count();
    summary.bytes = documents.iter().map(|(document, _)| document.text.len()).sum();
    summary.sha256 = store::write_lines(&options.out, documents.iter().map(|(document, _)| document))?;
    write_receipt(&options.out, &summary)?;
    Ok(summary)
}

/// The checkouts that are not held out, with all their values that may be credentials, and what is labelled real in any.
fn checkouts(options: &Options, engine: &Engine) -> anyhow::Result<(Vec<Root>, BTreeSet<String>)> {
    let Some((collection, folder)) = &options.collection else { return Ok((Vec::new(), BTreeSet::new())) };
    let collection = Collection::read(collection)?;
    let readers = labels::read(&options.labels, &collection)?;
    let read: Vec<Option<(&String, Checkout, Outcome)>> = collection
        .repositories
        .par_iter()
        .map(|(id, labels)| {
            let root = folder.join(id);
            if !root.is_dir() {
                return Ok(None);
            }
            let task = Task {
                id,
                labels: Some(labels),
                readers: readers.get(id).map_or(&[], Vec::as_slice),
                checkout: Checkout::open(&root)?,
                seed: options.seed,
                every_file: false,
            };
            let outcome = repository::read(&task, engine)?;
            Ok(Some((id, task.checkout, outcome)))
        })
        .collect::<anyhow::Result<_>>()?;
    let real: BTreeSet<String> =
        read.iter().flatten().flat_map(|(_, _, outcome)| &outcome.real).cloned().collect();
    let mut roots = Vec::new();
    for (id, checkout, outcome) in read.into_iter().flatten() {
        if split::of_repository(id) != Split::Test {
            let values = Values::new(&outcome.sensitive.union(&real).cloned().collect())?;
            roots.push(Root { name: id.clone(), checkout, values });
        }
    }
    Ok((roots, real))
}

fn write_receipt(out: &Path, summary: &Summary) -> anyhow::Result<()> {
    let path = out.with_extension("receipt.json");
    let text = serde_json::to_string_pretty(summary).context("the receipt cannot be written as JSON")?;
    std::fs::write(&path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests;
