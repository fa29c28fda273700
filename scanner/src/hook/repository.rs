//! Where git looks for a repository's hooks. git itself is asked, for its own rules are the only right ones.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::HookError;

/// A repository as its hooks see it. All paths are absolute if the folder that was asked for is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The top of the work tree; of a bare repository, the repository. Hooks are run there.
    pub top: PathBuf,
    /// True if it has no work tree: nobody commits in it, but others push to it.
    pub bare: bool,
    /// The folder that git runs hooks from.
    pub hooks: PathBuf,
    /// The folder that it would run hooks from if `core.hooksPath` were not set.
    pub own_hooks: PathBuf,
    /// `core.hooksPath`, if it is set.
    pub setting: Option<HooksPath>,
}

/// The setting `core.hooksPath`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HooksPath {
    /// Its value, as written.
    pub value: String,
    /// Where it is written: `local`, `worktree`, `global`, `system` or `command`.
    pub scope: String,
    /// The file it is written in, as git names it.
    pub origin: String,
}

impl Repository {
    /// Asks git about the repository around `folder`. git reads its own environment and configuration, as it will when
    /// it runs the hooks.
    pub fn around(folder: &Path) -> Result<Self, HookError> {
        let bare = line(&ask(folder, &["rev-parse", "--is-bare-repository"])?) == "true";
        let top = match (bare, ask(folder, &["rev-parse", "--show-toplevel"])) {
            (false, Ok(top)) => path_of(&top),
            // In a bare repository, or in the `.git` folder of another one.
            _ => path_of(&ask(folder, &["rev-parse", "--absolute-git-dir"])?),
        };
        let common = top.join(path_of(&ask(&top, &["rev-parse", "--git-common-dir"])?));
        let hooks = top.join(path_of(&ask(&top, &["rev-parse", "--git-path", "hooks"])?));
        Ok(Self { setting: setting(&top)?, own_hooks: common.join("hooks"), top, bare, hooks })
    }

    /// `core.hooksPath`, if it is not this repository's own setting: then its folder serves others too.
    pub(super) fn foreign_setting(&self) -> Option<&HooksPath> {
        self.setting.as_ref().filter(|setting| !matches!(setting.scope.as_str(), "local" | "worktree"))
    }

    /// True if the files in `folder` belong to the work tree, and so to everybody who works on the project: the path of
    /// a program on this machine means nothing there.
    pub(super) fn is_shared(&self, folder: &Path) -> bool {
        let own = self.own_hooks.parent().unwrap_or(&self.own_hooks);
        !self.bare && folder.starts_with(&self.top) && !folder.starts_with(own)
    }
}

fn setting(top: &Path) -> Result<Option<HooksPath>, HookError> {
    let arguments = ["config", "-z", "--show-scope", "--show-origin", "--get", "core.hooksPath"];
    let output = git(top, &arguments)?;
    if output.status.code() == Some(1) {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&answer(top, output)?).into_owned();
    let mut fields = text.split('\0').map(str::to_owned);
    let (Some(scope), Some(origin), Some(value)) = (fields.next(), fields.next(), fields.next()) else {
        let message = "the answer about core.hooksPath was not understood".to_owned();
        return Err(HookError::Git { folder: top.to_owned(), message });
    };
    let origin = origin.strip_prefix("file:").map(str::to_owned).unwrap_or(origin);
    Ok(Some(HooksPath { value, scope, origin }))
}

fn git(folder: &Path, arguments: &[&str]) -> Result<std::process::Output, HookError> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    command.output().map_err(|source| HookError::NoGit { source })
}

fn ask(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, HookError> {
    answer(folder, git(folder, arguments)?)
}

fn answer(folder: &Path, output: std::process::Output) -> Result<Vec<u8>, HookError> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let message = said.trim().trim_start_matches("fatal: ").replace('\n', "; ");
    Err(HookError::Git { folder: folder.to_owned(), message })
}

fn line(answer: &[u8]) -> &str {
    std::str::from_utf8(answer).unwrap_or_default().trim_end()
}

/// One line of git's answer as a path.
fn path_of(answer: &[u8]) -> PathBuf {
    let text = answer.strip_suffix(b"\n").unwrap_or(answer);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    // Not text on Windows: git writes UTF-8 there, so this is no path of its own.
    gix::path::from_byte_slice(text)
        .map_or_else(|_| PathBuf::from(String::from_utf8_lossy(text).into_owned()), Path::to_owned)
}
