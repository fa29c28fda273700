//! Calls the generator: other seeds for every part, held-out strata in test only.

use anyhow::Context as _;

use super::split;
use crate::example::{Example, Split};
use crate::prepare::{self, Preparer};
use crate::synth;

/// Examples made for each that is wanted, where the engine drops most of a stratum by itself.
const TRIES: usize = 8;

/// How many examples a stratum gives, by part.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// For training.
    pub train: usize,
    /// For validation.
    pub validation: usize,
    /// For test.
    pub test: usize,
}

/// The examples of one part, of all strata.
pub fn generate(part: Split, seed: u64, counts: Counts) -> anyhow::Result<Vec<Example>> {
    let engine = prepare::engine();
    let mut preparer = Preparer::new(&engine);
    let mut examples = Vec::new();
    for stratum in synth::strata() {
        let n = match part {
            Split::Test => counts.test,
            _ if stratum.held_out => 0,
            Split::Train => counts.train,
            Split::Validation => counts.validation,
        };
        if n == 0 {
            continue;
        }
        let seed = part_seed(part, seed, &stratum.name);
        let made = match part {
            Split::Test => synth::generate(&stratum.name, seed, n),
            // What the engine drops by itself teaches a model nothing.
            _ => synth::generate_seen(&mut preparer, &stratum.name, seed, n, TRIES * n),
        }
        .with_context(|| format!("cannot generate stratum {}", stratum.name))?;
        for (at, example) in made.into_iter().enumerate() {
            examples.push(Example {
                id: format!("synth/{}/{seed:016x}/{at}", stratum.name),
                repo: format!("synth/{}/{seed:016x}", stratum.name),
                source: "synth".to_owned(),
                split: part,
                ..example
            });
        }
    }
    Ok(examples)
}

fn part_seed(part: Split, seed: u64, stratum: &str) -> u64 {
    let part = format!("{part:?}");
    let bytes = split::seed(&["synth", &part, &seed.to_string(), stratum]);
    bytes.iter().take(8).fold(0, |n, &b| n << 8 | u64::from(b))
}
