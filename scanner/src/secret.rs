//! The secret's bytes, in a type that cannot be printed by accident.

use std::fmt;

use serde::{Serialize, Serializer};

/// What stands for the hidden part of a masked secret. Its width says nothing about the secret's length.
const HIDDEN: &str = "********";

/// The bytes of a suspected secret.
///
/// `Debug`, `Display` and `Serialize` give [`Secret::masked`]. The raw bytes leave only through
/// [`Secret::expose`], which is easy to search for: the fingerprint, the baseline's mark and
/// `report::redact` (under `--show-secrets`) are its only callers outside the judge.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Takes a copy of the bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The raw bytes. Never print, log or store what this returns.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there is no byte.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A form that may be shown: up to four leading characters for secrets of 20 bytes or more (enough to
    /// recognise `ghp_`, `AKIA`), nothing of shorter ones, because human passwords are short.
    pub fn masked(&self) -> String {
        let shown = if self.0.len() >= 20 { 4 } else { 0 };
        let head: String = self
            .0
            .iter()
            .take(shown)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            .map(|&b| char::from(b))
            .collect();
        head + HIDDEN
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.masked())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn short_secrets_show_nothing() {
        assert_eq!(Secret::new(b"hunter2").to_string(), "********");
    }

    #[test]
    fn long_secrets_show_four_characters() {
        let secret = Secret::new(b"ghp_abcdefghijklmnopqrstuvwxyz");
        assert_eq!(secret.masked(), "ghp_********");
        assert_eq!(format!("{secret:?}"), "Secret(ghp_********)");
        assert_eq!(serde_json::to_string(&secret).expect("a string"), "\"ghp_********\"");
    }

    #[test]
    fn control_bytes_are_never_shown() {
        assert_eq!(Secret::new(b"\x1b[31maaaaaaaaaaaaaaaaaaaaaaa").masked(), "********");
    }
}
