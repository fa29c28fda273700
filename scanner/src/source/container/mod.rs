//! Containers of text: archives, compressed files, office documents, databases, images of containers.
//!
//! A blob whose first bytes say so is opened, and what is in it goes on as blobs of its own, at any depth, in the order
//! of the container. Their paths are `outer.zip!/inner/path`, `logs.gz!/logs`, `app.db!/table` (a line for each row).
//! A compressed tar is one container, not two, in these paths: `layer.tar.gz!/etc/passwd`.
//!
//! Opened are zip (and jar, war, whl, apk, docx, odt …, which are zips), tar, 7z, ar (and deb), gzip, xz, Zstandard,
//! bzip2, LZMA, SQLite and PDF; and zips that follow a program or a script, which unpack themselves. Others are only counted ([`SkipReason::UnopenedFormat`]), and their raw bytes scanned.
//!
//! Nothing is written to disk, nothing in a container is run, and no name in one leads anywhere. [`limit`] bounds depth,
//! bytes, entries and memory. Whatever is not scanned because of that, or is encrypted or damaged, is a failure.
//!
//! [`SkipReason::UnopenedFormat`]: crate::ledger::SkipReason::UnopenedFormat

mod ar;
mod compressed;
mod database;
mod kind;
mod limit;
mod lzma;
mod name;
mod office;
mod pdf;
mod problem;
mod random;
mod seven_zip;
mod strings;
mod sum;
mod tar;
mod unpack;
mod utf16;
mod xml;
mod zip;
mod zstd;

use std::io::{self, Read};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) use self::kind::{Kind, detect};
pub(super) use self::random::OnDisk;

use self::limit::Budget;
use self::problem::Problems;
use self::unpack::{Input, Unpacker};
use super::read::{BlobReader, Reading, WHOLE};
use super::{BlobSink, Origin};

/// Whether containers are opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Archives {
    /// What is in them is scanned.
    #[default]
    On,
    /// Their raw bytes are scanned, as of any other binary file.
    Off,
}

/// A container that no other one holds.
pub(super) struct Outermost<'a> {
    pub(super) kind: Kind,
    pub(super) origin: &'a Origin,
    /// Its first stored bytes: all of them, or more than [`WHOLE`].
    pub(super) first: &'a [u8],
    /// Its size, if it is known.
    pub(super) expected: u64,
    /// Where it lies, if it is a file.
    pub(super) file: Option<OnDisk<'a>>,
}

/// True if a zip follows the program or the script that `first` begins with, which it is all of unless there are more than
/// [`WHOLE`] bytes: an archive that unpacks itself, a program in Python or Java with its interpreter's line.
pub(super) fn is_followed(first: &[u8], file: Option<OnDisk<'_>>) -> bool {
    const PROGRAMS: [&[u8]; 3] = [b"#!", b"MZ", b"\x7fELF"];
    PROGRAMS.iter().any(|magic| first.starts_with(magic))
        && if first.len() <= WHOLE {
            zip::is_appended(&first)
        } else {
            file.is_some_and(|file| zip::is_appended(&file))
        }
}

/// Hands everything in the container to `sink`; `rest` is what follows its first bytes, and is read to its end.
pub(super) fn scan(
    outermost: &Outermost<'_>,
    rest: &mut dyn Read,
    blobs: &mut BlobReader,
    sink: &mut impl BlobSink,
) -> Reading {
    let &Outermost { kind, origin, first, expected, file } = outermost;
    let path = origin.path.as_str();
    let budget = Budget::new(expected.max(first.len() as u64));
    let problems = Problems::new(path, &budget);
    let mut unpacker = Unpacker { blobs, sink, origin, budget: &budget, problems, depth: 0 };
    let reading = if first.len() <= WHOLE {
        unpacker.open(kind, path, Input::Bytes(first));
        (first.len() as u64, None)
    } else if let Some(file) = file.filter(|_| kind.is_random()) {
        unpacker.open(kind, path, Input::File(file));
        (expected, None)
    } else {
        let mut rest = Tally { input: rest, bytes: 0, budget: &budget };
        unpacker.open(kind, path, Input::Stream(&mut first.chain(&mut rest)));
        let error = io::copy(&mut rest, &mut io::sink()).err();
        (first.len() as u64 + rest.bytes, error)
    };
    for failure in unpacker.problems.finish() {
        sink.failed(failure);
    }
    reading
}

/// Counts what is read of a stream of unknown length.
struct Tally<'a> {
    input: &'a mut dyn Read,
    bytes: u64,
    budget: &'a Budget,
}

impl Read for Tally<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.bytes += count as u64;
        self.budget.stored(count as u64);
        Ok(count)
    }
}
