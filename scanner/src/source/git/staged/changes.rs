//! What differs between HEAD's tree and the index.
//!
//! The index remembers the tree of every folder that did not change since it was written (the cache-tree
//! extension), and so does git when it commits: folders whose remembered tree is HEAD's are passed over whole.
//! Only trees on the way to a change are read. Without that extension every tree is.

use std::collections::HashMap;

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice};
use gix::index::entry::{Flags, Mode, Stage};
use gix::index::extension::Tree as CachedTree;
use gix::index::{Entry, State};
use gix::object::tree::EntryKind;

use crate::source::git::objects::Objects;
use crate::source::git::tree::{Changes, TreeError, Version, listing};

/// Compares `index` with the tree `head` (`None`: no commit yet).
pub(super) fn between(
    objects: &Objects,
    head: Option<ObjectId>,
    index: &State,
) -> Result<Changes, TreeError> {
    let mut comparison = Comparison { objects, index, changes: Changes::default() };
    let mut folders =
        vec![Folder { tree: head, prefix: 0, from: 0, to: index.entries().len(), cached: index.tree() }];
    // A stack of our own: paths, and so folders, can be deeper than a thread's stack.
    while let Some(folder) = folders.pop() {
        comparison.folder(&folder, &mut folders)?;
    }
    let mut changes = comparison.changes;
    changes.complete(objects)?;
    Ok(changes)
}

/// A folder to compare: HEAD's tree for it and the entries below it.
struct Folder<'a> {
    tree: Option<ObjectId>,
    /// Length of the folder's path with its `/`.
    prefix: usize,
    from: usize,
    to: usize,
    cached: Option<&'a CachedTree>,
}

struct Comparison<'a> {
    objects: &'a Objects,
    index: &'a State,
    changes: Changes,
}

impl<'a> Comparison<'a> {
    fn folder(&mut self, folder: &Folder<'a>, folders: &mut Vec<Folder<'a>>) -> Result<(), TreeError> {
        let Some(tree) = folder.tree else {
            for entry in &self.index.entries()[folder.from..folder.to] {
                self.compare(entry, None)?;
            }
            return Ok(());
        };
        if is_unchanged(folder, tree) {
            return Ok(());
        }
        let cached = children(folder.cached);
        let mut at = folder.from;
        for (name, old) in &listing(self.objects, tree)? {
            let (name, old) = (name.as_bstr(), *old);
            let is_tree = old.kind == EntryKind::Tree;
            // In the order of trees a folder's name ends with `/`, as it does in the paths of the index.
            let key = Key { name, is_tree };
            while at < folder.to && key.is_after(self.rest(at, folder.prefix)) {
                self.compare(&self.index.entries()[at], None)?;
                at += 1;
            }
            let end = at
                + self.index.entries()[at..folder.to]
                    .partition_point(|e| key.holds(&e.path(self.index)[folder.prefix..]));
            if at == end {
                self.only_in_head(folder, name, old);
            } else if is_tree {
                self.subfolder(folder, name, old.id, at..end, &cached, folders)?;
            } else {
                for staged in &self.index.entries()[at..end] {
                    self.compare(staged, Some(old))?;
                }
            }
            at = end;
        }
        for entry in &self.index.entries()[at..folder.to] {
            self.compare(entry, None)?;
        }
        Ok(())
    }

    /// The path of an entry, from the folder on.
    fn rest(&self, at: usize, prefix: usize) -> &BStr {
        self.index.entries()[at].path(self.index)[prefix..].as_bstr()
    }

    /// The path of something in HEAD. Any entry of the folder knows the way; without one the folder is the root.
    fn path_in_head(&self, folder: &Folder<'_>, name: &BStr) -> BString {
        let mut path = BString::default();
        if let Some(entry) = self.index.entries()[folder.from..folder.to].first() {
            path.extend_from_slice(&entry.path(self.index)[..folder.prefix]);
        }
        path.extend_from_slice(name);
        path
    }

    fn only_in_head(&mut self, folder: &Folder<'_>, name: &BStr, old: Version) {
        let mut path = self.path_in_head(folder, name);
        if old.kind == EntryKind::Tree {
            path.push(b'/');
        }
        self.changes.only_old(path, old);
    }

    fn subfolder(
        &mut self,
        folder: &Folder<'a>,
        name: &BStr,
        tree: ObjectId,
        entries: std::ops::Range<usize>,
        cached: &HashMap<&[u8], &'a CachedTree>,
        folders: &mut Vec<Folder<'a>>,
    ) -> Result<(), TreeError> {
        let first = &self.index.entries()[entries.start];
        if first.mode == Mode::DIR {
            // A sparse index keeps a folder outside the checkout as one entry.
            return self.sparse_folder(first.path(self.index).to_owned(), Some(tree), first.id);
        }
        folders.push(Folder {
            tree: Some(tree),
            prefix: folder.prefix + name.len() + 1,
            from: entries.start,
            to: entries.end,
            cached: cached.get(name.as_bytes()).copied(),
        });
        Ok(())
    }

    /// Compares a staged entry with what HEAD has at its path.
    fn compare(&mut self, entry: &Entry, old: Option<Version>) -> Result<(), TreeError> {
        let path = entry.path(self.index);
        if entry.flags.contains(Flags::INTENT_TO_ADD) || entry.stage() == Stage::Base {
            // Announced, but nothing of it would be committed; and the base of a conflict is neither side.
            return Ok(());
        }
        if entry.mode == Mode::DIR {
            return self.sparse_folder(path.to_owned(), None, entry.id);
        }
        let kind = match entry.mode {
            Mode::SYMLINK => EntryKind::Link,
            Mode::COMMIT => EntryKind::Commit,
            Mode::FILE_EXECUTABLE => EntryKind::BlobExecutable,
            // What git does not know either is read as a file rather than left out.
            _ => EntryKind::Blob,
        };
        let new = Version { id: entry.id, kind };
        if entry.stage() != Stage::Unconflicted {
            self.changes.conflicts.push(path.to_owned());
        }
        self.changes.push(path.to_owned(), new, old);
        Ok(())
    }

    /// Compares two trees where the index itself has only a tree. `path` ends with `/`.
    fn sparse_folder(
        &mut self,
        path: BString,
        old: Option<ObjectId>,
        new: ObjectId,
    ) -> Result<(), TreeError> {
        self.changes.compare(self.objects, path, old, new)
    }
}

/// A name in a tree.
struct Key<'a> {
    name: &'a BStr,
    is_tree: bool,
}

impl Key<'_> {
    /// True if `rest`, a path from the folder on, comes before this name and everything below it.
    fn is_after(&self, rest: &BStr) -> bool {
        if self.holds(rest) {
            return false;
        }
        let own = self.name.iter().copied().chain(self.is_tree.then_some(b'/'));
        rest.iter().copied().lt(own)
    }

    /// True if `rest` is this file, or lies in this folder.
    fn holds(&self, rest: &[u8]) -> bool {
        match rest.strip_prefix(self.name.as_bytes()) {
            Some(tail) if self.is_tree => tail.first() == Some(&b'/'),
            Some(tail) => tail.is_empty(),
            None => false,
        }
    }
}

/// True if the index remembers exactly HEAD's tree for all entries of the folder.
fn is_unchanged(folder: &Folder<'_>, tree: ObjectId) -> bool {
    folder.cached.is_some_and(|cached| {
        cached.id == tree && cached.num_entries.is_some_and(|count| count as usize == folder.to - folder.from)
    })
}

fn children(cached: Option<&CachedTree>) -> HashMap<&[u8], &CachedTree> {
    cached.map_or_else(HashMap::new, |tree| {
        tree.children.iter().map(|child| (child.name.as_slice(), child)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ordered_as_trees_order_them() {
        let key = |name, is_tree| Key { name: BStr::new(name), is_tree };
        for (rest, name, is_tree, after, holds) in [
            ("a-b", "a", true, true, false),
            ("a", "a", true, true, false),
            ("a/x", "a", true, false, true),
            ("a.c", "a", true, true, false),
            ("a0", "a", true, false, false),
            ("a", "a", false, false, true),
            ("a/x", "a", false, false, false),
            ("Z", "a", false, true, false),
            ("b", "a", false, false, false),
        ] {
            assert_eq!(key(name, is_tree).is_after(rest.into()), after, "{rest} before {name}");
            assert_eq!(key(name, is_tree).holds(rest.as_bytes()), holds, "{rest} in {name}");
        }
    }
}
