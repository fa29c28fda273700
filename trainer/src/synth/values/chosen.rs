//! What fingers and mouths make: keyboard walks and pronounceable words.

use super::range;
use crate::synth::random::Random;

/// Rows of keyboards: QWERTY, its shifted digits, QWERTZ, AZERTY, the number pad by columns.
const ROWS: &[&str] = &[
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "!@#$%^&*()",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "147258369",
    "789456123",
    "QWERTYUIOP",
    "ASDFGHJKL",
    "ZXCVBNM",
];
/// Slanted columns of a QWERTY keyboard, top to bottom.
const COLUMNS: &[&str] = &[
    "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "!QAZ", "@WSX", "#EDC", "$RFV", "zaq1", "xsw2",
    "cde3", "vfr4", "bgt5",
];

/// See [`super::make`]: `walk:row`, `walk:column`, `pron:3` (syllables).
pub(super) fn make(name: &str, argument: &str, random: &mut Random) -> Option<String> {
    match (name, argument) {
        ("walk", "row") => Some(row(random)),
        ("walk", "column") => Some(columns(random)),
        ("pron", syllables) => {
            let (least, most) = range(syllables)?;
            let count = random.between(least, most.min(12));
            Some((0..count).map(|_| syllable(random)).collect())
        }
        _ => None,
    }
}

/// A stretch of a row, sometimes backwards, sometimes of two rows.
fn row(random: &mut Random) -> String {
    let mut walk = String::new();
    for _ in 0..random.between(1, 2) {
        let row = ROWS[random.below(ROWS.len())];
        let length = random.between(4, row.len().min(7));
        let from = random.below(row.len() - length + 1);
        let stretch = &row[from..from + length];
        if random.chance(15) {
            walk.extend(stretch.chars().rev());
        } else {
            walk.push_str(stretch);
        }
    }
    walk
}

/// Two to four columns.
fn columns(random: &mut Random) -> String {
    let first = random.below(COLUMNS.len());
    let count = random.between(2, 3);
    (0..count)
        .map(|n| {
            if random.chance(70) {
                COLUMNS[(first + n) % COLUMNS.len()]
            } else {
                COLUMNS[random.below(COLUMNS.len())]
            }
        })
        .collect()
}

/// Consonant, vowel, sometimes a consonant.
fn syllable(random: &mut Random) -> String {
    const ONSETS: &[&str] = &[
        "b", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "br", "ch",
        "dr", "gr", "kr", "pl", "sh", "st", "th", "tr",
    ];
    const VOWELS: &[&str] = &["a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "ee", "oo", "ou", "y"];
    const CODAS: &[&str] = &["n", "r", "s", "l", "m", "k", "t", "p", "x", "nd", "rt"];
    let mut text = format!("{}{}", ONSETS[random.below(ONSETS.len())], VOWELS[random.below(VOWELS.len())]);
    if random.chance(35) {
        text.push_str(CODAS[random.below(CODAS.len())]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_stay_on_the_keyboard() {
        let mut random = Random::new(&["walk"]);
        for _ in 0..200 {
            let walk = make("walk", "row", &mut random).expect("a part");
            assert!((4..=14).contains(&walk.len()), "{walk}");
            let columns = make("walk", "column", &mut random).expect("a part");
            assert!(matches!(columns.len(), 8 | 12), "{columns}");
        }
    }

    #[test]
    fn syllables_are_counted() {
        let mut random = Random::new(&["pron"]);
        let word = make("pron", "4", &mut random).expect("a part");
        assert!(word.len() >= 8 && word.bytes().all(|b| b.is_ascii_lowercase()), "{word}");
    }
}
