//! Long runs of the characters that Base64, its URL-safe form and hexadecimal are written in.
//!
//! Random strings and encoded text both stand in such runs, so they are looked for once, in masks of 64 bytes without a
//! branch a byte (several GB/s).

use std::ops::Range;

/// The shortest run that is reported, in bytes.
pub(super) const LEAST: usize = 20;
/// Bytes whose membership one mask tells.
pub(super) const BLOCK: usize = u64::BITS as usize;

/// Letters, digits and `+ / _ -`, by value.
static ALPHABET: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        let c = b as u8;
        table[b] = c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'_' | b'-');
        b += 1;
    }
    table
};

/// True for a byte of the alphabet.
pub(super) fn in_alphabet(b: u8) -> bool {
    ALPHABET[usize::from(b)]
}

/// Puts every maximal run of at least [`LEAST`] bytes into `runs`, which is cleared first; in order. Linear.
pub(super) fn find(bytes: &[u8], runs: &mut Vec<Range<usize>>) {
    runs.clear();
    let mut next = mask(bytes);
    // Everything before it was looked at.
    let mut done = 0;
    for at in (0..bytes.len()).step_by(BLOCK) {
        let here = next;
        next = mask(bytes.get(at + BLOCK..).unwrap_or_default());
        let mut starts = unseen(starts_of_long(here, next), at, done);
        while starts != 0 {
            let start = at + starts.trailing_zeros() as usize;
            done = end(bytes, start + LEAST);
            runs.push(start..done);
            starts = unseen(starts, at, done);
        }
    }
}

/// The end of the run that holds the byte before `at`.
pub(super) fn end(bytes: &[u8], mut at: usize) -> usize {
    loop {
        let more = mask(bytes.get(at..).unwrap_or_default()).trailing_ones() as usize;
        at += more;
        if more < BLOCK {
            return at;
        }
    }
}

/// The bits of the block at `at` that stand for `done` and what follows.
fn unseen(bits: u64, at: usize, done: usize) -> u64 {
    match done.saturating_sub(at) {
        seen if seen < BLOCK => bits & u64::MAX << seen,
        _ => 0,
    }
}

/// The bytes of a block, as bits, from which on [`LEAST`] bytes belong to the alphabet; `next` is the block after it.
fn starts_of_long(here: u64, next: u64) -> u64 {
    const { assert!(LEAST == 20, "the shifts below add up to it") };
    let mut starts = u128::from(here) | u128::from(next) << BLOCK;
    for shift in [1, 2, 4, 8, 4] {
        starts &= starts >> shift;
    }
    starts as u64
}

/// Which of the first [`BLOCK`] bytes belong to the alphabet, the first byte in the lowest bit. Bytes that are not
/// there do not belong to it.
///
/// Written without branches and tables, so that the compiler takes sixteen bytes at once.
#[expect(clippy::needless_bitwise_bool, reason = "a lazy operator would be a branch a byte")]
fn mask(bytes: &[u8]) -> u64 {
    let Some(block) = bytes.first_chunk::<BLOCK>() else {
        let mut block = [0; BLOCK];
        block[..bytes.len()].copy_from_slice(bytes);
        return mask(&block);
    };
    let mut flags = [0u8; BLOCK];
    for (flag, &b) in flags.iter_mut().zip(block) {
        let letter = (b | 0x20).wrapping_sub(b'a') < 26;
        let digit = b.wrapping_sub(b'0') < 10;
        let mark = (b == b'+') | (b == b'/') | (b == b'_') | (b == b'-');
        *flag = u8::from(letter | digit | mark);
    }
    let mut mask = 0;
    for (eight, at) in flags.as_chunks::<8>().0.iter().zip((0..).step_by(8)) {
        // The product moves the lowest bit of byte n to bit 56 + n.
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= gathered << at;
    }
    mask
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_mask_agrees_with_the_alphabet_for_every_byte_and_length() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        for start in 0..=all.len() {
            let bytes = &all[start..];
            let expected = (0..BLOCK).filter(|&at| bytes.get(at).is_some_and(|&b| in_alphabet(b)));
            assert_eq!(mask(bytes), expected.fold(0, |mask, at| mask | 1 << at), "from {start}");
        }
    }

    proptest! {
        #[test]
        fn runs_are_those_of_a_loop_over_the_bytes(lengths in prop::collection::vec(1usize..150, 0..12), first in any::<bool>()) {
            let mut bytes = Vec::new();
            let mut expected = Vec::new();
            for (length, inside) in lengths.into_iter().zip([first, !first].into_iter().cycle()) {
                if inside && length >= LEAST {
                    expected.push(bytes.len()..bytes.len() + length);
                }
                bytes.resize(bytes.len() + length, if inside { b'a' } else { b' ' });
            }
            let mut runs = Vec::new();
            runs.push(7..9);
            find(&bytes, &mut runs);
            prop_assert_eq!(runs, expected);
        }
    }
}
