//! What the weights of a run are: those of the whole network, or an adapter's over a frozen base (LoRA, Hu et al. 2021).
//!
//! The loop knows weights by name only; here is how their gradients come about, which network they make, and as which files
//! it is kept. A base is read, never written to.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use candle_core::{Device, Result, Tensor};
use rand::Rng as _;

use super::lesson::{Lesson, Losses};
use super::optimizer::Gradients;
use super::shuffle::random;
use super::step::Network;
use crate::adapter::{AdapterError, Adapters, LoraSettings, peft};
use crate::model::{Config, Parameters};

/// Purposes of random numbers, apart from those of the data.
const DROPOUT: u64 = 5;
const FIRST_MATRICES: u64 = 6;

/// What is trained.
#[derive(Debug)]
pub enum Learner {
    /// All weights of the network.
    Whole,
    /// The matrices of an adapter.
    Adapter(Box<Adapted>),
}

/// An adapter's form, and what it stands on.
#[derive(Debug)]
pub struct Adapted {
    base: Parameters,
    /// Its matrices are those that a run begins with.
    adapters: Adapters,
}

impl Learner {
    /// An adapter over the weights `base`, which are those of the folder `name`, and its first matrices: A random, B zero.
    pub fn adapter(
        settings: &LoraSettings,
        name: &Path,
        network: &Config,
        base: Parameters,
        seed: u64,
        device: &Device,
    ) -> std::result::Result<(Self, Parameters), AdapterError> {
        // Not the seed itself: the base's weights may have been drawn by it.
        let seed = random(seed, FIRST_MATRICES, 0).random();
        let adapters = settings.begin(network, &name.display().to_string(), seed, device)?;
        let fresh = Parameters::of(adapters.variables());
        Ok((Self::Adapter(Box::new(Adapted { base, adapters })), fresh))
    }

    /// `full` or `lora`, as in the settings.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Whole => "full",
            Self::Adapter(_) => "lora",
        }
    }

    /// Sum of the gradients of `parameters` and of the losses of a step's lessons; dropout goes by `seed` and `step`.
    pub fn gradients(
        &self,
        network: &Network,
        parameters: &Parameters,
        lessons: &[Lesson],
        seed: u64,
        step: u64,
    ) -> Result<(Gradients, Losses)> {
        match self {
            Self::Whole => network.gradients(parameters, lessons),
            Self::Adapter(adapted) => {
                let adapters = adapted.over(parameters)?;
                if adapters.config().dropout > 0.0 {
                    let mut random = random(seed, DROPOUT, step);
                    let lessons: Vec<(&Lesson, u64)> = lessons.iter().map(|l| (l, random.random())).collect();
                    network.adapter_gradients(&adapters, &adapted.base, &lessons)
                } else {
                    adapted.merged_gradients(network, &adapters, lessons)
                }
            }
        }
    }

    /// The weights of the network that `parameters` make: themselves, or the base with the adapter merged into it.
    pub fn weights<'a>(&self, parameters: &'a Parameters) -> Result<Cow<'a, Parameters>> {
        match self {
            Self::Whole => Ok(Cow::Borrowed(parameters)),
            Self::Adapter(adapted) => adapted.over(parameters)?.merged(&adapted.base).map(Cow::Owned),
        }
    }

    /// Writes what comes of a run: a model's three files, or an adapter's two in PEFT's form. The weights appear whole or not
    /// at all.
    pub fn save(
        &self,
        parameters: &Parameters,
        network: &Config,
        tokenizer: &Path,
        directory: &Path,
    ) -> anyhow::Result<()> {
        if let Self::Adapter(adapted) = self {
            return Ok(peft::save(&adapted.over(parameters)?, directory)?);
        }
        std::fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        let unfinished: PathBuf = directory.join("model.safetensors.unfinished");
        parameters.save(&unfinished)?;
        std::fs::rename(&unfinished, directory.join("model.safetensors"))?;
        network.save(directory)?;
        std::fs::copy(tokenizer, directory.join("tokenizer.json"))
            .with_context(|| format!("cannot copy {}", tokenizer.display()))?;
        Ok(())
    }

    /// The weights of the network that [`Learner::save`] wrote.
    pub fn load(&self, directory: &Path, network: &Config, device: &Device) -> anyhow::Result<Parameters> {
        Ok(match self {
            Self::Whole => Parameters::load(directory, network, device)?,
            Self::Adapter(adapted) => peft::load(directory, network, device)?.merged(&adapted.base)?,
        })
    }
}

impl Adapted {
    /// The adapter with these matrices.
    fn over(&self, matrices: &Parameters) -> Result<Adapters> {
        self.adapters.rebound(|name| matrices.get(name).cloned())
    }

    /// By way of the merged weights. The gradients of the others are taken for nothing, and still it takes less time than
    /// the graph: 3.6 against 5.8 seconds of a core for a step of 17,500 tokens with the default shape.
    fn merged_gradients(
        &self,
        network: &Network,
        adapters: &Adapters,
        lessons: &[Lesson],
    ) -> Result<(Gradients, Losses)> {
        let merged = adapters.merged(&self.base)?;
        let (whole, losses) = network.gradients(&merged, lessons)?;
        let whole: BTreeMap<&str, &Tensor> =
            merged.iter().map(|(name, _)| name).zip(whole.tensors()).collect();
        let gradients = adapters.gradients(|name| match whole.get(name) {
            Some(&gradient) => Ok(gradient.clone()),
            None => candle_core::bail!("no gradient is that of {name}"),
        })?;
        Ok((Gradients::new(gradients.into_values().collect()), losses))
    }
}

#[cfg(test)]
mod tests;
