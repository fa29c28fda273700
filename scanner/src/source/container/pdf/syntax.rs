//! The syntax of objects (ISO 32000-2, 7.2 and 7.3), read where they lie: nothing is copied, nothing recurses, and
//! anything at all can be read.

use std::borrow::Cow;

use crate::source::container::utf16;
use crate::value::hex;

/// Longest ` GENERATION R` after the number of a reference.
const LONGEST_GENERATION: usize = 32;

/// One word of the syntax.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    /// As it is written, without the slash.
    Name(&'a [u8]),
    /// What stands between the brackets.
    Literal(&'a [u8]),
    Hex(&'a [u8]),
    OpenDictionary,
    OpenArray,
    Close,
    Word(&'a [u8]),
}

/// An object. What is composed is read again when it is asked for its parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Number(f64),
    Name(&'a [u8]),
    Literal(&'a [u8]),
    Hex(&'a [u8]),
    Dictionary(Dictionary<'a>),
    Array(&'a [u8]),
    /// Another object by its number.
    Reference(u32),
    Other,
}

impl<'a> Value<'a> {
    pub(super) fn dictionary(self) -> Option<Dictionary<'a>> {
        if let Self::Dictionary(dictionary) = self { Some(dictionary) } else { None }
    }

    pub(super) fn number(self) -> Option<f64> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    pub(super) fn reference(self) -> Option<u32> {
        if let Self::Reference(number) = self { Some(number) } else { None }
    }

    pub(super) fn name(self) -> Option<Cow<'a, [u8]>> {
        if let Self::Name(name) = self { Some(plain_name(name)) } else { None }
    }

    /// The bytes of a string.
    pub(super) fn bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Literal(written) => Some(literal_bytes(written)),
            Self::Hex(written) => Some(hex_bytes(written)),
            _ => None,
        }
    }

    /// The objects of an array; of anything else, itself.
    pub(super) fn items(self) -> impl Iterator<Item = Value<'a>> {
        let (mut inside, mut one) = match self {
            Self::Array(inside) => (Lexer::new(inside), None),
            other => (Lexer::new(b""), Some(other)),
        };
        std::iter::from_fn(move || one.take().or_else(|| inside.value()))
    }
}

/// What stands between `<<` and `>>`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dictionary<'a>(pub(super) &'a [u8]);

impl<'a> Dictionary<'a> {
    /// The value of a key, which may be a reference.
    pub(super) fn get(self, key: &[u8]) -> Option<Value<'a>> {
        self.entries().find(|(name, _)| **name == *key).map(|(_, value)| value)
    }

    /// True if the key's value is this name.
    pub(super) fn is(self, key: &[u8], name: &[u8]) -> bool {
        self.get(key).and_then(Value::name).is_some_and(|found| *found == *name)
    }

    pub(super) fn entries(self) -> impl Iterator<Item = (Cow<'a, [u8]>, Value<'a>)> {
        let mut inside = Lexer::new(self.0);
        std::iter::from_fn(move || {
            loop {
                if let Token::Name(name) = inside.token()? {
                    return Some((plain_name(name), inside.value()?));
                }
            }
        })
    }
}

/// Reads one word after the other.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    /// Where the next one is looked for.
    pub(super) at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// Passes over white space and comments.
    pub(super) fn skip_space(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            if byte == b'%' {
                self.at += memchr::memchr2(b'\r', b'\n', self.rest()).unwrap_or(self.rest().len());
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    pub(super) fn token(&mut self) -> Option<Token<'a>> {
        self.skip_space();
        let rest = self.rest();
        let (token, length) = match rest {
            [] => return None,
            [b'<', b'<', ..] => (Token::OpenDictionary, 2),
            [b'>', b'>', ..] => (Token::Close, 2),
            [b'[', ..] => (Token::OpenArray, 1),
            [b']', ..] => (Token::Close, 1),
            [b'<', inside @ ..] => {
                let end = memchr::memchr(b'>', inside).unwrap_or(inside.len());
                (Token::Hex(&inside[..end]), end + 2)
            }
            [b'(', inside @ ..] => {
                let end = literal_end(inside);
                (Token::Literal(&inside[..end]), end + 2)
            }
            [b'/', inside @ ..] => {
                let end = regular(inside);
                (Token::Name(&inside[..end]), end + 1)
            }
            [b'{' | b'}' | b')' | b'>', ..] => (Token::Word(&rest[..1]), 1),
            _ => {
                let word = &rest[..regular(rest)];
                (number(word).map_or(Token::Word(word), Token::Number), word.len())
            }
        };
        self.at = (self.at + length).min(self.bytes.len());
        Some(token)
    }

    pub(super) fn value(&mut self) -> Option<Value<'a>> {
        Some(match self.token()? {
            Token::Number(number) if number >= 0.0 && self.generation() => Value::Reference(number as u32),
            Token::Number(number) => Value::Number(number),
            Token::Name(name) => Value::Name(name),
            Token::Literal(written) => Value::Literal(written),
            Token::Hex(written) => Value::Hex(written),
            Token::OpenDictionary => Value::Dictionary(Dictionary(self.inside())),
            Token::OpenArray => Value::Array(self.inside()),
            Token::Close | Token::Word(_) => Value::Other,
        })
    }

    /// Passes over what makes a number a reference, if that follows. Looks no further: what follows may be a string that is
    /// as long as the file.
    fn generation(&mut self) -> bool {
        let rest = self.rest();
        let mut ahead = Lexer::new(&rest[..rest.len().min(LONGEST_GENERATION)]);
        let follows = matches!(ahead.token(), Some(Token::Number(_)))
            && ahead.token() == Some(Token::Word(b"R"))
            && ahead.at < LONGEST_GENERATION;
        if follows {
            self.at += ahead.at;
        }
        follows
    }

    /// What stands up to the bracket that closes an open one, or up to the end.
    fn inside(&mut self) -> &'a [u8] {
        let from = self.at;
        let mut depth = 1_u32;
        loop {
            self.skip_space();
            let before = self.at;
            match self.token() {
                None => return &self.bytes[from..],
                Some(Token::OpenDictionary | Token::OpenArray) => depth += 1,
                Some(Token::Close) => depth -= 1,
                Some(_) => {}
            }
            if depth == 0 {
                return &self.bytes[from..before];
            }
        }
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

/// The length of the word that `bytes` begins with; at least 1 where there is a byte that is no bracket.
fn regular(bytes: &[u8]) -> usize {
    let ends = |&byte: &u8| {
        is_space(byte) || matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
    };
    bytes.iter().position(ends).unwrap_or(bytes.len())
}

fn number(word: &[u8]) -> Option<f64> {
    if !word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.')) {
        return None;
    }
    std::str::from_utf8(word).ok()?.parse().ok()
}

fn plain_name(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.contains(&b'#') {
        return Cow::Borrowed(name);
    }
    let mut plain = Vec::new();
    let mut rest = name;
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = (byte == b'#').then(|| after.first_chunk::<2>()).flatten();
        if let Some([high, low]) = escaped.map(|digits| digits.map(hex::digit)) {
            plain.push(high.unwrap_or(0) << 4 | low.unwrap_or(0));
            rest = &after[2..];
        } else {
            plain.push(byte);
            rest = after;
        }
    }
    Cow::Owned(plain)
}

/// Where a literal string ends: brackets in it come in pairs.
fn literal_end(inside: &[u8]) -> usize {
    let mut depth = 1_u32;
    let mut at = 0;
    while let Some(found) = memchr::memchr3(b'(', b')', b'\\', &inside[at..]) {
        match inside[at + found] {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => at += 1,
        }
        if depth == 0 {
            return at + found;
        }
        at = (at + found + 1).min(inside.len());
    }
    inside.len()
}

fn literal_bytes(written: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let Some((&escape, after)) = rest.split_first() else { break };
        rest = after;
        match escape {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            // A line that goes on.
            b'\n' => {}
            b'\r' => rest = rest.strip_prefix(b"\n").unwrap_or(rest),
            b'0'..=b'7' => {
                let mut value = escape - b'0';
                for _ in 0..2 {
                    let Some((&next @ b'0'..=b'7', after)) = rest.split_first() else { break };
                    value = value.wrapping_mul(8).wrapping_add(next - b'0');
                    rest = after;
                }
                bytes.push(value);
            }
            other => bytes.push(other),
        }
    }
    bytes
}

/// The bytes of hexadecimal digits; others are passed over, and a last one alone is followed by 0.
pub(super) fn hex_bytes(written: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(written.len().div_ceil(2));
    let mut digits = written.iter().filter_map(|&byte| hex::digit(byte));
    bytes.extend(std::iter::from_fn(|| Some(digits.next()? << 4 | digits.next().unwrap_or(0))));
    bytes
}

/// A text of a document's information: UTF-16 or UTF-8 by its mark, else as Latin-1.
pub(super) fn text(bytes: &[u8]) -> String {
    if let Some(wide) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16::decode(wide, u16::from_be_bytes);
    }
    if let Some(utf8) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return String::from_utf8_lossy(utf8).into_owned();
    }
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_as_they_are_meant() {
        for (written, expected) in [
            (&b"(a(b)c)"[..], &b"a(b)c"[..]),
            (b"(a\\)b\\\\)", b"a)b\\"),
            (b"(\\101\\7x\\n)", b"A\x07x\n"),
            (b"(a\\\r\nb)", b"ab"),
            (b"(open", b"open"),
            (b"(\\", b""),
            (b"<41 4>", b"A@"),
            (b"<", b""),
        ] {
            assert_eq!(Lexer::new(written).value().and_then(Value::bytes).as_deref(), Some(expected));
        }
        assert_eq!(text(b"\xfe\xff\0A\0b"), "Ab");
        assert_eq!(text(b"caf\xe9"), "caf\u{e9}");
    }

    #[test]
    fn composed_objects_are_read_where_they_lie() {
        let dictionary = Lexer::new(b"<< /A#42 [1 0 R -.5 << /X (]>>) >>] % /C 1\n /C null /D 7 >> rest");
        let mut dictionary = dictionary;
        let found = dictionary.value().and_then(Value::dictionary).expect("a dictionary");
        let items: Vec<_> = found.get(b"AB").expect("an array").items().collect();
        assert_eq!(items[..2], [Value::Reference(1), Value::Number(-0.5)]);
        assert_eq!(
            items[2].dictionary().and_then(|inner| inner.get(b"X")).and_then(Value::bytes),
            Some(b"]>>".to_vec())
        );
        assert_eq!((found.get(b"C"), found.get(b"D")), (Some(Value::Other), Some(Value::Number(7.0))));
        assert_eq!(dictionary.token(), Some(Token::Word(b"rest")));
    }

    #[test]
    fn whatever_is_read_ends() {
        let words: [&[u8]; 9] = [b"<<", b">>", b"[", b"]", b"(", b"\\", b"/", b"<", b"1 0 R"];
        let mut state = 7_u32;
        for _ in 0..2000 {
            let mut bytes = Vec::new();
            for _ in 0..12 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                bytes.extend_from_slice(words[(state >> 16) as usize % words.len()]);
            }
            let mut lexer = Lexer::new(&bytes);
            let count = std::iter::from_fn(|| lexer.value()).count();
            assert!(count <= bytes.len());
        }
    }
}
