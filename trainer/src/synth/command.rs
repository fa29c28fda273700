//! `trainer synth`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::{SynthError, generate, strata};
use crate::example::Example;

/// What to do with the generator.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show all strata: class, name, weight, what they are.
    List,
    /// Write examples of every stratum as JSONL.
    Generate(Generate),
}

/// What to generate.
#[derive(Debug, Args)]
pub struct Generate {
    /// The seed; equal seeds give equal files.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Examples of each stratum.
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 100)]
    per_stratum: usize,
    /// Only strata whose name begins with this; may be given several times.
    #[arg(long = "stratum", value_name = "PREFIX")]
    prefixes: Vec<String>,
    /// The file to write.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Runs it.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List => list(),
        Command::Generate(wanted) => write(&wanted),
    }
}

fn list() -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    for stratum in strata() {
        let class = format!("{:?}", stratum.class).to_lowercase();
        let held_out = if stratum.held_out { " (held out)" } else { "" };
        writeln!(out, "{class:<12}{:<40}{:<6}{}{held_out}", stratum.name, stratum.weight, stratum.about)?;
    }
    Ok(())
}

fn write(wanted: &Generate) -> anyhow::Result<()> {
    let chosen: Vec<&str> = strata()
        .iter()
        .map(|stratum| stratum.name.as_str())
        .filter(|name| {
            wanted.prefixes.is_empty() || wanted.prefixes.iter().any(|prefix| name.starts_with(prefix))
        })
        .collect();
    if chosen.is_empty() {
        return Err(SynthError::UnknownStratum { name: wanted.prefixes.join(", ") }.into());
    }
    let file = File::create(&wanted.output)
        .with_context(|| format!("cannot write {}: choose another --output", wanted.output.display()))?;
    let mut out = BufWriter::new(file);
    let bar = ProgressBar::new(chosen.len() as u64).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} strata {msg}").expect("a constant template"),
    );
    // A few strata at a time: parallel, in order, and never all in memory.
    for names in chosen.chunks(8) {
        let sets: Vec<Vec<Example>> = names
            .par_iter()
            .map(|name| generate(name, wanted.seed, wanted.per_stratum))
            .collect::<Result<_, _>>()?;
        for example in sets.iter().flatten() {
            serde_json::to_writer(&mut out, example)?;
            out.write_all(b"\n")?;
        }
        bar.inc(names.len() as u64);
    }
    out.flush().with_context(|| format!("cannot write {}", wanted.output.display()))?;
    bar.finish();
    Ok(())
}
