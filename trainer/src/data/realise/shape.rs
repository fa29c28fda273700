//! What a value is, from its own characters.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secretscan::value::charset::{is_hex, is_uuid};
use secretscan::value::randomness::looks_random;
use secretscan::value::words;

use super::{pronounce, word};

/// The shape of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A UUID, with or without braces.
    Uuid,
    /// Three parts of Base64 of which the first is a JSON header.
    Jwt,
    /// Something with `://`.
    Url,
    /// Base64 of text.
    EncodedText,
    /// Base64 of bytes.
    Base64,
    /// Hexadecimal, also in groups.
    Hex,
    /// Decimal digits.
    Digits,
    /// A fixed beginning of this many bytes before a machine-made rest: `sk_live_`, `AKIA`, `Bearer `.
    Prefixed(usize),
    /// Drawn by a machine from letters and digits.
    Random,
    /// Lines of armour or of Base64.
    Armour,
    /// Thought up.
    Human,
}

/// Beginnings of tokens that run into what was drawn.
const JOINED: [&str; 14] = [
    "AKIA", "ASIA", "AROA", "AIDA", "AIza", "EAAC", "EAAG", "ya29.", "SG.", "0x", "xox", "ghp_", "npm_",
    "LTAI",
];

/// Longer values are not looked into.
const LONGEST: usize = 8 << 10;

/// The shape of `value`.
pub fn shape(value: &str) -> Shape {
    let bytes = value.as_bytes();
    if value.contains("-----BEGIN") || value.contains('\n') && value.trim().len() > 40 {
        return Shape::Armour;
    }
    if value.len() > LONGEST {
        return Shape::Random;
    }
    if is_uuid(bytes) || is_uuid(value.trim_matches(['{', '}']).as_bytes()) {
        return Shape::Uuid;
    }
    if is_jwt(value) {
        return Shape::Jwt;
    }
    if value.contains("://") || value.starts_with("//") && value.contains('@') {
        return Shape::Url;
    }
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return Shape::Digits;
    }
    if is_hex_like(value) {
        return Shape::Hex;
    }
    if let Some(decoded) = decode(value).filter(|_| value.len() >= 12) {
        if is_spoken_text(&decoded) {
            return Shape::EncodedText;
        }
        let marked = value.ends_with('=') || value.contains('+') || value.contains('/');
        if value.len() >= 16 && marked && !is_human(value) {
            return Shape::Base64;
        }
    }
    if let Some(at) = prefix(value) {
        return Shape::Prefixed(at);
    }
    if is_machine_made(value) { Shape::Random } else { Shape::Human }
}

/// Standard or URL-safe Base64, with or without padding; `None` if it is not spelled so.
pub(super) fn decode(value: &str) -> Option<Vec<u8>> {
    engine(value).decode(value).ok()
}

/// The encoding that `value` is spelled in.
pub(super) fn engine(value: &str) -> GeneralPurpose {
    let alphabet = if value.contains(['-', '_']) { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(value.ends_with('='))
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config)
}

/// Printable text with something of a word or a separator in it.
fn is_spoken_text(decoded: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(decoded) else { return false };
    text.len() >= 6
        && text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
        && text.bytes().filter(u8::is_ascii_graphic).count() * 10 >= text.len() * 9
}

fn is_jwt(value: &str) -> bool {
    let parts: Vec<&str> = value.split('.').collect();
    (2..=3).contains(&parts.len())
        && value.starts_with("eyJ")
        && value.len() > 20
        && parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=".contains(&b)))
}

/// Eight hexadecimal digits or more, of one case, with letters and digits; or groups of them.
fn is_hex_like(value: &str) -> bool {
    let joined: String = value.chars().filter(|c| !matches!(c, ':' | '-' | ' ')).collect();
    let groups = value.split([':', '-', ' ']).collect::<Vec<_>>();
    let regular =
        groups.len() == 1 || groups.len() >= 4 && groups.iter().all(|group| group.len() == groups[0].len());
    let one_case = !(joined.contains(|c: char| c.is_ascii_lowercase())
        && joined.contains(|c: char| c.is_ascii_uppercase()));
    let letters = joined.bytes().filter(u8::is_ascii_alphabetic).count();
    regular
        && one_case
        && joined.len() >= 8
        && is_hex(joined.as_bytes())
        && letters > 0
        && letters < joined.len()
        && words::cover(joined.as_bytes()) < 0.5
        && (joined.len() >= 16 || changes(&joined) >= 3)
}

/// How often letters and digits change.
fn changes(value: &str) -> usize {
    let kinds: Vec<bool> = value.bytes().map(|b| b.is_ascii_digit()).collect();
    kinds.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// Where salt and digest begin in a password's digest: after `$2a$10$`, `$6$`, `$argon2id$v=19$m=65536,t=3,p=4$`.
fn digest(value: &str) -> Option<usize> {
    let mut at = value.strip_prefix('$')?.find('$')? + 2;
    while let Some(end) = value[at..].find('$') {
        let part = &value[at..at + end];
        if !(part.contains('=') || part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit())) {
            break;
        }
        at += end + 1;
    }
    (at <= 48 && value.len() >= at + 16).then_some(at)
}

/// Where the drawn rest begins after a fixed beginning.
fn prefix(value: &str) -> Option<usize> {
    if let Some(at) = digest(value) {
        return Some(at);
    }
    if let Some(known) = JOINED.iter().find(|known| value.starts_with(**known)) {
        let rest = &value[known.len()..];
        if rest.len() >= 8 && !is_human(rest) {
            return Some(known.len());
        }
    }
    let at = value.find(['_', '-', '.', ':', '=', ' ', '|', '/', '$'])?;
    let head = &value[..at];
    let word = !head.is_empty()
        && head.len() <= 12
        && head.bytes().all(|b| b.is_ascii_alphanumeric())
        && (head.len() <= 3 || head.bytes().all(|b| b.is_ascii_alphabetic()) && !is_machine_made(head));
    let rest = &value[at + 1..];
    let made = match shape(rest) {
        Shape::Random
        | Shape::Hex
        | Shape::Base64
        | Shape::Uuid
        | Shape::Jwt
        | Shape::EncodedText
        | Shape::Prefixed(_) => true,
        Shape::Digits => rest.len() >= 10,
        _ => false,
    };
    (word && rest.len() >= 8 && made).then_some(at + 1)
}

/// True if the value was drawn: not human, and random by the scanner's own gate, or letters that cannot be spoken.
pub(super) fn is_machine_made(value: &str) -> bool {
    if value.len() < 8 || !value.is_ascii() || value.contains(' ') || is_human(value) {
        return false;
    }
    let letters: String = value.chars().filter(char::is_ascii_alphabetic).collect();
    let dense = letters.len() * 2 >= value.len();
    looks_random(value.as_bytes())
        || dense && !pronounce::is_speakable(&letters)
        || value.len() >= 10 && changes(value) * 3 >= value.len()
}

/// True if words, names, numbers and separators explain the value: every run of letters, swaps undone, is a word or can
/// be spoken, in a case that people write, and kinds of characters change as often as between words.
pub(super) fn is_human(value: &str) -> bool {
    let runs: Vec<&str> = value
        .split(|c: char| !(c.is_alphanumeric() || word::unswapped(c) != c))
        .filter(|run| !run.is_empty())
        .collect();
    !runs.is_empty() && runs.iter().all(|run| is_human_run(run))
}

fn is_human_run(run: &str) -> bool {
    if super::lists::WALKS.contains(&run.to_lowercase().as_str()) || run.len() <= 2 {
        return true;
    }
    let stem = run.trim_matches(|c: char| c.is_ascii_digit() || matches!(c, '@' | '!' | '$'));
    let inner = stem.chars().filter(|c| !c.is_alphabetic()).count();
    let plain: String = stem.chars().map(word::unswapped).collect();
    if inner > 0 && (plain.len() < 4 || inner * 2 > plain.len()) {
        return false;
    }
    if inner > 0 && words::cover(plain.as_bytes()) < 0.6 && (inner * 3 > plain.len() || plain.len() < 6) {
        // `Kestrel42harbor` has its number in the middle; `k3s7` says nothing.
        return split_at_numbers(run).iter().all(|part| part.len() >= 3 && is_human_word(part));
    }
    is_human_word(&plain)
        || inner > 0 && split_at_numbers(run).iter().all(|part| part.len() >= 3 && is_human_word(part))
}

fn split_at_numbers(run: &str) -> Vec<&str> {
    run.split(|c: char| c.is_ascii_digit()).filter(|part| !part.is_empty()).collect()
}

/// Letters in a human case that can be spoken or are words.
fn is_human_word(word: &str) -> bool {
    let chars: Vec<char> = word.chars().collect();
    let up = chars.windows(2).filter(|pair| pair[0].is_lowercase() && pair[1].is_uppercase()).count();
    let all_upper = chars.iter().all(|c| !c.is_lowercase());
    let humps = all_upper || (up + 1) * 3 <= chars.len() || up == 0;
    // `aBBcD`: two capitals before a small letter, more than once, is nobody's camel case.
    let odd = chars
        .windows(3)
        .filter(|w| w[0].is_uppercase() && w[1].is_uppercase() && w[2].is_lowercase())
        .count();
    humps && odd <= 1 && (words::cover(word.as_bytes()) > 0.6 || pronounce::is_speakable(word))
}
