//! A merged model that is given: a checkpoint or a GGUF of any file type.

use std::path::Path;

use candle_core::{Device, Tensor};

use super::gguf::{self, File};
use super::probes::{self, Difference};
use super::{Check, MOVED, SAME, Subject, named, norm};
use crate::gguf::llama::Runner;
use crate::gguf::names;
use crate::model::{Config, Parameters};

const MERGE: &str = "merge again with `trainer merge` (and convert that with `trainer gguf convert`)";

/// What the file gives, and what base and merged weights give when stored as it stores them.
struct Given {
    /// Logits of the file.
    found: Vec<Vec<f32>>,
    /// Largest difference allowed.
    limit: f32,
    /// Largest distance of the measured scale from 1 allowed.
    scale_limit: f64,
    base: Vec<Vec<f32>>,
    merged: Vec<Vec<f32>>,
    /// The scale that the adapter was merged at, in units of the right one.
    scale: f64,
}

/// Checks a checkpoint or a GGUF.
pub(super) fn check(subject: &Subject, path: &Path, checks: &mut Vec<Check>) -> anyhow::Result<()> {
    let given = if path.is_dir() { of_directory(subject, path)? } else { of_file(subject, path)? };
    let Some(given) = given else {
        checks.push(Check::new("merged file", "other tensors", "the base's", false, || {
            format!("{} is of another model than --base; {MERGE}", named(path))
        }));
        return Ok(());
    };
    let Given { scale, scale_limit, limit, .. } = given;
    let measured = format!("{scale:.4} times");
    checks.push(Check::new(
        "merged file scale",
        measured,
        format!("1 +- {scale_limit}"),
        (scale - 1.0).abs() <= scale_limit,
        || {
            if scale.abs() < 0.1 {
                format!("{} holds the base's weights: the adapter was never merged; {MERGE}", named(path))
            } else {
                format!("{} holds the adapter at {scale:.3} times its scale; {MERGE}", named(path))
            }
        },
    ));
    let worst = Difference::of(&given.found, &given.merged).worst;
    checks.push(Check::new(
        "merged file = merged",
        format!("{worst:.2e}"),
        format!("<= {limit:.2e}"),
        worst <= limit,
        || format!("{} answers otherwise than --adapter merged into --base; {MERGE}", named(path)),
    ));
    let moved = Difference::of(&given.found, &given.base);
    let share = moved.rms / Difference::of(&given.merged, &given.base).rms.max(f32::MIN_POSITIVE);
    checks.push(Check::new(
        "merged file differs",
        format!("{:.2e}, {share:.3} of what the adapter does", moved.worst),
        format!("> {MOVED}, > 0.5"),
        moved.worst > MOVED && share > 0.5,
        || format!("{} answers as the base does: the adapter is not applied; {MERGE}", named(path)),
    ));
    Ok(())
}

fn of_directory(subject: &Subject, path: &Path) -> anyhow::Result<Option<Given>> {
    let config = Config::load(path)?;
    if config != subject.model {
        return Ok(None);
    }
    let weights = Parameters::load(path, &config, &Device::Cpu)?;
    let found = probes::plain(&config, &weights, &subject.questions)?;
    let scale = scale(subject, |name| Ok(weights.get(name)?.as_detached_tensor()))?;
    Ok(Some(Given {
        found,
        limit: SAME,
        scale_limit: 0.01,
        base: subject.plain.clone(),
        merged: subject.adapted.clone(),
        scale,
    }))
}

fn of_file(subject: &Subject, path: &Path) -> anyhow::Result<Option<Given>> {
    let file = File::read(path)?;
    let merged = subject.adapters.merged(&subject.base)?;
    let (Some(base), Some(merged)) = (file.rounded(&subject.base)?, file.rounded(&merged)?) else {
        return Ok(None);
    };
    let base = probes::plain(&subject.model, &base, &subject.questions)?;
    let merged = probes::plain(&subject.model, &merged, &subject.questions)?;
    let limit = file.tolerance(&merged);
    let scale = scale(subject, |name| {
        let stored = names::in_gguf(name).and_then(|name| file.tensors.get(&name));
        gguf::numbers(stored.ok_or_else(|| anyhow::anyhow!("the file lacks {name}"))?)
    })?;
    Ok(Some(Given {
        found: Runner::open(path, None)?.logits(&subject.questions)?,
        limit,
        // Rounding to few bits is noise on the updates, which averages out over the weights.
        scale_limit: if file.is_exact() { 0.01 } else { 0.05 },
        base,
        merged,
        scale,
    }))
}

/// The factor of all updates that comes nearest to (weights − base), by least squares: 0 if the adapter was not merged.
fn scale(subject: &Subject, weight: impl Fn(&str) -> anyhow::Result<Tensor>) -> anyhow::Result<f64> {
    let (mut product, mut square) = (0.0, 0.0);
    for (path, lora) in subject.adapters.modules() {
        let name = format!("{path}.weight");
        let update = lora.update()?;
        let change = (weight(&name)? - subject.base.get(&name)?.as_detached_tensor())?;
        product += f64::from((&change * &update)?.sum_all()?.to_scalar::<f32>()?);
        square += norm(&update)?.powi(2);
    }
    Ok(if square > 0.0 { product / square } else { 0.0 })
}
