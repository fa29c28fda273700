//! Output layer and cross-entropy in one: the loss of selected positions and its gradients, block by block.
//!
//! The logits of a block live only until its gradients are taken, so that memory does not grow with tokens times
//! vocabulary (the idea of Liger-Kernel, Hsu et al. 2024).

use super::gemm::{Into, Precision, Target, View, product};
use super::{dot, exponentials, wide};

/// Positions whose logits exist at a time.
const BLOCK: usize = 128;

/// What the loss is taken from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    /// `[positions, width]`.
    pub(crate) hidden: &'a [f32],
    /// `[vocabulary, width]`.
    pub(crate) output: &'a [f32],
    /// Width of a hidden state.
    pub(crate) width: usize,
    /// The right token of every position, below the vocabulary.
    pub(crate) targets: &'a [u32],
    /// Weight of every position in the sum.
    pub(crate) weights: &'a [f32],
    /// Of the products.
    pub(crate) precision: Precision,
}

/// Where gradients go.
#[derive(Debug)]
pub(crate) struct Gradients<'a> {
    /// Of the hidden states: written.
    pub(crate) hidden: &'a mut [f32],
    /// Of the output matrix: added.
    pub(crate) output: &'a mut [f32],
}

/// Σ weight · −log p(target) and, if asked for, its gradients.
pub(crate) fn cross_entropy(input: Input<'_>, mut gradients: Option<Gradients<'_>>) -> f64 {
    let Input { hidden, output, width, targets, weights, precision } = input;
    let vocabulary = output.len() / width;
    let matrix = View::rows(output, vocabulary, width);
    let mut logits = vec![0f32; BLOCK.min(targets.len()) * vocabulary];
    let mut loss = 0f64;
    for start in (0..targets.len()).step_by(BLOCK) {
        let rows = start..targets.len().min(start + BLOCK);
        let count = rows.len();
        let logits = &mut logits[..count * vocabulary];
        let states = View::rows(&hidden[start * width..rows.end * width], count, width);
        product(precision, &mut Target::rows(logits, count, vocabulary), Into::Replace, states, matrix.t());
        for ((row, &target), &weight) in
            logits.chunks_exact_mut(vocabulary).zip(&targets[rows.clone()]).zip(&weights[rows.clone()])
        {
            let one = wide(
                #[inline(always)]
                || row_loss(row, target as usize, weight),
            );
            loss += f64::from(weight) * f64::from(one);
        }
        if let Some(gradients) = &mut gradients {
            let d_logits = View::rows(logits, count, vocabulary);
            let to = &mut gradients.hidden[start * width..rows.end * width];
            product(precision, &mut Target::rows(to, count, width), Into::Replace, d_logits, matrix);
            let mut to = Target::rows(gradients.output, vocabulary, width);
            product(precision, &mut to, Into::Add, d_logits.t(), states);
        }
    }
    loss
}

/// `to += factor · from`.
pub(crate) fn add_scaled(to: &mut [f32], factor: f32, from: &[f32]) {
    wide(
        #[inline(always)]
        || to.iter_mut().zip(from).for_each(|(t, f)| *t = f.mul_add(factor, *t)),
    );
}

/// Inner product.
pub(crate) fn inner_product(a: &[f32], b: &[f32]) -> f32 {
    wide(
        #[inline(always)]
        || dot(a, b),
    )
}

/// −log p(target) of one row of logits, which become their gradient times `weight`.
#[inline(always)]
fn row_loss(row: &mut [f32], target: usize, weight: f32) -> f32 {
    let right = row[target];
    let (most, sum) = exponentials(row);
    let scale = weight / sum;
    for x in row.iter_mut() {
        *x *= scale;
    }
    row[target] -= weight;
    sum.ln() + most - right
}
