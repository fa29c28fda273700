//! The configuration that makes an agent call this program.

use serde_json::{Value, json};

/// An agent whose configuration is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Agent {
    /// Claude Code.
    Claude,
    /// Cursor.
    Cursor,
    /// GitHub Copilot: CLI and cloud agent.
    Copilot,
    /// OpenAI Codex.
    Codex,
}

impl Agent {
    /// The file that the configuration belongs into, below the project's folder.
    pub fn file(self) -> &'static str {
        match self {
            Self::Claude => ".claude/settings.json",
            Self::Cursor => ".cursor/hooks.json",
            Self::Copilot => ".github/hooks/secretscan.json",
            Self::Codex => ".codex/hooks.json",
        }
    }
}

/// The configuration to paste, which calls `command`.
///
/// Most agents take an exit code other than 0 and 2 for a broken hook and go on; `|| exit 2` makes a missing program
/// stop them. GitHub Copilot stops by itself.
pub fn setup(agent: Agent, command: &str) -> Value {
    let strict = format!("{command} || exit 2");
    let group = |matcher: Option<&str>| {
        let hook = json!({ "type": "command", "command": strict, "timeout": 10 });
        match matcher {
            Some(matcher) => json!([{ "matcher": matcher, "hooks": [hook] }]),
            None => json!([{ "hooks": [hook] }]),
        }
    };
    match agent {
        // What a tool writes was looked at before it ran, so only tools that bring something in are looked at after.
        Agent::Claude => json!({ "hooks": {
            "UserPromptSubmit": group(None),
            "PreToolUse": group(Some("*")),
            "PostToolUse": group(Some("Bash|Grep|WebFetch|mcp__.*")),
        }}),
        Agent::Codex => json!({ "hooks": {
            "UserPromptSubmit": group(None),
            "PreToolUse": group(None),
            "PostToolUse": group(Some("Bash|mcp__.*")),
        }}),
        Agent::Cursor => {
            let hook = json!([{ "command": strict, "failClosed": true }]);
            json!({ "version": 1, "hooks": {
                "beforeSubmitPrompt": hook,
                "beforeShellExecution": hook,
                "beforeMCPExecution": hook,
                "beforeReadFile": hook,
                "preToolUse": [{ "command": strict, "failClosed": true, "matcher": "Write" }],
                "afterFileEdit": hook,
            }})
        }
        Agent::Copilot => {
            let hook =
                json!([{ "type": "command", "bash": command, "powershell": command, "timeoutSec": 10 }]);
            json!({ "version": 1, "hooks": {
                "userPromptSubmitted": hook,
                "preToolUse": hook,
                "postToolUse": hook,
            }})
        }
    }
}
