//! All figures of one system on one list of items, with intervals by the cluster bootstrap over repositories.
//!
//! Slices with fewer than five repositories have Wilson's interval instead, which takes items for independent and is then
//! too narrow; a bootstrap over so few clusters would be worse.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use trainer::example::Class;

use crate::measure::Measure;
use crate::metrics::calibration::{Calibration, Outcome};
use crate::metrics::slices::class_name;
use crate::metrics::{Confusion, Dimension, Metric, Ranking, macros};
use crate::scored::{Answer, Item};
use crate::statistics::{Bootstrap, wilson};

/// Least number of repositories for a bootstrap.
const CLUSTERS: usize = 5;
/// Least number of labelled items of a repository in macro means.
pub const MACRO_LEAST: f64 = 5.0;
/// Rates of false alarms at which the share of found credentials is told.
pub const RATES: [(f64, &str); 3] = [(1e-2, "1e-2"), (3e-3, "3e-3"), (1e-3, "1e-3")];

/// What to compute.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Intervals.
    pub bootstrap: Bootstrap,
    /// Whether the probabilities mean something: ranking and calibration.
    pub probabilities: bool,
    /// Groups to tell apart.
    pub slices: Vec<Dimension>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bootstrap: Bootstrap::default(),
            probabilities: true,
            slices: vec![Dimension::Kind, Dimension::Language, Dimension::Place],
        }
    }
}

/// Positions of at most `cap` items of each repository, kind and class: those whose ids have the smallest hashes, which is
/// a sample that does not depend on order. Sorted.
pub fn capped(items: &[Item], cap: usize) -> Vec<usize> {
    /// Hash of the id, position.
    type Ranked = (Vec<u8>, usize);
    let mut groups: BTreeMap<(&str, &str, Class), Vec<Ranked>> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        let hash = Sha256::digest(item.id.as_bytes()).to_vec();
        groups.entry((&item.repo, &item.kind, item.class)).or_default().push((hash, at));
    }
    let mut kept = Vec::new();
    for mut group in groups.into_values() {
        group.sort();
        kept.extend(group.into_iter().take(cap).map(|(_, at)| at));
    }
    kept.sort_unstable();
    kept
}

/// Figures of one system on the items at `at`.
pub fn of(
    items: &[Item],
    answers: &[Answer],
    at: &[usize],
    scope: &str,
    settings: &Settings,
) -> Vec<Measure> {
    let view = View { items, answers, scope, settings };
    let mut measures = Vec::new();
    view.decisions(at, "all", &Metric::ALL, &mut measures);
    for class in Class::ALL {
        let of_class: Vec<usize> = at.iter().copied().filter(|&n| items[n].class == class).collect();
        let slice = format!("class={}", class_name(class));
        view.decisions(&of_class, &slice, &[Metric::Recall, Metric::FalsePositiveRate], &mut measures);
    }
    if !settings.slices.is_empty() || settings.probabilities {
        view.macros(at, &mut measures);
    }
    if settings.probabilities {
        view.rankings(at, &mut measures);
        view.calibration(at, &mut measures);
    }
    for &dimension in &settings.slices {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for &n in at {
            groups.entry(dimension.of(&items[n])).or_default().push(n);
        }
        for (group, members) in groups {
            let slice = format!("{}={group}", dimension.name());
            let metrics = [Metric::Precision, Metric::Recall, Metric::FalsePositiveRate];
            view.decisions(&members, &slice, &metrics, &mut measures);
            let real: Vec<usize> =
                members.iter().copied().filter(|&n| items[n].class == Class::Real).collect();
            view.decisions(&real, &format!("{slice},class=real"), &[Metric::Recall], &mut measures);
        }
    }
    measures
}

struct View<'a> {
    items: &'a [Item],
    answers: &'a [Answer],
    scope: &'a str,
    settings: &'a Settings,
}

impl View<'_> {
    fn measure(&self, metric: &str, slice: &str, value: f64, ends: Option<(f64, f64)>, n: f64) -> Measure {
        Measure {
            scope: self.scope.to_owned(),
            metric: metric.to_owned(),
            slice: slice.to_owned(),
            value,
            low: ends.map(|ends| ends.0),
            high: ends.map(|ends| ends.1),
            n: n.round() as u64,
        }
    }

    /// Counts by repository.
    fn clusters(&self, at: &[usize]) -> BTreeMap<&str, Confusion> {
        let mut counts: BTreeMap<&str, Confusion> = BTreeMap::new();
        for &n in at {
            let item = &self.items[n];
            counts.entry(&item.repo).or_default().add(item.positive(), self.answers[n].alert, 1.0);
        }
        counts
    }

    /// Figures of decisions, where they are defined.
    fn decisions(&self, at: &[usize], slice: &str, metrics: &[Metric], into: &mut Vec<Measure>) {
        let clusters: Vec<Confusion> = self.clusters(at).into_values().collect();
        let total = sum(&clusters, |_| 1.0);
        for &metric in metrics {
            let Some(value) = metric.of(&total) else { continue };
            let (hits, of) = base(metric, &total);
            let ends = if clusters.len() < CLUSTERS {
                hits.map(|hits| wilson::interval(hits, of, self.settings.bootstrap.level))
            } else {
                let statistic = |weights: &[f64]| metric.of(&sum(&clusters, |n| weights[n]));
                let interval = self.settings.bootstrap.interval(clusters.len(), statistic);
                interval.map(|interval| interval.bca)
            };
            into.push(self.measure(metric.name(), slice, value, ends, of));
        }
    }

    /// Means over repositories with at least five items.
    fn macros(&self, at: &[usize], into: &mut Vec<Measure>) {
        let clusters: Vec<Confusion> = self.clusters(at).into_values().collect();
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
        let mut weighted = Confusion::default();
        for &n in at {
            let item = &self.items[n];
            weighted.add(item.positive(), self.answers[n].alert, item.weight);
        }
        let (p, r) = (Metric::Precision, Metric::Recall);
        for (metric, name) in [(p, "weighted_precision"), (r, "weighted_recall")] {
            if let Some(value) = metric.of(&weighted) {
                into.push(self.measure(name, "all", value, None, at.len() as f64));
            }
        }
    }

    /// Figures of the order.
    fn rankings(&self, at: &[usize], into: &mut Vec<Measure>) {
        /// A figure of the order, given the items' weights.
        type Figure<'a> = dyn Fn(&dyn Fn(usize) -> f64) -> Option<f64> + Sync + 'a;
        let ranking = Ranking::new(at.iter().map(|&n| (self.answers[n].p, self.items[n].positive())));
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let cluster_of: Vec<usize> = at
            .iter()
            .map(|&n| {
                let next = numbers.len();
                *numbers.entry(&self.items[n].repo).or_insert(next)
            })
            .collect();
        let mut add = |name: &str, of: &Figure<'_>| {
            let Some(value) = of(&|_| 1.0) else { return };
            let statistic = |weights: &[f64]| of(&|n| weights[cluster_of[n]]);
            let interval = (numbers.len() >= CLUSTERS)
                .then(|| self.settings.bootstrap.interval(numbers.len(), statistic))
                .flatten();
            let ends = interval.map(|interval| interval.bca);
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
    }

    fn calibration(&self, at: &[usize], into: &mut Vec<Measure>) {
        let Some(got) = Calibration::of(&self.outcomes(at)) else { return };
        let n = at.len() as f64;
        let figures = [
            ("brier", Some(got.brier)),
            ("log_loss", Some(got.log_loss)),
            ("ece", Some(got.ece)),
            ("calibration_slope", got.slope),
            ("calibration_intercept", got.intercept),
        ];
        for (name, value) in figures {
            into.extend(value.map(|value| self.measure(name, "all", value, None, n)));
        }
    }

    fn outcomes(&self, at: &[usize]) -> Vec<Outcome> {
        outcomes(self.items, self.answers, at)
    }
}

/// Probabilities with their outcomes, each of weight 1.
pub fn outcomes(items: &[Item], answers: &[Answer], at: &[usize]) -> Vec<Outcome> {
    at.iter().map(|&n| Outcome { p: answers[n].p, positive: items[n].positive(), weight: 1.0 }).collect()
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::measure::find;
    use crate::scored::Place;

    pub(crate) fn item(n: usize, repo: &str, class: Class) -> Item {
        Item {
            id: format!("{repo}/{n}"),
            repo: repo.into(),
            class,
            kind: "Password".into(),
            language: "py".into(),
            stratum: "t".into(),
            place: Place::Source,
            rule: String::new(),
            weight: 1.0,
        }
    }

    #[test]
    fn figures_are_counted_over_all_and_over_slices() {
        let mut items = Vec::new();
        let mut answers = Vec::new();
        for repo in ["a", "b", "c", "d", "e", "f"] {
            for n in 0..10 {
                let class = [Class::Real, Class::Weak, Class::Not, Class::Not, Class::Placeholder][n % 5];
                items.push(item(n, repo, class));
                // Half of the weak ones are missed, one of two placeholders is reported.
                let alert = class == Class::Real || n == 1 || n == 4;
                answers.push(Answer { p: if alert { 0.9 } else { 0.1 }, alert });
            }
        }
        let at: Vec<usize> = (0..items.len()).collect();
        let measures = of(&items, &answers, &at, "all", &Settings::default());
        let get = |metric: &str, slice: &str| find(&measures, "all", metric, slice).expect("measured");
        let cases = [
            ("precision", "all", 18.0 / 24.0, 24),
            ("recall", "all", 0.75, 24),
            ("recall", "class=real", 1.0, 12),
            ("recall", "class=weak", 0.5, 12),
            ("false_positive_rate", "class=placeholder", 0.5, 12),
            ("false_positive_rate", "class=not", 0.0, 24),
            ("recall", "kind=Password,class=real", 1.0, 12),
            ("macro_recall", "all", 0.75, 6),
            ("weighted_recall", "all", 0.75, 60),
        ];
        for (metric, slice, value, n) in cases {
            let got = get(metric, slice);
            assert!((got.value - value).abs() < 1e-12, "{metric} {slice} {}", got.value);
            assert_eq!(got.n, n, "{metric} {slice}");
        }
        // Every repository is the same, so resampling repositories changes nothing.
        let recall = get("recall", "all");
        assert!(recall.low.is_some_and(|low| (low - 0.75).abs() < 1e-12), "{recall:?}");
        assert!(find(&measures, "all", "recall", "class=not").is_none());
    }

    #[test]
    fn few_repositories_have_wilsons_interval() {
        let items: Vec<Item> = (0..10).map(|n| item(n, "a", Class::Real)).collect();
        let answers: Vec<Answer> = (0..10).map(|n| Answer { p: 0.5, alert: n < 7 }).collect();
        let at: Vec<usize> = (0..10).collect();
        let measures = of(&items, &answers, &at, "all", &Settings::default());
        let recall = find(&measures, "all", "recall", "all").expect("measured");
        assert!(recall.low.is_some_and(|low| (low - 0.396_778).abs() < 1e-5), "{recall:?}");
    }

    #[test]
    fn a_cap_holds_for_each_repository_kind_and_class() {
        let mut items: Vec<Item> = (0..50).map(|n| item(n, "large", Class::Not)).collect();
        items.extend((50..55).map(|n| item(n, "large", Class::Real)));
        items.extend((0..3).map(|n| item(n, "small", Class::Not)));
        let kept = capped(&items, 4);
        assert_eq!(kept.len(), 4 + 4 + 3);
        let mut turned = items.clone();
        turned.reverse();
        let mut ids: Vec<_> = kept.iter().map(|&n| &items[n].id).collect();
        let mut again: Vec<_> = capped(&turned, 4).into_iter().map(|n| &turned[n].id).collect();
        ids.sort();
        again.sort();
        assert_eq!(ids, again);
    }
}
