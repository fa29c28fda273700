//! JSON Web Keys (RFC 7517, 7518, 8037): an object with `kty` and a private member. Also escaped inside a string, as an
//! object of a script (without quotes around the names, with `=>`), as a mapping of YAML, and with long values folded
//! over lines, as specifications print them, or put together from pieces of strings.

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
    let Some(sort) = key_type(bytes, &anchor) else { return };
    let object = object(bytes, &anchor);
    let wanted: &[u8] = match &bytes[sort.clone()] {
        b"RSA" | b"EC" | b"OKP" => b"d",
        b"oct" => b"k",
        b"AKP" => b"priv",
        _ => return,
    };
    let mut public = false;
    for (name, value) in members(bytes, object.clone()) {
        let name = &bytes[name];
        public |= matches!(name, b"n" | b"x" | b"pub");
        if name == wanted && !value.is_empty() {
            let dropped = refusal(&bytes[value.clone()]);
            let first = bytes[value.clone()].iter().take_while(|&&byte| base64url(byte)).count();
            let span = if first > 0 { value.start..value.start + first } else { value.clone() };
            let material = (span != value).then_some(value);
            let syntax = Syntax::Field;
            hits.push(Hit { material, dropped, ..Hit::new(super::JWK, span, None, syntax) });
            public = true;
        }
    }
    if public {
        // The other members (modulus, primes, coordinates) are no findings of their own.
        hits.push(super::block(super::JWK, sort, Some(object), Some(Reason::PublicMaterial)));
    }
}

fn refusal(value: &[u8]) -> Option<Reason> {
    let (mut seen, mut length) = (0u128, 0);
    for &byte in value.iter().filter(|&&byte| base64url(byte)) {
        seen |= 1 << (byte & 127);
        length += 1;
    }
    let written = value.iter().all(|&byte| base64url(byte) || between(byte));
    let genuine = written && length >= LEAST_SECRET && seen.count_ones() >= LEAST_DIVERSITY;
    (!genuine).then_some(Reason::Placeholder)
}

fn base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=')
}

/// What may stand between two pieces of one value.
fn between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'\\' | b'+' | b'.')
}

/// The value of `kty`.
fn key_type(text: &[u8], anchor: &Range<usize>) -> Option<Range<usize>> {
    let before = text[..anchor.start].last();
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        || text[anchor.clone()] != *b"kty"
    {
        return None;
    }
    let near = anchor.start..text.len().min(anchor.end + 32);
    members(text, near).next().filter(|(name, _)| name == anchor).map(|(_, value)| value)
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

/// Names and values in `object`.
fn members(text: &[u8], object: Range<usize>) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let mut at = object.start;
    std::iter::from_fn(move || {
        loop {
            let separator = at + memchr::memchr2(b':', b'=', &text[at..object.end])?;
            at = separator + 1;
            if text[separator] == b'=' {
                if text[at..object.end].first() != Some(&b'>') {
                    continue;
                }
                at += 1;
            }
            let Some(name) = name(text, object.start..separator) else { continue };
            let Some(value) = value(text, at..object.end) else { continue };
            at = value.end;
            return Some((name, value));
        }
    })
}

/// The word that `before` ends with, quotes and blanks aside.
fn name(text: &[u8], before: Range<usize>) -> Option<Range<usize>> {
    let skipped = |byte: &&u8| byte.is_ascii_whitespace() || matches!(byte, b'\\' | b'"' | b'\'' | b'`');
    let end = before.end - text[before.clone()].iter().rev().take_while(skipped).count();
    let word = text[before.start..end].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    (word > 0).then_some(end - word..end)
}

/// The value that `after` begins with: a string to its closing quote, or what YAML leaves bare to the end of its line.
fn value(text: &[u8], after: Range<usize>) -> Option<Range<usize>> {
    let blanks = text[after.clone()].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let escapes = text[after.start + blanks..after.end].iter().take_while(|&&byte| byte == b'\\').count();
    let start = after.start + blanks + escapes;
    match text[start..after.end].first()? {
        quote @ (b'"' | b'\'') => {
            Some(tight(text, start + 1..closing(text, start + 1..after.end, *quote, escapes)))
        }
        _ if escapes > 0 || text[after.start..start].contains(&b'\n') => None,
        _ => {
            let length = text[start..after.end].iter().take_while(|&&byte| base64url(byte)).count();
            let mut rest = text[start + length..after.end].iter();
            let next = rest.find(|byte| !matches!(byte, b' ' | b'\t'));
            let whole = next.is_none_or(|byte| matches!(byte, b'\n' | b'\r' | b'#'));
            (length > 0 && whole).then_some(start..start + length)
        }
    }
}

/// `value` without what surrounds its pieces at both ends; as it is if it has no piece.
fn tight(text: &[u8], value: Range<usize>) -> Range<usize> {
    let piece = |byte: &u8| base64url(*byte);
    let bytes = &text[value.clone()];
    match (bytes.iter().position(piece), bytes.iter().rposition(piece)) {
        (Some(first), Some(last)) => value.start + first..value.start + last + 1,
        _ => value,
    }
}

/// The end of the string in `string`, which begins behind a `quote` that as many backslashes as `escapes` stand before.
/// Strings that are put together from pieces on several lines are one.
fn closing(text: &[u8], string: Range<usize>, quote: u8, escapes: usize) -> usize {
    let mut at = string.start;
    loop {
        let Some(found) = memchr::memchr(quote, &text[at..string.end]) else { return string.end };
        let found = at + found;
        let slashes = text[string.start..found].iter().rev().take_while(|&&byte| byte == b'\\').count();
        let next = if escapes == 0 { next_piece(&text[found + 1..string.end], quote) } else { None };
        match next {
            Some(piece) => at = found + 1 + piece,
            None if slashes >= escapes => return found - slashes,
            // Inside a longer string, a plain quote ends a piece of that string and the next one opens another.
            None => at = found + 1,
        }
    }
}

/// Where the next piece of the same string begins on a later line, if `rest`, behind a closing quote, has one.
fn next_piece(rest: &[u8], quote: u8) -> Option<usize> {
    let gap = rest.iter().take_while(|&&byte| between(byte) && byte != quote).count();
    let next = &rest[gap..];
    let piece = rest[..gap].contains(&b'\n')
        && next.first() == Some(&quote)
        && next.get(1).is_some_and(|&byte| base64url(byte));
    piece.then_some(gap + 1)
}
