//! Calibration of resampled repositories: what a bootstrap asks thousands of times, without sorting or fitting anew.
//!
//! Each figure takes a weight for every cluster (how often it was drawn). Mean losses are ratios of the clusters' sums and
//! the calibration error takes one pass over probabilities that were sorted once. Intercept and slope take one Newton step
//! from the fit on all data, with the resample's gradient and curvature (the k-step bootstrap of Andrews 2002 with k = 1),
//! whose error is of a smaller order than the spread that it measures.

use super::calibration::{BINS, Outcome, Slope, each_bin, point, recalibration};
use super::confusion::ratio;

/// Outcomes of several clusters, prepared.
#[derive(Debug, Clone)]
pub struct Clustered {
    /// By rising probability.
    sorted: Vec<Outcome>,
    /// Cluster of each.
    cluster: Vec<usize>,
    /// Of each cluster: weight, squared errors, surprises.
    sums: Vec<[f64; 3]>,
    /// Intercept and slope on all data.
    fit: Option<(f64, f64)>,
    /// Of each cluster, at the fit.
    slopes: Vec<Slope>,
}

/// Figures with an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Mean squared error.
    Brier,
    /// Mean negative log-likelihood.
    LogLoss,
    /// Expected calibration error.
    Ece,
    /// Slope of the recalibration.
    Slope,
    /// Its intercept.
    Intercept,
}

impl Loss {
    /// All of them, with their names in reports.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Brier, "brier"),
        (Self::LogLoss, "log_loss"),
        (Self::Ece, "ece"),
        (Self::Slope, "calibration_slope"),
        (Self::Intercept, "calibration_intercept"),
    ];
}

impl Clustered {
    /// Outcomes with the numbers of their clusters, all below `clusters`. What is no probability is left out.
    pub fn new(outcomes: &[Outcome], cluster_of: &[usize], clusters: usize) -> Self {
        let mut order: Vec<usize> = (0..outcomes.len()).filter(|&n| !outcomes[n].p.is_nan()).collect();
        order.sort_by(|&a, &b| outcomes[a].p.total_cmp(&outcomes[b].p));
        let sorted: Vec<Outcome> = order.iter().map(|&n| outcomes[n]).collect();
        let cluster: Vec<usize> = order.iter().map(|&n| cluster_of[n]).collect();
        let fit = recalibration(&sorted);
        let (mut sums, mut slopes) = (vec![[0.0; 3]; clusters], vec![Slope::default(); clusters]);
        for (one, &at) in sorted.iter().zip(&cluster) {
            let parts = [1.0, one.squared_error(), one.surprise()];
            for (sum, part) in sums[at].iter_mut().zip(parts) {
                *sum += one.weight * part;
            }
            if let (Some(fit), Some(point)) = (fit, point(one)) {
                slopes[at].add(&Slope::of(point, fit), 1.0);
            }
        }
        Self { sorted, cluster, sums, fit, slopes }
    }

    /// The figure where each cluster counts `weights[cluster]` times; `None` where it is not defined.
    pub fn of(&self, loss: Loss, weights: &[f64]) -> Option<f64> {
        match loss {
            Loss::Brier => self.mean(1, weights),
            Loss::LogLoss => self.mean(2, weights),
            Loss::Ece => self.ece(weights),
            Loss::Slope => self.line(weights).map(|line| line.1),
            Loss::Intercept => self.line(weights).map(|line| line.0),
        }
    }

    fn mean(&self, part: usize, weights: &[f64]) -> Option<f64> {
        let sum = |part: usize| self.sums.iter().zip(weights).map(|(sums, w)| w * sums[part]).sum::<f64>();
        ratio(sum(part), sum(0))
    }

    fn ece(&self, weights: &[f64]) -> Option<f64> {
        let weight = |at: usize| self.sorted[at].weight * weights[self.cluster[at]];
        let (mut off, mut total) = (0.0, 0.0);
        each_bin(&self.sorted, weight, BINS, |range| {
            let mut apart = 0.0;
            for at in range {
                apart += weight(at) * (self.sorted[at].p - self.sorted[at].y());
                total += weight(at);
            }
            off += apart.abs();
        });
        ratio(off, total)
    }

    fn line(&self, weights: &[f64]) -> Option<(f64, f64)> {
        let fit = self.fit?;
        let mut sum = Slope::default();
        for (slope, &weight) in self.slopes.iter().zip(weights) {
            sum.add(slope, weight);
        }
        let step = sum.step()?;
        Some((fit.0 + step.0, fit.1 + step.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Bootstrap;

    /// 60 clusters of 20, each a little off in its own way.
    fn outcomes() -> (Vec<Outcome>, Vec<usize>) {
        let one = |n: usize| {
            let (cluster, at) = (n / 20, n % 20);
            let p = (at as f64 + 0.5) / 20.0;
            let moved = (p + 0.1 * ((cluster as f64) * 1.7).sin()).clamp(0.0, 1.0);
            let positive = (((n * 7919) % 1000) as f64) / 1000.0 < moved;
            (Outcome { p, positive, weight: 1.0 }, cluster)
        };
        (0..1200).map(one).unzip()
    }

    #[test]
    fn a_drawn_cluster_counts_as_often_as_it_was_drawn() {
        let (all, cluster_of) = outcomes();
        let got = Clustered::new(&all, &cluster_of, 60);
        let bootstrap = Bootstrap::default();
        for n in 0..5 {
            let weights = bootstrap.weights(n, 60);
            let repeated: Vec<Outcome> = all
                .iter()
                .zip(&cluster_of)
                .flat_map(|(one, &at)| std::iter::repeat_n(*one, weights[at] as usize))
                .collect();
            let anew = Clustered::new(&repeated, &vec![0; repeated.len()], 1);
            for (loss, name) in Loss::ALL {
                // One Newton step instead of a new fit.
                let near = if matches!(loss, Loss::Slope | Loss::Intercept) { 0.03 } else { 1e-9 };
                let wanted = anew.of(loss, &[1.0]).expect("defined");
                let got = got.of(loss, &weights).expect("defined");
                assert!((got - wanted).abs() < near, "{name}: {got} is not {wanted}");
            }
        }
    }

    #[test]
    fn nothing_drawn_is_no_figure() {
        let (all, cluster_of) = outcomes();
        let got = Clustered::new(&all, &cluster_of, 60);
        assert!(Loss::ALL.iter().all(|(loss, _)| got.of(*loss, &[0.0; 60]).is_none()));
    }
}
