//! The counts behind the figures as text: confusion by scope, outcomes by class, thresholds.

use std::fmt::Write as _;

use super::table::table;
use super::{Report, SystemReport};
use crate::metrics::OutcomeRow;
use crate::metrics::outcomes::{TOLD, told_name};

/// Appends the tables of all systems.
pub(super) fn render(report: &Report, text: &mut String) {
    confusion(report, text);
    for system in &report.systems {
        outcomes(system, text);
    }
    thresholds(report, text);
}

/// True and false, reported and not, of each system in each scope.
fn confusion(report: &Report, text: &mut String) {
    let row = |system: &SystemReport| {
        let rows = system.tables.confusion.iter().map(|(scope, counts)| {
            let cells = [counts.true_alerts, counts.false_alerts, counts.misses, counts.true_safes];
            let name = [system.name.clone(), scope.clone()];
            name.into_iter().chain(cells.map(|count| format!("{count:.0}"))).collect::<Vec<_>>()
        });
        rows.collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = report.systems.iter().flat_map(row).collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nConfusion: credentials (real, weak) against the rest, reported or not");
    let headers = ["system", "scope", "TP", "FP", "FN", "TN"];
    let _ = writeln!(text, "{}", table(&headers, rows));
}

/// Class by outcome, and the classification report of the outcomes.
fn outcomes(system: &SystemReport, text: &mut String) {
    let cells = &system.tables.outcomes.0;
    if cells.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}: what each class is told as (every item, each as 1)", system.name);
    let mut headers = vec!["class"];
    headers.extend(TOLD.map(told_name));
    let rows = cells.iter().map(|(class, told)| {
        let count = |name: &str| told.get(name).copied().unwrap_or(0).to_string();
        std::iter::once(class.clone()).chain(TOLD.map(|told| count(told_name(told)))).collect()
    });
    let _ = writeln!(text, "{}", table(&headers, rows));
    let figure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
    let row = |row: &OutcomeRow| {
        let figures = [row.precision, row.recall, row.f1].map(figure);
        std::iter::once(row.outcome.clone()).chain(figures).chain([row.items.to_string()]).collect()
    };
    let headers = ["told as", "precision", "recall", "F1", "items"];
    let _ = writeln!(text, "{}", table(&headers, system.tables.classes.iter().map(row)));
}

/// Precision and recall from threshold to threshold.
fn thresholds(report: &Report, text: &mut String) {
    let systems: Vec<&SystemReport> =
        report.systems.iter().filter(|system| !system.tables.thresholds.is_empty()).collect();
    let Some(first) = systems.first() else { return };
    let mut headers = vec!["probability at least".to_owned()];
    headers.extend(systems.iter().map(|system| format!("{}\nP / R / F1", system.name)));
    let rows = first.tables.thresholds.iter().enumerate().map(|(n, row)| {
        let cell = |system: &&SystemReport| {
            system.tables.thresholds.get(n).map_or_else(String::new, |row| {
                let precision = row.precision.map_or_else(|| "-".to_owned(), |p| format!("{p:.3}"));
                format!("{precision} / {:.3} / {:.3}", row.recall, row.f1)
            })
        };
        std::iter::once(format!("{:.2}", row.threshold)).chain(systems.iter().map(cell)).collect()
    });
    let _ = writeln!(
        text,
        "\nThreshold by threshold (scope capped; probabilities alone, whatever rules or presets decide)"
    );
    let _ = writeln!(text, "{}", table(&headers, rows));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Tables;
    use crate::figures::tests::item;
    use crate::scored::{Answer, Told};
    use trainer::example::Class;

    #[test]
    fn counts_outcomes_and_thresholds_are_shown() {
        let classes = [Class::Real, Class::Real, Class::Weak, Class::Not];
        let items: Vec<_> = classes.into_iter().enumerate().map(|(n, class)| item(n, "r", class)).collect();
        let told = [Told::Leak, Told::Safe, Told::Leak, Told::Safe];
        let answers: Vec<Answer> =
            told.iter().map(|&told| Answer { p: if told == Told::Safe { 0.2 } else { 0.9 }, told }).collect();
        let all = [0, 1, 2, 3];
        let tables = Tables::of(&items, &answers, &[("capped", &all), ("all", &all)], Some(&all));
        let system = SystemReport { name: "auto/balanced".into(), tables, ..SystemReport::default() };
        let report = Report { systems: vec![system], ..Report::default() };
        let mut text = String::new();
        render(&report, &mut text);
        let words: Vec<&str> = text.split_whitespace().collect();
        let has = |row: &[&str]| words.windows(row.len()).any(|part| part == row);
        assert!(has(&["auto/balanced", "capped", "2", "0", "1", "1"]), "{text}");
        assert!(has(&["weak", "1", "0", "0"]) && has(&["real", "1", "0", "1"]), "{text}");
        assert!(has(&["leak", "0.500", "0.500", "0.500", "2"]), "{text}");
        assert!(has(&["warning", "-", "0.000", "0.000", "1"]), "{text}");
        assert!(has(&["0.50", "1.000", "/", "0.667", "/", "0.800"]), "{text}");
    }
}
