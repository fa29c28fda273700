//! The command line: the only place that knows clap, the terminal and the environment.

mod args;
mod baseline;
mod explain;
mod git;
mod hook;
mod manual;
mod merge;
mod migrate;
mod outputs;
mod progress;
pub mod rules;
mod scan;
mod settings;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches};

use crate::exit::Exit;
use args::{Cli, Command};

/// Parses the process's arguments and runs them.
pub fn run() -> anyhow::Result<Exit> {
    let matches = match Cli::command().try_get_matches_from(std::env::args_os()) {
        Ok(matches) => matches,
        Err(answer) => return answer_of_clap(&answer),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(answer) => return answer_of_clap(&answer),
    };
    let matches = matches.subcommand().map_or(&matches, |(_, sub)| sub);
    match cli.command {
        None => {
            if cli.scan.paths.is_empty() {
                Cli::command().print_help()?;
                return Ok(Exit::Usage);
            }
            scan::files(&cli.scan, matches)
        }
        Some(Command::Scan(args)) => scan::files(&args, matches),
        Some(Command::Staged(args)) => git::staged(&args, matches),
        Some(Command::Diff(args)) => git::diff(&args, matches),
        Some(Command::History(args)) => git::history(args, matches),
        Some(Command::Push(args)) => git::push(args, matches),
        Some(Command::Explain(args)) => explain::run(&args),
        Some(Command::Merge(args)) => merge::run(&args, matches),
        Some(Command::Completions(args)) => manual::completions(args.shell),
        Some(Command::Man) => manual::page(),
        Some(Command::Schema(args)) => manual::schema(args.of),
        Some(Command::Hook(args)) => hook::run(args),
        Some(Command::Baseline(args)) => baseline::run(&args),
        Some(Command::Migrate(args)) => migrate::run(&args),
        Some(Command::Rules(args)) => {
            let fine = rules::run(&args, &mut anstream::stdout().lock())?;
            Ok(if fine { Exit::Clean } else { Exit::Findings })
        }
    }
}

/// Prints help, version or a usage error as clap wants it; help and version are successes.
fn answer_of_clap(answer: &clap::Error) -> anyhow::Result<Exit> {
    answer.print()?;
    Ok(if answer.use_stderr() { Exit::Usage } else { Exit::Clean })
}

/// The error chain, one cause a line, without repeating what a cause already said.
pub fn describe(error: &anyhow::Error) -> String {
    let mut text = format!("secretscan: error: {error}");
    let mut said = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !said.contains(&cause) {
            text.push_str("\n  cause: ");
            text.push_str(&cause);
            said = cause;
        }
    }
    text
}

/// The folder the process runs in.
fn current_folder() -> anyhow::Result<PathBuf> {
    std::env::current_dir().map_err(|error| anyhow::anyhow!("cannot tell the current folder: {error}"))
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Writes a line to standard error unless `quiet`. A closed standard error is nobody's loss.
fn remark(quiet: bool, text: &str) {
    if !quiet {
        let _ = writeln!(anstream::stderr(), "{text}");
    }
}

/// True if the error is a reader that went away (`secretscan … | head`).
fn is_broken_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}
