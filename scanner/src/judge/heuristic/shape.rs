//! The shape of a value: what kinds of names, texts and numbers it could be.

use crate::value::charset::{self, Charset};
use crate::value::digest;

/// Shapes that a value can have; several may hold.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not a state")]
pub(super) struct Shape {
    /// `userPassword`: letters and digits, lower case first, a hump.
    pub(super) camel: bool,
    /// `UserPassword`: letters and digits, a capital first, a hump or not.
    pub(super) type_name: bool,
    /// `user_password`.
    pub(super) snake: bool,
    /// `USER_PASSWORD`.
    pub(super) constant: bool,
    /// `user-password`.
    pub(super) kebab: bool,
    /// `config.user.password`, `a::b`, `a->b`.
    pub(super) dotted: bool,
    /// `word`: lower-case letters alone.
    pub(super) word: bool,
    /// Words with blanks between.
    pub(super) sentence: bool,
    /// Four to eight small words with single blanks, none of them a word of sentences: `amber canoe thirty lemons`.
    pub(super) phrase: bool,
    /// Slashes between names, a leading `./`, `/`, `~`, `C:\`, or a URL.
    pub(super) path: bool,
    /// Brackets, operators or a semicolon, as code has them.
    pub(super) code: bool,
    /// Digits with at most points, signs and units.
    pub(super) number: bool,
    /// Hexadecimal of a digest's length.
    pub(super) digest: bool,
    /// A UUID.
    pub(super) uuid: bool,
    /// Letters, then digits or marks: `Winter2024!`, `hunter2`.
    pub(super) chosen: bool,
    /// Digits between letters: `p4ssw0rd`.
    pub(super) leet: bool,
    /// An e-mail address.
    pub(super) email: bool,
}

impl Shape {
    pub(super) fn of(value: &[u8], charset: Charset) -> Self {
        let word_bytes = charset.symbols + charset.spaces + charset.non_ascii == 0;
        let first = value.first().copied().unwrap_or(b' ');
        let hump = value.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
        let only = |marks: &[u8]| value.iter().all(|b| b.is_ascii_alphanumeric() || marks.contains(b));
        let has = |mark: u8| memchr::memchr(mark, value).is_some();
        let name = first.is_ascii_alphabetic() || first == b'_';
        Self {
            camel: word_bytes && first.is_ascii_lowercase() && hump,
            type_name: word_bytes && first.is_ascii_uppercase() && charset.has_lower(),
            snake: name && has(b'_') && only(b"_") && !charset.has_upper(),
            constant: name && has(b'_') && only(b"_") && charset.has_upper() && !charset.has_lower(),
            kebab: name && has(b'-') && only(b"-"),
            dotted: name && is_dotted(value),
            word: word_bytes && charset.letters == charset.len && !charset.has_upper(),
            sentence: charset.spaces > 0 && charset.letters * 10 > charset.len * 6,
            phrase: charset.spaces > 0 && is_phrase(value),
            path: is_path(value),
            // The equals signs at the end are Base64's.
            code: value.iter().any(|b| b"(){}[];<>|".contains(b))
                || memchr::memchr(b'=', value).is_some_and(|at| value[at..].iter().any(|b| *b != b'=')),
            number: charset.digits > 0 && charset.letters <= 1 && charset.digits * 2 >= charset.len,
            digest: digest::has_plain_form(value),
            uuid: charset::is_uuid(value),
            chosen: is_chosen(value),
            leet: word_bytes && is_leet(value),
            email: is_email(value),
        }
    }
}

/// Words that make a text of a few words a remark, a label or a message.
#[rustfmt::skip]
const REMARKS: &[&[u8]] = &[
    b"the", b"and", b"for", b"not", b"are", b"was", b"were", b"has", b"have", b"had", b"with", b"from", b"this",
    b"that", b"these", b"those", b"your", b"you", b"our", b"its", b"may", b"can", b"could", b"will", b"would",
    b"must", b"should", b"shall", b"does", b"did", b"been", b"being", b"into", b"than", b"then", b"when", b"where",
    b"which", b"while", b"who", b"why", b"how", b"what", b"use", b"used", b"using", b"uses", b"set", b"sets", b"get",
    b"gets", b"enter", b"please", b"confirm", b"reset", b"change", b"changed", b"invalid", b"required", b"missing",
    b"wrong", b"incorrect", b"failed", b"failure", b"error", b"account", b"password", b"passwords", b"passphrase",
    b"token", b"key", b"keys", b"secret", b"secrets", b"user", b"users", b"username", b"login", b"api", b"access",
    b"show", b"hide", b"type", b"value", b"values", b"string", b"field", b"name", b"file", b"default", b"optional",
    b"least", b"most", b"characters", b"character", b"letters", b"digits", b"new", b"current", b"old", b"here",
    b"only", b"all", b"any", b"some", b"too", b"also", b"but", b"per", b"via", b"out", b"off", b"test", b"select",
    b"update", b"insert", b"delete", b"create", b"config", b"data", b"credentials", b"credential", b"service",
];

fn is_phrase(value: &[u8]) -> bool {
    let parts = value.split(|b| *b == b' ');
    (4..=8).contains(&parts.clone().count())
        && parts.clone().all(|part| {
            part.len() >= 3 && part.iter().all(u8::is_ascii_lowercase) && !REMARKS.contains(&part)
        })
}

/// Identifiers joined by `.`, `::`, `->`.
fn is_dotted(value: &[u8]) -> bool {
    let joined = memchr::memchr(b'.', value).is_some()
        || memchr::memmem::find(value, b"::").is_some()
        || memchr::memmem::find(value, b"->").is_some();
    joined
        && value.iter().all(|&b| b.is_ascii_alphanumeric() || b"_.:->$".contains(&b))
        && value
            .split(|b| b".:->".contains(b))
            .filter(|part| !part.is_empty())
            .all(|part| part[0].is_ascii_alphabetic() || matches!(part[0], b'_' | b'$'))
        && value.last().is_some_and(u8::is_ascii_alphanumeric)
}

fn is_path(value: &[u8]) -> bool {
    let opened = value.starts_with(b"/")
        || value.starts_with(b"./")
        || value.starts_with(b"../")
        || value.starts_with(b"~/");
    let drive = value.len() > 3
        && value[0].is_ascii_alphabetic()
        && value[1] == b':'
        && matches!(value[2], b'\\' | b'/');
    let parts = value.split(|&b| b == b'/').filter(|part| !part.is_empty());
    let wordy = parts
        .clone()
        .filter(|part| part.iter().all(|b| b.is_ascii_lowercase() || b"._-".contains(b)))
        .count();
    drive
        || memchr::memmem::find(value, b"://").is_some()
        || opened && wordy > 0
        || parts.clone().count() > 1 && wordy * 2 > parts.count()
}

/// At least three letters first, and digits or marks at the end, at most eight of them.
fn is_chosen(value: &[u8]) -> bool {
    let letters = value.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let rest = &value[letters..];
    (3..=16).contains(&letters)
        && (1..=8).contains(&rest.len())
        && rest.iter().all(|b| b.is_ascii_digit() || b"!@#$%&*?._-+".contains(b))
        && rest.iter().any(|b| b.is_ascii_digit() || matches!(b, b'!' | b'@' | b'#' | b'$'))
}

/// One to four digits inside of letters, each standing for a letter.
fn is_leet(value: &[u8]) -> bool {
    let Some((first, rest)) = value.split_first() else { return false };
    let Some((last, inner)) = rest.split_last() else { return false };
    let swapped = inner.iter().filter(|b| b"013457".contains(b)).count();
    let digits = inner.iter().filter(|b| b.is_ascii_digit()).count();
    (1..=4).contains(&swapped)
        && swapped == digits
        && (first.is_ascii_alphabetic() || last.is_ascii_alphabetic())
        && value.len() <= 16
}

fn is_email(value: &[u8]) -> bool {
    memchr::memchr(b'@', value).is_some_and(|at| {
        at > 0
            && value[..at].iter().all(|&b| b.is_ascii_alphanumeric() || b"._+-".contains(&b))
            && value[at + 1..].iter().all(|&b| b.is_ascii_alphanumeric() || b".-".contains(&b))
            && value[at + 1..].contains(&b'.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_names_texts_and_passwords() {
        type Test = (&'static str, fn(&Shape) -> bool);
        let holds: [Test; 17] = [
            ("userPassword", |s| s.camel),
            ("UserPassword", |s| s.type_name),
            ("user_password", |s| s.snake),
            ("USER_PASSWORD", |s| s.constant),
            ("user-password", |s| s.kebab),
            ("config.user.password", |s| s.dotted),
            ("self->pw", |s| s.dotted),
            ("secret", |s| s.word),
            ("Enter your password", |s| s.sentence),
            ("/etc/ssl/private", |s| s.path),
            ("config/prod/key", |s| s.path),
            ("f(x)", |s| s.code),
            ("12.5", |s| s.number),
            ("0123456789abcdef0123456789abcdef", |s| s.digest),
            ("Kettle2019!", |s| s.chosen),
            ("p4ssw0rd", |s| s.leet),
            ("a.b@example.org", |s| s.email),
        ];
        for (value, test) in holds {
            let bytes = value.as_bytes();
            assert!(test(&Shape::of(bytes, Charset::of(bytes))), "{value}");
        }
    }

    #[test]
    fn passwords_are_not_names() {
        for value in ["Kettle-b0at87", "q7XvT2mK9wZ4", "hunter2!x9"] {
            let shape = Shape::of(value.as_bytes(), Charset::of(value.as_bytes()));
            assert!(
                !(shape.snake
                    || shape.constant
                    || shape.dotted
                    || shape.sentence
                    || shape.path
                    || shape.number),
                "{value}"
            );
        }
    }
}
