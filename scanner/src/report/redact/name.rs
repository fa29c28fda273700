//! Whether a value reads as the name of a file or folder.

use crate::value::words;

/// Values with so many letters are held against the list of words; shorter ones need only be pronounceable.
const LONG: usize = 12;
/// A year, a port, a counter.
const MAX_DIGITS: usize = 4;
/// `config`, `strength` and `backup` are pronounceable, `xkqjzv` is not.
const MAX_CONSONANTS: usize = 4;

/// True of `config.yml`, `db/passwords.txt`, `Winter2024`, `my-secret-token`: words and small numbers between the
/// separators of paths. False of what was drawn and of passwords with other symbols or digits within words.
pub(in crate::report) fn reads_as_name(value: &[u8]) -> bool {
    let mut letters = 0;
    let mut spoken = 0;
    for part in value.split(|byte| matches!(byte, b'-' | b'_' | b'.' | b'/')) {
        let Some(word) = word_of(part) else { return false };
        letters += word.len();
        if is_pronounceable(word) {
            spoken += word.len();
        }
    }
    match letters {
        0 => false,
        LONG.. => words::cover(value) >= 0.5,
        _ => spoken * 2 >= letters,
    }
}

/// The letters of a part that is a word, a small number, or one after the other; none if it is anything else.
fn word_of(part: &[u8]) -> Option<&[u8]> {
    let digits = |part: &[u8]| part.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let before = digits(part);
    let rest = &part[before..];
    let word = &rest[..rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count()];
    let after = digits(&rest[word.len()..]);
    let whole = before + word.len() + after == part.len();
    let small = before.max(after) <= MAX_DIGITS && (before == 0 || after == 0);
    // `camelCase` begins a word now and then; a drawn value does so every second letter.
    let humps = word.windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    (whole && small && humps.count() * 3 <= word.len()).then_some(word)
}

fn is_pronounceable(word: &[u8]) -> bool {
    let vowel = |byte: &u8| b"aeiouy".contains(&byte.to_ascii_lowercase());
    let longest = word.split(vowel).map(<[u8]>::len).max().unwrap_or_default();
    longest < word.len() && longest <= MAX_CONSONANTS
}

#[cfg(test)]
mod tests {
    use super::reads_as_name;
    use crate::rule::SplitMix64;

    #[test]
    fn names_are_told_from_what_is_secret() {
        for (value, expected) in [
            ("config", true),
            ("secret.txt", true),
            ("passwords.txt", true),
            ("config/database.yml", true),
            ("./id_rsa", true),
            ("my-secret-token", true),
            ("production-database-config.json", true),
            ("userAccountSettings", true),
            ("hunter22", true),
            ("Winter2024", true),
            ("report_2024-01-31.csv", true),
            ("Winter2024!", false),
            ("p4ssw0rd", false),
            ("s3cr3t-one", false),
            ("tok_a1b2c3d4e5f6", false),
            ("Zq7-companion-4Kx", false),
            ("xkqj-abut-mnop-rtes", false),
            ("bakimorelutefona", false),
            ("8f14e45fceea167a", false),
            ("20240131123456", false),
            ("user name", false),
            ("a@b.example", false),
            ("--__..//", false),
            ("", false),
        ] {
            assert_eq!(reads_as_name(value.as_bytes()), expected, "{value}");
        }
    }

    /// Of what programs draw, hardly anything reads as a name.
    #[test]
    fn drawn_values_are_no_names() {
        const ALPHABETS: [&[u8]; 4] = [
            b"abcdefghijklmnopqrstuvwxyz0123456789",
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
            b"0123456789abcdef",
            b"abcdefghijklmnopqrstuvwxyz",
        ];
        let mut random = SplitMix64::new(7);
        for (alphabet, length) in ALPHABETS.into_iter().zip([16, 16, 16, 20]) {
            let mut draw = || (0..length).map(|_| random.pick(alphabet)).collect::<String>();
            let names = (0..2_000).filter(|_| reads_as_name(draw().as_bytes())).count();
            assert_eq!(names, 0, "{}", String::from_utf8_lossy(alphabet));
        }
    }
}
