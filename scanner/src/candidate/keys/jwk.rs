//! JSON Web Keys (RFC 7517, 7518, 8037): an object with `kty` and a private member. Also escaped inside a string, and
//! as an object of a script without quotes around the names.

use std::ops::Range;

use memchr::memmem;

use crate::candidate::Syntax;
use crate::candidate::hit::{Hit, Text};
use crate::reason::Reason;

pub(super) const ANCHORS: &[&str] = &["kty"];

/// Bytes of the object looked at before and after `kty`; a private RSA key of 4,096 bits has 3,300.
const REACH: usize = 8 * 1024;
/// Least length of a private member (`oct` keys may be as short as 128 bits).
const LEAST_SECRET: usize = 16;
/// Different characters that a genuine value has at least.
const LEAST_DIVERSITY: u32 = 8;

pub(super) fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let Some((quote, sort)) = key_type(bytes, &anchor) else { return };
    let object = object(bytes, &anchor);
    let wanted: &[u8] = match &bytes[sort.clone()] {
        b"RSA" | b"EC" | b"OKP" => b"d",
        b"oct" => b"k",
        b"AKP" => b"priv",
        _ => return,
    };
    let mut public = false;
    for (name, value) in members(bytes, object.clone(), quote) {
        let name = &bytes[name];
        public |= matches!(name, b"n" | b"x" | b"pub");
        if name == wanted && !value.is_empty() {
            let dropped = refusal(&bytes[value.clone()]);
            let syntax = Syntax::Field;
            hits.push(Hit { rule: super::JWK, span: value, key: None, material: None, syntax, dropped });
            public = true;
        }
    }
    if public {
        // The other members (modulus, primes, coordinates) are no findings of their own.
        hits.push(super::block(super::JWK, sort, Some(object), Some(Reason::PublicMaterial)));
    }
}

fn refusal(value: &[u8]) -> Option<Reason> {
    let mut seen = 0u128;
    for &byte in value {
        seen |= 1 << (byte & 127);
    }
    let base64url = value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'='));
    let genuine = base64url && value.len() >= LEAST_SECRET && seen.count_ones() >= LEAST_DIVERSITY;
    (!genuine).then_some(Reason::Placeholder)
}

/// The quote around the value of `kty`, and the value.
fn key_type(text: &[u8], anchor: &Range<usize>) -> Option<(u8, Range<usize>)> {
    let before = text[..anchor.start].last();
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        || text[anchor.clone()] != *b"kty"
    {
        return None;
    }
    let rest = &text[anchor.end..text.len().min(anchor.end + 24)];
    let colon = rest.iter().position(|&byte| byte == b':')?;
    let between = |byte: &u8| matches!(byte, b'\\' | b'"' | b'\'' | b' ' | b'\t');
    let value = colon + 1 + rest[colon + 1..].iter().position(|byte| !between(byte))?;
    let quote = rest[value - 1];
    let length = rest[value..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let start = anchor.end + value;
    (rest[..colon].iter().all(between) && matches!(quote, b'"' | b'\'') && length > 0)
        .then_some((quote, start..start + length))
}

/// What lies between the braces around `anchor`, as far as it is looked at: not past another `kty`, which belongs to
/// another key.
fn object(text: &[u8], anchor: &Range<usize>) -> Range<usize> {
    let reach = anchor.start.saturating_sub(REACH);
    let floor = memmem::rfind(&text[reach..anchor.start], b"kty").map_or(reach, |at| reach + at + 3);
    let open = memchr::memrchr(b'{', &text[floor..anchor.start]).map_or(floor, |at| floor + at + 1);
    let after = &text[anchor.end..text.len().min(anchor.end + REACH)];
    let after = &after[..memmem::find(after, b"kty").unwrap_or(after.len())];
    let end = memchr::memchr(b'}', after).unwrap_or(after.len());
    open..anchor.end + end
}

/// Names and string values in `object`.
fn members(
    text: &[u8],
    object: Range<usize>,
    quote: u8,
) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let mut before: Option<Range<usize>> = None;
    let mut at = object.start;
    std::iter::from_fn(move || {
        loop {
            let open = at + memchr::memchr(quote, &text[at..object.end])?;
            let close = open + 1 + memchr::memchr(quote, &text[open + 1..object.end])?;
            let escapes = text[open + 1..close].iter().rev().take_while(|&&byte| byte == b'\\').count();
            let string = open + 1..close - escapes;
            let name = name(text, at..open, before.replace(string.clone()));
            at = close + 1;
            if let Some(name) = name {
                return Some((name, string));
            }
        }
    })
}

/// The name of the value that `separator` stands before: the string `before` it, or the bare word in it.
fn name(text: &[u8], separator: Range<usize>, before: Option<Range<usize>>) -> Option<Range<usize>> {
    let skipped = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\\';
    let trimmed = |range: Range<usize>| {
        range.start..range.end - text[range].iter().rev().take_while(|byte| skipped(byte)).count()
    };
    let separator = trimmed(separator);
    if text[separator.clone()].last() != Some(&b':') {
        return None;
    }
    let rest = trimmed(separator.start..separator.end - 1);
    let word = text[rest.clone()].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if word > 0 {
        Some(rest.end - word..rest.end)
    } else if text[rest].iter().all(skipped) {
        before
    } else {
        None
    }
}
