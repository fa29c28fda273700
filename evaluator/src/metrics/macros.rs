//! Means over repositories, each counting the same whatever its size.

use std::collections::BTreeMap;

use super::{Confusion, Metric};
use crate::scored::Scored;

/// Counts of each repository; an item counts `weight` times.
pub fn by_repository<'a>(
    items: impl IntoIterator<Item = Scored<'a>>,
    weight: impl Fn(&Scored<'a>) -> f64,
) -> BTreeMap<&'a str, Confusion> {
    let mut counts: BTreeMap<&str, Confusion> = BTreeMap::new();
    for one in items {
        let counts = counts.entry(&one.item.repo).or_default();
        counts.add(one.item.positive(), one.answer.alert(), weight(&one));
    }
    counts
}

/// The mean of `metric` over the repositories with at least `least` items on which it is defined, and their number.
pub fn mean<'a>(
    counts: impl IntoIterator<Item = &'a Confusion>,
    metric: Metric,
    least: f64,
) -> Option<(f64, usize)> {
    let values: Vec<f64> = counts
        .into_iter()
        .filter(|c| c.true_alerts + c.false_alerts + c.misses + c.true_safes >= least)
        .filter_map(|c| metric.of(c))
        .collect();
    (!values.is_empty()).then(|| (values.iter().sum::<f64>() / values.len() as f64, values.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_repository_counts_the_same() {
        let large = Confusion { true_alerts: 90.0, misses: 10.0, ..Confusion::default() };
        let small = Confusion { true_alerts: 1.0, misses: 4.0, ..Confusion::default() };
        let tiny = Confusion { misses: 1.0, ..Confusion::default() };
        let harmless = Confusion { true_safes: 9.0, ..Confusion::default() };
        let (value, count) =
            mean([&large, &small, &tiny, &harmless], Metric::Recall, 5.0).expect("two have it");
        assert!((value - 0.55).abs() < 1e-12);
        assert_eq!(count, 2);
        assert_eq!(mean([&harmless], Metric::Recall, 1.0), None);
    }
}
