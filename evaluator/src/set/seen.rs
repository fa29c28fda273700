//! Examples as the scanner sees them: candidate, verdict of rules and score, the feature model's opinion, the question.

use rayon::prelude::*;
use secretscan::candidate::Engine;
use secretscan::finding::Verdict;
use secretscan::judge::cascade::{Cascade, Opinion};
use secretscan::judge::{Query, weak};
use secretscan::value::path::PathInfo;
use trainer::example::Example;
use trainer::prepare::Preparer;
use trainer::synth;

use crate::scored::{Item, Place, Told, language};

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
    /// What it is told as, if it is reported: leak or weak credential.
    pub reported: Told,
    /// Of each feature model, in order; `None` where the file has none.
    pub opinions: Vec<Option<Opinion>>,
    /// The question to a language model, with prior 0.
    pub query: Query,
}

/// Whether a stratum is a generated one whose examples are for the test part only.
fn held_out(stratum: &str) -> bool {
    synth::strata().iter().any(|known| known.held_out && known.name == stratum)
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
        source: example.source.clone(),
        held_out: held_out(&example.stratum),
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
        let reported = if weak::is_weak(value, name, &path) { Told::Weak } else { Told::Leak };
        Found {
            verdict: prepared.decision.verdict(),
            reported,
            opinions: cascades.iter().map(|cascade| cascade.as_ref().map(opinion)).collect(),
            query: prepared.query,
        }
    });
    Seen { item, candidate }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_out_are_styles_of_human_passwords() {
        // The gate's line on `held_out=true` says so.
        let all: Vec<&str> =
            synth::strata().iter().map(|s| s.name.as_str()).filter(|name| held_out(name)).collect();
        assert!(all.len() >= 8 && all.iter().all(|name| name.starts_with("human-password/")), "{all:?}");
        assert!(!held_out("human-password/leet") && !held_out("hand/yaml/other"));
    }
}
