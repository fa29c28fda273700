//! Encoded images, fonts, audio and video, told by their magic bytes.
//!
//! Only the first bytes are looked at, and the caller asks only for content with NUL bytes, so that no text file
//! passes for media because of the word it begins with. Archives and documents are not media: they hold text.

/// Formats whose magic stands at offset 0.
const LEADING: &[&[u8]] = &[
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",
    b"MM\0*",
    b"8BPS",
    b"wOFF",
    b"wOF2",
    b"OTTO",
    b"ttcf",
    b"ID3",
    b"\xff\xfb",
    b"\xff\xf3",
    b"\xff\xf2",
    b"OggS",
    b"fLaC",
    b"MThd",
    b"\x1a\x45\xdf\xa3",
];

/// True if `head` (the first bytes of a blob that is not text) begins an image, a font, audio or video.
pub(super) fn is_media(head: &[u8]) -> bool {
    LEADING.iter().any(|magic| head.starts_with(magic))
        || [riff, iso_media, true_type, bitmap, icon].iter().any(|test| test(head))
}

/// RIFF containers: WebP, WAV, AVI.
fn riff(head: &[u8]) -> bool {
    head.starts_with(b"RIFF") && matches!(head.get(8..12), Some(b"WEBP" | b"WAVE" | b"AVI "))
}

/// ISO base media (ISO/IEC 14496-12): MP4, MOV, HEIC, AVIF.
fn iso_media(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"ftyp")
}

/// TrueType: the version, then the number of tables (real fonts have 9 to 30). Apple writes `true` for the version.
fn true_type(head: &[u8]) -> bool {
    matches!(head, [0, 1, 0, 0, 0, 4..=64, ..] | [b't', b'r', b'u', b'e', 0, 4..=64, ..])
}

/// Windows bitmap: `BM` alone begins too much; the reserved words are zero and the header size is a known one.
fn bitmap(head: &[u8]) -> bool {
    head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]) && matches!(head.get(14), Some(12 | 40..=124))
}

/// Windows icon or cursor: a count of images, and a first entry whose reserved byte is zero.
fn icon(head: &[u8]) -> bool {
    matches!(head, [0, 0, 1 | 2, 0, 1..=64, 0, _, _, _, 0, ..])
}

#[cfg(test)]
mod tests {
    use super::is_media;

    #[test]
    fn known_formats_are_media_and_containers_of_text_are_not() {
        let cases: &[(&[u8], bool)] = &[
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", true),
            (b"RIFF\x10\0\0\0WEBPVP8 ", true),
            (b"RIFF\x10\0\0\0CDDA", false),
            (b"\0\0\0\x20ftypavif", true),
            (b"wOF2\0\x01\0\0", true),
            (b"true\0\x0e", true),
            (b"\0\x01\0\0\0\x10\x01\0", true),
            (b"\0\x01\0\0\0\0\0\0", false),
            (b"BM\x36\0\x0c\0\0\0\0\0\x36\0\0\0\x28\0\0\0", true),
            (b"BM = my value \0\0\0\0", false),
            (b"\0\0\x01\0\x02\0\x10\x10\0\0\x01", true),
            (b"\0\0\x01\0\0\0\0\0\0\0\0", false),
            (b"PK\x03\x04\x14\0\0\0", false),
            (b"\x7fELF\x02\x01\x01\0", false),
            (b"SQLite format 3\0", false),
            (b"%PDF-1.7\n", false),
            (b"", false),
        ];
        for (head, expected) in cases {
            assert_eq!(is_media(head), *expected, "{head:?}");
        }
    }
}
