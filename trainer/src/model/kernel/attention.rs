//! Causal grouped-query attention (Ainslie et al. 2023) with rotary positions, one sequence at a time.
//!
//! The weights are recomputed in the backward pass instead of kept (as in FlashAttention, Dao et al. 2022), in blocks of
//! query rows that stop at the diagonal: no memory grows with the square of a sequence but one block's.

use rayon::prelude::*;

use super::gemm::{Into, Target, View, gemm};
use super::rope::{Rope, Turn};
use super::{dot, exponentials, wide};

/// Query rows of a block.
const BLOCK: usize = 64;

/// Shape of the heads: queries `[tokens, heads · width]`, keys and values `[tokens, groups · width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heads {
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub groups: usize,
    /// Elements of a head; even.
    pub width: usize,
}

/// What attention reads, of one sequence or of many one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) q: &'a [f32],
    pub(crate) k: &'a [f32],
    pub(crate) v: &'a [f32],
}

/// Writes the result `[tokens, heads · width]` for sequences of these lengths to `out`.
pub(crate) fn forward(input: Input<'_>, lengths: &[usize], heads: Heads, rope: &Rope, out: &mut [f32]) {
    let jobs = split(input, lengths, heads).into_iter().zip(split_mut(out, lengths, heads.q()));
    run(jobs.collect(), |(input, out): (Input<'_>, &mut [f32])| sequence(input, out, heads, rope));
}

/// Writes the gradients of queries, keys and values to `gradients`.
pub(crate) fn backward(
    input: Input<'_>,
    dy: &[f32],
    lengths: &[usize],
    heads: Heads,
    rope: &Rope,
    gradients: [&mut [f32]; 3],
) {
    let [dq, dk, dv] = gradients;
    let mut at = 0;
    let jobs: Vec<_> = split(input, lengths, heads)
        .into_iter()
        .zip(split_mut(dq, lengths, heads.q()))
        .zip(split_mut(dk, lengths, heads.kv()))
        .zip(split_mut(dv, lengths, heads.kv()))
        .map(|(((input, dq), dk), dv)| {
            let from = at;
            at += input.q.len();
            (input, &dy[from..at], [dq, dk, dv])
        })
        .collect();
    run(jobs, |(input, dy, gradients)| sequence_backward(input, dy, gradients, heads, rope));
}

impl Heads {
    fn q(self) -> usize {
        self.heads * self.width
    }

    fn kv(self) -> usize {
        self.groups * self.width
    }

    fn scale(self) -> f32 {
        1.0 / (self.width as f32).sqrt()
    }
}

fn run<J: Send>(jobs: Vec<J>, work: impl Fn(J) + Sync + Send) {
    if rayon::current_num_threads() == 1 {
        jobs.into_iter().for_each(work);
    } else {
        jobs.into_par_iter().for_each(work);
    }
}

fn split<'a>(input: Input<'a>, lengths: &[usize], heads: Heads) -> Vec<Input<'a>> {
    let mut at = 0;
    lengths
        .iter()
        .map(|&length| {
            let from = at;
            at += length;
            let (q, kv) = (heads.q(), heads.kv());
            let rows = from * kv..at * kv;
            Input { q: &input.q[from * q..at * q], k: &input.k[rows.clone()], v: &input.v[rows] }
        })
        .collect()
}

fn split_mut<'a>(mut all: &'a mut [f32], lengths: &[usize], width: usize) -> Vec<&'a mut [f32]> {
    lengths
        .iter()
        .map(|&length| {
            let (here, rest) = std::mem::take(&mut all).split_at_mut(length * width);
            all = rest;
            here
        })
        .collect()
}

/// One head of `x` (rows `stride` wide, from column `column`), turned, rows one after the other.
fn turned(x: &[f32], stride: usize, column: usize, width: usize, rope: &Rope) -> Vec<f32> {
    let mut out = vec![0f32; x.len() / stride * width];
    wide(
        #[inline(always)]
        || {
            for (position, (to, from)) in out.chunks_exact_mut(width).zip(x.chunks_exact(stride)).enumerate()
            {
                rope.turn(&from[column..column + width], to, position, Turn::With);
            }
        },
    );
    out
}

/// Turns the gradient of a turned head back, adding nothing: writes it to its columns of `out`.
fn turned_back(d: &[f32], out: &mut [f32], stride: usize, column: usize, width: usize, rope: &Rope) {
    wide(
        #[inline(always)]
        || {
            for (position, (to, from)) in out.chunks_exact_mut(stride).zip(d.chunks_exact(width)).enumerate()
            {
                rope.turn(from, &mut to[column..column + width], position, Turn::Against);
            }
        },
    );
}

/// The attention weights of query rows `rows` over keys `0..rows.end`, into `weights` (rows of `rows.end`).
fn block_weights(q: &[f32], k: &[f32], rows: &std::ops::Range<usize>, heads: Heads, weights: &mut [f32]) {
    let (width, keys) = (heads.width, rows.end);
    let query = View::rows(&q[rows.start * width..rows.end * width], rows.len(), width);
    let key = View::rows(&k[..keys * width], keys, width);
    gemm(&mut Target::rows(weights, rows.len(), keys), Into::Replace, heads.scale(), query, key.t());
    wide(
        #[inline(always)]
        || {
            for (n, row) in weights.chunks_exact_mut(keys).enumerate() {
                let (seen, future) = row.split_at_mut(rows.start + n + 1);
                softmax(seen);
                future.fill(0.0);
            }
        },
    );
}

#[inline(always)]
fn softmax(row: &mut [f32]) {
    let (_, sum) = exponentials(row);
    let scale = 1.0 / sum;
    for x in row {
        *x *= scale;
    }
}

fn blocks(tokens: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..tokens).step_by(BLOCK).map(move |start| start..tokens.min(start + BLOCK))
}

fn sequence(input: Input<'_>, out: &mut [f32], heads: Heads, rope: &Rope) {
    let Heads { width, groups, .. } = heads;
    let tokens = input.q.len() / heads.q();
    let mut weights = vec![0f32; BLOCK.min(tokens) * tokens];
    for group in 0..groups {
        let k = turned(input.k, heads.kv(), group * width, width, rope);
        let v = View::strided(&input.v[group * width..], tokens, width, heads.kv());
        for head in group * heads.heads / groups..(group + 1) * heads.heads / groups {
            let q = turned(input.q, heads.q(), head * width, width, rope);
            for rows in blocks(tokens) {
                let weights = &mut weights[..rows.len() * rows.end];
                block_weights(&q, &k, &rows, heads, weights);
                let at = rows.start * heads.q() + head * width;
                let mut to = Target::strided(&mut out[at..], rows.len(), width, heads.q());
                gemm(&mut to, Into::Replace, 1.0, View::rows(weights, rows.len(), rows.end), v.top(rows.end));
            }
        }
    }
}

fn sequence_backward(input: Input<'_>, dy: &[f32], gradients: [&mut [f32]; 3], heads: Heads, rope: &Rope) {
    let [dq_out, dk_out, dv_out] = gradients;
    dv_out.fill(0.0);
    let Heads { width, groups, .. } = heads;
    let tokens = input.q.len() / heads.q();
    let mut weights = vec![0f32; BLOCK.min(tokens) * tokens];
    let mut d_weights = weights.clone();
    for group in 0..groups {
        let column = group * width;
        let k = turned(input.k, heads.kv(), column, width, rope);
        let v = View::strided(&input.v[column..], tokens, width, heads.kv());
        let mut dk = vec![0f32; tokens * width];
        for head in group * heads.heads / groups..(group + 1) * heads.heads / groups {
            let q = turned(input.q, heads.q(), head * width, width, rope);
            let mut dq = vec![0f32; tokens * width];
            for rows in blocks(tokens) {
                let (count, keys) = (rows.len(), rows.end);
                let (p, dp) = (&mut weights[..count * keys], &mut d_weights[..count * keys]);
                block_weights(&q, &k, &rows, heads, p);
                let at = rows.start * heads.q() + head * width;
                let dy = View::strided(&dy[at..], count, width, heads.q());
                let mut dv = Target::strided(&mut dv_out[column..], keys, width, heads.kv());
                gemm(&mut dv, Into::Add, 1.0, View::rows(p, count, keys).t(), dy);
                gemm(&mut Target::rows(dp, count, keys), Into::Replace, 1.0, dy, v.top(keys).t());
                through_softmax(p, dp, keys);
                let ds = View::rows(dp, count, keys);
                let (q, k) =
                    (&q[rows.start * width..rows.end * width], View::rows(&k[..keys * width], keys, width));
                let d_rows = &mut dq[rows.start * width..rows.end * width];
                gemm(&mut Target::rows(d_rows, count, width), Into::Replace, heads.scale(), ds, k);
                let mut dk = Target::rows(&mut dk[..keys * width], keys, width);
                gemm(&mut dk, Into::Add, heads.scale(), ds.t(), View::rows(q, count, width));
            }
            turned_back(&dq, dq_out, heads.q(), head * width, width, rope);
        }
        turned_back(&dk, dk_out, heads.kv(), column, width, rope);
    }
}

/// Gradient of the scores from that of the weights, in place: p · (dp - Σ p dp).
fn through_softmax(p: &[f32], dp: &mut [f32], keys: usize) {
    wide(
        #[inline(always)]
        || {
            for (p, dp) in p.chunks_exact(keys).zip(dp.chunks_exact_mut(keys)) {
                let mean = dot(p, dp);
                dp.iter_mut().zip(p).for_each(|(dp, p)| *dp = p * (*dp - mean));
            }
        },
    );
}
