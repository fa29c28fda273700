//! RMSNorm (Zhang & Sennrich 2019): y = x / sqrt(mean(x²) + ε) · w, row by row.

use super::{dot, for_rows, wide};

/// `x` rows of the width of `w`.
pub(crate) fn forward(x: &[f32], w: &[f32], eps: f32) -> Vec<f32> {
    let width = w.len();
    let mut out = vec![0f32; x.len()];
    for_rows(&mut out, width, |first, block| {
        wide(
            #[inline(always)]
            || {
                for (row, y) in block.chunks_exact_mut(width).enumerate() {
                    let at = (first + row) * width;
                    let x = &x[at..at + width];
                    let r = inverse_root(x, eps);
                    y.iter_mut().zip(x).zip(w).for_each(|((y, x), w)| *y = x * r * w);
                }
            },
        );
    });
    out
}

/// Gradients of `x` and `w` from the gradient of the result.
pub(crate) fn backward(x: &[f32], w: &[f32], dy: &[f32], eps: f32) -> (Vec<f32>, Vec<f32>) {
    let width = w.len();
    let mut dx = vec![0f32; x.len()];
    for_rows(&mut dx, width, |first, block| {
        wide(
            #[inline(always)]
            || {
                let mut scaled = vec![0f32; width];
                for (row, dx) in block.chunks_exact_mut(width).enumerate() {
                    let at = (first + row) * width;
                    let (x, dy) = (&x[at..at + width], &dy[at..at + width]);
                    let r = inverse_root(x, eps);
                    scaled.iter_mut().zip(dy).zip(w).for_each(|((s, dy), w)| *s = dy * w);
                    let along = dot(&scaled, x) * r * r * r / width as f32;
                    dx.iter_mut().zip(&scaled).zip(x).for_each(|((dx, s), x)| *dx = s * r - x * along);
                }
            },
        );
    });
    let mut dw = vec![0f32; width];
    wide(
        #[inline(always)]
        || {
            for (x, dy) in x.chunks_exact(width).zip(dy.chunks_exact(width)) {
                let r = inverse_root(x, eps);
                dw.iter_mut().zip(x).zip(dy).for_each(|((dw, x), dy)| *dw = (x * r).mul_add(*dy, *dw));
            }
        },
    );
    (dx, dw)
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "must take on the caller's vector instructions")]
fn inverse_root(x: &[f32], eps: f32) -> f32 {
    1.0 / (dot(x, x) / x.len() as f32 + eps).sqrt()
}
