//! Public material without armour whose bytes look like a secret: SSH public keys and certificates in XML. It is
//! never reported; it covers what stands there.

use std::ops::Range;

use super::body;
use crate::candidate::hit::{Hit, Text};
use crate::reason::Reason;

pub(super) const ANCHORS: &[&str] = &[
    "ssh-rsa aaaa",
    "ssh-dss aaaa",
    "ssh-ed25519 aaaa",
    "ecdsa-sha2-nistp",
    "openssh.com aaaa",
    "x509certificate>",
];

/// Base64 characters worth covering.
const LEAST: usize = 40;
/// Bytes after the name in which base64 begins.
const NEAR: usize = 16;

pub(super) fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let window = &bytes[anchor.start..bytes.len().min(anchor.end + NEAR)];
    let from = if window.contains(&b'>') {
        anchor.end
    } else {
        let Some(at) = memchr::memmem::find(window, b" AAAA") else { return };
        anchor.start + at + 1
    };
    // A certificate goes over lines up to the closing tag, a key is one run.
    let certificate = from == anchor.end;
    let rest = &bytes[from..];
    let is_body = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'+' | b'/' | b'=')
            || certificate && (byte.is_ascii_whitespace() || *byte == b'\\')
    };
    let end = from
        + rest
            .iter()
            .take(body::LONGEST)
            .position(|byte| !is_body(byte))
            .unwrap_or(rest.len().min(body::LONGEST));
    if end - from >= LEAST {
        hits.push(super::block(super::PRIVATE_KEY, anchor, Some(from..end), Some(Reason::PublicMaterial)));
    }
}
