//! What runs in a repository's hooks.

use std::fmt;
use std::path::{Path, PathBuf};

use super::existing::{Existing, look};
use super::install::places;
use super::manager::{self, Found, Manager};
use super::{Hook, HookError, Repository};

/// What lies at the place that git, or husky, runs a hook from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    Absent,
    /// A script of ours. `problem` says why it does not do its work, if it does not.
    Ours {
        /// The version that it names.
        version: String,
        /// What is wrong with it.
        problem: Option<String>,
    },
    /// Written by pre-commit or prek.
    PreCommit,
    /// Somebody else's.
    Foreign {
        /// Whether it starts this program.
        runs: bool,
    },
    /// `core.hooksPath` names no folder.
    Off,
}

/// One hook of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookStatus {
    /// Which.
    pub hook: Hook,
    /// Where it is run from.
    pub path: PathBuf,
    /// What is there.
    pub state: State,
    /// A script of ours that is never run, because `core.hooksPath` sends git elsewhere.
    pub shadowed: Option<PathBuf>,
    /// A script of ours beside pre-commit's, which runs it.
    pub legacy: Option<PathBuf>,
    /// The managers that have files here.
    pub managers: Vec<Found>,
}

impl HookStatus {
    /// True if this program runs when git runs the hook.
    pub fn runs(&self) -> bool {
        let by = |wanted: Manager| self.managers.iter().any(|found| found.manager == wanted && found.runs);
        match &self.state {
            State::Absent | State::Off => false,
            State::Ours { problem, .. } => problem.is_none(),
            State::PreCommit => self.legacy.is_some() || by(Manager::PreCommit),
            State::Foreign { runs } => *runs || by(Manager::Lefthook),
        }
    }
}

/// Looks at one hook. Changes nothing.
pub fn status(repository: &Repository, hook: Hook) -> Result<HookStatus, HookError> {
    let managers = manager::find(repository, hook);
    let husky = managers.iter().find(|found| found.manager == Manager::Husky);
    let path = husky.map_or_else(|| repository.hooks.join(hook.name()), |found| found.file.clone());
    let mut legacy = None;
    let state = if repository.hooks.exists() && !repository.hooks.is_dir() {
        State::Off
    } else {
        match look(hook, &path)? {
            Existing::Absent => State::Absent,
            Existing::Ours { ours, executable } => {
                let missing = ours.program.as_ref().filter(|program| !Path::new(program).is_file());
                let problem = if ours.windows_line_ends {
                    Some("it has Windows line ends, which sh cannot run".to_owned())
                } else if !executable && husky.is_none() {
                    Some("it is not executable, so git does not run it".to_owned())
                } else {
                    missing.map(|program| format!("{program} is missing; it looks on the search path then"))
                };
                State::Ours { version: ours.version, problem }
            }
            Existing::Shim { legacy: beside } => {
                let ours = matches!(look(hook, &beside)?, Existing::Ours { executable: true, .. });
                legacy = ours.then_some(beside);
                State::PreCommit
            }
            Existing::Foreign { runs } => State::Foreign { runs },
        }
    };
    let mut shadowed = None;
    for place in places(repository, hook) {
        let run = place == path || Some(&place) == legacy.as_ref();
        if !run && repository.setting.is_some() && matches!(look(hook, &place)?, Existing::Ours { .. }) {
            shadowed = Some(place);
        }
    }
    Ok(HookStatus { hook, path, state, shadowed, legacy, managers })
}

impl fmt::Display for HookStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(f, "{}: ", self.hook.name())?;
        match &self.state {
            State::Absent => write!(f, "not installed ({path})")?,
            State::Ours { version, problem: None } => {
                write!(f, "installed, version {version}, up to date ({path})")?;
            }
            State::Ours { version, problem: Some(problem) } => {
                write!(
                    f,
                    "installed, version {version}, but {problem} ({path}); `secretscan hook install` renews it"
                )?;
            }
            State::PreCommit if self.legacy.is_some() => {
                write!(f, "installed, run by pre-commit's own hook ({path})")?;
            }
            State::PreCommit => write!(f, "pre-commit's hook ({path})")?,
            State::Foreign { runs: true } => write!(f, "foreign, runs secretscan ({path})")?,
            State::Foreign { runs: false } => write!(f, "foreign ({path})")?,
            State::Off => write!(f, "off: core.hooksPath names no folder ({path})")?,
        }
        if let Some(shadowed) = &self.shadowed {
            write!(f, "\n  shadowed: core.hooksPath keeps git from running {}", shadowed.display())?;
        }
        for Found { manager, file, runs } in &self.managers {
            let does = if *runs { "runs secretscan" } else { "does not run secretscan" };
            write!(f, "\n  manager: {manager}, {does} ({})", file.display())?;
        }
        Ok(())
    }
}
