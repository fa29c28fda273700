//! SwiGLU (Shazeer 2020): y = silu(g) · u, with silu(g) = g · sigmoid(g).

use super::{exp, for_rows, wide};

/// Elements of a block of work.
const BLOCK: usize = 1024;

/// `gate` and `up` of equal lengths.
pub(crate) fn forward(gate: &[f32], up: &[f32]) -> Vec<f32> {
    let mut out = vec![0f32; gate.len()];
    for_rows(&mut out, BLOCK, |first, block| {
        let at = first * BLOCK..first * BLOCK + block.len();
        let (gate, up) = (&gate[at.clone()], &up[at]);
        wide(
            #[inline(always)]
            || {
                block.iter_mut().zip(gate).zip(up).for_each(|((y, g), u)| *y = g * sigmoid(*g) * u);
            },
        );
    });
    out
}

/// Gradients of `gate` and `up`.
pub(crate) fn backward(gate: &[f32], up: &[f32], dy: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mut d_gate = vec![0f32; gate.len()];
    let mut d_up = vec![0f32; up.len()];
    wide(
        #[inline(always)]
        || {
            for ((((dg, du), g), u), dy) in d_gate.iter_mut().zip(&mut d_up).zip(gate).zip(up).zip(dy) {
                let s = sigmoid(*g);
                let silu = g * s;
                *du = dy * silu;
                *dg = dy * u * silu.mul_add(1.0 - s, s);
            }
        },
    );
    (d_gate, d_up)
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "must take on the caller's vector instructions")]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}
