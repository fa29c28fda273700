//! Figures of what is decided: shares, means over repositories, outcomes.

use super::{CLUSTERS, MACRO_LEAST, View};
use crate::measure::Measure;
use crate::metrics::confusion::ratio;
use crate::metrics::{Confusion, Metric, macros, outcomes};
use crate::statistics::wilson;

impl<'a> View<'a> {
    /// Counts by repository.
    fn counts(&self, at: &'a [usize]) -> Vec<Confusion> {
        let all = if self.weighted {
            macros::by_repository(self.scored(at), |one| one.item.weight)
        } else {
            macros::by_repository(self.scored(at), |_| 1.0)
        };
        all.into_values().collect()
    }

    /// Figures of decisions, where they are defined.
    pub(super) fn decisions(
        &self,
        at: &'a [usize],
        slice: &str,
        metrics: &[Metric],
        into: &mut Vec<Measure>,
    ) {
        let clusters = self.counts(at);
        let total = sum(&clusters, |_| 1.0);
        let counted = Confusion::count(self.scored(at));
        for &metric in metrics {
            let Some(value) = metric.of(&total) else { continue };
            let (hits, of) = base(metric, &counted);
            let ends = if clusters.len() < CLUSTERS {
                // Weights are no trials: no interval rather than a false one.
                hits.filter(|_| !self.weighted)
                    .map(|hits| wilson::interval(hits, of, self.settings.bootstrap.level))
            } else {
                self.ends(clusters.len(), |weights| metric.of(&sum(&clusters, |n| weights[n])))
            };
            into.push(self.measure(metric.name(), slice, value, ends, of));
        }
    }

    /// Share of the items that are told as they ought to be: leak, warning or nothing.
    pub(super) fn right_outcomes(&self, at: &'a [usize], slice: &str, into: &mut Vec<Measure>) {
        let (cluster_of, clusters) = self.clusters(at);
        let mut counts = vec![(0.0, 0.0); clusters];
        for (one, cluster) in self.scored(at).zip(cluster_of) {
            let right = outcomes::right(one.item.class) == one.answer.told;
            counts[cluster].0 += f64::from(u8::from(right));
            counts[cluster].1 += 1.0;
        }
        let share = |weights: &[f64]| {
            let sum = |of: &dyn Fn(&(f64, f64)) -> f64| -> f64 {
                counts.iter().zip(weights).map(|(counts, weight)| weight * of(counts)).sum()
            };
            ratio(sum(&|counts| counts.0), sum(&|counts| counts.1))
        };
        let Some(value) = share(&vec![1.0; clusters]) else { return };
        let of = at.len() as f64;
        let ends = if clusters < CLUSTERS {
            Some(wilson::interval(value * of, of, self.settings.bootstrap.level))
        } else {
            self.ends(clusters, share)
        };
        into.push(self.measure("right_outcome", slice, value, ends, of));
    }

    /// Means over repositories with at least five items.
    pub(super) fn macros(&self, at: &'a [usize], into: &mut Vec<Measure>) {
        let clusters = self.counts(at);
        for (metric, name) in [
            (Metric::Precision, "macro_precision"),
            (Metric::Recall, "macro_recall"),
            (Metric::F1, "macro_f1"),
        ] {
            let Some((value, n)) = macros::mean(&clusters, metric, MACRO_LEAST) else { continue };
            let drawn = |weights: &[f64]| {
                let (mut sum, mut count) = (0.0, 0.0);
                for (counts, weight) in clusters.iter().zip(weights) {
                    if let Some((value, _)) = macros::mean([counts], metric, MACRO_LEAST) {
                        sum += weight * value;
                        count += weight;
                    }
                }
                (count > 0.0).then(|| sum / count)
            };
            let interval = self.settings.bootstrap.interval(clusters.len(), drawn);
            into.push(self.measure(name, "all", value, interval.map(|interval| interval.bca), n as f64));
        }
        let weighted = Confusion::weighted(self.scored(at));
        let (p, r) = (Metric::Precision, Metric::Recall);
        for (metric, name) in [(p, "weighted_precision"), (r, "weighted_recall")] {
            if let Some(value) = metric.of(&weighted) {
                into.push(self.measure(name, "all", value, None, at.len() as f64));
            }
        }
    }
}

/// The counts of all clusters, each as often as `weight` says.
fn sum(clusters: &[Confusion], weight: impl Fn(usize) -> f64) -> Confusion {
    let mut total = Confusion::default();
    for (n, counts) in clusters.iter().enumerate() {
        total += counts.times(weight(n));
    }
    total
}

/// What the metric is a share of: hits (if it is a plain share) and the number of items in the denominator.
fn base(metric: Metric, total: &Confusion) -> (Option<f64>, f64) {
    let Confusion { true_alerts: tp, false_alerts: fp, misses, true_safes: tn } = *total;
    match metric {
        Metric::Accuracy => (Some(tp + tn), tp + tn + fp + misses),
        Metric::Precision => (Some(tp), tp + fp),
        Metric::Recall => (Some(tp), tp + misses),
        Metric::FalsePositiveRate => (Some(fp), fp + tn),
        Metric::F1 | Metric::F2 => (None, tp + fp + misses),
        Metric::Mcc | Metric::BalancedAccuracy => (None, tp + tn + fp + misses),
    }
}
