//! Folds by group: no repository (or stratum) is on both sides of a fit.

use std::collections::BTreeMap;

use super::table::Row;

/// The fold of each row, 0 to `folds` - 1. Groups are dealt out by weight, the heaviest first, each to the fold that
/// has least of its kind so far: so the folds hold about the same of every source, of credentials and of the rest.
pub(super) fn assign(rows: &[Row], folds: usize) -> Vec<usize> {
    let mut groups: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        groups.entry(&row.group).or_default()[usize::from(row.is_alert())] += f64::from(row.weight);
        kinds.insert(
            &row.group,
            if row.is_generated() {
                1
            } else if row.is_handwritten() {
                2
            } else {
                0
            },
        );
    }
    let mut order: Vec<(&str, [f64; 2])> = groups.into_iter().collect();
    order.sort_by(|a, b| (b.1[0] + b.1[1]).total_cmp(&(a.1[0] + a.1[1])).then(a.0.cmp(b.0)));
    let totals = order.iter().fold([0.0_f64; 2], |sum, (_, w)| [sum[0] + w[0], sum[1] + w[1]]);
    let mut filled = vec![[[0.0_f64; 2]; 3]; folds];
    let mut fold_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (group, weight) in order {
        let kind = kinds[group];
        let load = |fold: &usize| {
            let after = [0, 1].map(|n| (filled[*fold][kind][n] + weight[n]) / totals[n].max(1e-9));
            after[0].powi(2) + after[1].powi(2)
                - filled[*fold][kind].iter().zip(totals).map(|(f, t)| (f / t.max(1e-9)).powi(2)).sum::<f64>()
        };
        let fold =
            (0..folds).min_by(|a, b| load(a).total_cmp(&load(b)).then(a.cmp(b))).expect("there are folds");
        for (sum, add) in filled[fold][kind].iter_mut().zip(weight) {
            *sum += add;
        }
        fold_of.insert(group, fold);
    }
    rows.iter().map(|row| fold_of[row.group.as_str()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Class, Split};

    #[test]
    fn groups_stay_whole_and_folds_are_even() {
        let rows: Vec<Row> = (0..1000)
            .map(|n| Row {
                id: n.to_string(),
                source: "credata".into(),
                group: format!("g{}", (n * n) % 60),
                stratum: String::new(),
                class: if n % 3 == 0 { Class::Real } else { Class::Not },
                split: Split::Train,
                weight: 1.0,
                documented: 0.0,
                by_rule: false,
            })
            .collect();
        let folds = assign(&rows, 5);
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (row, fold) in rows.iter().zip(&folds) {
            assert_eq!(*seen.entry(&row.group).or_insert(*fold), *fold);
        }
        for fold in 0..5 {
            let share = folds.iter().filter(|f| **f == fold).count();
            assert!((100..=300).contains(&share), "{share}");
        }
        assert_eq!(folds, assign(&rows, 5));
    }
}
