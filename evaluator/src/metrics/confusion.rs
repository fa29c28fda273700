//! The four counts of a two-way decision and what is computed from them.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::scored::Scored;

/// Counts, or sums of weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// Credentials that are reported.
    pub true_alerts: f64,
    /// Harmless items that are reported.
    pub false_alerts: f64,
    /// Credentials that are not reported.
    pub misses: f64,
    /// Harmless items that are not reported.
    pub true_safes: f64,
}

/// A figure computed from a [`Confusion`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of right decisions.
    Accuracy,
    /// Share of credentials among what is reported.
    Precision,
    /// Share of credentials that are reported.
    Recall,
    /// Harmonic mean of precision and recall.
    F1,
    /// As `F1`, recall counting twice as much (van Rijsbergen's F with beta 2).
    F2,
    /// Matthews' correlation coefficient, in [-1, 1].
    Mcc,
    /// Mean of recall and of the share of harmless items that are not reported.
    BalancedAccuracy,
    /// Share of harmless items that are reported.
    FalsePositiveRate,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Accuracy,
        Self::Precision,
        Self::Recall,
        Self::F1,
        Self::F2,
        Self::Mcc,
        Self::BalancedAccuracy,
        Self::FalsePositiveRate,
    ];

    /// Name in reports, stores and gates.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "f1",
            Self::F2 => "f2",
            Self::Mcc => "mcc",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::FalsePositiveRate => "false_positive_rate",
        }
    }

    /// The figure; `None` where its denominator is 0.
    pub fn of(self, counts: &Confusion) -> Option<f64> {
        let Confusion { true_alerts: tp, false_alerts: fp, misses, true_safes: tn } = *counts;
        let (positives, negatives) = (tp + misses, fp + tn);
        match self {
            Self::Accuracy => ratio(tp + tn, positives + negatives),
            Self::Precision => ratio(tp, tp + fp),
            Self::Recall => ratio(tp, positives),
            Self::F1 => ratio(2.0 * tp, 2.0 * tp + fp + misses),
            Self::F2 => ratio(5.0 * tp, 5.0 * tp + fp + 4.0 * misses),
            Self::Mcc => {
                let below = ((tp + fp) * positives * negatives * (tn + misses)).sqrt();
                ratio(tp * tn - fp * misses, below)
            }
            Self::BalancedAccuracy => Some(f64::midpoint(ratio(tp, positives)?, ratio(tn, negatives)?)),
            Self::FalsePositiveRate => ratio(fp, negatives),
        }
    }
}

/// `a / b`, if `b` is above 0.
pub fn ratio(a: f64, b: f64) -> Option<f64> {
    (b > 0.0).then(|| a / b)
}

impl Confusion {
    /// Counts items, each as 1.
    pub fn count<'a>(items: impl IntoIterator<Item = Scored<'a>>) -> Self {
        items.into_iter().fold(Self::default(), |mut sum, one| {
            sum.add(one.item.positive(), one.answer.alert(), 1.0);
            sum
        })
    }

    /// Sums the items' weights.
    pub fn weighted<'a>(items: impl IntoIterator<Item = Scored<'a>>) -> Self {
        items.into_iter().fold(Self::default(), |mut sum, one| {
            sum.add(one.item.positive(), one.answer.alert(), one.item.weight);
            sum
        })
    }

    /// Adds one decision.
    pub fn add(&mut self, positive: bool, alert: bool, weight: f64) {
        *match (positive, alert) {
            (true, true) => &mut self.true_alerts,
            (false, true) => &mut self.false_alerts,
            (true, false) => &mut self.misses,
            (false, false) => &mut self.true_safes,
        } += weight;
    }

    /// All four times `factor`: what a cluster counts that is drawn so often.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self {
            true_alerts: self.true_alerts * factor,
            false_alerts: self.false_alerts * factor,
            misses: self.misses * factor,
            true_safes: self.true_safes * factor,
        }
    }
}

impl AddAssign for Confusion {
    fn add_assign(&mut self, other: Self) {
        self.true_alerts += other.true_alerts;
        self.false_alerts += other.false_alerts;
        self.misses += other.misses;
        self.true_safes += other.true_safes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_agree_with_scikit_learn() {
        let counts = Confusion { true_alerts: 90.0, false_alerts: 15.0, misses: 10.0, true_safes: 385.0 };
        // accuracy_score, precision_score, recall_score, f1_score, fbeta_score(beta=2), matthews_corrcoef,
        // balanced_accuracy_score of scikit-learn on 500 items with these counts.
        let expected = [
            (Metric::Accuracy, 0.95),
            (Metric::Precision, 0.857_142_857_142_857_1),
            (Metric::Recall, 0.9),
            (Metric::F1, 0.878_048_780_487_804_9),
            (Metric::F2, 0.891_089_108_910_891_1),
            (Metric::Mcc, 0.847_024_362_841_907_7),
            (Metric::BalancedAccuracy, 0.931_25),
            (Metric::FalsePositiveRate, 0.037_5),
        ];
        for (metric, value) in expected {
            let got = metric.of(&counts).expect("defined");
            assert!((got - value).abs() < 1e-12, "{}: {got} is not {value}", metric.name());
        }
    }

    #[test]
    fn what_has_no_denominator_is_not_zero() {
        let silent = Confusion { misses: 3.0, true_safes: 5.0, ..Confusion::default() };
        assert_eq!(Metric::Precision.of(&silent), None);
        assert_eq!(Metric::Mcc.of(&silent), None);
        assert_eq!(Metric::Recall.of(&silent), Some(0.0));
        assert_eq!(Metric::F1.of(&Confusion::default()), None);
    }

    #[test]
    fn weights_count_as_repetitions() {
        let mut weighted = Confusion::default();
        weighted.add(true, true, 3.0);
        weighted.add(false, true, 1.0);
        let mut repeated = Confusion::default();
        for _ in 0..3 {
            repeated.add(true, true, 1.0);
        }
        repeated.add(false, true, 1.0);
        assert_eq!(weighted, repeated);
        assert_eq!(Metric::Precision.of(&weighted), Some(0.75));
    }
}
