//! The synthetic generator: named strata of positives, hard negatives and contrast pairs.
//!
//! ```text
//! stratum ─► place (a carrier's position: a Java field, an entry of a compose file …)
//!            ├─ key + value, written as the place assigns    ┐
//!            └─ or a line of the stratum's own               ├─► layout with neighbouring lines ─► Example
//! data/words, data/carriers, data/strata ─► grammar ─────────┘
//! ```
//!
//! Everything that is said stands in `data/*.toml` (words, carriers, strata); the code only fills holes (`grammar`), makes random
//! parts (`values`) and puts examples together (`compose`). Independent of the acceptance corpora of `scanner/tests`: no value,
//! word list or carrier of theirs is used here.
//!
//! Invariants: an example depends on its stratum, seed and index alone, so more examples never change the first ones; the
//! marked value lies where the span says; within one call no two examples have the same text.
//! Not here: whether the engine finds a candidate (`crate::prepare`); a negative that it drops by itself is still made.

mod catalogue;
pub mod command;
mod compose;
mod grammar;
mod random;
mod stratum;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::example::Example;
use crate::prepare::Preparer;

pub use grammar::GrammarError;
pub use stratum::Stratum;

/// Version of the generator, part of every note and of every seed. Goes up when data or code change what is made.
pub const VERSION: &str = "synth/1";
/// Examples of one stratum and seed that share a `repo`, the unit of splitting and of bootstraps.
pub const BLOCK: usize = 32;
/// Tries for one example: a value may not fit its place, or a text may have been made before.
const TRIES: usize = 200;

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthError {
    /// No stratum has this name.
    #[error("no stratum is called `{name}`; `trainer synth list` shows all")]
    UnknownStratum {
        /// As asked for.
        name: String,
    },
    /// A template of the built-in data is wrong.
    #[error("stratum {stratum}: {cause}; the data under trainer/src/synth/data must be put right")]
    Grammar {
        /// Name of the stratum.
        stratum: String,
        /// What is wrong.
        #[source]
        cause: GrammarError,
    },
    /// No new text came out for a long time.
    #[error("stratum {stratum} gives only {made} different examples; ask for fewer, or widen its templates")]
    Exhausted {
        /// Name of the stratum.
        stratum: String,
        /// How many there are.
        made: usize,
    },
}

/// All strata in the order of their names.
pub fn strata() -> &'static [Stratum] {
    &catalogue::get().strata
}

/// The first `n` examples of a stratum for a seed. Pure: equal arguments give equal examples, and a smaller `n` a prefix.
pub fn generate(stratum: &str, seed: u64, n: usize) -> Result<Vec<Example>, SynthError> {
    Examples::new(stratum, seed)?.take(n).collect()
}

/// The first `n` examples that the engine finds a candidate for, out of the first `most`: what a model would be asked
/// about. Fewer than `n` where the engine drops nearly all by itself.
pub fn generate_seen(
    preparer: &mut Preparer<'_>,
    stratum: &str,
    seed: u64,
    n: usize,
    most: usize,
) -> Result<Vec<Example>, SynthError> {
    let mut kept = Vec::with_capacity(n);
    for example in Examples::new(stratum, seed)?.take(most) {
        let example = example?;
        if kept.len() == n {
            break;
        }
        if preparer.prepare(&example).is_some() {
            kept.push(example);
        }
    }
    Ok(kept)
}

/// The examples of a stratum and seed, one after the other, without an end. Ends after the first error.
#[derive(Debug)]
pub struct Examples {
    stratum: &'static Stratum,
    seed: u64,
    index: usize,
    /// Hashes of the texts so far.
    texts: BTreeSet<[u8; 32]>,
    failed: bool,
}

impl Examples {
    /// From the first one on.
    pub fn new(stratum: &str, seed: u64) -> Result<Self, SynthError> {
        let strata = strata();
        let found = strata
            .binary_search_by(|known| known.name.as_str().cmp(stratum))
            .map_err(|_| SynthError::UnknownStratum { name: stratum.to_owned() })?;
        Ok(Self { stratum: &strata[found], seed, index: 0, texts: BTreeSet::new(), failed: false })
    }

    fn make(&mut self) -> Result<Example, SynthError> {
        let name = || self.stratum.name.clone();
        for attempt in 0..TRIES {
            let example = compose::compose(catalogue::get(), self.stratum, self.seed, self.index, attempt)
                .map_err(|cause| SynthError::Grammar { stratum: name(), cause })?;
            if let Some(example) = example
                && self.texts.insert(Sha256::digest(&example.text).into())
            {
                return Ok(example);
            }
        }
        Err(SynthError::Exhausted { stratum: name(), made: self.index })
    }
}

impl Iterator for Examples {
    type Item = Result<Example, SynthError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let example = self.make();
        self.failed = example.is_err();
        self.index += 1;
        Some(example)
    }
}
