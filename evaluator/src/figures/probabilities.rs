//! Figures of what the probabilities say: their order, and whether they mean what they say.

use super::{RATES, View};
use crate::measure::Measure;
use crate::metrics::Ranking;
use crate::metrics::clustered::{Clustered, Loss};
use crate::statistics::Spearman;

impl<'a> View<'a> {
    /// Figures of the order.
    pub(super) fn rankings(&self, at: &'a [usize], into: &mut Vec<Measure>) {
        /// A figure of the order, given the items' weights.
        type Figure<'a> = dyn Fn(&dyn Fn(usize) -> f64) -> Option<f64> + Sync + 'a;
        let ranking = Ranking::of(self.scored(at));
        let (cluster_of, clusters) = self.clusters(at);
        let mut add = |name: &str, of: &Figure<'_>| {
            let Some(value) = of(&|_| 1.0) else { return };
            let ends = self.ends(clusters, |weights| of(&|n| weights[cluster_of[n]]));
            into.push(self.measure(name, "all", value, ends, at.len() as f64));
        };
        add("average_precision", &|weight| ranking.average_precision(weight));
        add("roc_auc", &|weight| ranking.roc_auc(weight));
        for (rate, name) in RATES {
            add(&format!("tpr_at_fpr_{name}"), &|weight| ranking.tpr_at_fpr(rate, weight));
        }
        for (recall, name) in [(0.85, "0.85"), (0.95, "0.95")] {
            let of = |weight: &dyn Fn(usize) -> f64| Some(ranking.precision_at_recall(recall, weight)?.0);
            add(&format!("precision_at_recall_{name}"), &of);
        }
        // The classes are graded: not, placeholder, weak, real.
        let grade = |n: usize| 3.0 - self.items[n].class.index() as f64;
        let points: Vec<(f64, f64)> = at.iter().map(|&n| (self.answers[n].p, grade(n))).collect();
        let spearman = Spearman::new(&points);
        add("spearman", &|weight| spearman.of(weight));
    }

    /// Figures of calibration.
    pub(super) fn calibration(&self, at: &[usize], slice: &str, into: &mut Vec<Measure>) {
        let (cluster_of, clusters) = self.clusters(at);
        let clustered = Clustered::new(&self.outcomes(at), &cluster_of, clusters);
        let once = vec![1.0; clusters];
        for (loss, name) in Loss::ALL {
            let Some(value) = clustered.of(loss, &once) else { continue };
            let ends = self.ends(clusters, |weights| clustered.of(loss, weights));
            into.push(self.measure(name, slice, value, ends, at.len() as f64));
        }
    }
}
