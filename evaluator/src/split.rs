//! Which part of the data a repository of the collection belongs to. Fixed; decided by the repository's id alone.

use sha2::{Digest as _, Sha256};
use trainer::example::Split;

/// The split of a repository of the labelled collection.
///
/// With `h(s)` the SHA-256 of `s` read as one big-endian number: test if `h(repo:heldout) % 4 = 0`; of the others
/// validation if `h(repo:validation) % 5 = 0`; else train.
pub fn of_repository(repo: &str) -> Split {
    if remainder(&format!("{repo}:heldout"), 4) == 0 {
        Split::Test
    } else if remainder(&format!("{repo}:validation"), 5) == 0 {
        Split::Validation
    } else {
        Split::Train
    }
}

/// The hash of `text` modulo `divisor`, by Horner's rule over its bytes.
fn remainder(text: &str, divisor: u32) -> u32 {
    Sha256::digest(text.as_bytes()).iter().fold(0, |rest, &byte| (rest * 256 + u32::from(byte)) % divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_keep_their_split() {
        // Computed with Python's integers from the same rule.
        for (repo, split) in CASES {
            assert_eq!(of_repository(repo), split, "{repo}");
        }
    }

    const CASES: [(&str, Split); 6] = [
        ("110f8d35", Split::Test),
        ("177cf0f9", Split::Test),
        ("0f133e09", Split::Validation),
        ("339ca0ed", Split::Validation),
        ("0401c075", Split::Train),
        ("0436af4a", Split::Train),
    ];
}
