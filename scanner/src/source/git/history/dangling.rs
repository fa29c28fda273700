//! Objects that nothing leads to: what was amended, rebased or reset away and is still there.

use std::collections::HashSet;

use gix::ObjectId;
use gix::bstr::BString;
use gix::objs::Kind;

use super::introduce::{Introducer, NO_COMMIT};
use crate::ledger::Failure;
use crate::source::BlobSink;
use crate::source::git::error::GitError;
use crate::source::git::objects::Objects;
use crate::source::git::tree;
use crate::source::git::walk::{Bounds, Walk};

/// Takes what `walk` did not come to: first whole commits, then trees, then blobs.
pub(super) fn introduce(
    objects: &Objects,
    walk: &Walk,
    bounds: &Bounds,
    introducer: &mut Introducer<'_>,
    commits: &mut Vec<ObjectId>,
    worker: &mut impl BlobSink,
) -> Result<(), GitError> {
    let reached: HashSet<ObjectId> = walk.commits().map(|node| node.id).collect();
    let (mut tips, mut trees, mut blobs) = (Vec::new(), Vec::new(), Vec::new());
    for id in objects.all()? {
        match objects.header(id).map(|header| header.kind) {
            Ok(Kind::Commit) if !reached.contains(&id) => tips.push(id),
            Ok(Kind::Tree) => trees.push(id),
            Ok(Kind::Blob) => blobs.push(id),
            Ok(Kind::Commit | Kind::Tag) => {}
            Err(error) => worker.failed(Failure {
                path: "(dangling)".to_owned(),
                cause: error.to_string(),
                remedy: "see what `git fsck` says".to_owned(),
            }),
        }
    }
    let bounds = Bounds { known: reached, shallow: bounds.shallow.clone(), ..Bounds::default() };
    let lost = Walk::new(objects, &tips, &bounds);
    for node in lost.commits() {
        let number = commits.len() as u32;
        commits.push(node.id);
        introducer.tree(node.tree, number);
    }
    // A tree in another one has its path from there.
    let inner: HashSet<ObjectId> = trees
        .iter()
        .flat_map(|&tree| tree::listing(objects, tree).unwrap_or_default())
        .map(|(_, version)| version.id)
        .collect();
    for &tree in trees.iter().filter(|tree| !inner.contains(*tree)) {
        introducer.tree(tree, NO_COMMIT);
    }
    for blob in blobs {
        introducer.blob(blob, BString::from(blob.to_string()).as_ref(), NO_COMMIT, None);
    }
    Ok(())
}
