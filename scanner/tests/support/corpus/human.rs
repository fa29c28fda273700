//! Passwords as people choose them, by named style.
//!
//! The styles follow what password studies describe (a word with a year and a sign, keyboard walks, leet, names with
//! dates, initials of a sentence …). None contains a quote, a backslash, a semicolon or a backtick, so that a value
//! can stand in every syntax; only `passphrase-spaces` contains spaces.

use super::rng::Rng;

/// A named way of choosing passwords.
pub(crate) type Style = (&'static str, fn(&mut Rng) -> String);

/// Every style. `passphrase-spaces` is the last.
pub(crate) const STYLES: &[Style] = &[
    ("word-year-sign", word_year_sign),
    ("season-year", season_year),
    ("leet", leet),
    ("keyboard-walk", keyboard_walk),
    ("name-birthday", name_birthday),
    ("two-words-digits", two_words_digits),
    ("passphrase-dashes", passphrase_dashes),
    ("passphrase-joined", passphrase_joined),
    ("german", german),
    ("romance", romance),
    ("slavic-or-turkish", slavic),
    ("accented", accented),
    ("short-word-digit", short_word_digit),
    ("short-mixed", short_mixed),
    ("signs-heavy", signs_heavy),
    ("sentence-initials", sentence_initials),
    ("place-number", place_number),
    ("service-year", service_year),
    ("pattern", pattern),
    ("pet-sign-middle", pet_sign_middle),
    ("passphrase-spaces", passphrase_spaces),
];

const WORDS: &[&str] = &[
    "falcon", "winter", "copper", "sunset", "dragon", "purple", "thunder", "coffee", "guitar", "orange",
    "monkey", "silver", "harbor", "rocket", "banana", "castle", "shadow", "pepper", "meadow", "tiger",
    "planet", "marble", "cookie", "hunter", "bridge", "velvet", "garden", "island", "turtle", "whiskey",
    "anchor", "comet", "raven", "maple", "pirate", "saddle", "lemon", "violet", "glacier", "biscuit",
    "cactus", "mustang", "dolphin", "wizard",
];
const NAMES: &[&str] = &[
    "Michael",
    "Jessica",
    "Andreas",
    "Sophie",
    "Miguel",
    "Katarina",
    "Oliver",
    "Fatima",
    "Jerome",
    "Natalie",
    "Bjorn",
    "Charlotte",
    "Yusuf",
    "Hannah",
    "Marcello",
    "Ingrid",
    "Patrick",
    "Leonie",
    "Tobias",
    "Roxana",
];
const SIGNS: &[&str] = &["!", "!!", "#", "@", "?", "*", "$", "%", "&", "+", ".", "_"];

fn word(rng: &mut Rng) -> &'static str {
    rng.pick(WORDS)
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn year(rng: &mut Rng) -> usize {
    rng.between(1968, 2026)
}

fn word_year_sign(rng: &mut Rng) -> String {
    format!("{}{}{}", capital(word(rng)), year(rng), rng.pick(SIGNS))
}

fn season_year(rng: &mut Rng) -> String {
    let season = rng.pick(&["Winter", "Spring", "Summer", "Autumn", "Fall", "Monday", "October", "Easter"]);
    format!(
        "{season}{}{}{}",
        rng.pick(&["", "-", "_", "@"]),
        rng.between(2009, 2026),
        rng.pick(&["", "!", "#", "?"])
    )
}

fn leet(rng: &mut Rng) -> String {
    let text = if rng.below(3) == 0 {
        format!("{}{}", word(rng), word(rng))
    } else {
        format!("{}{}", rng.pick(&["super", "master", "secure", "golden", "iron", "mega"]), word(rng))
    };
    let swapped: String = text
        .chars()
        .map(|letter| {
            match letter {
                'a' => rng.pick(&["@", "4"]),
                'e' => "3",
                'i' => rng.pick(&["1", "!"]),
                'o' => "0",
                's' => rng.pick(&["$", "5"]),
                't' => "7",
                _ => "",
            }
            .chars()
            .next()
            .unwrap_or(letter)
        })
        .collect();
    format!("{}{}", capital(&swapped), rng.pick(&["", "!", "99", "1", "#1"]))
}

fn keyboard_walk(rng: &mut Rng) -> String {
    let walk = rng.pick(&[
        "qwertz",
        "1qaz2wsx",
        "zaq12wsx",
        "asdfghjkl",
        "qazwsxedc",
        "1q2w3e4r",
        "poiuytr",
        "yxcvbn",
        "q1w2e3r4t5",
        "zxcvfdsa",
        "mnbvcxz",
        "wsxedcrfv",
    ]);
    let tail = rng.pick(&["!", "#", "77", "2020", "!Q", "XC", "$5", "-9"]);
    format!("{walk}{tail}{}", rng.below(100))
}

fn name_birthday(rng: &mut Rng) -> String {
    let (day, month) = (rng.between(1, 28), rng.between(1, 12));
    match rng.below(3) {
        0 => format!("{}{day:02}{month:02}{}", rng.pick(NAMES), year(rng)),
        1 => format!("{}{}{}", rng.pick(NAMES).to_lowercase(), year(rng) % 100, rng.pick(SIGNS)),
        _ => format!("{}_{day:02}.{month:02}.{}", rng.pick(NAMES), year(rng)),
    }
}

fn two_words_digits(rng: &mut Rng) -> String {
    format!("{}{}{}", capital(word(rng)), capital(word(rng)), rng.below(1000))
}

fn passphrase_dashes(rng: &mut Rng) -> String {
    let join = rng.pick(&["-", "_", "."]);
    let words: Vec<&str> = (0..4).map(|_| word(rng)).collect();
    format!("{}{join}{}", words.join(join), rng.below(100))
}

fn passphrase_joined(rng: &mut Rng) -> String {
    format!("{}{}{}{}", word(rng), word(rng), word(rng), rng.between(2, 99))
}

fn german(rng: &mut Rng) -> String {
    let noun = rng.pick(&[
        "Sonnenblume",
        "Fahrrad",
        "Kaffeetasse",
        "Schnitzel",
        "Wolkenkratzer",
        "Feierabend",
        "Apfelbaum",
    ]);
    format!("{noun}{}{}", rng.between(10, 2025), rng.pick(SIGNS))
}

fn romance(rng: &mut Rng) -> String {
    let noun = rng.pick(&[
        "mariposa", "chocolat", "girasole", "corazon", "papillon", "estrella", "cachorro", "fromage",
    ]);
    format!("{}{}{}", capital(noun), rng.pick(&["_", "", "!"]), rng.between(11, 2024))
}

fn slavic(rng: &mut Rng) -> String {
    let noun =
        rng.pick(&["kotek", "zvezda", "babushka", "piwonia", "galatasaray", "yildiz", "medvidek", "slunce"]);
    format!("{noun}{}{}", rng.between(100, 9999), rng.pick(SIGNS))
}

fn accented(rng: &mut Rng) -> String {
    let noun =
        rng.pick(&["Übergrößer", "Éléphant", "Señorita", "Żółwik", "Räksmörgås", "Forêt", "Käsekuchen"]);
    format!("{noun}{}{}", rng.between(3, 999), rng.pick(&["!", "#", "?"]))
}

fn short_word_digit(rng: &mut Rng) -> String {
    let word = rng
        .pick(&["hunter", "mango", "pixel", "bravo", "delta", "gizmo", "turbo", "lucky", "vader", "frodo"]);
    format!("{word}{}", rng.between(2, 99))
}

fn short_mixed(rng: &mut Rng) -> String {
    let stem = rng.pick(&["aB", "kR", "Xy", "Pw", "tZ", "Qm"]);
    format!(
        "{stem}{}{}{}",
        rng.between(3, 9),
        rng.pick(&["!", "#", "_", "@"]),
        rng.chars("bcdfghjkmnpqrtvwxz", 3)
    )
}

fn signs_heavy(rng: &mut Rng) -> String {
    let mut out = String::from(rng.pick(&["^", "@", "!", "%", "~"]));
    for _ in 0..rng.between(3, 5) {
        out += rng.pick(&["Fa", "9v", "Tk", "zu", "77", "Xe", "lo", "2B", "ri"]);
        out += rng.pick(&["!", "@", "%", "^", "&", "*", "=", "?", "+", "~"]);
    }
    out
}

fn sentence_initials(rng: &mut Rng) -> String {
    let stem = rng.pick(&["MdhuKs", "IwbitUoW", "Wgamls", "TqbfjotLd", "Omgidib", "Ihtdti", "Wlpdmdf"]);
    format!("{stem}{}{}{}", rng.between(3, 98), rng.pick(SIGNS), rng.chars("aceghkmp", 2))
}

fn place_number(rng: &mut Rng) -> String {
    let place = rng.pick(&[
        "Hamburg", "Sevilla", "Kyoto", "Oakland", "Tampere", "Nairobi", "Utrecht", "Gdansk", "Quito",
    ]);
    format!("{place}{}{}", rng.pick(&["#", "-", ""]), rng.between(101, 99_999))
}

fn service_year(rng: &mut Rng) -> String {
    let service = rng
        .pick(&["Postgres", "Jenkins", "Oracle", "Backup", "Vpn", "Mail", "Webshop", "Intranet", "Sapprd"]);
    format!("{service}{}{}{}", rng.pick(&["@", "_", "#"]), rng.between(2012, 2026), rng.pick(&["", "!", "x"]))
}

fn pattern(rng: &mut Rng) -> String {
    let unit = format!("{}{}", rng.chars("bdfgjkmprtvz", 1), rng.chars("aeiou", 1));
    format!("{}{unit}{unit}{}{}", capital(&unit), rng.between(21, 987), rng.pick(SIGNS))
}

fn pet_sign_middle(rng: &mut Rng) -> String {
    let pet = rng.pick(&["Luna", "Rex", "Bella", "Simba", "Garfield", "Fluffy", "Nemo", "Socks"]);
    format!("{pet}{}{}{}", rng.pick(&["&", "@", "+", "#"]), rng.pick(NAMES), rng.between(1, 99))
}

fn passphrase_spaces(rng: &mut Rng) -> String {
    let words: Vec<&str> = (0..rng.between(4, 5)).map(|_| word(rng)).collect();
    words.join(" ")
}

/// A password of any style without spaces.
pub(crate) fn any(rng: &mut Rng) -> String {
    let (_, make) = STYLES[rng.below(STYLES.len() - 1)];
    make(rng)
}

/// As [`any`], of ASCII letters, digits and mild signs only: for URLs, shell words and command lines.
pub(crate) fn plain(rng: &mut Rng) -> String {
    loop {
        let value = any(rng);
        if value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!-_.".contains(&byte)) {
            return value;
        }
    }
}

/// As [`any`], but ASCII only.
pub(crate) fn ascii(rng: &mut Rng) -> String {
    loop {
        let value = any(rng);
        if value.is_ascii() {
            return value;
        }
    }
}
