//! What the value holds if it is hexadecimal or Base64: text, a file format, a key, or noise.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::value::{charset, hex, words};

/// Characters that are decoded; a multiple of four.
const DECODED: usize = 128;
/// Shorter values are not decoded.
const LEAST: usize = 12;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The head, decoded.
#[derive(Debug)]
pub(super) struct Encoded {
    /// 0 none, 1 hexadecimal, 2 Base64.
    form: usize,
    /// Share of printable ASCII and of letters in UTF-8; -1 if nothing was decoded.
    printable: f32,
    /// Share of distinct bytes; -1 if nothing was decoded.
    distinct: f32,
    zeros: f32,
    /// Share of blanks: words of text have some, an encoded password hardly ever.
    blanks: f32,
    /// Share of letters in words of the dictionary.
    words: f32,
    /// 0 nothing known, else a format: see [`magic`].
    magic: usize,
}

impl Encoded {
    pub(super) fn of(value: &[u8]) -> Self {
        let mut buffer = [0_u8; DECODED];
        let (form, len) = decode(value, &mut buffer).unwrap_or((0, 0));
        let bytes = &buffer[..len];
        if bytes.is_empty() {
            return Self {
                form: 0,
                printable: -1.0,
                distinct: -1.0,
                zeros: -1.0,
                blanks: -1.0,
                words: -1.0,
                magic: 0,
            };
        }
        let share = |test: fn(&u8) -> bool| bytes.iter().filter(|b| test(b)).count() as f32 / len as f32;
        let mut seen = [false; 256];
        for &b in bytes {
            seen[usize::from(b)] = true;
        }
        Self {
            form,
            printable: share(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
                + letters(bytes) / len as f32,
            distinct: seen.iter().filter(|seen| **seen).count() as f32 / len as f32,
            zeros: share(|b| *b == 0),
            blanks: share(|b| *b == b' '),
            words: words::cover(bytes),
            magic: magic(bytes),
        }
    }
}

/// Bytes of letters beyond ASCII, up to the first that is no UTF-8. Noise reaches two such letters in a row about once
/// in 200 tries.
fn letters(bytes: &[u8]) -> f32 {
    let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    valid.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).map(char::len_utf8).sum::<usize>() as f32
}

/// The form and the number of bytes, if the value is one of the two.
fn decode(value: &[u8], buffer: &mut [u8; DECODED]) -> Option<(usize, usize)> {
    if value.len() < LEAST {
        return None;
    }
    let head = &value[..value.len().min(DECODED)];
    if charset::is_hex(value) {
        let digit = |b: u8| hex::digit(b).unwrap_or(0);
        for (to, pair) in buffer.iter_mut().zip(head.chunks_exact(2)) {
            *to = digit(pair[0]) << 4 | digit(pair[1]);
        }
        return Some((1, head.len() / 2));
    }
    if !charset::is_base64(value) {
        return None;
    }
    let mut standard = [0_u8; DECODED];
    for (to, b) in standard.iter_mut().zip(head) {
        *to = match b {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        };
    }
    let body = standard[..head.len()].trim_ascii_end();
    let body = &body[..body.iter().rposition(|b| *b != b'=').map_or(0, |at| at + 1)];
    let whole = if body.len() % 4 == 1 { body.len() - 1 } else { body.len() };
    LENIENT.decode_slice(&body[..whole], buffer).ok().map(|len| (2, len))
}

/// Formats by their first bytes: public things, key material, archives, pictures, text.
fn magic(bytes: &[u8]) -> usize {
    match bytes {
        [0x30, 0x82 | 0x81, ..] => 1,
        [0, 0, 0, 7 | 0x0b, b's', b's', b'h', ..] => 2,
        [b'{' | b'[', b'"' | b'{' | b'\n', ..] => 3,
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, ..] | [b'G', b'I', b'F', ..] => 4,
        [0x1f, 0x8b, ..] | [b'P', b'K', 3, 4, ..] | [0x78, 0x9c | 0xda, ..] => 5,
        [b'<', b'?' | b's' | b'h', ..] => 6,
        [b'-', b'-', b'-', b'-', b'-', ..] => 7,
        [b'w', b'O', b'F', ..] | [0, 1, 0, 0, ..] => 8,
        _ if memchr::memchr(b':', bytes).is_some() && bytes.iter().all(u8::is_ascii_graphic) => 9,
        _ => 0,
    }
}

table! {
    /// Appends the numbers.
    e: Encoded;
    "encoded: form" => e.form,
    "encoded: share of printable bytes" => e.printable,
    "encoded: share of distinct bytes" => e.distinct,
    "encoded: share of zeros" => e.zeros,
    "encoded: share of blanks" => e.blanks,
    "encoded: share of letters in words" => e.words,
    "encoded: format" => e.magic,
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::BASE64_STANDARD;

    #[test]
    fn decoded_heads_tell_text_from_noise() {
        let text = Encoded::of(BASE64_STANDARD.encode(b"user:some words of text").as_bytes());
        assert_eq!((text.form, text.magic), (2, 0));
        assert!(text.printable > 0.99 && text.blanks > 0.1);
        assert_eq!(Encoded::of(BASE64_STANDARD.encode(b"{\"alg\":\"none\"}").as_bytes()).magic, 3);
        let abroad = Encoded::of(BASE64_STANDARD.encode("доступ к базе").as_bytes());
        assert!(abroad.printable > 0.99 && abroad.blanks > 0.05);
        let hex = Encoded::of(b"00000000ffff0000");
        assert!(hex.form == 1 && hex.zeros > 0.7 && hex.printable < 0.01);
        assert_eq!(Encoded::of(b"not base 64 at all").form, 0);
        assert_eq!(Encoded::of(b"short").form, 0);
        for odd in [&b"a-_b/+cdefghi"[..], b"abcdefghijklm=", b"============", &[b'A'; 4096]] {
            assert!(Encoded::of(odd).printable.is_finite());
        }
    }
}
