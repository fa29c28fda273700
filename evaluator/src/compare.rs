//! Paired comparison of two systems on the same items.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metrics::{Confusion, Metric, Ranking};
use crate::scored::{Answer, Item};
use crate::statistics::{Bootstrap, effect, holm, mcnemar, permutation};

/// Random sign patterns of the permutation test.
const PERMUTATIONS: usize = 10_000;

/// Names of the tests of every pair.
pub const TESTS: [&str; 4] = ["mcnemar", "mcnemar_positives", "mcnemar_negatives", "sign_flip"];

/// A difference, second minus first, with its 95 % interval by the paired cluster bootstrap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The figure.
    pub metric: String,
    /// Second minus first.
    pub value: f64,
    /// Ends of the interval, if it is defined.
    pub interval: Option<(f64, f64)>,
}

/// A test, with its probability before and after Holm's correction over all pairs of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// One of [`TESTS`].
    pub name: String,
    /// Items on which only the first is right, and only the second (repositories, for the permutation test).
    pub discordant: (u64, u64),
    /// Two-sided probability.
    pub p: f64,
    /// After correction.
    pub p_holm: f64,
}

/// Everything about one pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Name of the first system.
    pub first: String,
    /// Name of the second.
    pub second: String,
    /// Items on which the decisions differ.
    pub flips: u64,
    /// Items.
    pub items: u64,
    /// Differences of figures.
    pub differences: Vec<Difference>,
    /// Tests.
    pub tests: Vec<Test>,
    /// Cohen's d of the repositories' differences in accuracy, if it is defined.
    pub cohens_d: Option<f64>,
}

/// Compares every pair of systems, in order. `probabilities` adds average precision.
pub fn all_pairs(
    items: &[Item],
    systems: &[(&str, &[Answer])],
    probabilities: bool,
    bootstrap: Bootstrap,
) -> Vec<Comparison> {
    let mut all = Vec::new();
    for (n, first) in systems.iter().enumerate() {
        for second in &systems[n + 1..] {
            all.push(pair(items, *first, *second, probabilities, bootstrap));
        }
    }
    for name in 0..all.first().map_or(0, |one: &Comparison| one.tests.len()) {
        let raw: Vec<f64> = all.iter().map(|one| one.tests[name].p).collect();
        for (one, p) in all.iter_mut().zip(holm::adjust(&raw)) {
            one.tests[name].p_holm = p;
        }
    }
    all
}

fn pair(
    items: &[Item],
    (first_name, first): (&str, &[Answer]),
    (second_name, second): (&str, &[Answer]),
    probabilities: bool,
    bootstrap: Bootstrap,
) -> Comparison {
    let right = |n: usize, answers: &[Answer]| answers[n].alert() == items[n].positive();
    let mut clusters: BTreeMap<&str, (Confusion, Confusion)> = BTreeMap::new();
    for (n, item) in items.iter().enumerate() {
        let counts = clusters.entry(&item.repo).or_default();
        counts.0.add(item.positive(), first[n].alert(), 1.0);
        counts.1.add(item.positive(), second[n].alert(), 1.0);
    }
    let counts: Vec<(Confusion, Confusion)> = clusters.values().copied().collect();
    let mut differences: Vec<Difference> =
        [Metric::Precision, Metric::Recall, Metric::F1, Metric::F2, Metric::FalsePositiveRate]
            .into_iter()
            .filter_map(|metric| difference(&counts, metric, bootstrap))
            .collect();
    if probabilities {
        differences.extend(ranking_difference(items, first, second, bootstrap));
    }
    let by_repository: Vec<f64> =
        counts.iter().filter_map(|(a, b)| Some(Metric::Accuracy.of(b)? - Metric::Accuracy.of(a)?)).collect();
    let mcnemar_of = |name: &str, wanted: &dyn Fn(&Item) -> bool| {
        let pairs =
            (0..items.len()).filter(|&n| wanted(&items[n])).map(|n| (right(n, first), right(n, second)));
        let got = mcnemar::test(pairs);
        let discordant = (got.only_first, got.only_second);
        Test { name: name.to_owned(), discordant, p: got.p, p_holm: got.p }
    };
    let worse = by_repository.iter().filter(|d| **d < 0.0).count() as u64;
    let better = by_repository.iter().filter(|d| **d > 0.0).count() as u64;
    let p = permutation::sign_flip(&by_repository, PERMUTATIONS, bootstrap.seed);
    Comparison {
        first: first_name.to_owned(),
        second: second_name.to_owned(),
        flips: first.iter().zip(second).filter(|(a, b)| a.alert() != b.alert()).count() as u64,
        items: items.len() as u64,
        differences,
        tests: vec![
            mcnemar_of(TESTS[0], &|_| true),
            mcnemar_of(TESTS[1], &Item::positive),
            mcnemar_of(TESTS[2], &|item| !item.positive()),
            Test { name: TESTS[3].to_owned(), discordant: (worse, better), p, p_holm: p },
        ],
        cohens_d: effect::cohens_d(&by_repository),
    }
}

/// The paired bootstrap: the same repositories are drawn for both.
fn difference(counts: &[(Confusion, Confusion)], metric: Metric, bootstrap: Bootstrap) -> Option<Difference> {
    let statistic = |weights: &[f64]| {
        let (mut first, mut second) = (Confusion::default(), Confusion::default());
        for ((a, b), &weight) in counts.iter().zip(weights) {
            first += a.times(weight);
            second += b.times(weight);
        }
        Some(metric.of(&second)? - metric.of(&first)?)
    };
    let value = statistic(&vec![1.0; counts.len()])?;
    let interval = bootstrap.interval(counts.len(), statistic).map(|interval| interval.bca);
    Some(Difference { metric: metric.name().to_owned(), value, interval })
}

fn ranking_difference(
    items: &[Item],
    first: &[Answer],
    second: &[Answer],
    bootstrap: Bootstrap,
) -> Option<Difference> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let cluster_of: Vec<usize> = items
        .iter()
        .map(|item| {
            let next = numbers.len();
            *numbers.entry(&item.repo).or_insert(next)
        })
        .collect();
    let ranking =
        |answers: &[Answer]| Ranking::new(items.iter().zip(answers).map(|(i, a)| (a.p, i.positive())));
    let (first, second) = (ranking(first), ranking(second));
    let statistic = |weights: &[f64]| {
        let weight = |n: usize| weights[cluster_of[n]];
        Some(second.average_precision(weight)? - first.average_precision(weight)?)
    };
    let value = statistic(&vec![1.0; numbers.len()])?;
    let interval = bootstrap.interval(numbers.len(), statistic).map(|interval| interval.bca);
    Some(Difference { metric: "average_precision".to_owned(), value, interval })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::tests::item;
    use trainer::example::Class;

    fn answers(alerts: impl IntoIterator<Item = bool>) -> Vec<Answer> {
        alerts.into_iter().map(|alert| Answer::new(if alert { 0.8 } else { 0.2 }, alert)).collect()
    }

    #[test]
    fn a_better_system_differs_and_the_same_one_does_not() {
        let repos: Vec<String> = (0..12).map(|n| format!("r{n}")).collect();
        let items: Vec<Item> = repos
            .iter()
            .flat_map(|repo| {
                (0..8).map(move |n| item(n, repo, if n % 2 == 0 { Class::Real } else { Class::Not }))
            })
            .collect();
        let perfect = answers(items.iter().map(Item::positive));
        let half = answers((0..items.len()).map(|n| n % 4 == 0));
        let systems = [("half", half.as_slice()), ("perfect", &perfect), ("again", &perfect)];
        let got = all_pairs(&items, &systems, true, Bootstrap::default());
        let better = &got[0];
        assert_eq!((better.flips, better.items), (24, 96));
        let recall = better.differences.iter().find(|d| d.metric == "recall").expect("measured");
        assert!((recall.value - 0.5).abs() < 1e-12);
        assert!(recall.interval.is_some_and(|ends| ends.0 > 0.0));
        assert_eq!(better.tests[0].discordant, (0, 24));
        assert!(better.tests.iter().filter(|t| t.name != "mcnemar_negatives").all(|t| t.p_holm < 0.01));
        assert!((better.tests[0].p_holm - 3.0 * better.tests[0].p).abs() < 1e-9);
        let same = &got[2];
        assert_eq!((same.flips, same.cohens_d), (0, None));
        assert!(same.tests.iter().all(|test| (test.p - 1.0).abs() < 1e-12));
        assert!(same.differences.iter().all(|d| d.value.abs() < 1e-12));
    }
}
