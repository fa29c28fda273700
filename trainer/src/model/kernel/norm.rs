//! RMSNorm (Zhang & Sennrich 2019): y = x / sqrt(mean(x²) + ε) · w, row by row.

use super::gemm::Into;
use super::{dot, for_rows, wide};

/// `x` rows of the width of `w`, to `out` of the same size.
pub(crate) fn forward(x: &[f32], w: &[f32], eps: f32, out: &mut [f32]) {
    let width = w.len();
    for_rows(out, width, |first, block| {
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
}

/// Gradient of `x`, written or added to `dx`, and that of `w`, added to `dw`, from the gradient of the result.
pub(crate) fn backward(
    x: &[f32],
    w: &[f32],
    dy: &[f32],
    eps: f32,
    into: Into,
    dx: &mut [f32],
    dw: &mut [f32],
) {
    let width = w.len();
    for_rows(dx, width, |first, block| {
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
                    if into == Into::Replace {
                        dx.fill(0.0);
                    }
                    dx.iter_mut().zip(&scaled).zip(x).for_each(|((dx, s), x)| *dx += s * r - x * along);
                }
            },
        );
    });
    wide(
        #[inline(always)]
        || {
            for (x, dy) in x.chunks_exact(width).zip(dy.chunks_exact(width)) {
                let r = inverse_root(x, eps);
                dw.iter_mut().zip(x).zip(dy).for_each(|((dw, x), dy)| *dw = (x * r).mul_add(*dy, *dw));
            }
        },
    );
}

#[inline(always)]
fn inverse_root(x: &[f32], eps: f32) -> f32 {
    1.0 / (dot(x, x) / x.len() as f32 + eps).sqrt()
}
