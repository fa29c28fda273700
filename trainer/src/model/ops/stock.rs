//! The operations from candle's differentiable ones: for GPUs, and what the fused ones are tested against.

use candle_core::{D, DType, Result, Tensor};
use candle_nn::ops::{log_softmax, sigmoid, softmax};

use super::Attention;

pub(crate) fn rms_norm(x: &Tensor, w: &Tensor, eps: f32) -> Result<Tensor> {
    let wide = x.to_dtype(DType::F32)?;
    let mean = wide.sqr()?.mean_keepdim(D::Minus1)?;
    let normed = wide.broadcast_div(&(mean + f64::from(eps))?.sqrt()?)?;
    normed.to_dtype(x.dtype())?.broadcast_mul(w)
}

pub(crate) fn swiglu(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    (gate * sigmoid(gate)?)? * up
}

pub(crate) fn rows(table: &Tensor, ids: &[u32]) -> Result<Tensor> {
    table.index_select(&Tensor::new(ids, table.device())?, 0)
}

pub(crate) fn cross_entropy(
    hidden: &Tensor,
    output: &Tensor,
    targets: &[u32],
    weights: &[f32],
) -> Result<Tensor> {
    let logits = hidden.matmul(&output.t()?)?.to_dtype(DType::F32)?;
    let targets = Tensor::new(targets, hidden.device())?.unsqueeze(1)?;
    let right = log_softmax(&logits, D::Minus1)?.gather(&targets, 1)?.squeeze(1)?;
    (right * Tensor::new(weights, hidden.device())?)?.sum_all()?.neg()
}

pub(crate) fn attention(q: &Tensor, k: &Tensor, v: &Tensor, with: &Attention) -> Result<Tensor> {
    let Some(&first) = with.lengths.first() else { return q.zeros_like() };
    if with.lengths.iter().all(|&length| length == first) {
        return equal_lengths(q, k, v, with, first);
    }
    let mut at = 0;
    let mut parts = Vec::with_capacity(with.lengths.len());
    for &length in with.lengths.iter() {
        let part = |x: &Tensor| x.narrow(0, at, length)?.contiguous();
        parts.push(equal_lengths(&part(q)?, &part(k)?, &part(v)?, with, length)?);
        at += length;
    }
    Tensor::cat(&parts, 0)
}

fn equal_lengths(q: &Tensor, k: &Tensor, v: &Tensor, with: &Attention, length: usize) -> Result<Tensor> {
    let heads = with.heads;
    let count = q.dim(0)? / length.max(1);
    let by_head =
        |x: &Tensor, n: usize| x.reshape((count, length, n, heads.width))?.transpose(1, 2)?.contiguous();
    let (cos, sin) = with.rope.tables();
    let table = |values: &[f32]| {
        Tensor::from_slice(&values[..length * heads.width / 2], (length, heads.width / 2, 1), q.device())?
            .to_dtype(q.dtype())
    };
    let (cos, sin) = (table(cos)?, table(sin)?);
    let turn = |x: Tensor| -> Result<Tensor> {
        let shape = x.dims().to_vec();
        let pairs = x.reshape((count, shape[1], length, heads.width / 2, 2))?;
        let (a, b) = (pairs.narrow(4, 0, 1)?, pairs.narrow(4, 1, 1)?);
        let first = (a.broadcast_mul(&cos)? - b.broadcast_mul(&sin)?)?;
        let second = (a.broadcast_mul(&sin)? + b.broadcast_mul(&cos)?)?;
        Tensor::cat(&[first, second], 4)?.reshape(shape)
    };
    let each = heads.heads / heads.groups;
    let repeat = |x: Tensor| -> Result<Tensor> {
        x.unsqueeze(2)?.broadcast_as((count, heads.groups, each, length, heads.width))?.reshape((
            count,
            heads.heads,
            length,
            heads.width,
        ))
    };
    let q = turn(by_head(q, heads.heads)?)?;
    let k = repeat(turn(by_head(k, heads.groups)?)?)?;
    let v = repeat(by_head(v, heads.groups)?)?;
    let scores = (q.matmul(&k.t()?)? * f64::from(1.0 / (heads.width as f32).sqrt()))?;
    let mask: Vec<f32> = (0..length * length)
        .map(|at| if at % length > at / length { f32::NEG_INFINITY } else { 0.0 })
        .collect();
    let mask = Tensor::from_vec(mask, (length, length), q.device())?.to_dtype(q.dtype())?;
    let weights = softmax(&scores.broadcast_add(&mask)?, D::Minus1)?;
    weights.matmul(&v)?.transpose(1, 2)?.reshape((count * length, heads.heads * heads.width))
}
