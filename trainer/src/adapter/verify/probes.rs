//! Probe questions, logits on them, and how far two sets of logits are apart.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::adapter::Adapters;
use crate::gguf::parity;
use crate::model::{Config, Llama, Parameters};

/// Longest probe.
const LONGEST: usize = 96;

/// Random tokens of the whole vocabulary, 8 to [`LONGEST`] of them as far as the model reaches: numerics need no meaning, and
/// an adapter that reaches any layer reaches these.
pub(super) fn questions(model: &Config, count: usize, seed: u64) -> Vec<Vec<u32>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let longest = model.max_position_embeddings.clamp(1, LONGEST);
    (0..count)
        .map(|_| {
            let length = random.random_range(longest.min(8)..=longest);
            (0..length).map(|_| random.random_range(0..model.vocab_size as u32)).collect()
        })
        .collect()
}

/// Of a network without an adapter.
pub(super) fn plain(
    model: &Config,
    weights: &Parameters,
    questions: &[Vec<u32>],
) -> anyhow::Result<Vec<Vec<f32>>> {
    parity::logits(&Llama::frozen(model, weights)?, questions)
}

/// Of a network with one.
pub(super) fn adapted(
    model: &Config,
    weights: &Parameters,
    adapters: &Adapters,
    questions: &[Vec<u32>],
) -> anyhow::Result<Vec<Vec<f32>>> {
    parity::logits(&adapters.frozen(model, weights)?, questions)
}

/// How far logits are apart. NaN anywhere makes `worst` infinite.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Difference {
    /// Largest absolute difference.
    pub(in super::super) worst: f32,
    /// Root of the mean square.
    pub(super) rms: f32,
}

impl Difference {
    pub(in super::super) fn of(a: &[Vec<f32>], b: &[Vec<f32>]) -> Self {
        let same_shape = a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.len() == b.len());
        if !same_shape {
            return Self { worst: f32::INFINITY, rms: f32::INFINITY };
        }
        let (mut worst, mut sum, mut count) = (0f32, 0f64, 0usize);
        for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
            let difference = (a - b).abs();
            let difference = if difference.is_nan() { f32::INFINITY } else { difference };
            worst = worst.max(difference);
            sum += f64::from(difference).powi(2);
            count += 1;
        }
        Self { worst, rms: (sum / count.max(1) as f64).sqrt() as f32 }
    }
}

/// Root of the mean square of logits around each question's mean.
pub(super) fn spread(logits: &[Vec<f32>]) -> f32 {
    let centred = logits.iter().flat_map(|row| {
        let mean = row.iter().sum::<f32>() / row.len().max(1) as f32;
        row.iter().map(move |x| f64::from(x - mean).powi(2))
    });
    let count: usize = logits.iter().map(Vec::len).sum();
    (centred.sum::<f64>() / count.max(1) as f64).sqrt() as f32
}
