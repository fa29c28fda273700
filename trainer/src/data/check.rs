//! Checks a built folder: what every reader of the sets relies on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use secretscan::candidate::Engine;
use secretscan::judge::encode::MAX_TOKENS;
use tokenizers::Tokenizer;

use super::guard::Guard;
use super::{build, receipt, split, store};
use crate::example::{Example, Label, Split};
use crate::prepare::{self, Preparer};

/// The sets of a folder and the split that each is of.
pub const SETS: [(&str, Split); 4] = [
    ("train.features.jsonl", Split::Train),
    ("train.jsonl", Split::Train),
    ("validation.jsonl", Split::Validation),
    ("test.jsonl", Split::Test),
];

/// What was found: lines for people, and faults.
#[derive(Debug, Default)]
pub struct Findings {
    /// Counts and shares.
    pub report: String,
    /// What must not be; empty if the sets are sound.
    pub faults: Vec<String>,
}

/// Checks the receipt, every line of every set, duplicates, splits, leakage; with a tokenizer, lengths.
pub fn check(folder: &Path, tokenizer: Option<&Path>) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    if let Err(error) = receipt::verify(folder) {
        findings.faults.push(format!("{error:#}"));
    }
    let engine = prepare::engine();
    let tokenizer = tokenizer
        .map(|path| {
            Tokenizer::from_file(path).map_err(|e| anyhow::anyhow!("cannot use {}: {e}", path.display()))
        })
        .transpose()?;
    let mut sets = BTreeMap::new();
    for (name, part) in SETS {
        let examples = store::read(&folder.join(name))?;
        one(name, part, &examples, &mut findings);
        balance(name, &examples, &engine, &mut findings);
        if let Some(tokenizer) = &tokenizer {
            lengths(&examples, tokenizer, &engine, &mut findings)?;
        }
        sets.insert(name, examples);
    }
    leakage(&sets, &mut findings);
    Ok(findings)
}

/// Duplicates, and examples that belong elsewhere.
fn one(name: &str, part: Split, examples: &[Example], findings: &mut Findings) {
    let (mut ids, mut places) = (BTreeSet::new(), BTreeMap::new());
    let mut same = 0;
    for example in examples {
        if !ids.insert(&example.id) {
            findings.faults.push(format!("{name}: {} is there twice", example.id));
        }
        match places.insert((&example.path, &example.text, example.span), example.class) {
            Some(class) if class != example.class => {
                findings.faults.push(format!("{name}: {} stands elsewhere with another class", example.id));
            }
            Some(_) => same += 1,
            None => {}
        }
        let expected = match example.source.as_str() {
            "hand" => split::of_handwritten(example.id.split('#').next().unwrap_or_default()),
            "synth" => part,
            _ => split::of_repository(&example.repo),
        };
        if example.split != part || expected != part {
            findings.faults.push(format!("{name}: {} belongs to {}", example.id, build::name(expected)));
        }
    }
    let _ = writeln!(findings.report, "{name}: {} examples, {same} with equal text and span", examples.len());
}

/// Alerts by number and by weight, and how many the engine has a candidate for.
fn balance(name: &str, examples: &[Example], engine: &Engine, findings: &mut Findings) {
    let mut preparer = Preparer::new(engine);
    let (mut alerts, mut alert_weight, mut weight) = (0_usize, 0.0, 0.0);
    let mut seen: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for example in examples {
        weight += example.weight;
        if example.label == Label::Alert {
            alerts += 1;
            alert_weight += example.weight;
        }
        let found = preparer.prepare(example).is_some();
        seen.entry(super::repository::name(example.class)).or_default()[usize::from(found)] += 1;
    }
    let share = |part: f32, all: f32| if all > 0.0 { 100.0 * part / all } else { 0.0 };
    let _ = writeln!(
        findings.report,
        "  alerts {:.1} % by number, {:.1} % by weight",
        share(alerts as f32, examples.len() as f32),
        share(alert_weight, weight)
    );
    for (class, [missed, found]) in seen {
        let _ = writeln!(
            findings.report,
            "  {class}: the engine has a candidate for {found} of {}",
            found + missed
        );
    }
    if alerts == 0 || alerts == examples.len() {
        findings.faults.push(format!("{name}: only one label occurs"));
    }
}

/// Tokens of the text around the values, as far as a window may see it.
fn lengths(
    examples: &[Example],
    tokenizer: &Tokenizer,
    engine: &Engine,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let mut preparer = Preparer::new(engine);
    let mut lengths = Vec::new();
    for example in examples {
        let Some(seen) = preparer.prepare(example) else { continue };
        let window = seen.query.window;
        let parts =
            [window.before.join(&b'\n'), window.left, window.value, window.right, window.after.join(&b'\n')]
                .concat();
        let encoding = tokenizer
            .encode_fast(String::from_utf8_lossy(&parts).into_owned(), false)
            .map_err(|e| anyhow::anyhow!("{}: the tokenizer failed: {e}", example.id))?;
        lengths.push(encoding.len());
    }
    lengths.sort_unstable();
    let at =
        |share: usize| lengths.get((lengths.len().max(1) - 1) * share / 100).copied().unwrap_or_default();
    let over = lengths.len() - lengths.partition_point(|&n| n <= MAX_TOKENS);
    let _ = writeln!(
        findings.report,
        "  tokens of the window: median {}, 95 % {}, longest {}; {over} above {MAX_TOKENS}, which the encoding cuts",
        at(50),
        at(95),
        at(100)
    );
    Ok(())
}

/// Nothing that is measured on may stand, or nearly stand, in what is learnt from.
fn leakage(sets: &BTreeMap<&str, Vec<Example>>, findings: &mut Findings) {
    let none = Vec::new();
    let set = |name: &str| sets.get(name).unwrap_or(&none);
    let mut guard = Guard::default();
    let mut repositories: BTreeMap<&str, Split> = BTreeMap::new();
    for (name, part) in [
        ("test.jsonl", Split::Test),
        ("validation.jsonl", Split::Validation),
        ("train.features.jsonl", Split::Train),
    ] {
        for example in set(name) {
            if example.source != "hand" && *repositories.entry(&example.repo).or_insert(part) != part {
                findings
                    .faults
                    .push(format!("{name}: {} is of a repository that is in two splits", example.id));
            }
            if let Some(copy) = guard.copy(example).filter(|_| part != Split::Test) {
                findings.faults.push(format!("{name}: {} copies a measured example ({copy:?})", example.id));
            }
        }
        for example in set(name) {
            guard.protect(example);
        }
    }
}

/// Runs the check and prints it; an error if there are faults.
pub fn run(folder: &Path, tokenizer: Option<&Path>) -> anyhow::Result<()> {
    let findings = check(folder, tokenizer).with_context(|| format!("cannot check {}", folder.display()))?;
    anstream::print!("{}", findings.report);
    for fault in findings.faults.iter().take(20) {
        anstream::println!("fault: {fault}");
    }
    anyhow::ensure!(findings.faults.is_empty(), "{} faults; build the sets again", findings.faults.len());
    Ok(())
}
