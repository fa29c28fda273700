//! What an agent is told, in its own dialect.

use serde_json::{Value, json};

use super::event::{Dialect, Event, Moment};

/// What came of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing speaks against it.
    Allow,
    /// It goes on, and the user is told this.
    Warn(String),
    /// It is stopped, for this reason.
    Deny(String),
}

/// What the process says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reply {
    /// One JSON object for standard output.
    pub output: Option<Value>,
    /// A text for standard error, where the dialect has no place for it in the object.
    pub message: Option<String>,
    /// True if only the exit code 2 can say that the event is stopped.
    pub refuse: bool,
}

impl Reply {
    fn json(output: Value) -> Self {
        Self { output: Some(output), ..Self::default() }
    }
}

impl Event {
    /// Puts `answer` in the words of the event's dialect.
    pub fn answer(&self, answer: &Answer) -> Reply {
        match self.dialect {
            Dialect::Cursor => self.to_cursor(answer),
            Dialect::Copilot => self.to_copilot(answer),
            Dialect::Claude | Dialect::Codex | Dialect::CopilotPascal => self.to_claude(answer),
        }
    }

    /// Cursor waits for an object in any case. What comes after a tool cannot be stopped any more, but the agent can be told.
    fn to_cursor(&self, answer: &Answer) -> Reply {
        let (allowed, text) = match answer {
            Answer::Allow => (true, None),
            Answer::Warn(text) => (true, Some(text)),
            Answer::Deny(text) => (false, Some(text)),
        };
        let mut output = match self.moment {
            Moment::Prompt => json!({ "continue": allowed }),
            Moment::Before | Moment::Permission => {
                json!({ "permission": if allowed { "allow" } else { "deny" } })
            }
            Moment::After | Moment::Other => json!({}),
        };
        if let Some(text) = text {
            output["user_message"] = json!(text);
            match self.moment {
                Moment::Prompt => {}
                Moment::After => output["additional_context"] = json!(text),
                _ => output["agent_message"] = json!(text),
            }
        }
        Reply { message: text.filter(|_| self.moment == Moment::After).cloned(), ..Reply::json(output) }
    }

    /// Claude Code takes silence for consent. So does Codex, which takes an explicit "allow" for a broken hook.
    fn to_claude(&self, answer: &Answer) -> Reply {
        let text = match answer {
            Answer::Allow => return Reply::default(),
            Answer::Warn(text) => return Reply::json(json!({ "systemMessage": text })),
            Answer::Deny(text) => text,
        };
        let mut output = match self.moment {
            Moment::Before => json!({ "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": text,
            }}),
            Moment::Permission => json!({ "hookSpecificOutput": {
                "hookEventName": "PermissionRequest",
                "decision": { "behavior": "deny", "message": text },
            }}),
            Moment::Prompt | Moment::After | Moment::Other => json!({ "decision": "block", "reason": text }),
        };
        if self.dialect == Dialect::CopilotPascal
            && let (Some(own), Some(output)) = (self.to_copilot(answer).output, output.as_object_mut())
        {
            // The program behind this format may be either one.
            output.extend(own.as_object().cloned().unwrap_or_default());
        }
        Reply::json(output)
    }

    /// GitHub Copilot cannot be stopped at a prompt; exit code 2 shows the user what was found.
    fn to_copilot(&self, answer: &Answer) -> Reply {
        let (text, denied) = match answer {
            Answer::Allow => return Reply::default(),
            Answer::Warn(text) => (text, false),
            Answer::Deny(text) => (text, true),
        };
        match self.moment {
            Moment::Before if denied => {
                Reply::json(json!({ "permissionDecision": "deny", "permissionDecisionReason": text }))
            }
            Moment::Permission if denied => Reply::json(json!({ "behavior": "deny", "message": text })),
            Moment::After if denied => Reply::json(json!({
                "modifiedResult": { "resultType": "success", "textResultForLlm": format!("The output is withheld. {text}") }
            })),
            Moment::After => Reply::json(json!({ "additionalContext": text })),
            _ => Reply { message: Some(text.clone()), refuse: denied, ..Reply::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(event: &Value, answer: &Answer) -> Reply {
        Event::read(event.to_string().as_bytes()).expect("an event").answer(answer)
    }

    #[test]
    fn every_dialect_is_answered_in_its_own_words() {
        let deny = Answer::Deny("why".to_owned());
        let claude = json!({"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {}});
        let denied = json!({"hookSpecificOutput": {
            "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "why"}});
        assert_eq!(reply(&claude, &deny).output, Some(denied.clone()));
        let codex =
            json!({"hook_event_name": "PreToolUse", "turn_id": "t", "tool_name": "Bash", "tool_input": {}});
        assert_eq!(reply(&codex, &deny).output, Some(denied));
        for event in [&claude, &codex] {
            assert_eq!(reply(event, &Answer::Allow), Reply::default(), "silence");
            let warned = reply(event, &Answer::Warn("why".to_owned()));
            assert_eq!(warned.output, Some(json!({"systemMessage": "why"})));
        }
        for name in ["UserPromptSubmit", "PostToolUse"] {
            let event = json!({"hook_event_name": name, "prompt": "", "tool_name": "Bash", "tool_input": {}});
            assert_eq!(
                reply(&event, &deny).output,
                Some(json!({"decision": "block", "reason": "why"})),
                "{name}"
            );
        }
        let permission =
            json!({"hook_event_name": "PermissionRequest", "tool_name": "Bash", "tool_input": {}});
        let decision = json!({"behavior": "deny", "message": "why"});
        let expected =
            json!({"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": decision}});
        assert_eq!(reply(&permission, &deny).output, Some(expected));
    }

    #[test]
    fn cursor_always_gets_an_object() {
        let deny = Answer::Deny("why".to_owned());
        let shell = json!({"hook_event_name": "beforeShellExecution", "command": "ls", "cwd": "/p"});
        assert_eq!(reply(&shell, &Answer::Allow).output, Some(json!({"permission": "allow"})));
        let expected = json!({"permission": "deny", "user_message": "why", "agent_message": "why"});
        assert_eq!(reply(&shell, &deny).output, Some(expected));
        let prompt = json!({"hook_event_name": "beforeSubmitPrompt", "prompt": "x"});
        assert_eq!(reply(&prompt, &Answer::Allow).output, Some(json!({"continue": true})));
        assert_eq!(reply(&prompt, &deny).output, Some(json!({"continue": false, "user_message": "why"})));
        let edit = json!({"hook_event_name": "afterFileEdit", "file_path": "/p/a", "edits": []});
        assert_eq!(reply(&edit, &Answer::Allow).output, Some(json!({})));
        assert_eq!(reply(&edit, &deny).message.as_deref(), Some("why"));
    }

    #[test]
    fn copilot_is_answered_flat_and_told_by_exit_code_where_it_reads_nothing() {
        let deny = Answer::Deny("why".to_owned());
        let tool = json!({"timestamp": 1, "toolName": "bash", "toolArgs": "{}"});
        let expected = json!({"permissionDecision": "deny", "permissionDecisionReason": "why"});
        assert_eq!(reply(&tool, &deny).output, Some(expected));
        assert_eq!(reply(&tool, &Answer::Allow), Reply::default());
        let prompt = reply(&json!({"timestamp": 1, "prompt": "x"}), &deny);
        assert_eq!((prompt.output, prompt.message.as_deref(), prompt.refuse), (None, Some("why"), true));
        let after = json!({"timestamp": 1, "toolName": "bash", "toolArgs": "{}", "toolResult": {}});
        let output = reply(&after, &deny).output.expect("an object");
        assert!(output["modifiedResult"]["textResultForLlm"].to_string().contains("withheld"), "{output}");
        let pascal =
            json!({"timestamp": "t", "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {}});
        let output = reply(&pascal, &deny).output.expect("an object");
        assert_eq!(output["permissionDecision"], output["hookSpecificOutput"]["permissionDecision"]);
    }
}
