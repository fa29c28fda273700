//! A stable name for a finding that does not depend on where it stands.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Serialize, Serializer};
use sha2::Sha256;

use crate::secret::Secret;

/// Version 1: the first 16 bytes of HMAC-SHA-256 (RFC 2104), keyed with the repository's salt, over the rule
/// family, a zero byte and the secret's bytes. No path, line, column or commit: it survives moves, edits and
/// rebases, and a new secret on an old line gets a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// Computes the fingerprint. `salt` may be empty; a short password's fingerprint can then be guessed by
    /// trying a word list, so repositories that publish fingerprints should set one.
    pub fn new(salt: &[u8], family: &str, secret: &Secret) -> Self {
        Maker::new(salt, family).make(secret.expose())
    }
}

/// Makes the fingerprints of one family; the key is prepared once.
#[derive(Debug, Clone)]
pub struct Maker(Hmac<Sha256>);

impl Maker {
    /// For `salt` and `family`, as [`Fingerprint::new`] takes them.
    pub fn new(salt: &[u8], family: &str) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(salt).expect("HMAC takes a key of any length");
        mac.update(family.as_bytes());
        mac.update(&[0]);
        Self(mac)
    }

    /// The fingerprint of a secret's bytes.
    pub fn make(&self, secret: &[u8]) -> Fingerprint {
        let mut mac = self.0.clone();
        mac.update(secret);
        let mut first = [0; 16];
        first.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        Fingerprint(first)
    }
}

impl fmt::Display for Fingerprint {
    /// `v1:` and 32 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hex = String::with_capacity(35);
        hex.push_str("v1:");
        for byte in self.0 {
            write!(hex, "{byte:02x}")?;
        }
        f.pad(&hex)
    }
}

/// Tells salts apart: four hexadecimal digits, enough to notice a wrong salt and too few to find the right one. Empty
/// for no salt.
pub fn salt_check(salt: &[u8]) -> String {
    if salt.is_empty() {
        return String::new();
    }
    let Fingerprint(bytes) = Maker::new(salt, "salt check").make(b"");
    format!("{:02x}{:02x}", bytes[0], bytes[1])
}

/// What is no fingerprint of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is `v1:` and 32 hexadecimal digits")]
pub struct FingerprintError;

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let digits = text.strip_prefix("v1:").filter(|digits| digits.len() == 32).ok_or(FingerprintError)?;
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| FingerprintError)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| FingerprintError)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salts_are_told_apart() {
        assert_eq!(salt_check(b""), "");
        assert_eq!(salt_check(b"pepper").len(), 4);
        assert_ne!(salt_check(b"pepper"), salt_check(b"paprika"));
    }

    #[test]
    fn it_is_read_as_it_is_written() {
        let one = Fingerprint::new(b"", "generic", &Secret::new(b"Winter2024!"));
        assert_eq!(one.to_string().parse(), Ok(one));
        for text in ["", "v1:", "v2:00112233445566778899aabbccddeeff", "v1:00112233445566778899aabbccddeefé"]
        {
            assert_eq!(text.parse::<Fingerprint>(), Err(FingerprintError), "{text}");
        }
    }

    #[test]
    fn it_depends_on_salt_family_and_secret_only() {
        let secret = Secret::new(b"Winter2024!");
        let one = Fingerprint::new(b"", "generic", &secret);
        assert_eq!(one, Fingerprint::new(b"", "generic", &secret.clone()));
        assert_ne!(one, Fingerprint::new(b"salt", "generic", &secret));
        assert_ne!(one, Fingerprint::new(b"", "github", &secret));
        assert_ne!(one, Fingerprint::new(b"", "generic", &Secret::new(b"Winter2025!")));
        assert_eq!(one.to_string().len(), 35);
    }
}
