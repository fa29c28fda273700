//! A stable name for a finding that does not depend on where it stands.

use std::fmt::{self, Write as _};

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
        let mut mac = Hmac::<Sha256>::new_from_slice(salt).expect("HMAC takes a key of any length");
        mac.update(family.as_bytes());
        mac.update(&[0]);
        mac.update(secret.expose());
        let mut first = [0; 16];
        first.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        Self(first)
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

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
