//! What a tool is about to do, or did, told by the fields of its input.
//!
//! Tools have other names in every agent, and MCP servers bring their own, so the shape of the input counts: a path with
//! a content is a file to write, a path with old and new text an edit, a command a command. Whatever is not known that
//! way is scanned as it stands. What is taken away (`old_string`) is not scanned: a secret may always be removed.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::edit::{self, Edit};
use super::patch;
use super::text::{Place, Text};
use crate::source::Scope;

const PATHS: &[&str] = &["filepath", "notebookpath", "targetfile", "path", "filename"];
const COMMANDS: &[&str] = &["command", "cmd", "script"];
const CONTENTS: &[&str] = &["content", "contents", "filetext"];
const OLD: &[&str] = &["oldstring", "oldstr", "oldtext"];
const NEW: &[&str] = &["newstring", "newstr", "newtext", "newsource", "inserttext"];
const EDITS: &[&str] = &["edits", "replacements"];
const PATCHES: &[&str] = &["command", "input", "patch", "patchtext"];
/// Names of tools that show a file to the agent.
const READERS: &[&str] =
    &["read", "view", "readfile", "readtextfile", "viewfile", "openfile", "notebookread", "tabread"];
/// What an editor tool can be told to do; no shell commands.
const EDITOR_COMMANDS: [&str; 5] = ["view", "create", "str_replace", "insert", "undo_edit"];
/// Keys under which tools give back plain text.
const SPOKEN: [&str; 9] =
    ["stdout", "stderr", "output", "content", "text", "result", "error", "message", "textresultforllm"];

/// A tool's input, with its fields taken out one by one.
struct Fields(Map<String, Value>);

impl Fields {
    /// Takes the first field with one of these names, whatever its case and separators.
    fn take(&mut self, names: &[&str]) -> Option<Value> {
        let found = names.iter().find_map(|name| self.0.keys().find(|key| plain(key) == *name).cloned())?;
        self.0.shift_remove(&found)
    }

    /// As [`take`](Self::take), if it is a text; else it stays.
    fn take_text(&mut self, names: &[&str]) -> Option<String> {
        let is_text =
            |name: &&&str| self.0.iter().any(|(key, value)| plain(key) == **name && text(value).is_some());
        let name = *names.iter().find(is_text)?;
        self.take(&[name]).as_ref().and_then(text)
    }

    fn path(&self) -> Option<PathBuf> {
        let found = PATHS.iter().find_map(|name| self.0.iter().find(|(key, _)| plain(key) == *name))?;
        found.1.as_str().map(PathBuf::from)
    }
}

/// What a tool is about to do.
pub(super) fn before(tool: &str, input: &Value, base: &Path) -> Vec<Text> {
    let mut fields = match input {
        Value::Object(fields) => Fields(fields.clone()),
        Value::String(text) => {
            return command_or_patch(text, base, |text| Text::said(Place::Input, "input.txt", text));
        }
        other => return unknown(Place::Input, other.clone()),
    };
    let views = is_reader(tool) || fields.path().is_some() && fields.0.get("command") == Some(&json!("view"));
    let mut texts = changes(&mut fields, base, edit::planned);
    if let Some(command) = fields.take_text(COMMANDS) {
        texts.extend(command_or_patch(&command, base, Text::command));
    }
    if texts.is_empty()
        && views
        && let Some(path) = fields.path()
    {
        let scope = lines_read(&fields.0);
        fields.take(PATHS);
        texts.push(Text { scope, ..Text::on_disk(&path, base) });
    }
    texts.extend(unknown(Place::Input, Value::Object(fields.0)));
    texts
}

/// What a tool did: the file that it changed, or what it gave back.
pub(super) fn after(tool: &str, input: &Value, output: Option<&Value>, base: &Path) -> Vec<Text> {
    if let Value::Object(fields) = input {
        let changed = changes(&mut Fields(fields.clone()), base, edit::done);
        if !changed.is_empty() {
            // The tool's answer to an edit repeats the file, with what stood in it before.
            return changed;
        }
    }
    let Some(output) = output else {
        return Vec::new();
    };
    // A file that was read is judged as the file that it is.
    let read = output.get("file").and_then(|file| {
        let content = file.get("content")?.as_str()?;
        Some((["filePath", "file_path"].iter().find_map(|key| file.get(*key)?.as_str())?, content))
    });
    if let Some((path, content)) = read {
        return vec![Text::file(Path::new(path), base, content.as_bytes().to_vec(), Scope::All)];
    }
    let path = Fields(input.as_object().cloned().unwrap_or_default()).path();
    if let (Some(path), Some(text), true) = (path, output.as_str(), is_reader(tool)) {
        return vec![Text::file(&path, base, text.as_bytes().to_vec(), Scope::All)];
    }
    unknown(Place::Output, output.clone())
}

/// Files that the input writes or edits.
fn changes(fields: &mut Fields, base: &Path, edited: fn(&Path, &Path, &[Edit]) -> Vec<Text>) -> Vec<Text> {
    let patch = PATCHES.iter().find_map(|name| {
        let value = fields.0.iter().find(|(key, _)| plain(key) == *name)?.1;
        text(value).filter(|text| text.contains("*** Begin Patch")).map(|text| (*name, text))
    });
    if let Some((name, text)) = patch {
        fields.take(&[name]);
        return command_or_patch(&text, base, Text::command);
    }
    let path = fields.path();
    let is_editor_command =
        |value: &Value| value.as_str().is_some_and(|text| EDITOR_COMMANDS.contains(&text));
    if path.is_some() && fields.0.get("command").is_some_and(is_editor_command) {
        fields.0.shift_remove("command");
    }
    if let Some(path) = &path
        && let Some(content) = fields.take_text(CONTENTS)
    {
        fields.take(PATHS);
        return vec![Text::file(path, base, content.into_bytes(), Scope::All)];
    }
    let mut edits = listed_edits(fields, path.as_deref());
    if let Some(path) = path {
        edits.extend(one_edit(fields).map(|edit| (path, edit)));
    }
    if edits.is_empty() {
        return Vec::new();
    }
    fields.take(PATHS);
    let mut texts = Vec::new();
    for group in edits.chunk_by(|a, b| a.0 == b.0) {
        let path = &group[0].0;
        let of_file: Vec<Edit> = group.iter().map(|(_, edit)| edit.clone()).collect();
        texts.extend(if path.extension().is_some_and(|extension| extension == "ipynb") {
            // The text is a cell's, and no JSON.
            let cell = PathBuf::from(format!("{}#cell.py", path.display()));
            edited(&cell, base, &of_file)
        } else {
            edited(path, base, &of_file)
        });
    }
    texts
}

/// The edits of a list. Each may name a file of its own. What is left of them stays in `fields`.
fn listed_edits(fields: &mut Fields, path: Option<&Path>) -> Vec<(PathBuf, Edit)> {
    let Some(list) = fields.take(EDITS) else {
        return Vec::new();
    };
    let Value::Array(list) = list else {
        fields.0.insert(EDITS[0].to_owned(), list);
        return Vec::new();
    };
    let mut edits = Vec::new();
    let mut left = Vec::new();
    for each in list {
        let Value::Object(each) = each else {
            left.push(each);
            continue;
        };
        let mut each = Fields(each);
        if let Some(path) = each.path().or_else(|| path.map(Path::to_owned))
            && let Some(edit) = one_edit(&mut each)
        {
            each.take(PATHS);
            edits.push((path, edit));
        }
        left.push(Value::Object(each.0));
    }
    fields.0.insert(EDITS[0].to_owned(), Value::Array(left));
    edits
}

fn one_edit(fields: &mut Fields) -> Option<Edit> {
    let new = fields.take_text(NEW)?;
    let old = fields.take_text(OLD).unwrap_or_default();
    let all = fields.take(&["replaceall"]).is_some_and(|all| all == Value::Bool(true));
    Some(Edit { old, new, all })
}

/// A patch as its files, and what is around it as `other` would have it.
fn command_or_patch(text: &str, base: &Path, other: fn(&str) -> Text) -> Vec<Text> {
    let Some((mut texts, around)) = patch::texts(text, base) else {
        return vec![other(text)];
    };
    if !around.is_empty() {
        texts.push(other(&around));
    }
    texts
}

/// Anything: texts of several lines, and those that tools give back, as they are; the rest as JSON, with its names.
fn unknown(place: Place, mut value: Value) -> Vec<Text> {
    let mut spoken = Vec::new();
    take_spoken(&mut value, true, &mut spoken);
    let (plain, json) = match place {
        Place::Output => ("output.txt", "output.json"),
        _ => ("input.txt", "input.json"),
    };
    let mut texts: Vec<Text> = spoken.iter().map(|text| Text::said(place, plain, text)).collect();
    if has_text(&value) {
        // A value that was read from JSON can be written as JSON.
        texts.push(Text::said(place, json, &format!("{value:#}")));
    }
    texts
}

/// Moves plain texts out of `value`.
fn take_spoken(value: &mut Value, is_spoken: bool, spoken: &mut Vec<String>) {
    match value {
        Value::String(text) if is_spoken || text.contains('\n') => {
            spoken.push(std::mem::take(text));
            *value = Value::Null;
        }
        Value::Array(values) => values.iter_mut().for_each(|value| take_spoken(value, is_spoken, spoken)),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                take_spoken(value, SPOKEN.contains(&plain(key).as_str()), spoken);
            }
        }
        _ => {}
    }
}

fn has_text(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Number(_) => true,
        Value::Array(values) => values.iter().any(has_text),
        Value::Object(fields) => fields.values().any(has_text),
        Value::Null | Value::Bool(_) => false,
    }
}

/// The lines of a file that a tool reads: `offset` and `limit`, a range, or all. One more on either side, because tools
/// disagree on whether lines count from 0 or 1.
fn lines_read(fields: &Map<String, Value>) -> Scope {
    let number = |name: &str| fields.iter().find(|(key, _)| plain(key) == name)?.1.as_i64();
    let range =
        fields.iter().find(|(key, _)| plain(key) == "viewrange").and_then(|(_, range)| range.as_array());
    let (first, last) = if let Some([first, last]) = range.map(Vec::as_slice) {
        (first.as_i64(), last.as_i64().filter(|last| *last >= 0))
    } else if let (Some(first), last) = (number("startline"), number("endline")) {
        (Some(first), last)
    } else {
        let (offset, limit) = (number("offset"), number("limit"));
        (offset.or(limit.map(|_| 1)), limit.map(|limit| offset.unwrap_or(1).saturating_add(limit)))
    };
    match first {
        Some(first) if first >= 0 => {
            let last = last.map_or(u64::MAX, |last| last.max(first).unsigned_abs().saturating_add(1));
            Scope::Lines(vec![first.unsigned_abs().saturating_sub(1).max(1)..=last])
        }
        _ => Scope::All,
    }
}

/// True if the tool shows a file. Tools of MCP servers have the server's name before their own.
fn is_reader(tool: &str) -> bool {
    let own = tool.rsplit("__").next().unwrap_or(tool).rsplit([':', '/', '.']).next().unwrap_or(tool);
    READERS.contains(&plain(own).as_str())
}

/// A name without its case and separators.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A text, or a command as a list of words.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(words) => {
            let words: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
            words.map(|words| words.join(" "))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
