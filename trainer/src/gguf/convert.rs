//! A checkpoint (config.json, model.safetensors, tokenizer.json) as GGUF tensors and metadata.
//!
//! Names follow llama.cpp's. Checkpoints in Hugging Face's order of rotary positions (two halves of a head) get their
//! query and key rows reordered, because llama.cpp rotates neighbouring pairs; those trained here are in that order.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use candle_core::{Device, Tensor};
use secretscan::judge::encode;
use secretscan::judge::gguf::Value;
use secretscan::judge::profile::PROFILE_KEY;

use super::metadata::{float, text, unsigned};
use super::names;
use super::quantize::{self, FileType};
use super::vocabulary;
use super::writer::Stored;
use crate::model::{Config, parameters};

/// What becomes a file.
#[derive(Debug)]
pub struct Converted {
    /// In the order of writing.
    pub metadata: Vec<(String, Value)>,
    /// In the order of writing.
    pub tensors: Vec<Stored>,
}

impl Converted {
    /// Bytes of the tensors' data.
    pub fn tensor_bytes(&self) -> usize {
        self.tensors.iter().map(|tensor| tensor.data.len()).sum()
    }

    /// Number of weights.
    pub fn weights(&self) -> usize {
        self.tensors.iter().map(|tensor| tensor.shape.iter().product::<usize>()).sum()
    }
}

/// Converts the checkpoint in `directory`; `name` becomes `general.name`.
pub fn convert(directory: &Path, file_type: FileType, name: &str) -> anyhow::Result<Converted> {
    let text = std::fs::read_to_string(directory.join("config.json"))
        .with_context(|| format!("cannot read config.json in {}", directory.display()))?;
    let config: Config = serde_json::from_str(&text).with_context(|| {
        format!("{} holds no configuration of a Llama", directory.join("config.json").display())
    })?;
    let weights = candle_core::safetensors::load(directory.join("model.safetensors"), &Device::Cpu)
        .with_context(|| format!("cannot read model.safetensors in {}", directory.display()))?;
    let vocabulary = vocabulary::of_file(&directory.join("tokenizer.json"))?;
    if vocabulary.tokens != config.vocab_size {
        bail!("tokenizer.json has {} tokens, config.json says {}", vocabulary.tokens, config.vocab_size);
    }
    let mut metadata = architecture(&config, file_type, name);
    metadata.extend(vocabulary.entries);
    let tensors = tensors(&config, weights.into_iter().collect(), file_type)?;
    Ok(Converted { metadata, tensors })
}

fn architecture(config: &Config, file_type: FileType, name: &str) -> Vec<(String, Value)> {
    let own = |key: &str, value: Value| (format!("llama.{key}"), value);
    let head = config.head_width();
    vec![
        ("general.architecture".to_owned(), text("llama")),
        ("general.type".to_owned(), text("model")),
        ("general.name".to_owned(), text(name)),
        ("general.file_type".to_owned(), unsigned(file_type.code())),
        ("general.quantization_version".to_owned(), unsigned(2)),
        own("context_length", unsigned(config.max_position_embeddings)),
        own("embedding_length", unsigned(config.hidden_size)),
        own("block_count", unsigned(config.num_hidden_layers)),
        own("feed_forward_length", unsigned(config.intermediate_size)),
        own("attention.head_count", unsigned(config.num_attention_heads)),
        own("attention.head_count_kv", unsigned(config.num_key_value_heads)),
        own("attention.key_length", unsigned(head)),
        own("attention.value_length", unsigned(head)),
        own("attention.layer_norm_rms_epsilon", float(config.rms_norm_eps as f32)),
        own("rope.freq_base", float(config.rope_theta as f32)),
        own("rope.dimension_count", unsigned(head)),
        own("vocab_size", unsigned(config.vocab_size)),
        (PROFILE_KEY.to_owned(), text("native")),
        (encode::VERSION_KEY.to_owned(), unsigned(encode::VERSION as usize)),
        (encode::HASH_KEY.to_owned(), text(encode::hash())),
    ]
}

fn tensors(
    config: &Config,
    mut weights: BTreeMap<String, Tensor>,
    file_type: FileType,
) -> anyhow::Result<Vec<Stored>> {
    let layers = config.num_hidden_layers;
    let mut tensors = Vec::new();
    for source in sources(config) {
        let weight = weights.remove(&source).with_context(|| format!("the checkpoint lacks {source}"))?;
        let name = names::in_gguf(&source).with_context(|| format!("llama.cpp has no name for {source}"))?;
        let weight = match names::rotated_heads(source.trim_end_matches(".weight"), config) {
            Some(heads) if !config.rope_interleaved => interleave(&weight, heads)?,
            _ => weight,
        };
        let dtype = file_type.of(&name, weight.dims(), layers)?;
        tensors.push(quantize::store(&name, &weight, dtype)?);
    }
    if let Some(left) = weights.keys().next() {
        bail!("the checkpoint has {left}, which a Llama of this configuration has no place for");
    }
    Ok(tensors)
}

/// The checkpoint's names of all weights, in the order of the file.
fn sources(config: &Config) -> Vec<String> {
    let parts = [
        "input_layernorm",
        "self_attn.q_proj",
        "self_attn.k_proj",
        "self_attn.v_proj",
        "self_attn.o_proj",
        "post_attention_layernorm",
        "mlp.gate_proj",
        "mlp.up_proj",
        "mlp.down_proj",
    ];
    let mut sources = vec![parameters::EMBEDDING.to_owned()];
    for layer in 0..config.num_hidden_layers {
        sources.extend(parts.map(|part| format!("model.layers.{layer}.{part}.weight")));
    }
    sources.push(parameters::FINAL_NORM.to_owned());
    if !config.tie_word_embeddings {
        sources.push(parameters::OUTPUT.to_owned());
    }
    sources
}

/// Rows of each head from two halves to neighbouring pairs.
fn interleave(weight: &Tensor, heads: usize) -> candle_core::Result<Tensor> {
    let (out, width) = weight.dims2()?;
    let half = out / heads / 2;
    weight.reshape((heads, 2, half, width))?.transpose(1, 2)?.contiguous()?.reshape((out, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_become_neighbours() {
        let rows: Vec<f32> = (0..8).map(|n| n as f32).collect();
        let weight = Tensor::from_vec(rows, (8, 1), &Device::Cpu).expect("a matrix");
        let turned = interleave(&weight, 2).and_then(|t| t.flatten_all()?.to_vec1::<f32>()).expect("turned");
        assert_eq!(turned, [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]);
    }
}
