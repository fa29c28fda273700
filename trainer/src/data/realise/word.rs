//! One word for another: about as long, in the same case, with the same swaps of letters for digits.

use rand::Rng;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use secretscan::value::words;

use super::lists::{NAMES, WORDS};
use super::pronounce;

/// Another word for `word` (letters, any case), at most two letters longer or shorter. A word of the scanner's own
/// dictionary gives one of it where there is one, another gives another: how much of a value the dictionary covers is a feature.
pub(super) fn other(word: &str, random: &mut ChaCha8Rng) -> String {
    let lower = word.to_lowercase();
    if !lower.is_ascii() {
        return cased(&foreign(&lower, random), word);
    }
    let length = lower.len();
    let known = words::contains(lower.as_bytes());
    let fits = |candidate: &&&str| {
        candidate.len().abs_diff(length) <= usize::from(length > 4) + usize::from(length > 6)
            && **candidate != lower
            && (words::contains(candidate.as_bytes()) == known || length < 4)
    };
    let near: Vec<&&str> = if known || length <= 3 {
        WORDS.iter().filter(fits).collect()
    } else {
        WORDS.iter().chain(NAMES).filter(fits).collect()
    };
    // Half of the unknown words are invented: a list of a few hundred would be learnt by heart.
    let made = match near.choose(random) {
        Some(chosen) if known || length > 3 && random.random_bool(0.5) => (**chosen).to_owned(),
        Some(chosen) if length == 3 && random.random_bool(0.5) => (**chosen).to_owned(),
        _ => invented(length, random),
    };
    cased(&made, word)
}

/// A word of syllables that no list holds.
pub(super) fn invented(length: usize, random: &mut ChaCha8Rng) -> String {
    const ONSETS: [&str; 27] = [
        "b", "br", "c", "ch", "d", "dr", "f", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pr", "r", "s",
        "sh", "st", "t", "tr", "v", "w", "y", "z",
    ];
    const NUCLEI: [&str; 9] = ["a", "e", "i", "o", "u", "a", "e", "o", "ia"];
    const CODAS: [&str; 10] = ["", "", "", "n", "r", "l", "s", "m", "nd", "st"];
    let mut word = String::new();
    for _ in 0..8 {
        word.clear();
        while word.len() < length {
            for parts in [&ONSETS[..], &NUCLEI, &CODAS] {
                word.push_str(parts[random.random_range(0..parts.len())]);
            }
        }
        word.truncate(length);
        if pronounce::is_speakable(&word) {
            break;
        }
    }
    word
}

/// Letters of the same script, drawn from those of common words of the languages that use it.
fn foreign(lower: &str, random: &mut ChaCha8Rng) -> String {
    const CYRILLIC: (&str, &str) = ("бвгдзклмнпрст", "аеиоуя");
    const GREEK: (&str, &str) = ("βγδκλμνπρστ", "αειου");
    const LATIN: (&str, &str) = ("bcdfglmnprstv", "aeiou");
    let mut vowel = random.random_bool(0.3);
    lower
        .chars()
        .map(|c| {
            vowel = !vowel;
            let (consonants, vowels) = match c {
                'а'..='ё' => CYRILLIC,
                'α'..='ώ' => GREEK,
                'a'..='z' => LATIN,
                // An accent stays an accent; other scripts move within their block.
                'à'..='ÿ' => ("ñçßñç", "áéíóúäöüàèêâ"),
                other => return moved(other, random),
            };
            let from: Vec<char> = if vowel { vowels } else { consonants }.chars().collect();
            from[random.random_range(0..from.len())]
        })
        .collect()
}

fn moved(c: char, random: &mut ChaCha8Rng) -> char {
    let block = c as u32 & !0x3f;
    char::from_u32(block + random.random_range(0..0x40)).filter(|c| c.is_alphabetic()).unwrap_or(c)
}

/// `made` in the case of `pattern`: all lower, all upper, first upper.
pub(super) fn cased(made: &str, pattern: &str) -> String {
    let mut letters = pattern.chars().filter(|c| c.is_alphabetic());
    let first = letters.next().is_some_and(char::is_uppercase);
    let mut rest = letters.peekable();
    let more = rest.peek().is_some();
    if first && more && rest.all(char::is_uppercase) {
        return made.to_uppercase();
    }
    let mut chars = made.chars();
    match chars.next() {
        Some(c) if first => c.to_uppercase().chain(chars).collect(),
        _ => made.to_owned(),
    }
}

/// Letters that are swapped for other characters, with what stands for them.
const SWAPS: [(char, &str); 6] = [('a', "4@"), ('e', "3"), ('i', "1!"), ('o', "0"), ('s', "5$"), ('t', "7")];

/// The letter that `c` stands for inside a word.
pub(super) fn unswapped(c: char) -> char {
    SWAPS.iter().find(|(_, swaps)| swaps.contains(c)).map_or(c, |(letter, _)| *letter)
}

/// A word in which the swaps of `word` can be made, made.
pub(super) fn other_swapped(word: &str, random: &mut ChaCha8Rng) -> String {
    let plain: String = word.chars().map(unswapped).collect();
    let used: Vec<char> = word.chars().filter(|&c| unswapped(c) != c).collect();
    let swap = |made: &str| -> (String, usize) {
        let mut count = 0;
        let swapped = made
            .chars()
            .enumerate()
            .map(|(at, c)| match used.iter().find(|&&swap| unswapped(swap) == c.to_ascii_lowercase()) {
                Some(&swap) if at > 0 || plain.len() == 1 => {
                    count += 1;
                    swap
                }
                _ => c,
            })
            .collect();
        (swapped, count)
    };
    // Not every word has a letter that can be swapped; of twenty, one nearly always has.
    let mut best = (String::new(), 0);
    for _ in 0..20 {
        let made = swap(&other(&plain, random));
        if made.1 > best.1 || best.0.is_empty() {
            best = made;
        }
        if best.1 >= used.len().min(2) {
            break;
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn case_length_and_dictionary_stay() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..100 {
            let word = other("Dragon", &mut random);
            assert!(words::contains(word.as_bytes()) && word.starts_with(char::is_uppercase), "{word}");
            assert!(word.len().abs_diff(6) <= 1 && word != "Dragon");
            let name = other("kestrel", &mut random);
            assert!(!words::contains(name.as_bytes()) && name.len().abs_diff(7) <= 2, "{name}");
            assert!(other("WINTER", &mut random).chars().all(char::is_uppercase));
        }
        assert_ne!(other("пароль", &mut random), "пароль");
        assert!(other("пароль", &mut random).chars().all(|c| ('а'..='я').contains(&c)));
    }

    #[test]
    fn swaps_of_letters_stay() {
        let mut random = ChaCha8Rng::seed_from_u64(4);
        let swapped = (0..50).filter(|_| other_swapped("Dr4g0n", &mut random).contains(['4', '0'])).count();
        assert!(swapped >= 45, "{swapped}");
    }
}
