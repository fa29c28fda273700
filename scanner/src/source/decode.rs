//! UTF-16 and UTF-32 to UTF-8, piece by piece.
//!
//! A piece may end inside a character; what is left of it waits for the next piece. Broken units become U+FFFD and
//! never end the decoding. Offsets in the result are offsets in the text, not in the stored bytes.

use encoding_rs::{CoderResult, UTF_16BE, UTF_16LE};

use super::sniff::Encoding;

/// A streaming decoder from one encoding to UTF-8.
pub(super) struct Decoder(State);

enum State {
    Bytes,
    Utf16(encoding_rs::Decoder),
    Utf32 {
        little: bool,
        /// Bytes of a unit that is not complete yet.
        pending: Vec<u8>,
    },
}

impl Decoder {
    /// A decoder for what follows the byte-order mark.
    pub(super) fn new(encoding: Encoding) -> Self {
        Self(match encoding {
            Encoding::Bytes => State::Bytes,
            Encoding::Utf16Le => State::Utf16(UTF_16LE.new_decoder_without_bom_handling()),
            Encoding::Utf16Be => State::Utf16(UTF_16BE.new_decoder_without_bom_handling()),
            Encoding::Utf32Le => State::Utf32 { little: true, pending: Vec::new() },
            Encoding::Utf32Be => State::Utf32 { little: false, pending: Vec::new() },
        })
    }

    /// True if the text is the stored bytes themselves.
    pub(super) fn passes_through(&self) -> bool {
        matches!(self.0, State::Bytes)
    }

    /// Appends the text of the next `piece` to `text`. `last` flushes what is incomplete.
    pub(super) fn decode(&mut self, piece: &[u8], last: bool, text: &mut Vec<u8>) {
        match &mut self.0 {
            State::Bytes => text.extend_from_slice(piece),
            State::Utf16(decoder) => decode_utf16(decoder, piece, last, text),
            State::Utf32 { little, pending } => decode_utf32(*little, pending, piece, last, text),
        }
    }
}

fn decode_utf16(decoder: &mut encoding_rs::Decoder, mut piece: &[u8], last: bool, text: &mut Vec<u8>) {
    loop {
        let room = decoder.max_utf8_buffer_length(piece.len()).unwrap_or(piece.len());
        let start = text.len();
        text.resize(start + room, 0);
        let (result, read, written, _) = decoder.decode_to_utf8(piece, &mut text[start..], last);
        text.truncate(start + written);
        piece = &piece[read..];
        if result == CoderResult::InputEmpty {
            return;
        }
    }
}

fn decode_utf32(little: bool, pending: &mut Vec<u8>, piece: &[u8], last: bool, text: &mut Vec<u8>) {
    let mut push = |unit: [u8; 4]| {
        let scalar = if little { u32::from_le_bytes(unit) } else { u32::from_be_bytes(unit) };
        let c = char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER);
        text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    };
    let missing = (4 - pending.len()) % 4;
    let (first, rest) = piece.split_at(missing.min(piece.len()));
    pending.extend_from_slice(first);
    if let Ok(unit) = <[u8; 4]>::try_from(pending.as_slice()) {
        push(unit);
        pending.clear();
    }
    let units = rest.chunks_exact(4);
    pending.extend_from_slice(units.remainder());
    for unit in units {
        push([unit[0], unit[1], unit[2], unit[3]]);
    }
    if last && !pending.is_empty() {
        push([0xff; 4]);
        pending.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "a = 'é€😀'\r\nключ: значение\n";

    fn stored(encoding: Encoding) -> Vec<u8> {
        match encoding {
            Encoding::Bytes => SAMPLE.into(),
            Encoding::Utf16Le => SAMPLE.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => SAMPLE.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Encoding::Utf32Le => SAMPLE.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
            Encoding::Utf32Be => SAMPLE.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
        }
    }

    fn decoded(encoding: Encoding, stored: &[u8], piece: usize) -> Vec<u8> {
        let mut decoder = Decoder::new(encoding);
        let mut text = Vec::new();
        for part in stored.chunks(piece) {
            decoder.decode(part, false, &mut text);
        }
        decoder.decode(&[], true, &mut text);
        text
    }

    #[test]
    fn pieces_of_any_size_give_the_same_text() {
        use Encoding::{Bytes, Utf16Be, Utf16Le, Utf32Be, Utf32Le};
        for encoding in [Bytes, Utf16Le, Utf16Be, Utf32Le, Utf32Be] {
            let stored = stored(encoding);
            for piece in 1..=stored.len() {
                assert_eq!(
                    decoded(encoding, &stored, piece),
                    SAMPLE.as_bytes(),
                    "{encoding:?} in pieces of {piece}"
                );
            }
        }
    }

    #[test]
    fn broken_units_are_replaced_and_the_rest_is_kept() {
        let lone_surrogate = [0x3d, 0xd8, b'a', 0, b'b', 0];
        let beyond_unicode = [0, 0, 0x11, 0, b'a', 0, 0, 0, b'b', 0, 0, 0];
        assert_eq!(decoded(Encoding::Utf16Le, &lone_surrogate, 3), "\u{fffd}ab".as_bytes());
        assert_eq!(decoded(Encoding::Utf32Le, &beyond_unicode, 5), "\u{fffd}ab".as_bytes());
    }

    #[test]
    fn an_incomplete_last_unit_shows() {
        assert_eq!(decoded(Encoding::Utf16Be, b"\0a\0", 2), "a\u{fffd}".as_bytes());
        assert_eq!(decoded(Encoding::Utf32Be, b"\0\0\0a\0\0", 4), "a\u{fffd}".as_bytes());
    }
}
