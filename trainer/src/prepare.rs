//! Shows an example to the scanner's own engine: the candidate it would find, the features, the question to a model.
//!
//! The only way from an example to numbers, so that training sees what scanning sees. An example that the engine finds
//! no candidate for is a miss of the candidate stage: it is counted by whoever asks, never invented.

use secretscan::candidate::{Candidate, Candidates, Engine, EngineOptions, Scratch};
use secretscan::judge::decide::{self, Decision};
use secretscan::judge::features::{self, FileStatistics};
use secretscan::judge::{Query, context};
use secretscan::rule::RuleSet;
use secretscan::source::Segment;
use secretscan::value::path::PathInfo;

use crate::example::Example;

/// What the scanner sees of an example.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The candidate that overlaps the labelled span best.
    pub candidate: Candidate,
    /// What the rules and the documented score say: settled or doubtful.
    pub decision: Decision,
    /// Counts over the file: the example's own, else those of its text.
    pub statistics: FileStatistics,
    /// The question to a model. Its `prior` is 0: the feature model's part is put in by whoever has one.
    pub query: Query,
}

/// One thread's engine and its memory.
#[derive(Debug)]
pub struct Preparer<'a> {
    engine: &'a Engine,
    scratch: Scratch,
    candidates: Candidates,
}

/// The engine with all built-in rules. Labels are of what is written, so encoded text stays closed.
pub fn engine() -> Engine {
    Engine::new(&RuleSet::builtin(), EngineOptions { decode: false, ..EngineOptions::default() })
}

impl<'a> Preparer<'a> {
    /// With an engine that several threads may share.
    pub fn new(engine: &'a Engine) -> Self {
        Self { engine, scratch: Scratch::default(), candidates: Candidates::default() }
    }

    /// The example as the scanner sees it; `None` if no candidate covers half of the span, or half of itself lies in it.
    pub fn prepare(&mut self, example: &Example) -> Option<Prepared> {
        let text = example.text.as_bytes();
        let path = PathInfo::new(&example.path);
        self.engine.candidates(&Segment::whole(text), &path, &mut self.scratch, &mut self.candidates);
        let span = example.span[0]..example.span[1];
        let overlap = |c: &Candidate| c.span.end.min(span.end).saturating_sub(c.span.start.max(span.start));
        let kept = &self.candidates.kept;
        let at = (0..kept.len())
            .filter(|&n| {
                let shared = overlap(&kept[n]);
                shared > 0 && (2 * shared >= span.len() || 2 * shared >= kept[n].span.len())
            })
            .max_by_key(|&n| (overlap(&kept[n]), std::cmp::Reverse(n)))?;
        let candidate = kept[at].clone();
        let statistics = example.statistics.unwrap_or_else(|| features::statistics::of_file(text, kept)[at]);
        let value = &text[candidate.span.clone()];
        let name = candidate.key.clone().map(|key| &text[key]);
        Some(Prepared {
            decision: decide::decide(&candidate, value, name, &path, text),
            query: Query {
                window: context::window(text, &candidate, &example.path),
                rule: candidate.rule.clone(),
                syntax: candidate.syntax,
                proof: candidate.proof,
                statistics,
                prior: 0.0,
            },
            statistics,
            candidate,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Class, Split};

    fn example(text: &str, value: &str) -> Example {
        let start = text.find(value).expect("the value stands in the text");
        Example {
            id: "t/1".into(),
            source: "hand".into(),
            repo: "t".into(),
            path: "src/settings.py".into(),
            text: text.into(),
            span: [start, start + value.len()],
            label: Class::Real.label(),
            class: Class::Real,
            kind: "Password".into(),
            stratum: "t".into(),
            split: Split::Train,
            weight: 1.0,
            note: String::new(),
            statistics: None,
        }
    }

    #[test]
    fn an_example_becomes_the_candidate_that_the_scanner_would_judge() {
        let engine = engine();
        let mut preparer = Preparer::new(&engine);
        let value = ["Kestrel#", "Harbor91"].concat();
        let text = format!("import os\nDB_PASSWORD = \"{value}\"\nDB_OLD_PASSWORD = \"{value}\"\n");
        let prepared = preparer.prepare(&example(&text, &value)).expect("a candidate");
        assert_eq!(&text[prepared.candidate.span.clone()], value);
        assert_eq!(prepared.query.window.key.as_deref(), Some(&b"DB_PASSWORD"[..]));
        assert_eq!((prepared.statistics.same_value, prepared.statistics.same_key), (2, 1));

        let whole = FileStatistics { same_value: 7, ..prepared.statistics };
        let of_file = Example { statistics: Some(whole), ..example(&text, &value) };
        assert_eq!(preparer.prepare(&of_file).expect("a candidate").query.statistics.same_value, 7);
        assert!(preparer.prepare(&example("just words here", "words")).is_none());
    }
}
