//! The scripts that git runs: what they say, and how a file is known to be one of them.
//!
//! A script is one of the files under `hooks/`, with the program's path written into it. Its second line says whose it
//! is; a file counts as ours only if everything else is as this program writes it, so that nobody's changes are lost.

use std::path::Path;

use super::Hook;

/// Raised with every change of the files under `hooks/`. What an earlier version wrote is then no longer known as ours
/// unchanged, unless it is kept for comparison.
const VERSION: &str = "1";
const MARK: &str = "# secretscan hook ";
/// The line that the program's path goes into.
const RECORDED: &str = "recorded=";

/// The text of a hook that starts the program at `program`, or the one on the search path where there is none.
pub(super) fn write(hook: Hook, program: Option<&Path>) -> String {
    let template = match hook {
        Hook::PreCommit => include_str!("../../../hooks/pre-commit"),
        Hook::PrePush => include_str!("../../../hooks/pre-push"),
        Hook::PreReceive => include_str!("../../../hooks/pre-receive"),
    };
    match program.and_then(recordable) {
        Some(path) => {
            template.replacen("recorded=''", &format!("{RECORDED}'{}'", path.replace('\'', r"'\''")), 1)
        }
        None => template.to_owned(),
    }
}

/// The path as a script may hold it. One that is no text, or has line breaks, is left to the search path.
fn recordable(program: &Path) -> Option<String> {
    let text = program.to_str().filter(|text| !text.contains(['\n', '\r']))?;
    // Hooks run in a Unix shell on Windows too; there both slashes separate parts.
    Some(if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() })
}

/// A file that bears our mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ours {
    /// The version that it names.
    pub(super) version: String,
    /// True if it is what this version of the program writes, apart from the recorded path and line ends.
    pub(super) unchanged: bool,
    /// The program that it starts first; none if it looks on the search path only.
    pub(super) program: Option<String>,
    /// True if it has Windows line ends, which `sh` cannot run.
    pub(super) windows_line_ends: bool,
}

/// Reads a hook file. None if it does not bear our mark.
pub(super) fn read(hook: Hook, text: &str) -> Option<Ours> {
    let windows_line_ends = text.contains("\r\n");
    let text = text.replace("\r\n", "\n");
    let marked = text.lines().nth(1)?.strip_prefix(MARK)?;
    let version = marked.split_once(", version ").and_then(|(_, rest)| rest.split_once('.'));
    let line = text.lines().find(|line| line.starts_with(RECORDED)).unwrap_or_default();
    let quoted = line.strip_prefix(RECORDED).and_then(|value| value.strip_prefix('\'')?.strip_suffix('\''));
    let program = quoted.filter(|path| !path.is_empty()).map(|path| path.replace(r"'\''", "'"));
    let version = version.map(|(version, _)| version.to_owned()).unwrap_or_default();
    let unchanged = version == VERSION && write(hook, program.as_deref().map(Path::new)) == text;
    Some(Ours { version, unchanged, program, windows_line_ends })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_known_with_its_program_whatever_the_path() {
        for hook in Hook::ALL {
            for path in ["/usr/bin/secretscan", "/home/o'neil/a b/$HOME/`x`/secretscan"] {
                let ours = read(hook, &write(hook, Some(Path::new(path)))).expect("the mark");
                assert_eq!((ours.version.as_str(), ours.unchanged), ("1", true), "{path}");
                assert_eq!(ours.program.as_deref(), Some(path));
            }
            let ours = read(hook, &write(hook, None)).expect("the mark");
            assert_eq!((ours.program, ours.unchanged), (None, true));
        }
    }

    #[test]
    fn changed_files_are_told_apart() {
        let script = write(Hook::PreCommit, None);
        let edited = read(Hook::PreCommit, &format!("{script}make lint\n"));
        assert!(edited.is_some_and(|ours| !ours.unchanged), "a line of somebody");
        assert!(
            read(Hook::PrePush, &script).is_some_and(|ours| !ours.unchanged),
            "under another hook's name"
        );
        let windows = read(Hook::PreCommit, &script.replace('\n', "\r\n")).expect("the mark");
        assert!(windows.windows_line_ends && windows.unchanged);
        assert_eq!(read(Hook::PreCommit, "#!/bin/sh\nmake lint # secretscan hook\n"), None);
    }

    #[test]
    fn a_path_that_a_script_cannot_hold_is_left_to_the_search_path() {
        let script = write(Hook::PrePush, Some(Path::new("/opt/new\nline/secretscan")));
        assert_eq!(script, write(Hook::PrePush, None));
    }
}
