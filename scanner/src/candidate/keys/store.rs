//! Key containers by their magic bytes: PKCS#12, Java key stores, KeePass databases, private keys in DER.
//!
//! Formats: RFC 7292 (PKCS#12), RFC 5208 (PKCS#8), RFC 8017 (PKCS#1); Java's `JavaKeyStore` and `JceKeyStore`; KeePass's
//! KDB and KDBX (keepass.info/help/kb/kdbx.html).

use std::ops::Range;

use memchr::memmem;

use crate::candidate::hit::{Hit, Text};
use crate::reason::Reason;

/// `1.2.840.113549.1.7`, the arc of PKCS#7 content types that a PKCS#12 file begins with.
const PKCS7: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07";
/// `1.2.840.113549.1.1.1`, `rsaEncryption`.
const RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
/// `1.2.840.10045.2.1`, `ecPublicKey`.
const EC: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01";
/// `1.3.101.112`, Ed25519.
const ED25519: &[u8] = b"\x06\x03\x2b\x65\x70";
/// Bytes shown as the finding.
const MAGIC: usize = 4;

/// Looks at the beginning of a binary blob. The text must begin where the blob does.
pub fn find_keystore(text: Text<'_>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let found = match bytes {
        [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => {
            Some((super::KEYSTORE, (!has_key_entry(bytes)).then_some(Reason::PublicMaterial)))
        }
        // Two signatures, each with its least significant byte first; the second tells versions 1, 2 alpha and 2.
        [0x03, 0xd9, 0xa2, 0x9a, 0x65..=0x67, 0xfb, 0x4b, 0xb5, ..] => Some((super::KEEPASS, None)),
        [0x30, ..] => der(bytes).map(|rule| (rule, None)),
        _ => None,
    };
    if let Some((rule, dropped)) = found {
        hits.push(super::block(rule, 0..MAGIC.min(bytes.len()), Some(whole(bytes)), dropped));
    }
}

fn whole(bytes: &[u8]) -> Range<usize> {
    0..bytes.len()
}

/// The rule of a DER sequence that holds a private key.
fn der(bytes: &[u8]) -> Option<&'static str> {
    let content = value(bytes, 0x30)?;
    let head = &content[..content.len().min(64)];
    if content.starts_with(&[2, 1, 3, 0x30]) {
        return memmem::find(head, PKCS7).map(|_| super::KEYSTORE);
    }
    let key = content.strip_prefix(&[2, 1, 0])?;
    let pkcs8 =
        key.starts_with(&[0x30]) && [RSA, EC, ED25519].iter().any(|oid| memmem::find(head, oid).is_some());
    // PKCS#1: the modulus is an integer of 64 bytes at least.
    let pkcs1 = value(key, 2).is_some_and(|modulus| modulus.len() >= 64);
    (pkcs8 || pkcs1).then_some(super::PRIVATE_KEY)
}

/// What follows the tag and the length of a DER value, as far as the text goes.
fn value(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let [first, length, rest @ ..] = bytes else { return None };
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |sum, &digit| sum << 8 | usize::from(digit)), rest)
        }
        _ => return None,
    };
    (*first == tag).then(|| &rest[..rest.len().min(length)])
}

/// True if a Java key store holds a key, or if it cannot be read to its end; false if there are certificates only.
fn has_key_entry(store: &[u8]) -> bool {
    certificates_only(store).is_none()
}

/// Some if every entry is a trusted certificate.
fn certificates_only(store: &[u8]) -> Option<()> {
    let mut rest = store.get(4..)?;
    let version = number(&mut rest, 4)?;
    let count = number(&mut rest, 4)?;
    for _ in 0..count {
        if number(&mut rest, 4)? != 2 {
            return None;
        }
        skip_counted(&mut rest, 2)?;
        number(&mut rest, 8)?;
        if version == 2 {
            skip_counted(&mut rest, 2)?;
        }
        skip_counted(&mut rest, 4)?;
    }
    Some(())
}

fn number(rest: &mut &[u8], width: usize) -> Option<u64> {
    let (digits, after) = rest.split_at_checked(width)?;
    *rest = after;
    Some(digits.iter().fold(0, |sum, &digit| sum << 8 | u64::from(digit)))
}

fn skip_counted(rest: &mut &[u8], width: usize) -> Option<()> {
    let count = usize::try_from(number(rest, width)?).ok()?;
    *rest = rest.get(count..)?;
    Some(())
}
