//! A report as text.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::table::table;
use super::{Report, SystemReport, breakdown};
use crate::compare::Comparison;
use crate::measure::{Measure, find};

/// Groups with fewer items than this are left out of the tables (they are in the JSON form).
const LEAST: u64 = 10;

/// Headline columns: title, metric, slice.
const HEADLINE: [(&str, &str, &str); 8] = [
    ("precision", "precision", "all"),
    ("recall real", "recall", "class=real"),
    ("recall weak", "recall", "class=weak"),
    ("recall", "recall", "all"),
    ("F1", "f1", "all"),
    ("F2", "f2", "all"),
    ("placeholder shown", "false_positive_rate", "class=placeholder"),
    ("not shown", "false_positive_rate", "class=not"),
];

/// Further columns: of outcomes, of probabilities and of repositories.
const FURTHER: [(&str, &str); 14] = [
    ("right outcome", "right_outcome"),
    ("AP", "average_precision"),
    ("AUC", "roc_auc"),
    ("TPR@1e-2", "tpr_at_fpr_1e-2"),
    ("TPR@1e-3", "tpr_at_fpr_1e-3"),
    ("P@R.85", "precision_at_recall_0.85"),
    ("P@R.95", "precision_at_recall_0.95"),
    ("Spearman", "spearman"),
    ("Brier", "brier"),
    ("log-loss", "log_loss"),
    ("ECE", "ece"),
    ("slope", "calibration_slope"),
    ("macro P", "macro_precision"),
    ("macro R", "macro_recall"),
];

/// The whole report.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    for warning in &report.warnings {
        let _ = writeln!(text, "WARNING: {warning}");
    }
    head(report, &mut text);
    for scope in scopes(report) {
        let about = report.scopes.get(scope).map_or_else(String::new, |about| format!(" ({about})"));
        let _ = writeln!(text, "\nScope {scope}{about}: value, 95 % interval by repository, items");
        let mut headers = vec!["system"];
        headers.extend(HEADLINE.iter().map(|column| column.0));
        let rows = report.systems.iter().map(|system| {
            let mut row = vec![system.name.clone()];
            row.extend(HEADLINE.iter().map(|(_, metric, slice)| {
                find(&system.measures, scope, metric, slice).map_or_else(String::new, with_count)
            }));
            row
        });
        let _ = writeln!(text, "{}", table(&headers, rows));
        further(report, scope, &mut text);
    }
    breakdown::render(report, &mut text);
    slices(report, &mut text);
    counts(report, &mut text);
    comparisons(&report.comparisons, &mut text);
    text
}

fn with_count(measure: &Measure) -> String {
    format!("{}\n{}", measure.shown().replacen(' ', "\n", 1), measure.n)
}

fn head(report: &Report, text: &mut String) {
    let data = &report.dataset;
    let classes: Vec<String> = data.items.iter().map(|(class, n)| format!("{n} {class}")).collect();
    let split = if data.split.is_empty() { String::new() } else { format!(", split {}", data.split) };
    let _ = writeln!(
        text,
        "{} {}{split}: {} repositories; {}",
        report.kind,
        data.name,
        data.repositories,
        classes.join(", ")
    );
    let all: u64 = data.items.values().sum();
    let of = |class: &str| data.items.get(class).copied().unwrap_or(0);
    let credentials = of("real") + of("weak");
    let share = credentials as f64 / (all.max(1)) as f64;
    let _ = writeln!(text, "prevalence of credentials {share:.3}; data sha256 {}", short(&data.sha256));
    if !data.counts.is_empty() {
        let facts: Vec<String> = data.counts.iter().map(|(fact, n)| format!("{fact} {n}")).collect();
        let _ = writeln!(text, "{}", facts.join("; "));
    }
    let (resamples, seed) = report.bootstrap;
    let _ = writeln!(text, "bootstrap {resamples} resamples, seed {seed}; cap {}", report.cap);
}

/// The beginning of a hash, as people read it.
pub(crate) fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}

/// Scopes in order of first use.
fn scopes(report: &Report) -> Vec<&str> {
    let mut scopes = Vec::new();
    for measure in report.systems.iter().flat_map(|system| &system.measures) {
        if !scopes.contains(&measure.scope.as_str()) {
            scopes.push(&measure.scope);
        }
    }
    scopes
}

fn further(report: &Report, scope: &str, text: &mut String) {
    let columns: Vec<_> = FURTHER
        .iter()
        .filter(|(_, metric)| {
            report.systems.iter().any(|s| find(&s.measures, scope, metric, "all").is_some())
        })
        .collect();
    if columns.is_empty() {
        return;
    }
    let mut headers = vec!["system"];
    headers.extend(columns.iter().map(|column| column.0));
    let rows = report.systems.iter().map(|system| {
        let mut row = vec![system.name.clone()];
        row.extend(columns.iter().map(|(_, metric)| {
            find(&system.measures, scope, metric, "all")
                .map_or_else(String::new, |measure| measure.shown().replacen(' ', "\n", 1))
        }));
        row
    });
    let _ = writeln!(text, "{}", table(&headers, rows));
}

/// A table for each dimension: groups against systems.
fn slices(report: &Report, text: &mut String) {
    let Some(scope) = scopes(report).first().copied() else { return };
    let groups: BTreeSet<&str> = report
        .systems
        .iter()
        .flat_map(|system| &system.measures)
        .filter(|m| m.scope == scope && m.slice.contains('=') && !m.slice.contains("class="))
        .map(|m| m.slice.as_str())
        .collect();
    let dimensions: BTreeSet<&str> = groups.iter().filter_map(|g| g.split('=').next()).collect();
    for dimension in dimensions {
        let mut headers = vec![dimension.to_owned(), "+".into(), "-".into()];
        headers.extend(report.systems.iter().map(|s| format!("{}\nP / R / R real / FPR", s.name)));
        let mut rows: Vec<(u64, Vec<String>)> = Vec::new();
        for group in groups.iter().filter(|g| g.split('=').next() == Some(dimension)) {
            let n = |metric: &str| {
                report.systems.iter().find_map(|s| find(&s.measures, scope, metric, group)).map_or(0, |m| m.n)
            };
            let (positives, negatives) = (n("recall"), n("false_positive_rate"));
            if positives + negatives < LEAST {
                continue;
            }
            let name = group.split_once('=').map_or("", |parts| parts.1).to_owned();
            let mut row = vec![name, positives.to_string(), negatives.to_string()];
            row.extend(report.systems.iter().map(|system| cell(system, scope, group)));
            rows.push((positives + negatives, row));
        }
        rows.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let _ = writeln!(text, "\nBy {dimension} (scope {scope}, at least {LEAST} items)");
        let _ = writeln!(text, "{}", table(&headers, rows.into_iter().map(|(_, row)| row)));
    }
}

/// The figures of a group; a group of credentials or of harmless items alone has one, with its interval.
fn cell(system: &SystemReport, scope: &str, group: &str) -> String {
    let recall = find(&system.measures, scope, "recall", group);
    let alarms = find(&system.measures, scope, "false_positive_rate", group);
    match (recall, alarms) {
        (Some(recall), None) => return format!("R {}", recall.shown()),
        (None, Some(alarms)) => return format!("FPR {}", alarms.shown()),
        _ => {}
    }
    let real = format!("{group},class=real");
    let figure = |metric: &str, slice: &str| {
        find(&system.measures, scope, metric, slice).map_or("-".to_owned(), |m| format!("{:.2}", m.value))
    };
    let parts = [
        figure("precision", group),
        figure("recall", group),
        figure("recall", &real),
        figure("false_positive_rate", group),
    ];
    parts.join(" / ")
}

/// Rules with the most findings on unlabelled lines.
const RULES: usize = 8;

fn counts(report: &Report, text: &mut String) {
    for system in &report.systems {
        if system.counts.is_empty() && system.remarks.is_empty() {
            continue;
        }
        let facts: Vec<String> = system.counts.iter().map(|(fact, n)| format!("{fact} {n}")).collect();
        let _ = writeln!(text, "\n{} (judged by {}): {}", system.name, system.judge, facts.join("; "));
        let mut rules: Vec<_> = system.unlabelled.iter().collect();
        rules.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        if !rules.is_empty() {
            let most: Vec<String> = rules.iter().take(RULES).map(|(rule, n)| format!("{rule} {n}")).collect();
            let _ = writeln!(text, "  unlabelled findings by rule: {}", most.join(", "));
        }
        for remark in &system.remarks {
            let _ = writeln!(text, "  {remark}");
        }
    }
}

fn comparisons(all: &[Comparison], text: &mut String) {
    if all.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nPaired, second minus first (same items; p after Holm over all pairs)");
    let figures = ["precision", "recall", "f1", "f2", "average_precision"];
    let mut headers = vec!["pair", "flips"];
    headers.extend(figures);
    headers.extend(["McNemar", "on +", "on -", "sign-flip", "d"]);
    let rows = all.iter().map(|one| {
        let mut row = vec![format!("{} → {}", one.first, one.second), one.flips.to_string()];
        row.extend(figures.iter().map(|figure| {
            one.differences.iter().find(|d| d.metric == *figure).map_or_else(String::new, |d| {
                let ends =
                    d.interval.map_or_else(String::new, |(low, high)| format!("\n[{low:+.3}, {high:+.3}]"));
                format!("{:+.3}{ends}", d.value)
            })
        }));
        row.extend(one.tests.iter().map(|test| {
            let (first, second) = test.discordant;
            format!("{}\n{first}:{second}", probability(test.p_holm))
        }));
        row.push(one.cohens_d.map_or_else(|| "-".to_owned(), |d| format!("{d:+.2}")));
        row
    });
    let _ = writeln!(text, "{}", table(&headers, rows));
}

fn probability(p: f64) -> String {
    if p < 1e-3 { format!("{p:.0e}") } else { format!("{p:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(metric: &str, slice: &str, value: f64) -> Measure {
        Measure {
            scope: "capped".into(),
            metric: metric.into(),
            slice: slice.into(),
            value,
            low: Some(value - 0.1),
            high: Some(value + 0.1),
            n: 40,
        }
    }

    #[test]
    fn a_report_shows_figures_with_intervals_and_counts() {
        let system = SystemReport {
            name: "off/balanced".into(),
            judge: "heuristic".into(),
            counts: [("findings".to_owned(), 77)].into(),
            unlabelled: [("generic-password".to_owned(), 5)].into(),
            measures: vec![
                measure("precision", "all", 0.75),
                measure("recall", "class=real", 0.5),
                measure("recall", "kind=Password", 0.625),
            ],
            ..SystemReport::default()
        };
        let report = Report { kind: "collection".into(), systems: vec![system], ..Report::default() };
        let text = render(&report);
        for part in [
            "0.750",
            "[0.650, 0.850]",
            "[0.400, 0.600]",
            "R 0.625 [0.525, 0.725]",
            "findings 77",
            "generic-password 5",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}
