//! Two commits against one another: what a branch or a pull request adds.
//!
//! `A..B` compares the two, `A...B` compares B with what both come from (their merge base), and `A` alone means
//! `A...HEAD`, all as `git diff` does. The added lines count, in the whole file of the new side. What one commit of the
//! range adds and a later one takes away again is not seen here, but by `history` and `push`.
//!
//! A commit that a shallow clone lacks is an error that names the fetch that brings it.

use std::path::Path;

use gix::bstr::ByteSlice as _;
use gix::prelude::ObjectIdExt as _;
use gix::revision::plumbing::merge_base;
use gix::revwalk::Graph;
use gix::{ObjectId, Repository};

use super::error::{GitError, chain};
use super::objects::Objects;
use super::reference::{self, Peeled};
use super::repository::{self, GitEnvironment};
use super::scan::{self, GitOptions};
use super::walk::CommitData;
use super::{rename, tree};
use crate::source::{BlobSink, Sink};

/// Which commits are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The old side.
    pub base: String,
    /// The new side.
    pub head: String,
    /// True if the old side is what both come from.
    pub from_merge_base: bool,
}

impl Range {
    /// Reads `A..B`, `A...B` or `A` (`A...HEAD`); a side that is left out is `HEAD`.
    pub fn parse(text: &str) -> Self {
        let side = |text: &str| if text.is_empty() { "HEAD" } else { text }.to_owned();
        let (base, head, from_merge_base) = match (text.split_once("..."), text.split_once("..")) {
            (Some((base, head)), _) => (base, head, true),
            (None, Some((base, head))) => (base, head, false),
            (None, None) => (text, "", true),
        };
        Self { base: side(base), head: side(head), from_merge_base }
    }
}

/// Scans what `range` adds in the repository that `folder` is in.
///
/// Returns an error if nothing could be scanned at all. A file that could not be read is a failure at `sink`. If
/// nothing differs, a notice says so.
pub fn scan_range(
    folder: &Path,
    environment: &GitEnvironment,
    range: &Range,
    options: &GitOptions,
    sink: &impl Sink,
) -> Result<(), GitError> {
    let repository = repository::open_for(folder, environment)?;
    let objects = Objects::new(&repository, environment)?;
    let clone = Clone { repository: &repository, environment, objects: &objects };
    let mut notices = Vec::new();
    let head = clone.commit(&range.head)?.ok_or_else(|| clone.unknown(&range.head))?;
    let base = match clone.commit(&range.base)? {
        Some(base) if range.from_merge_base => Some(clone.merge_base(range, base, head, &mut notices)?),
        base => base,
    };
    if base.is_none() {
        notices.push(format!("{}: no commit; everything in {} counts as added", range.base, range.head));
    }
    let unreadable = |cause: String| GitError::Compare { path: repository.git_dir().to_path_buf(), cause };
    let tree = |id: ObjectId| {
        CommitData::read(&objects, id).map(|data| data.tree).map_err(|error| unreadable(error.to_string()))
    };
    let mut changes = tree::between(&objects, base.map(tree).transpose()?, tree(head)?)
        .map_err(|error| unreadable(error.to_string()))?;
    rename::pair(&objects, &mut changes);
    let files = {
        let mut worker = sink.worker();
        if changes.changed.is_empty() && changes.deleted.is_empty() && changes.deleted_trees.is_empty() {
            notices.push(format!("nothing differs between {} and {}", range.base, range.head));
        }
        for notice in notices {
            worker.notice(notice);
        }
        scan::files(&changes.changed, options, &mut worker)
    };
    let remedy = clone.remedy();
    scan::each(&files, 1, &objects, options, sink, |objects, change, hands, worker| {
        scan::change(objects, change, &remedy, "the old version", &mut hands.reader, worker);
    });
    Ok(())
}

/// A repository that may lack something its remote has.
pub(super) struct Clone<'a> {
    pub(super) repository: &'a Repository,
    pub(super) environment: &'a GitEnvironment,
    pub(super) objects: &'a Objects,
}

impl Clone<'_> {
    /// The commit that a revision stands for; `None` for the id of zeros that CI systems and hooks write where there
    /// was nothing before.
    pub(super) fn commit(&self, revision: &str) -> Result<Option<ObjectId>, GitError> {
        if revision.len() >= 40 && revision.bytes().all(|byte| byte == b'0') {
            return Ok(None);
        }
        let full = ObjectId::from_hex(revision.as_bytes()).ok();
        if let Some(id) = full.filter(|id| !self.objects.contains(id)) {
            return Err(self.missing(&id.to_string(), &id.to_string()));
        }
        let id = match full {
            Some(id) => id,
            None => reference::resolve(self.repository, self.environment, revision)?
                .ok_or_else(|| self.unknown(revision))?,
        };
        match reference::peel(self.objects, id) {
            Ok(Peeled::Commit(commit)) => Ok(Some(commit)),
            Ok(_) => Err(GitError::NoCommit { revision: revision.to_owned() }),
            Err(error) => Err(GitError::Compare {
                path: self.repository.git_dir().to_path_buf(),
                cause: format!("{revision}: {error}"),
            }),
        }
    }

    /// Where both come from.
    fn merge_base(
        &self,
        range: &Range,
        base: ObjectId,
        head: ObjectId,
        notices: &mut Vec<String>,
    ) -> Result<ObjectId, GitError> {
        let mut graph = Graph::new(self.objects, None);
        let bases = merge_base(base, &[head], &mut graph).map_err(|error| GitError::Compare {
            path: self.repository.git_dir().to_path_buf(),
            cause: chain(&error),
        })?;
        let Some(bases) = bases else {
            let (base, head) = (range.base.clone(), range.head.clone());
            return Err(if self.is_shallow() {
                GitError::BeyondShallow { base, head, remote: self.remote() }
            } else {
                GitError::Unrelated { base, head }
            });
        };
        if bases.len() > 1 {
            let first = bases.first().attach(self.repository).shorten_or_id();
            notices.push(format!(
                "{} and {} have {} merge bases; compared with {first}",
                range.base,
                range.head,
                bases.len()
            ));
        }
        Ok(*bases.first())
    }

    pub(super) fn is_shallow(&self) -> bool {
        self.repository.is_shallow().unwrap_or(true)
    }

    /// The remote that a fetch would ask.
    pub(super) fn remote(&self) -> String {
        let names = self.repository.remote_names();
        let name = names.iter().find(|name| name.as_bytes() == b"origin").or_else(|| names.iter().next());
        name.map_or_else(|| "origin".to_owned(), ToString::to_string)
    }

    /// What brings objects that a clone lacks.
    pub(super) fn remedy(&self) -> String {
        if self.is_partial() {
            format!(
                "this is a partial clone: `git fetch --refetch --no-filter {}` brings what it left out",
                self.remote()
            )
        } else {
            "see what `git fsck` says".to_owned()
        }
    }

    /// True if the clone was told to leave objects out.
    pub(super) fn is_partial(&self) -> bool {
        let config = self.repository.config_snapshot();
        config.string("extensions.partialClone").is_some()
            || self
                .repository
                .remote_names()
                .iter()
                .any(|name| config.boolean(format!("remote.{name}.promisor").as_str()).unwrap_or(false))
    }

    /// A revision that the remote has and this clone has not, or nobody.
    pub(super) fn unknown(&self, revision: &str) -> GitError {
        let remotes = self.repository.remote_names();
        let branch = revision.strip_prefix("refs/remotes/").unwrap_or(revision).split_once('/');
        match branch.filter(|(remote, _)| remotes.iter().any(|name| name.as_bytes() == remote.as_bytes())) {
            Some((remote, branch)) if branch.bytes().all(|byte| !b"~^:@{}*?[\\ ".contains(&byte)) => {
                self.missing(revision, &format!("{branch}:refs/remotes/{remote}/{branch}"))
            }
            _ => GitError::UnknownRevision { revision: revision.to_owned() },
        }
    }

    fn missing(&self, revision: &str, wanted: &str) -> GitError {
        let fetch = format!("git fetch {} {wanted}", self.remote());
        GitError::MissingCommit { revision: revision.to_owned(), fetch }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_git_reads_them() {
        for (text, base, head, from_merge_base) in [
            ("a..b", "a", "b", false),
            ("a...b", "a", "b", true),
            ("a..", "a", "HEAD", false),
            ("..b", "HEAD", "b", false),
            ("...", "HEAD", "HEAD", true),
            ("origin/main", "origin/main", "HEAD", true),
            ("v1.0..v1.1", "v1.0", "v1.1", false),
        ] {
            let expected = Range { base: base.to_owned(), head: head.to_owned(), from_merge_base };
            assert_eq!(Range::parse(text), expected, "{text}");
        }
    }
}
