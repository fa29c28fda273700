//! PKCS#12 stores (RFC 7292): version 3, contents that are lists of bags, in the clear or encrypted, and a digest of them.
//!
//! Java's own trust store (`cacerts`) is one: certificates in the clear, without a digest.

use super::der::{self, OCTET_STRING, OID, Reader};

/// `1.2.840.113549.1.7`, the arc of PKCS#7 content types that a store begins with.
pub(super) const PKCS7: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07";
/// `1.2.840.113549.1.7.1`, contents in the clear.
pub(super) const DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
/// `1.2.840.113549.1.12.10.1.3`, the bag of a certificate.
pub(super) const CERTIFICATE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03";

/// False if every bag of the store can be seen and holds a certificate; true if one holds something else or is encrypted.
/// None if it is no store to its last byte.
pub(super) fn has_key(bytes: &[u8]) -> Option<bool> {
    let mut store = der::sequence(bytes)?;
    let version = store.small()?;
    let mut contents = store.sequence()?;
    let sort = contents.take(OID)?;
    let signed = store.is_empty() || store.sequence().is_some() && store.is_empty();
    (version == 3 && signed && sort.starts_with(PKCS7)).then(|| certificates_only(contents).is_none())
}

/// Some if all bags of `contents` are in the clear and certificates.
fn certificates_only(contents: Reader<'_>) -> Option<()> {
    let mut parts = inside(contents)?;
    while !parts.is_empty() {
        let mut part = parts.sequence()?;
        part.take(OID).filter(|sort| *sort == DATA)?;
        let mut bags = inside(part)?;
        while !bags.is_empty() {
            bags.sequence()?.take(OID).filter(|sort| *sort == CERTIFICATE)?;
        }
    }
    Some(())
}

/// The sequence in the octets that contents in the clear are.
fn inside(mut contents: Reader<'_>) -> Option<Reader<'_>> {
    der::sequence(Reader::new(contents.take(0xa0)?).take(OCTET_STRING)?)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn certificates_in_the_clear_are_no_key() {
        const KEY: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02";
        const ENCRYPTED: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06";
        for (name, store, expected) in [
            ("certificates", samples::pkcs12_of(DATA, &[CERTIFICATE, CERTIFICATE]), Some(false)),
            ("a key among them", samples::pkcs12_of(DATA, &[CERTIFICATE, KEY]), Some(true)),
            ("encrypted", samples::pkcs12_of(ENCRYPTED, &[CERTIFICATE]), Some(true)),
            ("random", samples::pkcs12(), Some(true)),
            ("cut", samples::pkcs12()[..900].to_vec(), None),
            ("a key", samples::pkcs8_ec(), None),
        ] {
            assert_eq!(has_key(&store), expected, "{name}");
        }
    }
}
