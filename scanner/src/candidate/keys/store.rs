//! Key files and key containers by their first bytes: PKCS#12, Java key stores, KeePass databases, keys in DER, `OpenPGP`
//! keyrings.
//!
//! Formats: RFC 7292 (PKCS#12), RFC 9580 (`OpenPGP`), what [`form`] reads; KeePass's KDB and KDBX
//! (keepass.info/help/kb/kdbx.html).

use std::ops::Range;

use memchr::memmem;

use super::der::{self, INTEGER, OID, Reader, SEQUENCE};
use super::form::{Form, Sort};
use super::{form, java, pgp, pkcs12};
use crate::candidate::hit::{Hit, Text};
use crate::reason::Reason;

/// Bytes shown as the finding.
const MAGIC: usize = 4;

/// Looks at the beginning of a binary blob. The text must begin where the blob does.
pub fn find_keystore(text: Text<'_>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let form = form(bytes);
    let found = match (&form, bytes) {
        (Some(form), _) => of_form(form),
        (None, [0, 0, 0, 1 | 2, 0, 0, 0, 20, ..]) => {
            java::bouncy_castle(bytes).map(|has_key| (super::KEYSTORE, public(!has_key)))
        }
        (None, [0x30, ..]) => sequence(bytes),
        (None, _) => of_head(bytes),
    };
    if let Some((rule, dropped)) = found {
        let header = 0..MAGIC.min(bytes.len());
        let is_proven = form.is_some();
        hits.push(Hit { is_proven, ..super::block(rule, header, Some(whole(bytes)), dropped) });
    }
}

/// The rule of a key file, and why it is dropped; none for what is public in DER, which nothing takes for a key.
fn of_form(form: &Form) -> Option<(&'static str, Option<Reason>)> {
    let is_pgp = form.format == pgp::FORMAT;
    match form.sort {
        Sort::Private => Some((if is_pgp { super::PGP } else { super::PRIVATE_KEY }, None)),
        Sort::Encrypted => Some((super::ENCRYPTED, None)),
        Sort::Public => is_pgp.then(|| (super::PGP, public(true))),
    }
}

/// Why a store without keys is dropped.
pub(super) fn public(is_public: bool) -> Option<Reason> {
    is_public.then_some(Reason::PublicMaterial)
}

/// What a key file says that begins with the text; none for stores, and for what is not proven.
pub(super) fn form(bytes: &[u8]) -> Option<Form> {
    let form = match bytes {
        [0x30, ..] => form::of_der(bytes),
        [0x94 | 0x95 | 0xc5, ..] => pgp::form(bytes),
        _ => None,
    };
    form.filter(|form| form.is_proven)
}

/// The rule of a store whose length its first bytes do not tell, and why it is dropped: PKCS#12 in BER, a Java key store,
/// KeePass.
pub(super) fn of_head(bytes: &[u8]) -> Option<(&'static str, Option<Reason>)> {
    match bytes {
        // Two signatures, each with its least significant byte first; the second tells versions 1, 2 alpha and 2.
        [0x03, 0xd9, 0xa2, 0x9a, 0x65..=0x67, 0xfb, 0x4b, 0xb5, ..] => Some((super::KEEPASS, None)),
        [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 1 | 2, ..] | [0xce, 0xce, 0xce, 0xce, 0, 0, 0, 1 | 2, ..] => {
            Some((super::KEYSTORE, public(!java::has_key(bytes))))
        }
        [0x30, 0x80, ..] => sequence(bytes).filter(|(rule, _)| *rule == super::KEYSTORE),
        _ => None,
    }
}

fn whole(bytes: &[u8]) -> Range<usize> {
    0..bytes.len()
}

/// The rule of a DER sequence that is a store, or a private key that cannot be read to its end, and why it is dropped.
fn sequence(bytes: &[u8]) -> Option<(&'static str, Option<Reason>)> {
    let content = der::beginning(bytes, SEQUENCE)?;
    let head = &content[..content.len().min(64)];
    if content.starts_with(&[2, 1, 3, 0x30]) {
        let is_store = memmem::find(head, pkcs12::PKCS7).is_some();
        return is_store.then(|| (super::KEYSTORE, public(pkcs12::has_key(bytes) == Some(false))));
    }
    // Cut, or followed by something else: by its beginning.
    let key = content.strip_prefix(&[2, 1, 0])?;
    let algorithm = Reader::new(key).sequence().and_then(|mut algorithm| algorithm.take(OID));
    let pkcs8 = algorithm.is_some_and(|oid| [form::RSA, form::EC, form::ED25519].contains(&oid));
    // PKCS#1: the modulus is an integer of 64 bytes at least.
    let pkcs1 = der::beginning(key, INTEGER).is_some_and(|modulus| modulus.len() >= 64);
    (pkcs8 || pkcs1).then_some((super::PRIVATE_KEY, None))
}
