//! Examples as the scanner sees them: candidate, verdict of rules and score, the feature model's opinion, the question.

use rayon::prelude::*;
use secretscan::candidate::Engine;
use secretscan::finding::Verdict;
use secretscan::judge::Query;
use secretscan::judge::cascade::{Cascade, Opinion};
use secretscan::value::path::PathInfo;
use trainer::example::Example;
use trainer::prepare::Preparer;

use crate::scored::{Item, Place, language};

/// One example, without its text but for the question's window.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What is known of it.
    pub item: Item,
    /// What the scanner makes of it; `None` if it finds no candidate there.
    pub candidate: Option<Found>,
}

/// A candidate with what is said about it.
#[derive(Debug, Clone)]
pub struct Found {
    /// Of the rules and the documented score.
    pub verdict: Verdict,
    /// Of each feature model, in order; `None` where the file has none.
    pub opinions: Vec<Option<Opinion>>,
    /// The question to a language model, with prior 0.
    pub query: Query,
}

/// Shows all examples to the engine, in order; `cascades` are the feature models in question.
pub fn see(examples: &[Example], engine: &Engine, cascades: &[Option<Cascade>]) -> Vec<Seen> {
    examples
        .par_iter()
        .map_init(|| Preparer::new(engine), |preparer, example| see_one(preparer, example, cascades))
        .collect()
}

fn see_one(engine: &mut Preparer<'_>, example: &Example, cascades: &[Option<Cascade>]) -> Seen {
    let prepared = engine.prepare(example);
    let rule = prepared.as_ref().map_or_else(String::new, |p| p.candidate.rule.id.clone());
    let item = Item {
        id: example.id.clone(),
        repo: example.repo.clone(),
        class: example.class,
        kind: example.kind.clone(),
        language: language(&example.path),
        stratum: example.stratum.clone(),
        place: Place::of(&example.path),
        rule,
        weight: f64::from(example.weight),
    };
    let candidate = prepared.map(|prepared| {
        let text = example.text.as_bytes();
        let path = PathInfo::new(&example.path);
        let candidate = &prepared.candidate;
        let value = &text[candidate.span.clone()];
        let name = candidate.key.clone().map(|key| &text[key]);
        let opinion =
            |cascade: &Cascade| cascade.opinion(candidate, value, name, &path, text, &prepared.statistics);
        Found {
            verdict: prepared.decision.verdict(),
            opinions: cascades.iter().map(|cascade| cascade.as_ref().map(opinion)).collect(),
            query: prepared.query,
        }
    });
    Seen { item, candidate }
}
