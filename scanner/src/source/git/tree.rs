//! What differs between two trees.

use std::collections::BTreeMap;

use gix::ObjectId;
use gix::bstr::BString;
use gix::object::tree::EntryKind;
use gix::objs::TreeRefIter;

use super::error::chain;
use super::objects::{ObjectError, Objects};

/// Beyond this many differing paths a comparison is given up: a few crafted trees can name billions.
const MOST_PATHS: usize = 2_000_000;

/// One version of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) id: ObjectId,
    pub(super) kind: EntryKind,
}

/// A path whose content is not what the old side has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: BString,
    pub(super) new: Version,
    /// The old side's version, if it has a file there.
    pub(super) old: Option<Version>,
}

/// The difference.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// New and changed files and submodules, by path.
    pub(super) changed: Vec<Change>,
    /// Files that only the old side has, by path. Listed only if something is new, which may be one of them renamed.
    pub(super) deleted: Vec<(BString, Version)>,
    /// Paths in conflict (in an index), both sides of which are in `changed`, by path.
    pub(super) conflicts: Vec<BString>,
    /// Trees that only the old side has, with their path and its `/`.
    pub(super) deleted_trees: Vec<(BString, ObjectId)>,
}

/// Why two trees could not be compared.
#[derive(Debug, thiserror::Error)]
pub(super) enum TreeError {
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error("more than {MOST_PATHS} paths differ")]
    Many,
}

/// Compares tree `old` (`None`: nothing) with tree `new`.
pub(super) fn between(objects: &Objects, old: Option<ObjectId>, new: ObjectId) -> Result<Changes, TreeError> {
    let mut changes = Changes::default();
    changes.compare(objects, BString::default(), old, new)?;
    changes.complete(objects)?;
    Ok(changes)
}

impl Changes {
    /// Adds what differs below `path`, which is empty or ends with `/`.
    pub(super) fn compare(
        &mut self,
        objects: &Objects,
        path: BString,
        old: Option<ObjectId>,
        new: ObjectId,
    ) -> Result<(), TreeError> {
        // A stack of our own: paths, and so folders, can be deeper than a thread's stack.
        let mut pairs = vec![(path, old, new)];
        while let Some((path, old, new)) = pairs.pop() {
            if old == Some(new) {
                continue;
            }
            let mut before: BTreeMap<BString, Version> = match old {
                Some(old) => listing(objects, old)?.into_iter().collect(),
                None => BTreeMap::new(),
            };
            for (name, new) in listing(objects, new)? {
                let below = join(&path, &name, new.kind);
                let old = before.remove(&name);
                if new.kind != EntryKind::Tree {
                    if let Some(tree) = old.filter(|old| old.kind == EntryKind::Tree) {
                        self.deleted_trees.push((join(&path, &name, tree.kind), tree.id));
                    }
                    self.push(below, new, old);
                } else if let Some(file) = old.filter(|old| old.kind != EntryKind::Tree) {
                    self.deleted.push((join(&path, &name, file.kind), file));
                    pairs.push((below, None, new.id));
                } else {
                    pairs.push((below, old.map(|old| old.id), new.id));
                }
            }
            for (name, old) in before {
                self.only_old(join(&path, &name, old.kind), old);
            }
            if self.changed.len() + pairs.len() > MOST_PATHS {
                return Err(TreeError::Many);
            }
        }
        Ok(())
    }

    /// Notes a difference, if it is one in content.
    pub(super) fn push(&mut self, path: BString, new: Version, old: Option<Version>) {
        let old = old.filter(|old| class(old.kind) == class(new.kind));
        if old.is_none_or(|old| old.id != new.id) {
            self.changed.push(Change { path, new, old });
        }
    }

    /// Notes what only the old side has; a tree's path ends with `/`.
    pub(super) fn only_old(&mut self, path: BString, old: Version) {
        if old.kind == EntryKind::Tree {
            self.deleted_trees.push((path, old.id));
        } else {
            self.deleted.push((path, old));
        }
    }

    /// Lists the files of deleted trees where they may matter, and puts everything in order.
    pub(super) fn complete(&mut self, objects: &Objects) -> Result<(), TreeError> {
        if self.changed.iter().any(|change| change.old.is_none()) {
            while let Some((path, tree)) = self.deleted_trees.pop() {
                for (name, version) in listing(objects, tree)? {
                    self.only_old(join(&path, &name, version.kind), version);
                }
                if self.deleted.len() + self.deleted_trees.len() > MOST_PATHS {
                    return Err(TreeError::Many);
                }
            }
        }
        self.changed.sort_by(|a, b| (&a.path, a.new.id).cmp(&(&b.path, b.new.id)));
        self.changed.dedup();
        self.deleted.sort_by(|a, b| a.0.cmp(&b.0));
        self.conflicts.sort();
        self.conflicts.dedup();
        Ok(())
    }
}

/// The entries of a tree, in its order. One that names a path twice gives both.
pub(super) fn listing(objects: &Objects, tree: ObjectId) -> Result<Vec<(BString, Version)>, ObjectError> {
    let data = objects.tree(tree)?;
    TreeRefIter::from_bytes(&data, objects.hash)
        .map(|entry| {
            let entry = entry.map_err(|error| ObjectError::Damaged { id: tree, cause: chain(&error) })?;
            let version = Version { id: entry.oid.to_owned(), kind: entry.mode.kind() };
            Ok((entry.filename.to_owned(), version))
        })
        .collect()
}

/// The path of `name` below `path`; a tree's ends with `/`.
fn join(path: &BString, name: &BString, kind: EntryKind) -> BString {
    let mut below = path.clone();
    below.extend_from_slice(name);
    if kind == EntryKind::Tree {
        below.push(b'/');
    }
    below
}

/// Kinds between which a change is one of content: the executable bit is none.
fn class(kind: EntryKind) -> EntryKind {
    if kind == EntryKind::BlobExecutable { EntryKind::Blob } else { kind }
}
