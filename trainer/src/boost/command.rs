//! `trainer boost`.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use secretscan::judge::boost::Ensemble;
use secretscan::judge::features;

use super::recipe::Recipe;
use super::table::Table;
use super::{report, train};
use crate::prepare;

/// Sets that the trees learn from; they must be there.
const FITTED: [&str; 2] = ["train.features.jsonl", "validation.jsonl"];
/// A set that only gets priors, by models that had not seen its repositories: values drawn anew must not teach that
/// random letters are credentials.
const SCORED: &str = "train.jsonl";

/// What to do with the feature model.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Cross-fit, calibrate, measure and fit the feature model.
    Train(Train),
    /// Log-odds of every example of a set, by a model file.
    Score(Score),
    /// The features of a set as a table, for other tools.
    Features(Features),
}

/// Arguments of `train`.
#[derive(Debug, Args)]
pub struct Train {
    /// Folder with train.features.jsonl, validation.jsonl and, for priors, train.jsonl.
    #[arg(long)]
    data: PathBuf,
    /// Folder to write to: model.safetensors, priors.tsv, metrics.json, metrics.txt, recipe.toml, log.jsonl.
    #[arg(long)]
    out: PathBuf,
    /// Recipe (TOML); what it leaves out has its default.
    #[arg(long)]
    recipe: Option<PathBuf>,
}

/// Arguments of `score`.
#[derive(Debug, Args)]
pub struct Score {
    /// The model file.
    #[arg(long)]
    model: PathBuf,
    /// Examples (JSONL).
    #[arg(long)]
    set: PathBuf,
    /// The file to write: `id<TAB>log-odds`, one line an example that has a candidate.
    #[arg(long)]
    out: PathBuf,
}

/// Arguments of `features`.
#[derive(Debug, Args)]
pub struct Features {
    /// Examples (JSONL).
    #[arg(long)]
    set: PathBuf,
    /// The file to write (CSV): id, source, group, class, weight, documented log-odds, then a column a feature.
    #[arg(long)]
    out: PathBuf,
}

/// Runs it.
pub fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Train(arguments) => run_train(arguments),
        Command::Score(arguments) => run_score(arguments),
        Command::Features(arguments) => run_features(arguments),
    }
}

/// One line of the log.
#[derive(Debug, serde::Serialize)]
struct Line<'a> {
    #[serde(rename = "step")]
    what: &'a str,
    seconds: f64,
    rows: usize,
}

/// What was done when, as JSONL.
#[derive(Debug)]
struct Log {
    text: String,
    since: Instant,
}

impl Log {
    fn new() -> Self {
        Self { text: String::new(), since: Instant::now() }
    }

    fn add(&mut self, step: &str, rows: usize) -> anyhow::Result<()> {
        let line = Line { what: step, seconds: self.since.elapsed().as_secs_f64(), rows };
        let _ = writeln!(self.text, "{}", serde_json::to_string(&line)?);
        Ok(())
    }
}

fn run_train(arguments: &Train) -> anyhow::Result<()> {
    let recipe = read_recipe(arguments.recipe.as_deref())?;
    fs::create_dir_all(&arguments.out)
        .with_context(|| format!("cannot make the folder {}", arguments.out.display()))?;
    let mut log = Log::new();
    let fitted: Vec<PathBuf> = FITTED.iter().map(|name| arguments.data.join(name)).collect();
    let table = read_sets(&fitted)?;
    log.add("measured", table.rows.len())?;
    let bar = progress("fitting", 2 * (recipe.folds as u64 + 1));
    let outcome = train::train(&table, &recipe, &bar)?;
    bar.finish_and_clear();
    log.add("fitted", table.rows.len())?;
    let mut priors: Vec<(String, f32)> =
        table.rows.iter().map(|row| row.id.clone()).zip(outcome.alert.iter().copied()).collect();
    let scored = arguments.data.join(SCORED);
    let mut sets = fitted;
    if scored.exists() {
        let extra = read_sets(std::slice::from_ref(&scored))?;
        sets.push(scored);
        let known: std::collections::BTreeSet<&str> = table.rows.iter().map(|row| row.id.as_str()).collect();
        let scores = outcome.score(&table, &extra);
        let unknown = extra.rows.iter().zip(scores).filter(|(row, _)| !known.contains(row.id.as_str()));
        priors.extend(unknown.map(|(row, score)| (row.id.clone(), score)));
        log.add("scored", extra.rows.len())?;
    }
    let report = report::of(&table, &outcome, recipe.seed);
    log.add("reported", table.rows.len())?;
    let text = report.text();
    let mut notes = vec![
        ("recipe".to_owned(), serde_json::to_string(&recipe)?),
        ("trainer".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ("examples".to_owned(), table.rows.len().to_string()),
    ];
    for set in &sets {
        let name = set.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        notes.push((format!("sha256 of {name}"), sha256(set)?));
    }
    write_priors(&arguments.out.join("priors.tsv"), priors)?;
    write(&arguments.out.join("model.safetensors"), &outcome.model.to_bytes(features::hash(), &notes))?;
    write(&arguments.out.join("metrics.json"), (serde_json::to_string_pretty(&report)? + "\n").as_bytes())?;
    write(&arguments.out.join("metrics.txt"), text.as_bytes())?;
    write(&arguments.out.join("recipe.toml"), toml::to_string(&recipe)?.as_bytes())?;
    write(&arguments.out.join("log.jsonl"), log.text.as_bytes())?;
    anstream::print!("{text}");
    Ok(())
}

fn run_score(arguments: &Score) -> anyhow::Result<()> {
    let path = &arguments.model;
    let bytes = fs::read(path).with_context(|| format!("cannot read the model {}", path.display()))?;
    let model = Ensemble::from_bytes(&bytes).with_context(|| format!("cannot use {}", path.display()))?;
    let table = read_sets(std::slice::from_ref(&arguments.set))?;
    let scores =
        (0..table.rows.len()).map(|row| (table.rows[row].id.clone(), model.alert(table.numbers(row))));
    write_priors(&arguments.out, scores.collect())?;
    let missed: u64 = table.missed.values().sum();
    anstream::println!("{} examples, {missed} without a candidate", table.rows.len());
    Ok(())
}

fn run_features(arguments: &Features) -> anyhow::Result<()> {
    let table = read_sets(std::slice::from_ref(&arguments.set))?;
    let cannot = || format!("cannot write {}", arguments.out.display());
    let mut out = csv::Writer::from_path(&arguments.out).with_context(cannot)?;
    let known = ["id", "source", "group", "class", "weight", "documented"];
    out.write_record(known.iter().chain(features::names())).with_context(cannot)?;
    for (n, row) in table.rows.iter().enumerate() {
        let class = format!("{:?}", row.class).to_lowercase();
        let numbers = [row.weight, row.documented];
        let numbers = numbers.iter().chain(table.numbers(n)).map(ToString::to_string);
        let known = [row.id.clone(), row.source.clone(), row.group.clone(), class];
        out.write_record(known.into_iter().chain(numbers)).with_context(cannot)?;
    }
    out.flush().with_context(cannot)
}

fn read_recipe(path: Option<&Path>) -> anyhow::Result<Recipe> {
    let Some(path) = path else { return Ok(Recipe::default()) };
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read the recipe {}", path.display()))?;
    let recipe: Recipe = toml::from_str(&text).with_context(|| format!("{} is no recipe", path.display()))?;
    match recipe.problem() {
        None => Ok(recipe),
        Some(problem) => bail!("{}: {problem}", path.display()),
    }
}

fn read_sets(paths: &[PathBuf]) -> anyhow::Result<Table> {
    let mut lines = 0;
    for path in paths {
        let file = fs::File::open(path)
            .with_context(|| format!("cannot read {}; make it with `trainer data build`", path.display()))?;
        lines += BufReader::new(file).split(b'\n').count() as u64;
    }
    let bar = progress("measuring", lines);
    let engine = prepare::engine();
    let mut table = Table::default();
    for path in paths {
        table.add(path, &engine, &bar)?;
    }
    bar.finish_and_clear();
    if table.rows.is_empty() {
        bail!("the sets hold no example that the scanner finds; build them with `trainer data build`");
    }
    Ok(table)
}

fn progress(what: &'static str, length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}").expect("a sound template");
    ProgressBar::new(length).with_style(style).with_message(what)
}

fn write_priors(path: &Path, mut priors: Vec<(String, f32)>) -> anyhow::Result<()> {
    priors.sort_by(|a, b| a.0.cmp(&b.0));
    let mut text = String::from("id\tlog_odds\n");
    for (id, score) in priors {
        let _ = writeln!(text, "{id}\t{score}");
    }
    write(path, text.as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

fn sha256(path: &Path) -> anyhow::Result<String> {
    let file = fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    secretscan::judge::digest::sha256_hex_of(file).with_context(|| format!("cannot read {}", path.display()))
}
