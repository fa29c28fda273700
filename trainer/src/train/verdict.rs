//! Training on verdicts: the network learns what to add to the feature model's log-odds, and beside it the class and,
//! lightly, the question's own text.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use candle_core::Device;
use secretscan::judge::digest::sha256_hex;
use secretscan::judge::encode::Encoder;
use serde::{Deserialize, Serialize};

use super::augment::Augmentation;
use super::curriculum::{Curriculum, PhaseConfig, Turn};
use super::learner::Learner;
use super::lesson::{Lesson, NextTokens, Verdict};
use super::measure::{average_precision, log_loss};
use super::pretrain::{Shape, micro_batches};
use super::question::{self, Question};
use super::run::{Task, Validation};
use super::settings::LoopConfig;
use super::shuffle::random;
use super::start;
use super::step::Network;
use super::stream::file_hash;
use crate::adapter::Method;
use crate::calibrate::{Point, Stack};
use crate::example::{Class, Split};
use crate::model::{Batch, Config, Parameters, Precision};

/// Settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictConfig {
    /// The loop's.
    #[serde(rename = "loop", default)]
    pub run: LoopConfig,
    /// Folder of a pre-trained model, with its tokenizer; without one the weights are fresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<PathBuf>,
    /// `tokenizer.json`, for fresh weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokenizer: Option<PathBuf>,
    /// The network, for fresh weights.
    #[serde(default)]
    pub model: Shape,
    /// All weights, or an adapter over those of `init`.
    #[serde(default)]
    pub method: Method,
    /// Examples.
    pub data: DataConfig,
    /// The loss.
    #[serde(default)]
    pub loss: LossConfig,
    /// Changes to questions.
    #[serde(default)]
    pub augmentation: Augmentation,
}

/// What is learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// Sets of examples; those of split `train` are used.
    pub train: Vec<PathBuf>,
    /// Sets of examples; those of split `validation` are used.
    pub validation: Vec<PathBuf>,
    /// The feature model's log-odds, `id<TAB>log-odds`: out of fold for training examples.
    #[serde(default)]
    pub priors: Vec<PathBuf>,
    /// Questions without a log-odds are an error unless this is set.
    #[serde(default)]
    pub allow_missing_priors: bool,
    /// Factors on the weights of examples, by source; 1 for those that are not named. What is generated is learned fast
    /// and says little about repositories.
    #[serde(default)]
    pub weights: BTreeMap<String, f32>,
    /// Sources whose examples decide which weights are the best, by the weighted log-loss of the stack that calibration
    /// would fit on them; empty: all examples, by average precision.
    #[serde(default)]
    pub decide: Vec<String>,
    /// Questions of a step.
    #[serde(default = "questions")]
    pub questions: usize,
    /// Examples of a validation at most, evenly chosen; 0 for all.
    #[serde(default)]
    pub validate_most: usize,
    /// Log-odds between −x and x are doubtful: measured apart.
    #[serde(default = "doubtful")]
    pub doubtful: f64,
    /// Sources by steps, one phase after the other; after the last, and without any, all questions are asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<PhaseConfig>,
}

fn questions() -> usize {
    128
}

fn doubtful() -> f64 {
    2.5
}

/// Weights of the loss's parts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LossConfig {
    /// The truth is told as `smoothing / 2` and `1 − smoothing / 2`.
    pub smoothing: f32,
    /// Of the class.
    pub class: f32,
    /// Of the question's own next tokens.
    pub next: f32,
    /// Part of the weight that credentials are given in all, by scaling both sides; 0 for as it is.
    pub alert_share: f64,
}

impl Default for LossConfig {
    fn default() -> Self {
        Self { smoothing: 0.03, class: 0.3, next: 0.15, alert_share: 0.0 }
    }
}

/// The task.
#[derive(Debug)]
pub struct Verdicts<'a> {
    config: &'a VerdictConfig,
    encoder: &'a Encoder,
    train: Vec<Question>,
    validation: Vec<Question>,
    curriculum: Curriculum,
    sources: BTreeMap<String, String>,
}

impl VerdictConfig {
    /// The tokenizer's file.
    pub fn tokenizer(&self) -> anyhow::Result<PathBuf> {
        start::tokenizer(self.init.as_deref(), self.tokenizer.as_deref())
    }

    /// The network's shape and first weights.
    pub fn weights(&self, vocabulary: usize, device: &Device) -> anyhow::Result<(Config, Parameters)> {
        start::weights(self.init.as_deref(), &self.model, self.run.seed, vocabulary, device)
    }

    /// What is trained of a network of these weights, and its first values.
    pub fn learner(
        &self,
        network: &Config,
        weights: Parameters,
        device: &Device,
    ) -> anyhow::Result<(Learner, Parameters)> {
        let Method::Lora(lora) = &self.method else { return Ok((Learner::Whole, weights)) };
        let Some(folder) = &self.init else {
            bail!(
                "method.kind is lora, but there is no model to adapt: give init, the folder of a trained one"
            )
        };
        if lora.dropout > 0.0 && self.run.precision == Precision::Bf16 {
            bail!(
                "loop.precision is bf16, but dropout is computed in f32 only: set method.dropout to 0, or loop.precision \
                 to \"f32\""
            );
        }
        Learner::adapter(lora, folder, network, weights, self.run.seed, device)
            .context("the table [method] fits no adapter")
    }
}

impl<'a> Verdicts<'a> {
    /// Reads and prepares examples, on the current pool's threads.
    pub fn new(config: &'a VerdictConfig, encoder: &'a Encoder) -> anyhow::Result<Self> {
        let data = &config.data;
        let mut sources = BTreeMap::new();
        let model = match &config.init {
            Some(folder) => vec![folder.join("model.safetensors"), folder.join("tokenizer.json")],
            None => vec![config.tokenizer()?],
        };
        for file in data.train.iter().chain(&data.validation).chain(&data.priors).chain(&model) {
            sources.insert(file.display().to_string(), file_hash(file)?);
        }
        let own = format!("{:?} {:?} {:?} {:?}", config.model, data, config.loss, config.augmentation);
        sources.insert("settings".to_owned(), sha256_hex(own.as_bytes()));
        if let Method::Lora(lora) = &config.method {
            sources.insert("method".to_owned(), sha256_hex(format!("{lora:?}").as_bytes()));
        }
        let priors = question::read_priors(&data.priors)?;
        let read = |files: &[PathBuf], split| questions_of(files, split, &priors, data.allow_missing_priors);
        let mut train = read(&data.train, Split::Train)?;
        let mut validation = read(&data.validation, Split::Validation)?;
        if config.run.overfit > 0 {
            train = spread(train, config.run.overfit);
            validation.clone_from(&train);
        } else if data.validate_most > 0 {
            validation = spread(validation, data.validate_most);
        }
        if !data.decide.is_empty()
            && !validation.iter().any(|question| data.decide.contains(&question.source))
        {
            bail!("no validation question comes from data.decide ({})", data.decide.join(", "));
        }
        if train.is_empty() || validation.is_empty() {
            bail!("{} questions to learn from and {} to be validated on", train.len(), validation.len());
        }
        let curriculum = Curriculum::new(config, &train)?;
        Ok(Self { config, encoder, train, validation, curriculum, sources })
    }

    /// Questions to learn from and to be validated on.
    pub fn size(&self) -> (usize, usize) {
        (self.train.len(), self.validation.len())
    }
}

impl Verdicts<'_> {
    /// Log-loss of the stack of both models, and of the prior alone, on the examples that decide.
    fn decide(&self, answers: &[[f32; 6]]) -> (f64, f64) {
        let decides = |question: &Question| self.config.data.decide.contains(&question.source);
        let points: Vec<Point> = self
            .validation
            .iter()
            .zip(answers)
            .filter(|(question, _)| decides(question))
            .map(|(question, answer)| Point {
                alert: question.is_alert(),
                real: question.class == Class::Real,
                weight: f64::from(question.weight),
                prior: f64::from(question.query.prior),
                delta: f64::from(answer[0] - answer[1]),
            })
            .collect();
        let prior: Vec<Point> = points.iter().map(|point| Point { delta: 0.0, ..*point }).collect();
        (Stack::fit(&points).log_loss(&points), Stack::fit(&prior).log_loss(&prior))
    }
}

/// Every so-many-th, so that about `most` are left.
fn spread(questions: Vec<Question>, most: usize) -> Vec<Question> {
    let every = questions.len().div_ceil(most).max(1);
    questions.into_iter().step_by(every).collect()
}

fn questions_of(
    files: &[PathBuf],
    split: Split,
    priors: &BTreeMap<String, f32>,
    allow_missing: bool,
) -> anyhow::Result<Vec<Question>> {
    let mut all = Vec::new();
    for file in files {
        let read = question::read(file, Some(split), priors)?;
        anstream::eprintln!(
            "{}: {} questions, {} without a candidate, {} of another split, {} without log-odds",
            file.display(),
            read.questions.len(),
            read.without_candidate,
            read.other_split,
            read.without_prior
        );
        if read.without_prior > 0 && !allow_missing {
            bail!(
                "{} questions of {} have no log-odds in data.priors; add them or set data.allow_missing_priors",
                read.without_prior,
                file.display()
            );
        }
        all.extend(read.questions);
    }
    Ok(all)
}

/// A question encoded for a step.
struct Asked {
    tokens: Vec<u32>,
    prior: f32,
    turn: Turn,
}

impl Task for Verdicts<'_> {
    fn lessons(&mut self, step: u64) -> anyhow::Result<Vec<Lesson>> {
        let (overfit, seed) = (self.config.run.overfit > 0, self.config.run.seed);
        let augmentation = if overfit { Augmentation::NONE } else { self.config.augmentation };
        let mut asked = Vec::with_capacity(self.config.data.questions);
        for turn in self.curriculum.step(step) {
            let mut random = random(seed, 4, turn.number);
            let query = augmentation.apply(&self.train[turn.question].query, &mut random);
            asked.push(Asked { tokens: self.encoder.encode(&query), prior: query.prior, turn });
        }
        let weights: f32 = asked.iter().map(|a| a.turn.weight).sum();
        let predicted: usize = asked.iter().map(|a| a.tokens.len() - 1).sum();
        let LossConfig { smoothing, class, next, .. } = self.config.loss;
        let lesson = |asked: &Vec<Asked>| {
            let batch = Batch::new(asked.iter().map(|a| a.tokens.as_slice()));
            let verdict = |(asked, row): (&Asked, u32)| {
                let question = &self.train[asked.turn.question];
                let weight = asked.turn.weight / weights.max(f32::MIN_POSITIVE);
                let target = if question.is_alert() { 1.0 - smoothing / 2.0 } else { smoothing / 2.0 };
                let class_weight = class * weight;
                Verdict {
                    row,
                    prior: asked.prior,
                    target,
                    weight,
                    class: question.class.index(),
                    class_weight,
                }
            };
            let verdicts = asked.iter().zip(batch.last_rows()).map(verdict).collect();
            let next = if next > 0.0 {
                let (rows, targets) = batch.next_tokens();
                let weights = vec![next / predicted.max(1) as f32; rows.len()];
                NextTokens { rows, targets, weights }
            } else {
                NextTokens::default()
            };
            Lesson { batch, next, verdicts }
        };
        let batches = micro_batches(asked, |a| a.tokens.len(), self.config.run.micro_tokens);
        Ok(batches.iter().map(lesson).collect())
    }

    fn validate(&mut self, network: &Network, parameters: &Parameters) -> anyhow::Result<Validation> {
        let answers = ask(network, parameters, self.encoder, &self.validation, self.config.run.micro_tokens)?;
        let priors = self.validation.iter().map(|q| (f64::from(q.query.prior), q.is_alert()));
        let both = self.validation.iter().zip(&answers).map(|(question, answer)| {
            (f64::from(question.query.prior) + f64::from(answer[0] - answer[1]), question.is_alert())
        });
        let (priors, both): (Vec<_>, Vec<_>) = (priors.collect(), both.collect());
        let doubtful = |items: &[(f64, bool)]| -> Vec<(f64, bool)> {
            let is_doubtful = |n: &usize| priors[*n].0.abs() < self.config.data.doubtful;
            (0..items.len()).filter(is_doubtful).map(|n| items[n]).collect()
        };
        let right = answers.iter().zip(&self.validation).filter(|(answer, question)| {
            let best = (0..4).max_by(|&a, &b| answer[a + 2].total_cmp(&answer[b + 2]));
            best == Some(question.class.index())
        });
        let measures = [
            ("average_precision", average_precision(&both)),
            ("average_precision_prior", average_precision(&priors)),
            ("log_loss", log_loss(&both)),
            ("log_loss_prior", log_loss(&priors)),
            ("doubtful_average_precision", average_precision(&doubtful(&both))),
            ("doubtful_average_precision_prior", average_precision(&doubtful(&priors))),
            ("class_accuracy", right.count() as f64 / answers.len().max(1) as f64),
        ];
        let mut measures: BTreeMap<String, f64> = measures.map(|(name, x)| (name.to_owned(), x)).into();
        let score = if self.config.data.decide.is_empty() {
            measures["average_precision"]
        } else {
            let (loss, prior) = self.decide(&answers);
            measures
                .extend([("stack_log_loss".to_owned(), loss), ("stack_log_loss_prior".to_owned(), prior)]);
            -loss
        };
        Ok(Validation { score, measures })
    }

    fn sources(&self) -> BTreeMap<String, String> {
        self.sources.clone()
    }
}

/// The network's logits (alert, safe, four classes) for questions as they are, in their order.
pub fn ask(
    network: &Network,
    parameters: &Parameters,
    encoder: &Encoder,
    questions: &[Question],
    micro_tokens: usize,
) -> anyhow::Result<Vec<[f32; 6]>> {
    let mut answers = Vec::with_capacity(questions.len());
    // By and by, so that all questions' tokens need not be held at once.
    for some in questions.chunks(1024) {
        let tokens: Vec<Vec<u32>> = some.iter().map(|question| encoder.encode(&question.query)).collect();
        let batches = micro_batches(tokens, Vec::len, micro_tokens);
        let batches: Vec<Batch> =
            batches.iter().map(|batch| Batch::new(batch.iter().map(Vec::as_slice))).collect();
        answers.extend(network.answers(parameters, &batches)?);
    }
    Ok(answers)
}

#[cfg(test)]
pub(super) mod tests;
