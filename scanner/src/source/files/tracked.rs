//! Ignored files that git tracks all the same.
//!
//! Ignore rules say nothing about a file that is already in the index: git goes on committing it. A walk that
//! follows the rules misses it, and an ignored `.env` that someone added with force is where secrets are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use gix::index::entry::Mode;
use gix::index::{Entry, State};

use super::root::Root;
use super::walk::Found;
use super::{Item, shown};
use crate::source::git::repository;

/// The tracked files below `root` that the walk did not come to, and notices about indexes.
///
/// Looks into the repository around the folder and those that the walk found inside it. A folder outside any
/// repository has none; an index that cannot be read is a notice.
pub(super) fn ignored(root: &Root, found: &Found) -> Vec<Item> {
    let mut items = Vec::new();
    for (work_tree, index) in indexes(root, found, &mut items) {
        for entry in entries_below(&index, &prefix_below(&work_tree, root)) {
            if !matches!(entry.mode, Mode::FILE | Mode::FILE_EXECUTABLE) {
                continue;
            }
            let Ok(path) = gix::path::from_bstr(entry.path(&index)) else { continue };
            let place = work_tree.join(path);
            let Ok(below) = place.strip_prefix(&root.canonical) else { continue };
            if found.has_seen(below) || root.carved.iter().any(|carved| place.starts_with(carved)) {
                continue;
            }
            let path = root.path.join(below);
            // What is tracked and not there (deleted, left out by a sparse checkout) has no bytes in this folder.
            if !std::fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_file()) {
                continue;
            }
            let shown = shown(&path);
            items.push(Item::File { path, shown });
        }
    }
    items
}

/// Work trees (canonical) with their indexes.
fn indexes(root: &Root, found: &Found, items: &mut Vec<Item>) -> Vec<(PathBuf, gix::index::File)> {
    let around = repository::discover(&root.canonical).ok();
    let inside = found.repositories.iter().filter_map(|folder| repository::open_work_tree(folder).ok());
    let mut known = BTreeSet::new();
    let mut indexes = Vec::new();
    for repository in around.into_iter().chain(inside) {
        let Some(work_tree) = repository.workdir().and_then(|path| path.canonicalize().ok()) else {
            continue;
        };
        if !known.insert(work_tree.clone()) {
            continue;
        }
        match repository::read_index(&repository, &repository.index_path()) {
            Ok(Some(index)) => indexes.push((work_tree, index)),
            Ok(None) => {}
            Err(error) => {
                items.push(Item::Notice(format!(
                    "ignored files that git tracks were not looked for: {error}"
                )));
            }
        }
    }
    indexes
}

/// The part of `root` below the work tree, as the index writes it; empty if the work tree lies below `root`.
fn prefix_below(work_tree: &Path, root: &Root) -> Vec<u8> {
    let below =
        root.canonical.strip_prefix(work_tree).ok().and_then(|below| gix::path::into_bstr(below).ok());
    let mut prefix = match below {
        Some(below) => gix::path::to_unix_separators_on_windows(below).to_vec(),
        None => Vec::new(),
    };
    if !prefix.is_empty() {
        prefix.push(b'/');
    }
    prefix
}

/// The entries whose path begins with `prefix`.
fn entries_below<'a>(index: &'a State, prefix: &[u8]) -> &'a [Entry] {
    let entries = index.entries();
    let from = entries.partition_point(|entry| entry.path(index).as_bytes() < prefix);
    let count = entries[from..].partition_point(|entry| entry.path(index).starts_with(prefix));
    &entries[from..from + count]
}
