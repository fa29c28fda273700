//! HEAD's tree: what the index is compared with.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use gix::{ObjectId, Repository};

use super::error::GitError;
use super::repository::{GitEnvironment, chain};

/// The tree of HEAD's commit; `None` before the first commit.
pub(super) fn tree(
    repository: &Repository,
    environment: &GitEnvironment,
) -> Result<Option<ObjectId>, GitError> {
    if repository.common_dir().join("reftable").is_dir() {
        let program = environment.git_program.as_deref().unwrap_or_else(|| Path::new("git"));
        return ask_git(repository, program);
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

/// Asks the `git` program, the only one that reads reftables.
fn ask_git(repository: &Repository, program: &Path) -> Result<Option<ObjectId>, GitError> {
    let path = repository.git_dir();
    let failed = |cause: String| GitError::Reftable { path: path.to_path_buf(), cause };
    let git_dir = [OsStr::new("--git-dir"), path.as_os_str()];
    let output = Command::new(program)
        // Only a reference is resolved: nothing that the repository configures is run.
        .args(["-c", "safe.directory=*"])
        .args(git_dir)
        .args(["rev-parse", "--verify", "--quiet", "HEAD^{tree}"])
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(format!("{} could not be run: {error}", program.display())))?;
    if output.status.success() {
        let id = output.stdout.trim_ascii();
        return ObjectId::from_hex(id).map(Some).map_err(|error| failed(error.to_string()));
    }
    // `--quiet` makes an unborn HEAD, and only that, a silent 1.
    if output.status.code() == Some(1) && output.stderr.is_empty() {
        return Ok(None);
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}
