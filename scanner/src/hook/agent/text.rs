//! What is scanned of an event.

use std::path::{Component, Path, PathBuf};

use crate::source::Scope;

/// Where a text comes from, as people call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A file: written, edited or read.
    File,
    /// What the user wrote to the agent.
    Prompt,
    /// A shell command.
    Command,
    /// What a tool is given.
    Input,
    /// What a tool gave back.
    Output,
}

/// The bytes of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// These.
    Bytes(Vec<u8>),
    /// Those of a file, as it is.
    Disk(PathBuf),
}

/// One text to scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The path that rules look at; of a file, its own.
    pub name: String,
    /// What it is.
    pub place: Place,
    /// Its bytes.
    pub content: Content,
    /// The lines that count.
    pub scope: Scope,
}

impl Text {
    pub(super) fn prompt(text: &str) -> Self {
        Self::said(Place::Prompt, "prompt.txt", text)
    }

    pub(super) fn command(text: &str) -> Self {
        Self::said(Place::Command, "command.sh", text)
    }

    pub(super) fn said(place: Place, name: &str, text: &str) -> Self {
        let content = Content::Bytes(text.as_bytes().to_vec());
        Self { name: name.to_owned(), place, content, scope: Scope::All }
    }

    pub(super) fn file(path: &Path, base: &Path, bytes: Vec<u8>, scope: Scope) -> Self {
        Self { name: shown(path, base), place: Place::File, content: Content::Bytes(bytes), scope }
    }

    pub(super) fn on_disk(path: &Path, base: &Path) -> Self {
        let content = Content::Disk(base.join(path));
        Self { name: shown(path, base), place: Place::File, content, scope: Scope::All }
    }

    /// Where line `line` of it is, in words.
    pub(super) fn locate(&self, line: u64) -> String {
        match self.place {
            Place::File => format!("{}, line {line}", self.name),
            Place::Prompt => format!("the prompt, line {line}"),
            Place::Command => format!("the command, line {line}"),
            Place::Input => "the tool's input".to_owned(),
            Place::Output => "the tool's output".to_owned(),
        }
    }
}

/// The path below `base`, or as it is if it lies elsewhere; `/` between parts.
fn shown(path: &Path, base: &Path) -> String {
    let path = path.strip_prefix(base).unwrap_or(path);
    let plain = path.components().filter(|part| *part != Component::CurDir).collect::<PathBuf>();
    plain.display().to_string().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_shown_relative_to_the_agents_folder() {
        for (path, expected) in [
            ("/p/src/a.py", "src/a.py"),
            ("./src/a.py", "src/a.py"),
            ("/q/a.py", "/q/a.py"),
            ("a.py", "a.py"),
        ] {
            assert_eq!(shown(Path::new(path), Path::new("/p")), expected);
        }
    }
}
