//! From changed files to a sink, on several threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gix::bstr::{BStr, ByteSlice};
use gix::object::tree::EntryKind;

use super::added;
use super::objects::{LARGEST, Objects};
use super::tree::Change;
use crate::ledger::{Failure, SkipReason};
use crate::source::read::BlobReader;
use crate::source::{Archives, BlobInfo, BlobSink, Excludes, Origin, Scope, Sink};

/// From this many files on it pays to start threads.
const FEW: usize = 16;
/// A larger old version is not compared: the new one counts as a whole.
pub(super) const LARGEST_OLD: u64 = 32 * 1024 * 1024;

/// How git's files are scanned.
#[derive(Clone, Default)]
pub struct GitOptions {
    /// Number of threads; 0 takes one for each core.
    pub threads: usize,
    /// The configuration's path allow-list, asked with the path from the top of the work tree.
    pub excludes: Option<Excludes>,
    /// Whether archives and databases are opened. One that changed counts as a whole.
    pub archives: Archives,
}

/// What one thread works with.
pub(super) struct Hands {
    pub(super) reader: BlobReader,
    /// A buffer for whole files.
    pub(super) bytes: Vec<u8>,
}

/// Deals with `items` on several threads, which take `share` neighbours at a time.
pub(super) fn each<T: Sync, S: Sink>(
    items: &[T],
    share: usize,
    objects: &Objects,
    options: &GitOptions,
    sink: &S,
    deal: impl Fn(&Objects, &T, &mut Hands, &mut S::Worker) + Sync,
) {
    let next = AtomicUsize::new(0);
    let work = |objects: &Objects| {
        let mut worker = sink.worker();
        let reader = BlobReader::new(options.archives, options.excludes.as_ref());
        let mut hands = Hands { reader, bytes: Vec::new() };
        loop {
            let from = next.fetch_add(share, Ordering::Relaxed);
            let Some(rest) = items.get(from..).filter(|rest| !rest.is_empty()) else { break };
            for item in &rest[..share.min(rest.len())] {
                deal(objects, item, &mut hands, &mut worker);
            }
        }
    };
    let threads = if items.len() < FEW {
        1
    } else {
        crate::source::files::threads(options.threads).min(items.len().div_ceil(share))
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            // Each thread has caches of its own.
            let objects = objects.clone();
            scope.spawn(move || work(&objects));
        }
        work(objects);
    });
}

/// Reports changes that are not scanned, and returns those that are.
pub(super) fn files<'a>(
    changes: &'a [Change],
    options: &GitOptions,
    worker: &mut impl BlobSink,
) -> Vec<&'a Change> {
    let mut files = Vec::new();
    for change in changes {
        let path = change.path.to_str_lossy();
        if options.excludes.as_ref().is_some_and(|excluded| excluded(&path)) {
            worker.skipped(path.into_owned(), SkipReason::ConfiguredPath);
        } else if change.new.kind == EntryKind::Commit {
            submodule(change.path.as_ref(), &change.new.id.to_string(), worker);
        } else {
            files.push(change);
        }
    }
    files
}

/// Counts and names a submodule pointer.
pub(super) fn submodule(path: &BStr, commit: &str, worker: &mut impl BlobSink) {
    worker.notice(format!("{path}: the submodule moves to commit {commit}; scan it in its own repository"));
    worker.skipped(path.to_string(), SkipReason::Submodule);
}

/// Hands the added lines of a changed file on, with the whole file for context. `remedy` is for a file that cannot be
/// read, `side` names the old version.
pub(super) fn change(
    objects: &Objects,
    change: &Change,
    remedy: &str,
    side: &str,
    reader: &mut BlobReader,
    sink: &mut impl BlobSink,
) {
    let path = change.path.to_str_lossy().into_owned();
    let new = match objects.blob(change.new.id, LARGEST) {
        Ok(data) => data,
        Err(error) => {
            sink.failed(Failure { path, cause: error.to_string(), remedy: remedy.to_owned() });
            return;
        }
    };
    let scope = match change.old.map(|old| objects.blob(old.id, LARGEST_OLD)) {
        Some(Ok(old)) if new.len() as u64 <= LARGEST_OLD => added::added_lines(&old, &new),
        None | Some(Ok(_)) => Scope::All,
        Some(Err(cause)) => {
            sink.notice(format!("{path}: scanned as a whole, because {side} was not compared: {cause}"));
            Scope::All
        }
    };
    if scope == Scope::Lines(Vec::new()) {
        return;
    }
    let info = BlobInfo { origin: Arc::new(Origin { path, ..Origin::default() }), scope };
    reader.feed_bytes(&new, info, sink);
}
