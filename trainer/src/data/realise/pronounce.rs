//! Whether letters can be spoken: tells chosen words from drawn letters, without a dictionary.
//!
//! Pairs of letters are counted over the lists of words and names; a word is as speakable as the share of its pairs
//! that occur there. Drawn letters reach about .55, words of European languages .9 and more. Short runs say little:
//! four letters or fewer are taken as speakable if they hold a vowel or are a known abbreviation's length.

use std::sync::LazyLock;

use super::lists::{NAMES, WORDS};

/// How often each pair of letters occurs in the lists.
static PAIRS: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut counts = vec![0_u16; 26 * 26];
    for word in WORDS.iter().chain(NAMES) {
        for pair in word.as_bytes().windows(2) {
            counts[place(pair[0], pair[1])] += 1;
        }
    }
    counts
});

fn place(a: u8, b: u8) -> usize {
    usize::from(a - b'a') * 26 + usize::from(b - b'a')
}

/// Share of the pairs that words use more than once, in [0, 1]; 1 for fewer than two letters. Other characters than
/// ASCII letters count as speakable.
pub(super) fn score(letters: &str) -> f32 {
    let lower = letters.to_ascii_lowercase();
    let pairs: Vec<&[u8]> = lower.as_bytes().windows(2).collect();
    if pairs.is_empty() {
        return 1.0;
    }
    let known = pairs
        .iter()
        .filter(|pair| !pair.iter().all(u8::is_ascii_lowercase) || PAIRS[place(pair[0], pair[1])] > 1)
        .count();
    known as f32 / pairs.len() as f32
}

/// True if the letters look like a word or a name.
pub(super) fn is_speakable(letters: &str) -> bool {
    let vowels = letters.bytes().filter(|b| b"aeiouyAEIOUY".contains(b) || !b.is_ascii()).count();
    match letters.len() {
        0..=3 => true,
        4 => vowels > 0 && score(letters) > 0.6,
        length => vowels * 6 >= length && vowels * 10 <= length * 8 && score(letters) >= 0.74,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_many_languages_can_be_spoken() {
        for word in [
            "kestrel",
            "Sommer",
            "contrasena",
            "passwort",
            "hunter",
            "matrioska",
            "Sakura",
            "geheim",
            "letmein",
            "Grenoble",
        ] {
            assert!(is_speakable(word), "{word} {}", score(word));
        }
    }

    #[test]
    fn drawn_letters_cannot() {
        for letters in ["xqzvk", "hjwqpzrt", "bdfkgxmvq", "QZXWVJ", "tzkwqhjx"] {
            assert!(!is_speakable(letters), "{letters} {}", score(letters));
        }
    }
}
