//! The ways in which a value may be written a second time on its own line.

use std::fmt::Write as _;

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::value::hex;

/// Encodings shorter than this hold too little of a value to be looked for.
const MIN_ENCODED: usize = 6;

/// The value itself first, then its percent-encoded, JSON-escaped, XML-escaped, base64 (both alphabets, without
/// padding, also as the middle of a longer text) and hexadecimal forms, as far as they differ.
pub(super) fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.to_vec()];
    let mut add = |form: String| {
        if form.len() >= MIN_ENCODED && !forms.iter().any(|known| known == form.as_bytes()) {
            forms.push(form.into_bytes());
        }
    };
    for keep in [&b"-_.~"[..], b"-_.~/", b"-_.~/:@!$&'()*+,;="] {
        let upper = percent_encoded(secret, keep);
        add(upper.to_ascii_lowercase());
        add(upper);
    }
    let text = String::from_utf8_lossy(secret);
    if let Ok(quoted) = serde_json::to_string(&text) {
        add(quoted[1..quoted.len() - 1].to_owned());
    }
    for (quote, apostrophe) in [("&quot;", "&#39;"), ("&quot;", "&apos;"), ("&quot;", "'"), ("\"", "'")] {
        add(xml_escaped(&text, quote, apostrophe));
    }
    for before in 0..3 {
        add(base64_after(secret, before, &STANDARD_NO_PAD));
        add(base64_after(secret, before, &URL_SAFE_NO_PAD));
    }
    let hex = hex::encode(secret);
    add(hex.to_ascii_uppercase());
    add(hex);
    forms
}

/// Base64 of `secret` after so many other bytes of a longer text: the characters that hold bits of it alone.
fn base64_after(secret: &[u8], before: usize, engine: &impl base64::Engine) -> String {
    let mut encoded = engine.encode([&[0; 2][..before], secret].concat());
    if before > 0 {
        // The last character holds bits of what follows as well.
        encoded.truncate((before + secret.len()) * 8 / 6);
    }
    encoded.split_off((before * 8).div_ceil(6))
}

/// RFC 3986: letters, digits and `keep` stay.
fn percent_encoded(bytes: &[u8], keep: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || keep.contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Escaped for text or attributes; whether and how quotes are escaped depends on who writes.
pub(in crate::report) fn xml_escaped(text: &str, quote: &str, apostrophe: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str(quote),
            '\'' => out.push_str(apostrophe),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::forms;

    #[test]
    fn a_value_has_these_forms() {
        let forms: Vec<String> =
            forms(b"a&\"b/c?d").into_iter().map(|form| String::from_utf8(form).expect("text")).collect();
        for expected in [
            "a&\"b/c?d",
            "a%26%22b%2Fc%3Fd",
            "a%26%22b%2fc%3fd",
            "a%26%22b/c%3Fd",
            "a&\\\"b/c?d",
            "a&amp;&quot;b/c?d",
            "a&amp;\"b/c?d",
            "YSYiYi9jP2Q",
            // After one and after two other bytes.
            "EmImIvYz9k",
            "hJiJiL2M_Z",
            "6126226", // the beginning of the hexadecimal form
        ] {
            assert!(forms.iter().any(|form| form.starts_with(expected)), "{expected} in {forms:?}");
        }
    }
}
