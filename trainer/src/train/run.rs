//! The loop: lessons, gradients, steps; log, validation, checkpoints, the best model.
//!
//! ```text
//! RUN/  config.toml  log.jsonl  log.csv  events.out.tfevents.…  training_metadata.json  checkpoints/step-…/  best/  last/
//! ```
//! `best/` and `last/` are models (config.json, model.safetensors, tokenizer.json) or, if an adapter is trained, adapters
//! (adapter_config.json, adapter_model.safetensors). The same settings, data and seed give the same weights, bit for bit,
//! whatever the number of threads and wherever the run was interrupted.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use candle_core::Device;
use indicatif::{ProgressBar, ProgressStyle};
use secretscan::judge::digest::sha256_hex;
use secretscan::judge::encode;
use serde::Serialize;

use super::checkpoint::{self, State, Tensors};
use super::journal::{Entry, Journal};
use super::learner::Learner;
use super::lesson::{Lesson, Losses};
use super::optimizer::{AdamW, Gradients};
use super::settings::LoopConfig;
use super::step::Network;
use crate::model::{Parameters, ops};
use crate::usage::{Meter, Usage};

/// What a validation says.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// The number to be as high as possible.
    pub score: f64,
    /// All measures, for the log.
    pub measures: BTreeMap<String, f64>,
}

/// What is learned: where lessons come from and how success is measured.
pub trait Task {
    /// The lessons of a step (from 0): a function of the step alone.
    fn lessons(&mut self, step: u64) -> anyhow::Result<Vec<Lesson>>;
    /// Measures a network of these weights.
    fn validate(&mut self, network: &Network, parameters: &Parameters) -> anyhow::Result<Validation>;
    /// Names and SHA-256 of the files it learns from.
    fn sources(&self) -> BTreeMap<String, String>;
}

/// What a run needs besides its task.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The run's folder.
    pub directory: &'a Path,
    /// The network.
    pub network: &'a Network,
    /// What of it is trained.
    pub learner: &'a Learner,
    /// Where it runs.
    pub device: &'a Device,
    /// The tokenizer's file, which goes with every model.
    pub tokenizer: &'a Path,
    /// The loop's settings.
    pub config: &'a LoopConfig,
    /// All settings, as TOML: written into the folder.
    pub settings: &'a str,
    /// Go on after the folder's newest checkpoint.
    pub resume: bool,
    /// Stop after so many steps of this process (tests of resuming); the schedule is that of the whole run.
    pub stop_after: Option<u64>,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Steps done.
    pub steps: u64,
    /// Best score and its step.
    pub best: Option<(f64, u64)>,
    /// Cost of the whole run.
    pub usage: Usage,
}

#[derive(Serialize)]
struct Metadata<'a> {
    trainer: &'static str,
    encoding_version: u32,
    encoding_hash: &'static str,
    seed: u64,
    threads: usize,
    device: String,
    method: &'static str,
    parameters: usize,
    steps: u64,
    tokens: u64,
    best_score: Option<f64>,
    best_step: Option<u64>,
    usage: Usage,
    settings_sha256: String,
    sources: &'a BTreeMap<String, String>,
}

/// Trains `fresh` weights, or goes on where a checkpoint stands.
pub fn run(context: &Context<'_>, task: &mut dyn Task, fresh: Parameters) -> anyhow::Result<Outcome> {
    let sources = task.sources();
    let (state, tensors) = begin(context, &sources, fresh)?;
    std::fs::write(context.directory.join("config.toml"), context.settings)
        .with_context(|| format!("cannot write into {}", context.directory.display()))?;
    let journal = Journal::open(context.directory, state.step)?;
    let mut run = Run { context, sources, state, tensors, journal, meter: Meter::start() };
    run.all(task)
}

fn fingerprint(context: &Context<'_>, sources: &BTreeMap<String, String>) -> String {
    // Threads, the log and the number of checkpoints do not change what is learned; precision may be changed midway.
    let LoopConfig { seed, steps, micro_tokens, ema, overfit, schedule, optimizer, .. } = context.config;
    let text = format!(
        "{:?} {:?} {}",
        (seed, steps, micro_tokens, ema, overfit, schedule, optimizer),
        context.network.config(),
        encode::hash()
    );
    sha256_hex(format!("{text} {sources:?}").as_bytes())
}

fn begin(
    context: &Context<'_>,
    sources: &BTreeMap<String, String>,
    fresh: Parameters,
) -> anyhow::Result<(State, Tensors)> {
    let fingerprint = fingerprint(context, sources);
    let checkpoints = context.directory.join("checkpoints");
    let newest = checkpoint::list(&checkpoints)?.pop();
    match newest {
        Some(path) if context.resume => {
            checkpoint::load(&path, &fresh, context.config.optimizer, &fingerprint, context.device)
        }
        Some(path) => anyhow::bail!(
            "{} holds a run already ({}); go on with --resume or choose another folder",
            context.directory.display(),
            path.display()
        ),
        None => {
            std::fs::create_dir_all(&checkpoints)
                .with_context(|| format!("cannot make {}", checkpoints.display()))?;
            let average = if context.config.ema > 0.0 { Some(fresh.copied()?) } else { None };
            let optimizer = AdamW::new(context.config.optimizer, &fresh)?;
            Ok((State { fingerprint, ..State::default() }, Tensors { parameters: fresh, average, optimizer }))
        }
    }
}

struct Run<'a> {
    context: &'a Context<'a>,
    sources: BTreeMap<String, String>,
    state: State,
    tensors: Tensors,
    journal: Journal,
    meter: Meter,
}

/// Sums since the last line of the log.
#[derive(Default)]
struct Since {
    steps: u64,
    tokens: u64,
    losses: Losses,
}

impl Run<'_> {
    fn all(&mut self, task: &mut dyn Task) -> anyhow::Result<Outcome> {
        let config = self.context.config;
        let bar = progress(config.steps);
        bar.set_position(self.state.step);
        let (mut logged, mut saved) = (Instant::now(), Instant::now());
        let mut since = Since::default();
        let first = self.state.step;
        let mut enough = false;
        while self.state.step < config.steps && !enough {
            let lessons = task.lessons(self.state.step)?;
            let tokens: usize = lessons.iter().map(|lesson| lesson.batch.tokens.len()).sum();
            let rate = config.schedule.rate(self.state.step, config.steps);
            let (gradients, losses) = self.gradients(&lessons)?;
            let norm = self
                .tensors
                .optimizer
                .step(&self.tensors.parameters, &gradients, rate)
                .with_context(|| format!("step {}", self.state.step))?;
            self.average()?;
            self.state.step += 1;
            self.state.tokens += tokens as u64;
            since.steps += 1;
            since.tokens += tokens as u64;
            since.losses.add(&losses);
            bar.inc(1);

            let last = self.state.step == config.steps;
            if self.state.step.is_multiple_of(config.log_every.max(1)) || last {
                self.log(&since, rate, norm, logged.elapsed(), &bar)?;
                (since, logged) = (Since::default(), Instant::now());
            }
            if self.state.step.is_multiple_of(config.validate_every.max(1)) || last {
                enough = self.validate(task, rate, &bar)?;
                logged = Instant::now();
            }
            let stop = self.context.stop_after.is_some_and(|after| self.state.step - first >= after);
            if last || enough || stop || saved.elapsed() >= Duration::from_secs(config.checkpoint_every_s) {
                self.checkpoint()?;
                saved = Instant::now();
            }
            if stop {
                break;
            }
        }
        bar.finish_and_clear();
        self.write_model("last")?;
        let usage = self.usage();
        self.metadata(usage)?;
        Ok(Outcome { steps: self.state.step, best: self.state.best, usage })
    }

    fn gradients(&self, lessons: &[Lesson]) -> anyhow::Result<(Gradients, Losses)> {
        let Context { network, learner, config, .. } = self.context;
        Ok(learner.gradients(network, &self.tensors.parameters, lessons, config.seed, self.state.step)?)
    }

    /// Moves the running average towards the weights; faster at first, when it knows little.
    fn average(&mut self) -> anyhow::Result<()> {
        let Some(average) = &self.tensors.average else { return Ok(()) };
        let step = self.state.step as f32;
        let decay = self.context.config.ema.min((1.0 + step) / (10.0 + step));
        for ((_, to), (_, from)) in average.iter().zip(self.tensors.parameters.iter()) {
            ops::inplace::average_into(to, from, decay)?;
        }
        Ok(())
    }

    /// What is validated and kept.
    fn shown(&self) -> &Parameters {
        self.tensors.average.as_ref().unwrap_or(&self.tensors.parameters)
    }

    fn usage(&self) -> Usage {
        let (before, now) = (self.state.usage, self.meter.usage());
        Usage {
            wall_s: before.wall_s + now.wall_s,
            cpu_s: before.cpu_s + now.cpu_s,
            peak_mib: before.peak_mib.max(now.peak_mib),
        }
    }

    fn log(
        &mut self,
        since: &Since,
        rate: f64,
        norm: f64,
        time: Duration,
        bar: &ProgressBar,
    ) -> anyhow::Result<()> {
        let mean = |sum: f64| sum / since.steps.max(1) as f64;
        let speed = since.tokens as f64 / time.as_secs_f64();
        let parts =
            [("next", since.losses.next), ("verdict", since.losses.verdict), ("class", since.losses.class)];
        let measures =
            parts.into_iter().filter(|part| part.1 != 0.0).map(|(name, x)| (name.to_owned(), mean(x)));
        let loss = mean(since.losses.total());
        bar.set_message(format!("loss {loss:.4}  {speed:.0} tokens/s"));
        let entry = Entry {
            loss: Some(loss),
            measures: measures.collect(),
            gradient_norm: Some(norm),
            tokens_per_second: Some(speed),
            ..self.entry(rate)
        };
        self.journal.write(&entry)
    }

    fn entry(&self, rate: f64) -> Entry {
        let usage = self.usage();
        Entry {
            step: self.state.step,
            rate,
            tokens: self.state.tokens,
            elapsed_s: usage.wall_s,
            cpu_s: usage.cpu_s,
            peak_mib: usage.peak_mib,
            ..Entry::default()
        }
    }

    /// Measures; keeps the model if it is the best; says whether it is time to stop.
    fn validate(&mut self, task: &mut dyn Task, rate: f64, bar: &ProgressBar) -> anyhow::Result<bool> {
        let weights = self.context.learner.weights(self.shown())?;
        let validation = task.validate(self.context.network, &weights)?;
        let shown: Vec<String> =
            validation.measures.iter().map(|(name, x)| format!("{name} {x:.4}")).collect();
        let line = format!("step {}: {}", self.state.step, shown.join("  "));
        if bar.is_hidden() {
            anstream::eprintln!("{line}");
        } else {
            bar.println(line);
        }
        self.journal.write(&Entry { measures: validation.measures, ..self.entry(rate) })?;
        if self.state.best.is_none_or(|(best, _)| validation.score > best) {
            self.state.best = Some((validation.score, self.state.step));
            self.state.stale = 0;
            self.write_model("best")?;
        } else {
            self.state.stale += 1;
        }
        let patience = self.context.config.patience;
        Ok(patience > 0 && self.state.stale >= patience)
    }

    fn checkpoint(&mut self) -> anyhow::Result<()> {
        let state = State { usage: self.usage(), ..self.state.clone() };
        let directory = self.context.directory.join("checkpoints");
        checkpoint::save(&directory, &state, &self.tensors, self.context.config.keep_last)
    }

    fn write_model(&self, name: &str) -> anyhow::Result<()> {
        let Context { directory, network, learner, tokenizer, .. } = self.context;
        learner.save(self.shown(), network.config(), tokenizer, &directory.join(name))
    }

    fn metadata(&self, usage: Usage) -> anyhow::Result<()> {
        let metadata = Metadata {
            trainer: env!("CARGO_PKG_VERSION"),
            encoding_version: encode::VERSION,
            encoding_hash: encode::hash(),
            seed: self.context.config.seed,
            threads: self.context.network.threads(),
            device: format!("{:?}", self.context.device.location()),
            method: self.context.learner.method(),
            parameters: self.tensors.parameters.count(),
            steps: self.state.step,
            tokens: self.state.tokens,
            best_score: self.state.best.map(|best| best.0),
            best_step: self.state.best.map(|best| best.1),
            usage,
            settings_sha256: sha256_hex(self.context.settings.as_bytes()),
            sources: &self.sources,
        };
        let path = self.context.directory.join("training_metadata.json");
        std::fs::write(&path, serde_json::to_string_pretty(&metadata)? + "\n")
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

fn progress(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta} {msg}");
    ProgressBar::new(steps).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
