//! The network: Llama (Touvron et al. 2023) with grouped queries, interleaved rotary positions and tied embeddings.

use std::sync::Arc;

use candle_core::{Result, Tensor};

use super::linear::Linear;
use super::ops::{self, Attention, Heads, Rope};
use super::parameters::{self, Parameters};
use super::{Config, ConfigError};

/// Sequences one after the other, none padded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Tokens of all sequences.
    pub tokens: Vec<u32>,
    /// Length of each.
    pub lengths: Arc<[usize]>,
}

impl Batch {
    /// Of sequences; empty ones are left out.
    pub fn new<'a>(sequences: impl IntoIterator<Item = &'a [u32]>) -> Self {
        let mut tokens = Vec::new();
        let mut lengths = Vec::new();
        for sequence in sequences.into_iter().filter(|sequence| !sequence.is_empty()) {
            tokens.extend_from_slice(sequence);
            lengths.push(sequence.len());
        }
        Self { tokens, lengths: lengths.into() }
    }

    /// The row of each sequence's last token.
    pub fn last_rows(&self) -> Vec<u32> {
        let ends = self.lengths.iter().scan(0, |at, length| {
            *at += length;
            Some(*at as u32 - 1)
        });
        ends.collect()
    }

    /// Rows that predict the token after them in their sequence, and those tokens.
    pub fn next_tokens(&self) -> (Vec<u32>, Vec<u32>) {
        let mut rows = Vec::with_capacity(self.tokens.len());
        let mut at = 0;
        for &length in self.lengths.iter() {
            rows.extend(at as u32..(at + length - 1) as u32);
            at += length;
        }
        let targets = rows.iter().map(|&row| self.tokens[row as usize + 1]).collect();
        (rows, targets)
    }
}

#[derive(Debug, Clone)]
struct Block {
    attention_norm: Tensor,
    q: Linear,
    k: Linear,
    v: Linear,
    o: Linear,
    mlp_norm: Tensor,
    gate: Linear,
    up: Linear,
    down: Linear,
}

/// The network over some weights: cheap to build and to clone, the weights are shared.
#[derive(Debug, Clone)]
pub struct Llama {
    embedding: Tensor,
    output: Tensor,
    blocks: Vec<Block>,
    norm: Tensor,
    rope: Arc<Rope>,
    heads: Heads,
    eps: f32,
}

impl Llama {
    /// To be trained: gradients flow to `parameters`.
    pub fn trainable(config: &Config, parameters: &Parameters) -> Result<Self> {
        Self::build(
            config,
            |name| Ok(parameters.get(name)?.as_tensor().clone()),
            |_, weight| Linear::new(weight),
        )
    }

    /// To be asked only: keeps no graph.
    pub fn frozen(config: &Config, parameters: &Parameters) -> Result<Self> {
        Self::build(config, |name| Ok(parameters.get(name)?.as_detached_tensor()), |_, w| Linear::new(w))
    }

    /// With weights from `weight` and linear layers from `linear`, both by the weights' names
    /// (`model.layers.0.self_attn.q_proj.weight`): an adapter takes over the layers that it wants.
    pub fn build(
        config: &Config,
        weight: impl Fn(&str) -> Result<Tensor>,
        linear: impl Fn(&str, Tensor) -> Linear,
    ) -> Result<Self> {
        config.check().map_err(|e: ConfigError| candle_core::Error::Msg(e.to_string()))?;
        let block = |layer: usize| -> Result<Block> {
            let name = |part: &str| format!("model.layers.{layer}.{part}.weight");
            let tensor = |part: &str| weight(&name(part));
            let linear = |part: &str| Ok::<_, candle_core::Error>(linear(&name(part), tensor(part)?));
            Ok(Block {
                attention_norm: tensor("input_layernorm")?,
                q: linear("self_attn.q_proj")?,
                k: linear("self_attn.k_proj")?,
                v: linear("self_attn.v_proj")?,
                o: linear("self_attn.o_proj")?,
                mlp_norm: tensor("post_attention_layernorm")?,
                gate: linear("mlp.gate_proj")?,
                up: linear("mlp.up_proj")?,
                down: linear("mlp.down_proj")?,
            })
        };
        let embedding = weight(parameters::EMBEDDING)?;
        let output = if config.tie_word_embeddings { embedding.clone() } else { weight(parameters::OUTPUT)? };
        let width = config.head_width();
        Ok(Self {
            embedding,
            output,
            blocks: (0..config.num_hidden_layers).map(block).collect::<Result<_>>()?,
            norm: weight(parameters::FINAL_NORM)?,
            rope: Arc::new(Rope::new(width, config.max_position_embeddings, config.rope_theta)),
            heads: Heads { heads: config.num_attention_heads, groups: config.num_key_value_heads, width },
            eps: config.rms_norm_eps as f32,
        })
    }

    /// The states after the last norm, `[tokens, width]`.
    pub fn hidden(&self, batch: &Batch) -> Result<Tensor> {
        let with = Attention { heads: self.heads, rope: self.rope.clone(), lengths: batch.lengths.clone() };
        let mut x = ops::rows(&self.embedding, &batch.tokens)?;
        for block in &self.blocks {
            x = block.forward(&x, &with, self.eps)?;
        }
        ops::rms_norm(&x, &self.norm, self.eps)
    }

    /// The output matrix `[vocabulary, width]`.
    pub fn output(&self) -> &Tensor {
        &self.output
    }

    /// Logits of some tokens only, `[rows, tokens]`, from states `[rows, width]`.
    pub fn logits_of(&self, hidden: &Tensor, tokens: &[u32]) -> Result<Tensor> {
        ops::linear(hidden, &ops::rows(&self.output, tokens)?)
    }
}

impl Block {
    fn forward(&self, x: &Tensor, with: &Attention, eps: f32) -> Result<Tensor> {
        let h = ops::rms_norm(x, &self.attention_norm, eps)?;
        let (q, k, v) = (self.q.forward(&h)?, self.k.forward(&h)?, self.v.forward(&h)?);
        let x = (x + self.o.forward(&ops::attention(&q, &k, &v, with)?)?)?;
        let h = ops::rms_norm(&x, &self.mlp_norm, eps)?;
        let inner = ops::swiglu(&self.gate.forward(&h)?, &self.up.forward(&h)?)?;
        x + self.down.forward(&inner)?
    }
}

#[cfg(test)]
mod tests;
