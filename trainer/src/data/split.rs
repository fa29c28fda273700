//! Which part of the data an example belongs to: fixed once, by a hash of the repository's id.
//!
//! Never by chance and never by example (but for handwritten ones, which have no repository): nothing of a held-out
//! repository may reach a weight.

use sha2::{Digest, Sha256};

use crate::example::Split;

/// The rule in words, for receipts.
pub const RULE: &str = "repository: test iff sha256(id+':heldout') % 16 is 0, 1, 4, 8 or 12, else validation iff \
                        sha256(id+':validation') % 5 == 0, else train; \
                        handwritten: sha256('hand:'+id) % 12: 0-2 test, 3 validation, else train; \
                        synthetic: by seed, held-out strata in test only";

/// The part of a repository.
pub fn of_repository(id: &str) -> Split {
    // A quarter by rule (0 modulo 4) drew 39 of 181, so the first residue class of 16 was added: 51.
    if matches!(residue(&format!("{id}:heldout"), 16), 0 | 1 | 4 | 8 | 12) {
        Split::Test
    } else if residue(&format!("{id}:validation"), 5) == 0 {
        Split::Validation
    } else {
        Split::Train
    }
}

/// The part of a handwritten example: 2/3 train, 1/12 validation, 1/4 test.
pub fn of_handwritten(id: &str) -> Split {
    match residue(&format!("hand:{id}"), 12) {
        0..=2 => Split::Test,
        3 => Split::Validation,
        _ => Split::Train,
    }
}

/// The SHA-256 of `text`, read as one big-endian number, modulo `modulus`.
fn residue(text: &str, modulus: u64) -> u64 {
    Sha256::digest(text).iter().fold(0, |rest, &byte| (rest * 256 + u64::from(byte)) % modulus)
}

/// 32 bytes from parts, for seeding: equal parts give equal bytes, and no two lists of parts run together.
pub fn seed(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_the_documented_ones() {
        // python: int(sha256(b"0401c075:heldout").hexdigest(), 16) % 4, and so on.
        for (id, heldout, validation) in [("0401c075", 1, 4), ("0436af4a", 3, 4), ("06dd1bf2", 3, 2)] {
            assert_eq!(residue(&format!("{id}:heldout"), 4), heldout, "{id}");
            assert_eq!(residue(&format!("{id}:validation"), 5), validation, "{id}");
        }
    }

    #[test]
    fn seeds_differ_where_parts_are_cut_differently() {
        assert_ne!(seed(&["ab", "c"]), seed(&["a", "bc"]));
        assert_eq!(seed(&["ab", "c"]), seed(&["ab", "c"]));
    }

    #[test]
    fn handwritten_examples_spread_over_all_parts() {
        let mut counts = [0_u32; 3];
        for n in 0..1200 {
            counts[of_handwritten(&format!("hand/x/{n}")) as usize] += 1;
        }
        let [train, validation, test] = counts;
        assert!((700..900).contains(&train) && (60..140).contains(&validation) && (230..370).contains(&test));
    }
}
