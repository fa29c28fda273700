//! Tar archives, read as a stream: ustar (POSIX.1-1988), pax (POSIX.1-2001), GNU, and the old form without a magic.
//!
//! Read here and not by a crate, because the headers that extend a name may claim any length, and are to be read in
//! bounded memory. An archive ends where its bytes end: what follows the two empty blocks is read too.

use std::io::{self, Read};

use super::limit::LONGEST_HEADER;
use super::name;
use super::problem::Problem;
use super::random::{fill, skip};
use super::unpack::Unpacker;
use crate::source::BlobSink;

/// Everything in a tar comes in blocks of this size.
pub(super) const BLOCK: usize = 512;

/// True if `head` begins with a tar header: only one in very many other blocks has the sum right.
pub(super) fn begins(head: &[u8]) -> bool {
    head.first_chunk().is_some_and(|block| block[0] != 0 && Header::read(block).is_some())
}

/// Hands on every file.
pub(super) fn walk(
    unpacker: &mut Unpacker<'_, impl BlobSink>,
    path: &str,
    input: &mut dyn Read,
) -> io::Result<()> {
    let mut extension = Extension::default();
    let mut block = [0; BLOCK];
    loop {
        match fill(input, &mut block)? {
            count if block[..count].iter().all(|&byte| byte == 0) => {
                if count < BLOCK {
                    return Ok(());
                }
                continue;
            }
            BLOCK => {}
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        let header = Header::read(&block).ok_or(Problem::Damaged("a header is wrong"))?;
        unpacker.budget.entry()?;
        match header.kind {
            b'L' => extension.name = Some(content(&header, input)?),
            b'x' | b'X' => extension.read_pax(&content(&header, input)?),
            // Links, devices, folders, pipes; what holds for the whole archive; long names of links; a label.
            b'1'..=b'6' | b'g' | b'K' | b'V' => {
                skip(input, padded(extension.size.take().unwrap_or(header.size)))?;
                if header.kind.is_ascii_digit() {
                    extension = Extension::default();
                }
            }
            kind => {
                let extension = std::mem::take(&mut extension);
                if kind == b'S' {
                    skip_sparse_map(&block, input)?;
                }
                let size = extension.size.unwrap_or(header.size);
                let inner = name::inside(path, &extension.name.unwrap_or(header.name));
                let mut content = (&mut *input).take(size);
                unpacker.entry(&inner, &mut content);
                let left = content.limit();
                skip(input, left + padded(size) - size)?;
            }
        }
    }
}

struct Header {
    name: Vec<u8>,
    size: u64,
    kind: u8,
}

impl Header {
    /// Reads a header; none if its sum or its size is wrong.
    fn read(block: &[u8; BLOCK]) -> Option<Self> {
        let stated = octal(&block[148..156])?;
        // The sum is taken as if its own field held spaces. Some old programs took bytes for signed numbers.
        let others = || block[..148].iter().chain(&block[156..]);
        let spaces = 8 * u64::from(b' ');
        let sum = spaces + others().map(|&byte| u64::from(byte)).sum::<u64>();
        let high = others().filter(|&&byte| byte >= 0x80).count() as u64;
        if stated != sum && Some(stated) != sum.checked_sub(256 * high) {
            return None;
        }
        let mut name = text(&block[..100]).to_vec();
        let prefix = text(&block[345..500]);
        // GNU tar, whose magic ends in spaces, keeps other things in the place of the prefix.
        if &block[257..263] == b"ustar\0" && !prefix.is_empty() {
            name = [prefix, b"/", &name].concat();
        }
        // A folder in the old form is a file whose name ends with a slash.
        let kind = if matches!(block[156], 0 | b'0') && name.ends_with(b"/") { b'5' } else { block[156] };
        Some(Self { name, size: number(&block[124..136])?, kind })
    }
}

/// What headers before a file's own say about it.
#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Extension {
    /// Reads pax records: `LENGTH KEY=VALUE\n`.
    fn read_pax(&mut self, mut records: &[u8]) {
        while let Some((record, rest)) = pax_record(records) {
            records = rest;
            let Some(at) = memchr::memchr(b'=', record) else { continue };
            let value = &record[at + 1..];
            match &record[..at] {
                b"path" | b"GNU.sparse.name" => self.name = Some(value.to_vec()),
                b"size" => self.size = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()),
                _ => {}
            }
        }
        self.size = self.size.filter(|&size| size <= LARGEST);
    }
}

/// The first record without its length and line break, and what follows it.
fn pax_record(records: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = memchr::memchr(b' ', records)?;
    let length: usize = std::str::from_utf8(&records[..space]).ok()?.parse().ok()?;
    let record = records.get(space + 1..length)?.strip_suffix(b"\n")?;
    Some((record, &records[length..]))
}

/// Sizes above this are absurd, and would overflow when they are added up.
const LARGEST: u64 = i64::MAX as u64;

/// The content of a header that extends another one.
fn content(header: &Header, input: &mut dyn Read) -> io::Result<Vec<u8>> {
    if header.size > LONGEST_HEADER {
        return Err(Problem::Damaged("a header is too long").into());
    }
    let mut bytes = vec![0; padded(header.size) as usize];
    input.read_exact(&mut bytes)?;
    bytes.truncate(header.size as usize);
    if header.kind == b'L' {
        bytes.truncate(text(&bytes).len());
    }
    Ok(bytes)
}

/// Passes over the blocks that say where the pieces of a sparse file belong.
fn skip_sparse_map(header: &[u8; BLOCK], input: &mut dyn Read) -> io::Result<()> {
    let mut more = header[482] != 0;
    let mut block = [0; BLOCK];
    while more {
        input.read_exact(&mut block)?;
        more = block[504] != 0;
    }
    Ok(())
}

/// The size with the padding up to a whole block.
fn padded(size: u64) -> u64 {
    size.next_multiple_of(BLOCK as u64)
}

/// A field up to its first NUL.
fn text(field: &[u8]) -> &[u8] {
    &field[..memchr::memchr(0, field).unwrap_or(field.len())]
}

/// A number in octal digits, or after a set high bit in binary (GNU).
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 == 0 {
        return octal(field);
    }
    let value = field[1..].iter().try_fold(u64::from(field[0] & 0x7f), |value, &byte| {
        value.checked_mul(256).map(|value| value + u64::from(byte))
    });
    value.filter(|&value| value <= LARGEST)
}

fn octal(field: &[u8]) -> Option<u64> {
    let digits = text(field).trim_ascii();
    if digits.len() > 12 || !digits.iter().all(|digit| (b'0'..=b'7').contains(digit)) {
        return None;
    }
    Some(digits.iter().fold(0, |value, &digit| value * 8 + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_binary() {
        for (field, expected) in [
            (&b"0000644\0"[..], Some(0o644)),
            (b"   17 \0\0", Some(0o17)),
            (b"\0\0\0\0\0\0\0\0", Some(0)),
            (b"\x80\0\0\0\0\0\0\0\0\0\x01\0", Some(256)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", None),
            (b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", None),
            (b"00009\0\0\0", None),
        ] {
            assert_eq!(number(field), expected, "{field:?}");
        }
    }

    #[test]
    fn a_sum_of_signed_bytes_is_right_too() {
        let mut block = [0; BLOCK];
        block[..2].copy_from_slice(b"\xe9x");
        for (sum, expected) in [(0xe9 + 0x78 + 256, true), (0xe9 + 0x78, true), (0xe9 + 0x78 + 1, false)] {
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            assert_eq!(begins(&block), expected, "{sum}");
        }
    }

    #[test]
    fn pax_records_of_wrong_length_are_passed_over() {
        for (records, name, size) in [
            (&b"12 path=a/b\n11 size=77\n"[..], Some(&b"a/b"[..]), Some(77)),
            (b"99 path=a/b\n", None, None),
            (b"3 path=a/b\n", None, None),
            (b"0 x=1\n", None, None),
            (b"18446744073709551615 x=1\n", None, None),
            (b"29 size=18446744073709551615\n", None, None),
            (b"nothing", None, None),
        ] {
            let mut extension = Extension::default();
            extension.read_pax(records);
            assert_eq!((extension.name.as_deref(), extension.size), (name, size), "{records:?}");
        }
    }
}
