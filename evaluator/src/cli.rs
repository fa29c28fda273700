//! The command line: one subcommand a kind of measurement.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::collection::command as collection;
use crate::report::{Format, Report, text};
use crate::set::command as set;

/// Measures secretscan's verdicts: figures with intervals, paired tests, the ship gate.
#[derive(Debug, Parser)]
#[command(name = "evaluator", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// How results are printed.
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
    /// Also write the results as JSON to this file.
    #[arg(long, value_name = "FILE", global = true)]
    output: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Collection(collection::Arguments),
    Set(set::Arguments),
}

/// Runs the program. Exit status 0, 1 for a measurement or gate that failed, 2 for a wrong command line.
pub fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            anstream::eprintln!("evaluator: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { command, format, output } = arguments;
    match command {
        Command::Collection(arguments) => {
            let measured = collection::run(&arguments)?;
            publish(&measured.report, format, output.as_deref())?;
        }
        Command::Set(arguments) => {
            let measured = set::run(&arguments)?;
            publish(&measured.report, format, output.as_deref())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a report and writes it to a file.
fn publish(report: &Report, format: Format, output: Option<&std::path::Path>) -> anyhow::Result<()> {
    use anyhow::Context as _;
    let json = || serde_json::to_string_pretty(report).context("the report is not serialisable");
    if let Some(path) = output {
        std::fs::write(path, json()? + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    }
    match format {
        Format::Text => anstream::print!("{}", text::render(report)),
        Format::Json => anstream::println!("{}", json()?),
    }
    Ok(())
}
