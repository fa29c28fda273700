//! History: every blob that commits hold, each once, and the commit that brings it.
//!
//! Blobs are compared by id, so nothing is scanned twice, and nothing is missed that `git log -p` does not show: what
//! merges bring of their own, what was rewritten in many branches. Of several commits that bring the same content the
//! first counts, parents before children, else the older one. `.gitattributes` and `.gitignore` hide nothing.
//!
//! A part of history (`--since`, `A..B`, a push) is compared commit by commit with its parents instead: there only the
//! added lines count, as what was there before is not the part's own.
//!
//! Blobs are read in the order in which they lie in their packs. What cannot be read (a partial clone, damage) is listed
//! with what brings it; where a shallow clone ends is a failure, as what lies behind is unknown.

mod changed;
mod dangling;
mod empty;
mod introduce;
mod memory;
mod order;
mod select;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use gix::bstr::{BString, ByteSlice};
use gix::objs::Kind;
use gix::{ObjectId, Repository};

use super::added;
use super::error::GitError;
use super::objects::{ObjectError, Objects};
use super::range::Clone as GitClone;
use super::reference::Peeled;
use super::repository::{self, GitEnvironment};
use super::scan::{self, GitOptions, Hands, LARGEST_OLD};
use super::walk::{self, Bounds, CommitData, Walk};
use super::{rename, tree};
use crate::ledger::{Failure, HistoryCounts, SkipReason};
use crate::source::{BlobInfo, BlobSink, Origin, Scope, Segment, Sink};
use introduce::{Introducer, Introductions, NO_COMMIT, State, Task};
use memory::Trails;
pub use memory::{Memory, NoMemory, Trail, Visit};
pub use select::{PushTarget, Tips};
use select::{Selected, Since, short};

/// Neighbours in a pack that one thread reads: enough to profit from what they share.
const SHARE: usize = 64;
/// Larger blobs are read by one thread at a time, so that memory stays bounded.
const LARGE: usize = 16 * 1024 * 1024;
/// Objects that could not be read and are listed one by one.
const LISTED: usize = 20;

/// A reference that a push moves: full ids in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The reference's name at the receiver.
    pub reference: String,
    /// What it stood for there; none if it is new.
    pub old: Option<String>,
    /// What it will stand for; none if it is deleted.
    pub new: Option<String>,
}

/// How history is scanned.
#[derive(Clone, Default)]
pub struct HistoryOptions {
    /// What all scans of git share.
    pub git: GitOptions,
    /// Where the walk begins.
    pub tips: Tips,
    /// Only commits from this date on (`2026-11-01`, `2 weeks ago`), or after this commit.
    pub since: Option<String>,
    /// Also objects that nothing leads to.
    pub dangling: bool,
    /// Where a shallow clone ends is a remark and no failure.
    pub allow_shallow: bool,
    /// A part of history without a commit is a remark and no failure. What a push brings may always be nothing: git itself
    /// says so.
    pub allow_empty: bool,
}

/// An open repository whose history is to be scanned.
pub struct History {
    repository: Repository,
    environment: GitEnvironment,
    objects: Objects,
    options: HistoryOptions,
}

/// What a file was before a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// The blob's id, in hexadecimal.
    pub blob: String,
    /// The parent that has it, in hexadecimal.
    pub parent: String,
    /// True if it has another name there.
    pub renamed: bool,
}

/// What a scan of history went through.
pub struct Walked {
    objects: Objects,
    commits: Vec<ObjectId>,
    numbers: HashMap<ObjectId, u32, gix::hashtable::hash::Builder>,
    found: Introductions,
    tips: Vec<ObjectId>,
    /// Those of the tips that are before no other one; none if not everything before them is known for good.
    heads: Option<Vec<ObjectId>>,
    /// How much it was.
    pub counts: HistoryCounts,
}

impl History {
    /// Opens the repository that `folder` is in, or that `environment` names.
    pub fn open(
        folder: &Path,
        environment: &GitEnvironment,
        options: HistoryOptions,
    ) -> Result<Self, GitError> {
        let mut repository = repository::open_for(folder, environment)?;
        repository.objects.ignore_replacements = true;
        let objects = Objects::new(&repository, environment)?;
        Ok(Self { repository, environment: environment.clone(), objects, options })
    }

    /// Names what is scanned, if it is the same every time: the repository and which references.
    pub fn name(&self) -> Option<String> {
        let options = &self.options;
        let whole = options.since.is_none() && !options.dangling;
        let named = matches!(options.tips, Tips::Branches | Tips::All) && whole;
        named.then(|| format!("{:?} {}", options.tips, self.place().display()))
    }

    /// Where the repository's objects and references lie.
    pub fn place(&self) -> PathBuf {
        let folder = self.repository.common_dir();
        folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf())
    }

    /// Scans. Returns an error if nothing could be scanned at all; what could not be read is a failure at `sink`.
    pub fn scan(&self, memory: &dyn Memory, sink: &impl Sink) -> Result<Walked, GitError> {
        let clone =
            GitClone { repository: &self.repository, environment: &self.environment, objects: &self.objects };
        let mut selected = Selected::new(&clone, &self.options.tips)?;
        let since = self.options.since.as_deref().map(|text| Since::parse(&clone, text)).transpose()?;
        let since = match since {
            Some(Since::Commit(commit)) => {
                selected.hidden.push(commit);
                None
            }
            Some(Since::Time(time)) => Some(time),
            None => None,
        };
        let part = since.is_some() || !selected.hidden.is_empty();
        let is_push = matches!(self.options.tips, Tips::Push(..));
        let nothing = selected.others.is_empty() && selected.unread.is_empty() && !is_push;
        if nothing && selected.commits.is_empty() && !self.options.dangling {
            return Err(GitError::NoCommits { path: self.place() });
        }
        let mut bounds = Bounds {
            hidden: std::mem::take(&mut selected.hidden),
            since,
            known: HashSet::new(),
            shallow: self.shallow(),
        };
        let whole = !part && !is_push && !self.options.dangling;
        let (walk, visited) = self.walk(&selected.commits, &mut bounds, memory, whole);
        let mut worker = sink.worker();
        self.remark(&clone, &selected, &walk, &mut worker);
        let mut commits = Vec::new();
        let mut introducer = Introducer::new(&self.objects, self.options.git.excludes.as_ref());
        let visit = visited.map(|(visit, places)| {
            introducer.again(places, &mut commits);
            visit
        });
        let revisited = commits.len();
        introduce(&clone, &walk, part, &mut introducer, &mut commits, &mut worker);
        if commits.is_empty() && (part || is_push) {
            if is_push || self.options.allow_empty {
                worker.notice("no commit lies in this part of history".to_owned());
            } else if walk.unread.is_empty() {
                worker.failed(empty::part(&clone, &self.options));
            }
        }
        for (name, peeled) in &selected.others {
            match *peeled {
                Peeled::Tree(tree) => introducer.tree(tree, NO_COMMIT),
                Peeled::Blob(blob) => introducer.blob(blob, name.as_ref(), NO_COMMIT, None),
                Peeled::Commit(_) => {}
            }
        }
        if self.options.dangling {
            dangling::introduce(&self.objects, &walk, &bounds, &mut introducer, &mut commits, &mut worker)?;
            if nothing && commits.is_empty() && introducer.found.tasks.is_empty() {
                return Err(GitError::NoCommits { path: self.place() });
            }
        }
        let mut found = introducer.found;
        let mut complete = whole && selected.unread.is_empty() && walk.unread.is_empty();
        complete &= walk.cut.is_empty() && found.unread.is_empty();
        list(&clone, &mut found, &commits, &mut worker);
        drop(worker);
        order::by_place(&self.objects, &mut found.tasks);
        self.blobs(&clone, &found, &commits, memory, sink);
        let counts = counts(&found, commits.len(), revisited, visit.as_ref());
        let numbers = commits.iter().copied().zip(0..).collect();
        let heads = complete.then(|| walk.heads(&bounds.known));
        let tips = selected.commits;
        Ok(Walked { objects: self.objects.clone(), commits, numbers, found, tips, heads, counts })
    }

    /// Walks, where possible only up to what was visited before. Gives the visit, with what is at the end of its trails,
    /// if all of it is part of this walk.
    fn walk(
        &self,
        tips: &[ObjectId],
        bounds: &mut Bounds,
        memory: &dyn Memory,
        whole: bool,
    ) -> (Walk, Option<(Visit, Vec<memory::Place>)>) {
        if let Some(visit) = memory.visit().filter(|_| whole) {
            let mut trails = Trails::default();
            let places = visit.trails.iter().map(|trail| trails.follow(&self.objects, trail));
            if let Some(places) = places.collect::<Option<Vec<_>>>() {
                let ids = |ids: &[Vec<u8>]| -> HashSet<ObjectId> {
                    ids.iter().filter_map(|id| ObjectId::try_from(id.as_slice()).ok()).collect()
                };
                let visited = ids(&visit.tips);
                let (old, new): (Vec<_>, Vec<_>) = tips.iter().partition(|tip| visited.contains(*tip));
                bounds.known = ids(&visit.heads);
                let mut walk = Walk::new(&self.objects, &new, bounds);
                walk.met.extend(old.into_iter().filter(|tip| bounds.known.contains(tip)));
                // What only a head that is gone leads to must not be reported.
                if walk.met == bounds.known {
                    return (walk, Some((visit, places)));
                }
                bounds.known.clear();
            }
        }
        (Walk::new(&self.objects, tips, bounds), None)
    }

    /// Commits whose parents a shallow clone does not have.
    fn shallow(&self) -> HashSet<ObjectId> {
        let commits = self.repository.shallow_commits().ok().flatten();
        commits.map_or_else(HashSet::new, |commits| commits.iter().copied().collect())
    }

    /// Says what is special about this history, and what of it could not be read.
    fn remark(&self, clone: &GitClone<'_>, selected: &Selected, walk: &Walk, worker: &mut impl BlobSink) {
        for notice in &selected.notices {
            worker.notice(notice.clone());
        }
        for (name, cause) in &selected.unread {
            worker.failed(unread(clone, name, cause));
        }
        for error in &walk.unread {
            worker.failed(unread(clone, "(history)", &error.to_string()));
        }
        let folder = self.repository.common_dir();
        if std::fs::metadata(folder.join("info/grafts")).is_ok_and(|meta| meta.len() > 0) {
            worker.notice("info/grafts is not followed; the parents that commits name were".to_owned());
        }
        let replaced = self.repository.references().is_ok_and(|references| {
            references.prefixed("refs/replace/").is_ok_and(|mut replaced| replaced.next().is_some())
        });
        if replaced {
            worker.notice("refs/replace is not followed; originals and replacements were scanned".to_owned());
        }
        if let Some(first) = walk.cut.first() {
            let (count, first, remote) = (walk.cut.len(), short(clone, *first), clone.remote());
            let commits = if count == 1 { first } else { format!("{first} and {} more commits", count - 1) };
            let cause = format!("the clone is shallow: what lies before {commits} is not in it");
            if self.options.allow_shallow {
                worker.notice(cause);
            } else {
                let remedy = format!(
                    "run `git fetch --unshallow {remote}` and scan again, or accept it with --allow-shallow"
                );
                worker.failed(Failure { path: "(history)".to_owned(), cause, remedy });
            }
        }
    }

    /// Scans the blobs.
    fn blobs(
        &self,
        clone: &GitClone<'_>,
        found: &Introductions,
        commits: &[ObjectId],
        memory: &dyn Memory,
        sink: &impl Sink,
    ) {
        let (unread, large, alone) = (Mutex::new(Vec::new()), Mutex::new(HashSet::new()), Mutex::new(()));
        let deal = |objects: &Objects, task: &Task, hands: &mut Hands, worker: &mut _| {
            let path = found.paths.get(task.path);
            let shown = path.to_str_lossy();
            if memory.is_clean(task.blob.as_bytes(), &shown) {
                task.set(State::KnownClean);
                return;
            }
            // A file of which one version was large has large versions: those are read one at a time.
            let is_large =
                task.large || large.lock().unwrap_or_else(PoisonError::into_inner).contains(&task.path);
            let wait = || alone.lock().unwrap_or_else(PoisonError::into_inner);
            let mut alone = is_large.then(wait);
            let read = objects.read_into(task.blob, Kind::Blob, &mut hands.bytes);
            if hands.bytes.len() > LARGE {
                large.lock().unwrap_or_else(PoisonError::into_inner).insert(task.path);
                // What turns out to be large is at least compared and scanned by one thread at a time.
                alone.get_or_insert_with(wait);
            }
            match read.map(|()| scope(objects, task, &hands.bytes)) {
                Ok(Some(scope)) => {
                    let origin = Origin {
                        path: shown.into_owned(),
                        commit: commits.get(task.commit as usize).map(ToString::to_string),
                        blob: Some(task.blob.to_string()),
                        ..Origin::default()
                    };
                    let whole = scope == Scope::All;
                    let info = BlobInfo { origin: Arc::new(origin), scope };
                    let mut watch = Watch { inner: worker, trouble: false };
                    hands.reader.feed_bytes(&hands.bytes, info, &mut watch);
                    if whole && !watch.trouble {
                        task.set(State::Scanned);
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    let described = described(commits, task.commit, &error);
                    let mut unread = unread.lock().unwrap_or_else(PoisonError::into_inner);
                    unread.push((path.to_owned(), described));
                }
            }
            if hands.bytes.capacity() > LARGE {
                hands.bytes = Vec::new();
            }
        };
        scan::each(&found.tasks, SHARE, &self.objects, &self.options.git, sink, deal);
        let unread = unread.into_inner().unwrap_or_else(PoisonError::into_inner);
        failures(clone, unread, &mut sink.worker());
    }
}

/// Takes what the commits of the walk bring.
fn introduce(
    clone: &GitClone<'_>,
    walk: &Walk,
    part: bool,
    introducer: &mut Introducer<'_>,
    commits: &mut Vec<ObjectId>,
    worker: &mut impl BlobSink,
) {
    for known in walk.commits().flat_map(|node| walk.parents(node)).filter(|node| !part && node.is_hidden()) {
        introducer.know(known.tree);
    }
    for node in walk.commits() {
        let number = commits.len() as u32;
        commits.push(node.id);
        if !part {
            introducer.tree(node.tree, number);
        } else if let Err(error) = changed::introduce(introducer, walk, node, number) {
            worker.failed(unread(clone, &format!("commit {}", node.id), &error.to_string()));
        }
    }
}

/// Lists what was found on the way and is not scanned.
fn list(clone: &GitClone<'_>, found: &mut Introductions, commits: &[ObjectId], worker: &mut impl BlobSink) {
    for (path, id, _) in &found.submodules {
        worker.notice(format!("{path}: a submodule (at commit {id}); scan it in its own repository"));
        worker.skipped(path.to_string(), SkipReason::Submodule);
    }
    for (path, _) in &found.excluded {
        worker.skipped(path.to_string(), SkipReason::ConfiguredPath);
    }
    let unread = found.unread.drain(..);
    let named = unread.map(|(commit, path, error)| (path, described(commits, commit, &error)));
    failures(clone, named.collect(), worker);
}

/// Reports objects that could not be read: some by name, the others by number.
fn failures(clone: &GitClone<'_>, mut named: Vec<(BString, String)>, worker: &mut impl BlobSink) {
    named.sort();
    let more = named.len().saturating_sub(LISTED);
    for (path, cause) in named.into_iter().take(LISTED) {
        let path = if path.is_empty() { "(root folder)".to_owned() } else { path.to_string() };
        worker.failed(unread(clone, &path, &cause));
    }
    if more > 0 {
        worker.failed(unread(clone, "(history)", &format!("{more} more objects could not be read")));
    }
}

/// How much it was, with what an earlier visit went through. `revisited` commits of it were looked at again.
fn counts(found: &Introductions, commits: usize, revisited: usize, visit: Option<&Visit>) -> HistoryCounts {
    let (old_commits, old_blobs) = visit.map_or((0, 0), |visit| (visit.commits, visit.blobs));
    // Their blobs were counted in the visit.
    let again = found.tasks.iter().filter(|task| (task.commit as usize) < revisited).count() as u64;
    let read = found.tasks.iter().filter(|task| task.state() != State::KnownClean).count() as u64;
    let unique_blobs = old_blobs + found.tasks.len() as u64 - again;
    HistoryCounts {
        commits: old_commits + (commits - revisited) as u64,
        unique_blobs,
        known_clean_blobs: unique_blobs.saturating_sub(read),
    }
}

fn unread(clone: &GitClone<'_>, path: &str, cause: &str) -> Failure {
    Failure { path: path.to_owned(), cause: cause.to_owned(), remedy: clone.remedy() }
}

/// Which lines of a blob count; `None` if none does.
fn scope(objects: &Objects, task: &Task, bytes: &[u8]) -> Option<Scope> {
    let comparable = bytes.len() as u64 <= LARGEST_OLD;
    let Some(old) = task.old.as_ref().filter(|_| comparable) else { return Some(Scope::All) };
    let mut scope = Scope::All;
    for &old in old {
        // Without the old version the new one counts as a whole.
        if let Ok(old) = objects.blob(old, LARGEST_OLD) {
            scope = added::both(scope, added::added_lines(&old, bytes));
        }
    }
    (scope != Scope::Lines(Vec::new())).then_some(scope)
}

fn described(commits: &[ObjectId], commit: u32, error: &ObjectError) -> String {
    match commits.get(commit as usize) {
        Some(commit) => format!("{error} (commit {commit})"),
        None => error.to_string(),
    }
}

/// Notices whether there was trouble with a blob.
struct Watch<'a, S> {
    inner: &'a mut S,
    trouble: bool,
}

impl<S: BlobSink> BlobSink for Watch<'_, S> {
    fn begin(&mut self, info: BlobInfo) {
        self.inner.begin(info);
    }

    fn segment(&mut self, segment: Segment<'_>) {
        self.inner.segment(segment);
    }

    fn end(&mut self, bytes: u64, failure: Option<Failure>) {
        self.trouble |= failure.is_some();
        self.inner.end(bytes, failure);
    }

    fn opened(&mut self) {
        self.inner.opened();
    }

    fn skipped(&mut self, path: String, reason: SkipReason) {
        self.inner.skipped(path, reason);
    }

    fn failed(&mut self, failure: Failure) {
        self.trouble = true;
        self.inner.failed(failure);
    }

    fn notice(&mut self, text: String) {
        self.trouble = true;
        self.inner.notice(text);
    }
}

impl Walked {
    /// The place of a commit in the order of the walk: parents first, else older ones first. What has no commit comes
    /// last.
    pub fn position(&self, commit: Option<&str>) -> u32 {
        let id = commit.and_then(|commit| ObjectId::from_hex(commit.as_bytes()).ok());
        id.and_then(|id| self.numbers.get(&id)).copied().unwrap_or(NO_COMMIT)
    }

    /// Who wrote a commit and when: `Name <email>` and RFC 3339.
    pub fn author(&self, commit: &str) -> Option<(String, String)> {
        walk::author(&self.objects, ObjectId::from_hex(commit.as_bytes()).ok()?)
    }

    /// What the files that a commit changes or renames were in its parents, by their paths in it.
    pub fn before(&self, commit: &str) -> BTreeMap<String, Vec<Before>> {
        let mut before: BTreeMap<String, Vec<Before>> = BTreeMap::new();
        // What cannot be read was reported before, or lies behind the end of a shallow clone.
        let read = |id| CommitData::read(&self.objects, id).ok();
        let Some(data) = ObjectId::from_hex(commit.as_bytes()).ok().and_then(read) else { return before };
        for parent in data.parents {
            let Some(tree) = read(parent).map(|data| data.tree) else { continue };
            let Ok(mut changes) = tree::between(&self.objects, Some(tree), data.tree) else { continue };
            let added = changes.changed.iter().filter(|change| change.old.is_none());
            let added: BTreeSet<BString> = added.map(|change| change.path.clone()).collect();
            rename::pair(&self.objects, &mut changes);
            for change in changes.changed {
                let Some(old) = change.old else { continue };
                let renamed = added.contains(&change.path);
                let version = Before { blob: old.id.to_string(), parent: parent.to_string(), renamed };
                before.entry(change.path.to_string()).or_default().push(version);
            }
        }
        before
    }

    /// True if a commit (in hexadecimal) has a file of this name. In doubt (a name that is no UTF-8) it has.
    pub fn has(&self, commit: &str, path: &str) -> bool {
        let unsure = path.contains(char::REPLACEMENT_CHARACTER);
        let found = |id| Trails::default().to(&self.objects, id, path.into()).is_some();
        unsure || ObjectId::from_hex(commit.as_bytes()).is_ok_and(found)
    }

    /// Ids and paths of the blobs that were scanned whole and without trouble, but for those in `dirty` (ids in
    /// hexadecimal).
    pub fn clean<'a>(&'a self, dirty: &'a BTreeSet<String>) -> impl Iterator<Item = (&'a [u8], String)> {
        let scanned = self.found.tasks.iter().filter(|task| task.state() == State::Scanned);
        scanned
            .filter(|task| !dirty.contains(&task.blob.to_string()))
            .map(|task| (task.blob.as_bytes(), self.found.paths.get(task.path).to_str_lossy().into_owned()))
    }

    /// What to keep of this scan, if it was complete: of the blobs in `dirty` (ids in hexadecimal), where they stand.
    pub fn visit(&self, dirty: &BTreeSet<String>) -> Option<Visit> {
        let is_clean = |task: &Task| match task.state() {
            State::KnownClean => true,
            State::Scanned => !dirty.contains(&task.blob.to_string()),
            State::Trouble => false,
        };
        let tasks = self.found.tasks.iter().filter(|task| task.commit != NO_COMMIT && !is_clean(task));
        let mut places: BTreeSet<(u32, BString)> =
            tasks.map(|task| (task.commit, self.found.paths.get(task.path).to_owned())).collect();
        places.extend(self.found.submodules.iter().map(|(path, _, commit)| (*commit, path.clone())));
        places.extend(self.found.excluded.iter().map(|(path, commit)| (*commit, path.clone())));
        let mut trails = Trails::default();
        let to = |(commit, path): (u32, BString)| {
            trails.to(&self.objects, *self.commits.get(commit as usize)?, path.as_ref())
        };
        let bytes = |ids: &[ObjectId]| ids.iter().map(|id| id.as_bytes().to_vec()).collect();
        Some(Visit {
            heads: bytes(self.heads.as_ref()?),
            tips: bytes(&self.tips),
            trails: places.into_iter().map(to).collect::<Option<_>>()?,
            commits: self.counts.commits,
            blobs: self.counts.unique_blobs,
        })
    }
}
