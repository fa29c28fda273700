//! The central directory: found from the archive's end, read record by record.

use std::io::{self, BufReader, Read};

use crate::source::container::problem::Problem;
use crate::source::container::random::{Random, Range, fill, u16_at, u32_at, u64_at};

/// The record at the end, without its comment.
const END: u64 = 22;
const LONGEST_COMMENT: u64 = 0xffff;
/// Where the 64-bit record of the end is told.
const LOCATOR: u64 = 20;
/// The 64-bit record, without what may extend it.
const END_64: u64 = 56;
/// A record of the directory, without name, extra field and comment.
const RECORD: usize = 46;

/// What the directory says of an entry.
pub(super) struct Record {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    /// Stored bytes.
    pub(super) stored: u64,
    size: u64,
    /// Offset of the entry's own header in the file.
    pub(super) header: u64,
}

impl Record {
    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with(b"/") && self.size == 0
    }
}

/// The records, in order.
pub(super) struct Directory<'a> {
    input: BufReader<Range<'a>>,
    /// Bytes before the archive, as in a self-extracting one: no offset counts them.
    before: u64,
    /// Records that the end states, in as many bits as it has.
    stated: u64,
    seen: u64,
    bits: u32,
}

impl<'a> Directory<'a> {
    pub(super) fn find(archive: &'a dyn Random) -> io::Result<Self> {
        let length = archive.size()?;
        let (at, end) = find_end(archive, length)?;
        let mut records = u64::from(u16_at(&end, 10));
        let mut size = u64::from(u32_at(&end, 12));
        let mut offset = u64::from(u32_at(&end, 16));
        let (mut end_of_directory, mut bits) = (at, 16);
        if let Some((at, end)) = find_end_64(archive, at)? {
            (records, size, offset) = (u64_at(&end, 32), u64_at(&end, 40), u64_at(&end, 48));
            (end_of_directory, bits) = (at, 64);
        }
        let start = end_of_directory.checked_sub(size).ok_or(WRONG)?;
        let before = start.checked_sub(offset).ok_or(WRONG)?;
        let input = BufReader::new(Range::new(archive, start, end_of_directory));
        Ok(Self { input, before, stated: records, seen: 0, bits })
    }

    /// The next record, or none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        let mut fixed = [0; RECORD];
        let count = fill(&mut self.input, &mut fixed)?;
        if count < RECORD || !fixed.starts_with(b"PK\x01\x02") {
            let mask = if self.bits == 64 { u64::MAX } else { 0xffff };
            // Some tools sign the directory, so that something follows the last record.
            return if self.seen & mask == self.stated { Ok(None) } else { Err(WRONG.into()) };
        }
        self.seen += 1;
        let mut name = vec![0; usize::from(u16_at(&fixed, 28))];
        let mut extra = vec![0; usize::from(u16_at(&fixed, 30))];
        self.input.read_exact(&mut name)?;
        self.input.read_exact(&mut extra)?;
        let comment = u64::from(u16_at(&fixed, 32));
        io::copy(&mut (&mut self.input).take(comment), &mut io::sink())?;
        let mut wide = Wide::find(&extra);
        let size = wide.or(u32_at(&fixed, 24));
        let stored = wide.or(u32_at(&fixed, 20));
        let header = wide.or(u32_at(&fixed, 42)).checked_add(self.before).ok_or(WRONG)?;
        Ok(Some(Record {
            name,
            flags: u16_at(&fixed, 8),
            method: u16_at(&fixed, 10),
            crc: u32_at(&fixed, 16),
            stored,
            size,
            header,
        }))
    }
}

const WRONG: Problem = Problem::Damaged("its directory is missing or wrong");

/// The end record and its offset: the last one whose comment ends with the file, else the last one.
fn find_end(archive: &dyn Random, length: u64) -> io::Result<(u64, Vec<u8>)> {
    let from = length.saturating_sub(END + LONGEST_COMMENT);
    let mut tail = Vec::new();
    Range::new(archive, from, length).read_to_end(&mut tail)?;
    let found = |whole: bool| {
        memchr::memmem::rfind_iter(&tail, b"PK\x05\x06").find(|&at| {
            let end = at + END as usize;
            end <= tail.len() && (!whole || end + usize::from(u16_at(&tail[at..], 20)) == tail.len())
        })
    };
    let at = found(true).or_else(|| found(false)).ok_or(WRONG)?;
    Ok((from + at as u64, tail[at..at + END as usize].to_vec()))
}

/// The 64-bit end record and its offset, if there is one before the end record at `end`.
fn find_end_64(archive: &dyn Random, end: u64) -> io::Result<Option<(u64, Vec<u8>)>> {
    let Some(at) = end.checked_sub(LOCATOR) else { return Ok(None) };
    let locator = read(archive, at, LOCATOR)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    // Where it is said to be, or right before, if something stands before the archive.
    for at in [u64_at(&locator, 8), at.saturating_sub(END_64)] {
        let record = read(archive, at, END_64)?;
        if record.len() == END_64 as usize && record.starts_with(b"PK\x06\x06") {
            return Ok(Some((at, record)));
        }
    }
    Err(WRONG.into())
}

fn read(archive: &dyn Random, at: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Range::new(archive, at, at.saturating_add(length)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The 64-bit numbers of an entry (extra field 1), for those that do not fit their own field, in a fixed order.
struct Wide<'a>(&'a [u8]);

impl<'a> Wide<'a> {
    fn find(mut extra: &'a [u8]) -> Self {
        while extra.len() >= 4 {
            let end = (4 + usize::from(u16_at(extra, 2))).min(extra.len());
            if u16_at(extra, 0) == 1 {
                return Self(&extra[4..end]);
            }
            extra = &extra[end..];
        }
        Self(&[])
    }

    fn or(&mut self, narrow: u32) -> u64 {
        match self.0.split_first_chunk() {
            Some((bytes, rest)) if narrow == u32::MAX => {
                self.0 = rest;
                u64::from_le_bytes(*bytes)
            }
            _ => u64::from(narrow),
        }
    }
}
