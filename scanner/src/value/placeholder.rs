//! Values that stand for a value: forms to fill in, masks, documented examples, keyboard runs.

mod languages;

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::memmem;

/// Bytes looked at; a placeholder shows itself early.
const LOOKED_AT: usize = 512;

/// What makes a value a placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// Tells the reader to fill it in: `<token>`, `YOUR_API_KEY`, `insert-key-here`.
    FillIn,
    /// Masked or elided: `xxxx`, `****`, `abc...`.
    Masked,
    /// Carries the mark of a documented example: `…EXAMPLE`.
    Example,
    /// An alphabet or keyboard run: `1234567890abcdef`.
    Sequence,
    /// One byte makes up (nearly) all of it.
    Repeated,
}

/// True if the value is any [`Form`] of placeholder. For provider tokens, whose prefix may stand before the
/// placeholder (`ghp_xxxx…`): a chosen password such as `12345678` is a `Sequence` too, yet may be in use, so
/// callers that look at passwords should ask [`form`].
pub fn is_placeholder(value: &[u8]) -> bool {
    form(value).is_some()
}

/// The form of placeholder that a value has, the most telling first. Linear; looks at the first 512 bytes.
pub fn form(value: &[u8]) -> Option<Form> {
    let value = value[..value.len().min(LOOKED_AT)].trim_ascii();
    if value.is_empty() {
        return None;
    }
    if is_fill_in(value) {
        Some(Form::FillIn)
    } else if is_masked(value) {
        Some(Form::Masked)
    } else if is_repeated(value) {
        Some(Form::Repeated)
    } else if has_example_mark(value) {
        Some(Form::Example)
    } else if is_sequence(value) {
        Some(Form::Sequence)
    } else {
        None
    }
}

/// Openings of phrases that ask for a value, without separators, lower case.
#[rustfmt::skip]
const ASKING_OPENINGS: &[&[u8]] = &[
    b"your", b"insert", b"replaceme", b"replacewith", b"replacethis", b"putyour", b"puthere", b"enteryour",
    b"addyour", b"setyour", b"typeyour", b"pasteyour", b"pastehere", b"providea", b"fillin", b"fillme",
    b"tobe", b"todo", b"fixme", b"placeholder", b"redacted", b"masked", b"removed", b"hidden",
    b"obfuscated", b"someyour", b"tbd", b"specifyyour", b"votre", b"ihrpasswort", b"deinpasswort",
    b"tucontrasena", b"somepass", b"somesecure", b"somesecret", b"sometoken", b"somekey", b"someapi", b"seevault",
    b"invault", b"fromvault",
];

/// Parts of phrases that ask for a value, anywhere, without separators, lower case.
#[rustfmt::skip]
const ASKING_PARTS: &[&[u8]] = &[
    b"placeholder", b"goeshere", b"valuehere", b"tokenhere", b"keyhere", b"secrethere", b"passwordhere",
    b"passhere", b"yourapi", b"yoursecret", b"yourtoken", b"yourpass", b"yourkey", b"youraccess",
    b"yourown", b"yourclient", b"replaceme", b"redacted", b"notarealkey", b"notarealtoken", b"pleasechange",
    b"mustbechanged", b"tobereplaced",
];

fn is_fill_in(value: &[u8]) -> bool {
    if is_bracketed(value) {
        return true;
    }
    let mut squeezed = [0_u8; 96];
    let mut len = 0;
    for byte in value.iter().filter(|b| b.is_ascii_alphanumeric()).take(squeezed.len()) {
        squeezed[len] = byte.to_ascii_lowercase();
        len += 1;
    }
    let squeezed = &squeezed[..len];
    // Random Base64 reaches five given letters about once in a hundred million: the short openings must be the
    // start of a word of their own.
    // `yourStrong(!)Password` and `Your5ecret` are passwords in use.
    let chosen = value.iter().any(|b| {
        b.is_ascii_digit() || matches!(b, b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'(' | b'+')
    });
    !chosen
        && ASKING_OPENINGS.iter().any(|opening| {
            squeezed.starts_with(opening) && (opening.len() >= 6 || starts_word(value, opening.len()))
        })
        || asks_inside(squeezed)
        || languages::asks(value)
}

/// True if one of [`ASKING_PARTS`] stands in the squeezed value.
fn asks_inside(squeezed: &[u8]) -> bool {
    // One pass for all: a search for each would cost more than the rest of the question.
    static FINDER: LazyLock<AhoCorasick> =
        LazyLock::new(|| AhoCorasick::new(ASKING_PARTS).expect("a few short words"));
    FINDER.is_match(squeezed)
}

/// True if the first `len` bytes of the value are a word: a separator, a change of case or the end follows.
fn starts_word(value: &[u8], len: usize) -> bool {
    let Some(&next) = value.get(len) else { return true };
    let last = value[len - 1];
    !next.is_ascii_alphanumeric() || last.is_ascii_lowercase() && next.is_ascii_uppercase() || {
        // `yourpassword`, `YOURTOKEN`: one case, letters only.
        let rest = &value[len..];
        rest.iter().all(u8::is_ascii_lowercase) || rest.iter().all(u8::is_ascii_uppercase)
    }
}

/// `<token>`, `[your key]`, `«x»`-like wrapping around words.
fn is_bracketed(value: &[u8]) -> bool {
    let (Some(&first), Some(&last)) = (value.first(), value.last()) else { return false };
    let wrapped = matches!((first, last), (b'<', b'>') | (b'[', b']'));
    wrapped
        && value.len() > 2
        && value[1..value.len() - 1].iter().all(|b| {
            b.is_ascii_alphanumeric()
                || *b >= 0x80
                || matches!(b, b' ' | b'_' | b'-' | b'.' | b'/' | b':' | b'\'' | b',')
        })
}

fn is_masked(value: &[u8]) -> bool {
    let runs = |wanted: &[u8], least: usize| {
        let mut run = 0;
        value.iter().any(|b| {
            run = if wanted.contains(b) { run + 1 } else { 0 };
            run >= least
        })
    };
    runs(b"*", 3)
        || runs(b"xX", 4)
        || value.ends_with(b"...")
        || value.starts_with(b"...")
        || runs(b"?", 4)
        || runs(b"_", 6)
        || !value.is_ascii() && ["…", "•••"].iter().any(|mark| memmem::find(value, mark.as_bytes()).is_some())
        || memmem::find(value, b"....").is_some()
        || value.len() >= 3 && value.iter().all(|b| matches!(b, b'x' | b'X' | b'-' | b'_'))
}

/// True if one byte makes up four fifths of the value's letters and digits, or of all of it.
fn is_repeated(value: &[u8]) -> bool {
    // A prefix such as `ghp_` or `sk-live-` must not hide that the body is one repeated character.
    let body = value.iter().rposition(|b| matches!(b, b'_' | b'-')).map_or(value, |at| &value[at + 1..]);
    let body = if body.len() >= 8 { body } else { value };
    let mut counts = [0_usize; 256];
    for &byte in body {
        counts[usize::from(byte)] += 1;
    }
    body.len() >= 3 && counts.iter().max().is_some_and(|&most| most * 5 >= body.len() * 4)
}

/// `EXAMPLE` in capitals, or `example` as a word of its own.
fn has_example_mark(value: &[u8]) -> bool {
    let mut squeezed = value.to_ascii_lowercase();
    squeezed.retain(|b| !matches!(b, b'-' | b'_'));
    memmem::find(value, b"EXAMPLE").is_some()
        || memmem::find(&squeezed, b"example").is_some_and(|_| value.len() < 48)
        || squeezed.ends_with(b"sample")
        || memmem::find(&squeezed, b"exampletoken").is_some()
        || memmem::find(&squeezed, b"examplekey").is_some()
}

/// True if rising or falling runs (`abcdef`, `987654`, `09` and `9a` count as steps) of five or more cover two
/// thirds of the value.
fn is_sequence(value: &[u8]) -> bool {
    if value.len() < 6 {
        return false;
    }
    let step = |a: u8, b: u8| {
        let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
        if !a.is_ascii_alphanumeric() || !b.is_ascii_alphanumeric() {
            0
        } else if a + 1 == b || (a, b) == (b'9', b'0') || (a, b) == (b'9', b'a') || (a, b) == (b'0', b'a') {
            1
        } else if b + 1 == a || (a, b) == (b'0', b'9') {
            -1
        } else {
            0
        }
    };
    let mut covered = 0;
    let mut run = 1;
    let mut direction = 0;
    for pair in value.windows(2) {
        let now = step(pair[0], pair[1]);
        if now != 0 && now == direction {
            run += 1;
        } else {
            covered += if run >= 5 { run } else { 0 };
            run = if now == 0 { 1 } else { 2 };
            direction = now;
        }
    }
    covered += if run >= 5 { run } else { 0 };
    covered * 3 >= value.len() * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_recognised() {
        let table: &[(&str, Form)] = &[
            ("<token>", Form::FillIn),
            ("<your api-key>", Form::FillIn),
            ("[API KEY]", Form::FillIn),
            ("YOUR_API_KEY", Form::FillIn),
            ("yourpassword", Form::FillIn),
            ("yourToken", Form::FillIn),
            ("insert-key-here", Form::FillIn),
            ("ghp_yourTokenGoesHere", Form::FillIn),
            ("REPLACE_ME", Form::FillIn),
            ("placeholder", Form::FillIn),
            ("some_secure_password", Form::FillIn),
            ("see-vault-entry-smtp", Form::FillIn),
            ("PonAquiTuClave", Form::FillIn),
            ("ghp_xxxxxxxxxxxxxxxxxxxx", Form::Masked),
            ("********", Form::Masked),
            ("abcd...", Form::Masked),
            ("XXXX-XXXX", Form::Masked),
            ("sk_0000000000000000", Form::Repeated),
            ("aaaaaaaaaa", Form::Repeated),
            (concat!("AKIAIOSFODNN7", "EXAMPLE"), Form::Example),
            ("1234567890abcdef", Form::Sequence),
            ("abcdefghijkl", Form::Sequence),
            ("9876543210", Form::Sequence),
            ("tok_1234567890", Form::Sequence),
        ];
        for (value, expected) in table {
            assert_eq!(form(value.as_bytes()), Some(*expected), "{value}");
        }
    }

    #[test]
    fn chosen_and_random_values_are_no_placeholders() {
        for value in [
            "",
            "hunter2",
            "changeme",
            "yourStrong(!)Password",
            "p@ss<w0rd>",
            "Tr0ub4dor&3",
            "youth2024x",
            "something",
            "seeventeen",
            "k3VqZr8T1m",
            "dGVzdF9jbGllbnQ6dGVz",
        ] {
            assert_eq!(form(value.as_bytes()), None, "{value}");
        }
    }

    #[test]
    fn any_bytes_are_accepted() {
        for length in 0..64_usize {
            let value: Vec<u8> = (0..length).map(|i| (i * 37 + length * 11) as u8).collect();
            let _ = is_placeholder(&value);
        }
        assert!(is_placeholder(&b"x".repeat(1 << 20)));
    }
}
