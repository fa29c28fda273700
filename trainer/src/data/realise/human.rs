//! Values that somebody thought up: words, names, numbers, walks over the keyboard, with separators and marks.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use secretscan::value::words;

use super::lists::{WALKS, is_telling};
use super::{Keep, machine, number, pronounce, word};

/// A piece of a chosen value.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// Letters, with digits and marks that stand for letters.
    Word(&'a str),
    /// Digits alone.
    Number(&'a str),
    /// All else, escapes included: stays.
    Mark(&'a str),
}

/// Another value of the same pattern.
pub(super) fn chosen(value: &str, random: &mut ChaCha8Rng, keep: Keep) -> String {
    pieces(value)
        .into_iter()
        .map(|piece| match piece {
            Piece::Mark(mark) => mark.to_owned(),
            Piece::Number(digits) => number::digits(digits, random),
            Piece::Word(run) => run_of_words(run, random, keep),
        })
        .collect()
}

/// A run of letters, perhaps several words in one.
fn run_of_words(run: &str, random: &mut ChaCha8Rng, keep: Keep) -> String {
    let lower = run.to_lowercase();
    if let Some(walk) = other_walk(&lower, random) {
        return word::cased(&walk, run);
    }
    if run.contains(|c: char| word::unswapped(c) != c) {
        let plain: String = lower.chars().map(word::unswapped).collect();
        return if keep == Keep::Telling && is_telling(&plain) {
            run.to_owned()
        } else {
            word::other_swapped(run, random)
        };
    }
    humps(run)
        .into_iter()
        .flat_map(split_words)
        .map(|part| {
            let kept = keep == Keep::Telling && is_telling(&part.to_lowercase());
            if kept {
                part.to_owned()
            } else if part.is_ascii() && !pronounce::is_speakable(part) {
                machine::letters(part, random)
            } else {
                word::other(part, random)
            }
        })
        .collect()
}

/// A walk over the keyboard of the same length, give or take two, if `lower` is one.
fn other_walk(lower: &str, random: &mut ChaCha8Rng) -> Option<String> {
    WALKS.iter().find(|walk| **walk == lower)?;
    let mixed = |walk: &str| walk.contains(|c: char| c.is_ascii_digit());
    let near: Vec<&&str> = WALKS
        .iter()
        .filter(|walk| {
            walk.len().abs_diff(lower.len()) <= 2 && **walk != lower && mixed(walk) == mixed(lower)
        })
        .collect();
    near.get(random.random_range(0..near.len().max(1))).map(|walk| (**walk).to_owned())
}

/// `KestrelHarbor` is two, `XMLParser` is two, `KESTREL` is one.
fn humps(run: &str) -> Vec<&str> {
    let chars: Vec<(usize, char)> = run.char_indices().collect();
    let mut cuts = vec![0];
    for at in 1..chars.len() {
        let (before, here) = (chars[at - 1].1, chars[at].1);
        let next_lower = chars.get(at + 1).is_some_and(|(_, c)| c.is_lowercase());
        if here.is_uppercase() && (before.is_lowercase() || before.is_uppercase() && next_lower) {
            cuts.push(chars[at].0);
        }
    }
    cuts.push(run.len());
    cuts.windows(2).map(|cut| &run[cut[0]..cut[1]]).collect()
}

/// `correcthorsebattery` in its words, longest first; one piece if the dictionary does not cover all of it, but that
/// a telling word at its beginning or end is split off.
fn split_words(part: &str) -> Vec<&str> {
    if !part.is_ascii() || part.len() < 6 || is_telling(&part.to_lowercase()) {
        return vec![part];
    }
    let mut words_of = Vec::new();
    let mut rest = part;
    while !rest.is_empty() {
        match (4..=rest.len().min(16)).rev().find(|&len| is_word(&rest[..len])) {
            Some(len) => words_of.push(&rest[..len]),
            None => break,
        }
        rest = &rest[words_of.last().map_or(0, |w: &&str| w.len())..];
    }
    if rest.is_empty() {
        return words_of;
    }
    for len in (3..=part.len() - 3).rev() {
        if len >= 4 && is_telling(&part[..len].to_lowercase()) {
            return vec![&part[..len], &part[len..]];
        }
        if len >= 4 && is_telling(&part[part.len() - len..].to_lowercase()) {
            return vec![&part[..part.len() - len], &part[part.len() - len..]];
        }
    }
    vec![part]
}

fn is_word(part: &str) -> bool {
    words::contains(part.as_bytes())
        || super::lists::WORDS.binary_search(&part.to_lowercase().as_str()).is_ok()
}

/// Cuts a value into its pieces.
fn pieces(value: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = value[at..].chars().next() {
        let rest = &value[at..];
        let (piece, len) = if c == '\\' {
            let len = rest.char_indices().nth(2).map_or(rest.len(), |(end, _)| end);
            (Piece::Mark(&rest[..len]), len)
        } else if let Some(len) = word_length(rest) {
            (Piece::Word(&rest[..len]), len)
        } else if c.is_ascii_digit() {
            let len = rest.bytes().take_while(u8::is_ascii_digit).count();
            (Piece::Number(&rest[..len]), len)
        } else {
            (Piece::Mark(&rest[..c.len_utf8()]), c.len_utf8())
        };
        out.push(piece);
        at += len;
    }
    out
}

/// The length of the word that `rest` begins with: letters, with swapped ones where letters stand on both sides, or a
/// walk such as `1q2w3e4r`.
fn word_length(rest: &str) -> Option<usize> {
    let run: usize = rest.chars().take_while(char::is_ascii_alphanumeric).map(char::len_utf8).sum();
    let lower = rest[..run].to_ascii_lowercase();
    if WALKS.contains(&lower.as_str()) {
        return Some(run);
    }
    let chars: Vec<(usize, char)> =
        rest.char_indices().take_while(|(_, c)| c.is_alphabetic() || word::unswapped(*c) != *c).collect();
    let last = chars.iter().rposition(|(_, c)| c.is_alphabetic())?;
    let first_letter = chars.iter().position(|(_, c)| c.is_alphabetic())?;
    let whole = chars[last].0 + chars[last].1.len_utf8();
    let plain = chars.iter().take_while(|(_, c)| c.is_alphabetic()).map(|(_, c)| c.len_utf8()).sum();
    let unswapped: String = rest[..whole].chars().map(word::unswapped).collect();
    let swaps = rest[..whole].chars().filter(|&c| word::unswapped(c) != c).count();
    let spelled = words::cover(unswapped.as_bytes()) > 0.7
        || is_telling(&unswapped.to_lowercase())
        || unswapped.len() >= 5 && pronounce::is_speakable(&unswapped) && swaps * 3 <= unswapped.len();
    if swaps > 0 && spelled && first_letter <= 1 && unswapped.len() >= 4 {
        return Some(whole);
    }
    (plain > 0).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fall_into_words_numbers_and_marks() {
        use Piece::{Mark, Number, Word};
        for (value, expected) in [
            ("Kestrel#Harbor91", vec![Word("Kestrel"), Mark("#"), Word("Harbor"), Number("91")]),
            ("P@ssw0rd!", vec![Word("P@ssw0rd"), Mark("!")]),
            ("dr4gon2019", vec![Word("dr4gon"), Number("2019")]),
            ("1q2w3e4r", vec![Word("1q2w3e4r")]),
            ("a\\\"b", vec![Word("a"), Mark("\\\""), Word("b")]),
            ("42", vec![Number("42")]),
        ] {
            assert_eq!(pieces(value), expected, "{value}");
        }
    }

    #[test]
    fn words_run_together_are_found() {
        assert_eq!(humps("KestrelHarbor"), ["Kestrel", "Harbor"]);
        assert_eq!(humps("XMLParser"), ["XML", "Parser"]);
        assert_eq!(split_words("greengarden"), ["green", "garden"]);
        assert_eq!(split_words("passwordkestrel"), ["password", "kestrel"]);
        assert_eq!(split_words("kestrels"), ["kestrels"]);
    }
}
