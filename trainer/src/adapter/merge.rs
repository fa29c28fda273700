//! An adapter put into the weights: W + s·B·A, as a checkpoint like any other.

use std::path::Path;

use anyhow::{Context as _, bail};
use candle_core::{Device, Result, Tensor};

use super::lora::Adapters;
use super::peft;
use crate::model::{Config, Parameters};

impl Adapters {
    /// A copy of `base` with the updates added.
    pub fn merged(&self, base: &Parameters) -> Result<Parameters> {
        let merged = base.copied()?;
        for (path, lora) in self.modules() {
            let var = merged.get(&format!("{path}.weight"))?;
            let sum: Tensor = (var.as_detached_tensor() + lora.update()?)?;
            var.set(&sum)?;
        }
        Ok(merged)
    }
}

/// Merges the adapter in `adapter` into the checkpoint in `base` and writes a checkpoint to `out`: the base's config.json and
/// tokenizer.json as they are, and the weights. Refuses an adapter that would change nothing.
pub fn merge(base: &Path, adapter: &Path, out: &Path) -> anyhow::Result<()> {
    let model = Config::load(base)?;
    let weights = Parameters::load(base, &model, &Device::Cpu)
        .with_context(|| format!("cannot read the base in {}", base.display()))?;
    let adapters = peft::load(adapter, &model, &Device::Cpu)
        .with_context(|| format!("the adapter in {} does not fit {}", adapter.display(), base.display()))?;
    let mut moved = 0.0;
    for (path, lora) in adapters.modules() {
        let norm = super::verify::norm(&lora.update()?)?;
        if !norm.is_finite() {
            bail!(
                "the adapter's {path} holds a number that is not finite: its training went wrong; train it again"
            );
        }
        moved += norm;
    }
    if moved == 0.0 {
        bail!(
            "the adapter changes nothing (B is zero in every module): it has not been trained; train it first"
        );
    }
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    if out.canonicalize()? == base.canonicalize()? {
        bail!("--out is the base itself, which would be lost; give another directory");
    }
    for file in ["config.json", "tokenizer.json"] {
        let (from, to) = (base.join(file), out.join(file));
        if from.exists() {
            std::fs::copy(&from, &to)
                .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
        }
    }
    let partial = out.join("model.partial");
    adapters
        .merged(&weights)?
        .save(&partial)
        .with_context(|| format!("cannot write {}", partial.display()))?;
    std::fs::rename(&partial, out.join("model.safetensors"))
        .with_context(|| format!("cannot write model.safetensors in {}", out.display()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::super::testing::{self, adapters, config, parameters, questions, trained, worst};
    use super::*;
    use crate::gguf::parity::{checkpoint_logits, logits};
    use crate::model::Llama;

    #[test]
    fn merged_equals_unmerged_and_the_base_stays() {
        let base = parameters();
        let before = base.copied().unwrap();
        let adapters = trained(&base, 2);
        let apart = logits(&adapters.frozen(&config(), &base).unwrap(), &questions()).unwrap();
        let merged = adapters.merged(&base).unwrap();
        let together = logits(&Llama::frozen(&config(), &merged).unwrap(), &questions()).unwrap();
        assert!(worst(&apart, &together) < 1e-4);
        let plain = logits(&Llama::frozen(&config(), &base).unwrap(), &questions()).unwrap();
        assert!(worst(&plain, &together) > 0.1, "{}", worst(&plain, &together));
        for ((name, a), (_, b)) in base.iter().zip(before.iter()) {
            let moved = super::super::verify::norm(&(a.as_tensor() - b.as_tensor()).unwrap()).unwrap();
            assert!(moved < f64::MIN_POSITIVE, "{name}: {moved}");
        }
    }

    #[test]
    fn a_checkpoint_is_written_and_nothing_is_lost() {
        let (base, directory) = (testing::base(), tempfile::tempdir().unwrap());
        let (adapter, out) = (directory.path().join("adapter"), directory.path().join("merged"));
        let trained = trained(&parameters(), 2);
        peft::save(&trained, &adapter).unwrap();
        merge(base.path(), &adapter, &out).unwrap();
        let there = checkpoint_logits(&out, &questions()).unwrap();
        let here = logits(&trained.frozen(&config(), &parameters()).unwrap(), &questions()).unwrap();
        assert!(worst(&there, &here) < 1e-4);
        assert!(out.join("tokenizer.json").exists());
        let error = merge(base.path(), &adapter, base.path()).unwrap_err().to_string();
        assert!(error.contains("base itself"), "{error}");
        peft::save(&adapters(1), &adapter).unwrap();
        let error = merge(base.path(), &adapter, &out).unwrap_err().to_string();
        assert!(error.contains("changes nothing"), "{error}");
    }
}
