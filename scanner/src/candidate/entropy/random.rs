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
    let changes = body.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    let least = if both { 40 } else { 30 };
    if changes * 100 < (n - 1) * least {
        return false;
    }
    // A short string has at most log2(n) bits per byte; random ones come near it.
    let ceiling = (n as f32).min(if both { 62.0 } else { 36.0 }).log2();
    shannon(body) > 0.82 * ceiling && !is_sequence(body) && common_pairs(body) < 0.40
}

fn class(b: u8) -> u8 {
    match b {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

/// `abcdef`, `98765`: at least a quarter of the borders go up or down by one.
fn is_sequence(body: &[u8]) -> bool {
    let steps = body.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) == 1).count();
    steps * 4 >= body.len()
}

/// The share of letter pairs (both letters, case ignored) that are among the 40 commonest of English and of code. Words
/// have above one half, random letters 40 in 676.
fn common_pairs(body: &[u8]) -> f32 {
    const COMMON: [&[u8; 2]; 40] = [
        b"th", b"he", b"in", b"er", b"an", b"re", b"on", b"at", b"en", b"nd", b"ti", b"es", b"or", b"te",
        b"of", b"ed", b"is", b"it", b"al", b"ar", b"st", b"to", b"nt", b"ng", b"se", b"ha", b"as", b"ou",
        b"io", b"le", b"ve", b"co", b"me", b"de", b"hi", b"ri", b"ro", b"ic", b"ne", b"ea",
    ];
    let mut letters = 0_u32;
    let mut common = 0_u32;
    for pair in body.windows(2) {
        if pair[0].is_ascii_alphabetic() && pair[1].is_ascii_alphabetic() {
            letters += 1;
            let lower = [pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase()];
            common += u32::from(COMMON.contains(&&lower));
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
