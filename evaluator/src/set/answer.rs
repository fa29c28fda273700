//! The systems that answer, from a coin to the whole cascade.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use secretscan::finding::Decider;
use secretscan::judge::cascade::{Cascade, Thresholds};
use secretscan::judge::decide;
use secretscan::scan::Preset;
use sha2::{Digest as _, Sha256};

use super::seen::{Found, Seen};
use crate::scored::{Answer, Item, Told};

/// A way to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Scorer {
    /// A fair coin, from the example's id and the seed.
    Random,
    /// The more frequent label of the set, always.
    Majority,
    /// Every candidate of the rules is an alert.
    Rules,
    /// Rules and the documented score.
    Score,
    /// Rules and the model's feature model.
    Features,
    /// Rules, the feature model for what is clear to it, the language model for the rest: the scanner's default.
    Auto,
    /// Rules and the language model for all that no rule settles.
    All,
}

impl Scorer {
    /// Whether it needs a model file.
    pub fn needs_model(self) -> bool {
        matches!(self, Self::Features | Self::Auto | Self::All)
    }

    /// Whether it asks the language model.
    pub fn asks(self) -> bool {
        matches!(self, Self::Auto | Self::All)
    }
}

/// Where a model's part of the answers comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    /// Number of the model among those that were seen.
    pub(super) model: usize,
    /// Its feature model with the thresholds.
    pub(super) cascade: Option<&'a Cascade>,
    /// The language model's probabilities, one an example (0 where it was not asked).
    pub(super) asked: &'a [f32],
}

/// Answers that need no model.
pub(super) fn plain(scorer: Scorer, examples: &[Seen], preset: Preset, seed: u64) -> Vec<Answer> {
    let positives = examples.iter().filter(|one| one.item.positive()).count();
    let share = positives as f64 / examples.len().max(1) as f64;
    examples
        .iter()
        .map(|one| match scorer {
            Scorer::Random => coin(&one.item, seed),
            Scorer::Majority => Answer::new(share, share >= 0.5),
            Scorer::Rules => {
                one.candidate.as_ref().map_or(MISSED, |found| Answer { p: 1.0, told: found.reported })
            }
            _ => one.candidate.as_ref().map_or(MISSED, |found| by_score(found, preset)),
        })
        .collect()
}

/// Answers of a model.
pub(super) fn with_model(scorer: Scorer, seen: &[Seen], source: Source<'_>, preset: Preset) -> Vec<Answer> {
    seen.iter()
        .enumerate()
        .map(|(n, one)| {
            one.candidate.as_ref().map_or(MISSED, |found| by_model(scorer, found, source, n, preset))
        })
        .collect()
}

/// Whether the language model is asked about a candidate.
pub(super) fn is_asked(scorer: Scorer, found: &Found, model: usize, cascade: Option<&Cascade>) -> bool {
    if found.verdict.by == Decider::Rule || !scorer.asks() {
        return false;
    }
    match (scorer, cascade.zip(found.opinions[model])) {
        (Scorer::Auto, Some((cascade, opinion))) => cascade.is_doubtful(opinion.probability),
        // As in a scan: without a feature model the bounds are those of the documented score.
        (Scorer::Auto, None) => decide::is_doubtful(found.verdict.probability),
        _ => true,
    }
}

/// What no candidate was found for.
const MISSED: Answer = Answer { p: 0.0, told: Told::Safe };

fn coin(item: &Item, seed: u64) -> Answer {
    let hash: [u8; 32] =
        Sha256::new().chain_update(seed.to_le_bytes()).chain_update(item.id.as_bytes()).finalize().into();
    let p: f64 = ChaCha8Rng::from_seed(hash).random();
    Answer::new(p, p >= 0.5)
}

fn by_rule(found: &Found) -> Answer {
    Answer { p: f64::from(found.verdict.probability), told: found.verdict.class }
}

fn by_score(found: &Found, preset: Preset) -> Answer {
    if found.verdict.by == Decider::Rule {
        return by_rule(found);
    }
    held(found, found.verdict.probability, Thresholds::of_score(), preset)
}

fn by_model(scorer: Scorer, found: &Found, source: Source<'_>, n: usize, preset: Preset) -> Answer {
    if found.verdict.by == Decider::Rule {
        return by_rule(found);
    }
    if is_asked(scorer, found, source.model, source.cascade) {
        let thresholds = source.cascade.map_or_else(Thresholds::default, |cascade| cascade.model);
        return held(found, source.asked[n], thresholds, preset);
    }
    match source.cascade.zip(found.opinions[source.model]) {
        Some((cascade, opinion)) => held(found, opinion.probability, cascade.features, preset),
        None => by_score(found, preset),
    }
}

/// What is said of what no rule settles: as in a scan, the value decides between leak and weak credential.
fn held(found: &Found, probability: f32, thresholds: Thresholds, preset: Preset) -> Answer {
    let told = if probability >= preset.of(thresholds) { found.reported } else { Told::Safe };
    Answer { p: f64::from(probability), told }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::tests::item;
    use crate::set::seen;
    use trainer::example::{Class as Labelled, Example, Split};

    fn seen(values: &[(&str, Labelled)]) -> Vec<Seen> {
        let examples: Vec<Example> = values
            .iter()
            .enumerate()
            .map(|(n, (value, class))| {
                let text = format!("DB_PASSWORD = \"{value}\"\n");
                let start = text.find(value).expect("it is there");
                Example {
                    id: format!("t/{n}"),
                    source: "hand".into(),
                    repo: "t".into(),
                    path: "src/settings.py".into(),
                    span: [start, start + value.len()],
                    text,
                    label: class.label(),
                    class: *class,
                    kind: "Password".into(),
                    stratum: "t".into(),
                    split: Split::Test,
                    weight: 1.0,
                    note: String::new(),
                    statistics: None,
                }
            })
            .collect();
        seen::see(&examples, &trainer::prepare::engine(), &[])
    }

    #[test]
    fn the_score_reports_passwords_and_no_sentences() {
        let password = ["Kestrel#", "Harbor91"].concat();
        let seen =
            seen(&[(&password, Labelled::Real), ("Enter the password of your account", Labelled::Not)]);
        let score = plain(Scorer::Score, &seen, Preset::Balanced, 1);
        assert!(score[0].alert() && !score[1].alert(), "{score:?}");
        let rules = plain(Scorer::Rules, &seen, Preset::Balanced, 1);
        assert!(rules[0].alert());
        // Strict reports nothing that balanced does not.
        let strict = plain(Scorer::Score, &seen, Preset::Strict, 1);
        assert!(strict.iter().zip(&score).all(|(s, b)| !s.alert() || b.alert()));
    }

    #[test]
    fn a_default_password_is_told_as_a_warning() {
        let password = ["Kestrel#", "Harbor91"].concat();
        let seen = seen(&[(&password, Labelled::Real), (&["change", "me123"].concat(), Labelled::Weak)]);
        for scorer in [Scorer::Rules, Scorer::Score] {
            let told: Vec<Told> =
                plain(scorer, &seen, Preset::Recall, 1).iter().map(|answer| answer.told).collect();
            assert_eq!(told, [Told::Leak, Told::Weak], "{scorer:?}");
        }
    }

    #[test]
    fn baselines_know_nothing_of_the_example() {
        let seen: Vec<Seen> = (0..400)
            .map(|n| {
                let class = if n % 4 == 0 { Labelled::Real } else { Labelled::Not };
                Seen { item: item(n, "r", class), candidate: None }
            })
            .collect();
        let coins = plain(Scorer::Random, &seen, Preset::Balanced, 1);
        let heads = coins.iter().filter(|a| a.alert()).count();
        assert!((160..240).contains(&heads), "{heads}");
        assert_eq!(coins, plain(Scorer::Random, &seen, Preset::Balanced, 1));
        assert_ne!(coins, plain(Scorer::Random, &seen, Preset::Balanced, 2));
        let majority = plain(Scorer::Majority, &seen, Preset::Balanced, 1);
        assert!(majority.iter().all(|a| !a.alert() && (a.p - 0.25).abs() < 1e-12));
        assert!(plain(Scorer::Rules, &seen, Preset::Balanced, 1).iter().all(|a| !a.alert()));
    }
}
