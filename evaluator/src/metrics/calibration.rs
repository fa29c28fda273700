//! Whether probabilities mean what they say.

use serde::{Deserialize, Serialize};
use statrs::function::logistic::checked_logit;

/// Bins of the expected calibration error.
pub const BINS: usize = 15;

/// Probabilities are moved this far from 0 and 1 where a logarithm is taken.
const EDGE: f64 = 1e-6;

/// One probability with its outcome.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// Probability in [0, 1].
    pub p: f64,
    /// Whether it is a credential.
    pub positive: bool,
    /// Weight above 0.
    pub weight: f64,
}

impl Outcome {
    /// 1 for a credential, else 0.
    pub(super) fn y(&self) -> f64 {
        f64::from(u8::from(self.positive))
    }

    /// Of the probability.
    pub(super) fn squared_error(&self) -> f64 {
        (self.p - self.y()).powi(2)
    }

    /// Negative logarithm of the probability that was given to what happened.
    pub(super) fn surprise(&self) -> f64 {
        let p = self.p.clamp(EDGE, 1.0 - EDGE);
        -(if self.positive { p } else { 1.0 - p }).ln()
    }
}

/// A bin of the reliability table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Smallest and largest probability in it.
    pub range: (f64, f64),
    /// Mean probability.
    pub predicted: f64,
    /// Share of credentials.
    pub observed: f64,
    /// Items.
    pub count: usize,
    /// Their weight as a share of all.
    pub mass: f64,
}

/// Bins of about equal mass, by rising probability. Equal probabilities are never parted, so that the order of the
/// input means nothing; there are fewer bins then.
pub fn reliability(outcomes: &[Outcome], bins: usize) -> Vec<ReliabilityBin> {
    let mut sorted: Vec<Outcome> = outcomes.iter().copied().filter(|one| !one.p.is_nan()).collect();
    sorted.sort_by(|a, b| a.p.total_cmp(&b.p));
    let total: f64 = sorted.iter().map(|one| one.weight).sum();
    let mut table = Vec::new();
    each_bin(&sorted, |at| sorted[at].weight, bins, |range| table.push(bin(&sorted[range], total)));
    table
}

/// Gives `emit` the ranges of `sorted` (by rising probability) that are one bin, under whatever weights.
pub(super) fn each_bin(
    sorted: &[Outcome],
    weight: impl Fn(usize) -> f64,
    bins: usize,
    mut emit: impl FnMut(std::ops::Range<usize>),
) {
    let total: f64 = (0..sorted.len()).map(&weight).sum();
    let (mut start, mut seen, mut full) = (0, 0.0, 1.0);
    for at in 0..sorted.len() {
        seen += weight(at);
        let last = at + 1 == sorted.len();
        let tied = !last && sorted[at + 1].p.total_cmp(&sorted[at].p).is_eq();
        if tied || !last && seen < full / bins as f64 * total - 1e-9 {
            continue;
        }
        emit(start..at + 1);
        start = at + 1;
        full = (seen / total * bins as f64 + 1e-9).floor() + 1.0;
    }
}

fn bin(of: &[Outcome], total: f64) -> ReliabilityBin {
    let weight: f64 = of.iter().map(|one| one.weight).sum();
    ReliabilityBin {
        range: (of.first().map_or(0.0, |one| one.p), of.last().map_or(0.0, |one| one.p)),
        predicted: of.iter().map(|one| one.weight * one.p).sum::<f64>() / weight,
        observed: of.iter().filter(|one| one.positive).map(|one| one.weight).sum::<f64>() / weight,
        count: of.len(),
        mass: weight / total,
    }
}

/// Logit, outcome and weight; `None` for what is no probability.
pub(super) fn point(one: &Outcome) -> Option<(f64, f64, f64)> {
    Some((checked_logit(one.p.clamp(EDGE, 1.0 - EDGE))?, one.y(), one.weight))
}

/// Intercept and slope of `outcome ~ logistic(intercept + slope * logit(p))`, by Newton's method.
pub(super) fn recalibration(outcomes: &[Outcome]) -> Option<(f64, f64)> {
    let points: Vec<(f64, f64, f64)> = outcomes.iter().filter_map(point).collect();
    let cost = |(a, b): (f64, f64)| -> f64 {
        let of = |&(x, y, weight): &(f64, f64, f64)| {
            let z = a + b * x;
            // log(1 + exp(z)) without overflow.
            weight * (z.max(0.0) + (-z.abs()).exp().ln_1p() - y * z)
        };
        points.iter().map(of).sum()
    };
    let mut at = (0.0, 1.0);
    let mut now = cost(at);
    for _ in 0..200 {
        let step = newton_step(&points, at)?;
        // The loss is convex, so some fraction of the step makes it smaller, unless this is the minimum.
        let (next, less) = (0..40)
            .map(|halvings| 0.5_f64.powi(halvings))
            .map(|part| (at.0 + part * step.0, at.1 + part * step.1))
            .map(|next| (next, cost(next)))
            .find(|(_, less)| *less <= now)?;
        let moved = (next.0 - at.0).abs().max((next.1 - at.1).abs());
        (at, now) = (next, less);
        if moved < 1e-10 {
            return Some(at);
        }
        if at.0.abs().max(at.1.abs()) > 1e3 {
            return None;
        }
    }
    None
}

/// The step of Newton's method from intercept and slope `(a, b)`; `None` where the curve is flat.
fn newton_step(points: &[(f64, f64, f64)], at: (f64, f64)) -> Option<(f64, f64)> {
    let mut sum = Slope::default();
    for &point in points {
        sum.add(&Slope::of(point, at), 1.0);
    }
    sum.step()
}

/// Gradient and curvature of the log-likelihood of intercept and slope, summed over some outcomes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slope {
    gradient: [f64; 2],
    curvature: [f64; 3],
}

impl Slope {
    /// Of one point (logit, outcome, weight), at intercept and slope `(a, b)`.
    pub(super) fn of((x, y, weight): (f64, f64, f64), (a, b): (f64, f64)) -> Self {
        let p = 1.0 / (1.0 + (-(a + b * x)).exp());
        let (error, curve) = (weight * (y - p), weight * p * (1.0 - p));
        Self { gradient: [error, error * x], curvature: [curve, curve * x, curve * x * x] }
    }

    /// Adds `other`, `times` as much.
    pub(super) fn add(&mut self, other: &Self, times: f64) {
        for (sum, part) in self.gradient.iter_mut().zip(other.gradient) {
            *sum += times * part;
        }
        for (sum, part) in self.curvature.iter_mut().zip(other.curvature) {
            *sum += times * part;
        }
    }

    /// Newton's step; `None` where the curve is flat.
    pub(super) fn step(&self) -> Option<(f64, f64)> {
        let ([ga, gb], [haa, hab, hbb]) = (self.gradient, self.curvature);
        let determinant = haa * hbb - hab * hab;
        (determinant.abs() > 1e-9 * (haa * hbb).max(1e-12))
            .then(|| ((hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::clustered::{Clustered, Loss};

    fn outcomes(points: &[(f64, bool)]) -> Vec<Outcome> {
        points.iter().map(|&(p, positive)| Outcome { p, positive, weight: 1.0 }).collect()
    }

    /// The figures of points that are one cluster.
    fn of(points: &[(f64, bool)]) -> impl Fn(Loss) -> Option<f64> {
        let clustered = Clustered::new(&outcomes(points), &vec![0; points.len()], 1);
        move |loss| clustered.of(loss, &[1.0])
    }

    #[track_caller]
    fn close(got: Option<f64>, wanted: f64) {
        let got = got.expect("defined");
        assert!((got - wanted).abs() < 1e-9, "{got} is not {wanted}");
    }

    #[test]
    fn a_constant_is_one_bin_as_far_off_as_its_mean() {
        let points: Vec<_> = (0..100).map(|n| (0.3, n < 45)).collect();
        let got = of(&points);
        close(got(Loss::Ece), 0.15);
        close(got(Loss::Brier), 0.45 * 0.49 + 0.55 * 0.09);
        assert_eq!(reliability(&outcomes(&points), BINS).len(), 1);
        assert_eq!(got(Loss::Slope), None, "a constant has no slope");
    }

    #[test]
    fn bins_have_equal_mass_and_add_up() {
        let points: Vec<_> = (0..150).map(|n| (f64::from(n) / 150.0, n % 3 == 0)).collect();
        let bins = reliability(&outcomes(&points), BINS);
        assert_eq!(bins.iter().map(|bin| bin.count).collect::<Vec<_>>(), vec![10; BINS]);
        close(Some(bins.iter().map(|bin| bin.mass).sum()), 1.0);
    }

    #[test]
    fn certain_and_right_is_no_error() {
        let got = of(&[(1.0, true), (0.0, false), (0.0, false)]);
        close(got(Loss::Brier), 0.0);
        close(got(Loss::Ece), 0.0);
        assert!(got(Loss::LogLoss).is_some_and(|loss| loss < 1e-5));
    }

    #[test]
    fn true_odds_have_slope_one() {
        // In each group the share of credentials is the probability itself.
        let groups = [(0.1, 10, 1), (0.25, 8, 2), (0.5, 4, 2), (0.8, 10, 8)];
        let points: Vec<_> =
            groups.iter().flat_map(|&(p, n, yes)| (0..n).map(move |at| (p, at < yes))).collect();
        let got = of(&points);
        close(got(Loss::Slope), 1.0);
        close(got(Loss::Intercept), 0.0);
        close(got(Loss::Ece), 0.0);
        // The same outcomes told with twice the log-odds are too sure: slope a half.
        let sure: Vec<_> = points
            .iter()
            .map(|&(p, y): &(f64, bool)| {
                let odds = (p / (1.0 - p)).powi(2);
                (odds / (1.0 + odds), y)
            })
            .collect();
        close(of(&sure)(Loss::Slope), 0.5);
    }

    #[test]
    fn sure_and_wrong_still_has_a_slope() {
        // Credentials that were missed have probability 0.
        let mut points = vec![(0.0, false); 300];
        points.extend(vec![(0.0, true); 60]);
        points.extend((0..200).map(|n| (f64::from(n % 50 + 40) / 100.0, n % 10 != 0)));
        let slope = of(&points)(Loss::Slope);
        assert!(slope.is_some_and(|slope| (0.1..0.5).contains(&slope)), "{slope:?}");
    }

    #[test]
    fn losses_agree_with_scikit_learn() {
        let p = [0.95, 0.9, 0.9, 0.8, 0.7, 0.7, 0.55, 0.4, 0.4, 0.2];
        let y = [true, true, false, true, false, true, false, false, true, false];
        let points: Vec<_> = p.into_iter().zip(y).collect();
        let got = of(&points);
        // brier_score_loss and log_loss.
        close(got(Loss::Brier), 0.230_5);
        close(got(Loss::LogLoss), 0.669_179_780_579_042_8);
    }
}
