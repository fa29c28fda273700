//! Whole runs on tiny networks.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::Device;
use secretscan::judge::encode::Encoder;

use super::learner::Learner;
use super::lesson::Answers;
use super::optimizer::AdamConfig;
use super::pretrain::{PretrainConfig, Pretraining, Shape, TextConfig};
use super::question::tests::{examples, write};
use super::run::{self, Context};
use super::schedule::{Course, Schedule};
use super::settings::LoopConfig;
use super::step::Network;
use super::tokenizer;
use crate::example::Split;
use crate::model::{Config, Parameters};

pub(super) fn shape() -> Shape {
    Shape { hidden_size: 32, layers: 2, heads: 2, kv_heads: 1, ffn: 48, rope_theta: 10_000.0, positions: 256 }
}

pub(super) fn loop_config() -> LoopConfig {
    LoopConfig {
        steps: 12,
        micro_tokens: 200,
        ema: 0.9,
        log_every: 2,
        validate_every: 4,
        schedule: Schedule { course: Course::Cosine, rate: 3e-3, warmup: 3, floor: 0.1, decay: 0.2 },
        optimizer: AdamConfig::default(),
        ..LoopConfig::default()
    }
}

fn pretrain_config(directory: &Path) -> PretrainConfig {
    let text = directory.join("text.jsonl");
    let lines: Vec<String> = (0..80)
        .map(|n| {
            format!(
                "{{\"path\":\"a/f{n}.rs\",\"text\":\"fn user_{n}() {{ config.get({n}) }}\\nlet key = {n};\"}}"
            )
        })
        .collect();
    std::fs::write(&text, lines.join("\n")).unwrap();
    let set = directory.join("set.jsonl");
    write(&set, &examples(30, Split::Train));
    PretrainConfig {
        run: loop_config(),
        tokenizer: Some(tokenizer::tests::small(directory)),
        init: None,
        text: TextConfig {
            files: vec![text],
            examples: vec![set],
            share: 0.3,
            sequence: 32,
            step_tokens: 600,
            validation_one_in: 5,
            validation_chunks: 4,
        },
        model: shape(),
    }
}

/// Runs it in `directory/NAME`; returns the weights' bytes of `last/`.
fn pretrain(
    config: &PretrainConfig,
    directory: &Path,
    name: &str,
    threads: usize,
    stop_after: Option<u64>,
    resume: bool,
) -> anyhow::Result<Vec<u8>> {
    let out = directory.join(name);
    std::fs::create_dir_all(&out)?;
    let file = config.tokenizer()?;
    let (vocabulary, size) = tokenizer::load(&file)?;
    let encoder = Encoder::new(vocabulary)?;
    let mut task = Pretraining::new(config, &encoder, &out.join("stream.bin"))?;
    let (shape, first) = config.weights(size, &Device::Cpu)?;
    let network = Network::new(&shape, Answers::of(&encoder), &Device::Cpu, threads, config.run.precision)?;
    let context = Context {
        directory: &out,
        network: &network,
        learner: &Learner::Whole,
        device: &Device::Cpu,
        tokenizer: &file,
        config: &config.run,
        settings: &toml::to_string(config)?,
        resume,
        stop_after,
    };
    run::run(&context, &mut task, first)?;
    Ok(std::fs::read(out.join("last/model.safetensors"))?)
}

#[test]
fn pretraining_goes_on_from_a_model() {
    let directory = tempfile::tempdir().unwrap();
    let config = pretrain_config(directory.path());
    pretrain(&config, directory.path(), "first", 1, None, false).unwrap();
    let first = directory.path().join("first/last");
    let run = LoopConfig { steps: 1, ..config.run.clone() };
    let config = PretrainConfig { run, tokenizer: None, init: Some(first.clone()), ..config };
    pretrain(&config, directory.path(), "second", 1, None, false).unwrap();
    let load = |folder: &Path| {
        let shape = Config::load(folder).unwrap();
        Parameters::load(folder, &shape, &Device::Cpu).unwrap()
    };
    let (before, after) = (load(&first), load(&directory.path().join("second/last")));
    let distance = |a: &Parameters, b: &Parameters| -> f64 {
        let pairs = a.iter().zip(b.iter());
        pairs
            .map(|((_, x), (_, y))| {
                x.sub(y).unwrap().sqr().unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap()
            })
            .map(f64::from)
            .sum()
    };
    let fresh = Parameters::init(&Config::load(&first).unwrap(), config.run.seed, &Device::Cpu).unwrap();
    let (step, far) = (distance(&before, &after), distance(&fresh, &after));
    assert!(step > 0.0 && step < far / 4.0, "one step moved {step}, fresh weights are {far} away");
}

#[test]
fn a_resumed_run_equals_an_uninterrupted_one_bit_for_bit_whatever_the_threads() {
    let directory = tempfile::tempdir().unwrap();
    let config = pretrain_config(directory.path());
    let whole = pretrain(&config, directory.path(), "whole", 1, None, false).unwrap();
    pretrain(&config, directory.path(), "parts", 2, Some(5), false).unwrap();
    let refused = pretrain(&config, directory.path(), "parts", 1, None, false).unwrap_err();
    assert!(refused.to_string().contains("--resume"), "{refused}");
    pretrain(&config, directory.path(), "parts", 1, Some(4), true).unwrap();
    let parts = pretrain(&config, directory.path(), "parts", 2, None, true).unwrap();
    assert!(whole == parts, "the weights differ");
    let journal = |name: &str| -> Vec<(u64, Option<f64>)> {
        let text = std::fs::read_to_string(directory.path().join(name).join("log.jsonl")).unwrap();
        let entries = text.lines().map(|l| serde_json::from_str::<super::journal::Entry>(l).unwrap());
        entries
            .filter(|e| e.step.is_multiple_of(4))
            .map(|e| (e.step, e.measures.get("validation_loss").copied()))
            .collect()
    };
    assert_eq!(journal("whole"), journal("parts"));

    let mut other = config.clone();
    other.run.schedule.rate = 1e-3;
    let refused = pretrain(&other, directory.path(), "parts", 1, None, true).unwrap_err();
    assert!(refused.to_string().contains("other data or settings"), "{refused}");
}

#[test]
fn pre_training_learns_a_few_chunks_by_heart_and_leaves_a_whole_run_behind() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = pretrain_config(directory.path());
    config.run = LoopConfig { overfit: 4, steps: 60, validate_every: 60, ..config.run };
    config.run.schedule.rate = 1e-2;
    pretrain(&config, directory.path(), "run", 2, None, false).unwrap();
    let out = directory.path().join("run");
    let text = std::fs::read_to_string(out.join("log.jsonl")).unwrap();
    let losses: Vec<f64> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<super::journal::Entry>(line).unwrap().loss)
        .collect();
    assert!(losses[0] > 4.0 && *losses.last().unwrap() < 1.0, "{losses:?}");
    for file in [
        "best/config.json",
        "best/model.safetensors",
        "best/tokenizer.json",
        "config.toml",
        "log.csv",
        "events.out.tfevents.0.secretscan",
    ] {
        assert!(out.join(file).exists(), "{file}");
    }
    let metadata: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(&std::fs::read_to_string(out.join("training_metadata.json")).unwrap()).unwrap();
    assert_eq!(metadata["steps"], 60);
    assert!(metadata["usage"]["wall_s"].as_f64().unwrap() > 0.0);
    assert_eq!(metadata["sources"].as_object().unwrap().len(), 4);
    assert_eq!(std::fs::read_dir(out.join("checkpoints")).unwrap().count(), 1);
}
