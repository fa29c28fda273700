//! Receives blobs from a source, on many threads, and turns them into findings and doubtful cases.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::companion;
use super::conclude::held_against;
use super::explain::Explanation;
use super::revealed::Revealed;
use super::{JudgeMode, Progress, Scanner, TestPolicy};
use crate::candidate::{Candidate, Candidates, Proof, Scratch};
use crate::finding::{Class, Context, Decider, Finding, Severity, Snippet, Suppression, Verdict};
use crate::fingerprint::Fingerprint;
use crate::judge::context;
use crate::judge::decide::{self, Decision};
use crate::judge::features::{FileStatistics, statistics};
use crate::judge::{Query, heuristic, weak};
use crate::ledger::{Failure, Ledger, SkipReason};
use crate::line_hash;
use crate::location::LineIndex;
use crate::notebook::{Notebook, is_notebook};
use crate::reason::Reason;
use crate::rule::{Detector, fact};
use crate::secret::Secret;
use crate::source::{BlobInfo, BlobSink, Content, Segment, Sink};
use crate::suppress::allow::{self, Subject};
use crate::suppress::inline::InlineTags;
use crate::value::path::PathInfo;

/// Bytes of a line that a snippet keeps on each side of the value.
const SNIPPET_MARGIN: usize = 80;

/// What all workers gathered.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) ledger: Ledger,
    pub(super) findings: Vec<Finding>,
    pub(super) doubtful: Vec<Doubtful>,
    pub(super) suppressed: Vec<Finding>,
    pub(super) explanations: Vec<Explanation>,
    /// Blobs of history that have to be scanned again the next time although nothing of them is reported.
    pub(super) unsettled: BTreeSet<String>,
}

/// A candidate that waits for the model, as the finding it may become.
#[derive(Debug)]
pub(super) struct Doubtful {
    pub(super) query: Query,
    /// Its verdict is the one of the feature model, or of the documented score.
    pub(super) finding: Finding,
    /// What it is if the model says alert: leak or weak.
    pub(super) class: Class,
}

/// The sink of a scan.
pub(super) struct Collector<'a> {
    pub(super) scanner: &'a Scanner,
    pub(super) progress: &'a dyn Progress,
    pub(super) gathered: Mutex<Gathered>,
    pub(super) started: Instant,
    /// Folder (absolute) that the paths of the blobs are relative to.
    pub(super) base: PathBuf,
    /// Files and folders (absolute) that are scanned whole.
    pub(super) covered: Vec<PathBuf>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(scanner: &'a Scanner, progress: &'a dyn Progress) -> Self {
        Self {
            scanner,
            progress,
            gathered: Mutex::default(),
            started: Instant::now(),
            base: scanner.options.base.clone(),
            covered: Vec::new(),
        }
    }

    /// For sources whose paths are relative to another folder (absolute) than the options' base.
    pub(super) fn relative_to(self, base: &Path) -> Self {
        Self { base: base.to_owned(), ..self }
    }

    /// For sources that scan these files and folders (absolute) whole: what the baseline has of them and is not found is
    /// stale.
    pub(super) fn covering(self, covered: Vec<PathBuf>) -> Self {
        Self { covered, ..self }
    }
}

impl<'a> Sink for &'a Collector<'a> {
    type Worker = Worker<'a>;

    fn worker(&self) -> Worker<'a> {
        Worker {
            collector: self,
            scratch: Scratch::default(),
            candidates: Candidates::default(),
            tags: InlineTags::default(),
            blob: None,
            local: Gathered::default(),
        }
    }
}

/// One thread's part. Hands over what it gathered when it is dropped.
pub(super) struct Worker<'a> {
    collector: &'a Collector<'a>,
    scratch: Scratch,
    candidates: Candidates,
    tags: InlineTags,
    blob: Option<Blob>,
    local: Gathered,
}

/// The blob at hand.
struct Blob {
    info: BlobInfo,
    path: PathInfo,
    binary: bool,
    /// Some of its encoded text was not decoded.
    is_limited: bool,
    pending: Vec<Pending>,
}

/// A decided or doubtful candidate that may still be silenced by a tag further down.
struct Pending {
    lines: RangeInclusive<u64>,
    weighed: Weighed,
}

enum Weighed {
    /// Safe, and nobody asked for an explanation: most candidates, so they cost a count only.
    Safe(Reason),
    /// May be shown.
    Shown(Box<Shown>),
}

struct Shown {
    finding: Finding,
    /// The question to the model, and the class of the finding if the model says alert.
    query: Option<(Query, Class)>,
    grounds: Vec<(&'static str, f32)>,
    /// The reason of the allow-list that it is on.
    allowed: Option<String>,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        let local = std::mem::take(&mut self.local);
        let mut all = self.collector.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        all.ledger.merge(local.ledger);
        all.findings.extend(local.findings);
        all.doubtful.extend(local.doubtful);
        all.suppressed.extend(local.suppressed);
        all.explanations.extend(local.explanations);
        all.unsettled.extend(local.unsettled);
    }
}

impl BlobSink for Worker<'_> {
    fn begin(&mut self, info: BlobInfo) {
        let path = PathInfo::new(&info.origin.path);
        self.tags.clear();
        self.blob = Some(Blob { info, path, binary: false, is_limited: false, pending: Vec::new() });
    }

    fn segment(&mut self, segment: Segment<'_>) {
        let Some(mut blob) = self.blob.take() else { return };
        let started = self.collector.scanner.options.verbose.then(Instant::now);
        blob.binary |= segment.content == Content::Binary;
        let engine = &self.collector.scanner.engine;
        engine.candidates(&segment, &blob.path, &mut self.scratch, &mut self.candidates);
        blob.is_limited |= self.candidates.is_limited;
        if let Some(started) = started {
            self.local.ledger.time("candidates", started.elapsed());
        }
        let whole = segment.own == (0, segment.text.len()) && segment.base.offset == 0;
        let empty = self.candidates.kept.is_empty() && self.candidates.drops.is_empty();
        if self.candidates.marked && !(empty && whole) {
            self.tags.read(segment.text, segment.own, segment.base);
        }
        if !empty {
            let started = self.collector.scanner.options.verbose.then(Instant::now);
            self.decide(&mut blob, &segment, whole);
            if let Some(started) = started {
                self.local.ledger.time("decisions", started.elapsed());
            }
        }
        self.blob = Some(blob);
    }

    fn end(&mut self, bytes: u64, failure: Option<Failure>) {
        let Some(blob) = self.blob.take() else { return };
        self.local.ledger.blobs += 1;
        self.local.ledger.bytes += bytes;
        self.local.ledger.binary_blobs += u64::from(blob.binary);
        if blob.is_limited {
            self.local.ledger.skip(blob.info.origin.path.clone(), SkipReason::EncodedLimit);
        }
        if let Some(line) = self.tags.unclosed() {
            let path = &blob.info.origin.path;
            self.local.ledger.notices.push(format!(
                "{path}:{line}: `secretscan:allow-begin` has no `secretscan:allow-end`; it silences the rest of the file"
            ));
        }
        let silenced = |ledger: &Ledger| ledger.suppressed.values().sum::<u64>();
        let before = silenced(&self.local.ledger);
        for pending in blob.pending {
            self.settle(pending);
        }
        if silenced(&self.local.ledger) > before {
            self.local.unsettled.extend(blob.info.origin.blob.clone());
        }
        self.local.ledger.failures.extend(failure);
        self.collector.progress.blob(bytes);
    }

    fn opened(&mut self) {
        self.local.ledger.containers += 1;
    }

    fn dealt(&mut self, own: bool) {
        self.local.ledger.deal(own);
    }

    fn skipped(&mut self, path: String, reason: SkipReason) {
        self.local.ledger.skip(path, reason);
    }

    fn failed(&mut self, failure: Failure) {
        self.local.ledger.failures.push(failure);
    }

    fn notice(&mut self, text: String) {
        self.local.ledger.notices.push(text);
    }
}

impl Worker<'_> {
    /// Decides every candidate of a segment.
    fn decide(&mut self, blob: &mut Blob, segment: &Segment<'_>, whole: bool) {
        let options = &self.collector.scanner.options;
        for (&reason, count) in &self.candidates.drops {
            *self.local.ledger.safe.entry(reason).or_default() += count;
            self.local.ledger.candidates += count;
        }
        if self.candidates.kept.is_empty() && !options.explain {
            return;
        }
        let index = LineIndex::new(segment.text, segment.base);
        if options.explain {
            let explained = self.candidates.dropped.iter().map(|dropped| Explanation {
                path: blob.info.origin.path.clone(),
                location: index.locate(segment.text, dropped.span.clone()),
                rule: Arc::clone(&dropped.rule),
                also: Vec::new(),
                secret: Secret::new(&segment.text[dropped.span.clone()]),
                key: None,
                decoded: Vec::new(),
                fingerprint: Fingerprint::new(
                    &options.fingerprint_salt,
                    &dropped.rule.family,
                    &Secret::new(&segment.text[dropped.span.clone()]),
                ),
                verdict: Verdict {
                    class: Class::Safe,
                    by: Decider::Rule,
                    reason: dropped.reason,
                    probability: 0.0,
                },
                facts: fact::of(&dropped.rule, segment.text, &dropped.span),
                grounds: Vec::new(),
                suppressed: None,
            });
            self.local.explanations.extend(explained);
        }
        let first = blob.pending.len();
        let wanted = matches!(self.collector.scanner.cascade(), Ok(Some(_)));
        let counts =
            if wanted { statistics::of_file(segment.text, &self.candidates.kept) } else { Vec::new() };
        let cells = whole && is_notebook(&blob.info.origin.path) && !self.candidates.kept.is_empty();
        let notebook = cells.then(|| Notebook::read(segment.text));
        let hidden = &Hidden::new(&self.candidates.kept);
        let seen = Seen { segment, index: &index, hidden, notebook: notebook.as_ref() };
        for (at, candidate) in self.candidates.kept.iter().enumerate() {
            let lines = index.line(candidate.span.start)..=index.line(candidate.span.end.saturating_sub(1));
            if !blob.info.scope.touches(lines.clone()) {
                continue;
            }
            self.local.ledger.candidates += 1;
            let counted = counts.get(at).copied().unwrap_or_default();
            let weighed = weigh(self.collector, blob, &seen, candidate, counted);
            blob.pending.push(Pending { lines, weighed });
        }
        if whole {
            hash_lines(segment.text, &mut blob.pending[first..]);
        }
    }

    /// Gives a decided candidate its place: silenced, safe, reported, or waiting for the model.
    fn settle(&mut self, pending: Pending) {
        let options = &self.collector.scanner.options;
        let tag = self.tags.covering(&pending.lines).filter(|_| options.inline_allow);
        let Shown { mut finding, query, grounds, allowed } = match pending.weighed {
            Weighed::Shown(shown) => *shown,
            Weighed::Safe(reason) => {
                match tag {
                    Some(tag) => *self.local.ledger.suppressed.entry(tag.to_owned()).or_default() += 1,
                    None => *self.local.ledger.safe.entry(reason).or_default() += 1,
                }
                return;
            }
        };
        let suppression = |by: &str, reason: Option<String>| {
            Some(Suppression { by: by.to_owned(), in_source: tag.is_some(), reason })
        };
        let silenced = match tag {
            Some(tag) => suppression(tag, None),
            None if finding.verdict.class == Class::Safe && query.is_none() => None,
            None if allowed.is_some() => {
                suppression(allow::NAME, allowed.filter(|reason| !reason.is_empty()))
            }
            None if options.tests == TestPolicy::Drop
                && (finding.context.test || finding.context.example) =>
            {
                suppression("tests", None)
            }
            None => None,
        };
        if options.explain {
            self.local.explanations.push(explanation(&finding, grounds, silenced.as_ref()));
        }
        if let Some(suppression) = silenced {
            *self.local.ledger.suppressed.entry(suppression.by.clone()).or_default() += 1;
            if options.keep_suppressed && finding.verdict.class != Class::Safe {
                finding.severity = severity(&finding, options.tests);
                finding.suppression = Some(suppression);
                self.local.suppressed.push(finding);
            }
        } else if let Some((query, class)) = query {
            self.local.doubtful.push(Doubtful { query, finding, class });
        } else if finding.verdict.class == Class::Safe {
            *self.local.ledger.safe.entry(finding.verdict.reason).or_default() += 1;
        } else {
            finding.severity = severity(&finding, options.tests);
            self.local.findings.push(finding);
        }
    }
}

/// Gives everything in `pending` that may be shown the hash of its line in the whole text.
fn hash_lines(text: &[u8], pending: &mut [Pending]) {
    let mut shown: Vec<_> = pending
        .iter_mut()
        .filter_map(|pending| match &mut pending.weighed {
            Weighed::Shown(shown) => Some((*pending.lines.start(), shown)),
            Weighed::Safe(_) => None,
        })
        .collect();
    if shown.is_empty() {
        return;
    }
    let hashes = line_hash::line_hashes(text, shown.iter().map(|(line, _)| *line));
    for (line, shown) in &mut shown {
        shown.finding.line_hash = hashes.get(line).cloned();
    }
}

/// A segment as its candidates are looked at.
struct Seen<'a> {
    segment: &'a Segment<'a>,
    index: &'a LineIndex,
    hidden: &'a Hidden,
    notebook: Option<&'a Notebook>,
}

/// Weighs a candidate: the finding that it may become, and the question if the model is to be asked.
fn weigh(
    collector: &Collector<'_>,
    blob: &Blob,
    seen: &Seen<'_>,
    written: &Candidate,
    statistics: FileStatistics,
) -> Weighed {
    let scanner = collector.scanner;
    let options = &scanner.options;
    let segment = seen.segment;
    // What was encoded is judged as it reads, where it reads so.
    let decoded = written.decoded.as_deref();
    let (text, candidate) = decoded.map_or((segment.text, written), |it| (it.text(), &it.candidate));
    let value = &text[candidate.span.clone()];
    let name = candidate.key.clone().map(|key| &text[key]);
    let decision = decide::decide(candidate, value, name, &blob.path, text);
    let mut doubtful = matches!(decision, Decision::Doubtful { .. });
    let mut verdict = decision.verdict();
    let mut prior = 0.0;
    let structured = candidate.rule.detector.is_structured();
    let class = if weak::is_weak(value, name, &blob.path) { Class::Weak } else { Class::Leak };
    if verdict.by == Decider::Heuristic
        && let Ok(Some(cascade)) = scanner.cascade()
    {
        let opinion = cascade.opinion(candidate, value, name, &blob.path, text, &statistics);
        prior = opinion.log_odds;
        doubtful = cascade.is_doubtful(opinion.probability);
        let threshold = scanner.threshold(Decider::Features);
        verdict = by_features(verdict, opinion.probability, threshold, || {
            heuristic::reason(candidate, value, name, &blob.path, text)
        });
    }
    let ask = scanner.has_language_model()
        && match options.judge {
            JudgeMode::Off | JudgeMode::Features => false,
            JudgeMode::Auto => doubtful,
            JudgeMode::All => verdict.by != Decider::Rule,
        };
    if verdict.by != Decider::Rule && !ask {
        verdict = held_against(verdict, scanner.threshold(verdict.by), class, Reason::LowScore);
    } else if let Some(least) = options.min_confidence
        && verdict.by == Decider::Rule
    {
        verdict = held_against(verdict, least, verdict.class, Reason::LowScore);
    }
    if verdict.class == Class::Safe && !ask && !options.explain {
        return Weighed::Safe(verdict.reason);
    }
    // The verdict is on what the detector saw; whose it is says whom to tell, and how to revoke it.
    let claimed = scanner.owners().claimed(candidate, text);
    let named = claimed.as_ref().unwrap_or(candidate);
    let rule = &named.rule;
    let grounds = if options.explain && !structured {
        heuristic::explain(candidate, value, name, &blob.path, text)
    } else {
        Vec::new()
    };
    let Revealed { secret, material, encoded } = Revealed::of(written, segment.text);
    let location = seen.index.locate(segment.text, written.span.clone());
    let companions = companion::near(named, text, |range| {
        seen.index.locate(segment.text, decoded.map_or(range.clone(), |it| it.written(&range)))
    });
    let allowed = scanner.allow_list.as_ref().and_then(|list| {
        let line = seen.index.line_span(segment.text, written.span.start);
        let path = &blob.info.origin.path;
        let subject = Subject { rule: &rule.id, path, value, line: &segment.text[line] };
        list.allows(&collector.base, &subject).map(str::to_owned)
    });
    let finding = Finding {
        rule: Arc::clone(rule),
        also: claimed.as_ref().map_or(&written.also, |claimed| &claimed.also).clone(),
        encoded,
        companions,
        key: name.map(|name| String::from_utf8_lossy(name).into_owned()),
        location,
        cell: seen.notebook.and_then(|it| it.cell(segment.text, written.span.start)),
        origin: Arc::clone(&blob.info.origin),
        snippet: snippet(segment.text, seen.index, seen.hidden, &written.span),
        verdict,
        proof: named.proof,
        severity: rule.severity,
        context: Context { test: blob.path.test, example: blob.path.example, generated: blob.path.generated },
        fingerprint: Fingerprint::new(&options.fingerprint_salt, &rule.family, &material),
        material: (material != secret).then_some(material),
        secret,
        suppression: None,
        line_hash: None,
        verification: None,
        facts: fact::of(rule, text, &candidate.span),
    };
    let query = ask.then(|| {
        let query = Query {
            window: context::window(text, candidate, &blob.info.origin.path),
            rule: Arc::clone(&candidate.rule),
            syntax: candidate.syntax,
            proof: candidate.proof,
            statistics,
            prior,
        };
        (query, class)
    });
    Weighed::Shown(Box::new(Shown { finding, query, grounds, allowed }))
}

/// The feature model's verdict in place of the documented score's. `reason` gives the reason for and against; it is asked
/// only where the two disagree.
fn by_features(
    score: Verdict,
    probability: f32,
    threshold: f32,
    reason: impl Fn() -> (Reason, Reason),
) -> Verdict {
    let credential = probability >= threshold;
    let (class, reason) = match (credential, score.class == Class::Safe) {
        (true, true) => (Class::Leak, reason().0),
        (false, false) => (Class::Safe, reason().1),
        _ => (score.class, score.reason),
    };
    Verdict { class, by: Decider::Features, reason, probability }
}

/// The severity that a finding is reported with.
///
/// Weak credentials are warnings at most. Tests and examples lower by one, unless a checksum proves that the
/// secret was issued; a key that is right may have been made for the test.
pub(super) fn severity(finding: &Finding, tests: TestPolicy) -> Severity {
    let base = match finding.verdict.class {
        Class::Weak => finding.rule.severity.min(Severity::Warning),
        Class::Leak | Class::Safe => finding.rule.severity,
    };
    let lower = tests == TestPolicy::Lower
        && (finding.context.test || finding.context.example)
        && (finding.proof != Proof::Valid || finding.rule.detector == Detector::Key);
    match base {
        Severity::Error if lower => Severity::Warning,
        Severity::Warning | Severity::Note if lower => Severity::Note,
        as_it_is => as_it_is,
    }
}

/// Bytes of a segment that no snippet shows: every candidate's value and material; sorted, merged. Made once a segment,
/// so that a line of a hundred thousand candidates costs no look at all of them for each.
struct Hidden(Vec<Range<usize>>);

impl Hidden {
    fn new(kept: &[Candidate]) -> Self {
        let spans =
            kept.iter().flat_map(|candidate| [Some(candidate.span.clone()), candidate.material.clone()]);
        let mut all: Vec<_> = spans.flatten().collect();
        all.sort_by_key(|span| (span.start, span.end));
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(all.len());
        for span in all {
            match merged.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => merged.push(span),
            }
        }
        Self(merged)
    }

    /// What is hidden of `part`, counted from its start.
    fn within(&self, part: &Range<usize>) -> Vec<Range<usize>> {
        let first = self.0.partition_point(|span| span.end <= part.start);
        let inside = self.0[first..].iter().take_while(|span| span.start < part.end);
        inside
            .map(|span| span.start.max(part.start) - part.start..span.end.min(part.end) - part.start)
            .collect()
    }
}

/// The value's line with everything that must be hidden on it.
fn snippet(text: &[u8], index: &LineIndex, hidden: &Hidden, value: &Range<usize>) -> Snippet {
    let line = index.line_span(text, value.start);
    let value_end = value.end.min(line.end).max(value.start);
    let start = line.start.max(value.start.saturating_sub(SNIPPET_MARGIN));
    let end = line.end.min(value_end.saturating_add(SNIPPET_MARGIN)).max(value_end);
    Snippet {
        line: Secret::new(&text[start..end]),
        cut: (start > line.start, end < line.end),
        highlight: value.start - start..value_end - start,
        hidden: hidden.within(&(start..end)),
    }
}

fn explanation(
    finding: &Finding,
    grounds: Vec<(&'static str, f32)>,
    suppressed: Option<&Suppression>,
) -> Explanation {
    Explanation {
        path: finding.origin.path.clone(),
        location: finding.location.clone(),
        rule: Arc::clone(&finding.rule),
        also: finding.also.clone(),
        secret: finding.secret.clone(),
        key: finding.key.clone(),
        decoded: finding.encoded.as_ref().map(|encoded| encoded.by.clone()).unwrap_or_default(),
        fingerprint: finding.fingerprint,
        verdict: finding.verdict,
        facts: finding.facts.clone(),
        grounds,
        suppressed: suppressed.map(|suppression| suppression.by.clone()),
    }
}
