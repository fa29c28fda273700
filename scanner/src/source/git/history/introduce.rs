//! Which blobs history holds, each with the commit that brings it first.
//!
//! Commits come parents first. A tree or a blob that was seen in an earlier one is passed over, so each is looked at
//! once, and whatever merges bring of their own is theirs. A few crafted trees that name billions of paths cost no more.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice};
use gix::object::tree::EntryKind;
use gix::objs::{Kind, TreeRefIter};

use super::memory::Place;
use crate::source::Excludes;
use crate::source::git::objects::{ObjectError, Objects};

/// Stands for no commit: the blob of a tag, or one that nothing leads to.
pub(super) const NO_COMMIT: u32 = u32::MAX;

/// What became of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It was not scanned, or not whole, or there was something to say about it.
    Trouble,
    /// It was scanned whole.
    Scanned,
    /// An earlier scan found it clean.
    KnownClean,
}

/// A blob to scan.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) blob: ObjectId,
    /// Number of its path in [`Introductions::paths`].
    pub(super) path: u32,
    /// Number of its commit in the order of the walk, or [`NO_COMMIT`].
    pub(super) commit: u32,
    /// What the commit's parents have in its place, if only the lines that it adds count.
    pub(super) old: Option<Vec<ObjectId>>,
    /// It takes much memory, as far as can be told without reading it.
    pub(super) large: bool,
    /// Set by the thread that scans it.
    state: AtomicU8,
}

impl Task {
    fn new(blob: ObjectId, path: u32, commit: u32, old: Option<Vec<ObjectId>>) -> Self {
        Self { blob, path, commit, old, large: false, state: AtomicU8::new(State::Trouble as u8) }
    }

    pub(super) fn set(&self, state: State) {
        self.state.store(state as u8, Ordering::Relaxed);
    }

    pub(super) fn state(&self) -> State {
        let states = [State::Trouble, State::Scanned, State::KnownClean];
        let found = self.state.load(Ordering::Relaxed);
        states.into_iter().find(|&state| state as u8 == found).unwrap_or(State::Trouble)
    }
}

/// What was found on the way.
#[derive(Default)]
pub(super) struct Introductions {
    pub(super) tasks: Vec<Task>,
    pub(super) paths: Paths,
    /// Submodules: their path and the commit of theirs that stood there first.
    pub(super) submodules: Vec<(BString, ObjectId, u32)>,
    /// Paths that the configuration leaves out, with a commit that has them.
    pub(super) excluded: Vec<(BString, u32)>,
    /// Trees that could not be read, with the commit and the path.
    pub(super) unread: Vec<(u32, BString, ObjectError)>,
    noted: BTreeSet<BString>,
    seen: Seen,
}

/// Paths, each once.
#[derive(Default)]
pub(super) struct Paths {
    all: Vec<Arc<[u8]>>,
    numbers: HashMap<Arc<[u8]>, u32>,
}

impl Paths {
    pub(super) fn get(&self, number: u32) -> &BStr {
        self.all[number as usize].as_bstr()
    }

    fn number(&mut self, path: &BStr) -> u32 {
        if let Some(&number) = self.numbers.get(path.as_bytes()) {
            return number;
        }
        let (number, path) = (self.all.len() as u32, Arc::<[u8]>::from(path.as_bytes()));
        self.all.push(Arc::clone(&path));
        self.numbers.insert(path, number);
        number
    }
}

/// Ids that were seen. Half an id is enough to tell it: whoever can make two objects whose first 16 bytes agree can
/// as well make two whose ids are the same, which git itself could not tell apart.
#[derive(Default)]
struct Seen(HashSet<Key, gix::hashtable::hash::Builder>);

#[derive(PartialEq, Eq)]
struct Key([u8; 16]);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // An id is a hash already.
        state.write(&self.0);
    }
}

impl Seen {
    /// Adds an id; false if it was there. `place` tells apart the same id in several places.
    fn insert(&mut self, id: &gix::oid, place: u64) -> bool {
        let mut key = [0; 16];
        key.copy_from_slice(&id.as_bytes()[..16]);
        for (byte, other) in key.iter_mut().zip(place.to_ne_bytes()) {
            *byte ^= other;
        }
        self.0.insert(Key(key))
    }
}

/// Goes through trees.
pub(super) struct Introducer<'a> {
    pub(super) objects: &'a Objects,
    pub(super) excludes: Option<&'a Excludes>,
    pub(super) found: Introductions,
    places: RandomState,
    buffer: Vec<u8>,
}

impl<'a> Introducer<'a> {
    pub(super) fn new(objects: &'a Objects, excludes: Option<&'a Excludes>) -> Self {
        let found = Introductions::default();
        Self { objects, excludes, found, places: RandomState::new(), buffer: Vec::new() }
    }

    /// Takes all blobs of `tree` that are new. `commit` is the number of its commit.
    pub(super) fn tree(&mut self, tree: ObjectId, commit: u32) {
        self.walk(tree, Some(commit));
    }

    /// Takes note of all blobs of `tree`, as seen before.
    pub(super) fn know(&mut self, tree: ObjectId) {
        self.walk(tree, None);
    }

    /// Takes a blob, if it is new.
    pub(super) fn blob(&mut self, blob: ObjectId, path: &BStr, commit: u32, old: Option<Vec<ObjectId>>) {
        if self.found.seen.insert(&blob, 0) {
            let path = self.found.paths.number(path);
            self.found.tasks.push(Task::new(blob, path, commit, old));
        }
    }

    /// Takes what an earlier scan wants to be looked at again; its commits are added to `commits`.
    pub(super) fn again(&mut self, places: Vec<Place>, commits: &mut Vec<ObjectId>) {
        for (commit, path, version) in places {
            if commits.last() != Some(&commit) {
                commits.push(commit);
            }
            let number = commits.len() as u32 - 1;
            if version.kind == EntryKind::Commit {
                self.submodule(path, version.id, number);
            } else if !self.is_excluded(path.as_ref(), number) {
                self.blob(version.id, path.as_ref(), number, None);
            }
        }
    }

    /// Notes a submodule, once for each path.
    pub(super) fn submodule(&mut self, path: BString, id: ObjectId, commit: u32) {
        if self.found.noted.insert(path.clone()) {
            self.found.submodules.push((path, id, commit));
        }
    }

    /// True if the configuration leaves `path` out, which is noted once.
    pub(super) fn is_excluded(&mut self, path: &BStr, commit: u32) -> bool {
        let excluded = self.excludes.is_some_and(|excluded| excluded(&path.to_str_lossy()));
        if excluded && self.found.noted.insert(path.to_owned()) {
            self.found.excluded.push((path.to_owned(), commit));
        }
        excluded
    }

    fn walk(&mut self, tree: ObjectId, commit: Option<u32>) {
        let mut stack = vec![(tree, BString::default())];
        let mut buffer = std::mem::take(&mut self.buffer);
        while let Some((tree, path)) = stack.pop() {
            // With an allow-list what a tree holds depends on where it is.
            let place = self.excludes.map_or(0, |_| self.places.hash_one(&path));
            if tree.is_empty_tree() || !self.found.seen.insert(&tree, place) {
                continue;
            }
            let read = self.objects.read_into(tree, Kind::Tree, &mut buffer);
            if let Err(error) = read.and_then(|()| self.entries(tree, &path, &buffer, commit, &mut stack)) {
                self.found.unread.push((commit.unwrap_or(NO_COMMIT), path, error));
            }
        }
        self.buffer = buffer;
    }

    fn entries(
        &mut self,
        tree: ObjectId,
        path: &BString,
        data: &[u8],
        commit: Option<u32>,
        stack: &mut Vec<(ObjectId, BString)>,
    ) -> Result<(), ObjectError> {
        let first = stack.len();
        for entry in TreeRefIter::from_bytes(data, self.objects.hash) {
            let entry = entry.map_err(|error| ObjectError::Damaged { id: tree, cause: error.to_string() })?;
            let below = || {
                let mut below = path.clone();
                below.extend_from_slice(entry.filename);
                below
            };
            match (entry.mode.kind(), commit) {
                (EntryKind::Tree, _) => {
                    let mut below = below();
                    below.push(b'/');
                    stack.push((entry.oid.to_owned(), below));
                }
                (EntryKind::Commit, None) => {}
                (EntryKind::Commit, Some(commit)) => self.submodule(below(), entry.oid.to_owned(), commit),
                (_, None) => {
                    self.found.seen.insert(entry.oid, 0);
                }
                (_, Some(commit)) if self.excludes.is_some() => {
                    let below = below();
                    if !self.is_excluded(below.as_ref(), commit) {
                        self.blob(entry.oid.to_owned(), below.as_ref(), commit, None);
                    }
                }
                (_, Some(commit)) => {
                    if self.found.seen.insert(entry.oid, 0) {
                        let path = self.found.paths.number(below().as_ref());
                        self.found.tasks.push(Task::new(entry.oid.to_owned(), path, commit, None));
                    }
                }
            }
        }
        // The first folder is the next one to be looked at.
        stack[first..].reverse();
        Ok(())
    }
}
