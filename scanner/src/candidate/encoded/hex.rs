//! Hexadecimal digits, two a byte.

use std::ops::Range;

use super::base64::Found;
use super::map::Unit;
use super::{Budget, Encoding, compressed, gate};

/// Digits of the shortest text worth a look.
const LEAST: usize = 24;

/// The text in a run of hexadecimal digits, with `0x` before it or without.
pub(super) fn read(text: &[u8], run: &Range<usize>, budget: &mut Budget) -> Option<Found> {
    let digits = &text[run.clone()];
    let prefix = if digits.starts_with(b"0x") || digits.starts_with(b"0X") { 2 } else { 0 };
    let digits = &digits[prefix..];
    let mut head = [0; 6];
    for (byte, pair) in head.iter_mut().zip(digits.first_chunk::<12>()?.chunks_exact(2)) {
        *byte = byte_of(pair)?;
    }
    if digits.len() < LEAST || !gate::begins_text(&head) && compressed::sort(&head).is_none() {
        return None;
    }
    let length = budget.take(digits.len() / 2);
    let bytes = decode(&digits[..length * 2]).filter(|_| digits.len().is_multiple_of(2))?;
    let outer = run.start + prefix..run.end;
    Found::of(outer.clone(), bytes, vec![(length, outer, Unit::Of(1, 2))], Encoding::Hex, budget)
}

/// None if one of them is no digit.
pub(super) fn decode(digits: &[u8]) -> Option<Vec<u8>> {
    digits.chunks_exact(2).map(byte_of).collect()
}

fn byte_of(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|value| value as u8);
    Some(digit(pair[0])? << 4 | digit(pair[1])?)
}
