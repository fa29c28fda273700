//! What a value holds that is encoded as a whole: `password: aHVudGVyMi1Qcm9k` in a manifest, `p%40ss` in a URL.
//!
//! The value stays what was found and judged; what it holds names the secret, so that its plain form elsewhere has the same
//! fingerprint.

use super::{DEPTH, Encoding, base64, escape, gate, hex};
use crate::value::charset;

/// The shortest Base64 without padding, with it, and the shortest hexadecimal: random characters of that length hold text
/// once in 7,000 times or less.
const LEAST_BASE64: usize = 12;
const LEAST_PADDED: usize = 8;
const LEAST_HEX: usize = 16;

/// What is left after all that is encoded by one of `allowed` was decoded, to [`DEPTH`], and the encodings, the outermost
/// first. `None` if nothing is, or if the result is not text.
pub fn reveal(value: &[u8], allowed: &[Encoding]) -> Option<(Vec<u8>, Vec<Encoding>)> {
    let (mut inner, first) = step(value, allowed)?;
    let mut by = vec![first];
    while by.len() < DEPTH
        && let Some((next, encoding)) = step(&inner, allowed)
    {
        inner = next;
        by.push(encoding);
    }
    Some((inner, by))
}

fn step(value: &[u8], allowed: &[Encoding]) -> Option<(Vec<u8>, Encoding)> {
    let is_text = |bytes: &Vec<u8>| !bytes.is_empty() && gate::noise(bytes) == 0;
    let whole = |encoding| {
        let bytes = match encoding {
            Encoding::Base64 => whole_base64(value),
            Encoding::Hex => whole_hex(value),
            escaped => unescaped(value, escaped),
        };
        bytes.filter(is_text).map(|bytes| (bytes, encoding))
    };
    allowed.iter().find_map(|&encoding| whole(encoding))
}

fn whole_base64(value: &[u8]) -> Option<Vec<u8>> {
    let is_padded = value.ends_with(b"=") && value.len().is_multiple_of(4);
    let least = if is_padded { LEAST_PADDED } else { LEAST_BASE64 };
    (value.len() >= least && charset::is_base64(value)).then(|| base64::decode(value)).flatten()
}

fn whole_hex(value: &[u8]) -> Option<Vec<u8>> {
    (value.len() >= LEAST_HEX && value.len().is_multiple_of(2)).then(|| hex::decode(value)).flatten()
}

/// `value` with all escapes of this sort decoded; none if there are none.
fn unescaped(value: &[u8], encoding: Encoding) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    for sign in memchr::memchr3_iter(b'%', b'&', b'\\', value) {
        let escape = escape::read(&value[sign..]).filter(|escape| escape.by == [encoding] && sign >= at);
        if let Some(escape) = escape {
            out.extend_from_slice(&value[at..sign]);
            out.extend_from_slice(escape.bytes());
            at = sign + escape.length;
        }
    }
    out.extend_from_slice(&value[at..]);
    (at > 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::Encoding::{Base64, Escape, Hex, Html, Percent};
    use super::*;

    const ALL: &[Encoding] = &[Base64, Hex, Percent, Html, Escape];

    #[test]
    fn a_value_is_revealed_as_a_whole_or_not_at_all() {
        for (value, expected) in [
            ("aHVudGVyMi1Qcm9k", Some(("hunter2-Prod", vec![Base64]))),
            ("aHVudGVyMg==", Some(("hunter2", vec![Base64]))),
            ("YUhWdWRHVnlNZz09", Some(("hunter2", vec![Base64, Base64]))),
            ("68756e746572322d", Some(("hunter2-", vec![Hex]))),
            ("p%40ss", Some(("p@ss", vec![Percent]))),
            ("a&amp;b&#61;", Some(("a&b=", vec![Html]))),
            (r"hunt\u0065r", Some(("hunter", vec![Escape]))),
            // Noise, too short, a part only.
            ("q7XvT2mK9wZ4bR8n", None),
            ("aHVudGVy", None),
            ("68756e74", None),
            ("x aHVudGVyMi1Qcm9k", None),
            ("100%", None),
            ("", None),
        ] {
            let expected = expected.map(|(text, by)| (text.as_bytes().to_vec(), by));
            assert_eq!(reveal(value.as_bytes(), ALL), expected, "{value}");
        }
        assert_eq!(reveal(b"p%40ss", &[Base64]), None, "only what is allowed");
    }
}
