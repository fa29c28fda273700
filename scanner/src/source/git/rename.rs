//! Which new file is an old one under another name.
//!
//! As git does it for a commit: first equal content, one old file for one new one; then the most similar pairs whose
//! common lines make up at least half of the larger file. What a renamed file keeps was in HEAD before, so a pair
//! that git would not show can hide nothing that is new. Copies are not tracked: a secret in a second place is a
//! new occurrence.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice};
use gix::object::tree::EntryKind;
use gix::objs::Kind;

use super::objects::Objects;
use super::tree::{Change, Changes, Version};

/// Beyond this many files on either side only equal content is looked for, as in git.
const MOST_FILES: usize = 1000;
/// Beyond this many pairs too, so that a hook stays quick.
const MOST_PAIRS: usize = 100_000;
/// Larger files are compared by id only.
const LARGEST: u64 = 4 * 1024 * 1024;
/// git looks at lines in pieces of at most this size, so that files of one line have parts in common too.
const CHUNK: usize = 64;

/// Gives renamed files in `changes` their old version, and drops those that only have a new name.
pub(super) fn pair(objects: &Objects, changes: &mut Changes) {
    let mut old: Vec<(BString, Version)> =
        changes.deleted.iter().filter(|(_, version)| is_file(version.kind)).cloned().collect();
    if old.is_empty() {
        return;
    }
    drop_moved(changes, &mut old);
    let new: Vec<usize> = (0..changes.changed.len())
        .filter(|&at| changes.changed[at].old.is_none() && is_file(changes.changed[at].new.kind))
        .filter(|&at| changes.conflicts.binary_search(&changes.changed[at].path).is_err())
        .collect();
    if new.len().max(old.len()) > MOST_FILES || new.len() * old.len() > MOST_PAIRS {
        return;
    }
    pair_similar(objects, changes, &new, &old);
}

fn is_file(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable)
}

/// Drops new files whose content a deleted file had; each deleted file answers for one, best for its namesake.
fn drop_moved(changes: &mut Changes, old: &mut Vec<(BString, Version)>) {
    let mut by_id: BTreeMap<ObjectId, Vec<BString>> = BTreeMap::new();
    for (path, version) in old.iter() {
        by_id.entry(version.id).or_default().push(path.clone());
    }
    let mut used = BTreeSet::new();
    changes.changed.retain(|change| {
        if change.old.is_some() || !is_file(change.new.kind) {
            return true;
        }
        let Some(sources) = by_id.get_mut(&change.new.id).filter(|sources| !sources.is_empty()) else {
            return true;
        };
        let namesake = sources.iter().position(|source| name(source.as_ref()) == name(change.path.as_ref()));
        used.insert(sources.remove(namesake.unwrap_or(0)));
        false
    });
    old.retain(|(path, _)| !used.contains(path));
}

fn name(path: &BStr) -> &[u8] {
    path.rsplit_str("/").next().unwrap_or(path)
}

/// Pairs what is left by common lines.
fn pair_similar(objects: &Objects, changes: &mut Changes, new: &[usize], old: &[(BString, Version)]) {
    let mut profiles =
        Profiles { objects, hasher: RandomState::new(), sizes: HashMap::new(), known: HashMap::new() };
    let mut pairs = Vec::new();
    for &at in new {
        let Change { path, new, .. } = &changes.changed[at];
        for (source, (old_path, old)) in old.iter().enumerate() {
            if let Some(score) = profiles.similarity(old.id, new.id) {
                let namesake = name(path.as_ref()) == name(old_path.as_ref());
                pairs.push((Reverse(score), Reverse(namesake), at, source));
            }
        }
    }
    pairs.sort_unstable();
    let mut used = BTreeSet::new();
    for (_, _, at, source) in pairs {
        if changes.changed[at].old.is_none() && used.insert(source) {
            changes.changed[at].old = Some(old[source].1);
        }
    }
}

/// A file's pieces: hash and total length of equal ones, by hash.
type Profile = Vec<(u64, u64)>;

struct Profiles<'a> {
    objects: &'a Objects,
    hasher: RandomState,
    /// `None`: too large, or not readable (which the scan of the file itself will report).
    sizes: HashMap<ObjectId, Option<u64>>,
    known: HashMap<ObjectId, Option<Profile>>,
}

impl Profiles<'_> {
    /// Share of the larger file in thousandths that both files have, if it is at least half.
    fn similarity(&mut self, old: ObjectId, new: ObjectId) -> Option<u64> {
        let (old_size, new_size) = (self.size(old)?, self.size(new)?);
        let (small, large) = (old_size.min(new_size), old_size.max(new_size));
        if small == 0 || small * 2 < large {
            return None;
        }
        self.read(old);
        self.read(new);
        let (old, new) = (self.known.get(&old)?.as_ref()?, self.known.get(&new)?.as_ref()?);
        let score = common(old, new) * 1000 / large;
        (score >= 500).then_some(score)
    }

    fn size(&mut self, id: ObjectId) -> Option<u64> {
        let Self { objects, sizes, .. } = self;
        *sizes.entry(id).or_insert_with(|| {
            objects.header(id).ok().map(|header| header.size).filter(|&size| size <= LARGEST)
        })
    }

    fn read(&mut self, id: ObjectId) {
        if !self.known.contains_key(&id) {
            let mut data = Vec::new();
            let found = self.objects.read_into(id, Kind::Blob, &mut data);
            let profile = found.ok().map(|()| self.profile(&data));
            self.known.insert(id, profile);
        }
    }

    fn profile(&self, data: &[u8]) -> Profile {
        let mut pieces: Profile = data
            .split_inclusive(|&byte| byte == b'\n')
            .flat_map(|line| line.chunks(CHUNK))
            .map(|piece| (self.hasher.hash_one(piece), piece.len() as u64))
            .collect();
        pieces.sort_unstable();
        pieces.dedup_by(|next, sum| {
            let same = next.0 == sum.0;
            if same {
                sum.1 += next.1;
            }
            same
        });
        pieces
    }
}

/// Bytes that two sorted profiles have in common.
fn common(a: &[(u64, u64)], b: &[(u64, u64)]) -> u64 {
    let (mut i, mut j, mut sum) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += a[i].1.min(b[j].1);
                i += 1;
                j += 1;
            }
        }
    }
    sum
}
