//! `secretscan hook`: git's hooks, and those of AI coding agents.

mod agent;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::exit::Exit;
use crate::hook::{self, Hook, Installed, Removed, Repository};
use crate::report::redact::printable;

#[derive(Debug, Args)]
pub(super) struct HookArgs {
    #[command(subcommand)]
    command: HookCommand,
}

#[derive(Debug, Subcommand)]
enum HookCommand {
    /// Install hooks in a repository; never touches a hook that somebody else wrote
    #[command(after_help = INSTALL_EXAMPLES)]
    Install(RepositoryArgs),
    /// Remove the hooks that `install` wrote
    Uninstall(RepositoryArgs),
    /// Say what runs in a repository's hooks
    #[command(after_help = STATUS_EXAMPLES)]
    Status(RepositoryArgs),
    /// Read one event of an AI coding agent on standard input, and answer it
    #[command(after_help = agent::EXAMPLES)]
    Agent(agent::AgentArgs),
}

const INSTALL_EXAMPLES: &str = "\
Knows core.hooksPath, linked worktrees, submodules, husky, lefthook, pre-commit and prek. Where another hook is in the
way, nothing is changed, the lines to add are printed, and the exit code is 2.

Examples:
  secretscan hook install                       pre-commit here; pre-receive in a bare repository
  secretscan hook install --hook pre-commit --hook pre-push
  secretscan hook install /srv/git/app.git      refuse pushes that bring secrets";

const STATUS_EXAMPLES: &str = "\
Exit code 1 if a hook named with --hook does not run secretscan.

Examples:
  secretscan hook status
  secretscan hook status --hook pre-commit      for scripts: is this clone protected?";

#[derive(Debug, Args)]
struct RepositoryArgs {
    /// A folder in the repository
    #[arg(value_name = "REPO", default_value = ".")]
    repo: PathBuf,
    /// Which hook; may be given several times
    #[arg(long, value_name = "HOOK")]
    hook: Vec<Hook>,
}

/// Runs the subcommand.
pub(super) fn run(args: HookArgs) -> anyhow::Result<Exit> {
    match args.command {
        HookCommand::Install(args) => install(&args),
        HookCommand::Uninstall(args) => uninstall(&args),
        HookCommand::Status(args) => status(&args),
        HookCommand::Agent(args) => agent::run(args),
    }
}

impl RepositoryArgs {
    fn repository(&self) -> anyhow::Result<Repository> {
        Ok(Repository::around(&super::current_folder()?.join(&self.repo))?)
    }

    /// The hooks that are named, each once, or `default`.
    fn hooks_or(&self, default: &[Hook]) -> Vec<Hook> {
        let mut hooks = if self.hook.is_empty() { default.to_vec() } else { self.hook.clone() };
        hooks.sort_unstable();
        hooks.dedup();
        hooks
    }
}

fn install(args: &RepositoryArgs) -> anyhow::Result<Exit> {
    let repository = args.repository()?;
    let hooks = args.hooks_or(if repository.bare { &[Hook::PreReceive] } else { &[Hook::PreCommit] });
    let program = std::env::current_exe().ok();
    let answers = hook::install(&repository, &hooks, program.as_deref())?;
    let refused = answers.iter().any(|answer| matches!(answer, Installed::Refused(_)));
    for (hook, answer) in hooks.iter().zip(answers) {
        let name = hook.name();
        say(&match answer {
            Installed::Refused(advice) => format!("{name}: not installed: {advice}"),
            _ if refused => format!("{name}: not installed, because another hook cannot be"),
            Installed::New { path } => format!("{name}: installed ({})", path.display()),
            Installed::Updated { path } => format!("{name}: brought up to date ({})", path.display()),
            Installed::Unchanged { path } => format!("{name}: up to date already ({})", path.display()),
            Installed::Runs { path } => format!("{name}: {} runs secretscan already", path.display()),
        })?;
    }
    Ok(if refused { Exit::Usage } else { Exit::Clean })
}

fn uninstall(args: &RepositoryArgs) -> anyhow::Result<Exit> {
    let repository = args.repository()?;
    let mut exit = Exit::Clean;
    for hook in args.hooks_or(&Hook::ALL) {
        let name = hook.name();
        say(&match hook::uninstall(&repository, hook)? {
            Removed::File(path) => format!("{name}: removed ({})", path.display()),
            Removed::Nothing => format!("{name}: nothing of ours"),
            Removed::Left(path) => {
                exit = Exit::Usage;
                format!(
                    "{name}: {} runs secretscan, but is not ours alone; take the line out by hand",
                    path.display()
                )
            }
        })?;
    }
    Ok(exit)
}

fn status(args: &RepositoryArgs) -> anyhow::Result<Exit> {
    let repository = args.repository()?;
    let mut all_run = true;
    for hook in args.hooks_or(&Hook::ALL) {
        let status = hook::status(&repository, hook)?;
        all_run &= status.runs();
        say(&status.to_string())?;
    }
    Ok(if all_run || args.hook.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// Writes to standard output, line by line. Paths are the repository's, so nothing of them may reach the terminal as it is.
fn say(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    for line in text.lines() {
        match writeln!(out, "{}", printable(line)) {
            Err(error) if super::is_broken_pipe(&error) => break,
            other => other?,
        }
    }
    Ok(())
}
