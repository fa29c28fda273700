//! Asks a language model many questions, on all threads.

use std::path::Path;

use anyhow::Context as _;
use indicatif::ProgressBar;
use rayon::prelude::*;
use secretscan::judge::{Cache, CachedJudge, Judge, Model, Query};

/// Questions that a thread asks at once. Answers do not depend on it.
const BATCH: usize = 32;

/// The model's probability for every question, in order. With a cache, what was asked before is not asked again, so a
/// run that was stopped goes on where it was.
pub(super) fn ask(
    model: &Model,
    queries: &[Query],
    cache: Option<&Path>,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<f32>> {
    let share = queries.len().div_ceil(rayon::current_num_threads()).max(1);
    let parts: Vec<anyhow::Result<Vec<f32>>> =
        queries.par_chunks(share).map(|part| ask_part(model, part, cache, bar)).collect();
    let mut answers = Vec::with_capacity(queries.len());
    for part in parts {
        answers.extend(part?);
    }
    Ok(answers)
}

fn ask_part(
    model: &Model,
    part: &[Query],
    cache: Option<&Path>,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<f32>> {
    let mut judge: Box<dyn Judge> = model.judge()?;
    if let Some(path) = cache {
        judge = Box::new(CachedJudge::new(judge, Cache::open(path)?));
    }
    let mut answers = Vec::with_capacity(part.len());
    for batch in part.chunks(BATCH) {
        answers.extend(judge.judge(batch).with_context(|| format!("asking {}", model.name()))?);
        bar.inc(batch.len() as u64);
    }
    Ok(answers)
}
