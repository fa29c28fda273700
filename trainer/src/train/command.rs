//! `trainer speed`, …: the command lines of training.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use candle_core::Device;
use clap::Args;
use secretscan::judge::encode::Encoder;

use super::learner::Learner;
use super::lesson::Answers;
use super::pretrain::{PretrainConfig, Pretraining};
use super::run::{self, Context, Task};
use super::score::{self, Asked};
use super::settings;
use super::step::Network;
use super::verdict::{VerdictConfig, Verdicts};
use super::{corpus, speed, tokenizer};
use crate::model::{Config, Parameters, Precision};

/// Measures how fast this machine trains.
#[derive(Debug, Args)]
pub struct Speed {
    /// Threads, each with micro-batches of its own.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Sequences of a micro-batch.
    #[arg(long, default_value_t = 32)]
    sequences: usize,
    /// Tokens of a sequence.
    #[arg(long, default_value_t = 160)]
    length: usize,
    /// Products in bfloat16 on the processor's tile unit.
    #[arg(long)]
    bf16: bool,
    /// Loss at the last token of a sequence only, as in training on verdicts.
    #[arg(long)]
    last_token: bool,
    /// Seconds to measure for.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// Runs it.
pub fn speed(args: &Speed) -> anyhow::Result<()> {
    let work = speed::Work {
        threads: args.threads,
        sequences: args.sequences,
        length: args.length,
        every_token: !args.last_token,
        precision: if args.bf16 { Precision::Bf16 } else { Precision::F32 },
    };
    let speed = speed::measure(&Config::nano(4096), work, Duration::from_secs(args.seconds))?;
    anstream::println!(
        "{:.0} tokens/s on {} threads, {:.0} a core second; large products {:.1} GFLOP/s a core; {:.0} % of the time is \
         what the products would take",
        speed.tokens_per_second,
        args.threads,
        speed.tokens_per_core_second,
        speed.peak / 1e9,
        100.0 * speed.efficiency
    );
    Ok(())
}

/// Learns a vocabulary from text.
#[derive(Debug, Args)]
pub struct Tokenizer {
    /// JSONL of {"path", "text"}; may be given several times.
    #[arg(long, required = true)]
    text: Vec<PathBuf>,
    /// Ids in all, special tokens among them.
    #[arg(long, default_value_t = 4096)]
    size: usize,
    /// Most MiB of text, evenly chosen; 0 for all.
    #[arg(long, default_value_t = 64)]
    most_mib: usize,
    /// tokenizer.json to write.
    #[arg(long)]
    out: PathBuf,
}

/// Runs it.
pub fn tokenizer(args: &Tokenizer) -> anyhow::Result<()> {
    let mut documents = Vec::new();
    for file in &args.text {
        documents.extend(corpus::read(file)?);
    }
    let bytes: usize = documents.iter().map(|document| document.text.len()).sum();
    let every = if args.most_mib == 0 { 1 } else { bytes.div_ceil(args.most_mib << 20).max(1) };
    let texts = documents.iter().step_by(every).flat_map(|d| [d.path.as_str(), d.text.as_str()]);
    let trained = tokenizer::train(texts, args.size)?;
    trained.save(&args.out, true).map_err(|e| anyhow::anyhow!("cannot write {}: {e}", args.out.display()))?;
    let (vocabulary, size) = tokenizer::load(&args.out)?;
    let (mut tokens, mut read) = (0, 0);
    for document in documents.iter().step_by(documents.len().div_ceil(500).max(1)) {
        tokens += vocabulary.encode(&document.text).len();
        read += document.text.len();
    }
    anstream::println!("{size} ids; {:.2} bytes a token", read as f64 / tokens.max(1) as f64);
    Ok(())
}

/// What all training runs are told.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Settings (TOML).
    #[arg(long)]
    config: PathBuf,
    /// Settings over those of the file, as loop.steps=100; may be given several times.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Folder of the run: settings, logs (log.jsonl, log.csv, an event file for TensorBoard), checkpoints, best/ and last/.
    #[arg(long)]
    out: PathBuf,
    /// Go on after the folder's newest checkpoint.
    #[arg(long)]
    resume: bool,
    /// Threads; over loop.threads.
    #[arg(long)]
    threads: Option<usize>,
    /// Learn so many items by heart: a test of the machinery.
    #[arg(long)]
    overfit: Option<usize>,
    /// Stop after so many steps with a checkpoint; the learning rate's course is that of the whole run.
    #[arg(long)]
    stop_after: Option<u64>,
    /// Prepare everything, take two steps, validate, estimate the time; leaves nothing that a run would go on from.
    #[arg(long)]
    dry_run: bool,
}

impl RunArgs {
    fn overrides(&self) -> Vec<String> {
        let threads = self.threads.map(|threads| format!("loop.threads={threads}"));
        let overfit = self.overfit.map(|items| format!("loop.overfit={items}"));
        self.set.iter().cloned().chain(threads).chain(overfit).collect()
    }

    /// Makes the folder and runs `task`, beginning with `fresh` weights.
    fn run(&self, context: Context<'_>, task: &mut dyn Task, fresh: Parameters) -> anyhow::Result<()> {
        let dry = tempfile_in(&self.out, self.dry_run)?;
        let parameters = fresh.count();
        let context = match &dry {
            Some(dry) => Context { directory: dry, resume: false, stop_after: Some(2), ..context },
            None => context,
        };
        let Context { network, learner, device, config, .. } = context;
        let outcome = run::run(&context, task, fresh)?;
        if let Some(dry) = &dry {
            task.validate(network, &learner.load(&dry.join("last"), network.config(), device)?)?;
            let seconds = outcome.usage.wall_s / outcome.steps.max(1) as f64 * config.steps as f64;
            std::fs::remove_dir_all(dry)?;
            anstream::println!(
                "{parameters} weights; {} steps take about {:.0} minutes",
                config.steps,
                seconds / 60.0
            );
            return Ok(());
        }
        let best =
            outcome.best.map_or("none".to_owned(), |(score, step)| format!("{score:.4} at step {step}"));
        anstream::println!(
            "{} steps of {parameters} weights in {:.1} minutes ({:.1} of processor time, {:.0} MiB); best score {best}",
            outcome.steps,
            outcome.usage.wall_s / 60.0,
            outcome.usage.cpu_s / 60.0,
            outcome.usage.peak_mib
        );
        Ok(())
    }
}

/// A folder for a dry run, beside the run's own.
fn tempfile_in(out: &Path, dry_run: bool) -> anyhow::Result<Option<PathBuf>> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    if !dry_run {
        return Ok(None);
    }
    let dry = out.join("dry-run");
    if dry.exists() {
        std::fs::remove_dir_all(&dry).with_context(|| format!("cannot remove {}", dry.display()))?;
    }
    std::fs::create_dir_all(&dry).with_context(|| format!("cannot make {}", dry.display()))?;
    Ok(Some(dry))
}

/// The first GPU of a build with CUDA, else the CPU.
fn device() -> anyhow::Result<Device> {
    Ok(Device::cuda_if_available(0)?)
}

fn pool(threads: usize) -> anyhow::Result<rayon::ThreadPool> {
    Ok(rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build()?)
}

/// Trains a language model on text and questions, from fresh weights.
pub fn pretrain(args: &RunArgs) -> anyhow::Result<()> {
    let config: PretrainConfig = settings::read(&args.config, &args.overrides())?;
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    let file = config.tokenizer()?;
    let (vocabulary, size) = tokenizer::load(&file)?;
    let encoder = Encoder::new(vocabulary)?;
    let device = device()?;
    let (shape, first) = config.weights(size, &device)?;
    let cache = args.out.join("stream.bin");
    let mut task = pool(config.run.threads)?.install(|| Pretraining::new(&config, &encoder, &cache))?;
    let (tokens, questions) = task.size();
    anstream::eprintln!("{tokens} tokens of text, {questions} questions");
    let network =
        Network::new(&shape, Answers::of(&encoder), &device, config.run.threads, config.run.precision)?;
    let context = Context {
        directory: &args.out,
        network: &network,
        learner: &Learner::Whole,
        device: &device,
        tokenizer: &file,
        config: &config.run,
        settings: &toml::to_string(&config)?,
        resume: args.resume,
        stop_after: args.stop_after,
    };
    args.run(context, &mut task, first)
}

/// Trains a network, or an adapter over one, on verdicts.
pub fn train(args: &RunArgs) -> anyhow::Result<()> {
    let config: VerdictConfig = settings::read(&args.config, &args.overrides())?;
    let file = config.tokenizer()?;
    let (vocabulary, size) = tokenizer::load(&file)?;
    let encoder = Encoder::new(vocabulary)?;
    let device = device()?;
    let (shape, weights) = config.weights(size, &device)?;
    let (learner, fresh) = config.learner(&shape, weights, &device)?;
    let mut task = pool(config.run.threads)?.install(|| Verdicts::new(&config, &encoder))?;
    let (questions, validation) = task.size();
    anstream::eprintln!("{questions} questions to learn from, {validation} to be validated on");
    let network =
        Network::new(&shape, Answers::of(&encoder), &device, config.run.threads, config.run.precision)?;
    let context = Context {
        directory: &args.out,
        network: &network,
        learner: &learner,
        device: &device,
        tokenizer: &file,
        config: &config.run,
        settings: &toml::to_string(&config)?,
        resume: args.resume,
        stop_after: args.stop_after,
    };
    args.run(context, &mut task, fresh)
}

/// Asks a network about a set of examples.
///
/// The table is for `trainer calibrate`. Give --gguf with the very file that ships: quantization moves logits.
#[derive(Debug, Args)]
pub struct Score {
    /// Folder of the model: config.json, model.safetensors, tokenizer.json.
    #[arg(long, value_name = "FOLDER", required_unless_present = "gguf", conflicts_with = "gguf")]
    model: Option<PathBuf>,
    /// A GGUF instead, asked in llama.cpp.
    #[arg(long, value_name = "FILE")]
    gguf: Option<PathBuf>,
    /// Examples (JSONL), of whatever split.
    #[arg(long)]
    set: PathBuf,
    /// The feature model's log-odds, id<TAB>log-odds; may be given several times. Without any, all are 0.
    #[arg(long)]
    priors: Vec<PathBuf>,
    /// Table to write: id, delta (what is added to the log-odds), logits of real, weak, placeholder, not.
    #[arg(long)]
    out: PathBuf,
    /// Threads.
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

/// Runs it.
pub fn score(args: &Score) -> anyhow::Result<()> {
    let asked = Asked { set: &args.set, priors: &args.priors, out: &args.out };
    let work = || match (&args.gguf, &args.model) {
        (Some(file), _) => score::gguf(file, asked),
        (None, Some(folder)) => score::checkpoint(folder, asked, args.threads),
        (None, None) => bail!("give the model with --model FOLDER or --gguf FILE"),
    };
    let (asked, without) = pool(args.threads)?.install(work)?;
    anstream::println!("{asked} questions asked; {without} examples without a candidate");
    Ok(())
}
