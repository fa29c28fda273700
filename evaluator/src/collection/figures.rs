//! From what was found in the repositories to items, answers and a report.

use std::collections::BTreeMap;

use super::run::{Hit, RepositoryRun};
use super::system::System;
use crate::figures::{self, Settings};
use crate::metrics::slices::class_name;
use crate::report::SystemReport;
use crate::scored::{Answer, Item, Place, language};
use secretscan::judge::model::ModelSource;

/// All labels, and every system's answers to them.
#[derive(Debug)]
pub struct Gathered {
    /// One a label, in order of repositories.
    pub items: Vec<Item>,
    /// One list a system, each as long as `items`.
    pub answers: Vec<Vec<Answer>>,
}

/// Joins the repositories. `twins` gives, for each measured system, the run that knows the probabilities of what the
/// system itself does not report.
pub fn gather(runs: &[RepositoryRun], systems: usize, twins: Option<&[usize]>) -> Gathered {
    let mut items = Vec::new();
    let mut answers = vec![Vec::new(); systems];
    for run in runs {
        for (at, (gold, path)) in run.golds.iter().enumerate() {
            let mut hits = run.systems.iter().filter_map(|system| system.hits[at].as_ref());
            items.push(Item {
                id: gold.id.clone(),
                repo: run.repo.clone(),
                class: gold.class,
                kind: gold.category.clone(),
                language: language(path),
                stratum: if gold.span.is_block() { "block" } else { "value" }.to_owned(),
                place: Place::of(path),
                rule: hits.next_back().map_or_else(String::new, |hit| hit.rule.clone()),
                weight: 1.0,
            });
            for (n, answers) in answers.iter_mut().enumerate() {
                let own = run.systems[n].hits[at].as_ref();
                let known = twins.map_or(own, |twins| run.systems[twins[n]].hits[at].as_ref().or(own));
                answers.push(Answer { p: known.map_or(0.0, |hit| hit.p), alert: own.is_some() });
            }
        }
    }
    weigh(&mut items);
    Gathered { items, answers }
}

/// Every repository weighs the same in all, and so does every item within it.
fn weigh(items: &mut [Item]) {
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    for item in items.iter() {
        *counts.entry(item.repo.clone()).or_default() += 1.0;
    }
    for item in items {
        item.weight = 1.0 / counts[&item.repo];
    }
}

/// Report of system `n`.
pub fn system_report(
    system: &System,
    n: usize,
    runs: &[RepositoryRun],
    gathered: &Gathered,
    cap: usize,
    settings: &Settings,
) -> anyhow::Result<SystemReport> {
    let (items, answers) = (&gathered.items, &gathered.answers[n]);
    let all: Vec<usize> = (0..items.len()).collect();
    let capped = figures::capped(items, cap);
    let mut measures = figures::of(items, answers, &capped, "capped", settings);
    let plain = Settings { slices: Vec::new(), ..settings.clone() };
    measures.extend(figures::of(items, answers, &all, "all", &plain));
    for stratum in ["value", "block"] {
        let part: Vec<usize> = all.iter().copied().filter(|&at| items[at].stratum == stratum).collect();
        measures.extend(figures::of(
            items,
            answers,
            &part,
            &format!("{stratum}s only"),
            &Settings { probabilities: false, ..plain.clone() },
        ));
    }
    let reliability = if settings.probabilities {
        crate::metrics::calibration::reliability(
            &figures::outcomes(items, answers, &capped),
            crate::metrics::calibration::BINS,
        )
    } else {
        Vec::new()
    };
    let mut report = SystemReport {
        name: system.name.clone(),
        settings: settings_of(system),
        measures,
        reliability,
        ..SystemReport::default()
    };
    for run in runs {
        add_counts(run, n, &mut report);
    }
    report.remarks.sort();
    report.remarks.dedup();
    if let (true, Some(model)) = (system.asks_language_model(), &system.model) {
        report.encoding = crate::model_file::encoding(&ModelSource::File(model.clone()))?;
    }
    Ok(report)
}

fn settings_of(system: &System) -> BTreeMap<String, String> {
    let described = system.described();
    let mut settings =
        BTreeMap::from([("judge".to_owned(), described.judge), ("preset".to_owned(), described.preset)]);
    settings.extend(described.model.map(|model| ("model".to_owned(), model)));
    settings.extend(described.min_confidence.map(|p| ("min_confidence".to_owned(), p.to_string())));
    settings
}

fn add_counts(run: &RepositoryRun, n: usize, report: &mut SystemReport) {
    let outcome = &run.systems[n];
    let mut add = |name: &str, count: u64| *report.counts.entry(name.to_owned()).or_default() += count;
    add("findings", outcome.findings);
    add("duplicates", outcome.duplicates);
    add("on lines without a class", outcome.undecided.values().sum());
    add("unlabelled", outcome.unlabelled.values().sum());
    add("failures", outcome.failures);
    add("candidates", outcome.candidates);
    add("bytes", outcome.bytes);
    add("milliseconds", (outcome.seconds * 1e3) as u64);
    for (at, (gold, _)) in run.golds.iter().enumerate() {
        if let Some(Hit { leak, .. }) = &outcome.hits[at] {
            let told = if *leak { "leak" } else { "weak" };
            add(&format!("{} told as {told}", class_name(gold.class)), 1);
        }
    }
    for (rule, count) in &outcome.unlabelled {
        *report.unlabelled.entry(rule.clone()).or_default() += count;
    }
    // A repository without doubtful candidates never loads the model; the one that did names it.
    if report.model_sha256.is_none() {
        outcome.judge.clone_into(&mut report.judge);
        report.model_sha256.clone_from(&outcome.model_sha256);
    }
    report.remarks.extend(outcome.causes.iter().map(|cause| format!("{}: {cause}", run.repo)));
}
