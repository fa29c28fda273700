//! Linters have nothing to say about what runs on other people's machines.

use std::path::Path;
use std::process::Command;

use regex::Regex;

use crate::tool::{ROOT, succeed, tool};

#[test]
fn the_action_and_the_example_workflow_pass_zizmor() {
    succeed(
        Command::new(tool("zizmor"))
            .args(["--offline", "--no-progress", "action.yml", "packaging/examples/github.yml"])
            .current_dir(ROOT),
    );
}

#[test]
fn the_scripts_pass_shellcheck() {
    let mut shellcheck = Command::new(tool("shellcheck"));
    for folder in ["packaging/action", "hooks"] {
        let entries = std::fs::read_dir(Path::new(ROOT).join(folder)).expect("the folder");
        shellcheck.args(entries.map(|entry| entry.expect("an entry").path()));
    }
    succeed(&mut shellcheck);
}

#[test]
fn the_dockerfile_passes_hadolint() {
    succeed(Command::new(tool("hadolint")).arg("packaging/Dockerfile").current_dir(ROOT));
}

/// Values reach the scripts through the environment alone, so each that a script reads must be set by `action.yml`.
#[test]
fn the_action_sets_what_its_scripts_read() {
    let action = std::fs::read_to_string(Path::new(ROOT).join("action.yml")).expect("action.yml");
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'))
            .filter(|word| word.starts_with("INPUT_") || word.starts_with("EVENT_"))
            .map(str::to_owned)
            .collect()
    };
    let (mut read, mut set) = (Vec::new(), Vec::new());
    for step in action.split("\n    - ").filter(|step| step.contains("run: ")) {
        let script = step.split('/').find_map(|part| part.split_once(".sh")).expect("a script").0;
        assert!(
            !step.split("env:").next().expect("before it").contains("${{"),
            "pasted into a script: {step}"
        );
        let text = std::fs::read_to_string(Path::new(ROOT).join(format!("packaging/action/{script}.sh")));
        let mut of_script = words(&text.expect("the script"));
        let mut of_step = words(step);
        of_script.sort();
        of_script.dedup();
        of_step.sort();
        assert_eq!(of_script, of_step, "{script}.sh");
        read.extend(of_script);
        set.extend(of_step);
    }
    assert!(read.len() > 10 && read == set);
}

/// A tag can be moved to other code; a commit cannot.
#[test]
fn every_action_is_named_by_its_commit() {
    for file in ["action.yml", "packaging/examples/github.yml"] {
        let text = std::fs::read_to_string(Path::new(ROOT).join(file)).expect("the file");
/// What of a line the bash of macOS does not understand: it is 3.2, which no package index has, so nothing else would
/// notice.
///
/// There an empty array is an unset one, so `"${name[@]}"` ends a script that has `set -u`; only the form
/// `${name[@]+"${name[@]}"}` is safe. The rest came with bash 4 and later.
fn too_new_for_bash_3(line: &str) -> Option<String> {
    let safe = Regex::new(r#"\$\{(\w+)\[@\]\+"\$\{(\w+)\[@\]\}"\}"#).expect("an expression");
    let newer = r"\$\{\w+\[[@*]\]|\$\{\w+[,^@]|\b(mapfile|readarray|coproc|globstar|EPOCHSECONDS)\b|\b(declare|local|typeset) -[Agn]|wait -n|&>>|\|&|\[\[ -v";
    let newer = Regex::new(newer).expect("an expression");
    if line.trim_start().starts_with('#') {
        return None;
    }
    let rest = safe.replace_all(
        line,
        |found: &regex::Captures<'_>| {
            if found[1] == found[2] { String::new() } else { found[0].to_owned() }
        },
    );
    newer.find(&rest).map(|found| found.as_str().to_owned())
}

#[test]
fn the_actions_scripts_keep_to_the_bash_of_macos() {
    for (line, fits) in [
        ("run \"${args[@]}\"", false),
        ("run ${args[@]+\"${args[@]}\"} \"${more[@]}\"", false),
        ("run ${args[@]+\"${other[@]}\"}", false),
        ("run ${args[@]+\"${args[@]}\"} ${more[@]+\"${more[@]}\"}", true),
        ("[ \"${#args[@]}\" -gt 0 ] && echo \"${name:-x} ${1}\"", true),
        ("echo \"${name,,}\"", false),
        ("echo \"${name}\" \"${other^^}\"", false),
        ("mapfile -t lines", false),
        ("# mapfile, \"${args[@]}\"", true),
    ] {
        assert_eq!(too_new_for_bash_3(line).is_none(), fits, "{line}");
    }
    let mut arrays = 0;
    for entry in std::fs::read_dir(Path::new(ROOT).join("packaging/action")).expect("the folder") {
        let script = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&script).expect("the script");
        for (at, line) in text.lines().enumerate() {
            let newer = too_new_for_bash_3(line);
            assert_eq!(newer, None, "{}:{}: {line}", script.display(), at + 1);
            arrays += line.matches("[@]+").count();
        }
    }
    assert!(arrays > 3, "the scripts have arrays: {arrays}");
}

        let mut uses = text.lines().filter_map(|line| line.split_once("uses: ")).peekable();
        assert!(uses.peek().is_some(), "{file}");
        for (_, name) in uses {
            let commit =
                name.split_once('@').map(|(_, rest)| rest.split(' ').next().expect("one").to_owned());
            assert!(
                commit.is_some_and(|id| id.len() == 40 && id.bytes().all(|b| b.is_ascii_hexdigit())),
                "{file}: {name}"
            );
        }
    }
}

#[test]
fn the_documentation_shows_the_workflow_that_is_linted() {
    let read = |name: &str| std::fs::read_to_string(Path::new(ROOT).join(name)).expect("the file");
    assert!(read("docs/ci.md").contains(read("packaging/examples/github.yml").trim()));
}
