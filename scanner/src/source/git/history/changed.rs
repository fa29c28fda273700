//! What each commit of a part of history changes: only the lines that it adds to every parent's version count, so that
//! what was there before the part is not reported again.

use std::collections::HashMap;

use gix::ObjectId;
use gix::bstr::BString;
use gix::object::tree::EntryKind;

use super::introduce::Introducer;
use crate::source::git::rename;
use crate::source::git::tree::{self, TreeError, Version};
use crate::source::git::walk::{Node, Walk};

/// Takes what `commit`, the one with this number, changes against all its parents.
pub(super) fn introduce(
    introducer: &mut Introducer<'_>,
    walk: &Walk,
    node: &Node,
    number: u32,
) -> Result<(), TreeError> {
    let objects = introducer.objects;
    let parents: Vec<ObjectId> = walk.parents(node).map(|parent| parent.tree).collect();
    let against = if parents.is_empty() { vec![None] } else { parents.into_iter().map(Some).collect() };
    let mut new: Option<HashMap<BString, (Version, Vec<ObjectId>)>> = None;
    for parent in against {
        let mut changes = tree::between(objects, parent, node.tree)?;
        rename::pair(objects, &mut changes);
        let changed = changes.changed.into_iter();
        new = Some(match new {
            None => changed
                .map(|change| (change.path, (change.new, change.old.map(|old| old.id).into_iter().collect())))
                .collect(),
            // What one parent has is not the merge's own.
            Some(mut before) => changed
                .filter_map(|change| {
                    let (new, mut old) = before.remove(&change.path)?;
                    old.extend(change.old.map(|old| old.id));
                    Some((change.path, (new, old)))
                })
                .collect(),
        });
    }
    let mut new: Vec<_> = new.unwrap_or_default().into_iter().collect();
    new.sort_by(|a, b| a.0.cmp(&b.0));
    for (path, (version, old)) in new {
        if version.kind == EntryKind::Commit {
            introducer.submodule(path, version.id, number);
        } else if !introducer.is_excluded(path.as_ref(), number) {
            introducer.blob(version.id, path.as_ref(), number, Some(old));
        }
    }
    Ok(())
}
