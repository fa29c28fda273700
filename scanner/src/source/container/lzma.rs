//! LZMA: files of the program `lzma`, and the entries of zip and 7z archives that are packed so.

use std::io::{self, BufReader, Read};

use lzma_rust2::{LzmaReader, lzma_get_memory_usage_by_props};

use super::limit::{Budget, Held};
use super::random::{u32_at, u64_at};

/// The header of a file: properties, window, size of the content.
pub(super) const HEADER: usize = 13;
/// What a decoder takes beside its window and its tables.
pub(super) const OVERHEAD: u64 = 1024 * 1024;
/// Smallest window.
const LEAST_WINDOW: u64 = 4096;

/// What must be known of a stream before it can be unpacked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    /// Three numbers in a byte, as the LZMA SDK has them.
    pub(super) properties: u8,
    /// Bytes of window, as they are stated.
    pub(super) window: u64,
    /// Bytes of content; the largest number where a mark in the stream ends it.
    pub(super) size: u64,
}

impl Stream {
    /// The stream of a file with this header.
    fn of_file(header: &[u8; HEADER]) -> Self {
        Self { properties: header[0], window: u64::from(u32_at(header, 1)), size: u64_at(header, 5) }
    }

    /// Unpacks `input`. The memory that its decoder takes is held before.
    pub(super) fn unpack<'a>(
        self,
        input: impl Read + 'a,
        budget: &'a Budget,
    ) -> io::Result<(Box<dyn Read + 'a>, Held<'a>)> {
        let window = window(self.window, self.size);
        let needed = lzma_get_memory_usage_by_props(window as u32, self.properties)?;
        let held = budget.hold(1024 * u64::from(needed) + OVERHEAD)?;
        let reader = LzmaReader::new_with_props(input, self.size, self.properties, window as u32, None)?;
        Ok((Box::new(reader), held))
    }
}

/// The window to unpack `size` bytes with, of a stated one: it need not be larger than they are.
pub(super) fn window(stated: u64, size: u64) -> u64 {
    stated.clamp(LEAST_WINDOW, size.max(LEAST_WINDOW)).min(u64::from(u32::MAX))
}

/// True if `head` begins like a file. There is no magic: the properties and the windows that `lzma` and `xz` write, a size
/// that is unknown or below 256 GiB, and the zero that every stream begins with.
pub(super) fn begins(head: &[u8]) -> bool {
    let Some(header) = head.first_chunk() else { return false };
    let stream = Stream::of_file(header);
    let window = stream.window as u32;
    let usual = window >= 1 << 16 && (window.is_power_of_two() || (window / 3 * 2).is_power_of_two());
    stream.properties == 0x5d
        && usual
        && (stream.size == u64::MAX || stream.size < 1 << 38)
        && head.get(HEADER) == Some(&0)
}

/// Unpacks a file.
pub(super) fn unpack<'a>(
    input: &'a mut dyn Read,
    budget: &'a Budget,
) -> io::Result<(Box<dyn Read + 'a>, Held<'a>)> {
    let mut header = [0; HEADER];
    input.read_exact(&mut header)?;
    Stream::of_file(&header).unpack(BufReader::new(input), budget)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_what_its_programs_write() {
        let header = |window: u32, size: u64| {
            [&[0x5d][..], &window.to_le_bytes(), &size.to_le_bytes(), &[0, 1]].concat()
        };
        for (window, size, expected) in [
            (1 << 23, u64::MAX, true),
            (3 << 20, 100, true),
            (1 << 16, 0, true),
            (1 << 23, 1 << 40, false),
            (5 << 20, 100, false),
            (1 << 12, 100, false),
        ] {
            assert_eq!(begins(&header(window, size)), expected, "{window} {size}");
        }
        assert!(!begins(&header(1 << 23, 9)[..HEADER]));
        assert!(!begins(b"]]]]]]]]]]]]]]]]"));
    }
}
