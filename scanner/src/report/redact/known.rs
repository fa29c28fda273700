//! Finds any reported value in any text, in time linear in the text however many values there are.

use std::collections::HashSet;
use std::ops::Range;

use super::name::reads_as_name;
use crate::finding::Finding;

/// Values are told apart by their first bytes before anything is compared; shorter ones are not looked for.
const HEAD: usize = 6;
/// Only this much of a value is looked for: no path or name holds more, and it bounds the chain of values that
/// are prefixes of each other.
const MAX: usize = 512;

/// The peculiar values of a report, sorted.
#[derive(Debug, Default)]
pub(super) struct KnownSecrets<'a> {
    values: Vec<Value<'a>>,
    heads: HashSet<[u8; HEAD]>,
}

struct Value<'a> {
    bytes: &'a [u8],
    /// The longest other value that this one begins with.
    shorter: Option<usize>,
    /// It may be what a file or folder is called.
    name: bool,
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({} bytes)", self.bytes.len())
    }
}

impl<'a> KnownSecrets<'a> {
    pub(super) fn new(findings: impl Iterator<Item = &'a Finding>) -> Self {
        let written = |finding: &'a Finding| finding.encoded.as_ref().map(|encoded| encoded.written.expose());
        let companions = |finding: &'a Finding| {
            let masked = finding.companions.iter().filter(|companion| !companion.is_public);
            masked.map(|companion| companion.value.expose())
        };
        Self::from_values(findings.flat_map(|finding| {
            [finding.secret.expose()].into_iter().chain(written(finding)).chain(companions(finding))
        }))
    }

    fn from_values(values: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut bytes: Vec<&[u8]> =
            values.filter(|value| is_peculiar(value)).map(|value| &value[..value.len().min(MAX)]).collect();
        bytes.sort_unstable();
        bytes.dedup();
        let heads = bytes.iter().filter_map(|value| value.first_chunk().copied()).collect();

        let mut values: Vec<Value<'a>> = Vec::with_capacity(bytes.len());
        for bytes in bytes {
            let mut shorter = values.len().checked_sub(1);
            while let Some(at) = shorter {
                if bytes.starts_with(values[at].bytes) {
                    break;
                }
                shorter = values[at].shorter;
            }
            values.push(Value { bytes, shorter, name: reads_as_name(bytes) });
        }
        Self { values, heads }
    }

    /// Ranges of `text` that hold a known value; they may overlap.
    pub(super) fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        self.find_any(text, |_| true)
    }

    /// As `find`, without the values that read as names: in a path they may well be one.
    pub(super) fn find_in_path(&self, path: &[u8]) -> Vec<Range<usize>> {
        self.find_any(path, |value| !value.name)
    }

    fn find_any(&self, text: &[u8], wanted: impl Fn(&Value<'_>) -> bool) -> Vec<Range<usize>> {
        if self.values.is_empty() {
            return Vec::new();
        }
        (0..text.len()).filter_map(|at| Some(at..at + self.longest(&text[at..], &wanted)?)).collect()
    }

    /// Length of the longest wanted value that `text` begins with.
    fn longest(&self, text: &[u8], wanted: impl Fn(&Value<'_>) -> bool) -> Option<usize> {
        if !self.heads.contains(text.first_chunk()?) {
            return None;
        }
        // Whatever `text` begins with sorts before it, and all such values are on the chain of the last of them.
        let mut candidate = self.values.partition_point(|value| value.bytes <= text).checked_sub(1);
        while let Some(at) = candidate {
            let value = &self.values[at];
            if text.starts_with(value.bytes) && wanted(value) {
                return Some(value.bytes.len());
            }
            candidate = value.shorter;
        }
        None
    }
}

/// True unless the value is short for its variety, so that it could stand anywhere by chance: six bytes of three
/// classes (lower, upper, digit, other), eight of two, sixteen of one.
pub(in crate::report) fn is_peculiar(secret: &[u8]) -> bool {
    let classes: [fn(&u8) -> bool; 4] =
        [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit, |byte| {
            !byte.is_ascii_alphanumeric()
        }];
    let least = match classes.iter().filter(|class| secret.iter().any(class)).count() {
        0 | 1 => 16,
        2 => 8,
        _ => HEAD,
    };
    secret.len() >= least
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known<'a>(values: &[&'a str]) -> KnownSecrets<'a> {
        KnownSecrets::from_values(values.iter().map(|value| value.as_bytes()))
    }

    #[test]
    fn every_occurrence_is_found() {
        let known = known(&["s3cr3t-one", "s3cr3t-two", "s3cr3t-two"]);
        assert_eq!(known.find(b"a/s3cr3t-two/s3cr3t-one/s3cr3t-tw"), [2..12, 13..23]);
    }

    #[test]
    fn the_longest_of_nested_values_is_found() {
        let known = known(&["token-12", "token-12-34", "token-12-34-56", "token-12-35", "token-13"]);
        for (text, expected) in [
            ("token-12-34-56", 14),
            ("token-12-34-5x", 11),
            ("token-12-34-57", 11),
            ("token-12-36", 8),
            ("token-12", 8),
            ("token-14", 0),
        ] {
            assert_eq!(known.longest(text.as_bytes(), |_| true).unwrap_or(0), expected, "{text}");
        }
    }

    #[test]
    fn in_a_path_a_value_that_reads_as_a_name_is_none_and_hides_no_shorter_one() {
        let known = known(&["dbx-mgr-", "dbx-mgr-production"]);
        let path = b"dbx-mgr-production/dbx-mgr-production";
        assert_eq!(known.find(path), [0..18, 19..37]);
        assert_eq!(known.find_in_path(path), [0..8, 19..27]);
    }

    #[test]
    fn words_are_not_peculiar() {
        for (value, expected) in [
            ("postgres", false),
            ("PRODUCTION", false),
            ("20240131", false),
            ("hunter2", false),
            ("Winter2024!", true),
            ("hunter22", true),
            ("aB3aB", false),
            ("aB3aB3", true),
            ("correcthorsebatterystaple", true),
        ] {
            assert_eq!(is_peculiar(value.as_bytes()), expected, "{value}");
        }
    }
}
