//! Walking one folder.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::Sender;
use ignore::{DirEntry, Error, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};

use super::root::Root;
use super::{Item, failure, shown};
use crate::ledger::SkipReason;

/// A walk is bound by system calls: more threads than this only wait for each other.
const MOST_THREADS: usize = 4;

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

/// Sends every file below `root` to the readers.
pub(super) fn send_below(root: &Root, gitignore: bool, threads: usize, sender: &Sender<Item>) -> Found {
    let repositories = std::sync::Arc::new(Mutex::new(Vec::new()));
    let mut builder = WalkBuilder::new(&root.path);
    builder
        .standard_filters(false)
        .parents(gitignore)
        .git_ignore(gitignore)
        .git_exclude(gitignore)
        .git_global(gitignore)
        .follow_links(false)
        .threads(threads.min(MOST_THREADS));
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
    builder.build_parallel().visit(&mut Visitors { root, sender, hasher: &hasher, seen: &seen });
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut repositories = std::mem::take(&mut *repositories.lock().unwrap_or_else(PoisonError::into_inner));
    repositories.sort();
    Found { count: seen.len() as u64, repositories, seen, hasher }
}

#[derive(Clone, Copy)]
struct Visitors<'a> {
    root: &'a Root,
    sender: &'a Sender<Item>,
    hasher: &'a RandomState,
    seen: &'a Mutex<HashSet<u64>>,
}

impl<'a> ParallelVisitorBuilder<'a> for Visitors<'a> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 'a> {
        Box::new(Visitor { shared: *self, seen: Vec::new() })
    }
}

struct Visitor<'a> {
    shared: Visitors<'a>,
    /// Hashes of this thread's paths below the root: eight bytes a file, where the paths would take a hundred.
    seen: Vec<u64>,
}

impl Drop for Visitor<'_> {
    fn drop(&mut self) {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).extend(self.seen.drain(..));
    }
}

impl ParallelVisitor for Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, Error>) -> WalkState {
        let sent = match entry {
            Ok(entry) => self.send_entry(entry),
            Err(error) => self.shared.sender.send(of_walk_error(&error, &self.shared.root.shown)).is_ok(),
        };
        if sent { WalkState::Continue } else { WalkState::Quit }
    }
}

impl Visitor<'_> {
    /// False if no reader is left.
    fn send_entry(&mut self, entry: DirEntry) -> bool {
        if let Some(error) = entry.error() {
            // A pattern that git would not understand either; the others of the file are in force.
            let notice = Item::Notice(format!("ignore rules: {error}"));
            if self.shared.sender.send(notice).is_err() {
                return false;
            }
        }
        let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir()) else { return true };
        if let Ok(below) = entry.path().strip_prefix(&self.shared.root.path) {
            self.seen.push(self.shared.hasher.hash_one(below));
        }
        let shown = shown(entry.path());
        let item = if kind.is_file() {
            Item::File { path: entry.into_path(), shown }
        } else if kind.is_symlink() {
            Item::Skipped(shown, SkipReason::Symlink)
        } else {
            Item::Skipped(shown, SkipReason::SpecialFile)
        };
        self.shared.sender.send(item).is_ok()
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
