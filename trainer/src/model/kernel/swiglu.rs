//! SwiGLU (Shazeer 2020): y = silu(g) · u, with silu(g) = g · sigmoid(g).

use super::{exp, for_rows, wide};

/// Elements of a block of work.
const BLOCK: usize = 1024;

/// `gate` and `up` to `out`, all of equal lengths.
pub(crate) fn forward(gate: &[f32], up: &[f32], out: &mut [f32]) {
    for_rows(out, BLOCK, |first, block| {
        let at = first * BLOCK..first * BLOCK + block.len();
        let (gate, up) = (&gate[at.clone()], &up[at]);
        wide(
            #[inline(always)]
            || {
                for ((y, g), u) in block.iter_mut().zip(gate).zip(up) {
                    *y = g * sigmoid(*g) * u;
                }
            },
        );
    });
}

/// Turns `gate` and `up` into their gradients, from the gradient of the result.
pub(crate) fn backward(gate: &mut [f32], up: &mut [f32], dy: &[f32]) {
    wide(
        #[inline(always)]
        || {
            for ((g, u), dy) in gate.iter_mut().zip(up).zip(dy) {
                let s = sigmoid(*g);
                let silu = *g * s;
                *g = dy * *u * silu.mul_add(1.0 - s, s);
                *u = dy * silu;
            }
        },
    );
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}
