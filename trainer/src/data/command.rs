//! `trainer data`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::build::{self, Options};
use super::checkout::Checkout;
use super::examine::Examiner;
use super::repository::{self, Task};
use super::stats::{self, By};
use super::synthetic::Counts;
use super::{show, store, text};
use crate::prepare;

/// What to do with data.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build train, validation and test sets, with a receipt.
    Build(BuildArguments),
    /// Gather candidates of any folder, for people to read and label.
    Harvest {
        /// The folder.
        #[arg(long)]
        tree: PathBuf,
        /// Its name in labels and ids.
        #[arg(long)]
        name: String,
        /// The JSONL file to write. It holds real values: keep it out of any repository.
        #[arg(long)]
        out: PathBuf,
    },
    /// Gather text for pretraining, credentials replaced.
    Text(TextArguments),
    /// Check a built folder: receipt, spans, splits, duplicates, leakage.
    Check {
        /// The folder.
        data: PathBuf,
        /// A tokenizer.json, to measure lengths with.
        #[arg(long)]
        tokenizer: Option<PathBuf>,
    },
    /// Count a set.
    Stats {
        /// The JSONL file.
        set: PathBuf,
        /// What to count by; may be given more than once.
        #[arg(long, value_enum)]
        by: Vec<By>,
    },
    /// Show an example, its value masked.
    Show {
        /// The JSONL file.
        set: PathBuf,
        /// Its id.
        id: String,
        /// Show values.
        #[arg(long)]
        show_secrets: bool,
    },
}

/// Arguments of `data text`.
#[derive(Debug, Args)]
pub struct TextArguments {
    /// Folders of any code.
    #[arg(long, num_args = 1..)]
    roots: Vec<PathBuf>,
    /// Folder of a collection, with --checkouts; held-out repositories are not read.
    #[arg(long, requires = "checkouts")]
    collection: Option<PathBuf>,
    /// Folder of its checkouts.
    #[arg(long, requires = "collection")]
    checkouts: Option<PathBuf>,
    /// Folder of readers' labels (CSV).
    #[arg(long, default_value = "trainer/data/labels")]
    labels: PathBuf,
    /// The JSONL file to write.
    #[arg(long)]
    out: PathBuf,
    /// Megabytes of text wanted.
    #[arg(long, default_value_t = 80)]
    megabytes: usize,
    /// For the choice of files and the replacements.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Arguments of `data build`.
#[derive(Debug, Args)]
pub struct BuildArguments {
    /// Folder of labels in CredData's layout: repositories.csv, classes.csv, meta/.
    #[arg(long)]
    collection: PathBuf,
    /// Folder of the collection's checkouts, by repository id.
    #[arg(long)]
    checkouts: PathBuf,
    /// Folder of handwritten examples (TOML).
    #[arg(long, default_value = "trainer/data/handwritten")]
    handwritten: PathBuf,
    /// Folder of readers' labels (CSV).
    #[arg(long, default_value = "trainer/data/labels")]
    labels: PathBuf,
    /// Another tree that readers labelled; may be given more than once.
    #[arg(long, value_name = "NAME=DIR", value_parser = tree)]
    tree: Vec<(String, PathBuf)>,
    /// Folder for the sets. They hold real values: keep it out of any repository.
    #[arg(long)]
    out: PathBuf,
    /// For all that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Realisations of every changed example of the training set.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    copies: u16,
    /// Generated training examples a stratum.
    #[arg(long, default_value_t = 200)]
    synthetic_train: usize,
    /// Generated training examples a stratum of harmless values or contrast pairs [default: as --synthetic-train].
    #[arg(long)]
    synthetic_harmless: Option<usize>,
    /// Generated validation examples a stratum.
    #[arg(long, default_value_t = 20)]
    synthetic_validation: usize,
    /// Generated test examples a stratum.
    #[arg(long, default_value_t = 40)]
    synthetic_test: usize,
}

fn tree(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, folder)) if !name.is_empty() && !folder.is_empty() => {
            Ok((name.to_owned(), folder.into()))
        }
        _ => Err("expected NAME=DIR".to_owned()),
    }
}

/// Runs it.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Build(arguments) => run_build(arguments),
        Command::Harvest { tree, name, out } => run_harvest(&tree, &name, &out),
        Command::Text(arguments) => run_text(arguments),
        Command::Check { data, tokenizer } => super::check::run(&data, tokenizer.as_deref()),
        Command::Stats { set, by } => run_stats(&set, &by),
        Command::Show { set, id, show_secrets } => run_show(&set, &id, show_secrets),
    }
}

fn run_harvest(tree: &Path, name: &str, out: &Path) -> anyhow::Result<()> {
    let checkout = Checkout::open(tree)?;
    let task = Task { id: name, labels: None, readers: &[], checkout, seed: 0, every_file: true };
    let outcome = repository::read(&task, &prepare::engine())?;
    store::write(out, &outcome.uncertain)?;
    anstream::println!("{} candidates in {}", outcome.uncertain.len(), out.display());
    Ok(())
}

fn run_text(arguments: TextArguments) -> anyhow::Result<()> {
    let summary = text::gather(&text::Options {
        roots: arguments.roots,
        collection: arguments.collection.zip(arguments.checkouts),
        labels: arguments.labels,
        out: arguments.out,
        bytes: arguments.megabytes * 1_000_000,
        seed: arguments.seed,
    })
    .context("cannot gather text")?;
    let (documents, changed, bytes) = (summary.documents, summary.changed, summary.bytes);
    anstream::println!("{documents} documents, {bytes} bytes, values replaced in {changed}");
    for (what, number) in summary.extensions.iter().chain(&summary.left_out) {
        anstream::println!("{number:10}  {what}");
    }
    Ok(())
}

fn run_stats(set: &Path, by: &[By]) -> anyhow::Result<()> {
    let examples = store::read(set)?;
    let all = [By::Source, By::Kind, By::Stratum, By::Language];
    for by in if by.is_empty() { &all } else { by } {
        anstream::println!("{}", stats::table(&examples, *by));
    }
    Ok(())
}

fn run_show(set: &Path, id: &str, secrets: bool) -> anyhow::Result<()> {
    let examples = store::read(set)?;
    let example = examples.iter().find(|example| example.id == id);
    let example = example.with_context(|| format!("{} has no example {id}", set.display()))?;
    anstream::print!("{}", show::show(example, &mut Examiner::new(&prepare::engine()), secrets));
    Ok(())
}

fn run_build(arguments: BuildArguments) -> anyhow::Result<()> {
    let out = arguments.out.clone();
    let receipt = build::build(&Options {
        collection: arguments.collection,
        checkouts: arguments.checkouts,
        handwritten: arguments.handwritten,
        labels: arguments.labels,
        trees: arguments.tree,
        out: arguments.out,
        seed: arguments.seed,
        copies: usize::from(arguments.copies),
        synthetic: Counts {
            train: arguments.synthetic_train,
            harmless: arguments.synthetic_harmless.unwrap_or(arguments.synthetic_train),
            validation: arguments.synthetic_validation,
            test: arguments.synthetic_test,
        },
    })
    .context("cannot build the sets")?;
    for (what, number) in receipt.counts.iter().chain(&receipt.left_out) {
        anstream::println!("{number:8}  {what}");
    }
    anstream::println!("{}", out.join(super::receipt::NAME).display());
    Ok(())
}

/// A progress bar on standard error; hidden where that is no terminal.
pub(super) fn bar(length: u64, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style).with_message(what.to_owned())
}
