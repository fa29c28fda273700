//! What the first bytes of a blob say: its encoding, and text, binary or media.
//!
//! The order of the questions: byte-order mark, then (only if there is a NUL byte in the first 8 KiB) UTF-32 and
//! UTF-16 without a mark, media, binary. Without an early NUL everything is text, whatever its encoding: Latin-1 and
//! broken UTF-8 are scanned as they are.

use super::media::is_media;

/// How far into a blob a NUL byte makes it binary; git looks as far.
pub(super) const HEAD: usize = 8 * 1024;

/// How stored bytes become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// ASCII-compatible: passed through.
    Bytes,
    /// UTF-16, little endian.
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
    /// UTF-32, little endian.
    Utf32Le,
    /// UTF-32, big endian.
    Utf32Be,
}

/// The kind of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text in this encoding, after a byte-order mark of this many stored bytes.
    Text {
        /// How to decode.
        encoding: Encoding,
        /// Stored bytes of the byte-order mark.
        mark: usize,
    },
    /// Bytes with an early NUL that are no UTF-16 or UTF-32.
    Binary,
    /// An image, a font, audio or video.
    Media,
}

/// Byte-order marks; UTF-32 first, because its little-endian mark begins with that of UTF-16.
const MARKS: &[(&[u8], Encoding)] = &[
    (b"\xff\xfe\0\0", Encoding::Utf32Le),
    (b"\0\0\xfe\xff", Encoding::Utf32Be),
    (b"\xef\xbb\xbf", Encoding::Bytes),
    (b"\xff\xfe", Encoding::Utf16Le),
    (b"\xfe\xff", Encoding::Utf16Be),
];

/// Tells the kind of a blob from its first bytes (all of them, or at least [`HEAD`]).
pub(super) fn sniff(bytes: &[u8]) -> Kind {
    let head = &bytes[..bytes.len().min(HEAD)];
    for &(mark, encoding) in MARKS {
        if bytes.starts_with(mark) && !(mark.len() == 2 && is_plain(&head[2..])) {
            return Kind::Text { encoding, mark: mark.len() };
        }
    }
    if memchr::memchr(0, head).is_none() {
        return Kind::Text { encoding: Encoding::Bytes, mark: 0 };
    }
    if let Some(encoding) = unmarked(head) {
        return Kind::Text { encoding, mark: 0 };
    }
    if is_media(head) { Kind::Media } else { Kind::Binary }
}

/// True for single-byte text behind what looks like a mark of UTF-16, where nearly every character has a NUL byte or one
/// that is no ASCII: read as UTF-16 nothing in it would be found.
fn is_plain(head: &[u8]) -> bool {
    let ascii = head.iter().filter(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()).count();
    head.len() >= 16 && memchr::memchr(0, head).is_none() && ascii * 10 >= head.len() * 9
}

/// The UTF-16 or UTF-32 that `head` reads well in, if any.
fn unmarked(head: &[u8]) -> Option<Encoding> {
    let quads = || head.chunks_exact(4).map(|q| [q[0], q[1], q[2], q[3]]);
    let pairs = || head.chunks_exact(2).map(|p| [p[0], p[1]]);
    if reads_as_text(quads().map(u32::from_le_bytes)) {
        Some(Encoding::Utf32Le)
    } else if reads_as_text(quads().map(u32::from_be_bytes)) {
        Some(Encoding::Utf32Be)
    } else if reads_as_text(pairs().map(|p| u16::from_le_bytes(p).into())) {
        Some(Encoding::Utf16Le)
    } else if reads_as_text(pairs().map(|p| u16::from_be_bytes(p).into())) {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// True if the code units read as text.
///
/// Random 16-bit units are foreign in one of ten cases, and machine code and tables have NUL units; text has none of
/// these and, in any script, ASCII spaces, digits or line breaks. Two units are too few to tell. Most binaries are
/// told after a few units, which matters where a tree holds many small ones.
fn reads_as_text(units: impl ExactSizeIterator<Item = u32>) -> bool {
    let count = units.len();
    // Printable ASCII, tabs and line breaks.
    let mut ascii = 0;
    // What text does not contain: NUL, other controls, non-characters, units beyond Unicode.
    let mut foreign = 0;
    for unit in units {
        match unit {
            0x09 | 0x0a | 0x0d | 0x20..=0x7e => ascii += 1,
            // Above the basic plane only UTF-32 units come here; those are characters up to U+10FFFF.
            0x1_0000..=0x10_ffff => {}
            0x00..=0x1f | 0x7f..=0x9f | 0xe000..=0xf8ff | 0xfdd0..=0xfdef | 0xfffe.. => {
                foreign += 1;
                if foreign * 200 > count {
                    return false;
                }
            }
            _ => {}
        }
    }
    count >= 3 && ascii * 10 >= count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16le(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn utf16be(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_be_bytes).collect()
    }

    fn utf32le(text: &str) -> Vec<u8> {
        text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect()
    }

    fn utf32be(text: &str) -> Vec<u8> {
        text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect()
    }

    fn text(encoding: Encoding, mark: usize) -> Kind {
        Kind::Text { encoding, mark }
    }

    #[test]
    fn byte_order_marks_decide() {
        let cases: &[(&[u8], Kind)] = &[
            (b"\xef\xbb\xbfa = 1", text(Encoding::Bytes, 3)),
            (b"\xff\xfea\0", text(Encoding::Utf16Le, 2)),
            (b"\xfe\xff\0a", text(Encoding::Utf16Be, 2)),
            (b"\xff\xfe\0\0a\0\0\0", text(Encoding::Utf32Le, 4)),
            (b"\0\0\xfe\xff\0\0\0a", text(Encoding::Utf32Be, 4)),
        ];
        for (bytes, expected) in cases {
            assert_eq!(sniff(bytes), *expected, "{bytes:?}");
        }
    }

    #[test]
    fn utf16_and_utf32_without_a_mark_are_recognised() {
        for sample in ["key = value\r\n", "пароль = секрет 12\n", "密码 = 字符串 1\n值 2\n", "😀 = 1 ok\n"]
        {
            assert_eq!(sniff(&utf16le(sample)), text(Encoding::Utf16Le, 0), "{sample}");
            assert_eq!(sniff(&utf16be(sample)), text(Encoding::Utf16Be, 0), "{sample}");
            assert_eq!(sniff(&utf32le(sample)), text(Encoding::Utf32Le, 0), "{sample}");
            assert_eq!(sniff(&utf32be(sample)), text(Encoding::Utf32Be, 0), "{sample}");
        }
    }

    #[test]
    fn an_odd_last_byte_does_not_hide_utf16() {
        let mut bytes = utf16le("name = value");
        bytes.push(b'x');
        assert_eq!(sniff(&bytes), text(Encoding::Utf16Le, 0));
    }

    #[test]
    fn text_without_an_early_nul_is_text_in_any_encoding() {
        let mut late = vec![b'a'; HEAD];
        late.push(0);
        let false_mark = &b"\xff\xfe broken\npassword = x1"[..];
        for bytes in [&b"caf\xe9 = 1"[..], b"\xc3\x28 broken", b"", &late, false_mark] {
            assert_eq!(sniff(bytes), text(Encoding::Bytes, 0));
        }
    }

    #[test]
    fn an_early_nul_is_binary_and_known_media_are_media() {
        let mut words = Vec::new();
        for n in 0u32..500 {
            words.extend((n * 7919).to_le_bytes());
        }
        assert_eq!(sniff(&words), Kind::Binary);
        assert_eq!(sniff(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0"), Kind::Binary);
        assert_eq!(sniff(b"password=abc\0"), Kind::Binary);
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01"), Kind::Media);
        assert_eq!(sniff(b"GIF89a is how a GIF begins"), text(Encoding::Bytes, 0));
    }
}
