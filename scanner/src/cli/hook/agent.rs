//! `secretscan hook agent`: one event in, one answer out.

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use crate::cli::args::SettingsArgs;
use crate::cli::{current_folder, remark, settings};
use crate::exit::Exit;
use crate::finding::Severity;
use crate::hook::agent::{Agent, Answer, Event, Reply, objection, setup};
use crate::scan::JudgeMode;

pub(super) const EXAMPLES: &str = "\
Understands Claude Code, Cursor, GitHub Copilot and OpenAI Codex by the event's fields. An allowed event is answered
with silence (Cursor: with an object) and exit code 0, a denied one in the agent's own words. An event that cannot be
read is stopped: exit code 2, with the reason on standard error. The language model is not asked unless --judge says so.

Examples:
  secretscan hook agent --print-config claude        what to paste into .claude/settings.json
  secretscan hook agent --print-config cursor --mode warn
  secretscan hook agent < event.json";

/// An event of more bytes is not read: no agent sends one, and no answer would be in time.
const LARGEST: u64 = 256 * 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct AgentArgs {
    /// What a finding does
    #[arg(long, value_name = "MODE", default_value = "block")]
    mode: Mode,
    /// Print the configuration that makes an agent call this program, and read no event
    #[arg(long, value_name = "AGENT")]
    print_config: Option<Agent>,
    /// Least severity that counts [default: warning]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<Severity>,
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// The event is stopped
    Block,
    /// The event goes on, and the user is told
    Warn,
}

pub(super) fn run(mut args: AgentArgs) -> anyhow::Result<Exit> {
    if let Some(agent) = args.print_config {
        return print_config(agent, args.mode);
    }
    // The language model takes longer than an agent should wait for every step.
    args.settings.judge.get_or_insert(JudgeMode::Features);
    // A panic would end with an exit code that agents take for a broken hook, and go on.
    let reply = match catch_unwind(AssertUnwindSafe(|| reply(&args))) {
        Ok(reply) => reply?,
        Err(_) => bail!("the event could not be scanned: a defect in secretscan, described above"),
    };
    if let Some(output) = &reply.output {
        writeln!(std::io::stdout().lock(), "{output}").context("cannot answer the agent")?;
    }
    if let Some(message) = &reply.message {
        remark(false, message);
    }
    Ok(if reply.refuse { Exit::Usage } else { Exit::Clean })
}

fn reply(args: &AgentArgs) -> anyhow::Result<Reply> {
    let mut bytes = Vec::new();
    let input = std::io::stdin().lock();
    input.take(LARGEST + 1).read_to_end(&mut bytes).context("cannot read the event from standard input")?;
    if bytes.len() as u64 > LARGEST {
        bail!("the event has more than {LARGEST} bytes, so it was not scanned");
    }
    let event = Event::read(&bytes)?;
    let folder = match event.folder() {
        Some(folder) if folder.is_dir() => folder.to_owned(),
        _ => current_folder()?,
    };
    let texts = event.texts(&folder);
    if texts.is_empty() {
        return Ok(event.answer(&Answer::Allow));
    }
    let mut settings = settings::resolve(&args.settings, Path::new(&folder), args.fail_on)?;
    settings.options.base = folder;
    let scanner = settings::scanner(settings.options)?;
    let answer = match (objection(&scanner, &texts, settings.fail_on), args.mode) {
        (None, _) => Answer::Allow,
        (Some(reason), Mode::Block) => Answer::Deny(reason),
        (Some(reason), Mode::Warn) => Answer::Warn(reason),
    };
    Ok(event.answer(&answer))
}

fn print_config(agent: Agent, mode: Mode) -> anyhow::Result<Exit> {
    let command = match mode {
        Mode::Block => "secretscan hook agent",
        Mode::Warn => "secretscan hook agent --mode warn",
    };
    remark(false, &format!("secretscan: this belongs into {}", agent.file()));
    writeln!(std::io::stdout().lock(), "{:#}", setup(agent, command))
        .context("cannot print the configuration")?;
    Ok(Exit::Clean)
}
