//! Whether a value looks as if a machine drew it: a cheap gate for names and places that say little by themselves.

use super::charset::{Charset, is_decimal, is_hex, is_uuid};
use super::entropy::shannon;
use super::words;

/// Bytes looked at; longer values are judged by their head.
const LOOKED_AT: usize = 256;

/// True if the value has the look of a generated token: eight bytes or more, no blank, kinds of bytes that
/// alternate, few dictionary words. Chosen passwords, identifiers, numbers and sentences are false; a random string
/// of lower-case letters only is false too (nothing tells it from an abbreviation).
pub fn looks_random(value: &[u8]) -> bool {
    let head = &value[..value.len().min(LOOKED_AT)];
    let set = Charset::of(head);
    if head.len() < 8 || set.spaces > 0 || set.has_control() || set.non_ascii * 4 > head.len() {
        return false;
    }
    if is_decimal(head) {
        return false;
    }
    if is_uuid(head) {
        return true;
    }
    if is_hex(head) {
        return head.len() >= 10 && set.has_digit() && set.letters > 0 && shannon(head) > 2.2;
    }
    if set.symbols * 2 > head.len() {
        return false;
    }
    let separated =
        head.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/' | b':'));
    // `lgpl-3.0`, `apps/v1`, `ruby-2.7-alpine`: small words with a small number.
    let slug = set.symbols > 0 && separated && !set.has_upper() && set.digits * 4 <= head.len();
    if slug || head.contains(&b',') {
        return false;
    }
    let entropy = shannon(head);
    let cover = words::cover(head);
    if set.has_digit() && set.letters > 0 {
        // Trailing numbers (`server12`), versions and sizes change kind once or twice, tokens often.
        let often = set.transitions * 4 >= head.len();
        return entropy > 2.6
            && (often && cover < 0.5
                || set.transitions >= 4 && cover < 0.3
                || head.len() >= 20 && cover < 0.2);
    }
    // Letters and symbols only: camel case has one change a word, random mixed case about one every second byte.
    set.has_lower()
        && set.has_upper()
        && entropy > 3.0
        && cover < 0.3
        && set.transitions * 5 >= head.len() * 2
        && head.len() >= 12
}

#[cfg(test)]
mod tests {
    use super::looks_random;

    #[test]
    fn generated_values_look_random() {
        for value in [
            "8f14e45fceea167a5a36",
            "Zk3vT9qLw2Xr",
            "q7-Xz2_Lm9",
            "0b1c9d3e-4f5a-6b7c-8d9e-0f1a2b3c4d5e",
            "Dk2T0tjMk5PdQ==",
        ] {
            assert!(looks_random(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn words_numbers_and_names_do_not() {
        for value in [
            "",
            "password",
            "123456789012",
            "my-secret-token",
            "getUserName",
            "server12",
            "application/json",
            "hello world 12",
            "userAccountId2",
            "deadbeef",
            "lgpl-3.0",
            "tag,key1,key2,key3",
        ] {
            assert!(!looks_random(value.as_bytes()), "{value}");
        }
    }
}
