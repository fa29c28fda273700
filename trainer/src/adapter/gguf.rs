//! An adapter as a GGUF of llama.cpp: `general.type` adapter, `adapter.type` lora, tensors `<name>.lora_a` and `.lora_b`.
//!
//! llama.cpp scales a module by `adapter.lora.alpha` over its rank, with one alpha for all. So alpha is written as
//! scale · rank, which is right for rsLoRA too; an adapter whose modules differ in it cannot be said in the format and is
//! refused. A base in Hugging Face's order of rotary positions gets the rows of B of its queries and keys reordered, as
//! `gguf::convert` reorders the base's.

use std::path::Path;

use anyhow::{Context as _, bail};
use candle_core::quantized::GgmlDType;
use candle_core::{Device, Tensor};
use secretscan::judge::gguf::Value;

use super::lora::Adapters;
use super::peft;
use crate::gguf::convert::Converted;
use crate::gguf::metadata::{float, text, unsigned};
use crate::gguf::names;
use crate::gguf::package;
use crate::gguf::quantize;
use crate::model::Config;

/// Metadata key of α.
pub const ALPHA_KEY: &str = "adapter.lora.alpha";

/// The α that llama.cpp needs: scale · rank, one for all modules.
pub fn alpha(adapters: &Adapters) -> anyhow::Result<f64> {
    let mut all = adapters.modules().iter().map(|(path, lora)| (path, lora.scale * lora.rank() as f64));
    let (first, alpha) = all.next().context("the adapter has no module")?;
    if let Some((path, other)) = all.find(|(_, other)| (other - alpha).abs() > 1e-6 * alpha.abs()) {
        bail!(
            "{path} needs alpha {other}, {first} needs {alpha}, and an adapter GGUF has one alpha for all modules; merge the \
             adapter (`trainer merge`) and convert the merged checkpoint, or train without alpha_pattern (and without \
             rank_pattern if use_rslora)"
        );
    }
    Ok(alpha)
}

/// Metadata and tensors of the file, F32.
pub fn adapter(adapters: &Adapters, model: &Config, name: &str) -> anyhow::Result<Converted> {
    let entry = |key: &str, value: Value| (key.to_owned(), value);
    let metadata = vec![
        entry("general.architecture", text("llama")),
        entry("general.type", text("adapter")),
        entry("general.name", text(name)),
        entry("general.file_type", unsigned(0)),
        entry("general.quantization_version", unsigned(2)),
        entry("adapter.type", text("lora")),
        entry(ALPHA_KEY, float(alpha(adapters)? as f32)),
    ];
    let mut tensors = Vec::new();
    for (path, lora) in adapters.modules() {
        let place = names::in_gguf(&format!("{path}.weight"))
            .with_context(|| format!("llama.cpp has no name for {path}"))?;
        let b = match names::rotated_heads(path, model) {
            Some(heads) if !model.rope_interleaved => interleave(lora.b.as_tensor(), heads)?,
            _ => lora.b.as_detached_tensor(),
        };
        tensors.push(quantize::store(
            &format!("{place}.lora_a"),
            &lora.a.as_detached_tensor(),
            GgmlDType::F32,
        )?);
        tensors.push(quantize::store(&format!("{place}.lora_b"), &b, GgmlDType::F32)?);
    }
    Ok(Converted { metadata, tensors })
}

/// Rows of each head from two halves to neighbouring pairs.
fn interleave(b: &Tensor, heads: usize) -> anyhow::Result<Tensor> {
    let (rows, rank) = b.dims2()?;
    let half = rows / heads / 2;
    Ok(b.detach().reshape((heads, 2, half, rank))?.transpose(1, 2)?.contiguous()?.reshape((rows, rank))?)
}

/// Writes the adapter in `directory`, which is of the checkpoint in `base`, to `out`. Returns its size in bytes.
pub fn convert(directory: &Path, base: &Path, out: &Path) -> anyhow::Result<u64> {
    let path = base.join("config.json");
    let json = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}; give the directory of the base", path.display()))?;
    let model: Config = serde_json::from_str(&json)
        .with_context(|| format!("{} holds no configuration of a Llama", path.display()))?;
    // Both orders of rotary positions are converted; only one of them is trained here.
    Config { rope_interleaved: true, ..model.clone() }.check()?;
    let adapters = peft::load(directory, &model, &Device::Cpu)
        .with_context(|| format!("the adapter in {} cannot be converted", directory.display()))?;
    let name = directory.file_name().map_or_else(|| "adapter".into(), |name| name.to_string_lossy());
    let form = adapter(&adapters, &model, &name)?;
    package::save(out, &form.metadata, &form.tensors)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::super::testing::{self, config, llama, parameters, questions, trained, worst};
    use super::*;
    use crate::adapter::target::Place;
    use crate::adapter::{Lora, PeftConfig, merge, target};
    use crate::gguf::parity::{self, logits};
    use candle_core::Var;

    #[test]
    fn llama_cpp_with_the_adapter_equals_the_network_with_it() {
        let (base, directory) = (testing::base(), tempfile::tempdir().unwrap());
        for rslora in [false, true] {
            let (path, out) = (directory.path().join("a"), directory.path().join("a.gguf"));
            let adapters = testing::train(
                testing::adapters_of(PeftConfig { rslora, ..testing::settings() }, 4),
                &parameters(),
            );
            peft::save(&adapters, &path).unwrap();
            convert(&path, base.path(), &out).unwrap();
            let header = parity::header(&out).unwrap();
            assert_eq!(
                (header.text("general.type"), header.text("adapter.type")),
                (Some("adapter"), Some("lora"))
            );
            assert_eq!(header.float(ALPHA_KEY), Some(if rslora { 16.0 } else { 8.0 }));
            let a = header.tensors.iter().find(|t| t.name == "blk.0.attn_q.weight.lora_a").unwrap();
            assert_eq!(a.shape, [64, 4], "fastest first");
            let there = llama(&base, Some(&out));
            let here = logits(&adapters.frozen(&config(), &parameters()).unwrap(), &questions()).unwrap();
            assert!(worst(&there, &here) < parity::TOLERANCE, "{}", worst(&there, &here));
            assert!(worst(&there, &llama(&base, None)) > 0.1);
        }
    }

    #[test]
    fn a_base_in_halves_gets_its_rows_of_b_turned() {
        let (base, directory) = (testing::base(), tempfile::tempdir().unwrap());
        let halves = Config { rope_interleaved: false, ..config() };
        halves.save(base.path()).unwrap();
        let (path, out) = (directory.path().join("a"), directory.path().join("a.gguf"));
        let adapters = trained(&parameters(), 4);
        peft::save(&adapters, &path).unwrap();
        convert(&path, base.path(), &out).unwrap();
        let apart = llama(&base, Some(&out));
        // The converter turns whole weights; put together before it, the same must come out.
        let merged = testing::base();
        halves.save(merged.path()).unwrap();
        adapters.merged(&parameters()).unwrap().save(&merged.path().join("model.safetensors")).unwrap();
        let together = llama(&merged, None);
        assert!(worst(&apart, &together) < parity::TOLERANCE, "{}", worst(&apart, &together));
        config().save(base.path()).unwrap();
        convert(&path, base.path(), &out).unwrap();
        halves.save(base.path()).unwrap();
        let unturned = llama(&base, Some(&out));
        assert!(worst(&unturned, &together) > parity::TOLERANCE, "the order of rows matters");
        assert!(merge::merge(base.path(), &path, directory.path()).is_err(), "training knows one order only");
    }

    #[test]
    fn ranks_may_differ_but_not_what_the_format_cannot_say() {
        let of = |config: PeftConfig| {
            let places = target::places(&config, &testing::config()).unwrap();
            let lora = |place: &Place| Lora {
                a: Var::ones(&place.a()[..], candle_core::DType::F32, &Device::Cpu).unwrap(),
                b: Var::ones(&place.b()[..], candle_core::DType::F32, &Device::Cpu).unwrap(),
                scale: place.scale,
            };
            let modules = places.iter().map(|(path, place)| (path.clone(), lora(place))).collect();
            alpha(&Adapters::of_modules(config, modules))
        };
        let ranks = PeftConfig { rank_pattern: vec![("v_proj".into(), 2)], ..testing::settings() };
        assert!((of(ranks.clone()).unwrap() - 8.0).abs() < 1e-9);
        let error = of(PeftConfig { rslora: true, ..ranks }).unwrap_err().to_string();
        assert!(error.contains("one alpha") && error.contains("merge"), "{error}");
        assert!(
            of(PeftConfig { alpha_pattern: vec![("v_proj".into(), 2.0)], ..testing::settings() }).is_err()
        );
    }
}
