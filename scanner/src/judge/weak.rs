//! Weak credentials: defaults, dummies and test values in use. A warning, not a leak.
//!
//! Says nothing about whether a value is a credential at all; the score does. Only tells, of two credentials, the one
//! whose secrecy is worth nothing.

mod list;

use crate::value::path::PathInfo;
use crate::value::placeholder::{self, Form};
use crate::value::randomness::looks_random;
use crate::value::words;

/// Bytes that are looked at.
const LOOKED_AT: usize = 128;

/// True if the value, used as a credential, is a default, a dummy or a test value.
pub fn is_weak(value: &[u8], name: Option<&[u8]>, path: &PathInfo) -> bool {
    let value = &value[..value.len().min(LOOKED_AT)];
    if is_common(value) || has_dummy_word(value) || is_monotonous(value) {
        return true;
    }
    if matches!(placeholder::form(value), Some(Form::Sequence | Form::Repeated | Form::Example)) {
        return true;
    }
    let letters = fold(value);
    let repeats = name.is_some_and(|name| letters.len() >= 3 && fold(name).ends_with(&letters));
    // In a test, what was not generated was made up for it.
    repeats
        || (path.test || path.example)
            && !looks_random(value)
            && (value.len() < 16 || words::cover(value) > 0.4)
}

/// True if the value is a password of the common lists, also with a number or marks after it, in any case, and in leet.
pub fn is_common(value: &[u8]) -> bool {
    if value.is_empty() || value.len() > 24 {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let stem_end = lower.iter().rposition(u8::is_ascii_alphabetic).map_or(0, |at| at + 1);
    list::is_common(&lower)
        || list::is_common(&fold(&lower))
        || lower.len() - stem_end <= 5 && list::is_common(&unleet(&lower[..stem_end]))
}

/// True if a word inside says that the value is no secret: `test`, `dummy`, `fake`, `foo` …
pub fn has_dummy_word(value: &[u8]) -> bool {
    let value = &value[..value.len().min(LOOKED_AT)];
    // A generated value may contain any three letters by chance.
    if looks_random(value) {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    list::has_dummy_word(&lower) || list::has_dummy_word(&unleet(&lower))
}

/// Digits alone in few, or at most three different characters.
fn is_monotonous(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    for &b in value {
        seen[usize::from(b.to_ascii_lowercase())] = true;
    }
    seen.iter().filter(|seen| **seen).count() <= 3 || value.len() <= 8 && value.iter().all(u8::is_ascii_digit)
}

/// Lower-case letters and digits only.
fn fold(value: &[u8]) -> Vec<u8> {
    value.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
}

/// Lower case with the usual swaps undone, letters only.
fn unleet(lower: &[u8]) -> Vec<u8> {
    lower
        .iter()
        .map(|b| match b {
            b'0' => b'o',
            b'1' | b'!' => b'i',
            b'3' => b'e',
            b'4' | b'@' => b'a',
            b'5' | b'$' => b's',
            b'7' => b't',
            other => *other,
        })
        .filter(u8::is_ascii_alphabetic)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_dummies_are_weak() {
        let path = PathInfo::new("src/main.py");
        for value in [
            "admin",
            "password",
            "Passw0rd",
            "P@ssw0rd!",
            "password123",
            "changeme",
            "root",
            "123456",
            "guest",
            "secret",
            "test",
            "postgres",
            "letmein",
            "foobar",
            "dummy-token",
            "my_test_password",
            "qwerty",
            "aaaa",
            "toor",
            "0000",
            "abc123",
            "s3cret",
        ] {
            assert!(is_weak(value.as_bytes(), None, &path), "{value}");
        }
    }

    #[test]
    fn chosen_and_random_values_are_not_weak_outside_tests() {
        let kettle = ["Kettle", "87"].concat();
        let random = ["q7XvT2mK", "9wZ4bR8n", "Yc5Jd"].concat();
        for (path, weak) in [("src/main.py", false), ("tests/test_main.py", true)] {
            assert_eq!(is_weak(kettle.as_bytes(), None, &PathInfo::new(path)), weak, "{path}");
        }
        for path in ["src/main.py", "tests/test_main.py"] {
            assert!(!is_weak(random.as_bytes(), None, &PathInfo::new(path)), "{path}");
        }
    }

    #[test]
    fn a_value_that_repeats_its_name_is_weak() {
        let path = PathInfo::new("src/main.py");
        assert!(is_weak(b"orders", Some(b"DB_ORDERS"), &path));
        assert!(!is_weak(b"Walnut88x", Some(b"DB_PASSWORD"), &path));
    }
}
