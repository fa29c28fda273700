//! Reading at any place, of bytes in memory and of files, and what every format reads alike.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// An open file, and where it lies.
#[derive(Clone, Copy)]
pub(in crate::source) struct OnDisk<'a> {
    pub(in crate::source) file: &'a File,
    pub(in crate::source) path: &'a Path,
}

/// Bytes that can be read in any order.
pub(super) trait Random {
    /// Number of bytes.
    fn size(&self) -> io::Result<u64>;
    /// Reads some bytes from `offset` on; none beyond the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl Random for &[u8] {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let mut rest = &self[from..];
        rest.read(buffer)
    }
}

impl Random for OnDisk<'_> {
    fn size(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.file;
        file.seek(SeekFrom::Start(offset))?;
        file.read(buffer)
    }
}

/// The bytes from one offset up to another, in order.
pub(super) struct Range<'a> {
    source: &'a dyn Random,
    at: u64,
    end: u64,
}

impl<'a> Range<'a> {
    pub(super) fn new(source: &'a dyn Random, at: u64, end: u64) -> Self {
        Self { source, at, end }
    }
}

impl Read for Range<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let count = self.source.read_at(self.at, &mut buffer[..wanted])?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Reads until `buffer` is full or `input` ends.
pub(super) fn fill(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Passes over `bytes` of `input`; an error if it ends before.
pub(super) fn skip(input: &mut dyn Read, bytes: u64) -> io::Result<()> {
    if io::copy(&mut input.take(bytes), &mut io::sink())? < bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

/// The little-endian number at this place; 0 beyond the end.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// As [`u32_at`].
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
