//! All figures of one system on one list of items, with intervals by the cluster bootstrap over repositories.
//!
//! Slices with fewer than five repositories have Wilson's interval instead, which takes items for independent and is then
//! too narrow; a bootstrap over so few clusters would be worse.

mod decisions;
mod probabilities;
mod tables;

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use trainer::example::Class;

use crate::measure::Measure;
use crate::metrics::calibration::Outcome;
use crate::metrics::{Dimension, Metric};
use crate::scored::{Answer, Item, Scored, scored};
use crate::statistics::Bootstrap;

pub use tables::{Tables, ThresholdRow};

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
    let view = View { items, answers, scope, settings, weighted: false };
    let mut measures = Vec::new();
    view.decisions(at, "all", &Metric::ALL, &mut measures);
    view.right_outcomes(at, "all", &mut measures);
    for (group, members) in Dimension::Class.groups(items, at) {
        let slice = format!("class={group}");
        view.decisions(&members, &slice, &[Metric::Recall, Metric::FalsePositiveRate], &mut measures);
        view.right_outcomes(&members, &slice, &mut measures);
    }
    if !settings.slices.is_empty() || settings.probabilities {
        view.macros(at, &mut measures);
    }
    if settings.probabilities {
        view.rankings(at, &mut measures);
        view.calibration(at, "all", &mut measures);
    }
    for &dimension in &settings.slices {
        for (group, members) in dimension.groups(items, at) {
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

/// Figures over findings, each item with its own weight: precision of what is reported, in all and by the labels' source,
/// and calibration of all findings and of what is reported (slice `reported`). The items must be found, each of them.
pub fn of_findings(items: &[Item], answers: &[Answer], scope: &str, settings: &Settings) -> Vec<Measure> {
    let view = View { items, answers, scope, settings, weighted: true };
    let all: Vec<usize> = (0..items.len()).collect();
    let mut measures = Vec::new();
    view.decisions(&all, "all", &[Metric::Precision], &mut measures);
    for (group, members) in Dimension::Source.groups(items, &all) {
        view.decisions(&members, &format!("source={group}"), &[Metric::Precision], &mut measures);
    }
    if settings.probabilities {
        view.calibration(&all, "all", &mut measures);
    }
    let reported: Vec<usize> = all.into_iter().filter(|&n| answers[n].alert()).collect();
    view.calibration(&reported, "reported", &mut measures);
    measures
}

struct View<'a> {
    items: &'a [Item],
    answers: &'a [Answer],
    scope: &'a str,
    settings: &'a Settings,
    /// Whether items count by their weights, else each as 1.
    weighted: bool,
}

impl<'a> View<'a> {
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

    fn scored(&self, at: &'a [usize]) -> impl Iterator<Item = Scored<'a>> {
        scored(self.items, self.answers, at)
    }

    fn weight(&self, n: usize) -> f64 {
        if self.weighted { self.items[n].weight } else { 1.0 }
    }

    /// The number of each item's repository, and how many there are.
    fn clusters(&self, at: &[usize]) -> (Vec<usize>, usize) {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let cluster_of = at
            .iter()
            .map(|&n| {
                let next = numbers.len();
                *numbers.entry(&self.items[n].repo).or_insert(next)
            })
            .collect();
        (cluster_of, numbers.len())
    }

    /// The ends of a figure that is asked with a weight for each of `clusters` repositories; `None` for fewer than five.
    fn ends(&self, clusters: usize, statistic: impl Fn(&[f64]) -> Option<f64> + Sync) -> Option<(f64, f64)> {
        let bootstrap = self.settings.bootstrap;
        (clusters >= CLUSTERS).then(|| bootstrap.interval(clusters, statistic)).flatten().map(|i| i.bca)
    }

    fn outcomes(&self, at: &[usize]) -> Vec<Outcome> {
        let weighted = at.iter().map(|&n| self.weight(n));
        let plain = outcomes(self.items, self.answers, at);
        plain.into_iter().zip(weighted).map(|(one, weight)| Outcome { weight, ..one }).collect()
    }
}

/// Probabilities with their outcomes, each of weight 1.
pub fn outcomes(items: &[Item], answers: &[Answer], at: &[usize]) -> Vec<Outcome> {
    at.iter().map(|&n| Outcome { p: answers[n].p, positive: items[n].positive(), weight: 1.0 }).collect()
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
            source: "hand".into(),
            held_out: false,
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
                answers.push(Answer::new(if alert { 0.9 } else { 0.1 }, alert));
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
        let answers: Vec<Answer> = (0..10).map(|n| Answer::new(0.5, n < 7)).collect();
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
