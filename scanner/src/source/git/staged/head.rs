//! HEAD's tree: what the index is compared with.

use gix::{ObjectId, Repository};

use crate::source::git::error::{GitError, chain};
use crate::source::git::reference;
use crate::source::git::repository::GitEnvironment;

/// The tree of HEAD's commit; `None` before the first commit.
pub(super) fn tree(
    repository: &Repository,
    environment: &GitEnvironment,
) -> Result<Option<ObjectId>, GitError> {
    if reference::in_reftable(repository) {
        return reference::ask(repository, environment, "HEAD^{tree}");
    }
    let unreadable =
        |error: &gix::Error| GitError::Head { path: repository.git_dir().to_path_buf(), cause: chain(error) };
    let mut head = repository.head().map_err(|error| unreadable(&error))?;
    if head.is_unborn() {
        return Ok(None);
    }
    let tree =
        head.peel_to_commit().and_then(|commit| commit.tree_id()).map_err(|error| unreadable(&error))?;
    Ok(Some(tree.detach()))
}
