//! Installing and removing hooks.
//!
//! All is planned before anything is written: if one hook of several cannot be installed, none is.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::existing::{Existing, look};
use super::manager::{self, Manager};
use super::script::{self, Ours};
use super::{Advice, Found, Hook, HookError, Repository, advice};

/// What installing one hook comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Installed {
    /// The file is new.
    New {
        /// The file.
        path: PathBuf,
    },
    /// The file was ours and is up to date now.
    Updated {
        /// The file.
        path: PathBuf,
    },
    /// The file is ours and was up to date.
    Unchanged {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else's file runs this program already: there is nothing to do.
    Runs {
        /// That file.
        path: PathBuf,
    },
    /// Nothing was written for any hook, because this one cannot be installed without touching somebody's file.
    Refused(Advice),
}

/// What removing one hook came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removed {
    /// Our file is gone.
    File(PathBuf),
    /// There was no file of ours.
    Nothing,
    /// A file that is not ours, or that was changed since, runs this program; it was left as it is.
    Left(PathBuf),
}

/// A file to write.
struct Planned {
    path: PathBuf,
    text: String,
}

/// Installs `hooks`, each of which then starts `program`, or the one on the search path if that is gone. The answers are
/// in the order of `hooks`. Installing twice changes nothing.
pub fn install(
    repository: &Repository,
    hooks: &[Hook],
    program: Option<&Path>,
) -> Result<Vec<Installed>, HookError> {
    let mut planned = Vec::new();
    let mut answers = Vec::new();
    for &hook in hooks {
        let (answer, file) = plan(repository, hook, program)?;
        answers.push(answer);
        planned.extend(file);
    }
    if !answers.iter().any(|answer| matches!(answer, Installed::Refused(_))) {
        for Planned { path, text } in &planned {
            write(path, text).map_err(|source| HookError::Write { path: path.clone(), source })?;
        }
    }
    Ok(answers)
}

type Plan = (Installed, Option<Planned>);

fn plan(repository: &Repository, hook: Hook, program: Option<&Path>) -> Result<Plan, HookError> {
    if repository.bare && hook == Hook::PreCommit {
        return Ok(refuse(advice::bare()));
    }
    let path = repository.hooks.join(hook.name());
    if repository.hooks.exists() && !repository.hooks.is_dir() {
        return Ok(refuse(advice::switched_off(repository)));
    }
    let existing = look(hook, &path)?;
    let managers = manager::find(repository, hook);
    let of = |wanted: Manager| managers.iter().find(|found| found.manager == wanted);
    if let Some(husky) = of(Manager::Husky) {
        return plan_husky(repository, hook, husky);
    }
    if repository.foreign_setting().is_some() {
        return Ok(match existing {
            Existing::Ours { .. } | Existing::Foreign { runs: true } => (Installed::Runs { path }, None),
            _ => refuse(advice::elsewhere(repository, hook, &path)),
        });
    }
    if let Some(lefthook) = of(Manager::Lefthook) {
        // lefthook moves other hooks away when it installs its own, and runs them no more.
        return Ok(match existing {
            _ if !lefthook.runs => refuse(advice::managed(hook, lefthook)),
            Existing::Foreign { .. } => (Installed::Runs { path: lefthook.file.clone() }, None),
            _ => refuse(advice::not_set_up(hook, lefthook)),
        });
    }
    if let (Some(pre_commit), Existing::Absent) =
        (of(Manager::PreCommit).filter(|found| found.runs), &existing)
    {
        return Ok(refuse(advice::not_set_up(hook, pre_commit)));
    }
    let program = program.filter(|_| !repository.is_shared(&repository.hooks));
    match existing {
        Existing::Shim { legacy } => match of(Manager::PreCommit) {
            Some(found) if found.runs => Ok((Installed::Runs { path: found.file.clone() }, None)),
            found => match look(hook, &legacy)? {
                Existing::Foreign { runs: true } => Ok((Installed::Runs { path: legacy }, None)),
                Existing::Foreign { runs: false } | Existing::Shim { .. } => Ok(refuse(
                    found
                        .map_or_else(|| advice::foreign(hook, &legacy), |found| advice::managed(hook, found)),
                )),
                existing => Ok(own(hook, legacy, &existing, program)),
            },
        },
        Existing::Foreign { runs: true } => Ok((Installed::Runs { path }, None)),
        Existing::Foreign { runs: false } => Ok(refuse(advice::foreign(hook, &path))),
        existing => Ok(own(hook, path, &existing, program)),
    }
}

/// husky's own scripts are written anew with every `npm install`; the project's scripts lie beside them and are for
/// everybody.
fn plan_husky(repository: &Repository, hook: Hook, husky: &Found) -> Result<Plan, HookError> {
    if hook == Hook::PreReceive || repository.foreign_setting().is_some() {
        return Ok(refuse(advice::managed(hook, husky)));
    }
    Ok(match look(hook, &husky.file)? {
        Existing::Foreign { runs: true } => (Installed::Runs { path: husky.file.clone() }, None),
        Existing::Foreign { runs: false } | Existing::Shim { .. } => refuse(advice::managed(hook, husky)),
        existing => own(hook, husky.file.clone(), &existing, None),
    })
}

fn refuse(advice: Advice) -> Plan {
    (Installed::Refused(advice), None)
}

/// Our own file at `path`, where `existing` is nothing or ours.
fn own(hook: Hook, path: PathBuf, existing: &Existing, program: Option<&Path>) -> Plan {
    let text = script::write(hook, program);
    match existing {
        Existing::Ours { ours, executable: true } if is_current(hook, ours, &text) => {
            (Installed::Unchanged { path }, None)
        }
        Existing::Ours { .. } => (Installed::Updated { path: path.clone() }, Some(Planned { path, text })),
        _ => (Installed::New { path: path.clone() }, Some(Planned { path, text })),
    }
}

fn is_current(hook: Hook, ours: &Ours, wanted: &str) -> bool {
    !ours.windows_line_ends && script::write(hook, ours.program.as_deref().map(Path::new)) == wanted
}

/// Removes what [`install`] wrote, wherever git or a manager would run it.
pub fn uninstall(repository: &Repository, hook: Hook) -> Result<Removed, HookError> {
    let mut left = None;
    for path in places(repository, hook) {
        match look(hook, &path)? {
            Existing::Ours { .. } => {
                std::fs::remove_file(&path)
                    .map_err(|source| HookError::Remove { path: path.clone(), source })?;
                return Ok(Removed::File(path));
            }
            Existing::Foreign { runs: true } => left = left.or(Some(path)),
            _ => {}
        }
    }
    Ok(left.map_or(Removed::Nothing, Removed::Left))
}

/// Where a file of ours may lie in this repository.
pub(super) fn places(repository: &Repository, hook: Hook) -> Vec<PathBuf> {
    let husky = manager::husky_scripts(repository).map(|folder| folder.join(hook.name()));
    // A folder that other repositories use too is none of this repository's business.
    let mut folders = vec![&repository.own_hooks];
    if repository.hooks != repository.own_hooks && repository.foreign_setting().is_none() {
        folders.insert(0, &repository.hooks);
    }
    let mut places: Vec<PathBuf> = husky.into_iter().collect();
    for folder in folders {
        places.push(folder.join(hook.name()));
        places.push(folder.join(format!("{}.legacy", hook.name())));
    }
    places
}

/// Writes a hook beside its place and moves it there, so that git never runs half of one.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let new = folder.join(format!(".secretscan-hook-{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
    let mut file = options.open(&new)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let moved = written.and_then(|()| std::fs::rename(&new, path));
    if moved.is_err() {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&new);
    }
    moved
}
