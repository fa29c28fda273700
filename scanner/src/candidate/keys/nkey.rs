//! Seeds of NATS' `NKeys` (its ADR-14): Base32 over two bytes of roles, an Ed25519 seed of 32 bytes and a CRC-16.
//!
//! The first letter is `S`, the second the role (operator, account, user, server, cluster, curve), the third always
//! `A`. A wrong checksum is no seed, so a hit is proven.

use std::ops::Range;

use crate::candidate::hit::{Hit, Text};
use crate::rule::codec;
use crate::value::placeholder;

pub(super) const ANCHORS: &[&str] = &["soa", "saa", "sua", "sna", "sca", "sxa"];

/// Characters of a seed: 36 bytes in Base32.
const LENGTH: usize = 58;
/// Bytes before the checksum.
const CHECKED: usize = 34;

pub(super) fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let span = anchor.start..anchor.start + LENGTH;
    let Some(seed) = bytes.get(span.clone()) else { return };
    let is_word = |at: Option<&u8>| at.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let before = anchor.start.checked_sub(1).and_then(|at| bytes.get(at));
    if seed[0] != b'S' || is_word(before) || is_word(bytes.get(span.end)) || !is_seed(seed) {
        return;
    }
    let dropped = placeholder::is_placeholder(seed).then_some(crate::reason::Reason::Placeholder);
    hits.push(super::block(super::NKEY, span, None, dropped));
}

/// True if the text is Base32 whose last two bytes are the checksum of the others.
fn is_seed(seed: &[u8]) -> bool {
    let Some(raw) = codec::base32_decode(seed) else { return false };
    raw.len() == CHECKED + 2 && codec::crc16(&raw[..CHECKED]).to_le_bytes() == raw[CHECKED..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidate::structural::Tables;
    use crate::source::Content;
    use crate::value::path::PathInfo;

    /// A seed of a role (its five-bit code) made from numbers.
    fn seed(role: u8, start: u8) -> String {
        let mut raw = vec![18 << 3 | role >> 2, role << 6];
        raw.extend((0..32_u8).map(|n| start.wrapping_add(n.wrapping_mul(73))));
        raw.extend(codec::crc16(&raw).to_le_bytes());
        codec::base32_encode(&raw)
    }

    fn found(line: &str) -> Vec<String> {
        let path = PathInfo::new("docs/a.md");
        let text =
            Text { bytes: line.as_bytes(), content: Content::Text, path: &path, tables: &Tables::default() };
        let mut hits = Vec::new();
        let lower = line.to_ascii_lowercase();
        for anchor in ANCHORS {
            for (at, _) in lower.match_indices(anchor) {
                find(text, at..at + anchor.len(), &mut hits);
            }
        }
        hits.iter().filter(|hit| hit.dropped.is_none()).map(|hit| line[hit.span.clone()].to_owned()).collect()
    }

    #[test]
    fn seeds_of_every_role_are_found_anywhere() {
        for (role, letters) in [(14, "SOA"), (0, "SAA"), (20, "SUA"), (13, "SNA"), (2, "SCA"), (23, "SXA")] {
            let seed = seed(role, 7);
            assert!(seed.starts_with(letters), "{letters}");
            for line in [format!("| MyUser | {seed} |"), format!("seed = \"{seed}\""), format!("-K {seed}\n")]
            {
                assert_eq!(found(&line), std::slice::from_ref(&seed), "{line}");
            }
        }
    }

    #[test]
    fn a_wrong_checksum_or_length_is_no_seed() {
        let seed = seed(20, 99);
        let last = if seed.ends_with('A') { 'Q' } else { 'A' };
        for line in [
            format!("{}{last}", &seed[..LENGTH - 1]),
            format!("{seed}A"),
            format!("A{seed}"),
            seed[..LENGTH - 1].to_owned(),
            seed.to_lowercase(),
        ] {
            assert!(found(&line).is_empty(), "{line}");
        }
    }
}
