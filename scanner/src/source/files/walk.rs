//! Walking one folder, and reading it on the way.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ignore::{DirEntry, Error, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};

use super::root::Root;
use super::{FileOptions, Item, Reader, failure, shown};
use crate::ledger::SkipReason;
use crate::source::{BlobSink, Sink};

/// What a walk saw.
#[derive(Default)]
pub(super) struct Found {
    /// Files, links and special files.
    pub(super) count: u64,
    /// Folders with a `.git`, the walked one included.
    pub(super) repositories: Vec<PathBuf>,
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl Found {
    /// True if the walk came to `below`, a path below the walked folder.
    pub(super) fn has_seen(&self, below: &Path) -> bool {
        self.seen.contains(&self.hasher.hash_one(below))
    }
}

/// Scans every file below `root` on this many threads.
pub(super) fn scan_below(root: &Root, threads: usize, options: &FileOptions, sink: &impl Sink) -> Found {
    let gitignore = options.respect_gitignore;
    let repositories = std::sync::Arc::new(Mutex::new(Vec::new()));
    let mut builder = WalkBuilder::new(&root.path);
    builder
        .standard_filters(false)
        .parents(gitignore)
        .git_ignore(gitignore)
        .git_exclude(gitignore)
        .git_global(gitignore)
        .follow_links(false)
        .threads(threads);
    let (walked, canonical, carved) = (root.path.clone(), root.canonical.clone(), root.carved.clone());
    let noted = std::sync::Arc::clone(&repositories);
    builder.filter_entry(move |entry| {
        if entry.depth() == 0 {
            return true;
        }
        if entry.file_name() == ".git" {
            let parent = entry.path().parent().unwrap_or(&walked).to_path_buf();
            noted.lock().unwrap_or_else(PoisonError::into_inner).push(parent);
            return false;
        }
        carved.is_empty() || {
            let place = entry.path().strip_prefix(&walked).map(|below| canonical.join(below));
            !place.is_ok_and(|place| carved.binary_search(&place).is_ok())
        }
    });
    let hasher = RandomState::new();
    let seen = Mutex::new(HashSet::new());
    let shared = Shared { root, hasher: &hasher, seen: &seen };
    builder.build_parallel().visit(&mut Visitors { shared, options, sink });
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut repositories = std::mem::take(&mut *repositories.lock().unwrap_or_else(PoisonError::into_inner));
    repositories.sort();
    Found { count: seen.len() as u64, repositories, seen, hasher }
}

#[derive(Clone, Copy)]
struct Shared<'a> {
    root: &'a Root,
    hasher: &'a RandomState,
    seen: &'a Mutex<HashSet<u64>>,
}

struct Visitors<'a, S> {
    shared: Shared<'a>,
    options: &'a FileOptions,
    sink: &'a S,
}

impl<'a, S: Sink> ParallelVisitorBuilder<'a> for Visitors<'a, S>
where
    S::Worker: 'a,
{
    fn build(&mut self) -> Box<dyn ParallelVisitor + 'a> {
        let reader = Reader::new(self.options, self.sink);
        Box::new(Visitor { shared: self.shared, reader, seen: Vec::new() })
    }
}

struct Visitor<'a, W> {
    shared: Shared<'a>,
    reader: Reader<'a, W>,
    /// Hashes of this thread's paths below the root: eight bytes a file, where the paths would take a hundred.
    seen: Vec<u64>,
}

impl<W> Drop for Visitor<'_, W> {
    fn drop(&mut self) {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).extend(self.seen.drain(..));
    }
}

impl<W: BlobSink + Send> ParallelVisitor for Visitor<'_, W> {
    fn visit(&mut self, entry: Result<DirEntry, Error>) -> WalkState {
        match entry {
            Ok(entry) => self.take(&entry),
            Err(error) => self.reader.take(of_walk_error(&error, &self.shared.root.shown)),
        }
        WalkState::Continue
    }
}

impl<W: BlobSink> Visitor<'_, W> {
    fn take(&mut self, entry: &DirEntry) {
        if let Some(error) = entry.error() {
            // A pattern that git would not understand either; the others of the file are in force.
            self.reader.take(Item::Notice(format!("ignore rules: {error}")));
        }
        let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir()) else { return };
        if let Ok(below) = entry.path().strip_prefix(&self.shared.root.path) {
            self.seen.push(self.shared.hasher.hash_one(below));
        }
        let shown = shown(entry.path());
        if kind.is_file() {
            self.reader.read(entry.path(), shown);
        } else if kind.is_symlink() {
            self.reader.take(Item::Skipped(shown, SkipReason::Symlink));
        } else {
            self.reader.take(Item::Skipped(shown, SkipReason::SpecialFile));
        }
    }
}

/// An error of the walk: a folder that cannot be read, or an ignore file that cannot be understood.
fn of_walk_error(error: &Error, root: &str) -> Item {
    let mut path = None;
    let mut inner = error;
    loop {
        match inner {
            Error::WithPath { path: at, err } => {
                path = Some(at);
                inner = err;
            }
            Error::WithDepth { err, .. } | Error::WithLineNumber { err, .. } => inner = err,
            Error::Io(io) => {
                let path = path.map_or_else(|| root.to_owned(), |path| shown(path));
                return Item::Failed(failure::of_io(path, io));
            }
            _ => return Item::Notice(format!("ignore rules: {error}")),
        }
    }
}
