//! Which question comes when, and with what weight: a curriculum of phases, each with its own choice of sources.
//!
//! A function of the settings and the step alone, so that a run goes on in the middle of a phase as if it had not stopped. A
//! phase asks each of its questions once, in an order of its own, before it asks one again. After the last phase, and
//! throughout if there is none, all questions are asked.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::question::Question;
use super::shuffle::Shuffle;
use super::verdict::VerdictConfig;

/// Purpose of random numbers.
const ORDER: u64 = 3;

/// Settings of a phase, table `[[data.phases]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseConfig {
    /// The first step after it. It begins where the one before it ends.
    pub until: u64,
    /// Factors on `data.weights`, by source; 1 for those that are not named. Questions of sources with 0 are not asked.
    #[serde(default)]
    pub weights: BTreeMap<String, f32>,
}

/// Why there is no such curriculum. Phases are counted from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CurriculumError {
    /// A factor is negative, too great or no number.
    #[error("{table}.{name} is {weight}; give a number from 0 to 1000")]
    Weight {
        /// Name of the table.
        table: String,
        /// The source.
        name: String,
        /// Its factor.
        weight: f32,
    },
    /// A phase ends before it begins.
    #[error(
        "phase {phase} of data.phases ends with until = {until}, but begins at step {first}: put the phases in the order of \
         their steps, each with an until above that of the one before it"
    )]
    Order {
        /// The phase.
        phase: usize,
        /// Its end.
        until: u64,
        /// Where the one before it ends.
        first: u64,
    },
    /// A table names a source that is in no training set.
    #[error("{table} names the source {name:?}, of which data.train has no question; there are {known}")]
    UnknownSource {
        /// Name of the table.
        table: String,
        /// The source.
        name: String,
        /// The names to choose from.
        known: String,
    },
    /// A phase leaves out all sources.
    #[error(
        "phase {phase} of data.phases has no questions: give one of the sources {known} a weight above 0 in it, or remove it"
    )]
    Empty {
        /// The phase.
        phase: usize,
        /// The names to choose from.
        known: String,
    },
    /// Credentials cannot be given the wanted share of the weight.
    #[error(
        "loss.alert_share must be in [0, 1), and there must be credentials and others to balance, in each phase of \
         data.phases as well"
    )]
    Balance,
}

/// One question's turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turn {
    /// The question's place among all.
    pub question: usize,
    /// Its weight.
    pub weight: f32,
    /// Number of the turn in the run.
    pub number: u64,
}

/// The course of a run.
#[derive(Debug)]
pub struct Curriculum {
    /// Turns between the beginnings of steps, and how many of them are taken.
    turns: (u64, u64),
    phases: Vec<Phase>,
}

#[derive(Debug)]
struct Phase {
    first: u64,
    until: u64,
    /// Places and weights.
    questions: Vec<(usize, f32)>,
    order: Shuffle,
}

impl Curriculum {
    /// Over the questions of all training sets; there must be one.
    pub fn new(config: &VerdictConfig, questions: &[Question]) -> Result<Self, CurriculumError> {
        let data = &config.data;
        let per_step = data.questions.max(1) as u64;
        let by_heart = config.run.overfit > 0;
        let turns = (per_step, if by_heart { per_step.min(questions.len() as u64) } else { per_step });
        // What is learned by heart is a few questions, perhaps none of a phase's sources.
        let configured: &[PhaseConfig] = if by_heart { &[] } else { &data.phases };
        let known: BTreeSet<&str> = questions.iter().map(|question| question.source.as_str()).collect();
        if !by_heart {
            check_weights("data.weights", &data.weights, &known)?;
        }
        let rest = PhaseConfig { until: u64::MAX, weights: BTreeMap::new() };
        let mut phases: Vec<Phase> = Vec::new();
        for (n, phase) in configured.iter().chain([&rest]).enumerate() {
            let first = phases.last().map_or(0, |phase| phase.until);
            phase.check(n + 1, first, &known)?;
            let mut asked = phase.choose(questions, &data.weights);
            if asked.is_empty() {
                return Err(CurriculumError::Empty { phase: n + 1, known: names(&known) });
            }
            balance(&mut asked, questions, config.loss.alert_share)?;
            // The upper half of the purpose sets the phases' orders apart.
            let order = Shuffle::new(asked.len(), config.run.seed, ORDER + ((n as u64) << 32));
            phases.push(Phase { first, until: phase.until, questions: asked, order });
        }
        Ok(Self { turns, phases })
    }

    /// The turns of a step (from 0).
    pub fn step(&mut self, step: u64) -> Vec<Turn> {
        let (per_step, taken) = self.turns;
        let phase = self.phases.iter_mut().find(|phase| step < phase.until).expect("the last one has no end");
        let turn = |n| {
            let (place, _) = phase.order.at((step - phase.first) * per_step + n);
            let (question, weight) = phase.questions[place];
            Turn { question, weight, number: step * per_step + n }
        };
        (0..taken).map(turn).collect()
    }
}

impl PhaseConfig {
    fn check(&self, phase: usize, first: u64, known: &BTreeSet<&str>) -> Result<(), CurriculumError> {
        if self.until <= first {
            return Err(CurriculumError::Order { phase, until: self.until, first });
        }
        check_weights(&format!("phase {phase} of data.phases: weights"), &self.weights, known)
    }

    /// Places and weights of its questions.
    fn choose(&self, questions: &[Question], weights: &BTreeMap<String, f32>) -> Vec<(usize, f32)> {
        let factor = |of: &BTreeMap<String, f32>, question: &Question| {
            of.get(&question.source).copied().unwrap_or(1.0)
        };
        questions
            .iter()
            .enumerate()
            .filter(|(_, question)| factor(&self.weights, question) > 0.0)
            .map(|(n, q)| (n, q.weight * factor(weights, q) * factor(&self.weights, q)))
            .collect()
    }
}

fn names(sources: &BTreeSet<&str>) -> String {
    sources.iter().copied().collect::<Vec<_>>().join(", ")
}

fn check_weights(
    table: &str,
    weights: &BTreeMap<String, f32>,
    known: &BTreeSet<&str>,
) -> Result<(), CurriculumError> {
    if let Some(name) = weights.keys().find(|name| !known.contains(name.as_str())) {
        let (table, name, known) = (table.to_owned(), name.clone(), names(known));
        return Err(CurriculumError::UnknownSource { table, name, known });
    }
    match weights.iter().find(|(_, weight)| !(0.0..=1e3).contains(*weight)) {
        Some((name, &weight)) => {
            Err(CurriculumError::Weight { table: table.to_owned(), name: name.clone(), weight })
        }
        None => Ok(()),
    }
}

/// Scales the weights of credentials and others so that their sum stays and credentials have the wanted share; 0 for as it is.
fn balance(
    asked: &mut [(usize, f32)],
    questions: &[Question],
    alert_share: f64,
) -> Result<(), CurriculumError> {
    if alert_share == 0.0 {
        return Ok(());
    }
    let is_alert = |question: usize| questions[question].is_alert();
    let sum = |alert: bool| -> f64 {
        asked.iter().filter(|a| is_alert(a.0) == alert).map(|a| f64::from(a.1)).sum()
    };
    let (safe, alert) = (sum(false), sum(true));
    if !(0.0..1.0).contains(&alert_share) || safe == 0.0 || alert == 0.0 {
        return Err(CurriculumError::Balance);
    }
    let all = safe + alert;
    let factors = [((1.0 - alert_share) * all / safe) as f32, (alert_share * all / alert) as f32];
    for (question, weight) in asked {
        *weight *= factors[usize::from(is_alert(*question))];
    }
    Ok(())
}

#[cfg(test)]
pub(in crate::train) mod tests;
