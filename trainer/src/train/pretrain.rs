//! Pre-training: the next token of code, configuration and questions.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::bail;
use candle_core::Device;
use secretscan::judge::digest::sha256_hex;
use secretscan::judge::encode::Encoder;
use serde::{Deserialize, Serialize};

use super::lesson::{Lesson, NextTokens};
use super::question;
use super::run::{Task, Validation};
use super::settings::LoopConfig;
use super::shuffle::Shuffle;
use super::start;
use super::step::Network;
use super::stream::{self, Streams};
use crate::example::Split;
use crate::model::{Batch, Config, Parameters};

/// Settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PretrainConfig {
    /// The loop's.
    #[serde(rename = "loop", default)]
    pub run: LoopConfig,
    /// `tokenizer.json`; not needed with `init`.
    pub tokenizer: Option<PathBuf>,
    /// Folder of a model to go on from, instead of fresh weights.
    pub init: Option<PathBuf>,
    /// The text.
    pub text: TextConfig,
    /// The network.
    #[serde(default)]
    pub model: Shape,
}

/// What is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextConfig {
    /// JSONL of `{"path", "text"}`.
    pub files: Vec<PathBuf>,
    /// Sets of examples, of which the training part is read as questions, whatever their labels.
    #[serde(default)]
    pub examples: Vec<PathBuf>,
    /// Part of the tokens that are questions.
    #[serde(default = "quarter")]
    pub share: f64,
    /// Tokens of a chunk of text.
    #[serde(default = "sequence")]
    pub sequence: usize,
    /// Tokens of a step.
    #[serde(default = "step_tokens")]
    pub step_tokens: usize,
    /// One document in so many is kept for validation.
    #[serde(default = "one_in")]
    pub validation_one_in: u64,
    /// Chunks that a validation measures.
    #[serde(default = "validation_chunks")]
    pub validation_chunks: usize,
}

impl PretrainConfig {
    /// The tokenizer's file.
    pub fn tokenizer(&self) -> anyhow::Result<PathBuf> {
        start::tokenizer(self.init.as_deref(), self.tokenizer.as_deref())
    }

    /// The network's shape and first weights.
    pub fn weights(&self, vocabulary: usize, device: &Device) -> anyhow::Result<(Config, Parameters)> {
        start::weights(self.init.as_deref(), &self.model, self.run.seed, vocabulary, device)
    }
}

fn quarter() -> f64 {
    0.25
}

fn sequence() -> usize {
    256
}

fn step_tokens() -> usize {
    16_384
}

fn one_in() -> u64 {
    100
}

fn validation_chunks() -> usize {
    128
}

/// Shape of the network; the vocabulary is the tokenizer's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shape {
    /// Width of a state.
    pub hidden_size: usize,
    /// Blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Inner width.
    pub ffn: usize,
    /// Base of the rotary angles.
    pub rope_theta: f64,
    /// Longest sequence.
    pub positions: usize,
}

impl Default for Shape {
    fn default() -> Self {
        let nano = Config::nano(0);
        Self {
            hidden_size: nano.hidden_size,
            layers: nano.num_hidden_layers,
            heads: nano.num_attention_heads,
            kv_heads: nano.num_key_value_heads,
            ffn: nano.intermediate_size,
            rope_theta: nano.rope_theta,
            positions: nano.max_position_embeddings,
        }
    }
}

impl Shape {
    /// With a vocabulary.
    pub fn config(&self, vocab_size: usize) -> Config {
        Config {
            hidden_size: self.hidden_size,
            num_hidden_layers: self.layers,
            num_attention_heads: self.heads,
            num_key_value_heads: self.kv_heads,
            intermediate_size: self.ffn,
            rope_theta: self.rope_theta,
            max_position_embeddings: self.positions,
            ..Config::nano(vocab_size)
        }
    }
}

/// The task.
#[derive(Debug)]
pub struct Pretraining {
    text: TextConfig,
    seed: u64,
    micro_tokens: usize,
    streams: Streams,
    chunks: Shuffle,
    questions: Vec<Vec<u16>>,
    order: Shuffle,
    /// Of a step: chunks and questions.
    counts: (usize, usize),
    sources: BTreeMap<String, String>,
}

impl Pretraining {
    /// Reads text and examples, on the current pool's threads. The stream is kept in `cache`.
    pub fn new(config: &PretrainConfig, encoder: &Encoder, cache: &std::path::Path) -> anyhow::Result<Self> {
        let text = config.text.clone();
        if !(0.0..1.0).contains(&text.share) || text.sequence < 2 {
            bail!("text.share must be in [0, 1) and text.sequence at least 2");
        }
        if text.sequence > config.model.positions {
            bail!("text.sequence is {}, but model.positions {}", text.sequence, config.model.positions);
        }
        let mut sources = BTreeMap::new();
        let tokenizer = config.tokenizer()?;
        let weights = config.init.as_ref().map(|folder| folder.join("model.safetensors"));
        for file in text.files.iter().chain(&text.examples).chain([&tokenizer]).chain(&weights) {
            sources.insert(file.display().to_string(), stream::file_hash(file)?);
        }
        let own = format!("{:?} {:?}", config.text, config.model);
        sources.insert("settings".to_owned(), sha256_hex(own.as_bytes()));
        let tokenizer_hash = &sources[&tokenizer.display().to_string()];
        let mut streams =
            stream::build(&text.files, encoder.vocabulary(), tokenizer_hash, text.validation_one_in, cache)?;
        let mut questions = Vec::new();
        for file in &text.examples {
            let read = question::read(file, Some(Split::Train), &BTreeMap::new())?;
            questions.extend(read.questions.iter().map(|question| {
                encoder.encode(&question.query).into_iter().map(|id| id as u16).collect::<Vec<_>>()
            }));
        }
        if config.run.overfit > 0 {
            streams.train.truncate(config.run.overfit * text.sequence);
            streams.validation.clone_from(&streams.train);
            questions.clear();
        }
        let available = stream::chunks(streams.train.len(), text.sequence);
        if available == 0 {
            bail!("the text has {} tokens, less than a chunk of {}", streams.train.len(), text.sequence);
        }
        let counts = counts(&text, &questions);
        let chunks = Shuffle::new(available, config.run.seed, 1);
        let order = Shuffle::new(questions.len(), config.run.seed, 2);
        let (seed, micro_tokens) = (config.run.seed, config.run.micro_tokens);
        Ok(Self { text, seed, micro_tokens, streams, chunks, questions, order, counts, sources })
    }

    /// Tokens of the training text, and questions.
    pub fn size(&self) -> (usize, usize) {
        (self.streams.train.len(), self.questions.len())
    }
}

/// Chunks and questions of a step.
fn counts(text: &TextConfig, questions: &[Vec<u16>]) -> (usize, usize) {
    let mean = questions.iter().map(Vec::len).sum::<usize>() as f64 / questions.len().max(1) as f64;
    let share = if questions.is_empty() { 0.0 } else { text.share };
    let chunks = (text.step_tokens as f64 * (1.0 - share) / text.sequence as f64).round().max(1.0);
    let asked = if share > 0.0 { (text.step_tokens as f64 * share / mean).round().max(1.0) } else { 0.0 };
    (chunks as usize, asked as usize)
}

/// Splits sequences into micro-batches of about equal numbers of tokens, an even number of them if there are more than one
/// (so that two threads are both busy). A function of the sequences' lengths alone.
pub(super) fn micro_batches<T>(
    sequences: Vec<T>,
    length: impl Fn(&T) -> usize,
    micro_tokens: usize,
) -> Vec<Vec<T>> {
    let total: usize = sequences.iter().map(&length).sum();
    let parts = match total.div_ceil(micro_tokens.max(1)) {
        0 | 1 => 1,
        n => n.next_multiple_of(2),
    };
    let mut batches: Vec<Vec<T>> = Vec::with_capacity(parts);
    let mut seen = 0;
    for sequence in sequences {
        let part = (seen * parts / total.max(1)).min(parts - 1);
        seen += length(&sequence);
        while batches.len() <= part {
            batches.push(Vec::new());
        }
        batches[part].push(sequence);
    }
    batches.retain(|batch| !batch.is_empty());
    batches
}

fn next_token_lessons(sequences: Vec<Vec<u32>>, micro_tokens: usize) -> Vec<Lesson> {
    let predicted: usize = sequences.iter().map(|s| s.len() - 1).sum();
    let weight = 1.0 / predicted.max(1) as f32;
    micro_batches(sequences, Vec::len, micro_tokens)
        .iter()
        .map(|sequences| {
            let batch = Batch::new(sequences.iter().map(Vec::as_slice));
            let (rows, targets) = batch.next_tokens();
            let weights = vec![weight; rows.len()];
            Lesson { batch, next: NextTokens { rows, targets, weights }, verdicts: Vec::new() }
        })
        .collect()
}

fn wide(ids: &[u16]) -> Vec<u32> {
    ids.iter().map(|&id| u32::from(id)).collect()
}

impl Task for Pretraining {
    fn lessons(&mut self, step: u64) -> anyhow::Result<Vec<Lesson>> {
        let (chunks, asked) = self.counts;
        let length = self.text.sequence;
        let mut sequences = Vec::with_capacity(chunks + asked);
        for n in 0..chunks as u64 {
            let (chunk, epoch) = self.chunks.at(step * chunks as u64 + n);
            let start = stream::chunk_start(self.streams.train.len(), length, chunk, epoch, self.seed);
            sequences.push(wide(&self.streams.train[start..start + length]));
        }
        for n in 0..asked as u64 {
            let (question, _) = self.order.at(step * asked as u64 + n);
            sequences.push(wide(&self.questions[question]));
        }
        Ok(next_token_lessons(sequences, self.micro_tokens))
    }

    fn validate(&mut self, network: &Network, parameters: &Parameters) -> anyhow::Result<Validation> {
        let length = self.text.sequence;
        let tokens = &self.streams.validation;
        let whole = (tokens.len() / length).min(self.text.validation_chunks);
        if whole == 0 {
            bail!(
                "the validation text has {} tokens, less than a chunk: lower text.validation_one_in",
                tokens.len()
            );
        }
        // Spread over the whole of it.
        let step = tokens.len() / length / whole * length;
        let sequences = (0..whole).map(|n| wide(&tokens[n * step..n * step + length])).collect();
        let losses = network.losses(parameters, &next_token_lessons(sequences, self.micro_tokens))?;
        let measures = [("validation_loss", losses.next), ("perplexity", losses.next.exp())];
        let measures = measures.into_iter().map(|(name, x)| (name.to_owned(), x)).collect();
        Ok(Validation { score: -losses.next, measures })
    }

    fn sources(&self) -> BTreeMap<String, String> {
        self.sources.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn micro_batches_are_even_in_number_and_size_and_lose_nothing() {
        let sequences: Vec<Vec<u32>> = (0..37).map(|n| vec![n; 20 + (n as usize * 13) % 50]).collect();
        let total: usize = sequences.iter().map(Vec::len).sum();
        let batches = micro_batches(sequences.clone(), Vec::len, 400);
        assert_eq!(batches.len() % 2, 0);
        assert_eq!(batches.concat(), sequences);
        let sizes: Vec<usize> = batches.iter().map(|b| b.iter().map(Vec::len).sum()).collect();
        let mean = total / batches.len();
        assert!(sizes.iter().all(|&size| size.abs_diff(mean) < 80), "{sizes:?}");
        assert_eq!(micro_batches(sequences, Vec::len, 1 << 20).len(), 1);
    }

    #[test]
    fn the_weights_of_a_step_add_up_to_one() {
        let sequences: Vec<Vec<u32>> = (0..9).map(|n| vec![1; 10 + n]).collect();
        let lessons = next_token_lessons(sequences, 30);
        let sum: f32 = lessons.iter().flat_map(|lesson| &lesson.next.weights).sum();
        assert!(lessons.len() > 2 && (sum - 1.0).abs() < 1e-5, "{sum}");
    }
}
