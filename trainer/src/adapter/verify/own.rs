//! The adapter by itself and over its base, in this program's own network.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{Device, Tensor};

use super::probes::{self, Difference};
use super::{Check, MOVED, SAME, Subject, norm};
use crate::adapter::config::PeftConfig;
use crate::adapter::{Adapters, peft, target};
use crate::model::{Batch, Config, ops};

const RETRAIN: &str = "train the adapter again from a good checkpoint";

/// Reads the adapter and checks what it holds; `None` if no network can be made of it.
pub(super) fn read(
    directory: &Path,
    model: &Config,
    checks: &mut Vec<Check>,
) -> anyhow::Result<Option<Adapters>> {
    let config = PeftConfig::load(directory)?;
    let tensors = peft::tensors(directory, &Device::Cpu)?;
    let places = match target::places(&config, model) {
        Ok(places) => places,
        Err(error) => {
            checks.push(Check::new("modules", "not all in the base", "all", false, || error.to_string()));
            return Ok(None);
        }
    };
    let problems = peft::problems(&places, &tensors);
    let measured = format!("{} modules, {} misfits", places.len(), problems.len());
    checks.push(Check::new("modules", measured, "no misfit", problems.is_empty(), || {
        let more = if problems.len() > 3 { format!(" and {} more", problems.len() - 3) } else { String::new() };
        let first = &problems[..problems.len().min(3)];
        format!(
            "{}{more}: the file is not of this configuration and base, or is damaged; export it again, or give its own base",
            first.join("; ")
        )
    }));
    checks.push(finite(&tensors)?);
    if checks.iter().any(|check| check.failure.is_some()) {
        return Ok(None);
    }
    let adapters = peft::assemble(config, &places, &tensors).map_err(anyhow::Error::msg)?;
    Ok(Some(adapters))
}

fn finite(tensors: &BTreeMap<String, Tensor>) -> anyhow::Result<Check> {
    let (mut bad, mut first) = (0usize, None);
    for (name, tensor) in tensors {
        let here = tensor.flatten_all()?.to_vec1::<f32>()?.iter().filter(|x| !x.is_finite()).count();
        if here > 0 {
            first.get_or_insert(name);
        }
        bad += here;
    }
    let name = first.map_or("", |name| name.as_str());
    Ok(Check::new("finite", format!("{bad} numbers are not"), "0", bad == 0, || {
        format!(
            "{name} holds NaN or infinity: the training diverged or the file is damaged; lower the learning rate and {RETRAIN}"
        )
    }))
}

/// The checks that need no other file.
pub(super) fn check(subject: &Subject, checks: &mut Vec<Check>) -> anyhow::Result<()> {
    checks.push(matrices(&subject.adapters)?);
    checks.push(gradients(subject)?);
    let moved = Difference::of(&subject.plain, &subject.adapted).worst;
    let limit = format!("> {MOVED}");
    checks.push(Check::new("logits move", format!("{moved:.2e}"), limit, moved > MOVED && moved.is_finite(), || {
        "the base answers the same with the adapter: it is untrained, or trained on another base; train it, or give its own base"
            .into()
    }));
    let merged = subject.adapters.merged(&subject.base)?;
    let merged = probes::plain(&subject.model, &merged, &subject.questions)?;
    let worst = Difference::of(&merged, &subject.adapted).worst;
    checks.push(Check::new("merged = unmerged", format!("{worst:.2e}"), format!("<= {SAME}"), worst <= SAME, || {
        "merging loses precision: the updates are far larger than the weights; lower alpha and train the adapter again".into()
    }));
    Ok(())
}

fn matrices(adapters: &Adapters) -> anyhow::Result<Check> {
    let mut zeros = Vec::new();
    let mut least = f64::INFINITY;
    for (name, var) in adapters.variables() {
        let length = norm(&var)?;
        least = least.min(length);
        if length == 0.0 {
            zeros.push(name);
        }
    }
    Ok(Check::new("A and B", format!("smallest norm {least:.2e}"), "> 0", zeros.is_empty(), || {
        format!(
            "{} of the adapter's matrices are zero, {} first: those modules do nothing (B is zero before the first step); train \
             the adapter, and save it after training",
            zeros.len(),
            zeros[0]
        )
    }))
}

/// One backward pass: the loss of the next token on all probes.
fn gradients(subject: &Subject) -> anyhow::Result<Check> {
    let network = subject.adapters.trainable(&subject.model, &subject.base, None)?;
    let batch = Batch::new(subject.questions.iter().map(Vec::as_slice));
    let (rows, targets) = batch.next_tokens();
    let states = ops::rows(&network.hidden(&batch)?, &rows)?;
    let weights = vec![1.0 / rows.len().max(1) as f32; rows.len()];
    let found = ops::cross_entropy(&states, network.output(), &targets, &weights)?.backward()?;
    let mut without = Vec::new();
    let mut least = f64::INFINITY;
    for (name, var) in subject.adapters.variables() {
        let length = found.get(&var).map_or(Ok(0.0), norm)?;
        least = least.min(length);
        if !(length.is_finite() && length > 0.0) {
            without.push(name);
        }
    }
    Ok(Check::new(
        "gradients",
        format!("smallest norm {least:.2e}"),
        "> 0, finite",
        without.is_empty(),
        || {
            format!(
                "{} of the adapter's matrices get no gradient, {} first: a matrix of zeros beside it stops it, or the graph is cut; \
             {RETRAIN}",
                without.len(),
                without[0]
            )
        },
    ))
}
