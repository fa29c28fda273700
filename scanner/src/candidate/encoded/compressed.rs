//! gzip and zlib streams that were encoded to be text.

use std::io::Read as _;

use flate2::read::{GzDecoder, ZlibDecoder};

use super::Encoding;
use super::budget::{Budget, UNPACKED};

/// The format that begins like this: gzip with the one method that it has, or zlib with the header of one of its levels.
pub(super) fn sort(head: &[u8]) -> Option<Encoding> {
    match head {
        [0x1f, 0x8b, 8, ..] => Some(Encoding::Gzip),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => Some(Encoding::Zlib),
        _ => None,
    }
}

/// What is in the stream, as far as it can be read: a stream that is cut off still shows its beginning.
pub(super) fn unpack(sort: Encoding, stream: &[u8], budget: &mut Budget) -> Vec<u8> {
    let mut out = Vec::new();
    // One byte more tells that there is more. What cannot be read ends it.
    let limit = UNPACKED as u64 + 1;
    let _ = match sort {
        Encoding::Gzip => GzDecoder::new(stream).take(limit).read_to_end(&mut out),
        _ => ZlibDecoder::new(stream).take(limit).read_to_end(&mut out),
    };
    if out.len() > UNPACKED {
        budget.is_exceeded = true;
        out.truncate(UNPACKED);
    }
    out.truncate(budget.take(out.len()));
    out
}
