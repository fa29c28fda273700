//! Counts behind the figures, as tables: confusion, outcomes, the choice of a threshold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metrics::{Confusion, OutcomeRow, Outcomes, Ranking};
use crate::scored::{Answer, Item, scored};

/// Thresholds that are tabled, in twentieths.
const TWENTIETHS: std::ops::RangeInclusive<u32> = 1..=19;

/// Precision and recall of whatever has at least a probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThresholdRow {
    /// Least probability.
    pub threshold: f64,
    /// Share of credentials above it; `None` if nothing is.
    pub precision: Option<f64>,
    /// Share of the credentials that are above it.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

/// One system's tables.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tables {
    /// Two-way counts (items, each as 1) by scope.
    pub confusion: BTreeMap<String, Confusion>,
    /// Class by outcome, over all items.
    pub outcomes: Outcomes,
    /// The classification report of the outcomes, over all items.
    pub classes: Vec<OutcomeRow>,
    /// Precision and recall from threshold to threshold, over the items of scope `capped`; empty without probabilities.
    pub thresholds: Vec<ThresholdRow>,
}

impl Tables {
    /// Counts; `scopes` are names with the positions that they hold, `thresholds` the positions for the choice of one.
    pub fn of(
        items: &[Item],
        answers: &[Answer],
        scopes: &[(&str, &[usize])],
        thresholds: Option<&[usize]>,
    ) -> Self {
        let all: Vec<usize> = (0..items.len()).collect();
        let outcomes = Outcomes::count(scored(items, answers, &all));
        let confusion = scopes
            .iter()
            .map(|(name, at)| ((*name).to_owned(), Confusion::count(scored(items, answers, at))))
            .collect();
        Self {
            confusion,
            classes: outcomes.rows(),
            outcomes,
            thresholds: thresholds.map_or_else(Vec::new, |at| rows(items, answers, at)),
        }
    }
}

fn rows(items: &[Item], answers: &[Answer], at: &[usize]) -> Vec<ThresholdRow> {
    let ranking = Ranking::of(scored(items, answers, at));
    let thresholds = TWENTIETHS.map(|n| f64::from(n) / 20.0);
    let row = |(threshold, point): (f64, Option<(f64, f64)>)| {
        let (precision, recall) = point.map_or((None, 0.0), |point| (Some(point.0), point.1));
        let both = precision.map_or(0.0, |precision| precision + recall);
        let f1 = if both > 0.0 { 2.0 * precision.unwrap_or(0.0) * recall / both } else { 0.0 };
        ThresholdRow { threshold, precision, recall, f1 }
    };
    ranking.at_thresholds(thresholds, |_| 1.0).into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::tests::item;
    use trainer::example::Class;

    #[test]
    fn counts_are_told_by_scope_and_thresholds_fall_from_recall_to_precision() {
        let items: Vec<Item> =
            (0..40).map(|n| item(n, "r", if n < 20 { Class::Real } else { Class::Not })).collect();
        let answers: Vec<Answer> =
            (0..40).map(|n| Answer::new(1.0 - f64::from(n) / 40.0, n < 10 || n == 30)).collect();
        let (all, few): (Vec<usize>, Vec<usize>) = ((0..40).collect(), (0..12).collect());
        let tables = Tables::of(&items, &answers, &[("all", &all), ("few", &few)], Some(&all));
        let all = tables.confusion["all"];
        assert_eq!((all.true_alerts, all.misses, all.false_alerts, all.true_safes), (10.0, 10.0, 1.0, 19.0));
        assert_eq!((tables.confusion["few"].true_alerts, tables.confusion["few"].misses), (10.0, 2.0));
        assert_eq!(tables.thresholds.len(), 19);
        let at =
            |t: f64| tables.thresholds.iter().find(|row| (row.threshold - t).abs() < 1e-9).expect("there");
        assert_eq!((at(0.75).precision, at(0.75).recall), (Some(1.0), 11.0 / 20.0));
        assert!(at(0.1).recall > 0.999 && at(0.1).precision < Some(0.6));
        assert!(Tables::of(&items, &answers, &[], None).thresholds.is_empty());
    }
}
