//! Files and folders.
//!
//! A folder is walked in parallel; a pool of threads reads what the walk finds, each with one worker of the sink.
//! Left out are `.git`, and what git would ignore (`.gitignore`, `.git/info/exclude`, the user's global excludes;
//! only inside a repository). Hidden files are scanned, and so are ignored files that are tracked: git would commit
//! them. A path named by the user is scanned even if it is ignored.
//!
//! No symbolic link is followed below a named path, so that a walk always ends and nothing is seen twice. A link
//! that the user names is resolved first and reported by what it points to. Overlapping names (`a a/b`) give each
//! file once, under the most specific name. A named pipe, a socket or a device is never opened.
//!
//! Paths are shown as given, joined with the path below, `/` between the parts, a leading `./` left out; what is not
//! UTF-8 is shown with U+FFFD and opened as it is.

mod failure;
mod open;
mod root;
mod tracked;
mod walk;

use std::num::NonZero;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use self::open::Opened;
use self::root::{Root, Roots};
use super::read::BlobReader;
use super::{BlobInfo, BlobSink, Excludes, Origin, Scope, Sink};
use crate::ledger::{Failure, SkipReason};

/// How many found files may wait for a reader: enough to keep readers busy, little enough to bound memory.
const WAITING: usize = 4096;

/// How files are scanned.
#[derive(Clone)]
pub struct FileOptions {
    /// Number of readers; 0 takes one for each core.
    pub threads: usize,
    /// Leave out what git ignores and does not track.
    pub respect_gitignore: bool,
    /// The configuration's path allow-list, asked with the path as shown; what it names is counted as skipped.
    pub excludes: Option<Excludes>,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self { threads: 0, respect_gitignore: true, excludes: None }
    }
}

/// What the producing side tells the readers.
enum Item {
    File { path: PathBuf, shown: String },
    Skipped(String, SkipReason),
    Failed(Failure),
    Notice(String),
}

/// Scans files and folders; see the module for what that includes.
///
/// Returns when all is handed to `sink`. A path that does not exist, and whatever cannot be read, is a failure at the
/// sink; the scan goes on. A folder without anything to scan is a notice.
pub fn scan_paths(paths: &[PathBuf], options: &FileOptions, sink: &impl Sink) {
    let roots = Roots::resolve(paths);
    let readers = if roots.is_one_file() { 1 } else { threads(options.threads) };
    let (sender, receiver) = bounded(WAITING);
    // The closure owns both ends: should a reader panic, the producer must not wait for it for ever.
    std::thread::scope(move |scope| {
        for _ in 1..readers {
            let receiver = receiver.clone();
            scope.spawn(move || read_items(&receiver, options, sink));
        }
        if roots.is_one_file() {
            produce(roots, options, readers, &sender);
            drop(sender);
        } else {
            scope.spawn(move || produce(roots, options, readers, &sender));
        }
        // The calling thread is a reader too: one thread less to start, and for a single file none at all.
        read_items(&receiver, options, sink);
    });
}

pub(super) fn threads(wanted: usize) -> usize {
    match wanted {
        0 => std::thread::available_parallelism().map_or(1, NonZero::get),
        given => given,
    }
}

/// Sends everything below `roots`. Stops early only when every reader is gone.
fn produce(roots: Roots, options: &FileOptions, threads: usize, sender: &Sender<Item>) {
    let Roots { items, files, folders } = roots;
    let named = files.into_iter().map(|Root { path, shown, .. }| Item::File { path, shown });
    for item in items.into_iter().chain(named) {
        if sender.send(item).is_err() {
            return;
        }
    }
    for folder in &folders {
        let found = walk::send_below(folder, options.respect_gitignore, threads, sender);
        let tracked =
            if options.respect_gitignore { tracked::send_ignored(folder, &found, sender) } else { 0 };
        if found.count + tracked == 0 && folder.carved.is_empty() {
            let notice = Item::Notice(format!("{}: no file to scan in this folder", folder.shown));
            if sender.send(notice).is_err() {
                return;
            }
        }
    }
}

/// One reader: takes items until the producer is done.
fn read_items(items: &Receiver<Item>, options: &FileOptions, sink: &impl Sink) {
    let mut worker = sink.worker();
    let mut reader = BlobReader::default();
    for item in items {
        match item {
            Item::File { path, shown } => {
                if options.excludes.as_ref().is_some_and(|excluded| excluded(&shown)) {
                    worker.skipped(shown, SkipReason::ConfiguredPath);
                } else {
                    read_file(&path, shown, &mut reader, &mut worker);
                }
            }
            Item::Skipped(path, reason) => worker.skipped(path, reason),
            Item::Failed(failure) => worker.failed(failure),
            Item::Notice(text) => worker.notice(text),
        }
    }
}

fn read_file(path: &Path, shown: String, reader: &mut BlobReader, sink: &mut impl BlobSink) {
    match open::open(path) {
        Err(error) => sink.failed(failure::of_io(shown, &error)),
        Ok(Opened::Special) => sink.skipped(shown, SkipReason::SpecialFile),
        Ok(Opened::Regular(file)) => {
            let origin = Arc::new(Origin { path: shown.clone(), ..Origin::default() });
            let info = BlobInfo { origin, scope: Scope::All };
            reader.feed(file.content(), file.len(), info, sink, |(bytes, error)| match error {
                Some(error) => Some(failure::of_io(shown, &error)),
                None => (!file.unchanged(bytes)).then(|| failure::of_change(shown)),
            });
        }
    }
}

/// A path as reports show it.
fn shown(path: &Path) -> String {
    let mut text = String::new();
    for part in path.components() {
        match part {
            Component::CurDir => continue,
            Component::RootDir => {
                text.push('/');
                continue;
            }
            Component::Prefix(_) | Component::ParentDir | Component::Normal(_) => {}
        }
        if !text.is_empty() && !text.ends_with('/') {
            text.push('/');
        }
        text.push_str(&part.as_os_str().to_string_lossy());
    }
    if text.is_empty() { ".".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::shown;

    #[test]
    fn paths_are_shown_without_a_leading_dot() {
        for (path, expected) in
            [(".", "."), ("./a/b", "a/b"), ("a//b/", "a/b"), ("../x", "../x"), ("/", "/"), ("/a/b", "/a/b")]
        {
            assert_eq!(shown(Path::new(path)), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_is_shown_lossily() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(shown(Path::new(OsStr::from_bytes(b"a/caf\xe9"))), "a/caf\u{fffd}");
    }
}
