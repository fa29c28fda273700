//! Secret keys of minisign and of OpenBSD's signify: one line of Base64 of a known length.
//!
//! minisign (its page, "Secret key format"): `Ed`, `Sc` or two zeros (no passphrase), `B2`, 152 more bytes. signify
//! (signify(1), crypto_api): `Ed`, `BK`, the rounds of the derivation (0: no passphrase), 96 more bytes.

use std::ops::Range;

use super::body::is_base64;
use super::form::{Form, Sort};
use crate::candidate::hit::{Hit, Text};
use crate::rule::codec;

/// `Ed`, `Sc` and `B2`, `Ed`, two zeros and `B2`, and `Ed` and `BK` in Base64, in lower case.
pub(super) const ANCHORS: &[&str] = &["rwrty0iy", "rwqaaeiy", "rwrcswaa"];

const MINISIGN: usize = 158;
const SIGNIFY: usize = 104;

pub(super) fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    if bytes[..anchor.start].last().is_some_and(|&byte| is_base64(byte)) {
        return;
    }
    let line = &bytes[anchor.start..bytes.len().min(anchor.start + 256)];
    let end = anchor.start + line.iter().take_while(|&&byte| is_base64(byte)).count();
    let span = anchor.start..end;
    let Some(form) = form(&bytes[span.clone()]) else { return };
    let rule = if form.sort == Sort::Private { super::PRIVATE_KEY } else { super::ENCRYPTED };
    hits.push(Hit { is_proven: form.is_proven, ..super::block(rule, span.clone(), Some(span), None) });
}

/// The form of the key that `line` begins with.
pub(super) fn form(line: &[u8]) -> Option<Form> {
    let length = line.iter().take(256).take_while(|&&byte| is_base64(byte)).count();
    let key = codec::base64_decode(&line[..length])?;
    let (format, plain) = match key.as_slice() {
        [b'E', b'd', b'S', b'c', b'B', b'2', ..] if key.len() == MINISIGN => ("minisign", false),
        [b'E', b'd', 0, 0, b'B', b'2', ..] if key.len() == MINISIGN => ("minisign", true),
        [b'E', b'd', b'B', b'K', rounds @ ..] if key.len() == SIGNIFY => ("signify", rounds[..4] == [0; 4]),
        _ => return None,
    };
    let sort = if plain { Sort::Private } else { Sort::Encrypted };
    Some(Form::proven(sort, format).of("Ed25519".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::samples::base64;
    use super::super::tests::{noise, seen_in};
    use super::super::{ENCRYPTED, PRIVATE_KEY};

    #[test]
    fn keys_are_told_by_their_marks_and_their_length() {
        for (head, length, rule) in [
            (&b"EdScB2"[..], 158, Some(ENCRYPTED)),
            (b"Ed\0\0B2", 158, Some(PRIVATE_KEY)),
            (b"EdBK\0\0\0\x2a", 104, Some(ENCRYPTED)),
            (b"EdBK\0\0\0\0", 104, Some(PRIVATE_KEY)),
            // Public keys and signatures, and other lengths.
            (b"EdScB2", 157, None),
            (b"EdBK\0\0\0\x2a", 42, None),
        ] {
            let key = base64(&[head, &noise(length - head.len())].concat());
            let expected: Vec<_> = rule.into_iter().map(|rule| (rule, None)).collect();
            assert_eq!(seen_in(&format!("untrusted comment: x secret key\n{key}\n")), expected, "{head:?}");
            assert_eq!(seen_in(&format!("x{key}\n")), []);
        }
    }
}
