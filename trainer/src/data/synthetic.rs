//! Calls the generator: other seeds for every part, held-out strata in test only.

use anyhow::Context as _;
use rayon::prelude::*;

use super::split;
use crate::example::{Example, Label, Split};
use crate::prepare::{self, Preparer};
use crate::synth;

/// Examples made for each that is wanted, where the engine drops most of a stratum by itself.
const TRIES: usize = 8;

/// How many examples a stratum gives, by part.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// For training.
    pub train: usize,
    /// For training, where values are harmless or differ from harmless ones by one thing: what a scanner must not report
    /// comes in more forms than what it must.
    pub harmless: usize,
    /// For validation.
    pub validation: usize,
    /// For test.
    pub test: usize,
}

/// The examples of one part, of all strata. They keep the generator's ids and repositories: the two halves of a contrast
/// pair are made of equal seed and index, and share a repository.
pub fn generate(part: Split, seed: u64, counts: Counts) -> anyhow::Result<Vec<Example>> {
    let engine = prepare::engine();
    let seed = part_seed(part, seed);
    let made: Vec<Vec<Example>> = synth::strata()
        .par_iter()
        .map_init(
            || Preparer::new(&engine),
            |preparer, stratum| {
                let name = &stratum.name;
                match (part, stratum.held_out) {
                    (Split::Test, _) => synth::generate(name, seed, counts.test),
                    (_, true) => Ok(Vec::new()),
                    // What the engine drops by itself teaches a model nothing.
                    (Split::Train, _) => {
                        let many = stratum.family.is_some() || stratum.class.label() == Label::Safe;
                        let wanted = if many { counts.harmless } else { counts.train };
                        synth::generate_seen(preparer, name, seed, wanted, TRIES * wanted)
                    }
                    (Split::Validation, _) => synth::generate_seen(
                        preparer,
                        name,
                        seed,
                        counts.validation,
                        TRIES * counts.validation,
                    ),
                }
                .with_context(|| format!("cannot generate stratum {name}"))
            },
        )
        .collect::<anyhow::Result<_>>()?;
    Ok(made.into_iter().flatten().map(|example| Example { split: part, ..example }).collect())
}

fn part_seed(part: Split, seed: u64) -> u64 {
    let bytes = split::seed(&["synth", &format!("{part:?}"), &seed.to_string()]);
    bytes.iter().take(8).fold(0, |n, &b| n << 8 | u64::from(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_generated_apart_and_held_out_strata_are_for_test() {
        let counts = Counts { train: 2, harmless: 3, validation: 2, test: 3 };
        let part = |part| generate(part, 1, counts).expect("generated");
        let (train, test) = (part(Split::Train), part(Split::Test));
        assert!(train.iter().all(|e| e.split == Split::Train) && test.iter().all(|e| e.split == Split::Test));
        assert!(!train.is_empty() && train.len() < test.len());
        let of = |stratum: &str| train.iter().filter(|e| e.stratum == stratum).count();
        assert_eq!(
            (of("human-password/season-year"), of("negative/i18n"), of("contrast/value/real")),
            (2, 3, 3)
        );
        assert!(train.iter().all(|e| test.iter().all(|t| t.id != e.id && t.repo != e.repo)));
        assert_eq!(part(Split::Train), train);
    }
}
