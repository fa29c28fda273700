//! Tar archives, read as a stream by the crate `tar`: ustar (POSIX.1-1988), pax (POSIX.1-2001), GNU, and the old form
//! without a magic.
//!
//! Headers that say more about another one, such as its long name, may claim any length, and the crate takes them into
//! memory: [`Bounded`] ends that. An archive ends where its bytes end: what follows the two empty blocks is read too.

use std::cell::Cell;
use std::io::{self, Read};

use ::tar::{Archive, Entry, EntryType, Header};

use super::limit::{Budget, Counted, LONGEST_HEADER};
use super::name;
use super::problem::Problem;
use super::random::fill;
use super::unpack::Unpacker;
use crate::source::BlobSink;

/// Everything in a tar comes in blocks of this size.
pub(super) const BLOCK: usize = 512;
/// Pieces of a sparse file that one block names, and the gaps before them.
const PIECES: u64 = 42;

/// True if `head` begins with a tar header: only one in very many other blocks has the sum right.
pub(super) fn begins(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<BLOCK>() else { return false };
    // The sum is taken as if its own field held spaces.
    let others = block[..148].iter().chain(&block[156..]);
    let sum = 8 * u32::from(b' ') + others.map(|&byte| u32::from(byte)).sum::<u32>();
    block[0] != 0 && Header::from_byte_slice(block).cksum().is_ok_and(|stated| stated == sum)
}

/// Hands on every file.
pub(super) fn walk(
    unpacker: &mut Unpacker<'_, impl BlobSink>,
    path: &str,
    input: &mut dyn Read,
) -> io::Result<()> {
    let budget = unpacker.budget;
    let left = Cell::new(LONGEST_HEADER);
    let mut archive = Archive::new(Bounded { input, left: &left });
    archive.set_ignore_zeros(true);
    for entry in archive.entries()? {
        let mut entry = entry?;
        budget.entry()?;
        let kind = entry.header().entry_type();
        let sparse = kind.is_gnu_sparse();
        let stored = if sparse { entry.header().entry_size()? } else { entry.size() };
        if sparse {
            count_pieces(LONGEST_HEADER.saturating_sub(left.get()), budget)?;
        }
        // For its bytes, their padding, and all headers of the next one.
        left.set(stored.saturating_add(LONGEST_HEADER));
        let name = name_of(kind, &mut entry)?;
        if is_passed_over(kind, &name, &entry) {
            continue;
        }
        let inner = name::inside(path, &name);
        if sparse {
            // What is not there comes as zeros, of any number.
            unpacker.entry(&inner, &mut Counted::new(entry, budget));
        } else {
            unpacker.entry(&inner, &mut entry);
        }
        if let Some(problem) = budget.refusal() {
            return Err(problem.into());
        }
    }
    Ok(())
}

/// True for links, folders and devices, and for what is said of all entries. Those with bytes of their own are read: pax
/// allows them for links.
fn is_passed_over(kind: EntryType, name: &[u8], entry: &Entry<'_, impl Read>) -> bool {
    // In the old form, a folder is a file whose name ends with a slash.
    let file = kind.is_file() && !name.ends_with(b"/") || kind.is_contiguous();
    kind.is_pax_global_extensions() || entry.size() == 0 && !file
}

/// The entry's name: pax has that of a sparse file in a record of its own, as the other one leads to nothing.
fn name_of(kind: EntryType, entry: &mut Entry<'_, impl Read>) -> io::Result<Vec<u8>> {
    // Asked for the records that it is itself, an entry would be taken into memory, of any size.
    if !kind.is_pax_global_extensions() && !kind.is_pax_local_extensions() {
        let records = entry.pax_extensions()?.into_iter().flatten().filter_map(Result::ok);
        for record in records {
            if record.key_bytes() == b"GNU.sparse.name" {
                return Ok(record.value_bytes().to_vec());
            }
        }
    }
    Ok(entry.path_bytes().into_owned())
}

/// Counts the work for the pieces that these bytes name, as bytes that are unpacked in that time: the crate keeps them in a
/// list, and takes each off its front.
fn count_pieces(headers: u64, budget: &Budget) -> io::Result<()> {
    let pieces = headers / BLOCK as u64 * PIECES;
    budget.unpacked(pieces * pieces / 4)
}

/// An archive of which only so many bytes can be read until more are granted. Empty blocks do not count: an archive may
/// end with any number of them.
struct Bounded<'a> {
    input: &'a mut dyn Read,
    left: &'a Cell<u64>,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = fill(self.input, buffer)?;
        if buffer.len() == BLOCK && buffer[..count].iter().all(|&byte| byte == 0) {
            // The last block may be short.
            return Ok(if count == BLOCK { count } else { 0 });
        }
        match self.left.get().checked_sub(count as u64) {
            Some(left) => self.left.set(left),
            None => return Err(Problem::Damaged("a header is too long").into()),
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_known_by_the_sum_of_its_first_header() {
        let mut header = Header::new_gnu();
        header.set_path("notes/a.txt").expect("a short name");
        header.set_size(3);
        header.set_cksum();
        let mut block = *header.as_bytes();
        assert!(begins(&block));
        assert!(!begins(&block[..BLOCK - 1]));
        block[1] ^= 1;
        assert!(!begins(&block));
        assert!(!begins(&[0; BLOCK]));
    }

    #[test]
    fn no_more_is_read_than_was_granted_but_for_empty_blocks() {
        let left = Cell::new(3 * BLOCK as u64);
        let stream = [vec![0; 100 * BLOCK], vec![7; 4 * BLOCK], vec![0; 100]].concat();
        let mut input = stream.as_slice();
        let mut bounded = Bounded { input: &mut input, left: &left };
        let mut block = [0; BLOCK];
        for _ in 0..103 {
            assert_eq!(bounded.read(&mut block).expect("granted"), BLOCK);
        }
        assert!(bounded.read(&mut block).is_err());
        assert_eq!(bounded.read(&mut block).expect("an end"), 0, "a short empty block is the end");
    }
}
