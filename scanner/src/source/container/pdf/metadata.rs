//! What a document holds beside its pages: the values of its forms, its links, comments and scripts, and what it says about
//! itself.

use std::io;

use super::document::Document;
use super::syntax::{Dictionary, Value, text};
use crate::source::container::limit::{Budget, Held};

/// What an identifier in the metadata begins with. Editors give every version of a file one, so they are no secrets.
const IDS: [&[u8]; 4] = [b"xmp.did:", b"xmp.iid:", b"uuid:", b"adobe:docid:"];
/// Properties whose value is one, whatever it begins with.
const ID_PROPERTIES: [&[u8]; 6] =
    [b"DocumentID", b"InstanceID", b"documentID", b"instanceID", b"VersionID", b"OriginalDocumentID"];

/// A text, with what it takes of memory.
pub(super) struct Part<'b> {
    pub(super) bytes: Vec<u8>,
    held: Vec<Held<'b>>,
}

impl<'b> Part<'b> {
    fn new() -> Self {
        Self { bytes: Vec::new(), held: Vec::new() }
    }

    /// Adds these pieces.
    fn push(&mut self, pieces: &[&str], budget: &'b Budget) -> io::Result<()> {
        let length = pieces.iter().map(|piece| piece.len() as u64).sum();
        self.held.push(budget.hold(length)?);
        budget.unpacked(length)?;
        for piece in pieces {
            self.bytes.extend_from_slice(piece.as_bytes());
        }
        Ok(())
    }
}

/// A line for each field of a form (`name = value`), each link, comment and script.
pub(super) fn fields<'b>(document: &Document<'_>, budget: &'b Budget) -> io::Result<Part<'b>> {
    let mut part = Part::new();
    for &number in &document.notes {
        let Some(note) = document.dictionary(number) else { continue };
        let title = string(document, note, b"T")?;
        let title = title.as_ref().map_or("", |title| &title.text);
        for key in [&b"V"[..], b"DV"] {
            if let Some(value) = string(document, note, key)? {
                part.push(&[title, " = ", &value.text, "\n"], budget)?;
            }
        }
        let action = document.get(note, b"A").and_then(Value::dictionary);
        for (holder, key) in [(Some(note), &b"Contents"[..]), (Some(note), b"URI"), (Some(note), b"JS")]
            .into_iter()
            .chain([(action, &b"URI"[..]), (action, b"JS")])
        {
            let found = holder.map_or(Ok(None), |holder| string(document, holder, key))?;
            if let Some(found) = found {
                part.push(&[&found.text, "\n"], budget)?;
            }
        }
    }
    Ok(part)
}

/// The information dictionary: a line for each entry.
pub(super) fn info<'b>(document: &Document<'_>, budget: &'b Budget) -> io::Result<Part<'b>> {
    let mut part = Part::new();
    let info = document.info.and_then(|number| document.dictionary(number));
    for (key, value) in info.into_iter().flat_map(Dictionary::entries) {
        if let Some(value) = document.resolve(value).and_then(Value::bytes) {
            let value = Words::of(&value, document)?;
            part.push(&[&String::from_utf8_lossy(&key), ": ", &value.text, "\n"], budget)?;
        }
    }
    Ok(part)
}

/// The metadata streams as the XML they are, without identifiers.
pub(super) fn xml<'b>(document: &Document<'_>, budget: &'b Budget) -> io::Result<Part<'b>> {
    let mut part = Part::new();
    for &number in &document.metadata {
        if let Some(Ok(content)) = document.stream(number) {
            let _held = budget.hold(Words::WIDEST * content.bytes.len() as u64)?;
            part.push(&[&String::from_utf8_lossy(&without_ids(&content.bytes))], budget)?;
        }
    }
    Ok(part)
}

/// The name of an embedded file, from what refers to it.
pub(super) fn file_name(document: &Document<'_>, file: u32) -> Option<String> {
    let specification = document.dictionary(*document.named.get(&file)?)?;
    let named = |key| string(document, specification, key).ok().flatten().map(|name| name.text);
    named(b"UF").or_else(|| named(b"F"))
}

/// A string's characters, with what they take of memory.
struct Words<'d> {
    text: String,
    _held: Held<'d>,
}

impl<'d> Words<'d> {
    /// Bytes of UTF-8 that one byte of a string can become.
    const WIDEST: u64 = 3;

    fn of(bytes: &[u8], document: &'d Document<'_>) -> io::Result<Self> {
        let held = document.budget.hold(Self::WIDEST * bytes.len() as u64)?;
        Ok(Self { text: text(bytes), _held: held })
    }
}

fn string<'d>(
    document: &'d Document<'_>,
    dictionary: Dictionary<'_>,
    key: &[u8],
) -> io::Result<Option<Words<'d>>> {
    let Some(value) = dictionary.get(key) else { return Ok(None) };
    // A long text may be a stream.
    if let Some(Ok(content)) = value.reference().and_then(|number| document.stream(number)) {
        return Words::of(&content.bytes, document).map(Some);
    }
    let bytes = document.resolve(value).and_then(Value::bytes);
    bytes.map(|bytes| Words::of(&bytes, document)).transpose()
}

fn without_ids(xml: &[u8]) -> Vec<u8> {
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'.');
    let mut kept = Vec::with_capacity(xml.len());
    let mut rest = xml;
    while let Some(&byte) = rest.first() {
        let property = ID_PROPERTIES.iter().find(|property| rest.starts_with(property));
        let skip = if let Some(property) = property {
            // `DocumentID="…"` or `DocumentID>…<`.
            kept.extend_from_slice(property);
            rest = &rest[property.len()..];
            let opened = rest.iter().take_while(|byte| matches!(byte, b'=' | b'"' | b'\'' | b'>')).count();
            kept.extend_from_slice(&rest[..opened]);
            rest = &rest[opened..];
            true
        } else {
            IDS.iter().any(|prefix| rest.starts_with(prefix))
        };
        if skip {
            rest = &rest[rest.iter().take_while(|&&byte| is_id(byte)).count()..];
        } else {
            kept.push(byte);
            rest = &rest[1..];
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_of_editors_are_left_out() {
        for (xml, expected) in [
            ("<a xmpMM:DocumentID=\"xmp.did:00ff\" b=\"c\"/>", "<a xmpMM:DocumentID=\"\" b=\"c\"/>"),
            ("<xmpMM:InstanceID>00ffee</xmpMM:InstanceID>", "<xmpMM:InstanceID></xmpMM:InstanceID>"),
            ("<x>uuid:5D20-00</x>", "<x></x>"),
            ("<dc:title>no id</dc:title>", "<dc:title>no id</dc:title>"),
        ] {
            assert_eq!(String::from_utf8_lossy(&without_ids(xml.as_bytes())), expected);
        }
    }
}
