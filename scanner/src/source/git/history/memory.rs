//! What earlier scans of a history say about this one: commits that need no walk, blobs that need no read.
//!
//! Nothing of a repository's text is kept: a place in history is a commit and the numbers of the entries on the way
//! through its trees.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice};
use gix::object::tree::EntryKind;

use crate::source::git::objects::Objects;
use crate::source::git::tree::{Version, listing};
use crate::source::git::walk::CommitData;

/// Knows what was scanned before, under the same rules, model and settings.
pub trait Memory: Sync {
    /// True if the blob with this id was scanned at this path and found clean.
    fn is_clean(&self, blob: &[u8], path: &str) -> bool;
    /// The last complete scan of the same history.
    fn visit(&self) -> Option<Visit>;
}

/// Knows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMemory;

impl Memory for NoMemory {
    fn is_clean(&self, _: &[u8], _: &str) -> bool {
        false
    }

    fn visit(&self) -> Option<Visit> {
        None
    }
}

/// A complete scan of a history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visit {
    /// The commits it began at.
    pub tips: Vec<Vec<u8>>,
    /// Those of them that are before no other one: everything before these was scanned.
    pub heads: Vec<Vec<u8>>,
    /// What has to be looked at again: findings, submodules, paths that are left out.
    pub trails: Vec<Trail>,
    /// How many commits it went through.
    pub commits: u64,
    /// How many different blobs they bring.
    pub blobs: u64,
}

/// Where something stands in a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// The commit's id.
    pub commit: Vec<u8>,
    /// Numbers of the entries on the way through its trees.
    pub steps: Vec<u32>,
}

/// What is at the end of a trail: the commit, the path, and what is there.
pub(super) type Place = (ObjectId, BString, Version);

/// Trees that were read, for trails that go the same way.
#[derive(Default)]
pub(super) struct Trails {
    trees: HashMap<ObjectId, Vec<(BString, Version)>>,
}

impl Trails {
    /// The trail to `path` in `commit`.
    pub(super) fn to(&mut self, objects: &Objects, commit: ObjectId, path: &BStr) -> Option<Trail> {
        let mut tree = CommitData::read(objects, commit).ok()?.tree;
        let mut steps = Vec::new();
        let mut names = path.split_str("/").peekable();
        while let Some(name) = names.next() {
            let entries = self.entries(objects, tree)?;
            let last = names.peek().is_none();
            let fits = |(entry, version): &(BString, Version)| {
                entry == name && (version.kind == EntryKind::Tree) != last
            };
            let at = entries.iter().position(fits)?;
            tree = entries[at].1.id;
            steps.push(at as u32);
        }
        Some(Trail { commit: commit.as_bytes().to_vec(), steps })
    }

    /// What a trail leads to.
    pub(super) fn follow(&mut self, objects: &Objects, trail: &Trail) -> Option<Place> {
        let commit = ObjectId::try_from(trail.commit.as_slice()).ok()?;
        let mut version = Version { id: CommitData::read(objects, commit).ok()?.tree, kind: EntryKind::Tree };
        let mut path = BString::default();
        for &step in &trail.steps {
            let (name, next) = self.entries(objects, version.id)?.get(step as usize)?;
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(name);
            version = *next;
        }
        (version.kind != EntryKind::Tree).then_some((commit, path, version))
    }

    fn entries(&mut self, objects: &Objects, tree: ObjectId) -> Option<&[(BString, Version)]> {
        Some(match self.trees.entry(tree) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(listing(objects, tree).ok()?),
        })
    }
}
