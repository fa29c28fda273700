//! `PyPI`'s API tokens: `pypi-` and a binary macaroon of version 2 in URL-safe Base64.

use super::super::codec::base64_decode;
use super::proven;
use crate::candidate::Proof;

const LOCATION: u8 = 1;
const IDENTIFIER: u8 = 2;

/// Valid if the macaroon begins with a location of the Python package index and an identifier.
pub(super) fn check(secret: &[u8]) -> Proof {
    proven(location(secret).is_some())
}

/// The index that the token `pypi-…` is for; `None` for everything that is no such token.
pub fn location(secret: &[u8]) -> Option<&'static str> {
    location_of(secret.strip_prefix(b"pypi-")?)
}

fn location_of(body: &[u8]) -> Option<&'static str> {
    let bytes = base64_decode(body)?;
    let rest = bytes.strip_prefix(&[2])?;
    let (location, rest) = field(rest, LOCATION)?;
    let (identifier, _) = field(rest, IDENTIFIER)?;
    let known = ["pypi.org", "test.pypi.org"].into_iter().find(|known| known.as_bytes() == location);
    known.filter(|_| !identifier.is_empty())
}

/// A field: its type, its length (one byte: these are short), its bytes.
fn field(bytes: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, length], rest) = bytes.split_first_chunk::<2>()?;
    if found != kind {
        return None;
    }
    rest.split_at_checked(usize::from(length))
}

#[cfg(test)]
mod tests {
    use super::super::super::codec::base64url_encode;
    use super::*;

    #[test]
    fn only_the_package_index_is_a_location() {
        let token = |location: &str| {
            let mut bytes = vec![2, 1, location.len() as u8];
            bytes.extend(location.as_bytes());
            bytes.extend([2, 3, b'a', b'b', b'c', 0]);
            format!("pypi-{}", base64url_encode(&bytes))
        };
        assert_eq!(check(token("pypi.org").as_bytes()), Proof::Valid);
        assert_eq!(check(token("test.pypi.org").as_bytes()), Proof::Valid);
        assert_eq!(check(token("example.org").as_bytes()), Proof::Invalid);
        assert_eq!(check(token("").as_bytes()), Proof::Invalid);
    }
}
