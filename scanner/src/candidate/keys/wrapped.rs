//! Armour that is base64 once more, as Kubernetes secrets and kubeconfig files hold it.

use std::ops::Range;

use super::form::Form;
use super::{armour, body};
use crate::candidate::hit::{Hit, Text};

pub(super) const ANCHORS: &[&str] = &["ls0tls1crudjti"];

/// Spelling of the anchor: the base64 of `-----BEGIN `, as far as it does not depend on what follows.
pub(super) const BEGIN: &[u8] = b"LS0tLS1CRUdJTi";

pub(super) fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    if text.bytes[anchor.clone()] != *BEGIN {
        return;
    }
    let Some((block, body)) = inspect(text.bytes, anchor.start) else { return };
    // The header's characters, if they are on one line.
    let header = (block.header.len() * 4).div_ceil(3);
    let line =
        text.bytes[anchor.start..].iter().take(header).take_while(|b| b.is_ascii_alphanumeric()).count();
    let material = block.material.map(|_| body);
    let is_proven = super::proves(block.form.as_ref());
    let span = anchor.start..anchor.start + line;
    hits.push(Hit { is_proven, ..super::block(block.rule, span, material, block.dropped) });
}

/// The armour that `text[start..]` holds in Base64, and where that is written.
fn inspect(text: &[u8], start: usize) -> Option<(armour::Block, Range<usize>)> {
    // Up to the next one, so that a text full of them is read once.
    let after = start + BEGIN.len();
    let next = memchr::memmem::find(&text[after..], BEGIN);
    let to = next.map_or(text.len(), |at| after + at);
    // Whole lines with a footer in them end where they end; what stands below is another value.
    if let Some((armour, end)) = body::decode_lines(text, start, to.min(start + body::LONGEST), |_| false)
        && memchr::memmem::find(&armour, b"-----END ").is_some()
    {
        return Some((armour::inspect(&armour, 0)?, start..end));
    }
    let body = body::read(text, start, to);
    if body.first != start {
        return None;
    }
    Some((armour::inspect(&body.decoded_head(), 0)?, body.span))
}

/// What the key at `start` is.
pub(super) fn form(text: &[u8], start: usize) -> Option<Form> {
    inspect(text, start)?.0.form
}
