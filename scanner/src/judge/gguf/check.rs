//! Whether a GGUF is a model that the judge can run, checked before llama.cpp sees it.
//!
//! llama.cpp answers many wrong files with an error and some with `abort()`: a vocabulary with a repeated token, a
//! wrong head size, an unknown rope scaling. Those are checked here. Shapes of weights are left to llama.cpp,
//! which answers a mismatch with an error.

use std::collections::BTreeSet;

use super::value::{F32, I32, U32};
use super::{Array, Gguf, Value};

/// Dense decoder-only families. `llama` is what the default model is and what the tests run; the others share its
/// graph and checks. Mixtures of experts, recurrent and encoder models are refused.
pub const ARCHITECTURES: [&str; 9] =
    ["gemma", "gemma2", "gemma3", "granite", "llama", "phi3", "qwen2", "qwen3", "smollm3"];

/// Caps of llama.cpp (`LLAMA_MAX_LAYERS` is 512 or more in every version) and of good sense.
const MAX_LAYERS: u64 = 512;
const MAX_WIDTH: u64 = 65_536;
const MAX_TOKENS: usize = 1 << 20;

/// Gives the cause if `gguf` is not a model that the judge can run.
pub fn check(gguf: &Gguf) -> Result<(), String> {
    match gguf.text("general.type") {
        Some("adapter") => {
            return Err("it is a LoRA adapter, not a model: merge it into its base model first".into());
        }
        Some("model") | None => {}
        Some(other) => return Err(format!("it holds a {other}, not a model")),
    }
    if gguf.unsigned("split.count").is_some_and(|n| n > 1) {
        return Err("it is one part of a split model: join the parts with llama-gguf-split --merge".into());
    }
    let architecture = gguf.text("general.architecture").ok_or("general.architecture is missing")?;
    if !ARCHITECTURES.contains(&architecture) {
        let known = ARCHITECTURES.join(", ");
        return Err(format!("architecture {architecture:?} is not supported (supported: {known})"));
    }
    check_shape(gguf)?;
    check_numbers(gguf, architecture)?;
    check_vocabulary(gguf)
}

/// The required integer `{arch}.{name}`, between 1 and `limit`.
fn size(gguf: &Gguf, name: &str, limit: u64) -> Result<u64, String> {
    let value = gguf.of_architecture(name).ok_or(format!("metadata key {name} is missing"))?;
    optional_size(value, name, limit)
}

fn optional_size(value: &Value, name: &str, limit: u64) -> Result<u64, String> {
    match value {
        Value::Integer { kind: U32 | I32, .. } => value
            .as_u64()
            .filter(|n| (1..=limit).contains(n))
            .ok_or_else(|| format!("metadata key {name} is not between 1 and {limit}")),
        _ => Err(format!("metadata key {name} is not a 32-bit integer")),
    }
}

fn check_shape(gguf: &Gguf) -> Result<(), String> {
    size(gguf, "block_count", MAX_LAYERS)?;
    size(gguf, "context_length", u64::from(u32::MAX))?;
    size(gguf, "feed_forward_length", 1 << 20)?;
    let width = size(gguf, "embedding_length", MAX_WIDTH)?;
    let heads = size(gguf, "attention.head_count", 1024)?;
    let optional = |name: &str, default: u64, limit: u64| match gguf.of_architecture(name) {
        Some(value) => optional_size(value, name, limit),
        None => Ok(default),
    };
    let kv_heads = optional("attention.head_count_kv", heads, heads)?;
    if !heads.is_multiple_of(kv_heads) {
        return Err(format!("{heads} heads cannot share {kv_heads} key-value heads"));
    }
    if gguf.of_architecture("attention.key_length").is_none() && !width.is_multiple_of(heads) {
        return Err(format!("{heads} heads do not divide the width {width}"));
    }
    let key = optional("attention.key_length", width / heads, 1024)?;
    let value = optional("attention.value_length", key, 1024)?;
    let rope = optional("rope.dimension_count", key, 1024)?;
    if key != value || rope != key || key % 2 != 0 {
        return Err(format!(
            "heads of key length {key}, value length {value}, rope length {rope} are not supported"
        ));
    }
    for name in ["expert_count", "expert_used_count", "expert_group_count", "nextn_predict_layers"] {
        if gguf.of_architecture(name).is_some_and(|v| v.as_u64() != Some(0)) {
            return Err(format!("metadata key {name} is set: mixtures of experts are not supported"));
        }
    }
    Ok(())
}

fn check_numbers(gguf: &Gguf, architecture: &str) -> Result<(), String> {
    for (key, value) in &gguf.metadata {
        if let Value::Float { value, kind } = value
            && key.starts_with(architecture)
            && (*kind != F32 || !value.is_finite() || *value < 0.0)
        {
            return Err(format!("metadata key {key} is not a usable 32-bit number"));
        }
    }
    match gguf.of_architecture("rope.scaling.type").map(Value::as_str) {
        None | Some(Some("none" | "linear" | "yarn" | "longrope")) => Ok(()),
        Some(_) => Err("metadata key rope.scaling.type is unknown".into()),
    }
}

fn check_vocabulary(gguf: &Gguf) -> Result<(), String> {
    match gguf.text("tokenizer.ggml.model") {
        Some("gpt2") => {
            gguf.strings("tokenizer.ggml.merges").ok_or("the tokenizer's merges are missing")?;
        }
        Some("llama") => {}
        Some(other) => {
            return Err(format!("tokenizer model {other:?} is not supported (gpt2 and llama are)"));
        }
        None => return Err("the tokenizer is missing (tokenizer.ggml.model)".into()),
    }
    let tokens =
        gguf.strings("tokenizer.ggml.tokens").ok_or("the vocabulary is missing (tokenizer.ggml.tokens)")?;
    // Twelve, because llama.cpp takes token 11 as begin and end of text of a gpt2 vocabulary that names none.
    if !(12..=MAX_TOKENS).contains(&tokens.len()) {
        return Err(format!("a vocabulary of {} tokens is not usable", tokens.len()));
    }
    let mut seen = BTreeSet::new();
    // llama.cpp gives empty tokens unique names of its own.
    if let Some(twice) = tokens.iter().filter(|t| !t.is_empty()).find(|t| !seen.insert(t.as_str())) {
        return Err(format!("token {twice:?} stands in the vocabulary twice"));
    }
    let lists = [("tokenizer.ggml.token_type", I32), ("tokenizer.ggml.scores", F32)];
    for (key, wanted) in lists {
        let Some(value) = gguf.get(key) else { continue };
        let kind = match value {
            Value::Array(Array::Integers { kind, .. } | Array::Floats { kind, .. }) => *kind,
            _ => return Err(format!("{key} is no array of numbers")),
        };
        let Value::Array(array) = value else { continue };
        if kind != wanted || array.len() != tokens.len() {
            return Err(format!("{key} does not fit the vocabulary"));
        }
    }
    Ok(())
}
