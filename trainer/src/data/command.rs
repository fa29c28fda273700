//! `trainer data`.

use clap::Subcommand;

/// What to do with data.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build the sets from collections and generators.
    Build,
}

/// Runs it.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Build => anyhow::bail!("not built yet"),
    }
}
