//! The git index against HEAD: what the next commit would bring.
//!
//! Every byte comes from the object database, none from the work tree: what is staged counts, not what is edited.
//! A new file counts as a whole, a changed file with the lines that `git diff --cached` shows as added; both are
//! handed on whole, for context. A file that was only renamed adds nothing, one that was renamed and changed adds
//! what changed; a copy is a new file. A symbolic link counts with its text.
//!
//! Counted, not scanned: a submodule pointer (its content belongs to another repository). Nothing to scan: deletions,
//! changes of the executable bit, files announced with `git add --intent-to-add`. During a merge the index holds what
//! comes from the other branch, and all of it is compared with HEAD, as git does; of a conflict both sides are scanned.
//!
//! Sparse, split and otherwise extended indexes, linked worktrees, SHA-256 repositories, alternates, shallow and
//! partial clones work; references in a reftable take the `git` program. No configured filter, hook or monitor runs.

mod added;
mod changes;
mod error;
mod head;
mod rename;
pub(super) mod repository;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gix::bstr::ByteSlice;
use gix::object::tree::EntryKind;
use gix::{ObjectId, Repository};

use self::changes::{Change, Changes};
pub use self::error::GitError;
pub use self::repository::GitEnvironment;
use super::read::BlobReader;
use super::{Archives, BlobInfo, BlobSink, Excludes, Origin, Scope, Sink};
use crate::ledger::{Failure, SkipReason};

/// From this many files on it pays to start threads.
const FEW: usize = 16;
/// A larger old version is not compared: the new one counts as a whole.
const LARGEST_OLD: u64 = 32 * 1024 * 1024;
/// git keeps a file in memory as a whole, and so do we; a larger one is reported instead of scanned.
const LARGEST: u64 = 1024 * 1024 * 1024;

/// How the index is scanned.
#[derive(Clone, Default)]
pub struct StagedOptions {
    /// Number of threads; 0 takes one for each core.
    pub threads: usize,
    /// The configuration's path allow-list, asked with the path from the top of the work tree.
    pub excludes: Option<Excludes>,
    /// Whether archives and databases are opened. One that changed counts as a whole.
    pub archives: Archives,
}

/// Scans what is staged in the repository that `folder` is in (or that `environment` names).
///
/// Returns an error if nothing could be scanned at all. A file that could not be read is a failure at `sink`. If
/// nothing is staged, a notice says so.
pub fn scan_staged(
    folder: &Path,
    environment: &GitEnvironment,
    options: &StagedOptions,
    sink: &impl Sink,
) -> Result<(), GitError> {
    let repository = repository::open_for(folder, environment)?;
    let changes = staged_changes(&repository, folder, environment)?;
    let files = notify(&changes, options, sink);
    if files.is_empty() {
        return Ok(());
    }
    let next = AtomicUsize::new(0);
    let share = Share { files: &files, next: &next, options };
    if files.len() < FEW {
        share.scan(&repository, sink);
        return Ok(());
    }
    let threads = super::files::threads(options.threads).min(files.len());
    let shared = repository.into_sync();
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| share.scan(&shared.to_thread_local(), sink));
        }
        share.scan(&shared.to_thread_local(), sink);
    });
    Ok(())
}

fn staged_changes(
    repository: &Repository,
    folder: &Path,
    environment: &GitEnvironment,
) -> Result<Changes, GitError> {
    let path = index_path(repository, environment);
    let index = match repository::read_index(repository, &path)? {
        Some(index) => index,
        None if environment.index_file.is_some() => return Err(GitError::NoIndexFile { path }),
        None if repository.is_bare() => return Err(GitError::Bare { path: folder.to_path_buf() }),
        // A repository without an index has nothing staged: one that was just made, or cloned without a checkout.
        None => return Ok(Changes::default()),
    };
    let head = head::tree(repository, environment)?;
    let unreadable = |error: gix::Error| GitError::Head {
        path: repository.git_dir().to_path_buf(),
        cause: repository::chain(&error),
    };
    let mut changes = changes::between(repository, head, &index).map_err(unreadable)?;
    rename::pair(repository, &mut changes);
    Ok(changes)
}

fn index_path(repository: &Repository, environment: &GitEnvironment) -> PathBuf {
    match (&environment.index_file, repository.workdir()) {
        (None, _) => repository.index_path(),
        // git has changed into the work tree when it reads the variable.
        (Some(path), Some(work_tree)) if path.is_relative() => work_tree.join(path),
        (Some(path), _) => path.clone(),
    }
}

/// Reports what is not scanned, and returns what is.
fn notify<'a>(changes: &'a Changes, options: &StagedOptions, sink: &impl Sink) -> Vec<&'a Change> {
    let mut worker = sink.worker();
    if changes.changed.is_empty() && changes.deleted.is_empty() {
        worker.notice("nothing is staged".to_owned());
    }
    for path in &changes.conflicts {
        worker.notice(format!("{path}: in conflict; both sides were scanned"));
    }
    let mut files = Vec::new();
    for change in &changes.changed {
        let path = change.path.to_str_lossy();
        if options.excludes.as_ref().is_some_and(|excluded| excluded(&path)) {
            worker.skipped(path.into_owned(), SkipReason::ConfiguredPath);
        } else if change.new.kind == EntryKind::Commit {
            worker.notice(format!(
                "{path}: the submodule moves to commit {}; scan it in its own repository",
                change.new.id
            ));
            worker.skipped(path.into_owned(), SkipReason::Submodule);
        } else {
            files.push(change);
        }
    }
    files
}

/// The files, and how far all threads together have come.
struct Share<'a> {
    files: &'a [&'a Change],
    next: &'a AtomicUsize,
    options: &'a StagedOptions,
}

impl Share<'_> {
    /// One thread's part.
    fn scan(&self, repository: &Repository, sink: &impl Sink) {
        let mut worker = sink.worker();
        let mut reader = BlobReader::new(self.options.archives, self.options.excludes.as_ref());
        while let Some(change) = self.files.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            scan_file(repository, change, &mut reader, &mut worker);
        }
    }
}

fn scan_file(repository: &Repository, change: &Change, reader: &mut BlobReader, sink: &mut impl BlobSink) {
    let path = change.path.to_str_lossy().into_owned();
    let new = match read(repository, change.new.id, LARGEST) {
        Ok(data) => data,
        Err(cause) => {
            let remedy = "see what `git fsck` says; stage the file again".to_owned();
            sink.failed(Failure { path, cause, remedy });
            return;
        }
    };
    let scope = match change.old.map(|old| read(repository, old.id, LARGEST_OLD)) {
        Some(Ok(old)) if new.len() as u64 <= LARGEST_OLD => added::added_lines(&old, &new),
        None | Some(Ok(_)) => Scope::All,
        Some(Err(cause)) => {
            sink.notice(format!(
                "{path}: scanned as a whole, because HEAD's version was not compared: {cause}"
            ));
            Scope::All
        }
    };
    if scope == Scope::Lines(Vec::new()) {
        return;
    }
    let info = BlobInfo { origin: Arc::new(Origin { path, ..Origin::default() }), scope };
    reader.feed_bytes(&new, info, sink);
}

/// An object's content, or why there is none.
fn read(repository: &Repository, id: ObjectId, limit: u64) -> Result<Vec<u8>, String> {
    let missing =
        |error: gix::Error| format!("object {id} is missing or damaged: {}", repository::chain(&error));
    let size = repository.find_header(id).map_err(missing)?.size();
    if size > limit {
        return Err(format!("object {id} has {size} bytes, more than {limit}"));
    }
    Ok(repository.find_object(id).map_err(missing)?.detach().data)
}
