//! AdamW (Loshchilov & Hutter 2019), one pass over a tensor.

use super::wide;

/// One step's numbers, the same for all elements of a tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// Learning rate.
    pub rate: f32,
    /// Decay of the mean.
    pub beta1: f32,
    /// Decay of the mean square.
    pub beta2: f32,
    /// Added to the root.
    pub eps: f32,
    /// Decoupled weight decay.
    pub decay: f32,
    /// 1 − beta1^t.
    pub correction1: f32,
    /// 1 − beta2^t.
    pub correction2: f32,
    /// Factor on the gradient (clipping).
    pub scale: f32,
}

/// Updates weights and moments.
pub(crate) fn adam(step: AdamStep, weights: &mut [f32], gradient: &[f32], m: &mut [f32], v: &mut [f32]) {
    let AdamStep { rate, beta1, beta2, eps, decay, correction1, correction2, scale } = step;
    let (keep, root) = (1.0 - rate * decay, 1.0 / correction2);
    let rate = rate / correction1;
    wide(
        #[inline(always)]
        || {
            for (((w, g), m), v) in weights.iter_mut().zip(gradient).zip(m).zip(v) {
                let g = g * scale;
                *m = beta1.mul_add(*m, (1.0 - beta1) * g);
                *v = beta2.mul_add(*v, (1.0 - beta2) * g * g);
                *w = *w * keep - rate * *m / ((*v * root).sqrt() + eps);
            }
        },
    );
}

/// `average = decay · average + (1 − decay) · weights`.
pub(crate) fn average(decay: f32, average: &mut [f32], weights: &[f32]) {
    wide(
        #[inline(always)]
        || average.iter_mut().zip(weights).for_each(|(a, w)| *a = decay.mul_add(*a, (1.0 - decay) * w)),
    );
}
