//! Armour that is base64 once more, as Kubernetes secrets and kubeconfig files hold it.

use std::ops::Range;

use super::{armour, body};
use crate::candidate::hit::{Hit, Text};

pub(super) const ANCHORS: &[&str] = &["ls0tls1crudjti"];

/// Spelling of the anchor: the base64 of `-----BEGIN `, as far as it does not depend on what follows.
const BEGIN: &[u8] = b"LS0tLS1CRUdJTi";

pub(super) fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    if text.bytes[anchor.clone()] != *BEGIN {
        return;
    }
    // Up to the next one, so that a text full of them is read once.
    let next = memchr::memmem::find(&text.bytes[anchor.end..], BEGIN);
    let body = body::read(text.bytes, anchor.start, next.map_or(text.bytes.len(), |at| anchor.end + at));
    if body.first != anchor.start {
        return;
    }
    let decoded = body.decoded_head();
    let Some(block) = armour::inspect(&decoded, 0) else { return };
    // The header's characters, if they are on one line.
    let header = (block.header.len() * 4).div_ceil(3);
    let line =
        text.bytes[anchor.start..].iter().take(header).take_while(|b| b.is_ascii_alphanumeric()).count();
    let material = block.material.map(|_| body.span);
    hits.push(super::block(block.rule, anchor.start..anchor.start + line, material, block.dropped));
}
