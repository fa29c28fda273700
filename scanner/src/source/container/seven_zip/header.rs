//! The header of a 7z archive (7zFormat.txt of the LZMA SDK): which streams it has, how they are packed, which files they
//! hold. Memory is held before anything is made of what a header counts.

use std::io;

use crate::source::container::limit::{Budget, ENTRIES, Held};
use crate::source::container::problem::Problem;
use crate::source::container::random::u32_at;
use crate::source::container::{name, utf16};

const WRONG: Problem = Problem::Damaged("its header is wrong");
/// Coders of one block; real ones have one to three.
const MOST_CODERS: usize = 8;
/// Memory for the size of a packed stream, as the vector of them grows.
const SIZE: u64 = 16;
/// For a block, with all that is made on the way to it.
const BLOCK: u64 = 192;
/// For a coder.
const CODER: u64 = 48;
/// For a file.
const FILE: u64 = 16;

/// One step of unpacking.
#[derive(Clone, Copy)]
pub(super) struct Coder<'h> {
    pub(super) id: &'h [u8],
    pub(super) properties: &'h [u8],
    /// Bytes that it puts out.
    pub(super) size: u64,
    /// Its place in the header, from 0.
    pub(super) place: usize,
}

/// Files that are packed together.
pub(super) struct Block<'h> {
    /// From the packed bytes on; none if they do not form one chain.
    pub(super) coders: Option<Vec<Coder<'h>>>,
    /// Where its packed bytes lie, after the archive's first 32.
    pub(super) from: u64,
    pub(super) packed: u64,
    pub(super) crc: Option<u32>,
    /// Size and sum of each file.
    pub(super) files: Vec<(u64, Option<u32>)>,
}

/// What a header says.
pub(super) struct Header<'h> {
    pub(super) blocks: Vec<Block<'h>>,
    files: Files<'h>,
    /// What all that takes of memory.
    _held: Held<'h>,
}

/// What is said of all files, with content or without.
#[derive(Clone, Copy, Default)]
struct Files<'h> {
    count: usize,
    /// Their names, each ended by a zero, in UTF-16.
    names: &'h [u8],
    /// A bit for each: it has no content.
    empty: &'h [u8],
}

impl<'h> Header<'h> {
    /// Reads a header, or what says how the real header is packed: true if it is that. Each part comes once, in the order
    /// of its number.
    pub(super) fn read(bytes: &'h [u8], budget: &'h Budget) -> io::Result<(Self, bool)> {
        let mut input = Input { bytes, held: budget.hold(0)? };
        let (mut blocks, mut files) = (Vec::new(), Files::default());
        let mut part = input.byte()?;
        let packed = part == 0x17;
        if packed {
            blocks = input.streams()?;
        } else {
            if part != 1 {
                return Err(WRONG.into());
            }
            part = input.byte()?;
            if part == 2 {
                input.skip_properties()?;
                part = input.byte()?;
            }
            if part == 3 {
                input.streams()?;
                part = input.byte()?;
            }
            if part == 4 {
                blocks = input.streams()?;
                part = input.byte()?;
            }
            if part == 5 {
                files = input.files()?;
                part = input.byte()?;
            }
            if part != 0 {
                return Err(WRONG.into());
            }
        }
        Ok((Self { blocks, files, _held: input.held }, packed))
    }

    /// The names of the files that have content, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let Files { count, mut names, empty } = self.files;
        (0..count).filter_map(move |at| {
            let end = names.chunks_exact(2).position(|unit| unit == [0, 0]).unwrap_or(names.len() / 2);
            let given = &names[..2 * end.min(name::LONGEST)];
            names = names.get(2 * end + 2..).unwrap_or_default();
            let is_empty = empty.get(at / 8).is_some_and(|bits| bits & (0x80 >> (at % 8)) != 0);
            (!is_empty).then(|| utf16::decode(given, u16::from_le_bytes))
        })
    }
}

struct Input<'h> {
    bytes: &'h [u8],
    held: Held<'h>,
}

impl<'h> Input<'h> {
    fn take(&mut self, length: usize) -> io::Result<&'h [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(WRONG)?;
        self.bytes = rest;
        Ok(taken)
    }

    /// Reserves memory for what is about to be made.
    fn hold(&mut self, count: usize, each: u64) -> io::Result<()> {
        self.held.grow(count as u64 * each)
    }

    fn byte(&mut self) -> io::Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// A number: each leading one of the first byte is one more byte.
    fn number(&mut self) -> io::Result<u64> {
        let first = self.byte()?;
        let more = first.leading_ones() as usize;
        let mut bytes = [0; 8];
        bytes[..more].copy_from_slice(self.take(more)?);
        let high = if more < 7 { u64::from(first) & (0x7f >> more) } else { 0 };
        Ok(u64::from_le_bytes(bytes) | high << (8 * more % 64))
    }

    fn length(&mut self) -> io::Result<usize> {
        usize::try_from(self.number()?).map_err(|_| WRONG.into())
    }

    fn count(&mut self) -> io::Result<usize> {
        let count = self.number()?;
        if count > ENTRIES {
            return Err(Problem::Entries.into());
        }
        Ok(count as usize)
    }

    fn skip_properties(&mut self) -> io::Result<()> {
        while self.byte()? != 0 {
            let length = self.length()?;
            self.take(length)?;
        }
        Ok(())
    }

    fn files(&mut self) -> io::Result<Files<'h>> {
        let mut files = Files { count: self.count()?, ..Files::default() };
        loop {
            let kind = self.byte()?;
            if kind == 0 {
                return Ok(files);
            }
            let length = self.length()?;
            match (kind, self.take(length)?) {
                (0x0e, empty) => files.empty = empty,
                (0x11, [0, names @ ..]) => files.names = names,
                _ => {}
            }
        }
    }

    /// Sums of `count` streams, of those that have one.
    fn sums(&mut self, count: usize) -> io::Result<impl Iterator<Item = io::Result<Option<u32>>>> {
        let stated = if self.byte()? == 0 { Some(self.take(count.div_ceil(8))?) } else { None };
        let has = move |at: usize| stated.is_none_or(|bits| bits[at / 8] & (0x80 >> (at % 8)) != 0);
        Ok((0..count).map(move |at| -> io::Result<_> {
            if has(at) { Ok(Some(u32_at(self.take(4)?, 0))) } else { Ok(None) }
        }))
    }

    /// Packed streams, their blocks, and the files in these; each part once, in this order.
    fn streams(&mut self) -> io::Result<Vec<Block<'h>>> {
        let (mut from, mut packed, mut blocks) = (0, Vec::new(), Vec::new());
        let mut part = self.byte()?;
        if part == 6 {
            (from, packed) = self.packed()?;
            part = self.byte()?;
        }
        if part == 7 {
            blocks = self.blocks(from, &packed)?;
            part = self.byte()?;
        }
        if part == 8 {
            self.files_of(&mut blocks)?;
            part = self.byte()?;
        }
        if part == 0 { Ok(blocks) } else { Err(WRONG.into()) }
    }

    /// Where packed streams begin, and the size of each.
    fn packed(&mut self) -> io::Result<(u64, Vec<u64>)> {
        let from = self.number()?;
        let count = self.count()?;
        let mut sizes = Vec::new();
        let mut part = self.byte()?;
        if part == 9 {
            self.hold(count, SIZE)?;
            sizes = (0..count).map(|_| self.number()).collect::<io::Result<_>>()?;
            part = self.byte()?;
        }
        if part == 0x0a {
            self.sums(count)?.try_for_each(|sum| sum.map(drop))?;
            part = self.byte()?;
        }
        if part == 0 { Ok((from, sizes)) } else { Err(WRONG.into()) }
    }

    fn blocks(&mut self, from: u64, packed: &[u64]) -> io::Result<Vec<Block<'h>>> {
        if self.byte()? != 0x0b {
            return Err(WRONG.into());
        }
        let count = self.count()?;
        // Kept elsewhere: nobody writes that.
        if self.byte()? != 0 {
            return Err(Problem::Filter.into());
        }
        self.hold(count, BLOCK)?;
        let mut plans = Vec::with_capacity(count);
        for _ in 0..count {
            plans.push(self.plan()?);
        }
        if self.byte()? != 0x0c {
            return Err(WRONG.into());
        }
        let (mut blocks, mut from, mut packed) = (Vec::with_capacity(count), from, packed.iter());
        for mut plan in plans {
            let mut sizes = [0; MOST_CODERS];
            for size in &mut sizes[..plan.outputs] {
                *size = self.number()?;
            }
            let size: u64 = packed.by_ref().take(plan.inputs).fold(0, |sum, &size| sum.saturating_add(size));
            for coder in plan.chain.iter_mut().flatten() {
                coder.size = sizes[coder.place];
            }
            let whole = plan.chain.as_ref().and_then(|chain| chain.last()).map_or(0, |last| last.size);
            blocks.push(Block {
                coders: plan.chain,
                from,
                packed: size,
                crc: None,
                files: vec![(whole, None)],
            });
            from = from.saturating_add(size);
        }
        let mut part = self.byte()?;
        if part == 0x0a {
            for (block, sum) in blocks.iter_mut().zip(self.sums(count)?) {
                block.crc = sum?;
                block.files[0].1 = block.crc;
            }
            part = self.byte()?;
        }
        if part == 0 { Ok(blocks) } else { Err(WRONG.into()) }
    }

    fn plan(&mut self) -> io::Result<Plan<'h>> {
        let count = self.count()?;
        if count == 0 || count > MOST_CODERS {
            return Err(Problem::Filter.into());
        }
        self.hold(count, CODER)?;
        let (mut coders, mut inputs) = (Vec::with_capacity(count), 0);
        for place in 0..count {
            let flags = self.byte()?;
            let id = self.take(usize::from(flags & 0x0f))?;
            let (own_inputs, own_outputs) =
                if flags & 0x10 == 0 { (1, 1) } else { (self.count()?, self.count()?) };
            let properties = if flags & 0x20 == 0 {
                &[][..]
            } else {
                let length = self.length()?;
                self.take(length)?
            };
            if own_inputs > MOST_CODERS || own_outputs != 1 {
                return Err(Problem::Filter.into());
            }
            coders.push(Coder { id, properties, size: 0, place });
            inputs += own_inputs;
        }
        // Which coder's output is which one's input.
        let bound: Vec<(u64, u64)> =
            (1..count).map(|_| Ok((self.number()?, self.number()?))).collect::<io::Result<_>>()?;
        let packed = inputs.checked_sub(bound.len()).filter(|&packed| packed > 0).ok_or(WRONG)?;
        if packed > 1 {
            for _ in 0..packed {
                self.number()?;
            }
        }
        let order = if inputs == count { chain(count, &bound) } else { None };
        let chain = order.map(|order| order.into_iter().map(|at| coders[at]).collect());
        Ok(Plan { chain, inputs: packed, outputs: count })
    }

    /// How many files each block has, with their sizes and sums.
    fn files_of(&mut self, blocks: &mut [Block<'h>]) -> io::Result<()> {
        let mut counts = vec![1; blocks.len()];
        let mut part = self.byte()?;
        if part == 0x0d {
            for count in &mut counts {
                *count = self.count()?;
            }
            part = self.byte()?;
        }
        let all = counts.iter().sum::<usize>();
        if all as u64 > ENTRIES {
            return Err(Problem::Entries.into());
        }
        self.hold(all, FILE)?;
        for (block, &count) in blocks.iter_mut().zip(&counts) {
            let mut left = block.files[0].0;
            let sum = block.crc.filter(|_| count == 1);
            block.files.clear();
            block.files.reserve_exact(count);
            for at in 0..count {
                let size = if part == 9 && at + 1 < count { self.number()? } else { left };
                left = left.saturating_sub(size);
                block.files.push((size, sum));
            }
        }
        if part == 9 {
            part = self.byte()?;
        }
        if part == 0x0a {
            let files = || blocks.iter().flat_map(|block| &block.files);
            let count = files().filter(|file| file.1.is_none()).count();
            let files = blocks.iter_mut().flat_map(|block| &mut block.files);
            for (file, sum) in files.filter(|file| file.1.is_none()).zip(self.sums(count)?) {
                file.1 = sum?;
            }
            part = self.byte()?;
        }
        if part == 0 { Ok(()) } else { Err(WRONG.into()) }
    }
}

/// The coders of a block before their sizes are known.
struct Plan<'h> {
    /// From the packed bytes on; none if they do not form one chain.
    chain: Option<Vec<Coder<'h>>>,
    /// Packed streams, and coders.
    inputs: usize,
    outputs: usize,
}

/// The order of coders with one input and one output each, from the packed bytes on; none if they form no chain.
fn chain(count: usize, bound: &[(u64, u64)]) -> Option<Vec<usize>> {
    let mut at = (0..count).find(|&at| !bound.iter().any(|&(_, output)| output == at as u64))?;
    let mut chain = vec![at];
    while let Some(&(_, output)) = bound.iter().find(|&&(input, _)| input == at as u64) {
        at = usize::try_from(output).ok().filter(|output| *output < count && !chain.contains(output))?;
        chain.push(at);
    }
    chain.reverse();
    (chain.len() == count).then_some(chain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::container::limit::HELD;

    #[test]
    fn a_number_has_as_many_bytes_as_its_first_one_says() {
        for (bytes, expected) in [
            (&[0x7f][..], Some(0x7f)),
            (&[0x81, 0x02], Some(0x102)),
            (&[0xc1, 0x02, 0x03], Some(0x0001_0302)),
            (&[0xff, 1, 2, 3, 4, 5, 6, 7, 8], Some(0x0807_0605_0403_0201)),
            (&[0xfe, 1, 2, 3, 4, 5, 6, 7], Some(0x0007_0605_0403_0201)),
            (&[0xff, 1], None),
            (&[], None),
        ] {
            let budget = Budget::new(1);
            let mut input = Input { bytes, held: budget.hold(0).expect("within the limit") };
            assert_eq!(input.number().ok(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn coders_form_a_chain_or_none() {
        assert_eq!(chain(1, &[]), Some(vec![0]));
        assert_eq!(chain(2, &[(0, 1)]), Some(vec![1, 0]));
        assert_eq!(chain(2, &[(1, 0)]), Some(vec![0, 1]));
        assert_eq!(chain(2, &[(1, 1)]), None);
        assert_eq!(chain(3, &[(0, 1), (1, 1)]), None);
    }

    /// A header of `blocks` stored blocks of one byte, and of `parts` that say which files they have.
    fn header(blocks: u32, parts: &[&[u8]]) -> Vec<u8> {
        let count = [&[0xf0][..], &blocks.to_le_bytes()].concat();
        let each = |bytes: &[u8]| bytes.repeat(blocks as usize);
        let packed = [&[1, 4, 6, 0][..], &count, &[9], &each(&[1]), &[0]].concat();
        let coders = [&[7, 0x0b][..], &count, &[0], &each(&[1, 1, 0]), &[0x0c], &each(&[1]), &[0]].concat();
        let names = [5, 1, 0x11, 5, 0, b'a', 0, 0, 0, 0, 0];
        [packed, coders, parts.concat(), vec![0], names.to_vec()].concat()
    }

    fn problem(result: io::Result<(Header<'_>, bool)>) -> Option<Problem> {
        result.err().and_then(|error| error.get_ref()?.downcast_ref::<Problem>().copied())
    }

    #[test]
    fn memory_is_held_before_a_header_takes_it() {
        let budget = Budget::new(1);
        let few = header(3, &[]);
        let (read, packed) = Header::read(&few, &budget).expect("it is right");
        assert_eq!((read.blocks.len(), packed), (3, false));
        assert_eq!(read.names().collect::<Vec<_>>(), ["a"]);
        assert!(budget.hold(HELD).is_err());
        drop(read);
        assert!(budget.hold(HELD).is_ok());
        // Five bytes each, which take fifty times as much.
        assert_eq!(problem(Header::read(&header(900_000, &[]), &budget)), Some(Problem::Memory));
    }

    #[test]
    fn no_part_of_a_header_comes_twice() {
        let budget = Budget::new(1);
        // A million files without a byte each.
        let files: &[u8] = &[8, 0x0d, 0xe0, 0x40, 0x42, 0x0f, 0];
        assert!(Header::read(&header(1, &[files]), &budget).is_ok());
        assert_eq!(problem(Header::read(&header(1, &[files, files]), &budget)), Some(WRONG));
        let sums: &[u8] = &[8, 0x0d, 2, 0x0a, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0x0a, 1, 0];
        assert_eq!(problem(Header::read(&header(1, &[sums]), &budget)), Some(WRONG));
        assert!(Header::read(&header(1, &[&sums[..13], &[0]]), &budget).is_ok());
    }

    #[test]
    fn whatever_a_header_says_is_read_to_an_end() {
        let budget = Budget::new(1);
        let sample = header(2, &[&[8, 0x0d, 2, 1, 9, 1, 0x0a, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 0]]);
        assert!(Header::read(&sample, &budget).is_ok());
        let (mut state, started) = (1_u32, std::time::Instant::now());
        for _ in 0..20_000 {
            let mut changed = sample.clone();
            for _ in 0..2 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (state >> 8) as usize % changed.len();
                changed[at] = state as u8;
            }
            if let Ok((read, _)) = Header::read(&changed, &budget) {
                read.names().take(10).for_each(drop);
            }
        }
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
