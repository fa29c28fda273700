//! How fast this machine trains: tokens a second, against what its matrix products alone would take.

use std::time::Duration;

use candle_core::{Device, Result, Tensor};

use super::lesson::{Answers, Lesson, NextTokens, Verdict};
use super::optimizer::{AdamConfig, AdamW};
use super::step::Network;
use crate::model::{Batch, Config, Parameters, Precision, ops};
use crate::usage::{Meter, Usage};

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub struct Speed {
    /// Tokens a second on the clock: forward, backward, step.
    pub tokens_per_second: f64,
    /// Tokens a second of processor time: what one core does while nothing else runs on it.
    pub tokens_per_core_second: f64,
    /// Floating-point operations a second of processor time in large products.
    pub peak: f64,
    /// Least processor time the products of a token take at the peak, over the time it took.
    pub efficiency: f64,
}

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Threads, each with a micro-batch of its own.
    pub threads: usize,
    /// Sequences of a micro-batch.
    pub sequences: usize,
    /// Tokens of a sequence.
    pub length: usize,
    /// The loss is at every token, not at each sequence's last only.
    pub every_token: bool,
    /// Of the products.
    pub precision: Precision,
}

/// Trains on made-up tokens for about `time`.
pub fn measure(config: &Config, work: Work, time: Duration) -> Result<Speed> {
    let Work { threads, sequences, length, every_token, precision } = work;
    let answers = Answers::new([1, 2, 3, 4, 5, 6]);
    let network = Network::new(config, answers, &Device::Cpu, threads, precision)?;
    let parameters = Parameters::init(config, 1, &Device::Cpu)?;
    let mut adam = AdamW::new(AdamConfig::default(), &parameters)?;
    let made_up = |n: usize| -> Vec<u32> {
        (0..length).map(|t| ((n * 7919 + t * t * 31 + t) % config.vocab_size) as u32).collect()
    };
    let lesson = |thread: usize| {
        let all: Vec<Vec<u32>> = (0..sequences).map(|n| made_up(thread * sequences + n)).collect();
        let batch = Batch::new(all.iter().map(Vec::as_slice));
        let (rows, targets) = if every_token { batch.next_tokens() } else { (vec![0], vec![1]) };
        let weights = vec![1.0 / (rows.len() * threads) as f32; rows.len()];
        let weight = 1.0 / (sequences * threads) as f32;
        let verdict = |row| Verdict { row, prior: 0.0, target: 1.0, weight, class: 0, class_weight: weight };
        let verdicts = batch.last_rows().into_iter().map(verdict).collect();
        Lesson { batch, next: NextTokens { rows, targets, weights }, verdicts }
    };
    let lessons: Vec<Lesson> = (0..threads).map(lesson).collect();
    let tokens: usize = lessons.iter().map(|lesson| lesson.batch.tokens.len()).sum();
    let mut step = || -> Result<()> {
        let (gradients, _) = network.gradients(&parameters, &lessons)?;
        adam.step(&parameters, &gradients, 1e-4).map(drop)
    };
    step()?;
    let meter = Meter::start();
    let mut steps = 0;
    while meter.usage().wall_s < time.as_secs_f64() || steps == 0 {
        step()?;
        steps += 1;
    }
    let used_time = meter.usage();
    let tokens_per_core_second = (tokens * steps) as f64 / core_seconds(used_time);
    let peak = peak(&network, time / 4)?;
    let embedding = config.vocab_size * config.hidden_size;
    let used = parameters.count() - embedding + if every_token { embedding } else { 0 };
    let efficiency = 6.0 * used as f64 * tokens_per_core_second / peak;
    let tokens_per_second = (tokens * steps) as f64 / used_time.wall_s;
    Ok(Speed { tokens_per_second, tokens_per_core_second, peak, efficiency })
}

/// Operations a second of large products on every thread at once.
fn peak(network: &Network, time: Duration) -> Result<f64> {
    const SIZE: usize = 1024;
    let matrix = Tensor::ones((SIZE, SIZE), candle_core::DType::F32, &Device::Cpu)?;
    let jobs = vec![(); network.threads()];
    let meter = Meter::start();
    let mut done = 0.0;
    while meter.usage().wall_s < time.as_secs_f64() || done == 0.0 {
        let work = |(): &()| {
            for _ in 0..4 {
                ops::linear(&matrix, &matrix)?;
            }
            Ok(())
        };
        network.map(&jobs, work, |()| Ok(()))?;
        done += (4 * jobs.len() * 2 * SIZE * SIZE * SIZE) as f64;
    }
    Ok(done / core_seconds(meter.usage()))
}

/// Processor time, or the clock's where the system does not tell.
fn core_seconds(usage: Usage) -> f64 {
    if usage.cpu_s > 0.0 { usage.cpu_s } else { usage.wall_s }
}
