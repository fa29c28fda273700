//! What stands for a secret in a file that is committed.
//!
//! Whoever has the file can try a word list against it, and no salt that lies beside it and no slow hash stops that: a
//! chosen password is found after few guesses. So a value that a person may have chosen gets a **short mark** of
//! [`SHORT_BITS`] bits: an attacker learns 12 bits and not one more, whatever the computing power. Of 10,000,000
//! passwords 2,441 have the same mark, of 100,000 there are 24; which of them it is, the file does not tell. The price: a
//! *new* password in the *same file* is taken for an accepted one with probability 1/4096 for each accepted password
//! there, which is why a short mark counts in its own file only.
//!
//! Short marks have no salt, on purpose. With one, each new salt (another repository, a baseline made anew) would give
//! away another 12 bits of a password that is used in both places, and three of them name it. Without, the same 12 bits
//! are all there ever is. A table computed in advance gives an attacker only what the sieve gives anyway.
//!
//! What a machine drew cannot be guessed; it gets a **long mark**: 128 bits of HMAC-SHA-256 (RFC 2104) with the
//! file's salt, so that two repositories do not show that they share a token. [`is_drawn`] decides, and says no in doubt:
//! being wrong that way costs nothing but the short mark's price.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::secret::Secret;
use crate::value::charset::{Charset, is_hex};
use crate::value::entropy::shannon;
use crate::value::hex;
use crate::value::randomness::looks_random;
use crate::value::words;

/// Bits of a short mark.
pub const SHORT_BITS: u32 = 12;
/// A drawn value has at least this many bytes after its prefix: 24 of base 62 are 142 bits.
const LEAST_DRAWN: usize = 24;
/// And at least this many bits by the entropy of its own bytes, which is less than what was drawn.
const LEAST_BITS: f32 = 90.0;
/// A prefix (`ghp_`, `sk-live-`) says nothing; this much at most is taken for one.
const LONGEST_PREFIX: usize = 16;
/// Of the letters of English text about 0.38 are vowels, of drawn ones 0.19.
const MOST_VOWELS: f32 = 0.33;

/// The mark of a secret. It depends on the secret (and the salt) alone: no rule, path, line or commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Of what may have been chosen.
    Short(u16),
    /// Of what was drawn.
    Long([u8; 16]),
}

/// Why a text is no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mark has 3 or 32 hexadecimal digits")]
pub struct MarkError;

impl Mark {
    /// The mark of `secret` in a file with this salt.
    pub fn new(salt: &[u8], secret: &Secret) -> Self {
        let value = secret.expose();
        if !is_drawn(value) {
            let mut hash = Sha256::new();
            hash.update(b"secretscan short mark 1\0");
            hash.update(value);
            let digest = hash.finalize();
            return Self::Short(u16::from_be_bytes([digest[0], digest[1]]) >> (16 - SHORT_BITS));
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(salt).expect("HMAC takes a key of any length");
        mac.update(b"secretscan long mark 1\0");
        mac.update(value);
        let mut first = [0; 16];
        first.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        Self::Long(first)
    }

    /// True if it tells one secret from all others, wherever they stand.
    pub fn is_long(self) -> bool {
        matches!(self, Self::Long(_))
    }
}

/// True if nobody can have chosen the value and nothing guessable is encoded in it: one long run of mixed letters and
/// digits, after a prefix at most. Digests (all of one hexadecimal run), encoded text, whole URLs, phrases with digits
/// for letters and everything shorter are false.
pub fn is_drawn(value: &[u8]) -> bool {
    // The body of an armoured key is broken into lines.
    let joined: Vec<u8> = value.iter().copied().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    if !joined
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'/' | b'=' | b'.'))
    {
        return false;
    }
    let body = without_prefix(&joined);
    let set = Charset::of(body);
    if body.len() < LEAST_DRAWN
        || is_hex(body)
        || !(set.has_digit() && set.has_lower() && set.has_upper())
        || !looks_random(body)
        || shannon(body) * (body.len() as f32) < LEAST_BITS
    {
        return false;
    }
    let plain = without_leet(body);
    words::cover(&plain) < 0.2 && vowels(&plain) <= MOST_VOWELS && !encodes_text(body)
}

/// The value without `ghp_`, `xoxb-`, `sk-live-`.
fn without_prefix(value: &[u8]) -> &[u8] {
    let head = &value[..value.len().min(LONGEST_PREFIX)];
    let end = head.iter().rposition(|b| matches!(b, b'_' | b'-' | b'.')).map_or(0, |at| at + 1);
    &value[end..]
}

/// The letters that digits stand for in chosen passwords.
fn without_leet(value: &[u8]) -> Vec<u8> {
    value
        .iter()
        .map(|b| match b {
            b'0' => b'o',
            b'1' => b'i',
            b'3' => b'e',
            b'4' => b'a',
            b'5' => b's',
            b'7' => b't',
            other => *other,
        })
        .collect()
}

/// Share of vowels among the letters.
fn vowels(value: &[u8]) -> f32 {
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let vowels = value.iter().filter(|b| b"aeiouAEIOU".contains(b)).count();
    vowels as f32 / letters.max(1) as f32
}

/// True if the value, or a part of it between dots, is the Base64 of text: what was encoded may have been chosen.
fn encodes_text(value: &[u8]) -> bool {
    let decoded = |part: &[u8]| {
        let bare = part.strip_suffix(b"==").or_else(|| part.strip_suffix(b"=")).unwrap_or(part);
        // A length that Base64 cannot have is that of a cut.
        let bare = &bare[..bare.len() - usize::from(bare.len() % 4 == 1)];
        STANDARD_NO_PAD.decode(bare).or_else(|_| URL_SAFE_NO_PAD.decode(bare)).ok()
    };
    let is_text = |bytes: &[u8]| {
        let shown = bytes.iter().filter(|b| matches!(b, b' '..=b'~' | b'\t' | b'\n' | b'\r')).count();
        // Drawn bytes are printable in three of eight cases.
        shown * 4 > bytes.len() * 3
    };
    // The signature of a signed token is drawn enough for the whole.
    let parts: Vec<&[u8]> = value.split(|b| *b == b'.').filter(|part| part.len() >= 16).collect();
    !parts.is_empty() && parts.iter().all(|part| decoded(part).is_some_and(|bytes| is_text(&bytes)))
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short(bits) => f.pad(&format!("{bits:03x}")),
            Self::Long(bytes) => f.pad(&hex::encode(bytes)),
        }
    }
}

impl FromStr for Mark {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<Self, MarkError> {
        if text.len() == 3 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return u16::from_str_radix(text, 16).map(Self::Short).map_err(|_| MarkError);
        }
        let bytes = hex::decode(text.as_bytes()).ok_or(MarkError)?;
        bytes.try_into().map(Self::Long).map_err(|_| MarkError)
    }
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::SplitMix64;

    fn mark(salt: &[u8], value: &str) -> Mark {
        Mark::new(salt, &Secret::new(value.as_bytes()))
    }

    /// `count` letters and digits.
    fn drawn(random: &mut SplitMix64, count: usize) -> String {
        let alphabet: Vec<u8> = (b'0'..=b'9').chain(b'a'..=b'z').chain(b'A'..=b'Z').collect();
        (0..count).map(|_| random.pick(&alphabet)).collect()
    }

    /// Passwords as word lists hold them: a word, a year, a sign.
    fn word_list(count: usize) -> impl Iterator<Item = String> {
        (0..count).map(|at| format!("Pass{}word{}!", at / 100, at % 100))
    }

    #[test]
    fn a_word_list_leaves_many_candidates() {
        let target = mark(b"a salt", "Winter2024!");
        let left = word_list(1_000_000).filter(|word| mark(b"a salt", word) == target).count();
        assert!((150..=350).contains(&left), "1,000,000 / 4,096 is 244, and not {left}");
    }

    #[test]
    fn a_second_file_with_another_salt_tells_nothing_more() {
        let sieve = |word: &String| {
            (0_u8..5).all(|repository| {
                let salt = [repository; 16];
                mark(&salt, word) == mark(&salt, "Winter2024!")
            })
        };
        let left = word_list(200_000).filter(sieve).count();
        assert!(left >= 25, "200,000 / 4,096 is 49, and not {left}");
    }

    #[test]
    fn what_a_person_may_have_chosen_is_never_drawn() {
        for value in [
            "Winter2024!",
            "correct-horse-battery-staple-99-Zebra",
            "MyD0gAteMyH0mew0rk2024AndTh3Cat",
            "Tr0ub4dor&3Tr0ub4dor&3Tr0ub4dor&3",
            "ThisIsMyVerySecurePassword123456",
            "postgres://app:Winter2024@db-7fK2xQ9vLm3Zt8Rw5Yc1.example.com/x",
            // Digests of chosen words, as a database dump has them.
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8",
            "123456789012345678901234567890",
            "abcABC123abcABC123abcABC123abc",
        ] {
            assert!(!is_drawn(value.as_bytes()), "{value}");
        }
        let encoded = STANDARD_NO_PAD.encode("admin:Winter2024! is the password of the test server");
        assert!(!is_drawn(encoded.as_bytes()), "{encoded}");
    }

    #[test]
    fn most_tokens_are_drawn_and_get_long_marks() {
        let mut random = SplitMix64::new(7);
        for prefix in ["", "ghp_", "sk-live-", "xoxb-"] {
            let long = (0..500)
                .filter(|_| is_drawn((prefix.to_owned() + &drawn(&mut random, 36)).as_bytes()))
                .count();
            assert!(long >= 400, "{prefix}: {long} of 500");
        }
        let key: String = (0..10).map(|_| drawn(&mut random, 64) + "\n").collect();
        assert!(is_drawn(key.as_bytes()), "the body of an armoured key");
    }

    #[test]
    fn a_long_mark_depends_on_salt_and_secret() {
        let mut random = SplitMix64::new(3);
        let token =
            std::iter::repeat_with(|| drawn(&mut random, 40)).find(|v| is_drawn(v.as_bytes())).expect("one");
        assert!(mark(b"a", &token).is_long());
        assert_eq!(mark(b"a", &token), mark(b"a", &token));
        assert_ne!(mark(b"a", &token), mark(b"b", &token));
    }

    #[test]
    fn marks_are_read_as_they_are_written() {
        for text in ["0a3", "fff", "00112233445566778899aabbccddeeff"] {
            assert_eq!(text.parse::<Mark>().expect("a mark").to_string(), text);
        }
        for text in ["", "0a", "0a3f", "zzz", "00112233445566778899aabbccddee"] {
            assert_eq!(text.parse::<Mark>(), Err(MarkError), "{text}");
        }
    }
}
