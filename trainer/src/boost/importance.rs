//! Which features matter: what the scores lose when a group of features is shuffled.

use std::collections::BTreeMap;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use secretscan::judge::features;

use super::metric::{Curve, Point};
use super::table::Table;
use super::train::Outcome;

/// The groups of the features, by the words before the colon.
pub(super) fn groups() -> BTreeMap<&'static str, Vec<usize>> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (n, name) in features::names().iter().enumerate() {
        groups.entry(name.split(':').next().unwrap_or(name)).or_default().push(n);
    }
    groups
}

/// Average precision of the unseen scores over the chosen rows, and what it loses for each group whose numbers are
/// dealt anew among the rows, the most first (permutation importance: Breiman, "Random Forests", 2001).
pub(super) fn by_group(
    table: &Table,
    outcome: &Outcome,
    rows: &[usize],
    seed: u64,
) -> Vec<(&'static str, f64)> {
    let precision = |score: &dyn Fn(usize) -> f32| {
        let points: Vec<Point> = rows
            .iter()
            .enumerate()
            .map(|(n, &row)| Point {
                score: score(n),
                positive: table.rows[row].is_alert(),
                weight: outcome.weights[row],
            })
            .collect();
        Curve::of(&points).map_or(0.0, |curve| curve.average_precision())
    };
    let whole = precision(&|n| outcome.alert[rows[n]]);
    let groups: Vec<_> = groups().into_iter().collect();
    let mut losses: Vec<(&str, f64)> = groups
        .par_iter()
        .map(|(name, columns)| {
            let mut other = rows.to_vec();
            other.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            let mut numbers = Vec::new();
            let scores: Vec<f32> = rows
                .iter()
                .zip(&other)
                .map(|(&row, &other)| {
                    numbers.clear();
                    numbers.extend_from_slice(table.numbers(row));
                    for &column in columns {
                        numbers[column] = table.numbers(other)[column];
                    }
                    outcome.folds[outcome.fold_of[row]].alert(&numbers)
                })
                .collect();
            (*name, whole - precision(&|n| scores[n]))
        })
        .collect();
    losses.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    losses
}
