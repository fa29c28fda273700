//! Values that a machine drew: the same alphabet and structure, drawn again.

use base64::Engine as _;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::shape::{Shape, decode, engine, shape};
use super::{Keep, human, number, once};

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &[u8] = b"0123456789";

fn pick(alphabet: &[u8], random: &mut ChaCha8Rng) -> char {
    char::from(alphabet[random.random_range(0..alphabet.len())])
}

/// A UUID of the same version and variant, in the same case.
pub(super) fn uuid(value: &str, random: &mut ChaCha8Rng) -> String {
    let made = hex(value, random);
    let hyphens: Vec<usize> = value.match_indices('-').map(|(at, _)| at).collect();
    // The digits after the second and third hyphen carry version and variant.
    let fixed = |at: usize| hyphens.len() == 4 && (at == hyphens[1] + 1 || at == hyphens[2] + 1);
    value
        .chars()
        .zip(made.chars())
        .enumerate()
        .map(|(at, (old, new))| if fixed(at) { old } else { new })
        .collect()
}

/// Hexadecimal digits of the same case; other characters stay.
pub(super) fn hex(value: &str, random: &mut ChaCha8Rng) -> String {
    let upper = value.contains(|c: char| c.is_ascii_uppercase());
    let alphabet: &[u8] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    value.chars().map(|c| if c.is_ascii_hexdigit() { pick(alphabet, random) } else { c }).collect()
}

/// Letters of the same case each.
pub(super) fn letters(value: &str, random: &mut ChaCha8Rng) -> String {
    value
        .chars()
        .map(|c| match c {
            'a'..='z' => pick(LOWER, random),
            'A'..='Z' => pick(UPPER, random),
            other => other,
        })
        .collect()
}

/// Characters of the smallest common alphabet that the value fits into; marks and escapes stay where they are. Every
/// kind of character that was there is there again, if twenty draws give it.
pub(super) fn random(value: &str, random: &mut ChaCha8Rng) -> String {
    let alphabet = alphabet(value);
    let kinds = |text: &str| {
        [char::is_ascii_lowercase, char::is_ascii_uppercase, char::is_ascii_digit]
            .map(|kind: fn(&char) -> bool| text.chars().any(|c| kind(&c)))
    };
    let mut made = String::new();
    for _ in 0..20 {
        let mut escaped = false;
        made = value
            .chars()
            .map(|c| {
                let keep = escaped || !c.is_ascii_alphanumeric();
                escaped = c == '\\' && !escaped;
                if keep { c } else { pick(&alphabet, random) }
            })
            .collect();
        if kinds(&made) == kinds(value) {
            break;
        }
    }
    made
}

/// Base32, else the union of the kinds of characters that occur.
fn alphabet(value: &str) -> Vec<u8> {
    let drawn: Vec<u8> = value.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let base32 = drawn.len() >= 16 && drawn.iter().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7'));
    let mut alphabet = Vec::new();
    if drawn.iter().any(u8::is_ascii_lowercase) {
        alphabet.extend_from_slice(LOWER);
    }
    if drawn.iter().any(u8::is_ascii_uppercase) {
        alphabet.extend_from_slice(UPPER);
    }
    if drawn.iter().any(u8::is_ascii_digit) {
        alphabet.extend_from_slice(if base32 { b"234567" } else { DIGITS });
    }
    alphabet
}

/// Bytes of the same number, encoded the same way. The first byte stays: it often is a tag.
pub(super) fn base64(value: &str, random: &mut ChaCha8Rng) -> String {
    let Some(mut bytes) = decode(value) else { return self::random(value, random) };
    random.fill(bytes.get_mut(1..).unwrap_or_default());
    let made = engine(value).encode(bytes);
    // Line endings and an odd number of padding marks are the writer's own.
    if made.len() == value.len() { made } else { armour(value, random) }
}

/// The text inside, realised and encoded again.
pub(super) fn encoded_text(value: &str, random: &mut ChaCha8Rng, keep: Keep) -> String {
    let text = decode(value).and_then(|bytes| String::from_utf8(bytes).ok());
    match text {
        Some(text) => engine(value).encode(inner(&text, random, keep)),
        None => self::random(value, random),
    }
}

/// Text that stood encoded: `user:password` keeps its colon, lines stay lines.
fn inner(text: &str, random: &mut ChaCha8Rng, keep: Keep) -> String {
    if let Some((user, password)) =
        text.split_once(':').filter(|(user, _)| !user.is_empty() && !user.contains(char::is_whitespace))
    {
        return format!("{}:{}", part(user, random, keep), part(password, random, keep));
    }
    match shape(text) {
        // Base64 within Base64 is opened once.
        Shape::EncodedText => self::random(text, random),
        Shape::Armour => human::chosen(text, random, keep),
        _ => once(text, random, keep),
    }
}

fn part(text: &str, random: &mut ChaCha8Rng, keep: Keep) -> String {
    match shape(text) {
        Shape::EncodedText | Shape::Url | Shape::Armour => human::chosen(text, random, keep),
        _ => once(text, random, keep),
    }
}

/// The header stays; strings and numbers of the claims and the signature change.
pub(super) fn jwt(value: &str, random: &mut ChaCha8Rng) -> String {
    let mut parts: Vec<String> = value.split('.').map(str::to_owned).collect();
    if let Some(claims) = parts.get_mut(1) {
        let text = decode(claims).and_then(|bytes| String::from_utf8(bytes).ok());
        *claims = match text {
            Some(text) => engine(claims).encode(json_values(&text, random)),
            None => base64url(claims, random),
        };
    }
    if let Some(signature) = parts.get_mut(2) {
        *signature = base64url(signature, random);
    }
    parts.join(".")
}

fn base64url(value: &str, random: &mut ChaCha8Rng) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    value.chars().map(|c| if c == '=' { c } else { pick(ALPHABET, random) }).collect()
}

/// Realises what stands behind colons in JSON; names stay.
fn json_values(text: &str, random: &mut ChaCha8Rng) -> String {
    let mut out = String::new();
    for (n, piece) in text.split_inclusive([',', '{', '}']).enumerate() {
        match piece.split_once(':') {
            Some((name, value)) => {
                out.push_str(name);
                out.push(':');
                out.push_str(&human_or_number(value, random));
            }
            None if n == 0 => out.push_str(piece),
            None => out.push_str(&human_or_number(piece, random)),
        }
    }
    out
}

fn human_or_number(value: &str, random: &mut ChaCha8Rng) -> String {
    if matches!(value.trim_matches([',', '{', '}', ' ']), "true" | "false" | "null") {
        return value.to_owned();
    }
    human::chosen(value, random, Keep::Telling)
}

/// Scheme and host stay; the login, and every drawn part of path and query, change.
pub(super) fn url(value: &str, random: &mut ChaCha8Rng, keep: Keep) -> String {
    let Some((scheme, rest)) = value.split_once("//") else { return value.to_owned() };
    let end = rest.find(['/', '?', '#', ' ', '"', '\'']).unwrap_or(rest.len());
    // A password may hold an unescaped `/` or `#`: the login ends at the last `@` before the first blank.
    let blank = rest.find([' ', '"', '\'']).unwrap_or(rest.len());
    let at =
        rest[..end].rfind('@').or_else(|| rest[..blank].find('@').filter(|at| rest[..*at].contains(':')));
    let (login, tail) = at.map_or((None, rest), |at| (Some(&rest[..at]), &rest[at..]));
    let login = login.map(|login| match login.split_once(':') {
        Some((user, password)) => {
            format!("{}:{}", part(user, random, keep), part(password, random, Keep::Nothing))
        }
        None => part(login, random, keep),
    });
    let host_end = tail.find(['/', '?', '#', ';', ' ']).unwrap_or(tail.len());
    let (host, path) = tail.split_at(host_end);
    let mut made = format!("{scheme}//{}{host}", login.unwrap_or_default());
    for piece in path.split_inclusive(['/', '?', '&', '=', ';', '#', ' ']) {
        let (body, mark) = match piece.char_indices().last() {
            Some((at, c)) if "/?&=;# ".contains(c) => piece.split_at(at),
            _ => (piece, ""),
        };
        made.push_str(&match shape(body) {
            Shape::Human | Shape::Url | Shape::Armour => body.to_owned(),
            Shape::Digits if body.len() < 6 => body.to_owned(),
            Shape::Digits => number::digits(body, random),
            _ => once(body, random, keep),
        });
        made.push_str(mark);
    }
    made
}

/// Lines of Base64 between `-----BEGIN …-----` and its end: letters and digits are drawn again, all else stays, headers
/// too. The first six characters of a body stay; they are the tag and the length of its structure.
pub(super) fn armour(value: &str, random: &mut ChaCha8Rng) -> String {
    let parts: Vec<String> = value
        .split("-----")
        .enumerate()
        .map(|(n, part)| if n % 2 == 0 { body(part, random) } else { part.to_owned() })
        .collect();
    parts.join("-----")
}

fn body(text: &str, random: &mut ChaCha8Rng) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut seen = 0;
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.contains(": ") {
            out.push_str(line);
            continue;
        }
        let mut escaped = false;
        for c in line.chars() {
            let keep = escaped || !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/'));
            escaped = c == '\\' && !escaped;
            seen += usize::from(!keep);
            out.push(if keep || seen <= 6 { c } else { pick(ALPHABET, random) });
        }
    }
    out
}
