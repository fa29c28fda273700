//! The JSON file of a Google Cloud service account's key: one finding, at the private key in it.
//!
//! The rest of the object (ids, addresses) is covered, so that no other detector reports a piece of the file.

use std::ops::Range;

use memchr::memmem;

use super::armour;
use crate::candidate::hit::{Hit, Text};
use crate::reason::Reason;
use crate::rule::service_account;

pub(super) const ANCHORS: &[&str] = &["service_account"];

/// Begins the value of `private_key`.
const BEGIN: &[u8] = b"-----BEGIN";

pub(super) fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let Some(object) = service_account::object(bytes, anchor.start) else { return };
    let Some(begin) = memmem::find(&bytes[object.clone()], BEGIN) else { return };
    let Some(key) = armour::inspect(bytes, object.start + begin) else { return };
    // A form, or a key of another sort: the detector of armoured keys says so.
    if key.rule != super::PRIVATE_KEY || key.dropped.is_some() || key.material.is_none() {
        return;
    }
    let is_proven = super::proves(key.form.as_ref());
    hits.push(Hit { is_proven, ..super::block(super::GCP, key.header, key.material, None) });
    hits.push(super::block(super::GCP, anchor, Some(object), Some(Reason::PublicMaterial)));
}
