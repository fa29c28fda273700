//! Whether decoded bytes are text.

/// Of so many bytes of text one may be something else.
const CLEAN: usize = 16;

/// True for what stands in text: printable ASCII, tabs and line breaks.
pub(super) fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// Bytes that do not belong to text: control characters and broken UTF-8.
pub(super) fn noise(bytes: &[u8]) -> usize {
    let ascii = bytes.iter().filter(|&&b| b < 0x80 && !is_printable(b)).count();
    if bytes.is_ascii() {
        return ascii;
    }
    ascii + bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum::<usize>()
}

/// True if the bytes are text but for a few.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    !bytes.is_empty() && noise(bytes) * CLEAN <= bytes.len()
}

/// True if UTF-16 can begin like this, with the least significant byte of each character first: ASCII, after a byte order
/// mark if there is one.
pub(super) fn begins_wide(head: [u8; 6]) -> bool {
    let [mark @ .., third] = [[head[0], head[1]], [head[2], head[3]], [head[4], head[5]]];
    let is_letter = |[low, high]: [u8; 2]| high == 0 && is_printable(low);
    (mark[0] == [0xff, 0xfe] || is_letter(mark[0])) && is_letter(mark[1]) && is_letter(third)
}

/// True if text can begin like this: the first bytes are ASCII, after a byte order mark if there is one.
pub(super) fn begins_text(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    head.iter().all(|&b| is_printable(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_little_else_in_it() {
        for (bytes, expected) in [
            (&b"password=x\r\n\t"[..], true),
            ("Passwort für Österreich".as_bytes(), true),
            (b"", false),
            (b"\0\x01\x02abc", false),
            (b"0123456789abcde\0", true),
            (b"0123456789abcd\0", false),
            (b"0123456789ab\xff\xfe\xff", false),
        ] {
            assert_eq!(is_text(bytes), expected, "{bytes:?}");
        }
        assert!(begins_wide(*b"a\0b\0c\0") && begins_wide(*b"\xff\xfea\0b\0"));
        assert!(!begins_wide(*b"\0a\0b\0c") && !begins_wide(*b"abcdef") && !begins_wide([0; 6]));
        assert!(begins_text(b"\xEF\xBB\xBFab") && begins_text(b"{\n  ") && !begins_text(b"\x89PNG"));
    }
}
