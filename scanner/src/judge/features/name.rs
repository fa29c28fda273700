//! The name: its spelling, and how much the value is like it.

use super::Subject;

/// Letters and digits of the name and of the value that are compared.
const COMPARED: usize = 32;

/// The name beside the value.
#[derive(Debug, Default)]
pub(super) struct Likeness {
    bytes: usize,
    words: usize,
    dots: usize,
    upper: usize,
    lower: usize,
    digits: usize,
    first_upper: bool,
    /// Bytes from the end of the name to the value; -1 without a name.
    distance: f32,
    /// Edit distance over the longer one, of letters and digits in lower case; -1 without a name.
    edits: f32,
    /// Longest common part over the value's length.
    common: f32,
    contains: bool,
    contained: bool,
}

impl Likeness {
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let name = &subject.name[..subject.name.len().min(160)];
        let Some(key) = subject.candidate.key.as_ref().filter(|_| !name.is_empty()) else {
            return Self { distance: -1.0, edits: -1.0, common: -1.0, ..Self::default() };
        };
        let (mut left, mut right) = ([0; COMPARED], [0; COMPARED]);
        // The end of a name says what it is.
        let tail = squeeze(name.iter().rev(), &mut left);
        tail.reverse();
        let value = squeeze(subject.value.iter(), &mut right);
        let (edits, common) = compare(tail, value);
        Self {
            bytes: subject.name.len(),
            words: count_words(name),
            dots: name.iter().filter(|b| **b == b'.').count(),
            upper: name.iter().filter(|b| b.is_ascii_uppercase()).count(),
            lower: name.iter().filter(|b| b.is_ascii_lowercase()).count(),
            digits: name.iter().filter(|b| b.is_ascii_digit()).count(),
            first_upper: name[0].is_ascii_uppercase(),
            distance: if key.end <= subject.start {
                (subject.start - key.end).min(255) as f32
            } else {
                // A name after its value (`"x" as password`), or around it.
                -2.0
            },
            edits: edits as f32 / tail.len().max(value.len()).max(1) as f32,
            common: common as f32 / value.len().max(1) as f32,
            contains: value.len() >= 3 && memchr::memmem::find(tail, value).is_some(),
            contained: tail.len() >= 3 && memchr::memmem::find(value, tail).is_some(),
        }
    }
}

fn squeeze<'a, 'b>(bytes: impl Iterator<Item = &'a u8>, out: &'b mut [u8; COMPARED]) -> &'b mut [u8] {
    let mut len = 0;
    for (to, from) in out.iter_mut().zip(bytes.filter(|b| b.is_ascii_alphanumeric())) {
        *to = from.to_ascii_lowercase();
        len += 1;
    }
    &mut out[..len]
}

/// Levenshtein distance and length of the longest common run.
fn compare(a: &[u8], b: &[u8]) -> (usize, usize) {
    let (mut edits, mut common) = ([0_u8; COMPARED + 1], [0_u8; COMPARED + 1]);
    for (n, edit) in edits.iter_mut().enumerate() {
        *edit = n as u8;
    }
    let mut longest = 0;
    for (row, x) in a.iter().enumerate() {
        let (mut corner, mut run_corner) = (edits[0], 0);
        edits[0] = row as u8 + 1;
        for (column, y) in b.iter().enumerate() {
            let (above, run_above) = (edits[column + 1], common[column + 1]);
            edits[column + 1] = (corner + u8::from(x != y)).min(above + 1).min(edits[column] + 1);
            common[column + 1] = if x == y { run_corner + 1 } else { 0 };
            longest = longest.max(common[column + 1]);
            (corner, run_corner) = (above, run_above);
        }
    }
    (usize::from(edits[b.len()]), usize::from(longest))
}

/// Words of a name: at separators and humps.
fn count_words(name: &[u8]) -> usize {
    let mut before = b'.';
    let mut words = 0;
    for &b in name {
        words += usize::from(
            b.is_ascii_alphanumeric()
                && (!before.is_ascii_alphanumeric() || before.is_ascii_lowercase() && b.is_ascii_uppercase()),
        );
        before = b;
    }
    words
}

table! {
    /// Appends the numbers.
    l: Likeness;
    "name: bytes" => l.bytes,
    "name: words" => l.words,
    "name: dots" => l.dots,
    "name: capitals" => l.upper,
    "name: small letters" => l.lower,
    "name: digits" => l.digits,
    "name: begins with a capital" => l.first_upper,
    "name: bytes from it to the value" => l.distance,
    "name: edits to the value" => l.edits,
    "name: share of the value in common" => l.common,
    "name: contains the value" => l.contains,
    "name: contained in the value" => l.contained,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_and_common_runs_match_hand_counts() {
        assert_eq!(compare(b"kitten", b"sitting"), (3, 3));
        assert_eq!(compare(b"", b"abc"), (3, 0));
        assert_eq!(compare(b"abc", b""), (3, 0));
        assert_eq!(compare(b"password", b"password"), (0, 8));
        assert_eq!(count_words(b"spring.dbUser_Name2"), 4);
    }
}
