//! What the first bytes of a blob say about it being a container.

use super::{lzma, tar};

/// A format that holds other files, or text in another form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Kind {
    Zip,
    Tar,
    Gzip,
    Xz,
    Zstd,
    Bzip2,
    Lzma,
    SevenZip,
    Ar,
    Sqlite,
    Pdf,
    /// Known, and not opened: RAR, LZ4, lzip, compress, cabinets, cpio, RPM, the office documents of before 2007.
    Unopened,
}

impl Kind {
    /// True if reading it takes jumping about.
    pub(super) fn is_random(self) -> bool {
        matches!(self, Self::Zip | Self::Sqlite | Self::Pdf | Self::SevenZip)
    }
}

/// As many first bytes as [`detect`] looks at.
pub(super) const HEAD: usize = tar::BLOCK;

const MAGIC: &[(&[u8], Kind)] = &[
    (b"PK\x03\x04", Kind::Zip),
    // An archive without entries.
    (b"PK\x05\x06", Kind::Zip),
    (b"\x1f\x8b\x08", Kind::Gzip),
    (b"\xfd7zXZ\0", Kind::Xz),
    (b"\x28\xb5\x2f\xfd", Kind::Zstd),
    (b"SQLite format 3\0", Kind::Sqlite),
    (b"7z\xbc\xaf\x27\x1c", Kind::SevenZip),
    (b"!<arch>\n", Kind::Ar),
    (b"%PDF-", Kind::Pdf),
    (b"Rar!\x1a\x07", Kind::Unopened),
    (b"\x04\x22\x4d\x18", Kind::Unopened),
    (b"MSCF\0\0\0\0", Kind::Unopened),
    (b"LZIP\x01", Kind::Unopened),
    (b"\x1f\x9d", Kind::Unopened),
    (b"\xed\xab\xee\xdb", Kind::Unopened),
    // Compound files: Word, Excel, PowerPoint and Outlook before 2007, installers.
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind::Unopened),
];

/// cpio's headers, which are text: their digits, and how many there are with the magic.
const CPIO: [(&[u8], usize, u32); 3] = [(b"070701", 110, 16), (b"070702", 110, 16), (b"070707", 76, 8)];

/// Tells a container from its first bytes (all of them, or at least [`HEAD`]). Costs a few comparisons.
pub(in crate::source) fn detect(head: &[u8]) -> Option<Kind> {
    let magic = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
    if let Some(&(_, kind)) = magic {
        return Some(kind);
    }
    if head.starts_with(b"BZh") && head.get(4..10) == Some(b"\x31\x41\x59\x26\x53\x59") {
        return Some(Kind::Bzip2);
    }
    let is_cpio = |&(magic, length, radix): &(&[u8], usize, u32)| {
        head.starts_with(magic)
            && head
                .get(..length)
                .is_some_and(|digits| digits.iter().all(|&digit| char::from(digit).is_digit(radix)))
    };
    if CPIO.iter().any(is_cpio) {
        return Some(Kind::Unopened);
    }
    if lzma::begins(head) {
        return Some(Kind::Lzma);
    }
    tar::begins(head).then_some(Kind::Tar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_programs_are_no_containers() {
        let newc = [&b"070701"[..], &[b'a'; 104]].concat();
        let table: [(&[u8], Option<Kind>); 16] = [
            (b"PK\x03\x04\x14\0", Some(Kind::Zip)),
            (b"PK is short for public key", None),
            (b"\x1f\x8b\x08\0", Some(Kind::Gzip)),
            (b"BZh91AY&SY", Some(Kind::Bzip2)),
            (b"7z\xbc\xaf\x27\x1c\0\x04", Some(Kind::SevenZip)),
            (b"!<arch>\n", Some(Kind::Ar)),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", Some(Kind::Unopened)),
            (b"\xed\xab\xee\xdb\x03", Some(Kind::Unopened)),
            (&newc, Some(Kind::Unopened)),
            (b"070701 is a number", None),
            (b"BZhang wrote this", None),
            (b"%PDF-1.7\n", Some(Kind::Pdf)),
            (b"SQLite format 3\0", Some(Kind::Sqlite)),
            (b"SQLite format 3 is", None),
            (b"\x7fELF\x02\x01\x01\0", None),
            (b"", None),
        ];
        for (head, expected) in table {
            assert_eq!(detect(head), expected, "{head:?}");
        }
        assert_eq!(detect(&[0; HEAD]), None);
        assert_eq!(detect(&[b'7'; HEAD]), None);
    }
}
