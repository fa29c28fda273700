//! Where a run begins: fresh weights, or those of a model that is there.

use std::path::{Path, PathBuf};

use anyhow::bail;
use candle_core::Device;

use super::pretrain::Shape;
use crate::model::{Config, Parameters};

/// The tokenizer's file: that of the model in `init`, else `tokenizer`.
pub fn tokenizer(init: Option<&Path>, tokenizer: Option<&Path>) -> anyhow::Result<PathBuf> {
    match (init, tokenizer) {
        (Some(folder), _) => Ok(folder.join("tokenizer.json")),
        (None, Some(file)) => Ok(file.to_owned()),
        (None, None) => bail!("give init (the folder of a model) or tokenizer (a file)"),
    }
}

/// The network's shape and first weights: those in `init`, else fresh ones of `shape`, drawn by `seed`.
///
/// An error if the network and the `vocabulary` (tokens) do not fit.
pub fn weights(
    init: Option<&Path>,
    shape: &Shape,
    seed: u64,
    vocabulary: usize,
    device: &Device,
) -> anyhow::Result<(Config, Parameters)> {
    if let Some(folder) = init {
        return load(folder, vocabulary, device);
    }
    let config = shape.config(vocabulary);
    config.check()?;
    let parameters = Parameters::init(&config, seed, device)?;
    Ok((config, parameters))
}

/// The model in `folder`. An error if it and its `vocabulary` (tokens) do not fit.
pub fn load(folder: &Path, vocabulary: usize, device: &Device) -> anyhow::Result<(Config, Parameters)> {
    let config = Config::load(folder)?;
    if config.vocab_size != vocabulary {
        bail!("{}: the model has {} tokens, its tokenizer {vocabulary}", folder.display(), config.vocab_size);
    }
    let parameters = Parameters::load(folder, &config, device)?;
    Ok((config, parameters))
}
