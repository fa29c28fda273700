//! The header of a 7z archive (7zFormat.txt of the LZMA SDK): which streams it has, how they are packed, which files they
//! hold. Counts are limited before anything is made for them.

use std::io;

use crate::source::container::limit::ENTRIES;
use crate::source::container::problem::Problem;

const WRONG: Problem = Problem::Damaged("its header is wrong");
/// Coders of one block; real ones have one to three.
const MOST_CODERS: usize = 8;

/// One step of unpacking.
pub(super) struct Coder<'h> {
    pub(super) id: &'h [u8],
    pub(super) properties: &'h [u8],
    /// Bytes that it puts out.
    pub(super) size: u64,
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
#[derive(Default)]
pub(super) struct Header<'h> {
    pub(super) blocks: Vec<Block<'h>>,
    /// The names of all files, each ended by a zero, in UTF-16.
    names: &'h [u8],
    files: usize,
    /// A bit for each file: it has no content.
    empty: &'h [u8],
}

impl<'h> Header<'h> {
    /// Reads a header, or what says how the real header is packed: true if it is that.
    pub(super) fn read(bytes: &'h [u8]) -> io::Result<(Self, bool)> {
        let mut input = Input(bytes);
        let mut header = Self::default();
        match input.byte()? {
            0x17 => {
                header.blocks = input.streams()?;
                return Ok((header, true));
            }
            1 => {}
            _ => return Err(WRONG.into()),
        }
        loop {
            match input.byte()? {
                0 => return Ok((header, false)),
                2 => input.skip_properties()?,
                3 => {
                    input.streams()?;
                }
                4 => header.blocks = input.streams()?,
                5 => header.read_files(&mut input)?,
                _ => return Err(WRONG.into()),
            }
        }
    }

    fn read_files(&mut self, input: &mut Input<'h>) -> io::Result<()> {
        self.files = input.count()?;
        loop {
            let kind = input.byte()?;
            if kind == 0 {
                return Ok(());
            }
            let length = input.length()?;
            let mut inside = Input(input.take(length)?);
            match kind {
                0x0e => self.empty = inside.0,
                0x11 if inside.byte()? == 0 => self.names = inside.0,
                _ => {}
            }
        }
    }

    /// The names of the files that have content, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let mut names = self.names.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
        (0..self.files).filter_map(move |at| {
            let name: Vec<u16> = names.by_ref().take_while(|&unit| unit != 0).collect();
            let empty = self.empty.get(at / 8).is_some_and(|bits| bits & (0x80 >> (at % 8)) != 0);
            (!empty).then(|| String::from_utf16_lossy(&name))
        })
    }
}

struct Input<'h>(&'h [u8]);

impl<'h> Input<'h> {
    fn take(&mut self, length: usize) -> io::Result<&'h [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(WRONG)?;
        self.0 = rest;
        Ok(taken)
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

    /// Sums of `count` streams, of those that have one.
    fn sums(&mut self, count: usize) -> io::Result<Vec<Option<u32>>> {
        let stated = if self.byte()? == 0 { Some(self.take(count.div_ceil(8))?) } else { None };
        let has = |at: usize| stated.is_none_or(|bits| bits[at / 8] & (0x80 >> (at % 8)) != 0);
        (0..count)
            .map(|at| {
                if !has(at) {
                    return Ok(None);
                }
                let sum = self.take(4)?;
                Ok(Some(u32::from_le_bytes([sum[0], sum[1], sum[2], sum[3]])))
            })
            .collect()
    }

    /// Packed streams, their blocks, and the files in these.
    fn streams(&mut self) -> io::Result<Vec<Block<'h>>> {
        let mut from = 0;
        let mut packed = Vec::new();
        let mut blocks = Vec::new();
        loop {
            match self.byte()? {
                0 => return Ok(blocks),
                6 => (from, packed) = self.packed()?,
                7 => blocks = self.blocks(from, &packed)?,
                8 => self.files_of(&mut blocks)?,
                _ => return Err(WRONG.into()),
            }
        }
    }

    /// Where packed streams begin, and the size of each.
    fn packed(&mut self) -> io::Result<(u64, Vec<u64>)> {
        let from = self.number()?;
        let count = self.count()?;
        let mut sizes = Vec::new();
        loop {
            match self.byte()? {
                0 => return Ok((from, sizes)),
                9 => sizes = (0..count).map(|_| self.number()).collect::<io::Result<_>>()?,
                0x0a => {
                    self.sums(count)?;
                }
                _ => return Err(WRONG.into()),
            }
        }
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
        let plans: Vec<Plan<'h>> = (0..count).map(|_| self.plan()).collect::<io::Result<_>>()?;
        if self.byte()? != 0x0c {
            return Err(WRONG.into());
        }
        let (mut blocks, mut from, mut packed) = (Vec::new(), from, packed.iter());
        for plan in plans {
            let sizes: Vec<u64> = (0..plan.outputs).map(|_| self.number()).collect::<io::Result<_>>()?;
            let size: u64 = packed.by_ref().take(plan.inputs).fold(0, |sum, &size| sum.saturating_add(size));
            let last = plan.chain.as_ref().and_then(|chain| chain.last().copied());
            let whole = last.and_then(|last| sizes.get(last).copied()).unwrap_or(0);
            blocks.push(Block {
                coders: plan.chain.map(|chain| {
                    let coder = |at: usize| {
                        let (id, properties) = plan.coders[at];
                        Coder { id, properties, size: sizes[at] }
                    };
                    chain.into_iter().map(coder).collect()
                }),
                from,
                packed: size,
                crc: None,
                files: vec![(whole, None)],
            });
            from = from.saturating_add(size);
        }
        loop {
            match self.byte()? {
                0 => return Ok(blocks),
                0x0a => {
                    for (block, sum) in blocks.iter_mut().zip(self.sums(count)?) {
                        block.crc = sum;
                        block.files[0].1 = sum;
                    }
                }
                _ => return Err(WRONG.into()),
            }
        }
    }

    fn plan(&mut self) -> io::Result<Plan<'h>> {
        let count = self.count()?;
        if count == 0 || count > MOST_CODERS {
            return Err(Problem::Filter.into());
        }
        let (mut coders, mut inputs, mut outputs) = (Vec::new(), 0, 0);
        for _ in 0..count {
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
            coders.push((id, properties));
            inputs += own_inputs;
            outputs += own_outputs;
        }
        // Which coder's output is which one's input.
        let bound: Vec<(u64, u64)> =
            (1..outputs).map(|_| Ok((self.number()?, self.number()?))).collect::<io::Result<_>>()?;
        let packed = inputs.checked_sub(bound.len()).filter(|&packed| packed > 0).ok_or(WRONG)?;
        if packed > 1 {
            for _ in 0..packed {
                self.number()?;
            }
        }
        let chain = if inputs == outputs { chain(count, &bound) } else { None };
        Ok(Plan { coders, chain, inputs: packed, outputs })
    }

    /// How many files each block has, with their sizes and sums.
    fn files_of(&mut self, blocks: &mut [Block<'h>]) -> io::Result<()> {
        let mut counts = vec![1; blocks.len()];
        let mut kind = self.byte()?;
        if kind == 0x0d {
            for count in &mut counts {
                *count = self.count()?;
            }
            kind = self.byte()?;
        }
        if counts.iter().sum::<usize>() as u64 > ENTRIES {
            return Err(Problem::Entries.into());
        }
        for (block, &count) in blocks.iter_mut().zip(&counts) {
            let mut left = block.files[0].0;
            let sum = block.crc.filter(|_| count == 1);
            block.files.clear();
            for at in 0..count {
                let size = if kind == 9 && at + 1 < count { self.number()? } else { left };
                left = left.saturating_sub(size);
                block.files.push((size, sum));
            }
        }
        if kind == 9 {
            kind = self.byte()?;
        }
        loop {
            match kind {
                0 => return Ok(()),
                0x0a => {
                    let unknown = |file: &&mut (u64, Option<u32>)| file.1.is_none();
                    let files = || blocks.iter().flat_map(|block| &block.files);
                    let count = files().filter(|file| file.1.is_none()).count();
                    let sums = self.sums(count)?;
                    let files = blocks.iter_mut().flat_map(|block| &mut block.files).filter(unknown);
                    for (file, sum) in files.zip(sums) {
                        file.1 = sum;
                    }
                }
                _ => return Err(WRONG.into()),
            }
            kind = self.byte()?;
        }
    }
}

/// The coders of a block as they are stored.
struct Plan<'h> {
    coders: Vec<(&'h [u8], &'h [u8])>,
    chain: Option<Vec<usize>>,
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
            assert_eq!(Input(bytes).number().ok(), expected, "{bytes:?}");
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
}
