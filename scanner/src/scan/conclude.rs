//! The end of a scan: the model judges what is doubtful, and everything gets its order.

use std::sync::PoisonError;

use rayon::prelude::*;

use super::collect::{Collector, Doubtful, Gathered, severity};
use super::companion;
use super::verify::verify;
use super::{Options, Outcome, Scanner};
use crate::finding::{Class, Decider, Finding, Verdict};
use crate::fingerprint;
use crate::judge::cache::{Cache, CachedJudge};
use crate::judge::{Judge, JudgeError, Model, model};
use crate::ledger::{Failure, JudgeInfo};
use crate::reason::Reason;
use crate::scan::JudgeMode;

/// Questions that a worker asks at once; answers do not depend on it.
const BATCH: usize = 64;

/// Paths listed with `--verbose`.
const LISTED_PATHS: usize = 1_000;

/// What failures of the model name as their place.
pub(super) const MODEL: &str = "(model)";

/// Holds a verdict against the threshold. `class` is what a value above it is; `below` the reason of one below it.
pub(super) fn held_against(verdict: Verdict, threshold: f32, class: Class, below: Reason) -> Verdict {
    if verdict.probability >= threshold {
        Verdict { class, ..verdict }
    } else if verdict.class == Class::Safe {
        verdict
    } else {
        Verdict { class: Class::Safe, reason: below, ..verdict }
    }
}

impl Collector<'_> {
    /// Judges what waits for the model, completes the ledger and sorts.
    pub(super) fn conclude(self, source: &str) -> Outcome {
        let gathered = self.judged();
        self.finish(source, gathered)
    }

    /// All that was gathered, with what waited for the model judged.
    fn judged(&self) -> Gathered {
        let mut gathered = self.take();
        self.apply_baseline(&mut gathered);
        let mut info = self.describe(&mut gathered);
        let waiting = std::mem::take(&mut gathered.doubtful);
        self.judge(waiting, &mut info, &mut gathered);
        self.record(info, &mut gathered);
        gathered
    }

    /// Says in the ledger who judged. Loading a language model hashes its file; where the trees decided alone, that is left.
    pub(super) fn record(&self, mut info: JudgeInfo, gathered: &mut Gathered) {
        if info.model_sha256.is_none() && info.name.starts_with(JudgeInfo::FEATURES_OF) {
            info.model_sha256 = self.scanner.source().and_then(|source| model::digest(source).ok());
        }
        gathered.ledger.judge = info;
    }

    /// Asks the model about what waits for it, and gives everything its place.
    pub(super) fn judge(&self, waiting: Vec<Doubtful>, info: &mut JudgeInfo, gathered: &mut Gathered) {
        let options = &self.scanner.options;
        if waiting.is_empty() {
            return;
        }
        self.progress.judging(waiting.len());
        let started = std::time::Instant::now();
        match self.scanner.model() {
            Ok(model) => {
                model.name().clone_into(&mut info.name);
                info.model_sha256 = Some(model.sha256().to_owned());
                judge_all(&model, waiting, self.scanner, gathered);
            }
            Err(error) => {
                info.notice = Some(format!("{error}; {} decided", without(&waiting)));
                // A machine or a build that can run no model is known before; a broken file is a surprise.
                if !matches!(error, JudgeError::Unavailable { .. }) {
                    gathered.ledger.failures.push(failure_of(&error, waiting.len()));
                }
                for doubtful in waiting {
                    settle(without_model(doubtful, self.scanner), options, gathered);
                }
            }
        }
        if options.verbose {
            gathered.ledger.time("judge", started.elapsed());
        }
    }

    /// Says which model decides, and what is wrong with it.
    pub(super) fn describe(&self, gathered: &mut Gathered) -> JudgeInfo {
        let scanner = self.scanner;
        let mut info = JudgeInfo {
            mode: format!("{:?}", scanner.options.judge).to_lowercase(),
            name: JudgeInfo::HEURISTIC.to_owned(),
            ..JudgeInfo::default()
        };
        if scanner.options.judge == JudgeMode::Off {
            return info;
        }
        if scanner.source().is_none() {
            info.notice = Some("no model was given; the documented score decided (see --model)".to_owned());
        }
        // What no candidate needed was not read.
        match scanner.cascade.get() {
            Some(Ok(Some(cascade))) => {
                info.name = format!("{}{}", JudgeInfo::FEATURES_OF, cascade.name);
                if scanner.options.judge != JudgeMode::Features
                    && let Err(cause) = model::available()
                {
                    info.notice = Some(format!("{cause}; the feature model decided alone"));
                }
            }
            Some(Err(error)) if gathered.doubtful.is_empty() => {
                gathered.ledger.failures.push(failure_of(error, 0));
            }
            None if scanner.source().is_some() && gathered.doubtful.is_empty() => {
                JudgeInfo::NOT_NEEDED.clone_into(&mut info.name);
            }
            _ => {}
        }
        info
    }

    /// Adds something that could not be scanned.
    pub(super) fn failed(&self, failure: Failure) {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner).ledger.failures.push(failure);
    }

    /// Adds a remark.
    pub(super) fn notice(&self, text: String) {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner).ledger.notices.push(text);
    }

    /// All that was gathered.
    pub(super) fn take(&self) -> Gathered {
        std::mem::take(&mut *self.gathered.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Completes the ledger and sorts.
    pub(super) fn finish(&self, source: &str, gathered: Gathered) -> Outcome {
        let Gathered { mut ledger, mut findings, mut suppressed, mut explanations, .. } = gathered;
        let options = &self.scanner.options;
        source.clone_into(&mut ledger.source);
        if let Some(shard) = options.shard {
            let part = ledger.shard.get_or_insert_default();
            (part.index, part.count) = (shard.index(), shard.count());
        }
        findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        let mut findings = companion::joined(findings);
        suppressed.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        if let Some(verifier) = &self.scanner.verifier {
            let started = std::time::Instant::now();
            verify(verifier, &mut findings, &mut ledger, self.progress);
            if options.verbose {
                ledger.time("verify", started.elapsed());
            }
        }
        ledger.rules = self.scanner.rules.rules().len() as u64;
        ledger.rules_sha256 = self.scanner.rules.sha256();
        ledger.salt_check = fingerprint::salt_check(&options.fingerprint_salt);
        ledger.config.clone_from(&options.config_path);
        ledger.notices.extend(options.notices.iter().cloned());
        ledger.failures.sort();
        ledger.failures.dedup();
        ledger.notices.sort();
        ledger.notices.dedup();
        ledger.skipped_paths.sort();
        ledger.skipped_paths.truncate(if options.verbose { LISTED_PATHS } else { 0 });
        if options.verbose {
            ledger.time("total", self.started.elapsed());
        }
        explanations.sort_by(|a, b| {
            (&a.path, a.location.bytes.start, &a.rule.id).cmp(&(&b.path, b.location.bytes.start, &b.rule.id))
        });
        Outcome { findings, suppressed, ledger, explanations }
    }
}

/// Asks the model about all, on as many threads as the machine has, each with a context of its own.
///
/// What the model could not judge keeps the verdict of the score, and is a failure in the ledger.
fn judge_all(model: &Model, mut waiting: Vec<Doubtful>, scanner: &Scanner, gathered: &mut Gathered) {
    let options = &scanner.options;
    waiting.sort_by(|a, b| a.finding.sort_key().cmp(&b.finding.sort_key()));
    let cache = options.cache.as_ref().and_then(|path| match Cache::open(path) {
        Ok(cache) => Some(cache),
        Err(error) => {
            gathered.ledger.notices.push(error.to_string());
            None
        }
    });
    // One open of the cache is enough to know that it works; each worker has a connection of its own.
    let cached = cache.is_some();
    drop(cache);
    let threads = if options.threads == 0 { rayon::current_num_threads() } else { options.threads };
    let share = waiting.len().div_ceil(threads.max(1)).max(1);
    let parts: Vec<Part> = waiting.par_chunks(share).map(|part| ask(model, part, cached, options)).collect();
    let mut answers = Vec::with_capacity(waiting.len());
    for part in parts {
        gathered.ledger.failures.extend(part.failure);
        gathered.ledger.notices.extend(part.notice);
        answers.extend(part.answers);
    }
    let threshold = scanner.threshold(Decider::Model);
    for (doubtful, answer) in waiting.into_iter().zip(answers) {
        let finding = match answer {
            Some(probability) => {
                Finding { verdict: by_model(probability, doubtful.class, threshold), ..doubtful.finding }
            }
            None => without_model(doubtful, scanner),
        };
        settle(finding, options, gathered);
    }
}

/// The finding as the feature model or the documented score decides it.
fn without_model(doubtful: Doubtful, scanner: &Scanner) -> Finding {
    let verdict = doubtful.finding.verdict;
    let threshold = scanner.threshold(verdict.by);
    let verdict = held_against(verdict, threshold, doubtful.class, Reason::LowScore);
    Finding { verdict, ..doubtful.finding }
}

/// Who decides what the language model cannot.
fn without(waiting: &[Doubtful]) -> Decider {
    waiting.first().map_or(Decider::Heuristic, |doubtful| doubtful.finding.verdict.by)
}

/// What one worker answers: a probability a question, or nothing after a failure.
struct Part {
    answers: Vec<Option<f32>>,
    failure: Option<Failure>,
    notice: Option<String>,
}

fn ask(model: &Model, part: &[Doubtful], cached: bool, options: &Options) -> Part {
    let mut answers = Vec::with_capacity(part.len());
    let result = model.judge().and_then(|judge| {
        let cache = options.cache.as_ref().filter(|_| cached).and_then(|path| Cache::open(path).ok());
        if let Some(cache) = cache {
            let mut judge = CachedJudge::new(judge, cache);
            ask_in_batches(&mut judge, part, &mut answers)?;
            return Ok(judge.trouble().map(ToString::to_string));
        }
        let mut judge = judge;
        ask_in_batches(judge.as_mut(), part, &mut answers).map(|()| None)
    });
    let (failure, notice) = match result {
        Ok(notice) => (None, notice),
        Err(error) => (Some(failure_of(&error, part.len() - answers.len())), None),
    };
    answers.resize(part.len(), None);
    Part { answers, failure, notice }
}

fn ask_in_batches(
    judge: &mut dyn Judge,
    part: &[Doubtful],
    answers: &mut Vec<Option<f32>>,
) -> Result<(), JudgeError> {
    for batch in part.chunks(BATCH) {
        let queries: Vec<_> = batch.iter().map(|doubtful| doubtful.query.clone()).collect();
        answers.extend(judge.judge(&queries)?.into_iter().map(Some));
    }
    Ok(())
}

fn failure_of(error: &JudgeError, unanswered: usize) -> Failure {
    Failure {
        path: MODEL.to_owned(),
        cause: format!("{error}; {unanswered} candidates kept the verdict of the score"),
        remedy: "give another model with --model, or decide without one with --judge off".to_owned(),
    }
}

fn by_model(probability: f32, class: Class, threshold: f32) -> Verdict {
    let (class, reason) = if probability >= threshold {
        (class, if class == Class::Weak { Reason::WeakCredential } else { Reason::ModelAlert })
    } else {
        (Class::Safe, Reason::ModelSafe)
    };
    Verdict { class, by: Decider::Model, reason, probability }
}

/// Gives a judged candidate its place.
fn settle(mut finding: Finding, options: &Options, gathered: &mut Gathered) {
    if finding.verdict.class == Class::Safe {
        *gathered.ledger.safe.entry(finding.verdict.reason).or_default() += 1;
    } else {
        finding.severity = severity(&finding, options.tests);
        gathered.findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(class: Class, probability: f32) -> Verdict {
        Verdict { class, by: Decider::Heuristic, reason: Reason::RandomValue, probability }
    }

    #[test]
    fn the_threshold_decides_and_a_safe_verdict_keeps_its_reason() {
        let below = held_against(verdict(Class::Leak, 0.6), 0.75, Class::Leak, Reason::LowScore);
        assert_eq!((below.class, below.reason), (Class::Safe, Reason::LowScore));
        let above = held_against(verdict(Class::Safe, 0.3), 0.25, Class::Weak, Reason::LowScore);
        assert_eq!(above.class, Class::Weak);
        let safe = held_against(verdict(Class::Safe, 0.1), 0.5, Class::Leak, Reason::LowScore);
        assert_eq!((safe.class, safe.reason), (Class::Safe, Reason::RandomValue));
    }

    #[test]
    fn the_model_overrules_the_score_but_not_the_class() {
        assert_eq!(by_model(0.9, Class::Weak, 0.5).class, Class::Weak);
        assert_eq!(by_model(0.9, Class::Leak, 0.5).reason, Reason::ModelAlert);
        assert_eq!(by_model(0.1, Class::Leak, 0.5).class, Class::Safe);
    }
}
