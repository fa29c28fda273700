//! From sums of trees to log-odds that mean what they say: a scale and a shift fitted on out-of-fold scores.

use secretscan::judge::boost::Calibration;

/// Steps of Newton's method at most.
const STEPS: usize = 50;
/// Pulls the scale towards 1 and the shift towards 0 as this many examples would: few examples change little.
const PULL: f64 = 2.0;

/// The scale and the shift with the least weighted log loss (Platt 1999), slightly regularised. Scores and answers of
/// examples that the models had not seen.
pub(super) fn fit(points: &[(f32, bool, f64)]) -> Calibration {
    let (mut scale, mut shift) = (1.0_f64, 0.0_f64);
    for _ in 0..STEPS {
        let (mut g, mut h) = ([PULL * (scale - 1.0), PULL * shift], [[PULL, 0.0], [0.0, PULL]]);
        for &(score, positive, weight) in points {
            let x = f64::from(score);
            let p = 1.0 / (1.0 + (-(scale * x + shift)).exp());
            let miss = weight * (p - f64::from(u8::from(positive)));
            let curve = weight * p * (1.0 - p);
            g = [g[0] + miss * x, g[1] + miss];
            h = [[h[0][0] + curve * x * x, h[0][1] + curve * x], [h[1][0] + curve * x, h[1][1] + curve]];
        }
        let determinant = h[0][0] * h[1][1] - h[0][1] * h[1][0];
        let step = [
            (h[1][1] * g[0] - h[0][1] * g[1]) / determinant,
            (h[0][0] * g[1] - h[1][0] * g[0]) / determinant,
        ];
        // A scale that is not above 0 would turn the order round.
        let shorten = if scale - step[0] < 0.05 { ((scale - 0.05) / step[0]).clamp(0.0, 1.0) } else { 1.0 };
        scale -= shorten * step[0];
        shift -= shorten * step[1];
        if step[0].abs() + step[1].abs() < 1e-9 {
            break;
        }
    }
    Calibration { scale: scale as f32, shift: shift as f32 }
}

/// Mean log loss of calibrated scores, and the expected calibration error over ten bins of equal weight.
pub(super) fn quality(points: &[(f32, bool, f64)], calibration: Calibration) -> (f64, f64) {
    let mut sorted: Vec<(f64, f64, f64)> = points
        .iter()
        .map(|&(score, positive, weight)| {
            let x = f64::from(calibration.scale) * f64::from(score) + f64::from(calibration.shift);
            (1.0 / (1.0 + (-x).exp()), f64::from(u8::from(positive)), weight)
        })
        .collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = sorted.iter().map(|point| point.2).sum::<f64>().max(1e-12);
    let loss: f64 = sorted
        .iter()
        .map(|&(p, y, w)| -w * (y * p.max(1e-12).ln() + (1.0 - y) * (1.0 - p).max(1e-12).ln()))
        .sum();
    let mut bins = [[0.0_f64; 2]; 10];
    let mut seen = 0.0;
    for (p, y, w) in sorted {
        let bin = &mut bins[((seen / total * 10.0) as usize).min(9)];
        bin[0] += w * p;
        bin[1] += w * y;
        seen += w;
    }
    (loss / total, bins.iter().map(|bin| (bin[0] - bin[1]).abs()).sum::<f64>() / total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn overconfident_scores_are_scaled_back() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let points: Vec<(f32, bool, f64)> = (0..20_000)
            .map(|_| {
                let truth: f64 = random.random_range(-3.0..3.0);
                let positive = random.random_bool(1.0 / (1.0 + (-truth).exp()));
                // Twice too sure, and shifted by one.
                ((2.0 * truth + 1.0) as f32, positive, 1.0)
            })
            .collect();
        let fitted = fit(&points);
        assert!((fitted.scale - 0.5).abs() < 0.03 && (fitted.shift + 0.5).abs() < 0.06, "{fitted:?}");
        let (before, after) = (quality(&points, Calibration::default()), quality(&points, fitted));
        assert!(after.0 < before.0 && after.1 < 0.02 && before.1 > 0.05, "{before:?} {after:?}");
    }

    #[test]
    fn scores_that_point_the_wrong_way_keep_a_scale_above_nothing() {
        let points: Vec<_> = (0..100).map(|n| (n as f32, n < 50, 1.0)).collect();
        assert!(fit(&points).scale > 0.0);
        assert_eq!(fit(&[]), Calibration::default());
    }
}
