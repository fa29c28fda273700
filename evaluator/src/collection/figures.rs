//! From what was found in the repositories to items, answers and a report.

use std::collections::BTreeMap;

use super::label::Gold;
use super::readers::Read;
use super::run::{Hit, RepositoryRun, SystemOutcome};
use super::system::System;
use crate::figures::{self, Settings, Tables};
use crate::metrics::calibration;
use crate::report::SystemReport;
use crate::scored::{Answer, Item, Place, Told, language};
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
            items.push(of_label(run, gold, path, hits.next_back()));
            for (n, answers) in answers.iter_mut().enumerate() {
                let (own, known) = pair(run, n, twins, |system| system.hits[at].as_ref());
                answers.push(answer(own, known));
            }
        }
    }
    weigh(&mut items);
    Gathered { items, answers }
}

fn of_label(run: &RepositoryRun, gold: &Gold, path: &str, hit: Option<&Hit>) -> Item {
    Item {
        id: gold.id.clone(),
        repo: run.repo.clone(),
        class: gold.class,
        kind: gold.category.clone(),
        language: language(path),
        stratum: if gold.span.is_block() { "block" } else { "value" }.to_owned(),
        source: "collection".to_owned(),
        held_out: false,
        place: Place::of(path),
        rule: hit.map_or_else(String::new, |hit| hit.rule.clone()),
        weight: 1.0,
    }
}

fn of_reader(run: &RepositoryRun, read: &Read, hit: &Hit) -> Item {
    Item {
        id: format!("{}/{}/{:?}", run.repo, read.path, read.span.key()),
        repo: run.repo.clone(),
        class: read.class,
        kind: "read".to_owned(),
        language: language(&read.path),
        stratum: "value".to_owned(),
        source: "reader".to_owned(),
        held_out: false,
        place: Place::of(&read.path),
        rule: hit.rule.clone(),
        weight: read.weight,
    }
}

/// What system `n` reports, and what is known of its probability.
fn pair<'a>(
    run: &'a RepositoryRun,
    n: usize,
    twins: Option<&[usize]>,
    of: impl Fn(&'a SystemOutcome) -> Option<&'a Hit>,
) -> (Option<&'a Hit>, Option<&'a Hit>) {
    let own = of(&run.systems[n]);
    (own, twins.map_or(own, |twins| of(&run.systems[twins[n]]).or(own)))
}

fn answer(own: Option<&Hit>, known: Option<&Hit>) -> Answer {
    let told = own.map_or(Told::Safe, |hit| if hit.leak { Told::Leak } else { Told::Weak });
    Answer { p: known.map_or(0.0, |hit| hit.p), told }
}

/// All that system `n` finds and somebody labelled, the collection (weight 1) or a reader (the label's weight).
fn findings(runs: &[RepositoryRun], n: usize, twins: Option<&[usize]>) -> (Vec<Item>, Vec<Answer>) {
    let (mut items, mut answers) = (Vec::new(), Vec::new());
    for run in runs {
        for (at, (gold, path)) in run.golds.iter().enumerate() {
            if let (own, Some(known)) = pair(run, n, twins, |system| system.hits[at].as_ref()) {
                items.push(of_label(run, gold, path, Some(known)));
                answers.push(answer(own, Some(known)));
            }
        }
        for (at, read) in run.readers.iter().enumerate() {
            if let (own, Some(known)) = pair(run, n, twins, |system| system.read[at].as_ref()) {
                items.push(of_reader(run, read, known));
                answers.push(answer(own, Some(known)));
            }
        }
    }
    (items, answers)
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

/// Everything that reports are made of.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// What was found.
    pub runs: &'a [RepositoryRun],
    /// Labels and answers.
    pub gathered: &'a Gathered,
    /// The runs that know probabilities, as for [`gather`].
    pub twins: Option<&'a [usize]>,
    /// Labels of a repository, category and class in scope `capped`.
    pub cap: usize,
    /// Intervals and groups.
    pub settings: &'a Settings,
}

/// What each scope of figures counts.
pub fn scopes(context: Context<'_>) -> BTreeMap<String, String> {
    let Context { runs, gathered, cap, .. } = context;
    let blocks = gathered.items.iter().filter(|item| item.stratum == "block").count();
    let values = gathered.items.len() - blocks;
    let both = format!("{values} values and {blocks} private keys and other blocks together");
    let capped = format!("the headline: at most {cap} labels of a repository, category and class of {both}");
    let mut scopes = BTreeMap::from([
        ("capped".to_owned(), capped),
        ("all".to_owned(), format!("every label, {both}")),
        ("values only".to_owned(), format!("every label of a value on one line, {values}")),
        ("blocks only".to_owned(), format!("every label of a private key or of whole lines, {blocks}")),
    ]);
    if read_at_all(runs) {
        let about = "findings only, labelled by the collection or, with their weights, by readers; misses count nowhere";
        scopes.insert("readers".to_owned(), about.to_owned());
    }
    scopes
}

/// Whether readers' labels are part of this.
fn read_at_all(runs: &[RepositoryRun]) -> bool {
    runs.iter().any(|run| !run.readers.is_empty())
}

/// Report of system `n`.
pub fn system_report(system: &System, n: usize, context: Context<'_>) -> anyhow::Result<SystemReport> {
    let Context { runs, gathered, twins, cap, settings } = context;
    let (items, answers) = (&gathered.items, &gathered.answers[n]);
    let all: Vec<usize> = (0..items.len()).collect();
    let capped = figures::capped(items, cap);
    let mut measures = figures::of(items, answers, &capped, "capped", settings);
    let plain = Settings { slices: Vec::new(), ..settings.clone() };
    measures.extend(figures::of(items, answers, &all, "all", &plain));
    let part = |stratum: &str| -> Vec<usize> {
        all.iter().copied().filter(|&at| items[at].stratum == stratum).collect()
    };
    let (values, blocks) = (part("value"), part("block"));
    for (scope, part) in [("values only", &values), ("blocks only", &blocks)] {
        let decisions = Settings { probabilities: false, ..plain.clone() };
        measures.extend(figures::of(items, answers, part, scope, &decisions));
    }
    if read_at_all(runs) {
        let (items, answers) = findings(runs, n, twins);
        measures.extend(figures::of_findings(&items, &answers, "readers", settings));
    }
    let scopes: [(&str, &[usize]); 4] =
        [("capped", &capped), ("all", &all), ("values only", &values), ("blocks only", &blocks)];
    let thresholds = settings.probabilities.then_some(capped.as_slice());
    let reliability = thresholds.map_or_else(Vec::new, |at| {
        calibration::reliability(&figures::outcomes(items, answers, at), calibration::BINS)
    });
    let mut report = SystemReport {
        name: system.name.clone(),
        settings: settings_of(system),
        measures,
        reliability,
        tables: Tables::of(items, answers, &scopes, thresholds),
        ..SystemReport::default()
    };
    for run in runs {
        add_counts(run, n, &mut report);
    }
    if read_at_all(runs) {
        report.counts.extend(read_counts(runs, n));
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

/// How much of what system `n` reports has a reader's label, and how much nobody labelled.
fn read_counts(runs: &[RepositoryRun], n: usize) -> [(String, u64); 3] {
    let hits = runs.iter().flat_map(|run| run.readers.iter().zip(&run.systems[n].read));
    let weights: Vec<f64> = hits.filter(|(_, hit)| hit.is_some()).map(|(read, _)| read.weight).collect();
    let unread = runs.iter().map(|run| run.systems[n].unread).sum();
    [
        ("findings that readers labelled".to_owned(), weights.len() as u64),
        ("findings that readers' labels stand for".to_owned(), weights.iter().sum::<f64>().round() as u64),
        ("findings without any label".to_owned(), unread),
    ]
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
