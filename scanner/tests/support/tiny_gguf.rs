//! Writes small GGUF models with seeded random weights, and keeps the weights for a reference computation.
//!
//! Included with `#[path]` by the test targets that need a model. The llama architecture: `RMSNorm`, grouped-query
//! attention with interleaved rotary embedding, `SwiGLU`, tied embeddings; a byte-level BPE vocabulary of 256 bytes, some
//! merges and the special tokens of the encoding.

#![allow(dead_code, reason = "each test target uses a part of it")]

use std::collections::BTreeMap;

use secretscan::judge::encode;

/// One metadata value.
#[derive(Debug, Clone)]
pub(crate) enum Meta {
    U32(u32),
    F32(f32),
    Bool(bool),
    Text(String),
    Texts(Vec<String>),
    I32s(Vec<i32>),
}

/// How matrices are stored (vectors are always F32).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    F32,
    Q8_0,
}

/// What model to make.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) width: usize,
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    pub(crate) kv_heads: usize,
    pub(crate) ff: usize,
    /// Number of merges, at most 4,000.
    pub(crate) merges: usize,
    pub(crate) seed: u64,
    pub(crate) storage: Storage,
    /// Names of the control tokens.
    pub(crate) specials: Vec<String>,
    /// Set or replaced in the metadata.
    pub(crate) set: Vec<(String, Meta)>,
    /// Left out of the metadata.
    pub(crate) unset: Vec<String>,
}

/// A model: the file, and its weights as a reference may use them (row-major, `[out][in]`).
pub(crate) struct Tiny {
    pub(crate) bytes: Vec<u8>,
    pub(crate) weights: BTreeMap<String, Vec<f32>>,
    pub(crate) recipe: Recipe,
    pub(crate) tokens: Vec<String>,
}

impl Recipe {
    /// The smallest useful native model: width 64, 2 layers, 4 heads over 2 key-value heads.
    pub(crate) fn native() -> Self {
        Self {
            width: 64,
            layers: 2,
            heads: 4,
            kv_heads: 2,
            ff: 96,
            merges: 60,
            seed: 1,
            storage: Storage::F32,
            specials: encode::specials(),
            set: vec![
                ("secretscan.profile".into(), Meta::Text("native".into())),
                ("secretscan.encoding.version".into(), Meta::U32(encode::VERSION)),
                ("secretscan.encoding.hash".into(), Meta::Text(encode::hash().into())),
            ],
            unset: vec![],
        }
    }

    /// A native model that gives every candidate nearly this probability (0 and 1 are safe to compare with).
    pub(crate) fn constant(alert: bool) -> Self {
        Self::native().with("secretscan.calibration.bias", Meta::F32(if alert { 1000.0 } else { -1000.0 }))
    }

    /// A model as others make them: a chat template (`ChatML`) and nothing of this program.
    pub(crate) fn chat() -> Self {
        let template = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] \
                        + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' \
                        }}{% endif %}";
        Self {
            specials: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"].map(str::to_owned).to_vec(),
            set: vec![("tokenizer.chat_template".into(), Meta::Text(template.into()))],
            ..Self::native()
        }
    }

    /// Sets a metadata value.
    #[must_use]
    pub(crate) fn with(mut self, key: &str, value: Meta) -> Self {
        self.set.push((key.into(), value));
        self
    }

    /// Leaves a metadata value out.
    #[must_use]
    pub(crate) fn without(mut self, key: &str) -> Self {
        self.unset.push(key.into());
        self
    }

    /// Makes the model.
    pub(crate) fn build(self) -> Tiny {
        let merges: Vec<(String, String)> = merges().take(self.merges).collect();
        let mut tokens: Vec<String> = (0..=255).map(|b| encode::byte_char(b).to_string()).collect();
        tokens.extend(merges.iter().map(|(a, b)| format!("{a}{b}")));
        let normal = tokens.len();
        tokens.extend(self.specials.iter().cloned());

        let mut metadata = self.metadata(&tokens, normal, &merges);
        for (key, value) in &self.set {
            metadata.insert(key.clone(), value.clone());
        }
        for key in &self.unset {
            metadata.remove(key);
        }
        let (tensors, weights) = self.tensors(tokens.len());
        Tiny { bytes: file(&metadata, &tensors), weights, tokens, recipe: self }
    }

    fn metadata(
        &self,
        tokens: &[String],
        normal: usize,
        merges: &[(String, String)],
    ) -> BTreeMap<String, Meta> {
        let number = |n: usize| Meta::U32(n as u32);
        let types = (0..tokens.len()).map(|id| if id < normal { 1 } else { 3 }).collect();
        [
            ("general.architecture", Meta::Text("llama".into())),
            ("general.type", Meta::Text("model".into())),
            ("general.name", Meta::Text("tiny".into())),
            ("llama.context_length", number(4096)),
            ("llama.embedding_length", number(self.width)),
            ("llama.block_count", number(self.layers)),
            ("llama.feed_forward_length", number(self.ff)),
            ("llama.attention.head_count", number(self.heads)),
            ("llama.attention.head_count_kv", number(self.kv_heads)),
            ("llama.attention.layer_norm_rms_epsilon", Meta::F32(1e-5)),
            ("llama.rope.freq_base", Meta::F32(10_000.0)),
            ("llama.rope.dimension_count", number(self.width / self.heads)),
            ("llama.vocab_size", number(tokens.len())),
            ("tokenizer.ggml.model", Meta::Text("gpt2".into())),
            ("tokenizer.ggml.pre", Meta::Text("smollm".into())),
            ("tokenizer.ggml.tokens", Meta::Texts(tokens.to_vec())),
            ("tokenizer.ggml.token_type", Meta::I32s(types)),
            ("tokenizer.ggml.merges", Meta::Texts(merges.iter().map(|(a, b)| format!("{a} {b}")).collect())),
            ("tokenizer.ggml.bos_token_id", number(normal)),
            ("tokenizer.ggml.eos_token_id", number(normal)),
            ("tokenizer.ggml.add_bos_token", Meta::Bool(false)),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
    }

    fn tensors(&self, vocabulary: usize) -> (Vec<Tensor>, BTreeMap<String, Vec<f32>>) {
        let (d, kv) = (self.width, self.width / self.heads * self.kv_heads);
        let mut random = Random(self.seed);
        let mut tensors = Vec::new();
        let mut weights = BTreeMap::new();
        let mut add = |name: String, shape: &[usize], scale: f32, offset: f32| {
            let mut values: Vec<f32> =
                (0..shape.iter().product()).map(|_| offset + scale * random.normal()).collect();
            let storage = if shape.len() == 1 { Storage::F32 } else { self.storage };
            let data = store(&mut values, storage);
            // The file names the contiguous dimension first.
            tensors.push(Tensor {
                name: name.clone(),
                shape: shape.iter().rev().copied().collect(),
                storage,
                data,
            });
            weights.insert(name, values);
        };
        // Tied: logits get a deviation of about 1.
        add("token_embd.weight".into(), &[vocabulary, d], 1.0 / (d as f32).sqrt(), 0.0);
        add("output_norm.weight".into(), &[d], 0.1, 1.0);
        for layer in 0..self.layers {
            let mut add = |name: &str, shape: &[usize], scale: f32, offset: f32| {
                add(format!("blk.{layer}.{name}.weight"), shape, scale, offset);
            };
            let fan = |n: usize| 1.5 / (n as f32).sqrt();
            add("attn_norm", &[d], 0.1, 1.0);
            add("attn_q", &[d, d], fan(d), 0.0);
            add("attn_k", &[kv, d], fan(d), 0.0);
            add("attn_v", &[kv, d], fan(d), 0.0);
            add("attn_output", &[d, d], fan(d), 0.0);
            add("ffn_norm", &[d], 0.1, 1.0);
            add("ffn_gate", &[self.ff, d], fan(d), 0.0);
            add("ffn_up", &[self.ff, d], fan(d), 0.0);
            add("ffn_down", &[d, self.ff], fan(self.ff), 0.0);
        }
        (tensors, weights)
    }
}

/// Merges in the order of their rank: some words of this trade, then pairs and triples of letters.
fn merges() -> impl Iterator<Item = (String, String)> {
    let words = [
        ("p", "a"),
        ("s", "s"),
        ("pa", "ss"),
        ("w", "o"),
        ("r", "d"),
        ("wo", "rd"),
        ("pass", "word"),
        ("t", "o"),
        ("k", "e"),
        ("ke", "y"),
        ("e", "n"),
        ("to", "ke"),
        ("toke", "n"),
        ("\u{120}", "="),
        ("=", "\""),
        ("s", "e"),
        ("c", "r"),
        ("se", "cr"),
        ("e", "t"),
        ("secr", "et"),
        ("i", "m"),
        ("p", "o"),
    ];
    let words: Vec<(String, String)> = words.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
    let known: Vec<String> = words.iter().map(|(a, b)| format!("{a}{b}")).collect();
    let letters = || ('a'..='z').map(String::from);
    let pairs = letters().flat_map(move |a| letters().map(move |b| (a.clone(), b)));
    let pairs: Vec<_> = pairs.filter(|(a, b)| !known.contains(&format!("{a}{b}"))).collect();
    let starts = [
        "th", "in", "er", "an", "re", "on", "at", "st", "es", "or", "te", "of", "ed", "is", "it", "al", "ar",
    ];
    let all: Vec<String> = words.iter().chain(&pairs).map(|(a, b)| format!("{a}{b}")).collect();
    let triples: Vec<_> = starts
        .into_iter()
        .flat_map(|start| ('a'..='z').map(move |c| (start.to_owned(), c.to_string())))
        .filter(|(a, b)| !all.contains(&format!("{a}{b}")))
        .collect();
    let four: Vec<_> = triples
        .iter()
        .flat_map(|(a, b)| ('a'..='z').map(move |c| (format!("{a}{b}"), c.to_string())))
        .collect();
    words.into_iter().chain(pairs).chain(triples).chain(four)
}

struct Tensor {
    name: String,
    shape: Vec<usize>,
    storage: Storage,
    data: Vec<u8>,
}

/// The bytes of `values`, which become what the stored form says.
fn store(values: &mut [f32], storage: Storage) -> Vec<u8> {
    match storage {
        Storage::F32 => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        Storage::Q8_0 => values.chunks_exact_mut(32).flat_map(q8_block).collect(),
    }
}

/// One block of `Q8_0`: the scale as a half float, 32 signed bytes.
fn q8_block(block: &mut [f32]) -> Vec<u8> {
    let most = block.iter().fold(0f32, |most, v| most.max(v.abs()));
    let (half, scale) = half(most / 127.0);
    let mut bytes = half.to_le_bytes().to_vec();
    for value in block {
        let q = if scale == 0.0 { 0.0 } else { (*value / scale).round().clamp(-127.0, 127.0) };
        *value = q * scale;
        bytes.push((q as i8).cast_unsigned());
    }
    bytes
}

/// A positive number as a half float (cut, not rounded; normal range), and what it then is.
fn half(value: f32) -> (u16, f32) {
    let bits = value.to_bits();
    let exponent = (bits >> 23).cast_signed() - 127 + 15;
    if exponent <= 0 {
        return (0, 0.0);
    }
    let short = ((exponent as u32) << 10 | (bits >> 13 & 0x3FF)) as u16;
    (short, f32::from_bits(bits & !0x1FFF))
}

/// The file: header, metadata, table, data.
fn file(metadata: &BTreeMap<String, Meta>, tensors: &[Tensor]) -> Vec<u8> {
    let mut out = b"GGUF".to_vec();
    out.extend(3u32.to_le_bytes());
    out.extend((tensors.len() as u64).to_le_bytes());
    out.extend((metadata.len() as u64).to_le_bytes());
    for (key, value) in metadata {
        string(&mut out, key);
        meta(&mut out, value);
    }
    let mut offset = 0;
    for tensor in tensors {
        string(&mut out, &tensor.name);
        out.extend((tensor.shape.len() as u32).to_le_bytes());
        out.extend(tensor.shape.iter().flat_map(|&n| (n as u64).to_le_bytes()));
        out.extend(if tensor.storage == Storage::F32 { 0u32 } else { 8 }.to_le_bytes());
        out.extend((offset as u64).to_le_bytes());
        offset += tensor.data.len().next_multiple_of(32);
    }
    for tensor in tensors {
        out.resize(out.len().next_multiple_of(32), 0);
        out.extend(&tensor.data);
    }
    out.resize(out.len().next_multiple_of(32), 0);
    out
}

fn meta(out: &mut Vec<u8>, value: &Meta) {
    match value {
        Meta::U32(n) => out.extend(4u32.to_le_bytes().into_iter().chain(n.to_le_bytes())),
        Meta::F32(n) => out.extend(6u32.to_le_bytes().into_iter().chain(n.to_le_bytes())),
        Meta::Bool(n) => out.extend(7u32.to_le_bytes().into_iter().chain([u8::from(*n)])),
        Meta::Text(text) => {
            out.extend(8u32.to_le_bytes());
            string(out, text);
        }
        Meta::Texts(texts) => {
            out.extend([9u32.to_le_bytes(), 8u32.to_le_bytes()].concat());
            out.extend((texts.len() as u64).to_le_bytes());
            for text in texts {
                string(out, text);
            }
        }
        Meta::I32s(numbers) => {
            out.extend([9u32.to_le_bytes(), 5u32.to_le_bytes()].concat());
            out.extend((numbers.len() as u64).to_le_bytes());
            out.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
        }
    }
}

fn string(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

/// A small generator, so that models are the same everywhere.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f32 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
    }

    /// About normal: the sum of twelve uniform numbers, mean 0, deviation 1.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.uniform()).sum::<f32>() - 6.0
    }
}
