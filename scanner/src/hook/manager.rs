//! Programs that manage a repository's hooks, and whether they run this one.
//!
//! Their configuration is looked at line by line: a line that names this program and is no comment counts. That asks
//! for no parser of YAML, TOML and JSON, and errs on the side of "does not run it" only where a configuration is spread
//! over several files.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{Hook, Repository, script};

/// A program that manages hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// husky: scripts in `.husky/`, run through `core.hooksPath`.
    Husky,
    /// lefthook: `lefthook.yml` and its other names.
    Lefthook,
    /// pre-commit, or prek, which reads the same file.
    PreCommit,
}

impl fmt::Display for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Husky => "husky",
            Self::Lefthook => "lefthook",
            Self::PreCommit => "pre-commit",
        })
    }
}

/// A manager whose configuration is in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The program.
    pub manager: Manager,
    /// The file that says what it does in the hook; with husky it may not exist yet.
    pub file: PathBuf,
    /// True if that file runs this program in the hook.
    pub runs: bool,
}

const LEFTHOOK_EXTENSIONS: [&str; 5] = ["yml", "yaml", "toml", "json", "jsonc"];
const PRE_COMMIT_FILES: [&str; 3] = [".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml"];

/// The managers that the work tree has files of, for one hook.
pub(super) fn find(repository: &Repository, hook: Hook) -> Vec<Found> {
    if repository.bare {
        return Vec::new();
    }
    let husky = husky_scripts(repository).map(|folder| found(Manager::Husky, folder.join(hook.name()), hook));
    if hook == Hook::PreReceive {
        // The others care for a clone's hooks, and leave those of the receiving side alone.
        return husky.into_iter().collect();
    }
    let lefthook = lefthook_file(&repository.top).map(|file| {
        let text = read(&file);
        let section = section(&text, hook).unwrap_or_default();
        Found { manager: Manager::Lefthook, runs: runs(hook, section), file }
    });
    let pre_commit = PRE_COMMIT_FILES
        .iter()
        .map(|name| repository.top.join(name))
        .find(|file| file.is_file())
        .map(|file| found(Manager::PreCommit, file, hook));
    [husky, lefthook, pre_commit].into_iter().flatten().collect()
}

fn found(manager: Manager, file: PathBuf, hook: Hook) -> Found {
    Found { manager, runs: runs(hook, &read(&file)), file }
}

/// A configuration that cannot be read says nothing.
fn read(file: &Path) -> String {
    std::fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The folder of the scripts that husky runs, if git runs husky. Since version 9 `core.hooksPath` names the folder `_`
/// of husky's own scripts, and those run the scripts beside it; before, it named the folder itself.
pub(super) fn husky_scripts(repository: &Repository) -> Option<&Path> {
    let folder = repository.setting.as_ref().map(|_| repository.hooks.as_path())?;
    if folder.file_name().is_some_and(|name| name == "_") && folder.join("husky.sh").is_file() {
        return folder.parent();
    }
    folder.join("_/husky.sh").is_file().then_some(folder)
}

fn lefthook_file(top: &Path) -> Option<PathBuf> {
    ["lefthook", ".lefthook", ".config/lefthook"]
        .iter()
        .flat_map(|stem| LEFTHOOK_EXTENSIONS.map(|extension| top.join(format!("{stem}.{extension}"))))
        .find(|file| file.is_file())
}

/// The part of a lefthook configuration in YAML, TOML or JSON that is about `hook`: from the line that names it to the
/// next one that is indented no deeper and begins a part of its own; in TOML, a table. Without such a line there is none.
fn section(text: &str, hook: Hook) -> Option<&str> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let key = |line: &str| {
        let name = line.trim_start().trim_start_matches(['[', '"', '\'']);
        let rest = name.strip_prefix(hook.name())?;
        rest.starts_with([':', '.', ']', '"', '\'', ' ']).then(|| indent(line))
    };
    let mut begin = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        match begin {
            None => begin = key(line).map(|depth| (at, depth, line.starts_with('['))),
            Some((start, depth, is_table)) => {
                let starts: &[char] = if is_table { &['['] } else { &['[', '"', '\''] };
                let begins_part = line
                    .trim_start()
                    .starts_with(|c: char| starts.contains(&c) || !is_table && c.is_ascii_alphabetic());
                if begins_part && indent(line) <= depth && key(line).is_none() {
                    return Some(&text[start..at]);
                }
            }
        }
        at += line.len();
    }
    begin.map(|(start, ..)| &text[start..])
}

/// True if a line that is no comment starts this program for `hook`, or names one of its hooks for pre-commit; or if the
/// whole is a script of ours, whose last line starts what its others found.
pub(super) fn runs(hook: Hook, text: &str) -> bool {
    if script::read(hook, text).is_some() {
        return true;
    }
    text.lines().map(str::trim).any(|line| {
        !line.starts_with(['#', '/', ';']) && (starts_program(hook, line) || names_hook(hook, line))
    })
}

/// `secretscan staged` for a commit, `secretscan push` for a push; options may stand before the subcommand's name.
fn starts_program(hook: Hook, line: &str) -> bool {
    let mut words = line
        .split(|c: char| c.is_whitespace() || "\"'`;|&()[]{},=".contains(c))
        .filter(|word| !word.is_empty());
    let program = |word: &str| {
        let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
        name == "secretscan" || name == "secretscan.exe"
    };
    words.any(program) && words.any(|word| word == hook.command())
}

/// An id of `.pre-commit-hooks.yaml`.
fn names_hook(hook: Hook, line: &str) -> bool {
    let value = line.trim_start_matches(['-', '{', ' ']).strip_prefix("id").map(str::trim_start);
    let value = value.and_then(|rest| rest.strip_prefix([':', '='])).unwrap_or_default();
    let id = value.split(['#', ',', '}']).next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    match hook {
        Hook::PreCommit => id.starts_with("secretscan") && !id.starts_with("secretscan-push"),
        Hook::PrePush => id.starts_with("secretscan-push"),
        Hook::PreReceive => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_starts_the_program_is_known_and_a_comment_is_none() {
        for (line, commit, push) in [
            ("secretscan staged", true, false),
            ("  exec /opt/bin/secretscan --quiet staged || exit 1\r", true, false),
            ("    run: npx secretscan push", false, true),
            ("entry: [\"secretscan\", \"push\"]", false, true),
            ("- id: secretscan", true, false),
            ("  - id: 'secretscan-system'  # ours", true, false),
            ("-   id: secretscan-push-system", false, true),
            ("hooks = [{ id = \"secretscan-push\" }]", false, false),
            ("{ id = \"secretscan-push\" },", false, true),
            ("# secretscan staged", false, false),
            ("#- id: secretscan", false, false),
            ("echo install secretscan", false, false),
            ("not-secretscan staged", false, false),
            ("- id: detect-secrets", false, false),
        ] {
            assert_eq!((runs(Hook::PreCommit, line), runs(Hook::PrePush, line)), (commit, push), "{line}");
        }
    }

    #[test]
    fn only_the_hooks_own_part_of_a_lefthook_file_counts() {
        for text in [
            "colors: true\npre-push:\n  jobs:\n    - run: secretscan staged\npre-commit:\n  jobs:\n    - run: lint\n",
            "[pre-push.commands.secrets]\nrun = \"secretscan staged\"\n\n[pre-commit.commands.lint]\nrun = \"lint\"\n",
            "{\n  \"pre-push\": {\n    \"run\": \"secretscan staged\"\n  },\n  \"pre-commit\": { \"run\": \"lint\" }\n}\n",
        ] {
            let part = |hook| section(text, hook).unwrap_or_default();
            assert!(part(Hook::PrePush).contains("secretscan"), "{text}");
            assert!(part(Hook::PreCommit).contains("lint"), "{text}");
            assert!(!part(Hook::PreCommit).contains("secretscan"), "{text}");
            assert_eq!(section(text, Hook::PreReceive), None, "{text}");
        }
    }
}
