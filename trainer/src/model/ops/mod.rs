//! The differentiable operations of the network. The only place that chooses how each is computed.
//!
//! F32 tensors on the CPU take the fused operations (`fused`: own kernels with a backward pass); everything else
//! takes `stock`, the same mathematics from candle's differentiable operations. candle's own fused operations
//! (`candle_nn::ops::{rms_norm, softmax_last_dim}`, `rotary_emb::*`, quantized products) have no backward pass and would cut
//! the gradient without an error, so none of them is used; tests hold both ways to the same gradients.
//!
//! Sequences are not padded: a batch is its sequences one after the other, `[tokens, width]`, with their lengths.

pub(crate) mod fused;
pub(crate) mod inplace;
pub(crate) mod stock;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use candle_core::{DType, Result, Tensor};

pub use super::kernel::attention::Heads;
pub use super::kernel::rope::Rope;

/// What attention needs to know besides its tensors.
#[derive(Debug, Clone)]
pub struct Attention {
    /// Shape of the heads.
    pub heads: Heads,
    /// Rotary tables; at least as many positions as the longest sequence.
    pub rope: Arc<Rope>,
    /// Tokens of each sequence; their sum is the number of rows.
    pub lengths: Arc<[usize]>,
}

fn is_fused(x: &Tensor) -> bool {
    x.device().is_cpu() && x.dtype() == DType::F32
}

/// RMSNorm of the rows of `x` `[n, width]` with weights `w` `[width]`.
pub fn rms_norm(x: &Tensor, w: &Tensor, eps: f32) -> Result<Tensor> {
    if is_fused(x) { fused::rms_norm(x, w, eps) } else { stock::rms_norm(x, w, eps) }
}

/// `x · wᵀ`: `[n, in]` and `[out, in]` to `[n, out]`.
pub fn linear(x: &Tensor, w: &Tensor) -> Result<Tensor> {
    if is_fused(x) { fused::linear(x, w) } else { x.matmul(&w.t()?) }
}

/// Causal grouped-query attention with interleaved rotary positions: queries `[n, heads · width]`, keys and values
/// `[n, groups · width]`, to `[n, heads · width]`. Positions count from 0 in each sequence.
pub fn attention(q: &Tensor, k: &Tensor, v: &Tensor, with: &Attention) -> Result<Tensor> {
    let (rows, longest) =
        (with.lengths.iter().sum::<usize>(), with.lengths.iter().max().copied().unwrap_or(0));
    if rows != q.dim(0)? || longest > with.rope.positions() {
        candle_core::bail!(
            "attention: sequences of {rows} tokens in all, the longest {longest}, do not fit {} rows and {} positions",
            q.dim(0)?,
            with.rope.positions()
        );
    }
    if is_fused(q) { fused::attention(q, k, v, with) } else { stock::attention(q, k, v, with) }
}

/// `silu(gate) · up`, element by element.
pub fn swiglu(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    if is_fused(gate) { fused::swiglu(gate, up) } else { stock::swiglu(gate, up) }
}

/// Rows `ids` of `table` `[n, width]`: the embedding of tokens, or the states at some positions.
pub fn rows(table: &Tensor, ids: &[u32]) -> Result<Tensor> {
    let n = table.dim(0)?;
    if let Some(id) = ids.iter().find(|&&id| id as usize >= n) {
        candle_core::bail!("row {id} of a table of {n} rows");
    }
    if is_fused(table) { fused::rows(table, ids) } else { stock::rows(table, ids) }
}

/// Σ weight · −log softmax(hidden · outputᵀ)[target], a scalar. `hidden` `[n, width]`, `output` `[vocabulary, width]`, `n` targets
/// and weights: only positions that carry a loss go through the output matrix.
pub fn cross_entropy(hidden: &Tensor, output: &Tensor, targets: &[u32], weights: &[f32]) -> Result<Tensor> {
    let (n, vocabulary) = (hidden.dim(0)?, output.dim(0)?);
    if targets.len() != n || weights.len() != n {
        candle_core::bail!("{n} positions, {} targets and {} weights", targets.len(), weights.len());
    }
    if let Some(target) = targets.iter().find(|&&target| target as usize >= vocabulary) {
        candle_core::bail!("target {target} beyond a vocabulary of {vocabulary}");
    }
    if is_fused(hidden) {
        fused::cross_entropy(hidden, output, targets, weights)
    } else {
        stock::cross_entropy(hidden, output, targets, weights)
    }
}
