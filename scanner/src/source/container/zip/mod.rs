//! Zip archives (PKWARE's APPNOTE.TXT), by their central directory, so that what a tool would unpack is what is scanned.
//!
//! Read here and not by a crate, because the directory of a hostile archive has millions of entries, or many of one
//! name: it is read entry by entry, in bounded memory, and none hides another. No stated size is trusted; the sum of
//! every entry is checked.

mod directory;
mod entry;

use std::io;

use self::directory::Directory;
use super::limit::{Budget, Counted, ENTRIES};
use super::name;
use super::office;
use super::random::Random;
use super::strings::Strings;
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
    // Looking for them takes a reading of the whole directory.
    let workbook = office::is_workbook(path);
    let strings = if workbook { shared_strings(archive, unpacker.budget) } else { None };
    let mut directory = Directory::find(archive)?;
    while let Some(record) = directory.next()? {
        unpacker.budget.entry()?;
        // The sheets show them.
        let shown = strings.is_some() && record.name == office::STRINGS;
        if record.is_folder() || shown {
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
                let text = Text::with_strings(&mut content, strings.as_ref());
                unpacker.entry(&inner, &mut Counted::new(text, budget));
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

/// The strings that the cells of a workbook name; none if there are none, or if they cannot be held: then they are an
/// entry like any other.
fn shared_strings<'b>(archive: &dyn Random, budget: &'b Budget) -> Option<Strings<'b>> {
    let mut directory = Directory::find(archive).ok()?;
    for _ in 0..ENTRIES {
        let record = directory.next().ok()??;
        if record.name == office::STRINGS {
            let mut stored = entry::Source::find(archive, &record).ok()?.stored();
            return Strings::read(&mut entry::unpack(&record, &mut stored, budget).ok()?, budget).ok();
        }
    }
    None
}
