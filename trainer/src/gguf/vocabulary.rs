//! A `tokenizer.json` of byte-level BPE as GGUF metadata.
//!
//! The file's own ids are kept. Added tokens marked special become control tokens, which llama.cpp never finds in plain
//! text; everything else is a normal token.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use secretscan::judge::gguf::{Array, Value};
use serde::Deserialize;

use super::metadata::{text, unsigned};

#[derive(Deserialize)]
struct File {
    model: Model,
    #[serde(default)]
    added_tokens: Vec<Added>,
    pre_tokenizer: serde_json::Value,
}

#[derive(Deserialize)]
struct Model {
    vocab: BTreeMap<String, u32>,
    merges: Vec<Merge>,
}

/// Pairs since tokenizers 0.20, before that one string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    Joined(String),
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
    special: bool,
}

/// What a GGUF says about its vocabulary.
#[derive(Debug)]
pub struct TokenizerMetadata {
    /// The keys `tokenizer.ggml.*`.
    pub entries: Vec<(String, Value)>,
    /// Number of tokens.
    pub tokens: usize,
}

/// Reads a `tokenizer.json`. An error if ids have gaps, or if text is split in a way that llama.cpp has no name for.
pub fn of_file(path: &Path) -> anyhow::Result<TokenizerMetadata> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file: File = serde_json::from_slice(&bytes)
        .with_context(|| format!("{} is no tokenizer.json of a byte-level BPE", path.display()))?;
    let mut by_id: BTreeMap<u32, (String, i64)> = BTreeMap::new();
    for (token, id) in file.model.vocab {
        by_id.insert(id, (token, NORMAL));
    }
    for added in file.added_tokens {
        by_id.insert(added.id, (added.content, if added.special { CONTROL } else { NORMAL }));
    }
    if by_id.keys().copied().ne(0..by_id.len() as u32) {
        bail!("the ids in {} have gaps; llama.cpp needs all of them", path.display());
    }
    let pre = pre_tokenizer(&file.pre_tokenizer)
        .with_context(|| format!("{} splits text in a way that llama.cpp has no name for", path.display()))?;
    let (tokens, types): (Vec<String>, Vec<i64>) = by_id.into_values().unzip();
    let merges = file.model.merges.into_iter().map(|merge| match merge {
        Merge::Pair(left, right) => format!("{left} {right}"),
        Merge::Joined(joined) => joined,
    });
    let id_of = |name: &str| tokens.iter().position(|token| token == name);
    let mut entries = vec![
        ("tokenizer.ggml.model".to_owned(), text("gpt2")),
        ("tokenizer.ggml.pre".to_owned(), text(pre)),
        ("tokenizer.ggml.merges".to_owned(), Value::Array(Array::Strings(merges.collect()))),
        ("tokenizer.ggml.token_type".to_owned(), Value::Array(Array::Integers { values: types, kind: 5 })),
        ("tokenizer.ggml.add_bos_token".to_owned(), Value::Bool(false)),
    ];
    for (key, name) in
        [("padding_token_id", "<|pad|>"), ("eos_token_id", "<|end|>"), ("bos_token_id", "<|end|>")]
    {
        if let Some(id) = id_of(name) {
            entries.push((format!("tokenizer.ggml.{key}"), unsigned(id)));
        }
    }
    let count = tokens.len();
    entries.push(("tokenizer.ggml.tokens".to_owned(), Value::Array(Array::Strings(tokens))));
    Ok(TokenizerMetadata { entries, tokens: count })
}

/// Token types of GGUF.
const NORMAL: i64 = 1;
const CONTROL: i64 = 3;

/// llama.cpp's name of a pre-tokenizer: GPT-2's pattern, with or without every digit alone before.
fn pre_tokenizer(value: &serde_json::Value) -> anyhow::Result<&'static str> {
    let is_gpt2 = |v: &serde_json::Value| {
        v["type"] == "ByteLevel" && v["add_prefix_space"] == false && v["use_regex"] == true
    };
    if is_gpt2(value) {
        return Ok("gpt-2");
    }
    match value["pretokenizers"].as_array().map(Vec::as_slice) {
        Some([digits, bytes])
            if value["type"] == "Sequence"
                && digits["type"] == "Digits"
                && digits["individual_digits"] == true
                && is_gpt2(bytes) =>
        {
            Ok("smollm")
        }
        _ => bail!("pre_tokenizer is neither ByteLevel (GPT-2's) nor Digits (each alone) and ByteLevel"),
    }
}
