//! The GGUFs in llama.cpp: the base, and the adapter over it.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Tensor};
use secretscan::judge::gguf::Value;

use super::probes::{self, Difference};
use super::{Check, MOVED, Subject, named};
use crate::adapter::gguf::{self as form, ALPHA_KEY};
use crate::gguf::llama::Runner;
use crate::gguf::names;
use crate::gguf::writer::Stored;
use crate::gguf::{package, parity, quantize};
use crate::model::Parameters;

const CONVERT: &str = "convert it again with `trainer adapter convert`";

/// A GGUF's metadata, and its tensors by name.
pub(super) struct File {
    pub(super) metadata: BTreeMap<String, Value>,
    pub(super) tensors: BTreeMap<String, Stored>,
}

impl File {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let (metadata, tensors) = package::read(path)?;
        let tensors = tensors.into_iter().map(|tensor| (tensor.name.clone(), tensor)).collect();
        Ok(Self { metadata: metadata.into_iter().collect(), tensors })
    }

    /// Largest difference of a logit, over the whole vocabulary, that llama.cpp on this file may show against the network on
    /// weights stored in the same types: llama.cpp keeps keys and values in F16, and rounds the activations too where weights
    /// are not F32. Quantized types go by the spread of `logits`, the network's. Measured with the default shape and random
    /// weights: F32 0.016, F16 0.023, Q8_0 0.10 spreads, Q4_K_M 0.15 spreads.
    pub(super) fn tolerance(&self, logits: &[Vec<f32>]) -> f32 {
        let has = |wanted: &[GgmlDType]| self.tensors.values().any(|tensor| wanted.contains(&tensor.dtype));
        if has(&[GgmlDType::Q4_0, GgmlDType::Q4K]) {
            0.5 * probes::spread(logits)
        } else if !self.is_exact() {
            0.3 * probes::spread(logits)
        } else if has(&[GgmlDType::F16]) {
            2.0 * parity::TOLERANCE
        } else {
            parity::TOLERANCE
        }
    }

    /// Whether no weight is quantized.
    pub(super) fn is_exact(&self) -> bool {
        self.tensors.values().all(|t| matches!(t.dtype, GgmlDType::F32 | GgmlDType::F16))
    }

    /// `weights` as they are after being stored in this file's types. `None` if the file lacks one, or has it in another shape.
    pub(super) fn rounded(&self, weights: &Parameters) -> anyhow::Result<Option<Parameters>> {
        let rounded = weights.copied()?;
        for (name, var) in rounded.iter() {
            let stored = names::in_gguf(name).and_then(|name| self.tensors.get(&name));
            let Some(stored) = stored.filter(|stored| stored.shape == var.dims()) else { return Ok(None) };
            if stored.dtype != GgmlDType::F32 {
                var.set(&numbers(&quantize::store(name, &var.as_detached_tensor(), stored.dtype)?)?)?;
            }
        }
        Ok(Some(rounded))
    }
}

/// The numbers of a stored tensor as F32.
pub(super) fn numbers(stored: &Stored) -> anyhow::Result<Tensor> {
    let storage = QStorage::from_data(stored.data.as_slice().into(), &Device::Cpu, stored.dtype)?;
    Ok(QTensor::new(storage, stored.shape.as_slice())?.dequantize(&Device::Cpu)?)
}

/// Checks the base's GGUF, then the adapter's over it.
pub(super) fn check(
    subject: &Subject,
    base: &Path,
    adapter: Option<&Path>,
    checks: &mut Vec<Check>,
) -> anyhow::Result<()> {
    let file = File::read(base)?;
    let Some(weights) = file.rounded(&subject.base)? else {
        checks.push(Check::new("base GGUF", "other tensors", "the base's", false, || {
            format!(
                "{} is of another model than --base; convert the base with `trainer gguf convert`",
                named(base)
            )
        }));
        return Ok(());
    };
    let expected = probes::plain(&subject.model, &weights, &subject.questions)?;
    let plain = Runner::open(base, None)?.logits(&subject.questions)?;
    let limit = file.tolerance(&expected);
    let worst = Difference::of(&plain, &expected).worst;
    checks.push(Check::new(
        "base GGUF",
        format!("{worst:.2e}"),
        format!("<= {limit:.2e}"),
        worst <= limit,
        || {
            format!(
                "{} is not the model in --base; convert the base with `trainer gguf convert`",
                named(base)
            )
        },
    ));
    let Some(adapter) = adapter else { return Ok(()) };
    let form = File::read(adapter)?;
    checks.push(scale(subject, &form)?);
    checks.push(tensors(subject, &form)?);
    let logits = Runner::open(base, Some(adapter)).and_then(|mut runner| runner.logits(&subject.questions));
    let logits = match logits {
        Ok(logits) => logits,
        Err(error) => {
            checks.push(Check::new("adapter GGUF loads", "no", "yes", false, || {
                format!("{error:#}; {CONVERT}")
            }));
            return Ok(());
        }
    };
    let right = probes::adapted(&subject.model, &weights, &subject.adapters, &subject.questions)?;
    let expected_moved = Difference::of(&expected, &right);
    let moved = Difference::of(&logits, &plain);
    let share = moved.rms / expected_moved.rms.max(f32::MIN_POSITIVE);
    let measured = format!("{:.2e}, {share:.3} of what the adapter does", moved.worst);
    checks.push(Check::new(
        "adapter GGUF moves",
        measured,
        format!("> {MOVED}, > 0.5"),
        moved.worst > MOVED && share > 0.5,
        || format!("llama.cpp answers as without the adapter: {} is not applied; {CONVERT}", named(adapter)),
    ));
    let limit = file.tolerance(&right);
    let worst = Difference::of(&logits, &right).worst;
    let measured = format!("{worst:.2e}");
    checks.push(Check::new(
        "adapter GGUF = adapter",
        measured,
        format!("<= {limit:.2e}"),
        worst <= limit,
        || {
            format!(
                "llama.cpp with {} answers otherwise than --adapter over --base; {CONVERT}",
                named(adapter)
            )
        },
    ));
    Ok(())
}

fn scale(subject: &Subject, file: &File) -> anyhow::Result<Check> {
    let right = form::alpha(&subject.adapters)? as f32;
    let text = |key: &str| file.metadata.get(key).and_then(Value::as_str).unwrap_or("missing").to_owned();
    let kinds = (text("general.type"), text("adapter.type"));
    let found = file.metadata.get(ALPHA_KEY).and_then(Value::as_f64).unwrap_or(0.0) as f32;
    let typed = (kinds.0.as_str(), kinds.1.as_str()) == ("adapter", "lora");
    let good = typed && (found - right).abs() <= 1e-5 * right;
    Ok(Check::new("adapter GGUF scale", format!("alpha {found}"), format!("alpha {right}"), good, || {
        if typed {
            let times = found / right;
            format!(
                "its alpha is {times} times scale x rank, so llama.cpp would apply the adapter {times} times; {CONVERT}"
            )
        } else {
            format!(
                "general.type is {}, adapter.type is {}: it is no LoRA adapter; {CONVERT}",
                kinds.0, kinds.1
            )
        }
    }))
}

fn tensors(subject: &Subject, file: &File) -> anyhow::Result<Check> {
    let expected = form::adapter(&subject.adapters, &subject.model, "")?.tensors;
    let mut wrong = Vec::new();
    for tensor in &expected {
        match file.tensors.get(&tensor.name) {
            None => wrong.push(format!("{} is missing", tensor.name)),
            Some(found) if found.shape != tensor.shape => {
                wrong.push(format!("{} has another shape", tensor.name));
            }
            Some(found) => {
                let right = numbers(tensor)?;
                let apart = super::norm(&(numbers(found)? - &right)?)?;
                // Half precision keeps eleven bits.
                if apart.is_nan() || apart > 1e-3 * super::norm(&right)? {
                    wrong.push(format!("{} holds other numbers", tensor.name));
                }
            }
        }
    }
    let extra = file.tensors.keys().filter(|name| expected.iter().all(|tensor| tensor.name != **name));
    wrong.extend(extra.map(|name| format!("{name} is none of the adapter's")));
    let measured = format!("{} of {} wrong", wrong.len(), expected.len());
    Ok(Check::new("adapter GGUF tensors", measured, "0", wrong.is_empty(), || {
        format!("{} first: it is of another adapter, or damaged; {CONVERT}", wrong[0])
    }))
}
