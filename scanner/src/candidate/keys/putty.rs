//! Key files of `PuTTY` (its manual, appendix C): `PuTTY-User-Key-File-2` and `-3`.

use std::ops::Range;

use memchr::memmem;

use super::body;
use crate::candidate::hit::{Hit, Text};
use crate::reason::Reason;

pub(super) const ANCHORS: &[&str] = &["putty-user-key-file-"];

/// Spelling of the anchor.
const NAME: &[u8] = b"PuTTY-User-Key-File-";
/// Base64 characters of the smallest private part (Ed25519).
const LEAST_KEY: usize = 44;
/// Bytes in which the private part must begin: the public part of a large RSA key comes before it.
const PUBLIC_PART: usize = 16 * 1024;

pub(super) fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    if bytes[anchor.clone()] != *NAME {
        return;
    }
    let line = &bytes[anchor.end..bytes.len().min(anchor.end + 64)];
    let Some((version, algorithm)) = line.split_at_checked(3) else { return };
    let length = algorithm.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    if !version[0].is_ascii_digit() || !version.ends_with(b": ") || length == 0 {
        return;
    }
    // In an escaped file the algorithm's name is followed by the letter of no escape, because `\` ends it.
    let header = anchor.start..anchor.end + version.len() + length;
    let window = &bytes[header.end..bytes.len().min(header.end + PUBLIC_PART)];
    let window = &window[..memmem::find(window, NAME).unwrap_or(window.len())];
    let Some((encrypted, from)) = fields(window) else {
        hits.push(super::block(super::PUTTY, header, None, Some(Reason::Placeholder)));
        return;
    };
    let to = memmem::find(&window[from..], b"Private-")
        .map_or(header.end + window.len(), |at| header.end + from + at);
    let body = body::read(bytes, header.end + from, to);
    let (rule, dropped, material) = if body.is_genuine(LEAST_KEY) {
        let rule = if encrypted { super::ENCRYPTED } else { super::PUTTY };
        (rule, None, Some(header.end..body.span.end))
    } else {
        (super::PUTTY, Some(Reason::Placeholder), None)
    };
    hits.push(super::block(rule, header, material, dropped));
}

/// Whether the private part is encrypted, and the offset of its first line.
fn fields(window: &[u8]) -> Option<(bool, usize)> {
    let encryption = memmem::find(window, b"Encryption: ")? + b"Encryption: ".len();
    let lines = memmem::find(window, b"Private-Lines: ")? + b"Private-Lines: ".len();
    let digits = window[lines..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some((!window[encryption..].starts_with(b"none"), lines + digits))
}
