//! The command line: one subcommand a kind of measurement.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::collection::command as collection;
use crate::gate::command as gate;
use crate::report::{Format, Measured, text};
use crate::set::command as set;
use crate::store::command as stored;
use crate::store::{Label, Store};

/// Measures secretscan's verdicts: figures with intervals, paired tests, the ship gate.
#[derive(Debug, Parser)]
#[command(name = "evaluator", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure the scanner end to end on labelled checkouts.
    ///
    /// Every combination of --judge, --preset (and --min-confidence) and --model is one system; all are compared in
    /// pairs.
    Collection {
        #[command(flatten)]
        arguments: collection::Arguments,
        #[command(flatten)]
        publish: Publish,
    },
    /// Measure judges on sets of labelled examples.
    ///
    /// Every combination of --scores, --preset and, where one is needed, --model is one system; all are compared in pairs.
    Set {
        #[command(flatten)]
        arguments: set::Arguments,
        #[command(flatten)]
        publish: Publish,
    },
    /// Hold results against limits; exit status 1 with the reasons if any fails.
    Gate {
        #[command(flatten)]
        arguments: gate::Arguments,
        #[command(flatten)]
        publish: Publish,
    },
    /// List the runs of a results database.
    Runs(stored::Runs),
    /// Compare two runs of a results database, system by system.
    Compare(stored::Compare),
}

/// Where results go.
#[derive(Debug, clap::Args)]
struct Publish {
    /// How results are printed.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Also write the results as JSON to this file.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also add the run to this results database.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Name of the experiment in the database.
    #[arg(long, value_name = "NAME", default_value = "default")]
    experiment: String,
}

/// Runs the program. Exit status 0, 1 for a measurement or gate that failed, 2 for a wrong command line.
pub fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            anstream::eprintln!("evaluator: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let began = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    match command {
        Command::Collection { arguments, publish } => {
            publish.report(&collection::run(&arguments)?, began)?;
        }
        Command::Set { arguments, publish } => {
            publish.report(&set::run(&arguments)?, began)?;
        }
        Command::Gate { arguments, publish } => {
            let outcome = gate::run(&arguments)?;
            if let Some(measured) = &outcome.measured {
                let run = publish.report(measured, began)?;
                if let (Some(db), Some(run)) = (&publish.db, run) {
                    Store::open(db)?.recommend(run, &outcome.verdict.reasons())?;
                }
            }
            // With JSON on standard output, the verdict goes where it does not disturb.
            let verdict = gate::render(&outcome.verdict);
            match publish.format {
                Format::Json if outcome.measured.is_some() => anstream::eprint!("{verdict}"),
                _ => anstream::print!("{verdict}"),
            }
            return Ok(if outcome.verdict.passes() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Runs(arguments) => anstream::print!("{}", stored::runs(&arguments)?),
        Command::Compare(arguments) => anstream::print!("{}", stored::compare(&arguments)?),
    }
    Ok(ExitCode::SUCCESS)
}

impl Publish {
    /// Prints, writes and stores; gives the run's number in the database.
    fn report(&self, measured: &Measured, began: u64) -> anyhow::Result<Option<i64>> {
        let json =
            || serde_json::to_string_pretty(&measured.report).context("the report is not serialisable");
        if let Some(path) = &self.output {
            write(path, &(json()? + "\n"))?;
        }
        // Shown with the text; JSON may go to a program that looks at figures only.
        if self.format == Format::Json {
            for warning in &measured.report.warnings {
                anstream::eprintln!("evaluator: {warning}");
            }
        }
        match self.format {
            Format::Text => anstream::print!("{}", text::render(&measured.report)),
            Format::Json => anstream::println!("{}", json()?),
        }
        let Some(db) = &self.db else { return Ok(None) };
        let command: Vec<String> =
            std::env::args_os().map(|part| part.to_string_lossy().into_owned()).collect();
        let label = Label { experiment: &self.experiment, began, command: &command.join(" ") };
        Ok(Some(Store::open(db)?.add(measured, &label)?))
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
