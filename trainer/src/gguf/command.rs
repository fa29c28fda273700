//! `trainer gguf`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::convert;
use super::package::{self, Verdicts};
use super::parity;
use super::quantize::FileType;

/// What to do with GGUF files.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Convert a checkpoint, in one or more file types; prints sizes and compression.
    Convert(Convert),
    /// Put the feature model, calibration and presets into a GGUF.
    Package(Package),
    /// Compare a GGUF in llama.cpp with its checkpoint here: ids, logits, verdicts.
    Parity(parity::Arguments),
}

/// Arguments of `convert`.
#[derive(Debug, Args)]
pub struct Convert {
    /// Folder with config.json, model.safetensors and tokenizer.json.
    checkpoint: PathBuf,
    /// File types.
    #[arg(long = "type", value_enum, required = true)]
    types: Vec<FileType>,
    /// `general.name` of the model.
    #[arg(long)]
    name: String,
    /// Folder for NAME-TYPE.gguf.
    #[arg(long)]
    out: PathBuf,
}

/// Arguments of `package`.
#[derive(Debug, Args)]
pub struct Package {
    /// The GGUF.
    model: PathBuf,
    /// The feature model (safetensors, from `trainer boost train`).
    #[arg(long)]
    features: PathBuf,
    /// JSON with temperature, bias, prior, bounds, presets, features (from `trainer calibrate`).
    #[arg(long)]
    verdicts: PathBuf,
    /// The file to write.
    #[arg(long)]
    out: PathBuf,
}

/// Runs it.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Convert(arguments) => convert(&arguments),
        Command::Package(arguments) => {
            let verdicts = Verdicts::read(&arguments.verdicts)?;
            let bytes = package::package(&arguments.model, &arguments.features, &verdicts, &arguments.out)?;
            anstream::println!("{}  {bytes} bytes", arguments.out.display());
            Ok(())
        }
        Command::Parity(arguments) => parity::run(&arguments),
    }
}

fn convert(arguments: &Convert) -> anyhow::Result<()> {
    std::fs::create_dir_all(&arguments.out)
        .with_context(|| format!("cannot make {}", arguments.out.display()))?;
    for &file_type in &arguments.types {
        let converted = convert::convert(&arguments.checkpoint, file_type, &arguments.name)?;
        let path = arguments.out.join(format!("{}-{file_type}.gguf", arguments.name));
        let bytes = package::save(&path, &converted.metadata, &converted.tensors)?;
        let weights = converted.weights();
        anstream::println!(
            "{}  {bytes} bytes, {weights} weights, {:.2} bits a weight, 1/{:.2} of F32",
            path.display(),
            converted.tensor_bytes() as f64 * 8.0 / weights as f64,
            weights as f64 * 4.0 / converted.tensor_bytes() as f64,
        );
    }
    Ok(())
}
