//! Keeps splits apart: no example of training or validation may be a near copy of one that is measured on.
//!
//! Two examples are near copies if the text around their values, the values themselves left out, has nearly the same
//! words; or if they have the same telling value. A copy is removed from the lesser split, never from test. Examples
//! of one generator are made of the same parts on purpose and are compared whole: its held-out strata measure what it
//! cannot teach.

pub(crate) mod minhash;

use std::collections::{BTreeMap, BTreeSet};

use secretscan::judge::weak;
use secretscan::value::randomness::looks_random;
use serde::{Deserialize, Serialize};

use crate::example::{Class, Example};
use minhash::{Index, Signature, hash};

/// Bytes of the text on each side of the value that are compared.
const REACH: usize = 200;
/// From this share of common words on two windows are the same.
const JACCARD: f64 = 0.8;
/// Windows with fewer words are compared whole: `password = …` stands everywhere.
const LEAST_WORDS: usize = 8;
/// Shorter values are equal by chance.
const LEAST_VALUE: usize = 8;

/// What was looked for and found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The rule in words.
    pub rule: String,
    /// Bytes each side.
    pub reach: usize,
    /// Least similarity.
    pub jaccard: f64,
    /// Least words for the similarity to count.
    pub least_words: usize,
    /// Removed examples by `split/source/reason`.
    pub removed: BTreeMap<String, usize>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            rule: "±reach bytes around the value, value left out, lower-case words as a set; or equal real or drawn \
                   values; generated against generated: equal texts"
                .to_owned(),
            reach: REACH,
            jaccard: JACCARD,
            least_words: LEAST_WORDS,
            removed: BTreeMap::new(),
        }
    }
}

/// Why an example is a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copy {
    /// The same text and value.
    Text,
    /// Nearly the same words around the value.
    Window,
    /// The same value.
    Value,
}

/// What is protected: examples that others must not copy.
#[derive(Debug, Default)]
pub struct Guard {
    index: Index,
    windows: Vec<(BTreeSet<u64>, bool)>,
    texts: BTreeMap<u64, bool>,
    values: BTreeMap<u64, bool>,
}

impl Guard {
    /// Protects an example.
    pub fn protect(&mut self, example: &Example) {
        let generated = is_generated(example);
        let words = words(example);
        if words.len() >= LEAST_WORDS {
            self.index.insert(&Signature::of(words.iter().copied()), self.windows.len() as u32);
            self.windows.push((words, generated));
        }
        *self.texts.entry(text_hash(example)).or_insert(true) &= generated;
        if let Some(value) = telling_value(example) {
            *self.values.entry(value).or_insert(true) &= generated;
        }
    }

    /// Why `example` is a copy of something protected; `None` if it is none.
    pub fn copy(&self, example: &Example) -> Option<Copy> {
        let generated = is_generated(example);
        if self.texts.contains_key(&text_hash(example)) {
            return Some(Copy::Text);
        }
        // The flags say that only generated examples are behind an entry; those do not count against each other.
        if telling_value(example)
            .and_then(|value| self.values.get(&value))
            .is_some_and(|&other| !(generated && other))
        {
            return Some(Copy::Value);
        }
        let words = words(example);
        if words.len() < LEAST_WORDS {
            return None;
        }
        let near = self.index.candidates(&Signature::of(words.iter().copied())).into_iter().any(|number| {
            let (other, made) = &self.windows[number as usize];
            !(generated && *made) && jaccard(&words, other) >= JACCARD
        });
        near.then_some(Copy::Window)
    }
}

/// Removes from `validation` what copies `test`, then from `train` what copies either.
pub fn separate(train: &mut Vec<Example>, validation: &mut Vec<Example>, test: &[Example]) -> Report {
    let mut report = Report::default();
    let mut guard = Guard::default();
    for example in test {
        guard.protect(example);
    }
    for (name, set) in [("validation", &mut *validation), ("train", train)] {
        set.retain(|example| {
            let copy = guard.copy(example);
            if let Some(copy) = copy {
                *report
                    .removed
                    .entry(format!("{name}/{}/{copy:?}", example.source).to_lowercase())
                    .or_default() += 1;
            }
            copy.is_none()
        });
        if name == "validation" {
            for example in set.iter() {
                guard.protect(example);
            }
        }
    }
    report
}

fn is_generated(example: &Example) -> bool {
    example.source == "synth"
}

/// The set of words around the value.
fn words(example: &Example) -> BTreeSet<u64> {
    let [start, end] = example.span;
    let bytes = example.text.as_bytes();
    let before = &bytes[start.saturating_sub(REACH)..start];
    let after = &bytes[end..bytes.len().min(end + REACH)];
    [before, after]
        .into_iter()
        .flat_map(|side| side.split(|b| !(b.is_ascii_alphanumeric() || *b >= 0x80)))
        .filter(|word| !word.is_empty())
        .map(|word| hash(&word.to_ascii_lowercase()))
        .collect()
}

fn text_hash(example: &Example) -> u64 {
    let [start, end] = example.span;
    hash(&[&start.to_le_bytes()[..], &end.to_le_bytes(), example.text.as_bytes()].concat())
}

/// The value, if it is one that two places do not share by chance.
fn telling_value(example: &Example) -> Option<u64> {
    let value = &example.text.as_bytes()[example.span[0]..example.span[1]];
    let telling = value.len() >= LEAST_VALUE
        && !weak::is_common(value)
        && (example.class == Class::Real || value.len() >= 2 * LEAST_VALUE && looks_random(value));
    telling.then(|| hash(value))
}

fn jaccard(a: &BTreeSet<u64>, b: &BTreeSet<u64>) -> f64 {
    let common = a.intersection(b).count();
    common as f64 / (a.len() + b.len() - common).max(1) as f64
}

#[cfg(test)]
mod tests;
