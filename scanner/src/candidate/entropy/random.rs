//! Whether neighbouring characters follow each other as random ones do.
//!
//! Shannon entropy cannot tell `getUserAccountSettings` from a token of the same length. How often the character's
//! class (lower, upper, digit, mark) changes from one to the next can: random Base62 changes class at about 63 % of its
//! borders, camel case and paths at 15 to 35 %. Letter pairs add the rest: words are made of common pairs.

use crate::value::entropy::shannon;

/// True if `value` (at least 20 bytes of one Base64-like alphabet) reads as random.
pub(super) fn looks_random(value: &[u8]) -> bool {
    let body = value.strip_suffix(b"==").or_else(|| value.strip_suffix(b"=")).unwrap_or(value);
    let n = body.len();
    if n < 18 {
        return false;
    }
    let digits = body.iter().filter(|b| b.is_ascii_digit()).count();
    let upper = body.iter().filter(|b| b.is_ascii_uppercase()).count();
    let lower = body.iter().filter(|b| b.is_ascii_lowercase()).count();
    // One letter case with digits (Base32, Base36) changes class at about 40 % of its borders; both at 63 %.
    let both = upper > 1 && lower > 1;
    if digits * 50 < n || digits * 10 > n * 7 || (upper + lower) * 5 < n || upper + lower + digits + n / 8 < n
    {
        return false;
    }
    let mut last = class(body[0]);
    let mut changes = 0;
    for &byte in body {
        let now = class(byte);
        changes += usize::from(now != last);
        last = now;
    }
    let least = if both { 40 } else { 30 };
    if changes * 100 < (n - 1) * least {
        return false;
    }
    // A short string has at most log2(n) bits per byte; random ones come near it.
    let ceiling = (n as f32).min(if both { 62.0 } else { 36.0 }).log2();
    shannon(body) > 0.82 * ceiling && !is_sequence(body) && common_pairs(body) < 0.40
}

/// The class of each byte: lower case, upper case, digit, other.
static CLASSES: [u8; 256] = {
    let mut classes = [3; 256];
    let mut byte = 0;
    while byte < 256 {
        match byte as u8 {
            b'a'..=b'z' => classes[byte] = 0,
            b'A'..=b'Z' => classes[byte] = 1,
            b'0'..=b'9' => classes[byte] = 2,
            _ => {}
        }
        byte += 1;
    }
    classes
};

fn class(byte: u8) -> u8 {
    CLASSES[usize::from(byte)]
}

/// `abcdef`, `98765`: at least a quarter of the borders go up or down by one.
fn is_sequence(body: &[u8]) -> bool {
    let steps = body.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) == 1).count();
    steps * 4 >= body.len()
}

/// The 40 commonest pairs of letters of English and of code.
const COMMON: [&[u8; 2]; 40] = [
    b"th", b"he", b"in", b"er", b"an", b"re", b"on", b"at", b"en", b"nd", b"ti", b"es", b"or", b"te", b"of",
    b"ed", b"is", b"it", b"al", b"ar", b"st", b"to", b"nt", b"ng", b"se", b"ha", b"as", b"ou", b"io", b"le",
    b"ve", b"co", b"me", b"de", b"hi", b"ri", b"ro", b"ic", b"ne", b"ea",
];

/// For each letter, the second letters of its common pairs, a bit each.
static SECONDS: [u32; 26] = {
    let mut seconds = [0; 26];
    let mut at = 0;
    while at < COMMON.len() {
        let &[first, second] = COMMON[at];
        seconds[(first - b'a') as usize] |= 1 << (second - b'a');
        at += 1;
    }
    seconds
};

/// The share of letter pairs (both letters, case ignored) that are among the commonest. Words have above one half, random
/// letters 40 in 676.
fn common_pairs(body: &[u8]) -> f32 {
    let mut letters = 0_u32;
    let mut common = 0_u32;
    for pair in body.windows(2) {
        if pair[0].is_ascii_alphabetic() && pair[1].is_ascii_alphabetic() {
            letters += 1;
            let [first, second] = [pair[0], pair[1]].map(|letter| letter.to_ascii_lowercase() - b'a');
            common += SECONDS[usize::from(first)] >> second & 1;
        }
    }
    if letters < 6 { 0.0 } else { common as f32 / letters as f32 }
}

#[cfg(test)]
mod tests {
    use super::looks_random;

    #[test]
    fn words_sequences_and_numbers_are_not_random() {
        for value in [
            "getUserAccountSettings1",
            "abcdefghijklmnopqrstuvwx1",
            "0123456789ABCDEFGHIJKLMN",
            "AAAAAAAAAAAAAAAAAAAAAAAAA1",
            "20240131T235959000000Z123",
            "org/apache/commons/lang3/String",
            "aws-cloudformation-stack-v2",
            "1.2.3/4.5.6/7.8.9/10.11.12",
        ] {
            assert!(!looks_random(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn mixed_classes_are_random() {
        let halves = ["q7Xv", "T2mK9", "wZ4b", "R8nY", "c5Jd", "L3hG6"];
        assert!(looks_random(halves.concat().as_bytes()));
        assert!(looks_random(halves.concat().to_lowercase().as_bytes()));
    }
}
