//! A tiny base, a tiny tokenizer and adapters, made when a test runs.

use std::path::Path;

use candle_core::{Device, Tensor};
use secretscan::judge::encode;
use serde_json::json;
use tempfile::TempDir;

use super::{Adapters, PeftConfig};
use crate::adapter::config::Targets;
use crate::gguf::llama::Runner;
use crate::gguf::quantize::FileType;
use crate::gguf::{convert, package};
use crate::model::{Batch, Config, Llama, Parameters, ops};

/// 256 bytes, one merge, the special tokens of the encoding.
pub(crate) fn tokenizer() -> serde_json::Value {
    let mut tokens: Vec<String> = (0..=u8::MAX).map(|byte| encode::byte_char(byte).to_string()).collect();
    tokens.push("in".into());
    let vocabulary: serde_json::Map<_, _> =
        tokens.iter().enumerate().map(|(id, token)| (token.clone(), json!(id))).collect();
    let specials = encode::specials().into_iter().enumerate();
    let added: Vec<_> =
        specials.map(|(n, name)| json!({"id": tokens.len() + n, "content": name, "special": true})).collect();
    json!({
        "added_tokens": added,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "vocab": vocabulary, "merges": [["i", "n"]]},
    })
}

pub(crate) fn config() -> Config {
    Config {
        hidden_size: 64,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: 2,
        intermediate_size: 96,
        max_position_embeddings: 128,
        ..Config::nano(257 + encode::specials().len())
    }
}

/// Random weights that keep the size of what goes through them: with those of a fresh model every change looks small.
pub(super) fn parameters() -> Parameters {
    parameters_of(&config())
}

fn parameters_of(config: &Config) -> Parameters {
    let fresh = 0.02;
    let parameters = Parameters::init(config, 1, &Device::Cpu).unwrap();
    for (name, var) in parameters.iter().filter(|(name, _)| !name.contains("norm")) {
        let deviation = if name.contains("embed") { 0.2 } else { 1.0 / (config.hidden_size as f64).sqrt() };
        var.set(&(var.as_detached_tensor() * (deviation / fresh)).unwrap()).unwrap();
    }
    parameters
}

/// A checkpoint of [`parameters`].
pub(crate) fn base() -> TempDir {
    checkpoint_of(&config())
}

/// A checkpoint of random weights.
pub(crate) fn checkpoint_of(config: &Config) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    config.save(directory.path()).unwrap();
    parameters_of(config).save(&directory.path().join("model.safetensors")).unwrap();
    std::fs::write(directory.path().join("tokenizer.json"), tokenizer().to_string()).unwrap();
    directory
}

pub(super) fn settings() -> PeftConfig {
    PeftConfig { rank: 4, alpha: 8.0, targets: Targets::AllLinear, ..PeftConfig::default() }
}

pub(super) fn adapters_of(settings: PeftConfig, seed: u64) -> Adapters {
    Adapters::init(settings, &config(), seed, &Device::Cpu).unwrap()
}

/// Fresh ones.
pub(super) fn adapters(seed: u64) -> Adapters {
    adapters_of(settings(), seed)
}

pub(super) fn trained(base: &Parameters, seed: u64) -> Adapters {
    train(adapters(seed), base)
}

/// Some steps, each going by the same length in every matrix.
pub(super) fn train(adapters: Adapters, base: &Parameters) -> Adapters {
    let at = |adapters: &Adapters| {
        let network = adapters.trainable(&config(), base, Some(1)).unwrap();
        loss(&network, &questions())
    };
    let before = at(&adapters).to_scalar::<f32>().unwrap();
    for _ in 0..8 {
        let gradients = at(&adapters).backward().unwrap();
        for (name, var) in adapters.variables() {
            let gradient = gradients.get(&var).expect(&name);
            let length = super::verify::norm(gradient).unwrap().max(1e-12);
            let step = 0.01 * (var.elem_count() as f64).sqrt() / length;
            var.set(&(var.as_detached_tensor() - (gradient * step).unwrap()).unwrap()).unwrap();
        }
    }
    let after = at(&adapters).to_scalar::<f32>().unwrap();
    assert!(after < before, "training lowers the loss: {before} to {after}");
    adapters
}

pub(super) fn questions() -> Vec<Vec<u32>> {
    (0..6u32).map(|n| (0..10 + 7 * n).map(|t| (n * 97 + t * t * 31 + t) % 250).collect()).collect()
}

/// Of the next token, the mean over all.
pub(super) fn loss(network: &Llama, questions: &[Vec<u32>]) -> Tensor {
    let batch = Batch::new(questions.iter().map(Vec::as_slice));
    let (rows, targets) = batch.next_tokens();
    let states = ops::rows(&network.hidden(&batch).unwrap(), &rows).unwrap();
    let weights = vec![1.0 / rows.len() as f32; rows.len()];
    ops::cross_entropy(&states, network.output(), &targets, &weights).unwrap()
}

/// Converts a checkpoint.
pub(crate) fn to_gguf(checkpoint: &Path, file_type: FileType, out: &Path) {
    let converted = convert::convert(checkpoint, file_type, "t").unwrap();
    package::save(out, &converted.metadata, &converted.tensors).unwrap();
}

/// Logits of a checkpoint in llama.cpp, with an adapter or without.
pub(super) fn llama(checkpoint: &TempDir, adapter: Option<&Path>) -> Vec<Vec<f32>> {
    let path = checkpoint.path().join("model.gguf");
    to_gguf(checkpoint.path(), FileType::F32, &path);
    Runner::open(&path, adapter).unwrap().logits(&questions()).unwrap()
}

/// Largest difference.
pub(super) fn worst(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    super::verify::Difference::of(a, b).worst
}
