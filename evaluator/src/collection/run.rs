//! Runs the systems over the checkouts and matches what they find with the labels.
//!
//! Repositories take turns and the scanner's own threads share each: paths must be relative to the repository, as for a
//! user who scans `.`, and the current folder belongs to the whole process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use secretscan::finding::{Class as Outcome, Decider, Finding};
use secretscan::scan::{Scanner, Silent};
use serde::Serialize;

use super::checkout::{self, LineBreaks};
use super::label::{Gold, Labels};
use super::matching::{Matching, Span, matching};
use super::readers::Read;

/// A finding on a label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// Probability that the scanner gives.
    pub p: f64,
    /// Rule.
    pub rule: String,
    /// Reported as a leak (else as a weak credential).
    pub leak: bool,
    /// Who decided.
    pub by: Decider,
}

/// What one system did in one repository.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SystemOutcome {
    /// The finding on each label, in the labels' order.
    pub hits: Vec<Option<Hit>>,
    /// All findings.
    pub findings: u64,
    /// Further findings on labels that were already found.
    pub duplicates: u64,
    /// Findings on lines that carry no class, by why.
    pub undecided: BTreeMap<String, u64>,
    /// Findings on no label, by rule.
    pub unlabelled: BTreeMap<String, u64>,
    /// The finding on each reader's label, in their order; none where the collection has a label itself.
    pub read: Vec<Option<Hit>>,
    /// Findings with neither a label nor a reader's.
    pub unread: u64,
    /// Files that could not be scanned, and failures of the judge.
    pub failures: u64,
    /// Causes of the first failures (no content).
    pub causes: Vec<String>,
    /// Candidates before any decision.
    pub candidates: u64,
    /// Bytes scanned.
    pub bytes: u64,
    /// Seconds on the wall.
    pub seconds: f64,
    /// The judge, as the scanner's ledger names it.
    pub judge: String,
    /// SHA-256 of the model that was asked, if one was.
    pub model_sha256: Option<String>,
}

/// One repository's part.
#[derive(Debug, Clone)]
pub struct RepositoryRun {
    /// Its id.
    pub repo: String,
    /// Labels whose file is there, with the file's path.
    pub golds: Vec<(Gold, String)>,
    /// Labels whose file is not there.
    pub missing: Vec<String>,
    /// Readers' labels whose file is there.
    pub readers: Vec<Read>,
    /// One a system.
    pub systems: Vec<SystemOutcome>,
}

/// What people say about one repository.
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'a> {
    /// The collection's labels.
    pub labels: &'a Labels,
    /// Readers' labels of findings that the collection does not know.
    pub readers: &'a [Read],
}

/// Scans the checkout of `repo` with every scanner.
pub fn repository(
    checkouts: &Path,
    repo: &str,
    labelled: Labelled<'_>,
    scanners: &[Scanner],
) -> anyhow::Result<RepositoryRun> {
    let root = checkouts.join(repo);
    let files = checkout::files(&root)?;
    let mut golds: Vec<(Gold, String)> = Vec::new();
    let mut missing = Vec::new();
    let mut breaks = Breaks { root: &root, of: BTreeMap::new() };
    for gold in &labelled.labels.golds {
        let Some(path) = files.get(&gold.file) else {
            missing.push(gold.id.clone());
            continue;
        };
        let span = breaks.place(path, &gold.span)?;
        golds.push((Gold { span, ..gold.clone() }, path.clone()));
    }
    let mut readers = Vec::new();
    for read in labelled.readers {
        if files.contains_key(&checkout::file_id(&read.path)) {
            readers.push(Read { span: breaks.place(&read.path, &read.span)?, ..read.clone() });
        } else {
            missing.push(format!("{repo}/{}/{} (read)", read.path, read.span.first_line()));
        }
    }
    let _inside = Inside::enter(&root)?;
    let systems = scanners
        .iter()
        .map(|scanner| {
            let started = Instant::now();
            let outcome = scanner.paths(&[PathBuf::from(".")], &Silent);
            let seconds = started.elapsed().as_secs_f64();
            let mut result = held_against(&golds, &readers, labelled.labels, &outcome.findings);
            let ledger = outcome.ledger;
            result.failures = ledger.failures.len() as u64;
            result.causes = ledger.failures.iter().take(3).map(|f| f.cause.clone()).collect();
            (result.candidates, result.bytes, result.seconds) = (ledger.candidates, ledger.bytes, seconds);
            (result.judge, result.model_sha256) = (ledger.judge.name, ledger.judge.model_sha256);
            result
        })
        .collect();
    Ok(RepositoryRun { repo: repo.to_owned(), golds, missing, readers, systems })
}

/// Line breaks of the files of a checkout, each read once.
struct Breaks<'a> {
    root: &'a Path,
    of: BTreeMap<String, LineBreaks>,
}

impl Breaks<'_> {
    /// The scanner's place of a label in `path`.
    fn place(&mut self, path: &str, span: &Span) -> Result<Span, checkout::CheckoutError> {
        if !self.of.contains_key(path) {
            let file = self.root.join(path);
            let bytes =
                std::fs::read(&file).map_err(|source| checkout::CheckoutError { path: file, source })?;
            self.of.insert(path.to_owned(), LineBreaks::of(&bytes));
        }
        Ok(self.of[path].place(span))
    }
}

/// A finding's number and one of its places.
type Placed = (usize, Span);

/// Labels, findings and readers' labels of one file.
type InFile = (Vec<usize>, Vec<Placed>, Vec<usize>);

/// Matches findings and labels, file by file.
fn held_against(
    golds: &[(Gold, String)],
    readers: &[Read],
    labels: &Labels,
    findings: &[Finding],
) -> SystemOutcome {
    let mut by_path: BTreeMap<&str, InFile> = BTreeMap::new();
    for (at, (_, path)) in golds.iter().enumerate() {
        by_path.entry(path).or_default().0.push(at);
    }
    for (at, read) in readers.iter().enumerate() {
        by_path.entry(&read.path).or_default().2.push(at);
    }
    for (at, finding) in findings.iter().enumerate() {
        let places = &mut by_path.entry(&finding.origin.path).or_default().1;
        places.push((at, Span::of(&finding.location)));
        // What joined another finding is reported there.
        let joined = finding.companions.iter().filter(|companion| companion.rule_id.is_some());
        places.extend(joined.map(|companion| (at, Span::of(&companion.location))));
    }
    let mut result = SystemOutcome {
        hits: vec![None; golds.len()],
        read: vec![None; readers.len()],
        findings: findings.len() as u64,
        ..SystemOutcome::default()
    };
    for (path, (of_labels, of_findings, of_readers)) in by_path {
        let wanted: Vec<Span> = of_labels.iter().map(|&at| golds[at].0.span.clone()).collect();
        let found: Vec<Span> = of_findings.iter().map(|(_, span)| span.clone()).collect();
        let Matching { finding_of, duplicates, unlabelled } = matching(&wanted, &found);
        for (&gold, finding) in of_labels.iter().zip(finding_of) {
            result.hits[gold] = finding.map(|at| hit(&findings[of_findings[at].0]));
        }
        result.duplicates += duplicates.len() as u64;
        let wanted: Vec<Span> = of_readers.iter().map(|&n| readers[n].span.clone()).collect();
        let left: Vec<Span> = unlabelled.iter().map(|&at| found[at].clone()).collect();
        let by_readers = matching(&wanted, &left);
        for (&n, finding) in of_readers.iter().zip(by_readers.finding_of) {
            result.read[n] = finding.map(|at| hit(&findings[of_findings[unlabelled[at]].0]));
        }
        result.unread += by_readers.unlabelled.len() as u64;
        let file = checkout::file_id(path);
        for at in unlabelled {
            let line = found[at].all_lines().find_map(|line| labels.undecided.get(&(file.clone(), line)));
            if let Some(why) = line {
                *result.undecided.entry(why.clone()).or_default() += 1;
            } else {
                let rule = findings[of_findings[at].0].rule.id.clone();
                *result.unlabelled.entry(rule).or_default() += 1;
            }
        }
    }
    result
}

fn hit(finding: &Finding) -> Hit {
    Hit {
        p: f64::from(finding.verdict.probability),
        rule: finding.rule.id.clone(),
        leak: finding.verdict.class == Outcome::Leak,
        by: finding.verdict.by,
    }
}

/// Inside a folder until it is dropped.
struct Inside(PathBuf);

impl Inside {
    fn enter(folder: &Path) -> anyhow::Result<Self> {
        let before = std::env::current_dir().context("the current folder cannot be told")?;
        std::env::set_current_dir(folder)
            .with_context(|| format!("cannot enter the checkout {}", folder.display()))?;
        Ok(Self(before))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        // The folder was there a moment ago; if it is gone, the next step names its own path anyway.
        let _ = std::env::set_current_dir(&self.0);
    }
}
