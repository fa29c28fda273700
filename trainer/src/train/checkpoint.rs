//! Everything that a run needs to go on exactly as if it had not stopped, in one folder a time.
//!
//! A checkpoint appears under its name only when it is whole; older ones go when newer ones are there.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use candle_core::Device;
use serde::{Deserialize, Serialize};

use super::optimizer::{AdamConfig, AdamW};
use crate::model::Parameters;
use crate::usage::Usage;

/// What is no tensor. Random numbers and the place in the data follow from the seed and the step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Steps done.
    pub step: u64,
    /// Tokens seen.
    pub tokens: u64,
    /// Best score of a validation, and its step.
    pub best: Option<(f64, u64)>,
    /// Validations since.
    pub stale: u64,
    /// What earlier parts of the run have cost.
    pub usage: Usage,
    /// SHA-256 of the data's and the tokenizer's files and of the settings that decide: another one cannot go on here.
    pub fingerprint: String,
}

/// The tensors of a run.
#[derive(Debug)]
pub struct Tensors {
    /// Being trained.
    pub parameters: Parameters,
    /// Their running average, if one is kept.
    pub average: Option<Parameters>,
    /// The optimizer.
    pub optimizer: AdamW,
}

/// Writes a checkpoint below `directory` and removes all but the newest `keep`.
pub fn save(directory: &Path, state: &State, tensors: &Tensors, keep: usize) -> anyhow::Result<()> {
    let unfinished = directory.join("unfinished");
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished)
            .with_context(|| format!("cannot remove {}", unfinished.display()))?;
    }
    std::fs::create_dir_all(&unfinished).with_context(|| format!("cannot make {}", unfinished.display()))?;
    tensors.parameters.save(&unfinished.join("weights.safetensors"))?;
    if let Some(average) = &tensors.average {
        average.save(&unfinished.join("average.safetensors"))?;
    }
    tensors.optimizer.save(&tensors.parameters, &unfinished.join("optimizer.safetensors"))?;
    let text = serde_json::to_string_pretty(&(state, tensors.optimizer.steps()))?;
    std::fs::write(unfinished.join("state.json"), text)?;
    let name = directory.join(format!("step-{:08}", state.step));
    if name.exists() {
        std::fs::remove_dir_all(&name).with_context(|| format!("cannot remove {}", name.display()))?;
    }
    std::fs::rename(&unfinished, &name).with_context(|| format!("cannot make {}", name.display()))?;
    let mut all = list(directory)?;
    all.truncate(all.len().saturating_sub(keep.max(1)));
    for old in all {
        std::fs::remove_dir_all(&old).with_context(|| format!("cannot remove {}", old.display()))?;
    }
    Ok(())
}

/// Whole checkpoints, the oldest first.
pub fn list(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    if directory.exists() {
        for entry in std::fs::read_dir(directory)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("step-")) {
                all.push(path);
            }
        }
    }
    all.sort();
    Ok(all)
}

/// Reads a checkpoint of weights like `fresh`; an error if it was made with other data or settings than `fingerprint` stands
/// for.
pub fn load(
    path: &Path,
    fresh: &Parameters,
    optimizer: AdamConfig,
    fingerprint: &str,
    device: &Device,
) -> anyhow::Result<(State, Tensors)> {
    let file = path.join("state.json");
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let (state, steps): (State, u32) =
        serde_json::from_str(&text).with_context(|| format!("{} is damaged", file.display()))?;
    if state.fingerprint != fingerprint {
        bail!(
            "{} was made with other data or settings ({}, now {fingerprint}); start anew in another folder",
            path.display(),
            state.fingerprint
        );
    }
    let parameters = Parameters::load_file(&path.join("weights.safetensors"), fresh.shapes(), device)?;
    let average = path.join("average.safetensors");
    let average =
        if average.exists() { Some(Parameters::load_file(&average, fresh.shapes(), device)?) } else { None };
    let optimizer = AdamW::load(optimizer, &parameters, &path.join("optimizer.safetensors"), steps)?;
    Ok((state, Tensors { parameters, average, optimizer }))
}
