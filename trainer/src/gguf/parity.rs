//! Holds a GGUF in llama.cpp to the checkpoint that it was made from.
//!
//! Three comparisons over the same examples: token ids (the checkpoint's tokenizer and llama.cpp's own), logits of the
//! answer tokens, and verdicts at a preset, with the precision and recall of each side. F32 must agree to [`TOLERANCE`]; of
//! quantized files the loss is told.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use candle_core::{Device, Tensor};
use clap::Args;
use secretscan::judge::cascade::{PRESET_PREFIX, Thresholds};
use secretscan::judge::encode::Encoder;
use secretscan::judge::gguf::Gguf;
use secretscan::judge::profile::{Calibration, PRIOR_KEY};
use secretscan::scan::Preset;

use super::llama::Runner;
use super::package::Verdicts;
use crate::example::{Example, Label};
use crate::model::llama::{Batch, Llama};
use crate::model::{Config, Parameters};
use crate::prepare::{self, Preparer};
use crate::train::question::read_priors;

/// Largest difference of a logit that F32 may show: llama.cpp keeps keys and values in F16.
pub const TOLERANCE: f32 = 2e-2;

/// Arguments of `parity`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The GGUF.
    model: PathBuf,
    /// The checkpoint that it was made from.
    #[arg(long)]
    checkpoint: PathBuf,
    /// Examples (JSONL).
    #[arg(long)]
    set: PathBuf,
    /// How many of them, from the beginning.
    #[arg(long, default_value_t = 500)]
    examples: usize,
    /// The feature model's log-odds, id<TAB>log-odds; may be given several times. Without any, all are 0.
    #[arg(long)]
    priors: Vec<PathBuf>,
    /// The settings of verdicts (JSON, from `trainer calibrate`); without them those in the GGUF, and without those the plain
    /// sum of both models.
    #[arg(long, value_name = "FILE")]
    verdicts: Option<PathBuf>,
    /// The preset that verdicts are made at.
    #[arg(long, value_enum, default_value_t)]
    preset: Preset,
}

/// What the comparison gave.
#[derive(Debug, Clone, Copy)]
pub struct Parity {
    /// Questions compared.
    pub questions: usize,
    /// Windows' texts whose token ids differ.
    pub different_ids: usize,
    /// Largest and mean absolute difference of (alert − safe).
    pub worst: f32,
    /// See [`Self::worst`].
    pub mean: f32,
    /// Questions whose verdict at the preset differs.
    pub flips: usize,
    /// Least probability of an alert.
    pub threshold: f32,
    /// The GGUF's verdicts.
    pub there: Side,
    /// The checkpoint's.
    pub here: Side,
}

/// One side's verdicts on all questions, the language model's word on each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Side {
    /// Credentials among what is reported.
    pub hits: usize,
    /// All that is reported.
    pub alerts: usize,
    /// All credentials.
    pub credentials: usize,
}

impl Side {
    fn of(verdicts: impl Iterator<Item = (bool, bool)>) -> Self {
        verdicts.fold(Self::default(), |sum, (alert, credential)| Self {
            hits: sum.hits + usize::from(alert && credential),
            alerts: sum.alerts + usize::from(alert),
            credentials: sum.credentials + usize::from(credential),
        })
    }

    /// `precision 0.912 (104 of 114), recall 0.945 (of 110)`.
    fn shown(self) -> String {
        let share = |of: usize| {
            if of == 0 { "-".to_owned() } else { format!("{:.4}", self.hits as f64 / of as f64) }
        };
        format!(
            "precision {} ({} of {}), recall {} (of {})",
            share(self.alerts),
            self.hits,
            self.alerts,
            share(self.credentials),
            self.credentials
        )
    }
}

/// Runs it; an error if an F32 or F16 file differs by more than [`TOLERANCE`], or any ids differ.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (parity, exact) = compare(arguments)?;
    anstream::println!(
        "{} questions: {} with other ids, alert-safe differs by {:.5} at most, {:.5} in the mean\n\
         at {} ({:.4}): {} verdicts differ\n  GGUF        {}\n  checkpoint  {}",
        parity.questions,
        parity.different_ids,
        parity.worst,
        parity.mean,
        format!("{:?}", arguments.preset).to_lowercase(),
        parity.threshold,
        parity.flips,
        parity.there.shown(),
        parity.here.shown(),
    );
    if parity.different_ids > 0 {
        bail!("the tokenizers of the checkpoint and of llama.cpp disagree");
    }
    if exact && parity.worst > TOLERANCE {
        bail!("logits differ by {}, more than {TOLERANCE}: the conversion is wrong", parity.worst);
    }
    Ok(())
}

fn compare(arguments: &Arguments) -> anyhow::Result<(Parity, bool)> {
    let gguf = header(&arguments.model)?;
    let exact = matches!(gguf.unsigned("general.file_type"), Some(0 | 1));
    let encoder = Encoder::of(&gguf).context("the GGUF's vocabulary does not fit the encoding")?;
    let (calibration, threshold) = settings(arguments, &gguf)?;
    let asked = questions(arguments, &encoder)?;
    let tokens: Vec<Vec<u32>> = asked.iter().map(|one| one.tokens.clone()).collect();
    let mut runner = Runner::open(&arguments.model, None)?;
    let other_ids = |one: &&Asked| runner.tokenize(&one.text) != encoder.vocabulary().encode(&one.text);
    let different_ids = asked.iter().filter(other_ids).count();
    let there = runner.logits(&tokens)?;
    let here = checkpoint_logits(&arguments.checkpoint, &tokens)?;
    let answer = |logits: &[f32]| (logits[encoder.alert() as usize], logits[encoder.safe() as usize]);
    let differences: Vec<f32> = there
        .iter()
        .zip(&here)
        .map(|(a, b)| {
            let (a, b) = (answer(a), answer(b));
            ((a.0 - a.1) - (b.0 - b.1)).abs()
        })
        .collect();
    let alerts = |logits: &[Vec<f32>]| -> Vec<bool> {
        let is_alert = |(logits, one): (&Vec<f32>, &Asked)| {
            let (alert, safe) = answer(logits);
            calibration.probability(alert, safe, one.prior).is_some_and(|p| p >= threshold)
        };
        logits.iter().zip(&asked).map(is_alert).collect()
    };
    let (there, here) = (alerts(&there), alerts(&here));
    let side = |alerts: &[bool]| {
        Side::of(alerts.iter().zip(&asked).map(|(&alert, one)| (alert, one.label == Label::Alert)))
    };
    Ok((
        Parity {
            questions: asked.len(),
            different_ids,
            worst: differences.iter().copied().fold(0.0, f32::max),
            mean: differences.iter().sum::<f32>() / differences.len().max(1) as f32,
            flips: there.iter().zip(&here).filter(|(a, b)| a != b).count(),
            threshold,
            there: side(&there),
            here: side(&here),
        },
        exact,
    ))
}

/// How logits become probabilities, and the least one of an alert.
fn settings(arguments: &Arguments, gguf: &Gguf) -> anyhow::Result<(Calibration, f32)> {
    let wrong = |cause: String| anyhow::anyhow!("{}: {cause}", arguments.model.display());
    let (calibration, thresholds) = if let Some(path) = &arguments.verdicts {
        let Verdicts { temperature, bias, prior, presets, .. } = Verdicts::read(path)?;
        (Calibration { temperature, bias, prior }, presets)
    } else {
        let mut calibration = Calibration::of(gguf).map_err(wrong)?;
        if gguf.get(PRIOR_KEY).is_none() {
            // As it was trained: a correction of the feature model's log-odds.
            calibration.prior = 1.0;
        }
        (calibration, Thresholds::of(gguf, PRESET_PREFIX).map_err(wrong)?)
    };
    Ok((calibration, arguments.preset.of(thresholds)))
}

/// The header of a GGUF.
pub fn header(path: &Path) -> anyhow::Result<Gguf> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Gguf::of_file(&file).with_context(|| format!("{} is no GGUF", path.display()))
}

/// One question.
struct Asked {
    tokens: Vec<u32>,
    /// The line that it is about, up to the value.
    text: String,
    prior: f32,
    label: Label,
}

/// The first questions of the set.
fn questions(arguments: &Arguments, encoder: &Encoder) -> anyhow::Result<Vec<Asked>> {
    let file = std::fs::File::open(&arguments.set)
        .with_context(|| format!("cannot read {}", arguments.set.display()))?;
    let priors = read_priors(&arguments.priors)?;
    let engine = prepare::engine();
    let mut preparer = Preparer::new(&engine);
    let mut asked = Vec::new();
    for (n, line) in std::io::BufReader::new(file).lines().enumerate() {
        let example: Example = serde_json::from_str(&line?)
            .with_context(|| format!("{}:{} is no example", arguments.set.display(), n + 1))?;
        let Some(mut prepared) = preparer.prepare(&example) else { continue };
        match priors.get(&example.id) {
            Some(&prior) => prepared.query.prior = prior,
            None if priors.is_empty() => {}
            None => bail!("{}:{} has no log-odds in --priors", arguments.set.display(), n + 1),
        }
        asked.push(Asked {
            tokens: encoder.encode(&prepared.query),
            text: String::from_utf8_lossy(&prepared.query.window.left).into_owned(),
            prior: prepared.query.prior,
            label: example.label,
        });
        if asked.len() == arguments.examples {
            break;
        }
    }
    if asked.is_empty() {
        bail!("{} has no example that the engine finds a candidate for", arguments.set.display());
    }
    Ok(asked)
}

/// The checkpoint's logits after each question.
pub fn checkpoint_logits(directory: &Path, questions: &[Vec<u32>]) -> anyhow::Result<Vec<Vec<f32>>> {
    let config = Config::load(directory)?;
    let parameters = Parameters::load(directory, &config, &Device::Cpu)?;
    logits(&Llama::frozen(&config, &parameters)?, questions)
}

/// A network's logits of the whole vocabulary after each question.
pub fn logits(network: &Llama, questions: &[Vec<u32>]) -> anyhow::Result<Vec<Vec<f32>>> {
    let mut all = Vec::with_capacity(questions.len());
    for part in questions.chunks(32) {
        let batch = Batch::new(part.iter().map(Vec::as_slice));
        let hidden = network.hidden(&batch)?;
        let rows = batch.last_rows();
        let count = rows.len();
        let last = hidden.index_select(&Tensor::from_vec(rows, count, hidden.device())?, 0)?;
        all.extend(last.matmul(&network.output().t()?)?.to_vec2::<f32>()?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
