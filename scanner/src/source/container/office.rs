//! Documents of office programs: zips whose text lies in XML, where a word may be cut by its formatting.

use super::name;

/// Word, Excel, PowerPoint (ECMA-376) and OpenDocument (ISO/IEC 26300).
const SUFFIXES: [&str; 14] = [
    "docx", "docm", "dotx", "xlsx", "xlsm", "xltx", "pptx", "pptm", "potx", "odt", "ods", "odp", "ott", "odg",
];

/// Excel's: the cells of their sheets name strings of another entry.
const WORKBOOKS: [&str; 3] = ["xlsx", "xlsm", "xltx"];

/// The entry that holds the strings of a workbook.
pub(super) const STRINGS: &[u8] = b"xl/sharedStrings.xml";

/// True if the file at `path` is such a document by its name.
pub(super) fn is_document(path: &str) -> bool {
    has_suffix(path, &SUFFIXES)
}

/// True if the file at `path` is a workbook of Excel by its name.
pub(super) fn is_workbook(path: &str) -> bool {
    has_suffix(path, &WORKBOOKS)
}

fn has_suffix(path: &str, suffixes: &[&str]) -> bool {
    let stem = name::unpacked(path).len();
    let name = path.rsplit('/').next().unwrap_or_default();
    let suffix = name.get(stem + 1..).unwrap_or_default();
    suffixes.iter().any(|known| suffix.eq_ignore_ascii_case(known))
}

/// True if the entry holds what people read. The others (settings, links, connections) are scanned as the XML they are.
pub(super) fn holds_text(entry: &[u8]) -> bool {
    let Ok(entry) = std::str::from_utf8(entry) else { return false };
    let Some((folder, file)) = entry.rsplit_once('/') else { return entry == "content.xml" };
    let Some(file) = file.strip_suffix(".xml") else { return false };
    match folder {
        "word" => ["document", "header", "footer", "footnotes", "endnotes", "comments"]
            .iter()
            .any(|part| file.starts_with(part)),
        "xl" => file == "sharedStrings" || file.starts_with("comments"),
        "xl/worksheets" | "ppt/slides" | "ppt/notesSlides" | "ppt/comments" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_known_by_their_suffix() {
        for (path, expected) in [
            ("a/Letter.DOCX", true),
            ("x.zip!/t.ods", true),
            ("a.docx/b.zip", false),
            ("docx", false),
            ("a.xlsx.zip", false),
        ] {
            assert_eq!(is_document(path), expected, "{path}");
        }
    }

    #[test]
    fn the_parts_that_people_read_hold_text() {
        for (entry, expected) in [
            ("word/document.xml", true),
            ("word/header2.xml", true),
            ("word/settings.xml", false),
            ("word/_rels/document.xml.rels", false),
            ("xl/sharedStrings.xml", true),
            ("xl/connections.xml", false),
            ("ppt/slides/slide1.xml", true),
            ("content.xml", true),
            ("META-INF/content.xml", false),
        ] {
            assert_eq!(holds_text(entry.as_bytes()), expected, "{entry}");
        }
    }
}
