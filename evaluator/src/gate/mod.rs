//! The ship gate: limits on measured figures, and mistakes that fail whatever the figures say.
//!
//! Pure: a gate and reports in, a verdict with all reasons out. A limit whose figure was not measured fails, unless it is
//! marked optional.

pub mod command;
pub mod frozen;
mod limits;
mod mistakes;

pub use limits::{Allowed, Bound, Gate, Limit};

use crate::measure::Measure;
use crate::report::{Report, SystemReport};

/// What came of one limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The limit's name.
    pub name: String,
    /// The figure held against it.
    pub measured: Option<f64>,
    /// Whether it holds.
    pub holds: bool,
    /// The sentence for people.
    pub text: String,
    /// Weight in the overall score.
    pub weight: f64,
}

/// The outcome.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// Every limit that applies to the reports.
    pub checked: Vec<Checked>,
    /// Mistakes, each a reason to fail.
    pub mistakes: Vec<String>,
    /// What was not checked and why; no reason to fail.
    pub remarks: Vec<String>,
}

impl Verdict {
    /// True if everything holds. A gate that checked nothing does not pass.
    pub fn passes(&self) -> bool {
        !self.checked.is_empty() && self.checked.iter().all(|one| one.holds) && self.mistakes.is_empty()
    }

    /// Why it does not pass.
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons: Vec<String> =
            self.checked.iter().filter(|one| !one.holds).map(|one| one.text.clone()).collect();
        if self.checked.is_empty() {
            reasons.push(
                "no limit applies to these results; give the results that the gate's limits name".to_owned(),
            );
        }
        reasons.extend(self.mistakes.iter().cloned());
        reasons
    }

    /// Share of the limits' weight that holds, in [0, 1].
    pub fn score(&self) -> f64 {
        let all: f64 = self.checked.iter().map(|one| one.weight).sum();
        let held: f64 = self.checked.iter().filter(|one| one.holds).map(|one| one.weight).sum();
        if all > 0.0 { held / all } else { 0.0 }
    }
}

/// Holds reports against the gate. `previous` are the results of the last shipped model on the same data, `unquantized` those of
/// this model's unquantized file; both may be empty.
pub fn check(
    gate: &Gate,
    form: &str,
    reports: &[Report],
    previous: &[Report],
    unquantized: &[Report],
) -> Verdict {
    let mut verdict = Verdict::default();
    for limit in gate.limits.iter().filter(|limit| limit.form == form) {
        verdict.checked.push(check_limit(gate, limit, reports));
    }
    for report in reports {
        verdict.mistakes.extend(mistakes::of(gate, form, report));
        verdict.mistakes.extend(mistakes::regressions(gate, report, previous));
        verdict.mistakes.extend(mistakes::quantization(gate, report, unquantized));
        verdict.remarks.extend(mistakes::incomparable(gate, report, previous));
    }
    verdict
}

fn check_limit(gate: &Gate, limit: &Limit, reports: &[Report]) -> Checked {
    let name = limit.shown();
    let done = |measured: Option<f64>, holds: bool, text: String| Checked {
        name: limit.name.clone(),
        measured,
        holds,
        text,
        weight: limit.weight,
    };
    let wanted = limit.system.as_deref().unwrap_or("shipped");
    let fitting = || reports.iter().filter(|report| limit.fits(report));
    if let Some(against) = &limit.against {
        let (first, second) = (gate.system(&limit.kind, against), gate.system(&limit.kind, wanted));
        if limit.is_test() {
            let found = fitting().find_map(|report| test(report, first, second, &limit.metric));
            if let Some((p, better)) = found {
                let mut checked = judge(limit, p, (None, None), done);
                // A test is two-sided: being surely worse is no proof either.
                checked.holds &= better;
                let which = if better { "right more often than" } else { "not right more often than" };
                checked.text = format!("{}; {second} is {which} {first}", checked.text);
                return checked;
            }
        } else {
            let found = fitting().find_map(|report| difference(report, first, second, &limit.metric));
            if let Some((value, interval)) = found {
                let ends = interval.map_or((None, None), |(low, high)| (Some(low), Some(high)));
                let mut checked = judge(limit, value, ends, done);
                checked.text = format!("{}; {} of {second} less {first}", checked.text, limit.metric);
                return checked;
            }
        }
        let text = format!("{name}: {first} and {second} were not compared by {}", limit.metric);
        return done(None, limit.optional, text);
    }
    let system = gate.system(&limit.kind, wanted);
    let found = fitting()
        .filter_map(|report| report.systems.iter().find(|one| one.name == system))
        .find_map(|one| figure(one, limit));
    match found {
        Some(measure) => {
            let mut checked = judge(limit, measure.value, (measure.low, measure.high), done);
            if measure.slice != limit.slice {
                checked.text = format!("{} in {}, the worst of {}", checked.text, measure.slice, limit.slice);
            }
            // One metric has a figure in every scope; which one decides is part of the reason.
            checked.text = format!("{}; {} of {system}, scope {}", checked.text, limit.metric, limit.scope);
            checked
        }
        None => done(
            None,
            limit.optional,
            format!(
                "{name}: {} of {system}, scope {}, slice {} was not measured",
                limit.metric, limit.scope, limit.slice
            ),
        ),
    }
}

/// The figure that a limit is on: of several slices the worst.
fn figure<'a>(system: &'a SystemReport, limit: &Limit) -> Option<&'a Measure> {
    let Some(prefix) = limit.slice.strip_suffix('*') else {
        return crate::measure::find(&system.measures, &limit.scope, &limit.metric, &limit.slice);
    };
    let fits = |m: &&Measure| {
        m.scope == limit.scope
            && m.metric == limit.metric
            && m.slice.starts_with(prefix)
            && m.value.is_finite()
    };
    let bad = |m: &Measure| if limit.at_most.is_some() { m.value } else { -m.value };
    // Of equals the first, so that the reason is the same every time.
    system.measures.iter().filter(fits).reduce(|worst, m| if bad(m) > bad(worst) { m } else { worst })
}

/// Second minus first, turned round if the pair was compared the other way.
fn difference(report: &Report, first: &str, second: &str, metric: &str) -> Option<(f64, Option<(f64, f64)>)> {
    report.comparisons.iter().find_map(|one| {
        let turned = one.first == second && one.second == first;
        if !turned && (one.first != first || one.second != second) {
            return None;
        }
        let found = one.differences.iter().find(|d| d.metric == metric)?;
        Some(if turned {
            (-found.value, found.interval.map(|(low, high)| (-high, -low)))
        } else {
            (found.value, found.interval)
        })
    })
}

/// The test's probability after Holm's correction, and whether the second is right more often.
fn test(report: &Report, first: &str, second: &str, name: &str) -> Option<(f64, bool)> {
    report.comparisons.iter().find_map(|one| {
        let turned = one.first == second && one.second == first;
        if !turned && (one.first != first || one.second != second) {
            return None;
        }
        let found = one.tests.iter().find(|test| test.name == name)?;
        let (only_first, only_second) =
            if turned { (found.discordant.1, found.discordant.0) } else { found.discordant };
        Some((found.p_holm, only_second > only_first))
    })
}

fn judge(
    limit: &Limit,
    value: f64,
    (low, high): (Option<f64>, Option<f64>),
    done: impl Fn(Option<f64>, bool, String) -> Checked,
) -> Checked {
    let name = limit.shown();
    let held = match limit.bound {
        Bound::Value => Some(value),
        Bound::Low => low,
        Bound::High => high,
    };
    let Some(held) = held.filter(|held| held.is_finite()) else {
        return done(
            Some(value),
            false,
            format!("{name}: {value:.4} has no interval to hold against the limit"),
        );
    };
    let enough = limit.at_least.is_none_or(|least| held >= least - 1e-12);
    let little = limit.at_most.is_none_or(|most| held <= most + 1e-12);
    let wanted = match (limit.at_least, limit.at_most) {
        (Some(least), Some(most)) => format!("between {least} and {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => "anything".to_owned(),
    };
    let which = match limit.bound {
        Bound::Value => "",
        Bound::Low => " (lower end)",
        Bound::High => " (upper end)",
    };
    done(Some(held), enough && little, format!("{name}: {held:.4}{which}, wanted {wanted}"))
}

#[cfg(test)]
mod tests;
