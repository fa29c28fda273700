//! Files and folders.
//!
//! A folder is walked in parallel, and each thread of the walk reads what it comes to, with one worker of the sink: a
//! queue between walkers and readers cost a quarter of the time, in wake-ups.
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
use std::sync::{Arc, Mutex, PoisonError};

use self::open::Opened;
use self::root::{Root, Roots};
use super::read::{BlobReader, Stored};
use super::{Archives, BlobInfo, BlobSink, Excludes, Origin, Scope, Sink};
use crate::ledger::{Failure, SkipReason};
use crate::shard::Shard;

/// How files are scanned.
#[derive(Clone)]
pub struct FileOptions {
    /// Number of threads; 0 takes one for each core.
    pub threads: usize,
    /// Leave out what git ignores and does not track.
    pub respect_gitignore: bool,
    /// The configuration's path allow-list, asked with the path as shown; what it names is counted as skipped.
    pub excludes: Option<Excludes>,
    /// Whether archives and databases are opened.
    pub archives: Archives,
    /// Files that this program writes, as absolute paths without links: the reports. They are no input: not scanned, not
    /// counted.
    pub outputs: Vec<PathBuf>,
    /// Only the files of this part; the sink is told of the others as skipped.
    pub shard: Option<Shard>,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self {
            threads: 0,
            respect_gitignore: true,
            excludes: None,
            archives: Archives::default(),
            outputs: Vec::new(),
            shard: None,
        }
    }
}

/// Something to read, or to tell the sink.
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
    let threads = if roots.is_one_file() { 1 } else { threads(options.threads) };
    let Roots { mut items, files, folders } = roots;
    items.extend(files.into_iter().map(|Root { path, shown, .. }| Item::File { path, shown }));
    take_all(items, threads, options, sink);
    for folder in &folders {
        let found = walk::scan_below(folder, threads, options, sink);
        let mut items = if options.respect_gitignore { tracked::ignored(folder, &found) } else { Vec::new() };
        let files = items.iter().filter(|item| matches!(item, Item::File { .. })).count() as u64;
        if found.count + files == 0 && folder.carved.is_empty() {
            items.push(Item::Notice(format!("{}: no file to scan in this folder", folder.shown)));
        }
        take_all(items, threads, options, sink);
    }
}

pub(super) fn threads(wanted: usize) -> usize {
    match wanted {
        0 => std::thread::available_parallelism().map_or(1, NonZero::get),
        given => given,
    }
}

/// Deals with `items` on up to `threads` threads, the calling one included.
fn take_all<S: Sink>(items: Vec<Item>, threads: usize, options: &FileOptions, sink: &S) {
    let threads = threads.min(items.len());
    let items = Mutex::new(items.into_iter());
    let work = || {
        let mut reader = Reader::new(options, sink);
        while let Some(item) = next(&items) {
            reader.take(item);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        if threads > 0 {
            work();
        }
    });
}

/// Takes the next one; the lock is free again when this returns.
fn next(items: &Mutex<std::vec::IntoIter<Item>>) -> Option<Item> {
    items.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// One thread's part: a worker of the sink and the buffers to read with.
struct Reader<'a, W> {
    worker: W,
    blobs: BlobReader,
    outputs: &'a [PathBuf],
    shard: Option<Shard>,
}

impl<'a, W: BlobSink> Reader<'a, W> {
    fn new(options: &'a FileOptions, sink: &impl Sink<Worker = W>) -> Self {
        let blobs = BlobReader::new(options.archives, options.excludes.as_ref());
        Self { worker: sink.worker(), blobs, outputs: &options.outputs, shard: options.shard }
    }

    fn take(&mut self, item: Item) {
        match item {
            Item::File { path, shown } => self.read(&path, shown),
            Item::Skipped(path, reason) => {
                if self.is_own(&path) {
                    self.worker.skipped(path, reason);
                }
            }
            Item::Failed(failure) => self.worker.failed(failure),
            Item::Notice(text) => self.worker.notice(text),
        }
    }

    /// Names are compared first: to resolve the path of every file would cost more than it is worth.
    fn is_output(&self, path: &Path) -> bool {
        self.outputs.iter().any(|output| {
            output.file_name() == path.file_name() && path.canonicalize().is_ok_and(|path| path == *output)
        })
    }

    /// False for what another shard deals with.
    fn is_own(&mut self, shown: &str) -> bool {
        let Some(shard) = self.shard else { return true };
        let own = shard.holds(shown);
        self.worker.dealt(own);
        own
    }

    fn read(&mut self, path: &Path, shown: String) {
        if self.is_output(path) || !self.is_own(&shown) {
            return;
        }
        if self.blobs.excludes(&shown) {
            self.worker.skipped(shown, SkipReason::ConfiguredPath);
            return;
        }
        match open::open(path) {
            Err(error) => self.worker.failed(failure::of_io(shown, &error)),
            Ok(Opened::Special) => self.worker.skipped(shown, SkipReason::SpecialFile),
            Ok(Opened::Regular(file)) => {
                let origin = Arc::new(Origin { path: shown.clone(), ..Origin::default() });
                let info = BlobInfo { origin, scope: Scope::All };
                let judge = |(bytes, error)| match error {
                    Some(error) => Some(failure::of_io(shown, &error)),
                    None => (!file.unchanged(bytes)).then(|| failure::of_change(shown)),
                };
                let on_disk = Some(file.on_disk(path));
                let stored = Stored { input: file.content(), expected: file.len(), file: on_disk };
                self.blobs.feed(stored, info, &mut self.worker, judge);
            }
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
