//! `trainer data`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::build::{self, Options};
use super::synthetic::Counts;

/// What to do with data.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build train, validation and test sets, with a receipt.
    Build(BuildArguments),
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
    }
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
