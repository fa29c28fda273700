//! Puts the detectors together: one prefilter pass wakes them, overlaps are resolved, the rest is reported.
//!
//! It decides nothing about a value: rules refute (checksum, entropy floor), detectors drop with a reason, the judge
//! decides. An engine is immutable; all that changes lives in a [`Scratch`], one for each thread. The result depends
//! on the segment and the path only.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::encoded::{self, Budget, Decoded, Hints, Layer};
use super::hit::{CodeDetector, Hit, Text};
use super::overlap::{self, Seen};
use super::prefilter::{Keyword, Prefilter, Stops};
use super::provider::{self, Pending, Provider, Sink};
use super::structural::{self, Tables};
use super::{Candidate, Candidates, Proof, assign, entropy, keys, run};
use crate::reason::Reason;
use crate::rule::{Detector, Rule, RuleSet};
use crate::source::{Content, Segment};
use crate::value::path::PathInfo;

pub use super::provider::Work;

/// Scans a whole segment by itself, without anchors: its text, the range whose candidates are wanted, the long runs of
/// letters, digits and signs in it, the hits.
pub type EntropyDetector = fn(Text<'_>, (usize, usize), &[Range<usize>], &mut Vec<Hit>);

/// Calls of one detector inside one unbroken word. Identifiers repeat a keyword a few times at most; a file of
/// `passwordpassword…` must not cost a look around at each.
const CALLS_PER_WORD: u32 = 8;
/// Anchors further apart than this are not checked for being in one word.
const WORD_GAP: usize = 64;

/// How an engine works.
#[derive(Debug, Clone, Copy)]
pub struct EngineOptions {
    /// Look for random strings that no name explains.
    pub entropy: bool,
    /// Look into encoded text (`encoded`).
    pub decode: bool,
    /// Keep [`Candidates::dropped`]; without it drops are only counted.
    pub trace: bool,
    /// Words that wake nobody, in any case of letters: [`Candidates::marked`] tells whether one stands in the text, at
    /// no cost of its own, because the prefilter looks for keywords anyway.
    pub marks: &'static [&'static str],
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { entropy: true, decode: true, trace: false, marks: &[] }
    }
}

/// The candidate stage, built once and shared by all threads.
pub struct Engine {
    prefilter: Prefilter,
    /// Whom each keyword wakes.
    listeners: Vec<Vec<Listener>>,
    /// Every rule, with and without an expression.
    rules: Vec<Arc<Rule>>,
    providers: Vec<Provider>,
    detectors: Vec<CodeDetector>,
    entropy: Option<EntropyDetector>,
    /// Rules by id, for the hits of detectors written in code.
    by_id: HashMap<String, u32>,
    options: EngineOptions,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

/// Someone whom a keyword wakes.
#[derive(Debug, Clone, Copy)]
struct Listener {
    who: Who,
    /// Length of the keyword.
    length: u32,
    /// Also in binary content.
    binary: bool,
}

#[derive(Debug, Clone, Copy)]
enum Who {
    /// Index of the provider; number of the keyword among the rule's.
    Provider(u32, u32),
    /// Index of the detector; true if the keyword is all letters, digits and `_`.
    Detector(u32, bool),
    /// One of [`EngineOptions::marks`].
    Mark,
    /// What an escape begins with.
    Escape,
}

/// Memory of one thread, kept between segments.
#[derive(Debug, Default)]
pub struct Scratch {
    stops: Stops,
    /// By provider.
    pending: Vec<Pending>,
    /// Providers with something pending.
    touched: Vec<u32>,
    /// By detector.
    calls: Vec<Calls>,
    hits: Vec<Hit>,
    seen: Vec<Seen>,
    /// Long runs of the text at hand, and where escapes begin in it.
    runs: Vec<Range<usize>>,
    escapes: Vec<usize>,
    work: Work,
}

impl Scratch {
    /// Work done with this scratch so far, over all segments.
    pub fn work(&self) -> Work {
        self.work
    }
}

/// The last call of one detector.
#[derive(Debug, Clone, Copy, Default)]
struct Calls {
    /// End of the last anchor.
    end: usize,
    /// Calls in the unbroken word that it ended in.
    in_word: u32,
}

impl Engine {
    /// The engine of `rules` with all detectors of this crate.
    pub fn new(rules: &RuleSet, options: EngineOptions) -> Self {
        let detectors = [keys::DETECTORS, structural::DETECTORS, assign::DETECTORS].concat();
        Self::with_detectors(rules.rules(), &detectors, Some(entropy::find), options)
    }

    /// Composes the engine of `rules`, the detectors written in code and the entropy detector. A detector whose rule
    /// is not among `rules` reports nothing.
    pub fn with_detectors(
        rules: &[Arc<Rule>],
        detectors: &[CodeDetector],
        entropy: Option<EntropyDetector>,
        options: EngineOptions,
    ) -> Self {
        let mut keywords: BTreeMap<&str, Vec<Listener>> = BTreeMap::new();
        let mut providers = Vec::new();
        for (rule, number) in rules.iter().zip(0..).filter(|(rule, _)| rule.pattern.is_some()) {
            for (keyword, place) in rule.keywords.iter().zip(0..) {
                keywords.entry(keyword).or_default().push(Listener {
                    who: Who::Provider(providers.len() as u32, place),
                    length: keyword.len() as u32,
                    binary: rule.detector.is_structured(),
                });
            }
            providers.push(Provider::new(rule, number));
        }
        for (detector, number) in detectors.iter().zip(0..) {
            for anchor in detector.anchors {
                keywords.entry(anchor).or_default().push(Listener {
                    who: Who::Detector(number, anchor.bytes().all(is_word)),
                    length: anchor.len() as u32,
                    binary: detector.binary,
                });
            }
        }
        for mark in options.marks {
            let listener = Listener { who: Who::Mark, length: mark.len() as u32, binary: true };
            keywords.entry(mark).or_default().push(listener);
        }
        for anchor in encoded::ANCHORS.iter().filter(|_| options.decode) {
            let listener = Listener { who: Who::Escape, length: anchor.len() as u32, binary: false };
            keywords.entry(anchor).or_default().push(listener);
        }
        let bytes: Vec<&[u8]> = keywords.keys().map(|keyword| keyword.as_bytes()).collect();
        Self {
            prefilter: Prefilter::new(&bytes),
            listeners: keywords.into_values().collect(),
            rules: rules.to_vec(),
            providers,
            detectors: detectors.to_vec(),
            entropy: entropy.filter(|_| options.entropy),
            by_id: rules.iter().zip(0..).map(|(rule, number)| (rule.id.clone(), number)).collect(),
            options,
        }
    }

    /// Finds the candidates that begin in `segment.own` and writes them to `out`, which is cleared first.
    ///
    /// Cost: linear in the text, with a small constant where no keyword stands.
    pub fn candidates(
        &self,
        segment: &Segment<'_>,
        path: &PathInfo,
        scratch: &mut Scratch,
        out: &mut Candidates,
    ) {
        out.clear();
        let tables = Tables::default();
        let text = Text { bytes: segment.text, content: segment.content, path, tables: &tables };
        out.marked = self.walk(text, scratch);
        if segment.content == Content::Text {
            run::find(text.bytes, &mut scratch.runs);
            if let Some(entropy) = self.entropy {
                entropy(text, segment.own, &scratch.runs, &mut scratch.hits);
            }
        } else if segment.base.offset == 0 {
            keys::find_keystore(text, &mut scratch.hits);
        }
        structural::known_file::find(text, segment.base.offset == 0, &mut scratch.hits);
        self.take_hits(segment.text, scratch);
        if self.options.decode && segment.content == Content::Text {
            let mut budget = Budget::default();
            self.decode(text, segment.base.offset > 0, encoded::DEPTH, &mut budget, scratch);
            out.is_limited = budget.is_exceeded;
            scratch.work.decoded_bytes += budget.steps;
        }
        let own = segment.own.0..segment.own.1;
        overlap::resolve(&self.rules, &mut scratch.seen, own, self.options.trace, out);
    }

    /// Searches what is encoded in `text`, down to `room` encodings in one another. Hits and hints of the text itself are in
    /// the scratch; what is found is added to the hits.
    fn decode(&self, text: Text<'_>, is_cut: bool, room: usize, budget: &mut Budget, scratch: &mut Scratch) {
        let hints = Hints { runs: &scratch.runs, escapes: &scratch.escapes, is_cut };
        let layers = encoded::layers(text.bytes, hints, room, budget);
        if layers.is_empty() {
            return;
        }
        let mut seen = std::mem::take(&mut scratch.seen);
        for layer in layers {
            let room = room.saturating_sub(layer.depth);
            let layer = Arc::new(layer);
            let tables = Tables::default();
            let inner = Text { bytes: &layer.text, tables: &tables, ..text };
            self.walk(inner, scratch);
            run::find(inner.bytes, &mut scratch.runs);
            self.take_hits(inner.bytes, scratch);
            self.decode(inner, false, room, budget, scratch);
            let mut found = Candidates::default();
            overlap::resolve(&self.rules, &mut scratch.seen, 0..inner.bytes.len(), false, &mut found);
            seen.extend(found.kept.into_iter().filter_map(|candidate| self.lifted(candidate, &layer)));
        }
        scratch.seen = seen;
    }

    /// A candidate of a layer as a hit of the text around it; none if the text shows it as well.
    fn lifted(&self, candidate: Candidate, layer: &Arc<Layer>) -> Option<Seen> {
        let rule = *self.by_id.get(&candidate.rule.id)?;
        let (syntax, proof) = (candidate.syntax, candidate.proof);
        let (span, material) = (candidate.span.clone(), candidate.material.clone());
        let decoded = Decoded::lifted(candidate, layer)?;
        Some(Seen {
            rule,
            span: layer.outer(&span),
            key: None,
            material: material.map(|material| layer.outer(&material)),
            syntax,
            proof,
            dropped: None,
            decoded: Some(Arc::new(decoded)),
        })
    }

    /// Wakes everyone whose keyword stands in the text; true if a mark stands there.
    fn walk(&self, text: Text<'_>, scratch: &mut Scratch) -> bool {
        let Scratch { stops, pending, touched, calls, hits, seen, escapes, work, .. } = scratch;
        pending.resize(self.providers.len(), Pending::default());
        calls.clear();
        calls.resize(self.detectors.len(), Calls::default());
        escapes.clear();
        let binary = text.content == Content::Binary;
        let mut sink = Sink { text: text.bytes, seen, work };
        let mut marked = false;
        self.prefilter.scan(text.bytes, stops, |end, keywords: &[Keyword]| {
            for &keyword in keywords {
                for listener in &self.listeners[keyword as usize] {
                    if binary && !listener.binary {
                        continue;
                    }
                    sink.work.anchors += 1;
                    let anchor = end - listener.length as usize..end;
                    match listener.who {
                        Who::Provider(number, place) => {
                            let waiting = &mut pending[number as usize];
                            let idle = waiting.is_empty();
                            self.providers[number as usize].wake(anchor, place as usize, waiting, &mut sink);
                            if idle && !waiting.is_empty() {
                                touched.push(number);
                            }
                        }
                        Who::Detector(number, word) => {
                            let calls = &mut calls[number as usize];
                            if !word || calls.allow(text.bytes, &anchor) {
                                sink.work.detector_calls += 1;
                                (self.detectors[number as usize].find)(text, anchor, hits);
                            }
                        }
                        Who::Mark => marked = true,
                        Who::Escape => escapes.push(anchor.start),
                    }
                }
            }
        });
        for number in touched.drain(..) {
            self.providers[number as usize].flush(&mut pending[number as usize], &mut sink);
        }
        marked
    }

    /// Turns the hits of detectors written in code into what the overlap step takes.
    fn take_hits(&self, text: &[u8], scratch: &mut Scratch) {
        for hit in scratch.hits.drain(..) {
            let inside = |range: &Range<usize>| range.start < range.end && range.end <= text.len();
            let Some(&number) = self.by_id.get(hit.rule) else { continue };
            if !inside(&hit.span) {
                continue;
            }
            let rule = &self.rules[number as usize];
            let (proof, dropped) = judge(rule, text, &hit);
            scratch.seen.push(Seen {
                rule: number,
                span: hit.span,
                key: hit.key.filter(inside),
                material: hit.material.filter(inside),
                syntax: hit.syntax,
                proof,
                dropped,
                decoded: None,
            });
        }
    }
}

/// The rule's own opinion of a value that its detector saw; of a key, whose value is its header, that of its structure.
fn judge(rule: &Rule, text: &[u8], hit: &Hit) -> (Proof, Option<Reason>) {
    if hit.dropped.is_some() {
        return (Proof::None, hit.dropped);
    }
    if rule.detector == Detector::Key {
        return (if hit.is_proven { Proof::Valid } else { Proof::None }, None);
    }
    let value = &text[hit.span.clone()];
    let proof = rule.validator.map_or(Proof::None, |validator| validator.check(value));
    (proof, provider::refusal(rule, value, proof))
}

impl Calls {
    /// True if the detector may look at `anchor`.
    fn allow(&mut self, text: &[u8], anchor: &Range<usize>) -> bool {
        let between = text.get(self.end..anchor.start).unwrap_or_default();
        let same_word = self.end > 0 && between.len() <= WORD_GAP && between.iter().copied().all(is_word);
        self.in_word = if same_word { self.in_word + 1 } else { 1 };
        self.end = anchor.end;
        self.in_word <= CALLS_PER_WORD
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests;
