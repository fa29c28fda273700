//! Walking commits: from tips to everything before them, and into an order with parents first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use gix::ObjectId;
use gix::date::time::format::ISO8601_STRICT;
use gix::objs::{CommitRefIter, Kind};

use super::error::chain;
use super::objects::{ObjectError, Objects};

/// What a commit says of its place.
#[derive(Debug)]
pub(super) struct CommitData {
    pub(super) tree: ObjectId,
    pub(super) parents: Vec<ObjectId>,
    /// When it was committed, in seconds since 1970.
    pub(super) time: i64,
}

impl CommitData {
    pub(super) fn read(objects: &Objects, id: ObjectId) -> Result<Self, ObjectError> {
        Self::read_with(objects, id, &mut Vec::new())
    }

    /// As [`read`](Self::read), with a buffer that is used again.
    fn read_with(objects: &Objects, id: ObjectId, buffer: &mut Vec<u8>) -> Result<Self, ObjectError> {
        objects.read_into(id, Kind::Commit, buffer)?;
        let damaged = |error: gix::Error| ObjectError::Damaged { id, cause: chain(&error) };
        let tree = CommitRefIter::from_bytes(buffer, objects.hash).tree_id().map_err(damaged)?;
        let parents = CommitRefIter::from_bytes(buffer, objects.hash).parent_ids().collect();
        // Who committed may be garbled in old histories; only an order depends on it.
        let committer = CommitRefIter::from_bytes(buffer, objects.hash).committer();
        Ok(Self { tree, parents, time: committer.map_or(0, |committer| committer.seconds()) })
    }
}

/// Who wrote a commit and when: `Name <email>` and RFC 3339.
pub(super) fn author(objects: &Objects, id: ObjectId) -> Option<(String, String)> {
    let mut buffer = Vec::new();
    objects.read_into(id, Kind::Commit, &mut buffer).ok()?;
    let author = CommitRefIter::from_bytes(&buffer, objects.hash).author().ok()?.trim();
    let date =
        author.time().map_or_else(|_| author.time.to_owned(), |time| time.format_or_unix(ISO8601_STRICT));
    Some((format!("{} <{}>", author.name, author.email), date))
}

/// Reached from a tip.
const WANTED: u8 = 1;
/// Reached from a commit that is left out.
const HIDDEN: u8 = 2;
/// In the queue.
const QUEUED: u8 = 4;
/// Hidden commits that are looked at after the last one that could matter if all clocks were right.
const SPARE: u32 = 16;

/// A commit of the graph.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: ObjectId,
    pub(super) tree: ObjectId,
    pub(super) time: i64,
    /// Its parents' numbers are here in [`Walk::parents`]; none before it was its turn.
    parents: (u32, u32),
    flags: u8,
}

impl Node {
    /// True if it was left out.
    pub(super) fn is_hidden(&self) -> bool {
        self.flags & HIDDEN != 0
    }
}

/// What is left out of a walk.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    /// These and everything before them.
    pub(super) hidden: Vec<ObjectId>,
    /// Commits before this time, in seconds since 1970.
    pub(super) since: Option<i64>,
    /// These too, because they are known.
    pub(super) known: HashSet<ObjectId>,
    /// Where a shallow clone ends: commits whose parents need not be there. (Another fetch may have brought them.)
    pub(super) shallow: HashSet<ObjectId>,
}

/// Commits and how they follow each other.
#[derive(Debug, Default)]
pub(super) struct Walk {
    nodes: Vec<Node>,
    parents: Vec<u32>,
    numbers: HashMap<ObjectId, u32, gix::hashtable::hash::Builder>,
    /// The numbers of the wanted commits: parents before children, else older before newer.
    order: Vec<u32>,
    /// Wanted commits where a shallow clone ends.
    pub(super) cut: Vec<ObjectId>,
    /// All commits where one ends.
    ends: HashSet<ObjectId>,
    /// Commits that could not be read.
    pub(super) unread: Vec<ObjectError>,
    /// The known commits that are before a tip, or one.
    pub(super) met: HashSet<ObjectId>,
}

impl Walk {
    /// Walks from `tips` on. Commits that cannot be read are in [`Walk::unread`].
    pub(super) fn new(objects: &Objects, tips: &[ObjectId], bounds: &Bounds) -> Self {
        let mut walk = Self::default();
        walk.run(objects, tips, bounds);
        walk.sort(bounds.since);
        let is_met = |id: &&ObjectId| {
            let number = walk.numbers.get(*id);
            number.is_some_and(|&number| walk.nodes[number as usize].flags & WANTED != 0)
        };
        walk.met = bounds.known.iter().filter(is_met).copied().collect();
        let is_cut = |node: &&Node| walk.ends.contains(&node.id);
        walk.cut = walk.commits().filter(is_cut).map(|node| node.id).collect();
        walk
    }

    /// The wanted commits, parents first.
    pub(super) fn commits(&self) -> impl Iterator<Item = &Node> {
        self.order.iter().map(|&number| &self.nodes[number as usize])
    }

    /// The parents of a commit of the walk.
    pub(super) fn parents(&self, node: &Node) -> impl Iterator<Item = &Node> {
        let (from, to) = node.parents;
        self.parents[from as usize..to as usize].iter().map(|&number| &self.nodes[number as usize])
    }

    /// The wanted commits and the `known` ones that have no wanted child.
    pub(super) fn heads(&self, known: &HashSet<ObjectId>) -> Vec<ObjectId> {
        let with_child: HashSet<ObjectId> =
            self.commits().flat_map(|node| self.parents(node)).map(|parent| parent.id).collect();
        let all = self.commits().map(|node| node.id).chain(known.iter().copied());
        let mut heads: Vec<ObjectId> = all.filter(|id| !with_child.contains(id)).collect();
        heads.sort_unstable();
        heads
    }

    fn run(&mut self, objects: &Objects, tips: &[ObjectId], bounds: &Bounds) {
        let mut queue = Queue::default();
        let mut buffer = Vec::new();
        for &id in tips {
            self.reach(objects, id, WANTED, &mut queue, &mut buffer, bounds);
        }
        // What is hidden and not here hides nothing.
        let hidden = bounds.hidden.iter().chain(&bounds.known);
        for &id in hidden.filter(|id| objects.contains(id)) {
            self.reach(objects, id, HIDDEN, &mut queue, &mut buffer, bounds);
        }
        // What is hidden may still turn out to be a child of what was taken: as long as it is no older, and a little
        // longer, for clocks that go wrong. A commit too many is scanned in vain; none is left out.
        let mut oldest = i64::MAX;
        let mut spare = SPARE;
        while let Some((time, Reverse(number))) = queue.heap.pop() {
            if queue.wanted > 0 || time >= oldest {
                spare = SPARE;
            } else if spare == 0 {
                break;
            } else {
                spare -= 1;
            }
            let at = number as usize;
            queue.wanted -= usize::from(is_wanted(self.nodes[at].flags));
            self.nodes[at].flags &= !QUEUED;
            let flags = self.nodes[at].flags;
            if is_wanted(flags) {
                oldest = oldest.min(time);
            }
            if let Some(parents) = queue.unopened.remove(&number) {
                self.expand(objects, number, parents, &mut queue, &mut buffer, bounds);
            }
            let (from, to) = self.nodes[at].parents;
            for parent in from..to {
                self.mark(self.parents[parent as usize], flags, &mut queue);
            }
        }
    }

    /// Loads the parents of a commit.
    fn expand(
        &mut self,
        objects: &Objects,
        number: u32,
        parents: Vec<ObjectId>,
        queue: &mut Queue,
        buffer: &mut Vec<u8>,
        bounds: &Bounds,
    ) {
        let flags = self.nodes[number as usize].flags;
        let mut numbers = Vec::with_capacity(parents.len());
        for id in parents {
            numbers.extend(self.reach(objects, id, flags, queue, buffer, bounds));
        }
        let from = self.parents.len() as u32;
        self.parents.extend(numbers);
        self.nodes[number as usize].parents = (from, self.parents.len() as u32);
    }

    /// The number of a commit, which is read if it is new.
    fn reach(
        &mut self,
        objects: &Objects,
        id: ObjectId,
        flags: u8,
        queue: &mut Queue,
        buffer: &mut Vec<u8>,
        bounds: &Bounds,
    ) -> Option<u32> {
        let number = if let Some(&number) = self.numbers.get(&id) {
            number
        } else {
            let data = match CommitData::read_with(objects, id, buffer) {
                Ok(data) => data,
                Err(error) => {
                    if queue.unread.insert(id) {
                        self.unread.push(error);
                    }
                    return None;
                }
            };
            let number = self.nodes.len() as u32;
            let CommitData { tree, time, parents } = data;
            if bounds.shallow.contains(&id) && !parents.iter().all(|parent| objects.contains(parent)) {
                self.ends.insert(id);
            } else {
                queue.unopened.insert(number, parents);
            }
            self.nodes.push(Node { id, tree, time, parents: (0, 0), flags: 0 });
            self.numbers.insert(id, number);
            number
        };
        self.mark(number, flags, queue);
        Some(number)
    }

    /// Adds flags to a commit, and queues it if that says something new.
    fn mark(&mut self, number: u32, flags: u8, queue: &mut Queue) {
        let node = &mut self.nodes[number as usize];
        let before = node.flags;
        node.flags |= flags & (WANTED | HIDDEN);
        if node.flags == before {
            return;
        }
        if before & QUEUED == 0 {
            node.flags |= QUEUED;
            queue.heap.push((node.time, Reverse(number)));
            queue.wanted += usize::from(is_wanted(node.flags));
        } else {
            queue.wanted += usize::from(is_wanted(node.flags));
            queue.wanted -= usize::from(is_wanted(before));
        }
    }

    /// Puts the wanted commits in order (Kahn's algorithm).
    fn sort(&mut self, since: Option<i64>) {
        let wanted = |node: &Node| is_wanted(node.flags) && since.is_none_or(|since| node.time >= since);
        let mut waiting = vec![0u32; self.nodes.len()];
        let mut children: Vec<(u32, u32)> = Vec::new();
        let mut ready = BinaryHeap::new();
        for (number, node) in self.nodes.iter().enumerate().filter(|(_, node)| wanted(node)) {
            let (from, to) = node.parents;
            for &parent in &self.parents[from as usize..to as usize] {
                if wanted(&self.nodes[parent as usize]) {
                    waiting[number] += 1;
                    children.push((parent, number as u32));
                }
            }
            if waiting[number] == 0 {
                ready.push(Reverse((node.time, node.id, number as u32)));
            }
        }
        children.sort_unstable();
        while let Some(Reverse((_, _, number))) = ready.pop() {
            self.order.push(number);
            let from = children.partition_point(|&(parent, _)| parent < number);
            for &(_, child) in children[from..].iter().take_while(|&&(parent, _)| parent == number) {
                waiting[child as usize] -= 1;
                if waiting[child as usize] == 0 {
                    let node = &self.nodes[child as usize];
                    ready.push(Reverse((node.time, node.id, child)));
                }
            }
        }
    }
}

/// Commits that wait for their turn, newest first.
#[derive(Default)]
struct Queue {
    heap: BinaryHeap<(i64, Reverse<u32>)>,
    /// How many of them are wanted.
    wanted: usize,
    /// The parents of commits whose turn has not come.
    unopened: HashMap<u32, Vec<ObjectId>>,
    /// Commits that could not be read.
    unread: HashSet<ObjectId>,
}

fn is_wanted(flags: u8) -> bool {
    flags & WANTED != 0 && flags & HIDDEN == 0
}
