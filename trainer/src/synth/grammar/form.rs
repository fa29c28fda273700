//! Forms of a text: how words are joined, how people disguise a word, and the encodings.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::synth::random::Random;

/// The text in this form; `None` if there is no such form. Random only where people are (`leet`, `mix`).
pub(crate) fn apply(form: &str, text: &str, random: &mut Random) -> Option<String> {
    Some(match form {
        "snake" => words(text).join("_"),
        "kebab" => words(text).join("-"),
        "dotted" => words(text).join("."),
        "flat" => words(text).concat(),
        "upper" => words(text).join("_").to_uppercase(),
        "upperkebab" => words(text).join("-").to_uppercase(),
        "upperflat" => words(text).concat().to_uppercase(),
        "pascal" => words(text).iter().map(|word| capital(word)).collect(),
        "camel" => {
            let pascal: String = words(text).iter().map(|word| capital(word)).collect();
            uncapital(&pascal)
        }
        "train" => words(text).iter().map(|word| capital(word)).collect::<Vec<_>>().join("-"),
        "title" => words(text).iter().map(|word| capital(word)).collect::<Vec<_>>().join(" "),
        "plain" => words(text).join(" "),
        "mixedsnake" => words(text).iter().map(|word| capital(word)).collect::<Vec<_>>().join("_"),
        "cap" | "sentence" => capital(text),
        "low" => text.to_lowercase(),
        "up" => text.to_uppercase(),
        "rev" => text.chars().rev().collect(),
        "leet" => leet(text, random),
        "mix" => text
            .chars()
            .map(|c| if random.chance(50) { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            .collect(),
        "capvowels" => text
            .chars()
            .map(|c| if matches!(c, 'a' | 'e' | 'i' | 'o' | 'u') { c.to_ascii_uppercase() } else { c })
            .collect(),
        "initials" => text.split_whitespace().filter_map(|word| word.chars().next()).collect(),
        "novowels" => {
            let kept: String = text.chars().filter(|c| !matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')).collect();
            if kept.len() < 3 { text.to_owned() } else { kept }
        }
        "double" => format!("{text}{text}"),
        "ascii" => text.chars().map(plain_letter).collect(),
        "b64" => STANDARD.encode(text),
        "b64u" => URL_SAFE_NO_PAD.encode(text),
        "hexed" => text.bytes().map(|b| format!("{b:02x}")).collect(),
        "pct" => text
            .bytes()
            .map(|b| {
                if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~') {
                    char::from(b).to_string()
                } else {
                    format!("%{b:02X}")
                }
            })
            .collect(),
        "pad" => format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4)),
        _ => return None,
    })
}

/// The words of a name: separated by blanks, dashes, underscores or dots.
fn words(text: &str) -> Vec<String> {
    text.split([' ', '-', '_', '.']).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn uncapital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Swaps some letters, as people do: each kind of letter always or never, at least one kind if there is one.
fn leet(text: &str, random: &mut Random) -> String {
    const SWAPS: [(char, &str); 8] = [
        ('a', "@4"),
        ('e', "33"),
        ('i', "1!"),
        ('o', "00"),
        ('s', "$5"),
        ('t', "77"),
        ('l', "11"),
        ('g', "99"),
    ];
    let present: Vec<&(char, &str)> = SWAPS.iter().filter(|(from, _)| text.contains(*from)).collect();
    let sure = random.below(present.len().max(1));
    let mut swapped = text.to_owned();
    for (at, (from, to)) in present.iter().enumerate() {
        let common = matches!(from, 'a' | 'e' | 'i' | 'o' | 's');
        if at == sure || random.chance(if common { 60 } else { 15 }) {
            let to = if random.chance(50) { &to[..1] } else { &to[1..] };
            swapped = swapped.replace(*from, to);
        }
    }
    swapped
}

/// A letter without its marks, as people type it on a keyboard that has none.
fn plain_letter(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ą' | 'ă' => 'a',
        'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' => 'e',
        'í' | 'ì' | 'î' | 'ï' | 'ı' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' | 'ő' => 'o',
        'ú' | 'ù' | 'û' | 'ü' | 'ů' | 'ű' => 'u',
        'ç' | 'ć' | 'č' => 'c',
        'ñ' | 'ń' | 'ň' => 'n',
        'ş' | 'š' | 'ś' | 'ș' => 's',
        'ž' | 'ź' | 'ż' => 'z',
        'ł' => 'l',
        'ř' => 'r',
        'ý' => 'y',
        'ğ' => 'g',
        'ț' | 'ť' => 't',
        'ď' => 'd',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_every_style() {
        let mut random = Random::new(&["form"]);
        for (form, expected) in [
            ("snake", "smtp_auth_password"),
            ("camel", "smtpAuthPassword"),
            ("pascal", "SmtpAuthPassword"),
            ("upper", "SMTP_AUTH_PASSWORD"),
            ("kebab", "smtp-auth-password"),
            ("dotted", "smtp.auth.password"),
            ("flat", "smtpauthpassword"),
            ("train", "Smtp-Auth-Password"),
            ("title", "Smtp Auth Password"),
            ("initials", "sap"),
            ("rev", "drowssap htua ptms"),
        ] {
            assert_eq!(apply(form, "smtp auth password", &mut random).as_deref(), Some(expected), "{form}");
        }
        assert_eq!(apply("pct", "a b@c", &mut random).as_deref(), Some("a%20b%40c"));
        assert_eq!(apply("b64", "a:b", &mut random).as_deref(), Some("YTpi"));
        assert_eq!(apply("nothing", "a", &mut random), None);
    }

    #[test]
    fn leet_changes_a_word_that_has_such_letters_and_no_other() {
        let mut random = Random::new(&["leet"]);
        for _ in 0..50 {
            assert_ne!(leet("castle", &mut random), "castle");
            assert_eq!(leet("murky", &mut random), "murky");
        }
    }
}
