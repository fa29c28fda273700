//! Reading an event.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::text::Text;
use super::tool;

/// Whose event it is. The answers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Claude Code, and whatever else sends its format.
    Claude,
    /// OpenAI Codex: Claude's format with a `turn_id`. It refuses every answer before a tool but "deny".
    Codex,
    /// GitHub Copilot (CLI and cloud agent) with event names in camel case: no event name in the event.
    Copilot,
    /// GitHub Copilot with event names in Pascal case, and Visual Studio Code: Claude's format with a time.
    CopilotPascal,
    /// Cursor.
    Cursor,
}

/// When an event happens; decides how it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before a tool runs.
    Before,
    /// Before the user is asked whether a tool may run.
    Permission,
    /// After a tool ran.
    After,
    /// Before a prompt is sent.
    Prompt,
    /// Nothing of it needs a look: a session begins, a turn ends.
    Other,
}

/// One event of an agent.
#[derive(Debug, Clone)]
pub struct Event {
    pub(super) dialect: Dialect,
    pub(super) moment: Moment,
    /// Its name as it was sent; answers repeat it.
    pub(super) name: String,
    folder: Option<PathBuf>,
    tool: String,
    input: Value,
    output: Option<Value>,
    prompt: Option<String>,
    attachments: Vec<PathBuf>,
}

/// Why an event cannot be read. Says nothing of its content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// Not one JSON object.
    #[error("standard input is no JSON object: {0}; an agent's hook must hand its event over as it is")]
    Json(String),
    /// An object, but of no known agent.
    #[error(
        "the event has neither `hook_event_name` nor the fields of GitHub Copilot; known are Claude Code, Cursor, \
         GitHub Copilot and OpenAI Codex"
    )]
    Unknown,
    /// An event that this version does not know.
    #[error(
        "the event `{0}` is not known, so nothing in it was scanned; take the hook out of the agent's configuration for \
         that event, or update secretscan"
    )]
    Name(String),
    /// A field is missing or of the wrong kind.
    #[error("the event `{event}` has no usable field `{field}`, so it was not scanned")]
    Field {
        /// The event's name.
        event: String,
        /// The field.
        field: &'static str,
    },
}

/// Events in which nothing is written, sent or read. Compared without regard to case and separators.
const NOTHING_TO_SCAN: [&str; 22] = [
    "sessionstart",
    "sessionend",
    "stop",
    "stopfailure",
    "subagentstart",
    "subagentstop",
    "agentstop",
    "notification",
    "precompact",
    "postcompact",
    "erroroccurred",
    "permissiondenied",
    "setup",
    "configchange",
    "cwdchanged",
    "filechanged",
    "instructionsloaded",
    "interrupt",
    "teammateidle",
    "taskcompleted",
    "afteragentresponse",
    "afteragentthought",
];

impl Event {
    /// Reads an event. A byte-order mark before it is skipped: Cursor sends one.
    pub fn read(bytes: &[u8]) -> Result<Self, EventError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let fields = match serde_json::from_slice(bytes) {
            Ok(Value::Object(fields)) => fields,
            Ok(_) => return Err(EventError::Json("it is another kind of value".to_owned())),
            // The parser's own words may quote the input; where and what kind is enough.
            Err(error) => {
                return Err(EventError::Json(format!("line {}, column {}", error.line(), error.column())));
            }
        };
        let named = ["hook_event_name", "hookEventName"].iter().find_map(|key| fields.get(*key)?.as_str());
        let (dialect, name) = match named {
            Some(name) => (dialect(&fields, name), name.to_owned()),
            None => (Dialect::Copilot, copilot_name(&fields)?.to_owned()),
        };
        let folder = ["cwd", "workspace_roots"].iter().find_map(|key| folder(fields.get(*key)?));
        let event = Self {
            dialect,
            moment: Moment::Other,
            name,
            folder,
            tool: String::new(),
            input: Value::Null,
            output: None,
            prompt: None,
            attachments: Vec::new(),
        };
        event.with_content(fields)
    }

    fn with_content(mut self, mut fields: Map<String, Value>) -> Result<Self, EventError> {
        let name = self.name.to_ascii_lowercase().replace(['_', '-'], "");
        match name.as_str() {
            "pretooluse" | "beforemcpexecution" => self.moment = Moment::Before,
            "permissionrequest" => self.moment = Moment::Permission,
            "posttooluse" | "posttoolusefailure" | "aftermcpexecution" => self.moment = Moment::After,
            "userpromptsubmit" | "userpromptsubmitted" | "userprompttransformed" | "beforesubmitprompt" => {
                self.moment = Moment::Prompt;
                let key = if name == "userprompttransformed" { "transformedPrompt" } else { "prompt" };
                self.prompt = Some(text_of(fields.get(key)).ok_or_else(|| self.lacks("prompt"))?);
                self.attachments = attachments(fields.get("attachments"));
                return Ok(self);
            }
            "beforeshellexecution" | "aftershellexecution" => {
                let command = text_of(fields.get("command")).ok_or_else(|| self.lacks("command"))?;
                self.moment = if name.starts_with("before") { Moment::Before } else { Moment::After };
                "Shell".clone_into(&mut self.tool);
                self.input = serde_json::json!({ "command": command });
                self.output = fields.remove("output");
                return Ok(self);
            }
            "beforereadfile" | "beforetabfileread" => {
                self.moment = Moment::Before;
                "Read".clone_into(&mut self.tool);
                self.attachments = attachments(fields.get("attachments"));
                return self.with_fields_as_input(fields, "content");
            }
            "afterfileedit" | "aftertabfileedit" => {
                self.moment = Moment::After;
                "Edit".clone_into(&mut self.tool);
                return self.with_fields_as_input(fields, "edits");
            }
            known if NOTHING_TO_SCAN.contains(&known) => return Ok(self),
            _ => return Err(EventError::Name(shortened(&self.name))),
        }
        let keys: [&[&str]; 2] = [&["tool_name", "toolName"], &["tool_input", "toolArgs", "toolInput"]];
        let mut take = |keys: &[&str]| keys.iter().find_map(|key| fields.remove(*key));
        let Some(Value::String(tool)) = take(keys[0]) else {
            return Err(self.lacks("tool_name"));
        };
        self.tool = tool;
        self.input = unpacked(take(keys[1]).ok_or_else(|| self.lacks("tool_input"))?);
        self.output =
            take(&["tool_response", "tool_result", "toolResult", "tool_output", "result_json", "error"])
                .map(unpacked);
        Ok(self)
    }

    /// For events whose own fields say what a tool's input would: `needed` must be there.
    fn with_fields_as_input(
        mut self,
        mut fields: Map<String, Value>,
        needed: &'static str,
    ) -> Result<Self, EventError> {
        if !fields.get("file_path").is_some_and(Value::is_string) {
            return Err(self.lacks("file_path"));
        }
        let mut input = Map::new();
        for key in ["file_path", needed] {
            input.insert(key.to_owned(), fields.remove(key).ok_or_else(|| self.lacks(needed))?);
        }
        self.input = Value::Object(input);
        Ok(self)
    }

    fn lacks(&self, field: &'static str) -> EventError {
        EventError::Field { event: shortened(&self.name), field }
    }

    /// Whose event it is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The folder that the agent works in, if the event says so.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Everything in the event that is to be scanned. `base` (absolute) is what relative paths mean; paths below it are
    /// shown relative to it. Files are looked at, to see an edit in its place.
    pub fn texts(&self, base: &Path) -> Vec<Text> {
        match self.moment {
            Moment::Other => Vec::new(),
            Moment::Prompt => {
                let prompt = self.prompt.iter().map(|prompt| Text::prompt(prompt));
                prompt.chain(self.attachments.iter().map(|path| Text::on_disk(path, base))).collect()
            }
            Moment::Before | Moment::Permission => {
                let attached = self.attachments.iter().map(|path| Text::on_disk(path, base));
                tool::before(&self.tool, &self.input, base).into_iter().chain(attached).collect()
            }
            Moment::After => tool::after(&self.tool, &self.input, self.output.as_ref(), base),
        }
    }
}

fn dialect(fields: &Map<String, Value>, name: &str) -> Dialect {
    if fields.contains_key("cursor_version")
        || fields.contains_key("workspace_roots")
        || name.starts_with(|c: char| c.is_ascii_lowercase())
    {
        Dialect::Cursor
    } else if fields.contains_key("turn_id") {
        Dialect::Codex
    } else if fields.contains_key("timestamp") {
        Dialect::CopilotPascal
    } else {
        Dialect::Claude
    }
}

/// The event's name, told by the fields that only it has.
fn copilot_name(fields: &Map<String, Value>) -> Result<&'static str, EventError> {
    let has = |key: &str| fields.contains_key(key);
    if has("toolName") {
        let after = has("toolResult") || has("error");
        return Ok(if after { "postToolUse" } else { "preToolUse" });
    }
    if has("transformedPrompt") {
        return Ok("userPromptTransformed");
    }
    if has("prompt") {
        return Ok("userPromptSubmitted");
    }
    // Sessions, turns and errors carry a time and nothing to scan.
    let known = ["source", "reason", "stopReason", "agentName", "error", "trigger"];
    if has("timestamp") && known.iter().any(|key| has(key)) {
        Ok("notification")
    } else {
        Err(EventError::Unknown)
    }
}

/// `cwd`, or the first of `workspace_roots`.
fn folder(value: &Value) -> Option<PathBuf> {
    let path = value.as_array().map_or(Some(value), |roots| roots.first())?.as_str()?;
    Some(PathBuf::from(path)).filter(|path| path.is_absolute())
}

fn attachments(value: Option<&Value>) -> Vec<PathBuf> {
    let each = |attachment: &Value| {
        ["file_path", "filePath", "path"]
            .iter()
            .find_map(|key| attachment.get(*key)?.as_str())
            .map(PathBuf::from)
    };
    value.and_then(Value::as_array).into_iter().flatten().filter_map(each).collect()
}

/// A text, or several in a list, as one.
fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let parts: Option<Vec<&str>> = parts.iter().map(Value::as_str).collect();
            parts.map(|parts| parts.join(" "))
        }
        _ => None,
    }
}

/// Some agents send an object as the text of its JSON.
fn unpacked(value: Value) -> Value {
    match &value {
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            serde_json::from_str(text).unwrap_or(value)
        }
        _ => value,
    }
}

/// A name from outside, fit for a message.
fn shortened(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_told_by_their_fields() {
        for (event, dialect, moment) in [
            (
                r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"},"cwd":"/p"}"#,
                Dialect::Claude,
                Moment::Before,
            ),
            (
                r#"{"hook_event_name":"PreToolUse","turn_id":"t","tool_name":"Bash","tool_input":{"command":"ls"}}"#,
                Dialect::Codex,
                Moment::Before,
            ),
            (
                r#"{"hook_event_name":"PermissionRequest","turn_id":"t","tool_name":"Bash","tool_input":{}}"#,
                Dialect::Codex,
                Moment::Permission,
            ),
            (
                r#"{"timestamp":1,"cwd":"/p","toolName":"bash","toolArgs":"{\"command\":\"ls\"}"}"#,
                Dialect::Copilot,
                Moment::Before,
            ),
            (
                r#"{"timestamp":1,"cwd":"/p","toolName":"bash","toolArgs":{},"toolResult":{"textResultForLlm":""}}"#,
                Dialect::Copilot,
                Moment::After,
            ),
            (r#"{"timestamp":1,"cwd":"/p","prompt":"hello"}"#, Dialect::Copilot, Moment::Prompt),
            (r#"{"timestamp":1,"cwd":"/p","source":"new"}"#, Dialect::Copilot, Moment::Other),
            (
                r#"{"timestamp":"2026-01-01T00:00:00Z","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{}}"#,
                Dialect::CopilotPascal,
                Moment::Before,
            ),
            (
                r#"{"hook_event_name":"beforeShellExecution","command":"ls","cwd":"","workspace_roots":["/p"]}"#,
                Dialect::Cursor,
                Moment::Before,
            ),
            (
                r#"{"hook_event_name":"PreToolUse","cursor_version":"3","tool_name":"Shell","tool_input":{}}"#,
                Dialect::Cursor,
                Moment::Before,
            ),
            (
                r#"{"hook_event_name":"beforeSubmitPrompt","prompt":"x","attachments":[]}"#,
                Dialect::Cursor,
                Moment::Prompt,
            ),
            (r#"{"hook_event_name":"SessionStart","source":"startup"}"#, Dialect::Claude, Moment::Other),
        ] {
            let event = Event::read(event.as_bytes()).unwrap_or_else(|error| panic!("{error}: {event}"));
            assert_eq!((event.dialect, event.moment), (dialect, moment), "{event:?}");
        }
    }

    #[test]
    fn the_folder_is_the_agents_and_absolute() {
        let with = |fields: &str| {
            let event = format!("\u{feff}{{\"hook_event_name\":\"stop\",{fields}}}");
            Event::read(event.as_bytes()).expect("an event").folder
        };
        assert_eq!(with(r#""cwd":"/p""#), Some(PathBuf::from("/p")));
        assert_eq!(with(r#""cwd":"","workspace_roots":["/q","/r"]"#), Some(PathBuf::from("/q")));
        assert_eq!(with(r#""cwd":"relative""#), None);
    }

    #[test]
    fn what_cannot_be_read_is_an_error_without_its_content() {
        let value = ["hun", "ter2"].concat();
        for event in [
            String::new(),
            "[]".to_owned(),
            format!("{{\"command\":\"{value}"),
            format!("{{\"command\":\"{value}\"}}"),
            format!("{{\"hook_event_name\":\"PreToolUse\",\"tool_input\":{{\"command\":\"{value}\"}}}}"),
            format!("{{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\",\"x\":\"{value}\"}}"),
            format!("{{\"hook_event_name\":\"beforeShellExecution\",\"cwd\":\"{value}\"}}"),
            format!("{{\"hook_event_name\":\"Beforehand\",\"prompt\":\"{value}\"}}"),
            format!("{{\"hook_event_name\":\"beforeReadFile\",\"content\":\"{value}\"}}"),
            "[".repeat(100_000),
        ] {
            let error = Event::read(event.as_bytes()).expect_err("not readable").to_string();
            assert!(!error.contains(&value), "{error}");
        }
    }
}
