//! Files that are one compressed stream: gzip, xz, Zstandard, bzip2, LZMA. Several streams in a row are one file, as their tools
//! have it.

use std::io::{self, BufReader, Read};

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;

use super::kind::Kind;
use super::limit::{Budget, Counted, Held};
use super::lzma;
use super::problem::Problem;
use super::random::fill;
use super::zstd;

/// The largest window of `xz -9`, the program's strongest preset.
const LARGEST_XZ: u64 = 64 * 1024 * 1024;
/// What the xz decoder takes beside its window.
const XZ_OVERHEAD: u64 = 1024 * 1024;
/// What the bzip2 decoder takes for its largest block (the manual, 2.5).
const BZIP2: u64 = 4 * 1024 * 1024;

/// A stream as it unpacks, with the memory that its decoder takes.
pub(super) struct Unpacked<'a> {
    decoder: Counted<'a, Box<dyn Read + 'a>>,
    _held: Held<'a>,
}

impl<'a> Unpacked<'a> {
    /// What this decoder gives, counted.
    pub(super) fn new((decoder, held): (Box<dyn Read + 'a>, Held<'a>), budget: &'a Budget) -> Self {
        Self { decoder: Counted::new(decoder, budget), _held: held }
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.decoder.read(buffer)
    }
}

/// Unpacks `input`, which is of this kind.
pub(super) fn unpack<'a>(
    kind: Kind,
    input: &'a mut dyn Read,
    budget: &'a Budget,
) -> io::Result<Unpacked<'a>> {
    let opened: (Box<dyn Read + 'a>, _) = match kind {
        Kind::Gzip => (Box::new(MultiGzDecoder::new(input)), budget.hold(0)?),
        Kind::Xz => xz(input, budget)?,
        Kind::Zstd => zstd::unpack(Box::new(input), budget)?,
        Kind::Lzma => lzma::unpack(input, budget)?,
        Kind::Bzip2 => (Box::new(MultiBzDecoder::new(input)), budget.hold(BZIP2)?),
        Kind::Zip | Kind::Tar | Kind::SevenZip | Kind::Ar | Kind::Sqlite | Kind::Pdf | Kind::Unopened => {
            return Err(Problem::Damaged("it is no compressed stream").into());
        }
    };
    Ok(Unpacked::new(opened, budget))
}

fn xz<'a>(input: &'a mut dyn Read, budget: &'a Budget) -> io::Result<(Box<dyn Read + 'a>, Held<'a>)> {
    let mut head = [0; 17];
    let count = fill(input, &mut head)?;
    let window = xz_window(&head[..count]) + XZ_OVERHEAD;
    let held = budget.hold(window)?;
    let input = BufReader::new(io::Cursor::new(head).take(count as u64).chain(input));
    Ok((Box::new(XzReader::new_mem_limit(input, true, (window / 1024) as u32)), held))
}

/// The window of the first block (the .xz file format, 5.3.1), if its header has the plain form; else the largest.
fn xz_window(head: &[u8]) -> u64 {
    match head {
        // Twelve bytes of stream header; size, one filter and no lengths; LZMA2 and its one byte.
        [_, _, _, _, _, _, _, _, _, _, _, _, _, 0, 0x21, 1, bits] if *bits < 40 => {
            let mantissa = 2 | u64::from(bits & 1);
            (mantissa << (bits / 2 + 11)).min(LARGEST_XZ)
        }
        _ => LARGEST_XZ,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_of_an_xz_block_is_read() {
        let mut head = [0; 17];
        head[14..16].copy_from_slice(&[0x21, 1]);
        for (bits, window) in [(0, 4096), (22, 8 << 20), (28, LARGEST_XZ), (39, LARGEST_XZ), (40, LARGEST_XZ)]
        {
            head[16] = bits;
            assert_eq!(xz_window(&head), window, "{bits}");
        }
        head[13] = 0xc0;
        assert_eq!(xz_window(&head), LARGEST_XZ);
        assert_eq!(xz_window(&head[..9]), LARGEST_XZ);
    }
}
