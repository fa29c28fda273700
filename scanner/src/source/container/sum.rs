//! Content whose sum is checked at its end.

use std::io::{self, Read};

use super::problem::Problem;

/// Reads what `content` gives; a wrong CRC-32 is an error at its end.
pub(super) struct Checked<R> {
    content: R,
    hasher: crc32fast::Hasher,
    /// None if the container states no sum.
    expected: Option<u32>,
}

impl<R> Checked<R> {
    pub(super) fn new(content: R, expected: Option<u32>) -> Self {
        Self { content, hasher: crc32fast::Hasher::new(), expected }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        let ended = count == 0 && !buffer.is_empty();
        if ended && self.expected.is_some_and(|expected| self.hasher.clone().finalize() != expected) {
            return Err(Problem::Damaged("its sum is wrong").into());
        }
        Ok(count)
    }
}
