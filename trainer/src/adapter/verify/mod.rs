//! `trainer verify-adapter`: proof that an adapter is whole, learns, is applied, and is the same in every form it is given in.
//!
//! Each check says what was measured and its limit; a failed one names its cause and what to do. An adapter that is not
//! applied somewhere fails there: equal scores are never passed over in silence.
//!
//! | check | what fails it |
//! |---|---|
//! | modules | a module of the configuration missing in base or file, another shape, a tensor too many |
//! | finite | NaN or infinity |
//! | A and B | a matrix of zeros: the module does nothing |
//! | gradients | a matrix that a loss on the probes does not reach |
//! | logits move | the adapter changes no probe's logits |
//! | merged = unmerged | W + s·B·A is not the network with the adapter |
//! | base GGUF, adapter GGUF: scale, tensors, moves, = adapter | `gguf.rs` here |
//! | merged file: scale, = merged, ≠ base | `file.rs` here |

mod file;
mod gguf;
mod own;
mod probes;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use candle_core::{Device, Result, Tensor};
use clap::Args;

#[cfg(test)]
pub(super) use probes::Difference;

use super::lora::Adapters;
use crate::model::{Config, Parameters, ops};

/// Least change of a logit that counts as one.
const MOVED: f32 = 1e-3;
/// Largest difference of logits between two ways of computing the same here.
const SAME: f32 = 1e-3;

/// Arguments of `verify-adapter`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Checkpoint that the adapter was trained on.
    #[arg(long)]
    base: PathBuf,
    /// Directory of the adapter (PEFT's files).
    #[arg(long)]
    adapter: PathBuf,
    /// The base as GGUF.
    #[arg(long)]
    gguf: Option<PathBuf>,
    /// The adapter as GGUF, to be run over --gguf.
    #[arg(long, requires = "gguf")]
    adapter_gguf: Option<PathBuf>,
    /// The merged model: a GGUF or a checkpoint.
    #[arg(long)]
    merged: Option<PathBuf>,
    /// Number of probe questions.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    probes: u16,
    /// Seed of the probe questions.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// One proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// What was measured.
    pub measured: String,
    /// What it is held to.
    pub limit: String,
    /// Cause and remedy, if it failed.
    pub failure: Option<String>,
}

impl Check {
    /// Passed if `good`; else `cause` (with the remedy) says why not.
    fn new(
        name: &'static str,
        measured: impl Into<String>,
        limit: impl Into<String>,
        good: bool,
        cause: impl FnOnce() -> String,
    ) -> Self {
        let failure = if good { None } else { Some(cause()) };
        Self { name, measured: measured.into(), limit: limit.into(), failure }
    }
}

/// What all checks are about.
struct Subject {
    model: Config,
    base: Parameters,
    adapters: Adapters,
    questions: Vec<Vec<u32>>,
    /// Of the base.
    plain: Vec<Vec<f32>>,
    /// Of the base with the adapter.
    adapted: Vec<Vec<f32>>,
}

/// Runs it; an error if any check fails.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let checks = verify(arguments)?;
    for check in &checks {
        let verdict = if check.failure.is_none() { "pass" } else { "FAIL" };
        anstream::println!("{verdict}  {:<24}  {}  (limit: {})", check.name, check.measured, check.limit);
        if let Some(cause) = &check.failure {
            anstream::println!("      {cause}");
        }
    }
    let failed: Vec<&str> =
        checks.iter().filter(|check| check.failure.is_some()).map(|check| check.name).collect();
    if !failed.is_empty() {
        bail!("{} of {} checks failed: {}", failed.len(), checks.len(), failed.join(", "));
    }
    Ok(())
}

/// Makes all checks that the arguments allow, in order. Checks that need what an earlier one found broken are not made. An
/// error if a file cannot be read at all.
pub fn verify(arguments: &Arguments) -> anyhow::Result<Vec<Check>> {
    let model = Config::load(&arguments.base)?;
    let base = Parameters::load(&arguments.base, &model, &Device::Cpu)
        .with_context(|| format!("cannot read the base in {}", arguments.base.display()))?;
    let mut checks = Vec::new();
    let Some(adapters) = own::read(&arguments.adapter, &model, &mut checks)? else { return Ok(checks) };
    let subject = Subject::new(model, base, adapters, probes::questions, arguments)?;
    own::check(&subject, &mut checks)?;
    if let Some(path) = &arguments.gguf {
        gguf::check(&subject, path, arguments.adapter_gguf.as_deref(), &mut checks)?;
    }
    if let Some(path) = &arguments.merged {
        file::check(&subject, path, &mut checks)?;
    }
    Ok(checks)
}

impl Subject {
    fn new(
        model: Config,
        base: Parameters,
        adapters: Adapters,
        questions: impl Fn(&Config, usize, u64) -> Vec<Vec<u32>>,
        arguments: &Arguments,
    ) -> anyhow::Result<Self> {
        let questions = questions(&model, usize::from(arguments.probes), arguments.seed);
        let plain = probes::plain(&model, &base, &questions)?;
        let adapted = probes::adapted(&model, &base, &adapters, &questions)?;
        Ok(Self { model, base, adapters, questions, plain, adapted })
    }
}

/// Euclidean norm.
pub(super) fn norm(tensor: &Tensor) -> Result<f64> {
    ops::inplace::sum_of_squares(&tensor.contiguous()?).map(f64::sqrt)
}

fn named(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
