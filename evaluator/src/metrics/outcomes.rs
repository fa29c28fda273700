//! Three outcomes: a credential that looks genuine is to be told as a leak, a weak one as a warning, the rest not at all.
//!
//! Apart from the two-way figures: a default password told as a leak is an alert that is right and a wrong word.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use trainer::example::Class;

use super::confusion::ratio;
use super::slices::class_name;
use crate::scored::{Scored, Told};

/// What is told, in the order of the tables.
pub const TOLD: [Told; 3] = [Told::Leak, Told::Weak, Told::Safe];

/// The outcome that is right for a class.
pub fn right(class: Class) -> Told {
    match class {
        Class::Real => Told::Leak,
        Class::Weak => Told::Weak,
        Class::Placeholder | Class::Not => Told::Safe,
    }
}

/// Name of an outcome in reports.
pub fn told_name(told: Told) -> &'static str {
    match told {
        Told::Leak => "leak",
        Told::Weak => "warning",
        Told::Safe => "safe",
    }
}

/// How many items of each class were told as what: class by outcome, all twelve cells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes(pub BTreeMap<String, BTreeMap<String, u64>>);

/// One row of a classification report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomeRow {
    /// `leak`, `warning`, `safe`, or `macro` for the mean of the three.
    pub outcome: String,
    /// Share of what is told so for which it is right; `None` if nothing is told so.
    pub precision: Option<f64>,
    /// Share of what is to be told so that is; `None` if there is nothing.
    pub recall: Option<f64>,
    /// Harmonic mean of both.
    pub f1: Option<f64>,
    /// Items that are to be told so.
    pub items: u64,
}

impl Outcomes {
    /// Counts items, each as 1.
    pub fn count<'a>(items: impl IntoIterator<Item = Scored<'a>>) -> Self {
        let row = || TOLD.map(|told| (told_name(told).to_owned(), 0)).into_iter().collect();
        let mut cells: BTreeMap<String, BTreeMap<String, u64>> =
            Class::ALL.map(|class| (class_name(class).to_owned(), row())).into_iter().collect();
        for one in items {
            let row = cells.entry(class_name(one.item.class).to_owned()).or_default();
            *row.entry(told_name(one.answer.told).to_owned()).or_default() += 1;
        }
        Self(cells)
    }

    /// How many items of `class` were told as `told`.
    pub fn of(&self, class: Class, told: Told) -> u64 {
        let row = self.0.get(class_name(class));
        row.and_then(|row| row.get(told_name(told))).copied().unwrap_or(0)
    }

    /// Precision, recall and F1 of each outcome, and their means over the outcomes that have them.
    pub fn rows(&self) -> Vec<OutcomeRow> {
        let mut rows: Vec<OutcomeRow> = TOLD.into_iter().map(|told| self.row(told)).collect();
        let mean = |of: &dyn Fn(&OutcomeRow) -> Option<f64>| {
            let values: Vec<f64> = rows.iter().filter_map(of).collect();
            ratio(values.iter().sum(), values.len() as f64)
        };
        let whole = OutcomeRow {
            outcome: "macro".to_owned(),
            precision: mean(&|row| row.precision),
            recall: mean(&|row| row.recall),
            f1: mean(&|row| row.f1),
            items: rows.iter().map(|row| row.items).sum(),
        };
        rows.push(whole);
        rows
    }

    fn row(&self, told: Told) -> OutcomeRow {
        let sum = |classes: &dyn Fn(Class) -> bool, told: &[Told]| -> u64 {
            let wanted = Class::ALL.into_iter().filter(|&class| classes(class));
            wanted.flat_map(|class| told.iter().map(move |&told| self.of(class, told))).sum()
        };
        let hits = sum(&|class| right(class) == told, &[told]) as f64;
        let items = sum(&|class| right(class) == told, &TOLD);
        let said = sum(&|_| true, &[told]) as f64;
        OutcomeRow {
            outcome: told_name(told).to_owned(),
            precision: ratio(hits, said),
            recall: ratio(hits, items as f64),
            f1: ratio(2.0 * hits, said + items as f64),
            items,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::tests::item;
    use crate::scored::{Answer, Item};

    #[test]
    fn a_weak_credential_told_as_a_leak_is_the_wrong_word() {
        use Class::{Not, Placeholder, Real, Weak};
        let told = [
            (Real, Told::Leak),
            (Real, Told::Leak),
            (Real, Told::Weak),
            (Weak, Told::Leak),
            (Weak, Told::Weak),
            (Placeholder, Told::Safe),
            (Not, Told::Safe),
            (Not, Told::Leak),
        ];
        let items: Vec<Item> = told.iter().enumerate().map(|(n, one)| item(n, "r", one.0)).collect();
        let scored = items
            .iter()
            .zip(&told)
            .map(|(item, one)| Scored { item, answer: Answer { p: 0.5, told: one.1 } });
        let outcomes = Outcomes::count(scored);
        assert_eq!((outcomes.of(Weak, Told::Leak), outcomes.of(Not, Told::Safe)), (1, 1));
        assert_eq!(outcomes.0.values().map(BTreeMap::len).sum::<usize>(), 12, "empty cells are shown");
        let rows = outcomes.rows();
        // classification_report of scikit-learn on these eight.
        let wanted = [
            ("leak", 0.5, 2.0 / 3.0, 4.0 / 7.0, 3),
            ("warning", 0.5, 0.5, 0.5, 2),
            ("safe", 1.0, 2.0 / 3.0, 0.8, 3),
            ("macro", 2.0 / 3.0, 11.0 / 18.0, (4.0 / 7.0 + 0.5 + 0.8) / 3.0, 8),
        ];
        for (row, (name, precision, recall, f1, items)) in rows.iter().zip(wanted) {
            assert_eq!((row.outcome.as_str(), row.items), (name, items));
            for (got, wanted) in [(row.precision, precision), (row.recall, recall), (row.f1, f1)] {
                assert!((got.expect("defined") - wanted).abs() < 1e-12, "{row:?}");
            }
        }
    }

    #[test]
    fn what_is_never_told_has_no_precision() {
        let none = Outcomes::count([]);
        assert!(none.rows().iter().all(|row| row.precision.is_none() && row.f1.is_none() && row.items == 0));
    }
}
