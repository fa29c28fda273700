//! The driver's part for history: which commit a finding belongs to.
//!
//! Every version of a file is scanned on its own, and a secret that stays in a file is found in each. It is reported
//! once for a file: at the first commit whose version of it holds the secret as one. A file that was renamed is the same
//! file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::clean::CleanBlobs;
use super::collect::{Collector, Doubtful, Gathered};
use super::conclude::MODEL;
use super::{Outcome, Progress, ScanError, Scanner};
use crate::finding::Finding;
use crate::fingerprint::Fingerprint;
use crate::judge::{JudgeError, model};
use crate::source::Origin;
use crate::source::git::history::{Before, History, HistoryOptions, Memory, NoMemory, Walked};
use crate::source::git::{GitEnvironment, GitError};

impl Scanner {
    /// Scans the history of the repository around `folder`; `options.git` is filled in here. What cannot be read is a
    /// failure in the ledger; what was asked for and does not exist is an error.
    pub fn history(
        &self,
        folder: &Path,
        environment: &GitEnvironment,
        options: HistoryOptions,
        progress: &dyn Progress,
    ) -> Result<Outcome, ScanError> {
        let collector = Collector::new(self, progress).relative_to(&self.top(folder));
        let options = HistoryOptions { git: self.git_options(folder), ..options };
        let scan = || -> Result<_, GitError> {
            let history = History::open(folder, environment, options)?;
            let cache = self.clean_blobs(&history, &collector);
            let memory = cache.as_ref().map_or(&NoMemory as &dyn Memory, |cache| cache as &dyn Memory);
            let walked = history.scan(memory, &&collector)?;
            Ok((walked, cache))
        };
        match scan() {
            Ok((walked, cache)) => Ok(attribute(&collector, &walked, cache.as_ref())),
            Err(error) => {
                super::git::settle(folder, Err(error), &collector)?;
                Ok(collector.conclude("history"))
            }
        }
    }

    /// What earlier runs know, if there is a cache.
    fn clean_blobs(&self, history: &History, collector: &Collector<'_>) -> Option<CleanBlobs> {
        let path = self.options.blob_cache.as_ref().filter(|_| !self.options.explain)?;
        let opened = self.identity().map(|identity| CleanBlobs::open(path, identity, history.name()));
        match opened {
            Ok(Ok(cache)) => Some(cache),
            Ok(Err(error)) => {
                collector.notice(error.to_string());
                None
            }
            // The scan itself will say what is wrong with the model.
            Err(_) => None,
        }
    }

    /// All that an answer depends on besides the blob and its path.
    fn identity(&self) -> Result<String, JudgeError> {
        let options = &self.options;
        let model = self.source().map(model::digest).transpose()?;
        let settings = (
            (options.judge, options.profile, options.preset, options.min_confidence, options.tests),
            (
                options.archives,
                options.decode,
                options.inline_allow,
                &options.allowed_paths,
                &options.disabled_rules,
            ),
            (&options.allowed_findings, options.keep_suppressed),
            (self.rules.sha256(), model, model::available().is_ok(), &options.build),
        );
        Ok(format!("{settings:?}"))
    }
}

/// Judges, remembers what was clean, and gives findings their commits.
fn attribute(collector: &Collector<'_>, walked: &Walked, cache: Option<&CleanBlobs>) -> Outcome {
    let mut gathered = judged(collector, walked);
    gathered.ledger.history = Some(walked.counts);
    if let Some(cache) = cache.filter(|_| gathered.ledger.failures.iter().all(|it| it.path != MODEL)) {
        let found = gathered.findings.iter().filter_map(|finding| finding.origin.blob.clone());
        let dirty: BTreeSet<String> = found.chain(gathered.unsettled.iter().cloned()).collect();
        let clean: Vec<(&[u8], String)> = walked.clean(&dirty).collect();
        let clean = clean.iter().map(|(blob, path)| (*blob, path.as_str()));
        if let Err(error) = cache.keep(clean, walked.visit(&dirty).as_ref()) {
            gathered.ledger.notices.push(error.to_string());
        }
    }
    // After the cache, which outlives the baseline.
    collector.apply_baseline(&mut gathered);
    gathered.findings = introductions(std::mem::take(&mut gathered.findings), walked);
    collector.finish("history", gathered)
}

/// All that was gathered, with what waited for the model judged. Of a value that stands in many versions of a file the
/// first one is asked about, and the others only if that is no finding: a later one would not be reported.
fn judged(collector: &Collector<'_>, walked: &Walked) -> Gathered {
    let mut gathered = collector.take();
    let mut info = collector.describe(&mut gathered);
    let mut waiting = std::mem::take(&mut gathered.doubtful);
    for only_first in [true, false] {
        let (ask, later) = choose(waiting, only_first, &mut gathered, walked);
        collector.judge(ask, &mut info, &mut gathered);
        waiting = later;
    }
    collector.record(info, &mut gathered);
    gathered
}

/// Parts what waits into what is to be asked about now, and later. What can change nothing is left out.
fn choose(
    waiting: Vec<Doubtful>,
    only_first: bool,
    gathered: &mut Gathered,
    walked: &Walked,
) -> (Vec<Doubtful>, Vec<Doubtful>) {
    let place = |finding: &Finding| {
        let file = file_of(&finding.origin.path).to_owned();
        ((file, finding.fingerprint), walked.position(finding.origin.commit.as_deref()))
    };
    let earliest = |places: &mut dyn Iterator<Item = ((String, Fingerprint), u32)>| {
        let mut earliest = BTreeMap::new();
        for (of_file, position) in places {
            let first = earliest.entry(of_file).or_insert(position);
            *first = position.min(*first);
        }
        earliest
    };
    let reported = earliest(&mut gathered.findings.iter().map(place));
    let first = earliest(&mut waiting.iter().map(|doubtful| place(&doubtful.finding)));
    let (mut ask, mut later) = (Vec::new(), Vec::new());
    for doubtful in waiting {
        let (of_file, position) = place(&doubtful.finding);
        if reported.get(&of_file).is_some_and(|&reported| reported < position) {
            gathered.unsettled.extend(doubtful.finding.origin.blob.clone());
        } else if only_first && first.get(&of_file).is_some_and(|&first| first < position) {
            later.push(doubtful);
        } else {
            ask.push(doubtful);
        }
    }
    (ask, later)
}

/// The findings where they were introduced, with the commit's author and date.
fn introductions(mut findings: Vec<Finding>, walked: &Walked) -> Vec<Finding> {
    let position = |finding: &Finding| walked.position(finding.origin.commit.as_deref());
    findings.sort_by(|a, b| (position(a), a.sort_key()).cmp(&(position(b), b.sort_key())));
    let holders = holders(&findings);
    let mut first: BTreeMap<(String, Fingerprint), Arc<Origin>> = BTreeMap::new();
    let mut renames = Renames { walked, known: BTreeMap::new() };
    let mut authors: BTreeMap<String, Option<(String, String)>> = BTreeMap::new();
    let mut kept = Vec::new();
    for mut finding in findings {
        let of_file = (file_of(&finding.origin.path).to_owned(), finding.fingerprint);
        let origin = first.entry(of_file).or_insert_with(|| Arc::clone(&finding.origin));
        if origin.blob != finding.origin.blob || origin.commit != finding.origin.commit {
            continue;
        }
        if holders.get(&finding.fingerprint).is_some_and(|held| renames.carry(&finding, held)) {
            continue;
        }
        if let Some(commit) = &finding.origin.commit {
            let author = authors.entry(commit.clone()).or_insert_with(|| walked.author(commit));
            if let Some((author, date)) = author.clone() {
                let (author, date) = (Some(author), Some(date));
                finding.origin = Arc::new(Origin { author, date, ..(*finding.origin).clone() });
            }
        }
        kept.push(finding);
    }
    kept
}

/// The file that a path lies in: of what is in a container, the container.
fn file_of(path: &str) -> &str {
    path.split("!/").next().unwrap_or(path)
}

/// Blobs that hold a secret, and the file that each was scanned as.
type Held = BTreeMap<String, String>;

/// The blobs that each secret was found in, if they are of several files.
fn holders(findings: &[Finding]) -> BTreeMap<Fingerprint, Held> {
    let mut holders: BTreeMap<Fingerprint, Held> = BTreeMap::new();
    for finding in findings {
        let blob = finding.origin.blob.clone().map(|blob| (blob, file_of(&finding.origin.path).to_owned()));
        holders.entry(finding.fingerprint).or_default().extend(blob);
    }
    holders.retain(|_, held| held.values().collect::<BTreeSet<_>>().len() > 1);
    holders
}

/// Which files commits renamed.
struct Renames<'a> {
    walked: &'a Walked,
    known: BTreeMap<String, BTreeMap<String, Vec<Before>>>,
}

impl Renames<'_> {
    /// True if the finding's commit made its file of another one that `held` the secret, or changed one that an earlier
    /// commit had only given another name: its content was scanned by the name before. A file that is still there by that
    /// name was copied, and a copy is no rename.
    fn carry(&mut self, finding: &Finding, held: &Held) -> bool {
        let Some(commit) = &finding.origin.commit else { return false };
        let walked = self.walked;
        let before = self.known.entry(commit.clone()).or_insert_with(|| walked.before(commit));
        let mut versions = before.get(file_of(&finding.origin.path)).into_iter().flatten();
        versions.any(|version| {
            let scanned_as = held.get(&version.blob);
            scanned_as.is_some_and(|file| version.renamed || !walked.has(&version.parent, file))
        })
    }
}
