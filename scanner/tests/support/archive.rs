//! Archives as tests need them: right, or wrong in one place. Made in memory, byte by byte.

use std::io::Write as _;

/// A zip under construction.
#[derive(Default)]
pub(crate) struct Zip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
    /// Sizes and offsets are 64-bit numbers.
    wide: bool,
}

/// What the headers of a zip entry say, for entries that lie.
pub(crate) struct Entry {
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) size: u32,
}

impl Zip {
    /// One with 64-bit sizes and offsets.
    pub(crate) fn wide() -> Self {
        Self { wide: true, ..Self::default() }
    }

    /// Adds a file, stored.
    pub(crate) fn stored(self, name: &str, content: &[u8]) -> Self {
        let crc = crc32fast::hash(content);
        self.entry(name, content, &Entry { flags: 0, method: 0, crc, size: content.len() as u32 })
    }

    /// Adds a file, deflated.
    pub(crate) fn deflated(self, name: &str, content: &[u8]) -> Self {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(content).expect("memory");
        let entry = Entry { flags: 0, method: 8, crc: crc32fast::hash(content), size: content.len() as u32 };
        self.entry(name, &encoder.finish().expect("memory"), &entry)
    }

    /// Adds stored bytes with any headers.
    pub(crate) fn entry(mut self, name: &str, stored: &[u8], entry: &Entry) -> Self {
        let &Entry { flags, method, crc, size } = entry;
        let offset = self.bytes.len() as u32;
        let mut common = [flags.to_le_bytes(), method.to_le_bytes(), [0; 2], [0; 2]].concat();
        common.extend(crc.to_le_bytes());
        common.extend((stored.len() as u32).to_le_bytes());
        common.extend(size.to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        self.bytes.extend_from_slice(b"PK\x03\x04\x14\0");
        self.bytes.extend_from_slice(&common);
        self.bytes.extend_from_slice(&[0; 2]);
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(stored);
        let mut extra = Vec::new();
        if self.wide {
            common[12..20].fill(0xff);
            extra.extend_from_slice(b"\x01\0\x18\0");
            for number in [u64::from(size), stored.len() as u64, u64::from(offset)] {
                extra.extend(number.to_le_bytes());
            }
        }
        self.directory.extend_from_slice(b"PK\x01\x02\x14\0\x14\0");
        self.directory.extend_from_slice(&common);
        self.directory.extend((extra.len() as u16).to_le_bytes());
        self.directory.extend_from_slice(&[0; 10]);
        self.directory.extend(if self.wide { [0xff; 4] } else { offset.to_le_bytes() });
        self.directory.extend_from_slice(name.as_bytes());
        self.directory.extend_from_slice(&extra);
        self.count += 1;
        self
    }

    /// The archive.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let (offset, size) = (self.bytes.len() as u64, self.directory.len() as u64);
        self.bytes.append(&mut self.directory);
        let count = u64::from(self.count);
        if self.wide {
            let at = self.bytes.len() as u64;
            self.bytes.extend_from_slice(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
            for number in [count, count, size, offset] {
                self.bytes.extend(number.to_le_bytes());
            }
            self.bytes.extend_from_slice(b"PK\x06\x07\0\0\0\0");
            self.bytes.extend(at.to_le_bytes());
            self.bytes.extend_from_slice(b"\x01\0\0\0PK\x05\x06\0\0\0\0\xff\xff\xff\xff");
            self.bytes.extend_from_slice(&[0xff; 8]);
        } else {
            self.bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
            self.bytes.extend([self.count.to_le_bytes(), self.count.to_le_bytes()].concat());
            self.bytes.extend((size as u32).to_le_bytes());
            self.bytes.extend((offset as u32).to_le_bytes());
        }
        self.bytes.extend_from_slice(&[0; 2]);
        self.bytes
    }
}

/// A tar header with a right sum. `size` is the field as it stands.
pub(crate) fn tar_header(name: &str, size: &[u8; 12], kind: u8) -> [u8; 512] {
    let mut block = [0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..107].copy_from_slice(b"0000644");
    block[124..136].copy_from_slice(size);
    block[148..156].fill(b' ');
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// A tar of these files.
pub(crate) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in files {
        let size: [u8; 12] =
            format!("{:011o}\0", content.len()).into_bytes().try_into().expect("twelve bytes");
        bytes.extend_from_slice(&tar_header(name, &size, b'0'));
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// One gzip member.
pub(crate) fn gz(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

/// One Zstandard frame.
pub(crate) fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

/// One xz stream of uncompressed pieces, whose header states a window by `window` (28: 64 MiB, 40: 4 GiB).
pub(crate) fn xz(content: &[u8], window: u8) -> Vec<u8> {
    let with_sum = |bytes: &[u8]| [bytes, &crc32fast::hash(bytes).to_le_bytes()].concat();
    let flags = [0, 1];
    let mut bytes = b"\xfd7zXZ\0".to_vec();
    bytes.extend(with_sum(&flags));
    let block = bytes.len();
    bytes.extend(with_sum(&[2, 0, 0x21, 1, window, 0, 0, 0]));
    for (at, piece) in content.chunks(0x1_0000).enumerate() {
        bytes.push(if at == 0 { 1 } else { 2 });
        bytes.extend(((piece.len() - 1) as u16).to_be_bytes());
        bytes.extend_from_slice(piece);
    }
    bytes.push(0);
    let length = bytes.len() - block + 4;
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(crc32fast::hash(content).to_le_bytes());
    let mut index = vec![0, 1];
    for mut number in [length, content.len()] {
        while number >= 0x80 {
            index.push(number as u8 | 0x80);
            number >>= 7;
        }
        index.push(number as u8);
    }
    index.resize(index.len().next_multiple_of(4), 0);
    let index = with_sum(&index);
    let footer = [&((index.len() / 4 - 1) as u32).to_le_bytes()[..], &flags].concat();
    bytes.extend_from_slice(&index);
    bytes.extend(crc32fast::hash(&footer).to_le_bytes());
    bytes.extend_from_slice(&footer);
    bytes.extend_from_slice(b"YZ");
    bytes
}

/// A database that these statements make.
pub(crate) fn sqlite(statements: &str) -> Vec<u8> {
    let mut database = rusqlite::Connection::open_in_memory().expect("memory");
    database.execute_batch(statements).expect("right SQL");
    database.serialize("main").expect("memory").to_vec()
}

/// One bzip2 stream.
pub(crate) fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

/// An ar archive of these files; names of more than 15 bytes go to a table, as GNU has it.
pub(crate) fn ar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    let mut add = |name: &str, content: &[u8]| {
        bytes
            .extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 644, content.len()).bytes());
        bytes.extend_from_slice(content);
        bytes.extend((content.len() % 2 == 1).then_some(b'\n'));
    };
    let long: Vec<&str> = files.iter().map(|(name, _)| *name).filter(|name| name.len() > 15).collect();
    let mut table = String::new();
    let offsets: Vec<String> = long
        .iter()
        .map(|name| {
            let offset = table.len();
            table.push_str(name);
            table.push_str("/\n");
            format!("/{offset}")
        })
        .collect();
    if !table.is_empty() {
        add("//", table.as_bytes());
    }
    let mut offsets = offsets.iter();
    for (name, content) in files {
        let short = format!("{name}/");
        add(if name.len() > 15 { offsets.next().expect("one each") } else { &short }, content);
    }
    bytes
}

/// What a 7z archive says of its one block.
pub(crate) struct Block<'a> {
    /// The coder's id, and its properties.
    pub(crate) coder: &'a [u8],
    pub(crate) properties: &'a [u8],
    /// The packed files.
    pub(crate) packed: Vec<u8>,
}

/// A 7z archive of these files, stored one after the other.
pub(crate) fn seven_zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let packed = files.iter().flat_map(|(_, content)| content.iter().copied()).collect();
    seven_zip_of(files, &Block { coder: &[0], properties: &[], packed })
}

/// A 7z archive of these files in this block. A first folder has no content, as folders do.
pub(crate) fn seven_zip_of(files: &[(&str, &[u8])], block: &Block<'_>) -> Vec<u8> {
    let number = |value: usize| {
        let value = value as u64;
        if value < 0x80 { vec![value as u8] } else { [&[0xf0][..], &value.to_le_bytes()[..4]].concat() }
    };
    let Block { coder, properties, packed } = block;
    let mut header = vec![1, 4, 6, 0, 1, 9];
    header.extend(number(packed.len()));
    header.extend([0, 7, 0x0b, 1, 0, 1, 0x20 | coder.len() as u8]);
    header.extend_from_slice(coder);
    header.extend(number(properties.len()));
    header.extend_from_slice(properties);
    header.push(0x0c);
    header.extend(number(files.iter().map(|(_, content)| content.len()).sum()));
    header.extend([0, 8, 0x0d]);
    header.extend(number(files.len()));
    header.push(9);
    for (_, content) in &files[..files.len() - 1] {
        header.extend(number(content.len()));
    }
    header.extend([0x0a, 1]);
    for (_, content) in files {
        header.extend(crc32fast::hash(content).to_le_bytes());
    }
    header.extend([0, 0, 5]);
    header.extend(number(files.len() + 1));
    header.extend([0x0e, (files.len() / 8 + 1) as u8, 0x80]);
    header.resize(header.len() + files.len() / 8, 0);
    let names: Vec<u8> = std::iter::once("folder")
        .chain(files.iter().map(|(name, _)| *name))
        .flat_map(|name| name.encode_utf16().chain([0]))
        .flat_map(u16::to_le_bytes)
        .collect();
    header.push(0x11);
    header.extend(number(names.len() + 1));
    header.push(0);
    header.extend(names);
    header.extend([0, 0]);
    let mut start = (packed.len() as u64).to_le_bytes().to_vec();
    start.extend((header.len() as u64).to_le_bytes());
    start.extend(crc32fast::hash(&header).to_le_bytes());
    let mut bytes = b"7z\xbc\xaf\x27\x1c\0\x04".to_vec();
    bytes.extend(crc32fast::hash(&start).to_le_bytes());
    bytes.extend(start);
    bytes.extend_from_slice(packed);
    bytes.extend(header);
    bytes
}
