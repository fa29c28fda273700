//! The facts of the documented score, without its weights.

use std::sync::LazyLock;

use crate::candidate::Candidate;
use crate::judge::heuristic;
use crate::value::path::PathInfo;

/// Facts that a number of another group says better: trees cut lengths and shares where they like.
const SAID_BETTER: &[&str] = &[
    "value: shorter than 4 bytes",
    "value: 4 or 5 bytes",
    "value: 6 or 7 bytes",
    "value: 8 to 11 bytes",
    "value: 12 to 19 bytes",
    "value: 20 to 39 bytes",
    "value: 40 to 79 bytes",
    "value: 80 bytes or more",
    "value: entropy, bits per byte",
    "value: has digits",
    "value: digits alone",
    "value: letters alone",
    "value: has blanks",
    "value: not ASCII",
    "value: letters covered by dictionary words",
    "value: words alone",
    "value: has a colon",
    "value: has a dot",
    "value: begins with a mark",
    "name: none",
    "name: longer than 20 letters",
];

/// Which of the score's facts are kept, by position.
static KEPT: LazyLock<Vec<bool>> =
    LazyLock::new(|| heuristic::names().map(|name| !SAID_BETTER.contains(&name)).collect());

/// The names, in order.
pub(super) fn names() -> Vec<&'static str> {
    heuristic::names().zip(KEPT.iter()).filter(|(_, kept)| **kept).map(|(name, _)| name).collect()
}

/// The facts, 0 or 1 but for those with a unit in their name.
pub(super) fn push(
    candidate: &Candidate,
    value: &[u8],
    name: Option<&[u8]>,
    path: &PathInfo,
    text: &[u8],
    out: &mut Vec<f32>,
) {
    let facts = heuristic::measure(candidate, value, name, path, text);
    out.extend(facts.iter().zip(KEPT.iter()).filter(|(_, kept)| **kept).map(|((_, fact), _)| *fact));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_better_is_a_fact_of_the_score() {
        for name in SAID_BETTER {
            assert!(heuristic::names().any(|known| known == *name), "{name}");
        }
        assert_eq!(names().len() + SAID_BETTER.len(), KEPT.len());
    }
}
