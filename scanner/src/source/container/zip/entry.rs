//! The content of one entry.

use std::io::{self, BufReader, Read};

use flate2::bufread::DeflateDecoder;

use super::directory::Record;
use crate::source::container::compressed::{self, Unpacked};
use crate::source::container::kind::Kind;
use crate::source::container::limit::{Budget, Counted};
use crate::source::container::problem::Problem;
use crate::source::container::random::{Random, Range, fill, u16_at};
use crate::source::container::sum::Checked;

/// The entry's own header, without name and extra field.
const HEADER: usize = 30;
/// An entry is encrypted, or the directory is.
const ENCRYPTED: u16 = 0x2001;

/// Where an entry's bytes lie.
pub(super) struct Source<'a> {
    archive: &'a dyn Random,
    from: u64,
    to: u64,
}

impl<'a> Source<'a> {
    pub(super) fn find(archive: &'a dyn Random, record: &Record) -> io::Result<Self> {
        if record.flags & ENCRYPTED != 0 {
            return Err(Problem::Encrypted.into());
        }
        let mut header = [0; HEADER];
        let header_end = record.header.saturating_add(HEADER as u64);
        let count = fill(&mut Range::new(archive, record.header, header_end), &mut header)?;
        if count < HEADER || !header.starts_with(b"PK\x03\x04") {
            return Err(Problem::Damaged("an entry is not where the directory has it").into());
        }
        let from = header_end + u64::from(u16_at(&header, 26)) + u64::from(u16_at(&header, 28));
        Ok(Self { archive, from, to: from.saturating_add(record.stored) })
    }

    pub(super) fn stored(&self) -> BufReader<Range<'a>> {
        BufReader::with_capacity(32 * 1024, Range::new(self.archive, self.from, self.to))
    }
}

/// The content of the entry whose stored bytes are `stored`.
pub(super) fn unpack<'a>(
    record: &Record,
    stored: &'a mut BufReader<Range<'_>>,
    budget: &'a Budget,
) -> io::Result<Checked<Content<'a>>> {
    let content = match record.method {
        0 => Content::Stored(Counted::new(stored, budget)),
        8 => Content::Deflated(Box::new(Counted::new(DeflateDecoder::new(stored), budget))),
        12 => Content::Unpacked(compressed::unpack(Kind::Bzip2, stored, budget)?),
        93 => Content::Unpacked(compressed::unpack(Kind::Zstd, stored, budget)?),
        95 => Content::Unpacked(compressed::unpack(Kind::Xz, stored, budget)?),
        method => return Err(Problem::Method(method).into()),
    };
    Ok(Checked::new(content, Some(record.crc)))
}

pub(super) enum Content<'a> {
    Stored(Counted<'a, &'a mut dyn Read>),
    Deflated(Box<dyn Read + 'a>),
    Unpacked(Unpacked<'a>),
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(content) => content.read(buffer),
            Self::Deflated(content) => content.read(buffer),
            Self::Unpacked(content) => content.read(buffer),
        }
    }
}
