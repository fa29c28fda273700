//! Zip archives (PKWARE's APPNOTE.TXT), by their central directory, so that what a tool would unpack is what is scanned.
//!
//! `rawzip` reads the directory record by record and keeps none of them: an archive of millions of entries takes no more
//! memory than one of ten, and an entry hides no other one of its name. No stated size is trusted; the sum of every entry is
//! checked, at its end: what `rawzip` has for that ends an entry where its stated size does, before all of it is scanned.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, MAX_CENTRAL_DIRECTORY_RECORD_SIZE, ReaderAt, ZipArchive, ZipLocator};

use super::compressed::{self, Unpacked};
use super::kind::Kind;
use super::limit::{Budget, Counted, ENTRIES};
use super::lzma;
use super::name;
use super::office;
use super::problem::Problem;
use super::random::{Random, u32_at};
use super::strings::Strings;
use super::sum::Checked;
use super::unpack::Unpacker;
use super::xml::Text;
use crate::source::BlobSink;

const WRONG: Problem = Problem::Damaged("its directory is missing or wrong");
const ELSEWHERE: Problem = Problem::Damaged("an entry is not where the directory has it");
/// Bytes of an entry that are read at once.
const STORED: usize = 32 * 1024;

/// Ends of archives that are tried: a comment may hold their signature.
const MOST_ENDS: usize = 16;

/// True if an archive with entries is at the end of these bytes. Programs that read zips hold the signatures of one, which
/// lead nowhere.
pub(super) fn is_appended(bytes: &dyn Random) -> bool {
    let mut buffer = vec![0; MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
    let found = locate(bytes, &mut buffer);
    found.is_ok_and(|archive| matches!(archive.entries(&mut buffer).next_entry(), Ok(Some(_))))
}

/// The archive that ends last of those whose directory can be read.
fn locate<'a>(bytes: &'a dyn Random, buffer: &mut [u8]) -> io::Result<ZipArchive<Bytes<'a>>> {
    let mut end = bytes.size()?;
    let mut problem = WRONG.into();
    for _ in 0..MOST_ENDS {
        let at = match ZipLocator::new().locate_in_reader(Bytes(bytes), buffer, end) {
            Ok(archive) => match archive.entries(buffer).next_entry() {
                Ok(_) => return Ok(archive),
                Err(error) => {
                    problem = of_error(error, WRONG);
                    Some(archive.eocd_offset())
                }
            },
            Err((_, error)) => {
                let at = error.eocd_offset();
                problem = of_error(error, WRONG);
                at
            }
        };
        let Some(before) = at.filter(|&at| at < end) else { break };
        end = before;
    }
    Err(problem)
}

/// Hands on every file, in the order of the directory.
pub(super) fn walk(
    unpacker: &mut Unpacker<'_, impl BlobSink>,
    path: &str,
    archive: &dyn Random,
) -> io::Result<()> {
    let budget = unpacker.budget;
    let _held = budget.hold(MAX_CENTRAL_DIRECTORY_RECORD_SIZE as u64)?;
    let mut buffer = vec![0; MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
    let archive = locate(archive, &mut buffer)?;
    let office = office::is_document(path);
    // Looking for them takes a reading of the whole directory.
    let workbook = office::is_workbook(path);
    let strings = if workbook { shared_strings(&archive, &mut buffer, budget) } else { None };
    let mut records = archive.entries(&mut buffer);
    let mut seen = 0;
    while let Some(record) = records.next_entry().map_err(|error| of_error(error, WRONG))? {
        budget.entry()?;
        seen += 1;
        let name = record.file_path().as_bytes();
        let folder = record.is_dir() && record.uncompressed_size_hint() == 0;
        // The sheets show them.
        let shown = strings.is_some() && name == office::STRINGS;
        if folder || shown {
            continue;
        }
        let inner = name::inside(path, name);
        let encrypted = record.flags().is_encrypted() || record.flags().is_masked();
        let entry = match archive.get_entry(record.wayfinder()) {
            Ok(entry) if !encrypted => entry,
            Ok(_) => {
                unpacker.failed(&inner, &Problem::Encrypted.into());
                continue;
            }
            Err(error) => {
                unpacker.failed(&inner, &of_error(error, ELSEWHERE));
                continue;
            }
        };
        let mut stored = BufReader::with_capacity(STORED, entry.reader());
        let size = record.uncompressed_size_hint();
        match unpack(record.compression_method(), size, &mut stored, budget) {
            Err(error) => unpacker.failed(&inner, &error),
            Ok(content) => {
                let mut content = Checked::new(content, Some(record.crc32()));
                if office && office::holds_text(name) {
                    let text = Text::with_strings(&mut content, strings.as_ref());
                    unpacker.entry(&inner, &mut Counted::new(text, budget));
                } else {
                    unpacker.entry(&inner, &mut content);
                }
            }
        }
        // An entry that reached a limit has told so, and ends the archive.
        if let Some(problem) = budget.refusal() {
            return Err(problem.into());
        }
    }
    // Where the archive is not of the 64-bit kind, the number has sixteen bits, and may have run over.
    let stated = archive.entries_hint();
    let mask = if stated > 0xffff { u64::MAX } else { 0xffff };
    if seen & mask == stated { Ok(()) } else { Err(WRONG.into()) }
}

/// The archive's bytes, as `rawzip` asks for them.
struct Bytes<'a>(&'a dyn Random);

impl ReaderAt for Bytes<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(offset, buffer)
    }
}

/// The strings that the cells of a workbook name; none if there are none, or if they cannot be held: then they are an
/// entry like any other.
fn shared_strings<'b>(
    archive: &ZipArchive<Bytes<'_>>,
    buffer: &mut [u8],
    budget: &'b Budget,
) -> Option<Strings<'b>> {
    let mut records = archive.entries(buffer);
    for _ in 0..ENTRIES {
        let record = records.next_entry().ok()??;
        if record.file_path().as_bytes() == office::STRINGS {
            let entry = archive.get_entry(record.wayfinder()).ok()?;
            let mut stored = BufReader::with_capacity(STORED, entry.reader());
            let (method, size) = (record.compression_method(), record.uncompressed_size_hint());
            let content = unpack(method, size, &mut stored, budget).ok()?;
            return Strings::read(&mut Checked::new(content, Some(record.crc32())), budget).ok();
        }
    }
    None
}

/// The content of an entry whose bytes are `stored`; `size` is what they are said to unpack to.
fn unpack<'a>(
    method: CompressionMethod,
    size: u64,
    stored: &'a mut impl BufRead,
    budget: &'a Budget,
) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match method {
        CompressionMethod::STORE => Box::new(Counted::new(stored, budget)),
        CompressionMethod::DEFLATE => Box::new(Counted::new(DeflateDecoder::new(stored), budget)),
        CompressionMethod::BZIP2 => Box::new(compressed::unpack(Kind::Bzip2, stored, budget)?),
        CompressionMethod::ZSTD => Box::new(compressed::unpack(Kind::Zstd, stored, budget)?),
        CompressionMethod::XZ => Box::new(compressed::unpack(Kind::Xz, stored, budget)?),
        CompressionMethod::LZMA => {
            let stream = lzma_stream(size, stored)?;
            Box::new(Unpacked::new(stream.unpack(stored, budget)?, budget))
        }
        method => return Err(Problem::Method(method.as_u16()).into()),
    })
}

/// The stream of an entry packed by LZMA, whose bytes follow: a version, the length of the properties, these (APPNOTE.TXT,
/// 5.8.8).
fn lzma_stream(size: u64, stored: &mut impl Read) -> io::Result<lzma::Stream> {
    let mut header = [0; 9];
    stored.read_exact(&mut header)?;
    Ok(lzma::Stream { properties: header[4], window: u64::from(u32_at(&header, 5)), size })
}

/// What could not be read, or what is wrong with the archive.
fn of_error(error: rawzip::Error, wrong: Problem) -> io::Error {
    match error.into_kind() {
        rawzip::ErrorKind::IO(error) if error.kind() != io::ErrorKind::UnexpectedEof => error,
        _ => wrong.into(),
    }
}
