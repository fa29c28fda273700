//! Shows whole files to the scanner's engine.

use std::ops::Range;

use secretscan::candidate::{Candidate, Candidates, Engine, Scratch};
use secretscan::finding::{Class as Verdict, Decider};
use secretscan::judge::decide::{self, Decision};
use secretscan::judge::features::{FileStatistics, statistics};
use secretscan::judge::weak;
use secretscan::source::Segment;
use secretscan::value::path::PathInfo;
use secretscan::value::placeholder;
use secretscan::value::randomness::looks_random;

/// A candidate of a file, and what rules and score say of it.
#[derive(Debug)]
pub struct Seen {
    /// The candidate, in the bytes of the whole file.
    pub candidate: Candidate,
    /// Counts over the file.
    pub statistics: FileStatistics,
    /// Settled or doubtful.
    pub decision: Decision,
}

impl Seen {
    /// True if a rule or a checksum decided it, not the score.
    pub fn by_rule(&self) -> bool {
        self.decision.verdict().by != Decider::Heuristic
    }

    /// The score's probability that it is a credential.
    pub fn prior(&self) -> f32 {
        self.decision.verdict().probability
    }

    /// The bytes that may be a credential: by the rules, by the score, or because they were drawn. `None` for what is
    /// harmless, a placeholder, or everybody's default.
    pub fn sensitive<'t>(&self, text: &'t str) -> Option<&'t str> {
        let Candidate { span, material, .. } = &self.candidate;
        let value = text.get(material.clone().unwrap_or_else(|| span.clone()))?;
        let verdict = self.decision.verdict();
        let suspect =
            verdict.class == Verdict::Leak || verdict.probability >= 0.2 || looks_random(value.as_bytes());
        let harmless = weak::is_common(value.as_bytes()) || placeholder::is_placeholder(value.as_bytes());
        (suspect && !harmless && value.len() >= SHORTEST).then_some(value)
    }
}

/// Shorter values are no secret that could be recognised elsewhere.
const SHORTEST: usize = 4;

/// One thread's engine and its memory.
#[derive(Debug)]
pub struct Examiner<'a> {
    engine: &'a Engine,
    scratch: Scratch,
    candidates: Candidates,
}

impl<'a> Examiner<'a> {
    /// With an engine that several threads may share.
    pub fn new(engine: &'a Engine) -> Self {
        Self { engine, scratch: Scratch::default(), candidates: Candidates::default() }
    }

    /// All candidates of a text, in order.
    pub fn examine(&mut self, path: &str, text: &str) -> Vec<Seen> {
        let (path, bytes) = (PathInfo::new(path), text.as_bytes());
        self.engine.candidates(&Segment::whole(bytes), &path, &mut self.scratch, &mut self.candidates);
        let kept = &self.candidates.kept;
        let statistics = statistics::of_file(bytes, kept);
        kept.iter()
            .zip(statistics)
            .filter(|(c, _)| text.is_char_boundary(c.span.start) && text.is_char_boundary(c.span.end))
            .map(|(candidate, statistics)| {
                let name = candidate.key.clone().map(|key| &bytes[key]);
                let decision = decide::decide(candidate, &bytes[candidate.span.clone()], name, &path, bytes);
                Seen { candidate: candidate.clone(), statistics, decision }
            })
            .collect()
    }
}

/// The candidate that covers half of `span`, or has half of itself in it: as `prepare` and the measurements match.
pub fn best<'a>(seen: &'a [Seen], span: &Range<usize>) -> Option<&'a Seen> {
    let overlap = |c: &Candidate| c.span.end.min(span.end).saturating_sub(c.span.start.max(span.start));
    seen.iter()
        .enumerate()
        .filter(|(_, s)| {
            let shared = overlap(&s.candidate);
            shared > 0 && (2 * shared >= span.len() || 2 * shared >= s.candidate.span.len())
        })
        .max_by_key(|(n, s)| (overlap(&s.candidate), std::cmp::Reverse(*n)))
        .map(|(_, s)| s)
}
