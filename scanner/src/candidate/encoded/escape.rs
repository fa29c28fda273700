//! Escapes of single characters: `%3D`, `&quot;`, `&#61;`, `&#x3d;`, `\u003d`, `\u{3d}`, `\U0000003d`, `\x3d`.

use super::{Encoding, gate};

/// What an escape of printable ASCII begins with, in lower case.
pub(in crate::candidate) const ANCHORS: &[&str] = &[
    "%2", "%3", "%4", "%5", "%6", "%7", "%0a", "%0d", "&#", "&quot;", "&apos;", "&lt;", "&gt;", "&amp;",
    "&equals;", "&colon;", "\\u00", "\\u{", "\\x",
];

/// Named character references that could hide a value or what binds it to a name.
const NAMED: &[(&[u8], u8)] = &[
    (b"&quot;", b'"'),
    (b"&apos;", b'\''),
    (b"&lt;", b'<'),
    (b"&gt;", b'>'),
    (b"&amp;", b'&'),
    (b"&equals;", b'='),
    (b"&colon;", b':'),
    (b"&num;", b'#'),
    (b"&sol;", b'/'),
    (b"&commat;", b'@'),
];

/// An escape as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Escape {
    /// Bytes of the escape.
    pub(super) length: usize,
    bytes: [u8; 4],
    /// Bytes that it stands for.
    count: usize,
    pub(super) by: &'static [Encoding],
}

impl Escape {
    fn byte(length: usize, byte: u8, by: &'static [Encoding]) -> Self {
        Self { length, bytes: [byte, 0, 0, 0], count: 1, by }
    }

    /// A lone half of a surrogate pair is shown as U+FFFD.
    fn character(length: usize, code: u32, by: &'static [Encoding]) -> Self {
        let mut bytes = [0; 4];
        let count = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut bytes).len();
        Self { length, bytes, count, by }
    }

    /// What it stands for.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.count]
    }

    /// True for one character that could as well have been written as it is.
    pub(super) fn is_printable(&self) -> bool {
        self.count == 1 && gate::is_printable(self.bytes[0])
    }
}

/// The escape at the start of `text`, if there is one.
pub(super) fn read(text: &[u8]) -> Option<Escape> {
    match text.first()? {
        b'%' => percent(text),
        b'&' => reference(text),
        b'\\' => backslash(text),
        _ => None,
    }
}

fn percent(text: &[u8]) -> Option<Escape> {
    Some(Escape::byte(3, number(text.get(1..3)?, 16)? as u8, &[Encoding::Percent]))
}

fn reference(text: &[u8]) -> Option<Escape> {
    const BY: &[Encoding] = &[Encoding::Html];
    if let Some((name, byte)) = NAMED.iter().find(|(name, _)| text.starts_with(name)) {
        return Some(Escape::byte(name.len(), *byte, BY));
    }
    let digits = text.strip_prefix(b"&#")?;
    let (prefix, radix) = if matches!(digits.first(), Some(b'x' | b'X')) { (3, 16) } else { (2, 10) };
    let digits = text.get(prefix..)?;
    let end = digits.iter().take(8).position(|&b| b == b';')?;
    Some(Escape::character(prefix + end + 1, number(&digits[..end], radix)?, BY))
}

/// Escapes in escaped strings have more than one backslash.
fn backslash(text: &[u8]) -> Option<Escape> {
    const BY: &[Encoding] = &[Encoding::Escape];
    let slashes = text.iter().take(16).take_while(|&&b| b == b'\\').count();
    let rest = &text[slashes..];
    match rest {
        [b'x', digits @ ..] => Some(Escape::byte(slashes + 3, number(digits.get(..2)?, 16)? as u8, BY)),
        [b'u', b'{', digits @ ..] => {
            let end = digits.iter().take(7).position(|&b| b == b'}')?;
            Some(Escape::character(slashes + 3 + end, number(&digits[..end], 16)?, BY))
        }
        [b'U', digits @ ..] => Some(Escape::character(slashes + 9, number(digits.get(..8)?, 16)?, BY)),
        [b'u', digits @ ..] => {
            let first = number(digits.get(..4)?, 16)?;
            let second = second_half(first, &digits[4..]);
            Some(match second {
                Some((second, length)) => {
                    let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                    Escape::character(slashes + 5 + length, code, BY)
                }
                None => Escape::character(slashes + 5, first, BY),
            })
        }
        _ => None,
    }
}

/// The low half of a surrogate pair after its high half, and its length.
fn second_half(first: u32, rest: &[u8]) -> Option<(u32, usize)> {
    let slashes = rest.iter().take(16).take_while(|&&b| b == b'\\').count();
    let digits = rest[slashes..].strip_prefix(b"u").filter(|_| slashes > 0)?;
    let second = number(digits.get(..4)?, 16)?;
    ((0xD800..0xDC00).contains(&first) && (0xDC00..0xE000).contains(&second)).then_some((second, slashes + 5))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digit = |byte: &u8| char::from(*byte).to_digit(radix);
    (1..=8).contains(&digits.len()).then_some(())?;
    digits.iter().try_fold(0u32, |number, byte| number.checked_mul(radix)?.checked_add(digit(byte)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        for (text, length, expected) in [
            ("%3D", 3, "="),
            ("%3d1", 3, "="),
            ("&quot;x", 6, "\""),
            ("&#61;", 5, "="),
            ("&#x3D;", 6, "="),
            (r"\u003d5", 6, "="),
            (r"\\\\u003d", 9, "="),
            (r"\u{3d}", 6, "="),
            (r"\U0000003d", 10, "="),
            (r"\x3d5", 4, "="),
            (r"\u00e9", 6, "é"),
            (r"\ud83d\ude00", 12, "😀"),
            (r"\ud83dx", 6, "\u{FFFD}"),
        ] {
            let escape = read(text.as_bytes()).expect(text);
            assert_eq!((escape.length, escape.bytes()), (length, expected.as_bytes()), "{text}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for text in [
            "", "%", "%3", "%zz", "&", "&#", "&#;", "&#xyz;", "&nbsp", "\\", r"\users", r"\u12", r"\x4",
            r"\u{}", "a", "%é",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
