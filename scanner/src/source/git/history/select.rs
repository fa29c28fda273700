//! Where a walk begins, and what it leaves out.

use gix::ObjectId;
use gix::bstr::{BStr, BString};
use gix::date::parse as parse_date;
use gix::prelude::ObjectIdExt as _;

use crate::source::git::error::GitError;
use crate::source::git::objects::ObjectError;
use crate::source::git::range::{Clone, Range};
use crate::source::git::reference::{self, Peeled, Reference};

/// Which part of history is scanned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tips {
    /// `HEAD` (of linked worktrees too), branches, remote-tracking branches and tags.
    #[default]
    Branches,
    /// Every reference: stashes (all of them), notes, replacements, pull requests, whatever else there is.
    All,
    /// These revisions; `A..B` is B without what A has.
    Revisions(Vec<String>),
    /// What a push brings: new ids, without what the old ones and references have.
    Push(Vec<super::Update>, PushTarget),
}

/// Where a push goes: what is there already needs no scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushTarget {
    /// Into this repository: all references are what was there before (a pre-receive hook).
    Here,
    /// To a remote: its remote-tracking branches are what it has, as far as is known here. Without a name, those of all
    /// remotes are.
    Remote(Option<String>),
}

/// Where a walk begins.
#[derive(Debug, Default)]
pub(super) struct Selected {
    pub(super) commits: Vec<ObjectId>,
    /// Commits that are left out, with all before them.
    pub(super) hidden: Vec<ObjectId>,
    /// Tags of trees and blobs.
    pub(super) others: Vec<(BString, Peeled)>,
    /// What could not be read.
    pub(super) unread: Vec<(String, String)>,
    pub(super) notices: Vec<String>,
}

impl Selected {
    pub(super) fn new(clone: &Clone<'_>, tips: &Tips) -> Result<Self, GitError> {
        let mut selected = Self::default();
        match tips {
            Tips::Branches | Tips::All => selected.references(clone, *tips == Tips::All)?,
            Tips::Revisions(revisions) => {
                for revision in revisions {
                    selected.revision(clone, revision)?;
                }
            }
            Tips::Push(updates, target) => selected.push(clone, updates, target)?,
        }
        selected.commits.sort_unstable();
        selected.commits.dedup();
        selected.hidden.sort_unstable();
        selected.hidden.dedup();
        Ok(selected)
    }

    fn references(&mut self, clone: &Clone<'_>, all: bool) -> Result<(), GitError> {
        let (references, unread) = reference::all(clone.repository, clone.environment)?;
        self.unread.extend(unread.into_iter().map(|cause| ("(references)".to_owned(), cause)));
        let heads = reference::heads(clone.repository, clone.environment)?;
        let stashes = if all { reference::stashes(clone.repository, clone.environment)? } else { Vec::new() };
        let mut left_out = Vec::new();
        for reference in references.into_iter().chain(heads).chain(stashes) {
            if all || is_branch(reference.name.as_ref()) {
                self.add(clone, reference);
            } else {
                left_out.push(reference.name);
            }
        }
        left_out.dedup();
        if let Some(first) = left_out.first() {
            let count = left_out.len();
            let names =
                if count == 1 { first.to_string() } else { format!("{first} and {} more", count - 1) };
            self.notices.push(format!(
                "references that are no branches and no tags were left out: {names}; --all scans them"
            ));
        }
        Ok(())
    }

    fn add(&mut self, clone: &Clone<'_>, Reference { name, id }: Reference) {
        match reference::peel(clone.objects, id) {
            Ok(Peeled::Commit(commit)) => self.commits.push(commit),
            Ok(other) => self.others.push((name, other)),
            Err(error) => self.unread.push((name.to_string(), error.to_string())),
        }
    }

    fn revision(&mut self, clone: &Clone<'_>, revision: &str) -> Result<(), GitError> {
        let known = |revision: &str| clone.commit(revision)?.ok_or_else(|| clone.unknown(revision));
        if revision.contains("..") {
            let range = Range::parse(revision);
            self.commits.push(known(&range.head)?);
            // Everything in B that is not in A; with three dots the same, as nothing of A is asked for.
            self.hidden.extend(clone.commit(&range.base)?);
        } else {
            self.commits.push(known(revision)?);
        }
        Ok(())
    }

    fn push(
        &mut self,
        clone: &Clone<'_>,
        updates: &[super::Update],
        target: &PushTarget,
    ) -> Result<(), GitError> {
        for update in updates {
            self.hidden.extend(update.old.as_deref().and_then(|old| there(clone, old)));
            let Some(new) = &update.new else { continue };
            let id = ObjectId::from_hex(new.as_bytes())
                .map_err(|_| GitError::UnknownRevision { revision: new.clone() })?;
            self.add(clone, Reference { name: update.reference.as_str().into(), id });
        }
        let (references, unread) = reference::all(clone.repository, clone.environment)?;
        self.unread.extend(unread.into_iter().map(|cause| ("(references)".to_owned(), cause)));
        for reference in references {
            let is_there = match target {
                PushTarget::Here => true,
                PushTarget::Remote(None) => reference.name.starts_with(b"refs/remotes/"),
                PushTarget::Remote(Some(remote)) => {
                    reference.name.starts_with(format!("refs/remotes/{remote}/").as_bytes())
                }
            };
            if is_there {
                self.hidden.extend(there(clone, &reference.id.to_string()));
            }
        }
        Ok(())
    }
}

/// The commit of something that is there already; what this clone does not have hides nothing.
fn there(clone: &Clone<'_>, id: &str) -> Option<ObjectId> {
    let id = ObjectId::from_hex(id.as_bytes()).ok()?;
    match reference::peel(clone.objects, id) {
        Ok(Peeled::Commit(commit)) => Some(commit),
        Ok(_) | Err(ObjectError::Missing { .. } | _) => None,
    }
}

/// True of what is scanned without `--all`.
fn is_branch(name: &BStr) -> bool {
    let kinds: [&[u8]; 4] = [b"refs/heads/", b"refs/remotes/", b"refs/tags/", b"refs/replace/"];
    kinds.iter().any(|kind| name.starts_with(kind)) || name.ends_with(b"HEAD")
}

/// A time, as git reads one (`2026-11-01`, `2 weeks ago`), or a commit.
pub(super) enum Since {
    Time(i64),
    Commit(ObjectId),
}

impl Since {
    /// A revision that exists comes first.
    pub(super) fn parse(clone: &Clone<'_>, text: &str) -> Result<Self, GitError> {
        match clone.commit(text) {
            Ok(Some(commit)) => return Ok(Self::Commit(commit)),
            Err(error) if !error.is_usage() => return Err(error),
            Ok(None) | Err(_) => {}
        }
        let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
        // A day alone begins at midnight; git takes the time of day of now.
        let day = format!("{text} 00:00:00");
        let time = parse_date(&day, None).or_else(|_| parse_date(text, Some(now)));
        time.map(|time| Self::Time(time.seconds)).map_err(|_| GitError::Since { text: text.to_owned() })
    }
}

/// The first digits of an id.
pub(super) fn short(clone: &Clone<'_>, id: ObjectId) -> String {
    id.attach(clone.repository).shorten_or_id().to_string()
}
