//! What a user has to add by hand where a hook cannot be installed without touching somebody's file.

use std::fmt;
use std::path::Path;

use super::{Found, Hook, Manager, Repository};

/// Why a hook was not installed, and what would do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// Why nothing was changed.
    pub reason: String,
    /// What to do.
    pub step: String,
    /// The lines to add; may be empty.
    pub lines: String,
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  {}", self.reason, self.step)?;
        if !self.lines.is_empty() {
            f.write_str(":\n")?;
        }
        for line in self.lines.lines() {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}

/// The command in a shell script that git, or somebody on its behalf, runs as `hook`.
fn in_shell(hook: Hook) -> String {
    let remote = if hook == Hook::PrePush { " --remote \"$1\"" } else { "" };
    format!("secretscan {}{remote}", hook.command())
}

/// For a script that somebody else wrote.
pub(super) fn foreign(hook: Hook, file: &Path) -> Advice {
    let command = in_shell(hook);
    let lines = if hook.reads_standard_input() {
        // Standard input can be read once, and the rest of the script may want it too.
        format!(
            "refs=$(cat)\n[ -z \"$refs\" ] || printf '%s\\n' \"$refs\" | {command} || exit 1\n\
             exec <<EOF\n$refs\nEOF\n"
        )
    } else {
        format!("{command} || exit 1\n")
    };
    Advice {
        reason: format!("{} is not ours, and was left as it is", file.display()),
        step: "add to it, before the first command that may end it".to_owned(),
        lines,
    }
}

/// For a hook that a manager keeps and that has no place for ours.
pub(super) fn managed(hook: Hook, found: &Found) -> Advice {
    let Found { manager, file, .. } = found;
    let (name, command) = (hook.name(), in_shell(hook));
    let file = file.display();
    if hook == Hook::PreReceive {
        return Advice {
            reason: format!("{manager} keeps this repository's hooks and runs no pre-receive"),
            step: "install it in the repository that is pushed to".to_owned(),
            lines: String::new(),
        };
    }
    let (step, lines) = match manager {
        Manager::Husky => (format!("add to {file}"), format!("{command}\n")),
        Manager::Lefthook => {
            let input = if hook.reads_standard_input() { "\n      use_stdin: true" } else { "" };
            let command = command.replace("\"$1\"", "{1}");
            let lines = format!("{name}:\n  jobs:\n    - name: secretscan\n      run: {command}{input}\n");
            (format!("add to {file}, and run `lefthook install`"), lines)
        }
        Manager::PreCommit => {
            let id = if hook == Hook::PreCommit { "secretscan-system" } else { "secretscan-push-system" };
            let lines = format!(
                "- repo: https://example.org/secretscan   # your clone of its repository\n  rev: v{}\n  hooks:\n  - id: {id}\n",
                env!("CARGO_PKG_VERSION")
            );
            (format!("add to {file} under `repos:`, and run `pre-commit install -t {name}`"), lines)
        }
    };
    Advice { reason: format!("{manager} keeps this repository's hooks"), step, lines }
}

/// For a manager whose configuration runs this program, but which was not set up in this clone.
pub(super) fn not_set_up(hook: Hook, found: &Found) -> Advice {
    let Found { manager, file, .. } = found;
    let name = hook.name();
    let command = match manager {
        Manager::PreCommit => format!("pre-commit install -t {name}"),
        Manager::Lefthook => "lefthook install".to_owned(),
        Manager::Husky => "npm install".to_owned(),
    };
    Advice {
        reason: format!("{} runs secretscan, but {manager} is not set up in this clone", file.display()),
        step: "set it up".to_owned(),
        lines: format!("{command}\n"),
    }
}

/// For a `core.hooksPath` that is not this repository's own.
pub(super) fn elsewhere(repository: &Repository, hook: Hook, path: &Path) -> Advice {
    let (scope, origin) = repository
        .setting
        .as_ref()
        .map(|setting| (setting.scope.as_str(), setting.origin.as_str()))
        .unwrap_or_default();
    let own = &repository.own_hooks;
    Advice {
        reason: format!(
            "core.hooksPath ({scope}, {origin}) sends git to {} for every repository, and a hook in {} would never run",
            repository.hooks.display(),
            own.display()
        ),
        step: format!(
            "add to {} (for all repositories), or give this repository its own folder",
            path.display()
        ),
        lines: format!(
            "{}\ngit config --local core.hooksPath '{}'\nsecretscan hook install --hook {}\n",
            foreign(hook, path).lines,
            own.display(),
            hook.name()
        ),
    }
}

/// For a `core.hooksPath` that names no folder, such as `/dev/null`.
pub(super) fn switched_off(repository: &Repository) -> Advice {
    Advice {
        reason: format!(
            "core.hooksPath is {}, which is no folder: git runs no hooks here",
            repository.hooks.display()
        ),
        step: "take the setting out (`git config --show-origin core.hooksPath` says where it is)".to_owned(),
        lines: String::new(),
    }
}

/// For pre-commit in a bare repository.
pub(super) fn bare() -> Advice {
    Advice {
        reason: "this is a bare repository: nobody commits in it, so pre-commit never runs".to_owned(),
        step: "what is pushed to it is scanned by".to_owned(),
        lines: "secretscan hook install --hook pre-receive\n".to_owned(),
    }
}
