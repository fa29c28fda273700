//! What fails whatever the figures say: signs that the measurement itself, or the model, is not what it claims to be.

use secretscan::judge::encode;

use super::{Allowed, Gate};
use crate::collection::leakage::{TRAINED_ON, UNKNOWN};
use crate::measure::find;
use crate::report::text::short;
use crate::report::{Report, SystemReport};

/// Figures that a model which adds anything does not share with its baseline to four decimals, all of them.
const TELLING: [&str; 4] = ["precision", "recall", "f1", "average_precision"];

/// Mistakes of one report.
pub(super) fn of(gate: &Gate, form: &str, report: &Report) -> Vec<String> {
    let mut found = Vec::new();
    let place = format!("{} {}", report.kind, report.dataset.name);
    if report.kind == "set" && report.dataset.receipt.is_none() {
        found.push(format!("{place}: no leakage receipt; build the set with `trainer data build`"));
    }
    if form == "full" && report.bootstrap.0 < 1000 {
        found.push(format!("{place}: {} resamples; an interval needs 1,000", report.bootstrap.0));
    }
    for system in &report.systems {
        found.extend(of_system(&place, system));
    }
    let (shipped, baseline) = (gate.system(&report.kind, "shipped"), gate.system(&report.kind, "baseline"));
    let by_name = |name: &str| report.systems.iter().find(|system| system.name == name);
    if let (Some(new), Some(old)) = (by_name(shipped), by_name(baseline))
        && shipped != baseline
        && equal(new, old)
    {
        found.push(format!(
            "{place}: {shipped} equals {baseline} to four decimals; was the model asked at all?"
        ));
    }
    let pair = report.comparisons.iter().find(|one| {
        let pair = (one.first.as_str(), one.second.as_str());
        pair == (shipped, baseline) || pair == (baseline, shipped)
    });
    if let Some(pair) = pair.filter(|pair| pair.flips == 0) {
        found.push(format!("{place}: {shipped} decides all {} items as {baseline} does", pair.items));
    }
    found
}

fn of_system(place: &str, system: &SystemReport) -> Vec<String> {
    let mut found = Vec::new();
    let count = |name: &str| system.counts.get(name).copied().unwrap_or(0);
    let name = &system.name;
    if count("unparsable") > 0 {
        found.push(format!("{place}: {name} gave {} answers that are no probability", count("unparsable")));
    }
    if count("failures") > 0 {
        found.push(format!(
            "{place}: {name} could not scan or judge {} times; see its remarks",
            count("failures")
        ));
    }
    for (count_name, what) in
        [(TRAINED_ON, "repositories of its training"), (UNKNOWN, "repositories that it may know")]
    {
        if count(count_name) > 0 {
            found.push(format!(
                "{place}: {name} was measured on {} {what}; see the warnings",
                count(count_name)
            ));
        }
    }
    if let Some(broken) = system.measures.iter().find(|measure| !measure.value.is_finite()) {
        found.push(format!("{place}: {name} has a {} that is no number", broken.metric));
    }
    if let Some(encoding) = &system.encoding
        && encoding != encode::hash()
    {
        found.push(format!(
            "{place}: {name} was asked in another encoding than this scanner's; train it again"
        ));
    }
    found
}

/// All telling figures are the same to four decimals, and there is one.
fn equal(new: &SystemReport, old: &SystemReport) -> bool {
    let pairs: Vec<(f64, f64)> = TELLING
        .iter()
        .filter_map(|metric| {
            let of = |system: &SystemReport| Some(find(&system.measures, "all", metric, "all")?.value);
            Some((of(new)?, of(old)?))
        })
        .collect();
    !pairs.is_empty() && pairs.iter().all(|(a, b)| (a - b).abs() < 5e-5)
}

/// The earlier results on the same data.
fn of_same_data<'a>(report: &Report, previous: &'a [Report]) -> Option<&'a Report> {
    previous.iter().find(|old| old.kind == report.kind && old.dataset.sha256 == report.dataset.sha256)
}

/// Why nothing was compared with the last shipped model, where results of it were given.
pub(super) fn incomparable(gate: &Gate, report: &Report, previous: &[Report]) -> Option<String> {
    let of_kind: Vec<&Report> = previous.iter().filter(|old| old.kind == report.kind).collect();
    if gate.regression.is_none() || of_kind.is_empty() || of_same_data(report, previous).is_some() {
        return None;
    }
    let known: Vec<&str> = of_kind.iter().map(|old| short(&old.dataset.sha256)).collect();
    Some(format!(
        "{} {}: the earlier results are of other data (SHA-256 {}, these are {}), so no loss against the last shipped model \
         was looked for; measure that model on these data (--summary FILE) and give the file with --previous",
        report.kind,
        report.dataset.name,
        known.join(", "),
        short(&report.dataset.sha256)
    ))
}

/// Figures that fell against the last shipped model on the same data.
pub(super) fn regressions(gate: &Gate, report: &Report, previous: &[Report]) -> Vec<String> {
    match (&gate.regression, of_same_data(report, previous)) {
        (Some(limit), Some(old)) => losses(gate, limit, report, old, ""),
        _ => Vec::new(),
    }
}

/// Figures that quantization costs: against results of the same model in floating point of 32 bits, on the same data. That there
/// is nothing to compare with is a mistake too, where somebody asked for it.
pub(super) fn quantization(gate: &Gate, report: &Report, unquantized: &[Report]) -> Vec<String> {
    let place = format!("{} {}", report.kind, report.dataset.name);
    if unquantized.is_empty() {
        return Vec::new();
    }
    let Some(limit) = &gate.quantization else {
        return vec![format!(
            "{place}: the gate has no [quantization], so --unquantized says nothing; add the table"
        )];
    };
    match of_same_data(report, unquantized) {
        Some(whole) => losses(gate, limit, report, whole, " by quantization"),
        None => {
            vec![format!("{place}: the unquantized model was measured on other data; measure it on these")]
        }
    }
}

/// Figures of what ships that are lower than in `other`.
fn losses(gate: &Gate, limit: &Allowed, report: &Report, other: &Report, cause: &str) -> Vec<String> {
    let name = gate.system(&report.kind, "shipped");
    let system = |of: &Report| of.systems.iter().find(|system| system.name == name).cloned();
    let (Some(new), Some(old)) = (system(report), system(other)) else { return Vec::new() };
    let mut found = Vec::new();
    for metric in &limit.metrics {
        for measure in new.measures.iter().filter(|m| m.metric == *metric && m.slice == "all") {
            let Some(before) = find(&old.measures, &measure.scope, metric, "all") else { continue };
            if before.value - measure.value > limit.at_most {
                found.push(format!(
                    "{} {}: {metric} ({}) fell from {:.4} to {:.4}{cause}, more than {}",
                    report.kind,
                    report.dataset.name,
                    measure.scope,
                    before.value,
                    measure.value,
                    limit.at_most
                ));
            }
        }
    }
    found
}
