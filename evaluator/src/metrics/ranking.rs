//! Figures that depend on the order of the probabilities only, and on the threshold not at all.
//!
//! The order is computed once; each figure then takes one pass with whatever weights, so that a bootstrap over
//! repositories changes weights and sorts nothing. Equal probabilities are one step: their order means nothing.

use crate::scored::Scored;

/// Labelled probabilities in falling order.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// Probability, label, index of the item as given.
    order: Vec<(f64, bool, usize)>,
}

/// Sums of weights above (and at) one probability.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    p: f64,
    positives: f64,
    negatives: f64,
}

impl Ranking {
    /// Sorts. Probabilities that are not numbers rank last.
    pub fn new(points: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let mut order: Vec<_> = points
            .into_iter()
            .enumerate()
            .map(|(at, (p, positive))| (if p.is_nan() { f64::NEG_INFINITY } else { p }, positive, at))
            .collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
        Self { order }
    }

    /// Of items with answers.
    pub fn of<'a>(items: impl IntoIterator<Item = Scored<'a>>) -> Self {
        Self::new(items.into_iter().map(|one| (one.answer.p, one.item.positive())))
    }

    /// Cumulated weights after each distinct probability, falling.
    fn steps(&self, weight: impl Fn(usize) -> f64) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let mut now = Step::default();
        for (n, &(p, positive, at)) in self.order.iter().enumerate() {
            *(if positive { &mut now.positives } else { &mut now.negatives }) += weight(at);
            now.p = p;
            let last = self.order.get(n + 1).is_none_or(|next| next.0.total_cmp(&p).is_ne());
            if last {
                steps.push(now);
            }
        }
        steps
    }

    /// Area under the ROC curve (the chance that a credential ranks above a harmless item, ties half); `None`
    /// without both. `weight(n)` is the weight of item `n` as given.
    pub fn roc_auc(&self, weight: impl Fn(usize) -> f64) -> Option<f64> {
        let steps = self.steps(weight);
        let all = steps.last()?;
        if all.positives <= 0.0 || all.negatives <= 0.0 {
            return None;
        }
        let mut before = Step::default();
        let mut area = 0.0;
        for step in &steps {
            area += (step.negatives - before.negatives) * f64::midpoint(step.positives, before.positives);
            before = *step;
        }
        Some(area / (all.positives * all.negatives))
    }

    /// Average precision: the sum of precision times gained recall over all thresholds, without interpolation (as
    /// scikit-learn's `average_precision_score`). `None` without credentials.
    pub fn average_precision(&self, weight: impl Fn(usize) -> f64) -> Option<f64> {
        let steps = self.steps(weight);
        let all = steps.last().filter(|all| all.positives > 0.0)?.positives;
        let mut before = 0.0;
        let mut sum = 0.0;
        for step in &steps {
            let shown = step.positives + step.negatives;
            if shown > 0.0 {
                sum += (step.positives - before) / all * step.positives / shown;
            }
            before = step.positives;
        }
        Some(sum)
    }

    /// The greatest share of credentials above a threshold that lets at most `rate` of the harmless items through.
    /// Prevalence-free. `None` without both.
    pub fn tpr_at_fpr(&self, rate: f64, weight: impl Fn(usize) -> f64) -> Option<f64> {
        let steps = self.steps(weight);
        let all = steps.last().filter(|all| all.positives > 0.0 && all.negatives > 0.0)?;
        let allowed = rate * all.negatives + 1e-9;
        let best = steps.iter().take_while(|step| step.negatives <= allowed).map(|step| step.positives);
        Some(best.fold(0.0, f64::max) / all.positives)
    }

    /// The precision-recall curve: `(threshold, precision, recall)` for every distinct probability, falling.
    pub fn curve(&self, weight: impl Fn(usize) -> f64) -> Vec<(f64, f64, f64)> {
        let steps = self.steps(weight);
        let all = steps.last().map_or(0.0, |all| all.positives);
        steps
            .iter()
            .filter(|step| step.positives + step.negatives > 0.0 && all > 0.0)
            .map(|step| (step.p, step.positives / (step.positives + step.negatives), step.positives / all))
            .collect()
    }

    /// Precision and recall at each of `thresholds`: of what has at least that probability. `None` where nothing has.
    pub fn at_thresholds(
        &self,
        thresholds: impl IntoIterator<Item = f64>,
        weight: impl Fn(usize) -> f64,
    ) -> Vec<(f64, Option<(f64, f64)>)> {
        let curve = self.curve(weight);
        thresholds
            .into_iter()
            .map(|least| {
                // The curve falls, so what is above the threshold is its beginning.
                let above = curve.partition_point(|point| point.0 >= least);
                (least, curve[..above].last().map(|point| (point.1, point.2)))
            })
            .collect()
    }

    /// Greatest precision among thresholds with at least this recall, with that threshold.
    pub fn precision_at_recall(&self, recall: f64, weight: impl Fn(usize) -> f64) -> Option<(f64, f64)> {
        self.curve(weight)
            .into_iter()
            .filter(|point| point.2 >= recall)
            .map(|(threshold, precision, _)| (precision, threshold))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(_: usize) -> f64 {
        1.0
    }

    #[track_caller]
    fn close(got: Option<f64>, wanted: f64) {
        let got = got.expect("defined");
        assert!((got - wanted).abs() < 1e-12, "{got} is not {wanted}");
    }

    #[test]
    fn a_perfect_ranking_has_all_figures_at_one() {
        let ranking = Ranking::new([(0.9, true), (0.8, true), (0.3, false), (0.1, false)]);
        close(ranking.average_precision(one), 1.0);
        close(ranking.roc_auc(one), 1.0);
        close(ranking.tpr_at_fpr(0.001, one), 1.0);
    }

    #[test]
    fn a_constant_ranks_nothing() {
        let ranking = Ranking::new([(0.5, true), (0.5, false), (0.5, false), (0.5, false)]);
        close(ranking.roc_auc(one), 0.5);
        close(ranking.average_precision(one), 0.25);
        close(ranking.tpr_at_fpr(0.5, one), 0.0);
    }

    #[test]
    fn a_ranking_agrees_with_scikit_learn() {
        let p = [0.95, 0.9, 0.9, 0.8, 0.7, 0.7, 0.55, 0.4, 0.4, 0.2];
        let y = [true, true, false, true, false, true, false, false, true, false];
        let ranking = Ranking::new(p.into_iter().zip(y));
        // roc_auc_score and average_precision_score of scikit-learn.
        close(ranking.roc_auc(one), 0.74);
        close(ranking.average_precision(one), 0.727_777_777_777_777_9);
        // By hand: without a false alert only the first; with one of five up to 0.8.
        close(ranking.tpr_at_fpr(0.0, one), 0.2);
        close(ranking.tpr_at_fpr(0.2, one), 0.6);
        assert_eq!(ranking.precision_at_recall(0.5, one), Some((0.75, 0.8)));
    }

    #[test]
    fn a_threshold_has_the_precision_and_recall_of_what_is_above_it() {
        let ranking = Ranking::new([(0.9, true), (0.6, false), (0.6, true), (0.2, true)]);
        let got = ranking.at_thresholds([0.95, 0.9, 0.6, 0.3, 0.1], one);
        let pairs: Vec<_> = got.iter().map(|one| one.1).collect();
        let two = Some((2.0 / 3.0, 2.0 / 3.0));
        assert_eq!(pairs, [None, Some((1.0, 1.0 / 3.0)), two, two, Some((0.75, 1.0))]);
    }

    #[test]
    fn a_weight_is_a_repetition() {
        let points = [(0.9, true), (0.7, false), (0.6, true), (0.2, false)];
        let doubled = [points.as_slice(), &points[1..3]].concat();
        let weighted = Ranking::new(points);
        let repeated = Ranking::new(doubled);
        let weight = |n: usize| if n == 1 || n == 2 { 2.0 } else { 1.0 };
        close(weighted.average_precision(weight), repeated.average_precision(one).expect("defined"));
        close(weighted.roc_auc(weight), repeated.roc_auc(one).expect("defined"));
    }

    #[test]
    fn one_class_alone_has_no_curve() {
        let ranking = Ranking::new([(0.9, true), (0.1, true)]);
        assert_eq!(ranking.roc_auc(one), None);
        assert_eq!(ranking.tpr_at_fpr(0.01, one), None);
        assert_eq!(Ranking::new([]).average_precision(one), None);
    }
}
