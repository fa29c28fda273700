//! The cluster bootstrap: repositories are drawn with replacement, with all their items (Davison and Hinkley 1997, 2.4
//! and 3.8). Items of one repository look alike, so intervals that draw single items are far too narrow.
//!
//! A statistic is asked with a weight for each cluster (how often it was drawn), so one pass over counts, or over a sorted
//! ranking, answers a resample. Resample `n` uses stream `n` of the seeded generator: the result does not depend on
//! threads.

use rand::Rng as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF as _, Normal};

/// Settings of a bootstrap.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Bootstrap {
    /// Resamples; at least 1,000 for an interval to be shown.
    pub resamples: usize,
    /// Seed.
    pub seed: u64,
    /// Share of the resamples inside the interval, in (0, 1).
    pub level: f64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 2_000, seed: 1, level: 0.95 }
    }
}

/// A figure with its intervals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The figure on the data itself.
    pub value: f64,
    /// Percentile interval.
    pub percentile: (f64, f64),
    /// Bias-corrected and accelerated interval (Efron 1987); the percentile interval where it is not defined.
    pub bca: (f64, f64),
    /// Resamples on which the statistic was defined.
    pub defined: usize,
}

impl Bootstrap {
    /// Bootstraps `statistic` over `clusters` clusters. `None` if it is not defined on the data, or on fewer than half of
    /// the resamples.
    pub fn interval<S>(&self, clusters: usize, statistic: S) -> Option<Interval>
    where
        S: Fn(&[f64]) -> Option<f64> + Sync,
    {
        let value = statistic(&vec![1.0; clusters])?;
        let mut drawn: Vec<f64> = (0..self.resamples)
            .into_par_iter()
            .map(|n| statistic(&self.weights(n, clusters)))
            .collect::<Vec<_>>()
            .into_iter()
            .flatten()
            .collect();
        if drawn.is_empty() || drawn.len() * 2 < self.resamples {
            return None;
        }
        drawn.sort_by(f64::total_cmp);
        let tail = (1.0 - self.level) / 2.0;
        let percentile = (quantile(&drawn, tail), quantile(&drawn, 1.0 - tail));
        let bca = self.bca(&drawn, value, clusters, &statistic).unwrap_or(percentile);
        Some(Interval { value, percentile, bca, defined: drawn.len() })
    }

    /// How often each cluster is drawn in resample `n`.
    pub fn weights(&self, n: usize, clusters: usize) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(n as u64);
        let mut weights = vec![0.0; clusters];
        for _ in 0..clusters {
            weights[random.random_range(0..clusters)] += 1.0;
        }
        weights
    }

    /// The corrected interval: `z0` from the share of resamples below the value, the acceleration from the jackknife over
    /// clusters.
    fn bca<S>(&self, drawn: &[f64], value: f64, clusters: usize, statistic: &S) -> Option<(f64, f64)>
    where
        S: Fn(&[f64]) -> Option<f64> + Sync,
    {
        let normal = Normal::new(0.0, 1.0).ok()?;
        let below = drawn.partition_point(|x| *x < value - 1e-12) as f64;
        let up_to = drawn.partition_point(|x| *x <= value + 1e-12) as f64;
        let share = f64::midpoint(below, up_to) / drawn.len() as f64;
        if share <= 0.0 || share >= 1.0 {
            return None;
        }
        let bias = normal.inverse_cdf(share);
        let left_out: Vec<f64> = (0..clusters)
            .into_par_iter()
            .map(|out| {
                let mut weights = vec![1.0; clusters];
                weights[out] = 0.0;
                statistic(&weights)
            })
            .collect::<Vec<_>>()
            .into_iter()
            .flatten()
            .collect();
        let mean = left_out.iter().sum::<f64>() / left_out.len() as f64;
        let squares: f64 = left_out.iter().map(|x| (mean - x).powi(2)).sum();
        let cubes: f64 = left_out.iter().map(|x| (mean - x).powi(3)).sum();
        if !squares.is_finite() || squares < 1e-24 {
            return None;
        }
        let acceleration = cubes / (6.0 * squares.powf(1.5));
        let tail = (1.0 - self.level) / 2.0;
        let moved = |at: f64| {
            let z = bias + normal.inverse_cdf(at);
            normal.cdf(bias + z / (1.0 - acceleration * z))
        };
        Some((quantile(drawn, moved(tail)), quantile(drawn, moved(1.0 - tail))))
    }
}

/// The quantile of sorted values, linear between them (type 7 of Hyndman and Fan 1996).
pub fn quantile(sorted: &[f64], at: f64) -> f64 {
    let place = at.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * (place - low as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean of clusters' values by weight.
    fn mean(values: &[f64]) -> impl Fn(&[f64]) -> Option<f64> + Sync + '_ {
        move |weights| {
            let total: f64 = weights.iter().sum();
            (total > 0.0).then(|| weights.iter().zip(values).map(|(w, v)| w * v).sum::<f64>() / total)
        }
    }

    #[test]
    fn a_mean_has_the_interval_of_the_normal_distribution() {
        let values: Vec<f64> = (0..400).map(|n| f64::from(n % 20)).collect();
        let got = Bootstrap { resamples: 4_000, ..Bootstrap::default() }
            .interval(values.len(), mean(&values))
            .expect("defined");
        // Mean 9.5, standard deviation sqrt((20^2 - 1) / 12), standard error that over 20.
        let half = 1.959_96 * (399.0_f64 / 12.0).sqrt() / 20.0;
        for (low, high) in [got.percentile, got.bca] {
            assert!((low - (9.5 - half)).abs() < 0.05, "{low}");
            assert!((high - (9.5 + half)).abs() < 0.05, "{high}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_interval_on_any_number_of_threads() {
        let values: Vec<f64> = (0..30).map(|n| f64::from(n * n % 17)).collect();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| Bootstrap::default().interval(values.len(), mean(&values)))
        };
        assert_eq!(run(1), run(3));
        let other = Bootstrap { seed: 2, ..Bootstrap::default() }.interval(values.len(), mean(&values));
        assert_ne!(run(1), other);
    }

    #[test]
    fn a_skewed_statistic_moves_the_corrected_interval() {
        let values: Vec<f64> = (0..60).map(|n| (f64::from(n) / 10.0).exp()).collect();
        let got = Bootstrap::default().interval(values.len(), mean(&values)).expect("defined");
        assert!(got.bca.0 > got.percentile.0 && got.bca.1 > got.percentile.1, "{got:?}");
    }

    #[test]
    fn a_constant_has_no_width_and_an_undefined_one_no_interval() {
        let got = Bootstrap::default().interval(9, |_| Some(0.7)).expect("defined");
        assert_eq!((got.percentile, got.bca), ((0.7, 0.7), (0.7, 0.7)));
        assert_eq!(Bootstrap::default().interval(9, |_| None), None);
    }

    #[test]
    fn resamples_draw_as_many_clusters_as_there_are() {
        for n in 0..20 {
            let sum: f64 = Bootstrap::default().weights(n, 13).iter().sum();
            assert!((sum - 13.0).abs() < 1e-12);
        }
    }

    #[test]
    fn quantiles_agree_with_numpy() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (at, value) in [(0.0, 1.0), (0.25, 1.75), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)] {
            assert!((quantile(&sorted, at) - value).abs() < 1e-12);
        }
    }
}
