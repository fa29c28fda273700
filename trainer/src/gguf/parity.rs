//! Holds a GGUF in llama.cpp to the checkpoint that it was made from.
//!
//! Three comparisons over the same examples: token ids (the checkpoint's tokenizer and llama.cpp's own), logits of the
//! answer tokens, and verdicts. F32 must agree to [`TOLERANCE`]; of quantized files the loss is told.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use candle_core::{Device, Tensor};
use clap::Args;
use secretscan::judge::encode::Encoder;
use secretscan::judge::gguf::Gguf;

use super::llama::Runner;
use crate::example::Example;
use crate::model::llama::{Batch, Llama};
use crate::model::{Config, Parameters};
use crate::prepare::{self, Preparer};

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
    /// Questions whose sign of (alert − safe) differs.
    pub flips: usize,
}

/// Runs it; an error if an F32 or F16 file differs by more than [`TOLERANCE`], or any ids differ.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (parity, exact) = compare(arguments)?;
    anstream::println!(
        "{} questions: {} with other ids, alert-safe differs by {:.5} at most, {:.5} in the mean, {} flips",
        parity.questions,
        parity.different_ids,
        parity.worst,
        parity.mean,
        parity.flips
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
    let (questions, texts) = questions(arguments, &encoder)?;
    let mut runner = Runner::open(&arguments.model, None)?;
    let different_ids =
        texts.iter().filter(|text| runner.tokenize(text) != encoder.vocabulary().encode(text)).count();
    let there = runner.logits(&questions)?;
    let here = checkpoint_logits(&arguments.checkpoint, &questions)?;
    let delta = |logits: &[f32]| logits[encoder.alert() as usize] - logits[encoder.safe() as usize];
    let pairs: Vec<(f32, f32)> = there.iter().zip(&here).map(|(a, b)| (delta(a), delta(b))).collect();
    let differences = pairs.iter().map(|(a, b)| (a - b).abs());
    Ok((
        Parity {
            questions: questions.len(),
            different_ids,
            worst: differences.clone().fold(0.0, f32::max),
            mean: differences.sum::<f32>() / pairs.len().max(1) as f32,
            flips: pairs.iter().filter(|(a, b)| (*a > 0.0) != (*b > 0.0)).count(),
        },
        exact,
    ))
}

/// The header of a GGUF.
pub fn header(path: &Path) -> anyhow::Result<Gguf> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Gguf::of_file(&file).with_context(|| format!("{} is no GGUF", path.display()))
}

/// The questions' tokens, and the lines that they are about.
fn questions(arguments: &Arguments, encoder: &Encoder) -> anyhow::Result<(Vec<Vec<u32>>, Vec<String>)> {
    let file = std::fs::File::open(&arguments.set)
        .with_context(|| format!("cannot read {}", arguments.set.display()))?;
    let engine = prepare::engine();
    let mut preparer = Preparer::new(&engine);
    let (mut questions, mut texts) = (Vec::new(), Vec::new());
    for (n, line) in std::io::BufReader::new(file).lines().enumerate() {
        let example: Example = serde_json::from_str(&line?)
            .with_context(|| format!("{}:{} is no example", arguments.set.display(), n + 1))?;
        if let Some(prepared) = preparer.prepare(&example) {
            questions.push(encoder.encode(&prepared.query));
            texts.push(String::from_utf8_lossy(&prepared.query.window.left).into_owned());
        }
        if questions.len() == arguments.examples {
            break;
        }
    }
    if questions.is_empty() {
        bail!("{} has no example that the engine finds a candidate for", arguments.set.display());
    }
    Ok((questions, texts))
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
