//! ar archives: Debian packages (deb(5)) and static libraries, in the common form with the long names of GNU and BSD.
//!
//! Read here, as the crate `ar` makes room for a name of whatever length a header states, and others want the whole in memory.

use std::io::{self, Read};

use super::limit::LONGEST_HEADER;
use super::name;
use super::problem::Problem;
use super::random::{fill, skip};
use super::unpack::Unpacker;
use crate::source::BlobSink;

const MAGIC: usize = 8;
const HEADER: usize = 60;

/// Hands on every file.
pub(super) fn walk(
    unpacker: &mut Unpacker<'_, impl BlobSink>,
    path: &str,
    input: &mut dyn Read,
) -> io::Result<()> {
    input.read_exact(&mut [0; MAGIC])?;
    let budget = unpacker.budget;
    // The last table of long names is the one that counts.
    let (mut names, mut _held) = (Vec::new(), budget.hold(0)?);
    let mut header = [0; HEADER];
    loop {
        match fill(input, &mut header)? {
            0 => return Ok(()),
            HEADER if header.ends_with(b"`\n") => {}
            HEADER => return Err(Problem::Damaged("a header is wrong").into()),
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        budget.entry()?;
        let size = decimal(&header[48..58]).ok_or(Problem::Damaged("a header is wrong"))?;
        let mut content = (&mut *input).take(size);
        let short = header[..16].trim_ascii_end();
        if short == b"//" {
            if size > LONGEST_HEADER {
                return Err(Problem::Damaged("a header is too long").into());
            }
            (names, _held) = budget.hold_all(&mut content)?;
        } else {
            let given = match short.strip_prefix(b"#1/").and_then(decimal) {
                Some(length) if length > LONGEST_HEADER => {
                    return Err(Problem::Damaged("a header is too long").into());
                }
                Some(length) => {
                    let mut given = Vec::new();
                    (&mut content).take(length).read_to_end(&mut given)?;
                    given.truncate(memchr::memchr(0, &given).unwrap_or(given.len()));
                    given
                }
                None => long_name(short, &names).unwrap_or(short).to_vec(),
            };
            let inner = name::inside(path, given.strip_suffix(b"/").unwrap_or(&given));
            unpacker.entry(&inner, &mut content);
        }
        // Every content is padded to an even size; the last one may lack that.
        let left = content.limit();
        skip(input, left)?;
        if size % 2 == 1 {
            fill(input, &mut [0; 1])?;
        }
    }
}

/// GNU's `/OFFSET` into the table of names, where each ends with a slash and a line break.
fn long_name<'a>(short: &[u8], names: &'a [u8]) -> Option<&'a [u8]> {
    let offset = decimal(short.strip_prefix(b"/")?)?;
    let name = names.get(usize::try_from(offset).ok()?..)?;
    // No more is shown; a table may have one name for a million files.
    let name = &name[..name.len().min(name::LONGEST)];
    Some(&name[..memchr::memchr(b'\n', name).unwrap_or(name.len())])
}

fn decimal(field: &[u8]) -> Option<u64> {
    std::str::from_utf8(field).ok()?.trim_end().parse().ok()
}
