//! Puts beside the weights what the scanner's cascade needs: the feature model, calibration, bounds, presets.
//!
//! The file is written anew with the tensors' bytes as they are; keys that are set replace those that were there.

use std::path::Path;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use candle_core::quantized::GgmlDType;
use secretscan::judge::cascade::{
    BOUNDS_KEYS, FEATURES_KEY, FEATURES_PRESET_PREFIX, PRESET_PREFIX, Thresholds,
};
use secretscan::judge::gguf::{Gguf, Value};
use secretscan::judge::profile::{BIAS_KEY, PRIOR_KEY, TEMPERATURE_KEY};
use serde::{Deserialize, Serialize};

use super::metadata::{float, text};
use super::writer::{self, Stored};

/// Keys and values in the order of the file.
pub type Metadata = Vec<(String, Value)>;

/// How verdicts are made from logits: chosen on validation repositories, per quantization.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdicts {
    /// Divides the language model's difference of logits.
    pub temperature: f32,
    /// Is added.
    pub bias: f32,
    /// Weight of the feature model's log-odds.
    pub prior: f32,
    /// Probabilities of the feature model between which the language model is asked.
    pub bounds: [f32; 2],
    /// Of the stack.
    pub presets: Thresholds,
    /// Of the feature model alone.
    pub features: Thresholds,
}

impl Verdicts {
    /// Reads what `trainer calibrate` wrote.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} holds no verdict settings", path.display()))
    }
}

/// Reads a file's metadata and tensors.
pub fn read(path: &Path) -> anyhow::Result<(Metadata, Vec<Stored>)> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let gguf = Gguf::read(&bytes[..], bytes.len() as u64)
        .with_context(|| format!("{} is no GGUF that can be packaged", path.display()))?;
    let mut tensors = Vec::new();
    for tensor in &gguf.tensors {
        let start = usize::try_from(gguf.data_start + tensor.offset)?;
        let data = bytes.get(start..start + usize::try_from(tensor.bytes)?);
        let data = data.with_context(|| format!("{} ends within {}", path.display(), tensor.name))?;
        tensors.push(Stored {
            name: tensor.name.clone(),
            shape: tensor.shape.iter().rev().map(|&n| n as usize).collect(),
            dtype: dtype(tensor.kind)?,
            data: data.to_vec(),
        });
    }
    Ok((gguf.metadata.into_iter().collect(), tensors))
}

fn dtype(code: u32) -> anyhow::Result<GgmlDType> {
    Ok(match code {
        0 => GgmlDType::F32,
        1 => GgmlDType::F16,
        2 => GgmlDType::Q4_0,
        8 => GgmlDType::Q8_0,
        12 => GgmlDType::Q4K,
        13 => GgmlDType::Q5K,
        14 => GgmlDType::Q6K,
        other => bail!("tensors of type {other} cannot be packaged"),
    })
}

/// The metadata with the feature model and the verdicts in it.
pub fn with_cascade(mut metadata: Metadata, features: &[u8], verdicts: &Verdicts) -> Metadata {
    let mut set = vec![
        (FEATURES_KEY.to_owned(), text(&BASE64_STANDARD.encode(features))),
        (TEMPERATURE_KEY.to_owned(), float(verdicts.temperature)),
        (BIAS_KEY.to_owned(), float(verdicts.bias)),
        (PRIOR_KEY.to_owned(), float(verdicts.prior)),
        (BOUNDS_KEYS[0].to_owned(), float(verdicts.bounds[0])),
        (BOUNDS_KEYS[1].to_owned(), float(verdicts.bounds[1])),
    ];
    for (prefix, presets) in [(PRESET_PREFIX, verdicts.presets), (FEATURES_PRESET_PREFIX, verdicts.features)]
    {
        for (name, value) in
            [("strict", presets.strict), ("balanced", presets.balanced), ("recall", presets.recall)]
        {
            set.push((format!("{prefix}{name}"), float(value)));
        }
    }
    metadata.retain(|(key, _)| set.iter().all(|(new, _)| new != key));
    metadata.extend(set);
    metadata
}

/// Writes `out` from the GGUF `model`, the feature model `features` and `verdicts`.
pub fn package(model: &Path, features: &Path, verdicts: &Verdicts, out: &Path) -> anyhow::Result<u64> {
    let (metadata, tensors) = read(model)?;
    let features = std::fs::read(features).with_context(|| format!("cannot read {}", features.display()))?;
    let metadata = with_cascade(metadata, &features, verdicts);
    save(out, &metadata, &tensors)
}

/// Writes a file and tells its size in bytes. Written beside and renamed, so that no half file is ever found.
pub fn save(out: &Path, metadata: &[(String, Value)], tensors: &[Stored]) -> anyhow::Result<u64> {
    let partial = out.with_extension("partial");
    let write = || -> std::io::Result<u64> {
        let file = std::fs::File::create(&partial)?;
        writer::write(std::io::BufWriter::new(&file), metadata, tensors)?;
        file.sync_all()?;
        std::fs::rename(&partial, out)?;
        Ok(std::fs::metadata(out)?.len())
    };
    write().with_context(|| format!("cannot write {}", out.display()))
}
