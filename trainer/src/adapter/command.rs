//! `trainer merge`, `trainer adapter`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{gguf, merge};

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub struct Merge {
    /// Checkpoint that the adapter was trained on.
    #[arg(long)]
    base: PathBuf,
    /// Directory of the adapter (PEFT's files).
    #[arg(long)]
    adapter: PathBuf,
    /// Directory for the merged checkpoint.
    #[arg(long)]
    out: PathBuf,
}

/// What to do with adapters.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Convert an adapter to a GGUF for llama.cpp.
    Convert(Convert),
}

/// Arguments of `convert`.
#[derive(Debug, Args)]
pub struct Convert {
    /// Directory of the adapter (PEFT's files).
    #[arg(long)]
    adapter: PathBuf,
    /// Checkpoint that the adapter was trained on.
    #[arg(long)]
    base: PathBuf,
    /// The GGUF to write.
    #[arg(long)]
    out: PathBuf,
}

/// Runs `merge`.
pub fn merge(arguments: &Merge) -> anyhow::Result<()> {
    merge::merge(&arguments.base, &arguments.adapter, &arguments.out)?;
    anstream::println!("{}", arguments.out.display());
    Ok(())
}

/// Runs `adapter`.
pub fn run(command: Command) -> anyhow::Result<()> {
    let Command::Convert(arguments) = command;
    let bytes = gguf::convert(&arguments.adapter, &arguments.base, &arguments.out)?;
    anstream::println!("{}  {bytes} bytes", arguments.out.display());
    Ok(())
}
