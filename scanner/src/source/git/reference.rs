//! Names of commits: references and revisions, through gix or, where references are stored as a reftable, through the
//! `git` program, the only one that reads those.

use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};

use gix::bstr::{BString, ByteSlice};
use gix::objs::{Kind, TagRefIter};
use gix::{ObjectId, Repository};

use super::error::{GitError, chain};
use super::objects::{ObjectError, Objects};
use super::repository::GitEnvironment;

/// A name and the object it stands for: a commit, or a tag, a tree, a blob.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reference {
    pub(super) name: BString,
    pub(super) id: ObjectId,
}

/// What a name or a tag leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peeled {
    Commit(ObjectId),
    Tree(ObjectId),
    Blob(ObjectId),
}

/// True if gix cannot read the references.
pub(super) fn in_reftable(repository: &Repository) -> bool {
    repository.common_dir().join("reftable").is_dir()
}

/// All references but symbolic ones, whose targets are listed themselves, and why some could not be read.
pub(super) fn all(
    repository: &Repository,
    environment: &GitEnvironment,
) -> Result<(Vec<Reference>, Vec<String>), GitError> {
    if in_reftable(repository) {
        return listed_by_git(repository, environment).map(|references| (references, Vec::new()));
    }
    let unreadable =
        |error: gix::Error| GitError::References { path: repository.git_dir().into(), cause: chain(&error) };
    let (mut references, mut unread) = (Vec::new(), Vec::new());
    let platform = repository.references().map_err(unreadable)?;
    for reference in platform.all().map_err(unreadable)? {
        match reference {
            Ok(reference) => {
                let Some(id) = reference.try_id() else { continue };
                references.push(Reference { name: reference.name().as_bstr().into(), id: id.detach() });
            }
            Err(error) => unread.push(chain(&error)),
        }
    }
    references.sort();
    Ok((references, unread))
}

fn listed_by_git(repository: &Repository, environment: &GitEnvironment) -> Result<Vec<Reference>, GitError> {
    let output = git(repository, environment, &["for-each-ref", "--format=%(objectname) %(refname)"])?;
    let failed = |cause: String| GitError::Reftable { path: repository.git_dir().into(), cause };
    if !output.status.success() {
        return Err(failed(said(&output)));
    }
    let parse = |line: &[u8]| -> Option<Reference> {
        let (id, name) = line.split_once_str(" ")?;
        Some(Reference { name: name.into(), id: ObjectId::from_hex(id).ok()? })
    };
    let lines = output.stdout.lines().map(|line| {
        parse(line).ok_or_else(|| failed(format!("git listed a reference as {:?}", line.as_bstr())))
    });
    lines.collect()
}

/// The commits that HEAD here and in linked worktrees stands for. Branches are references; this adds what is detached.
pub(super) fn heads(
    repository: &Repository,
    environment: &GitEnvironment,
) -> Result<Vec<Reference>, GitError> {
    let mut heads = Vec::new();
    if in_reftable(repository) {
        let id = ask(repository, environment, "HEAD^{commit}")?;
        heads.extend(id.map(|id| Reference { name: "HEAD".into(), id }));
    } else {
        let unreadable = |error: gix::Error| GitError::Head {
            path: repository.git_dir().to_path_buf(),
            cause: chain(&error),
        };
        let head = repository.head().map_err(unreadable)?;
        if !head.is_unborn() {
            let id = head.into_peeled_id().map_err(unreadable)?;
            heads.push(Reference { name: "HEAD".into(), id: id.detach() });
        }
    }
    let Ok(worktrees) = std::fs::read_dir(repository.common_dir().join("worktrees")) else {
        return Ok(heads);
    };
    for worktree in worktrees.flatten() {
        let Ok(head) = std::fs::read(worktree.path().join("HEAD")) else { continue };
        if let Ok(id) = ObjectId::from_hex(head.trim_ascii()) {
            let name = format!("worktrees/{}/HEAD", worktree.file_name().to_string_lossy());
            heads.push(Reference { name: name.into(), id });
        }
    }
    heads.sort();
    Ok(heads)
}

/// Older entries of the stash, which only its log names.
pub(super) fn stashes(
    repository: &Repository,
    environment: &GitEnvironment,
) -> Result<Vec<Reference>, GitError> {
    let named = |id: ObjectId| Reference { name: "refs/stash".into(), id };
    if in_reftable(repository) {
        let output = git(repository, environment, &["reflog", "show", "--format=%H", "refs/stash"])?;
        // There is no stash, most of the time.
        let ids = output.stdout.lines().filter_map(|line| ObjectId::from_hex(line).ok());
        return Ok(ids.map(named).collect());
    }
    let unreadable =
        |error: gix::Error| GitError::References { path: repository.git_dir().into(), cause: chain(&error) };
    let Some(stash) = repository.try_find_reference("refs/stash").map_err(unreadable)? else {
        return Ok(Vec::new());
    };
    let mut log = stash.log_iter();
    let lines = log
        .all()
        .map_err(|error| GitError::References { path: repository.git_dir().into(), cause: chain(&error) })?;
    let Some(lines) = lines else { return Ok(Vec::new()) };
    let mut stashes = Vec::new();
    for line in lines {
        stashes.push(named(line.map_err(unreadable)?.new_oid()));
    }
    Ok(stashes)
}

/// The object that a revision (`main~2`, `v1.0`, a prefix of an id) stands for; `None` if there is none.
pub(super) fn resolve(
    repository: &Repository,
    environment: &GitEnvironment,
    revision: &str,
) -> Result<Option<ObjectId>, GitError> {
    if revision.starts_with('-') {
        return Ok(None);
    }
    if in_reftable(repository) {
        return ask(repository, environment, revision);
    }
    // gix tells an unknown name from trouble by words only; either way there is nothing to compare with.
    Ok(repository.rev_parse_single(revision).ok().map(gix::Id::detach))
}

/// Follows tags.
pub(super) fn peel(objects: &Objects, mut id: ObjectId) -> Result<Peeled, ObjectError> {
    let mut data = Vec::new();
    loop {
        match objects.header(id)?.kind {
            Kind::Commit => return Ok(Peeled::Commit(id)),
            Kind::Tree => return Ok(Peeled::Tree(id)),
            Kind::Blob => return Ok(Peeled::Blob(id)),
            Kind::Tag => {
                objects.read_into(id, Kind::Tag, &mut data)?;
                // A tag names a later object only, so this ends.
                id = TagRefIter::from_bytes(&data, objects.hash)
                    .target_id()
                    .map_err(|error| ObjectError::Damaged { id, cause: chain(&error) })?;
            }
        }
    }
}

/// Asks the `git` program for the object that a revision stands for.
pub(super) fn ask(
    repository: &Repository,
    environment: &GitEnvironment,
    revision: &str,
) -> Result<Option<ObjectId>, GitError> {
    let output =
        git(repository, environment, &["rev-parse", "--verify", "--quiet", "--end-of-options", revision])?;
    let failed = |cause: String| GitError::Reftable { path: repository.git_dir().to_path_buf(), cause };
    if output.status.success() {
        let id = output.stdout.trim_ascii();
        return ObjectId::from_hex(id).map(Some).map_err(|error| failed(error.to_string()));
    }
    // `--quiet` makes an unborn HEAD or an unknown name, and only that, a silent 1.
    if output.status.code() == Some(1) && output.stderr.is_empty() {
        return Ok(None);
    }
    Err(failed(said(&output)))
}

/// Runs `git`. Only references are read: nothing that the repository configures is run.
fn git(
    repository: &Repository,
    environment: &GitEnvironment,
    arguments: &[&str],
) -> Result<Output, GitError> {
    let path = repository.git_dir();
    Command::new(environment.program())
        .args(["-c", "safe.directory=*"])
        .args([OsStr::new("--git-dir"), path.as_os_str()])
        .args(arguments)
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| GitError::Reftable {
            path: path.to_path_buf(),
            cause: format!("{} could not be run: {error}", environment.program().display()),
        })
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().replace('\n', " ")
}
