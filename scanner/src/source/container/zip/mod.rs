//! Zip archives (PKWARE's APPNOTE.TXT), by their central directory, so that what a tool would unpack is what is scanned.
//!
//! Read here and not by a crate, because the directory of a hostile archive has millions of entries, or many of one
//! name: it is read entry by entry, in bounded memory, and none hides another. No stated size is trusted; the sum of
//! every entry is checked.

mod directory;
mod entry;

use std::io;

use self::directory::Directory;
use super::name;
use super::office;
use super::random::Random;
use super::unpack::Unpacker;
use super::xml::Text;
use crate::source::BlobSink;

/// Hands on every file, in the order of the directory.
pub(super) fn walk(
    unpacker: &mut Unpacker<'_, impl BlobSink>,
    path: &str,
    archive: &dyn Random,
) -> io::Result<()> {
    let office = office::is_document(path);
    let mut directory = Directory::find(archive)?;
    while let Some(record) = directory.next()? {
        unpacker.budget.entry()?;
        if record.is_folder() {
            continue;
        }
        let inner = name::inside(path, &record.name);
        let budget = unpacker.budget;
        let source = match entry::Source::find(archive, &record) {
            Ok(source) => source,
            Err(error) => {
                unpacker.failed(&inner, &error);
                continue;
            }
        };
        let mut stored = source.stored();
        match entry::unpack(&record, &mut stored, budget) {
            Err(error) => unpacker.failed(&inner, &error),
            Ok(mut content) if office && office::holds_text(&record.name) => {
                unpacker.entry(&inner, &mut Text::new(&mut content));
            }
            Ok(mut content) => unpacker.entry(&inner, &mut content),
        }
        // An entry that reached a limit has told so, and ends the archive.
        if let Some(problem) = budget.refusal() {
            return Err(problem.into());
        }
    }
    Ok(())
}
