//! Asks a model about a set of examples and writes its logits: what `trainer calibrate` fits the stack to.
//!
//! The model is a checkpoint here, or a GGUF in llama.cpp. Quantization moves logits, so the stack of a shipped file is fitted
//! to the logits of that very file.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use candle_core::Device;
use rayon::prelude::*;
use secretscan::judge::encode::Encoder;

use super::lesson::Answers;
use super::question::{self, Question, Questions};
use super::step::Network;
use super::{start, tokenizer, verdict};
use crate::gguf::llama::Runner;
use crate::gguf::parity;
use crate::model::Precision;

/// Questions whose whole logits are held at once.
const HELD: usize = 64;

/// What is asked, and where the answers go.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Examples (JSONL).
    pub set: &'a Path,
    /// The feature model's log-odds; none: all 0.
    pub priors: &'a [PathBuf],
    /// `id, delta, four class logits`, tab-separated, with a heading.
    pub out: &'a Path,
}

/// Asks a checkpoint. Returns how many questions were asked and how many examples have no candidate.
pub fn checkpoint(model: &Path, asked: Asked<'_>, threads: usize) -> anyhow::Result<(usize, usize)> {
    let (vocabulary, size) = tokenizer::load(&model.join("tokenizer.json"))?;
    let encoder = Encoder::new(vocabulary)?;
    let (config, parameters) = start::load(model, size, &Device::Cpu)?;
    let read = asked.read()?;
    let network = Network::new(&config, Answers::of(&encoder), &Device::Cpu, threads, Precision::F32)?;
    let answers = verdict::ask(&network, &parameters, &encoder, &read.questions, 2560)?;
    asked.write(&read.questions, &answers)?;
    Ok((read.questions.len(), read.without_candidate))
}

/// Asks a GGUF in llama.cpp, on the current pool's threads. Calibration and presets that it holds do not count: the logits
/// are written as they are.
pub fn gguf(model: &Path, asked: Asked<'_>) -> anyhow::Result<(usize, usize)> {
    let encoder = Encoder::of(&parity::header(model)?).with_context(|| {
        format!(
            "{} has a vocabulary that does not fit the encoding; convert the checkpoint again",
            model.display()
        )
    })?;
    let read = asked.read()?;
    let answers = answers(model, &encoder, &read.questions)?;
    asked.write(&read.questions, &answers)?;
    Ok((read.questions.len(), read.without_candidate))
}

/// llama.cpp's logits (alert, safe, four classes) for questions, in their order. Each is computed alone, so they do not
/// depend on the number of threads.
fn answers(model: &Path, encoder: &Encoder, questions: &[Question]) -> anyhow::Result<Vec<[f32; 6]>> {
    let tokens = *Answers::of(encoder).tokens();
    let ask = |part: &[Question]| {
        let mut runner = Runner::open(model, None)?;
        let mut answers = Vec::with_capacity(part.len());
        for some in part.chunks(HELD) {
            let encoded: Vec<Vec<u32>> = some.iter().map(|one| encoder.encode(&one.query)).collect();
            let logits = runner.logits(&encoded)?;
            answers.extend(logits.iter().map(|all| tokens.map(|token| all[token as usize])));
        }
        Ok(answers)
    };
    let share = questions.len().div_ceil(rayon::current_num_threads()).max(1);
    let parts = questions.par_chunks(share).map(ask).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(parts.concat())
}

impl Asked<'_> {
    fn read(&self) -> anyhow::Result<Questions> {
        let read = question::read(self.set, None, &question::read_priors(self.priors)?)?;
        if !self.priors.is_empty() && read.without_prior > 0 {
            bail!("{} questions of {} have no log-odds in --priors", read.without_prior, self.set.display());
        }
        Ok(read)
    }

    fn write(&self, questions: &[Question], answers: &[[f32; 6]]) -> anyhow::Result<()> {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(b'\t')
            .from_path(self.out)
            .with_context(|| format!("cannot write {}", self.out.display()))?;
        writer.write_record(["id", "delta", "real", "weak", "placeholder", "not"])?;
        for (question, answer) in questions.iter().zip(answers) {
            let mut record = vec![question.id.clone(), (answer[0] - answer[1]).to_string()];
            record.extend(answer[2..].iter().map(ToString::to_string));
            writer.write_record(record)?;
        }
        writer.flush()?;
        Ok(())
    }
}
