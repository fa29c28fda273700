//! 7z archives (7zFormat.txt of the LZMA SDK), as 7-Zip and its relatives write them: LZMA, LZMA2, DEFLATE, bzip2,
//! Zstandard or stored, with filters for programs and DELTA. PPMd and BCJ2 are not known here: their blocks are failures.
//!
//! Read here and not by a crate, because `sevenz-rust2` 0.24 unpacks a header to whatever size it states: an archive of 150 KB
//! takes it to 1,051 MB (measured), one of 1.5 MB to ten times that, and there is no limit that a caller could set. The
//! unpacking itself is `lzma-rust2`'s.

mod header;

use std::io::{self, BufReader, Read};

use bzip2::read::BzDecoder;
use flate2::bufread::DeflateDecoder;
use lzma_rust2::Lzma2Reader;
use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::delta::DeltaReader;

use self::header::{Block, Coder, Header};
use super::limit::{Budget, Counted, Held};
use super::lzma::{OVERHEAD, Stream, window};
use super::name;
use super::problem::Problem;
use super::random::{Random, Range, fill, skip, u32_at, u64_at};
use super::sum::Checked;
use super::unpack::Unpacker;
use super::zstd;
use crate::source::BlobSink;

/// What stands before all streams.
const START: u64 = 32;
/// Headers that are packed in one another; 7-Zip packs them once.
const MOST_HEADERS: usize = 4;

/// Hands on every file, in the order of the archive.
pub(super) fn walk(
    unpacker: &mut Unpacker<'_, impl BlobSink>,
    path: &str,
    archive: &dyn Random,
) -> io::Result<()> {
    let budget = unpacker.budget;
    let Some((mut bytes, mut held)) = first_header(archive, budget)? else { return Ok(()) };
    for _ in 0..MOST_HEADERS {
        let (header, packed) = Header::read(&bytes, budget)?;
        if !packed {
            return files(unpacker, path, archive, &header);
        }
        let block = header.blocks.first().ok_or(Problem::Damaged("its header is wrong"))?;
        let (mut content, decoders) = unpack(archive, block, budget)?;
        let size = block.files.first().map_or(0, |file| file.0);
        let next = budget.hold_all(&mut Checked::new((&mut content).take(size), block.crc))?;
        drop((content, decoders, header));
        (bytes, held) = next;
    }
    drop(held);
    Err(Problem::Damaged("its header is wrong").into())
}

/// The header as it is stored; none if the archive is empty.
fn first_header<'b>(archive: &dyn Random, budget: &'b Budget) -> io::Result<Option<(Vec<u8>, Held<'b>)>> {
    let mut start = [0; START as usize];
    if fill(&mut Range::new(archive, 0, START), &mut start)? < start.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if crc32fast::hash(&start[12..]) != u32_at(&start, 8) {
        return Err(Problem::Damaged("its sum is wrong").into());
    }
    let (offset, size) = (u64_at(&start, 12), u64_at(&start, 20));
    if size == 0 {
        return Ok(None);
    }
    let from = START.saturating_add(offset);
    let stored = Range::new(archive, from, from.saturating_add(size));
    let (bytes, held) = budget.hold_all(&mut Checked::new(stored, Some(u32_at(&start, 28))))?;
    if (bytes.len() as u64) < size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some((bytes, held)))
}

fn files(
    unpacker: &mut Unpacker<'_, impl BlobSink>,
    path: &str,
    archive: &dyn Random,
    header: &Header<'_>,
) -> io::Result<()> {
    let budget = unpacker.budget;
    let mut names = header.names();
    for block in &header.blocks {
        let mut opened = unpack(archive, block, budget);
        // Bytes of files that nobody read lie before the next one, and are unpacked only if somebody reads that.
        let mut before = 0;
        for &(size, sum) in &block.files {
            budget.entry()?;
            let given = names.next().unwrap_or_default();
            let inner = name::inside(path, given.as_bytes());
            let content = match &mut opened {
                Ok((content, _)) => content,
                Err(error) => {
                    unpacker.failed(&inner, error);
                    continue;
                }
            };
            let mut file = Whole { content, before, left: size };
            unpacker.entry(&inner, &mut Checked::new(&mut file, sum));
            before = file.before.saturating_add(file.left);
            if let Some(problem) = budget.refusal() {
                return Err(problem.into());
            }
        }
    }
    Ok(())
}

/// A file in the content of its block, which must not end before it.
struct Whole<'c, R> {
    content: &'c mut R,
    /// Bytes before it.
    before: u64,
    /// Its own bytes that are not read yet.
    left: u64,
}

impl<R: Read> Read for Whole<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        skip(self.content, std::mem::take(&mut self.before))?;
        let count = self.content.read(&mut buffer[..wanted])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

type Content<'a> = Counted<'a, Box<dyn Read + 'a>>;

/// All files of a block, one after the other.
fn unpack<'a>(
    archive: &'a dyn Random,
    block: &Block<'_>,
    budget: &'a Budget,
) -> io::Result<(Content<'a>, Vec<Held<'a>>)> {
    let coders = block.coders.as_ref().ok_or(Problem::Filter)?;
    let from = START.saturating_add(block.from);
    let stored = Range::new(archive, from, from.saturating_add(block.packed));
    let mut content: Box<dyn Read + 'a> = Box::new(BufReader::with_capacity(64 * 1024, stored));
    let mut held = Vec::new();
    for coder in coders {
        let (next, window) = decoder(coder, content, budget, &mut held)?;
        content = next;
        held.push(budget.hold(window)?);
    }
    Ok((Counted::new(content, budget), held))
}

fn decoder<'a>(
    coder: &Coder<'_>,
    input: Box<dyn Read + 'a>,
    budget: &'a Budget,
    held: &mut Vec<Held<'a>>,
) -> io::Result<(Box<dyn Read + 'a>, u64)> {
    let first = coder.properties.first().copied();
    Ok(match coder.id {
        [0] => (input, 0),
        [3] => (Box::new(DeltaReader::new(input, usize::from(first.unwrap_or(0)) + 1)), 0),
        [3, 1, 1] => {
            let (Some(properties), Some(stated)) = (first, coder.properties.get(1..5)) else {
                return Err(Problem::Damaged("its header is wrong").into());
            };
            let stream = Stream { properties, window: u64::from(u32_at(stated, 0)), size: coder.size };
            let (reader, taken) = stream.unpack(input, budget)?;
            held.push(taken);
            (reader, 0)
        }
        // Of 7-Zip's relatives.
        [4, 0xf7, 0x11, 1] => {
            let (reader, taken) = zstd::unpack(input, budget)?;
            held.push(taken);
            (reader, 0)
        }
        [0x21] => {
            let bits = first.filter(|&bits| bits <= 40).ok_or(Problem::Damaged("its header is wrong"))?;
            let stated = (2 | u64::from(bits & 1)) << (bits / 2 + 11);
            let window = window(stated, coder.size);
            held.push(budget.hold(window + OVERHEAD)?);
            (Box::new(Lzma2Reader::new(input, window as u32, None)), 0)
        }
        [4, 1, 8] => (Box::new(DeflateDecoder::new(BufReader::new(input))), OVERHEAD),
        [4, 2, 2] => (Box::new(BzDecoder::new(input)), 4 * OVERHEAD),
        [3, 3, 1, 3] | [4] => (Box::new(BcjReader::new_x86(input, 0)), 0),
        [3, 3, 2, 5] | [5] => (Box::new(BcjReader::new_ppc(input, 0)), 0),
        [3, 3, 4, 1] | [6] => (Box::new(BcjReader::new_ia64(input, 0)), 0),
        [3, 3, 5, 1] | [7] => (Box::new(BcjReader::new_arm(input, 0)), 0),
        [3, 3, 7, 1] | [8] => (Box::new(BcjReader::new_arm_thumb(input, 0)), 0),
        [3, 3, 8, 5] | [9] => (Box::new(BcjReader::new_sparc(input, 0)), 0),
        [0x0a] => (Box::new(BcjReader::new_arm64(input, 0)), 0),
        [0x0b] => (Box::new(BcjReader::new_riscv(input, 0)), 0),
        // AES-256 behind SHA-256.
        [6, 0xf1, 7, 1] => return Err(Problem::Encrypted.into()),
        _ => return Err(Problem::Filter.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::container::limit::HELD;

    #[test]
    fn the_tables_of_a_decoder_are_held() {
        let budget = Budget::new(1);
        // Room for a window and little beside it.
        let _taken = budget.hold(HELD - 4 * OVERHEAD).expect("within the limit");
        for (properties, refused) in [(3, false), (4 * 9 + 8, true)] {
            let properties = [properties, 0, 0x10, 0, 0];
            let coder = Coder { id: &[3, 1, 1], properties: &properties, size: 9, place: 0 };
            let result = decoder(&coder, Box::new(io::repeat(0)), &budget, &mut Vec::new());
            assert_eq!(result.is_err(), refused, "{properties:?}");
        }
    }

    #[test]
    fn files_that_nobody_reads_are_passed_over_late() {
        let mut content = &b"aaabbcc"[..];
        let unread = Whole { content: &mut content, before: 1, left: 2 };
        let before = unread.before + unread.left;
        assert_eq!(content.len(), 7);
        let mut text = String::new();
        let mut file = Whole { content: &mut content, before, left: 2 };
        file.read_to_string(&mut text).expect("it is there");
        assert_eq!((text.as_str(), file.before, file.left), ("bb", 0, 0));
        assert!(Whole { content: &mut content, before: 1, left: 2 }.read_to_end(&mut Vec::new()).is_err());
    }
}
