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

mod changes;
mod head;

use std::path::{Path, PathBuf};

use gix::Repository;

use super::error::GitError;
use super::objects::Objects;
use super::repository::{self, GitEnvironment};
use super::scan::{self, GitOptions};
use super::tree::Changes;
use super::{rename, tree};
use crate::source::{BlobSink, Sink};

/// Scans what is staged in the repository that `folder` is in (or that `environment` names).
///
/// Returns an error if nothing could be scanned at all. A file that could not be read is a failure at `sink`. If
/// nothing is staged, a notice says so.
pub fn scan_staged(
    folder: &Path,
    environment: &GitEnvironment,
    options: &GitOptions,
    sink: &impl Sink,
) -> Result<(), GitError> {
    let repository = repository::open_for(folder, environment)?;
    let objects = Objects::new(&repository, environment)?;
    let changes = staged_changes(&repository, &objects, folder, environment)?;
    let files = {
        let mut worker = sink.worker();
        if changes.changed.is_empty() && changes.deleted.is_empty() && changes.deleted_trees.is_empty() {
            worker.notice("nothing is staged".to_owned());
        }
        for path in &changes.conflicts {
            worker.notice(format!("{path}: in conflict; both sides were scanned"));
        }
        scan::files(&changes.changed, options, &mut worker)
    };
    let remedy = "see what `git fsck` says; stage the file again";
    scan::each(&files, 1, &objects, options, sink, |objects, change, hands, worker| {
        scan::change(objects, change, remedy, "HEAD's version", &mut hands.reader, worker);
    });
    Ok(())
}

fn staged_changes(
    repository: &Repository,
    objects: &Objects,
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
    let unreadable = |error: tree::TreeError| GitError::Head {
        path: repository.git_dir().to_path_buf(),
        cause: error.to_string(),
    };
    let mut changes = changes::between(objects, head, &index).map_err(unreadable)?;
    rename::pair(objects, &mut changes);
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
