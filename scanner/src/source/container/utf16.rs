//! UTF-16 as formats hold it.

/// The text of these bytes; `unit` reads two of them. What is no character is shown as one that says so.
pub(super) fn decode(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks().0.iter().map(|&pair| unit(pair));
    char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
