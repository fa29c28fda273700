//! The situations of docs/situations.md: `testdata/situations/build.py` makes the repositories, the program scans them, and
//! `situations.toml` says what is right.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::fixture::{Fixture, Run, isolate};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/situations");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Situation {
    id: String,
    #[serde(rename = "what")]
    _what: String,
    #[serde(rename = "right")]
    _right: String,
    #[serde(rename = "seen")]
    _seen: String,
    #[serde(default)]
    tree: Vec<String>,
    #[serde(default)]
    staged: Vec<String>,
    #[serde(default)]
    diff: Vec<String>,
    #[serde(default)]
    history: Vec<String>,
    #[serde(default)]
    check: Vec<Check>,
}

/// A run in a repository of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    #[serde(rename = "in")]
    folder: String,
    /// The version of git that such a repository takes.
    #[serde(default, rename = "needs-git")]
    needs_git: Option<String>,
    /// Arguments of the program. `{base}` is the tag `base` of the repository that a shallow clone is of.
    #[serde(default)]
    run: Vec<String>,
    /// Arguments of git, whose hook runs the program.
    #[serde(default)]
    git: Vec<String>,
    exit: i32,
    #[serde(default)]
    finds: Vec<String>,
    #[serde(default)]
    says: Vec<String>,
}

impl Check {
    fn scans(&self) -> bool {
        self.run
            .first()
            .is_some_and(|command| ["scan", "staged", "diff", "history"].contains(&command.as_str()))
    }

    /// False if git is too old to make the repository, which is said past the test harness.
    fn is_possible(&self) -> bool {
        let Some(needed) = &self.needs_git else { return true };
        let numbers = |text: &str| -> Vec<u32> {
            text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).take(2).collect()
        };
        let here = git(Path::new("."), &["--version"]);
        let possible = numbers(needed) <= numbers(&here);
        if !possible {
            let folder = &self.folder;
            writeln!(std::io::stderr(), "\n*** NOT TESTED: {folder} takes git {needed}, here is {here} ***")
                .expect("standard error");
        }
        possible
    }
}

fn situations() -> Vec<Situation> {
    #[derive(Deserialize)]
    struct File {
        situation: Vec<Situation>,
    }
    let text = std::fs::read_to_string(Path::new(FOLDER).join("situations.toml")).expect("situations.toml");
    toml::from_str::<File>(&text).unwrap_or_else(|error| panic!("situations.toml: {error}")).situation
}

fn script(arguments: &[&str]) -> String {
    let output = Command::new("python3")
        .arg(Path::new(FOLDER).join("build.py"))
        .args(arguments)
        .output()
        .expect("python3 starts");
    assert!(output.status.success(), "build.py: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The folder with the repositories, built once a run of the tests.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("situations");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("what an earlier run left can be removed");
        }
        script(&[folder.to_str().expect("a UTF-8 path")]);
        folder
    })
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder);
    isolate(&mut command, folder);
    let output = command.output().expect("git starts");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn run_in(folder: &Path, arguments: &[&str]) -> Run {
    let fixture = Fixture::new();
    let mut command = fixture.command(arguments);
    Run::of(&command.current_dir(folder).output().expect("the program starts"))
}

/// Scans OUT/main and compares all that is found there with what `expected` takes from each situation.
fn assert_main_finds(arguments: &[&str], expected: fn(&Situation) -> &[String]) {
    let main = built().join("main");
    let run = run_in(&main, arguments);
    let report = run.json();
    let mut subjects = BTreeMap::new();
    let mut found: Vec<String> = run.places();
    for (place, finding) in found.iter_mut().zip(report["findings"].as_array().expect("a list")) {
        *place = place.trim_start_matches("./").to_owned();
        if let Some(commit) = finding["commit"].as_str() {
            let subject = subjects
                .entry(commit.to_owned())
                .or_insert_with(|| git(&main, &["log", "-1", "--format=%s", commit]));
            place.push_str(" @ ");
            place.push_str(subject);
        }
    }
    found.sort();
    let mut right: Vec<String> = Vec::new();
    for situation in &situations() {
        right.extend(expected(situation).iter().map(|place| format!("{}/{place}", situation.id)));
    }
    right.sort();
    let missed: Vec<_> = right.iter().filter(|place| !found.contains(place)).collect();
    let wrong: Vec<_> = found.iter().filter(|place| !right.contains(place)).collect();
    assert!(
        missed.is_empty() && wrong.is_empty(),
        "missed: {missed:#?}\nwrong: {wrong:#?}\n{:#}",
        report["ledger"]
    );
    assert_eq!(found, right, "each once");
    assert_eq!(run.code, 1, "{:#}", report["ledger"]);
}

#[test]
fn the_tree_is_scanned_right() {
    assert_main_finds(&["scan", ".", "--format", "json"], |situation| &situation.tree);
}

#[test]
fn the_index_is_scanned_right() {
    assert_main_finds(&["staged", "--format", "json"], |situation| &situation.staged);
}

#[test]
fn the_range_is_scanned_right() {
    assert_main_finds(&["diff", "base..main", "--format", "json"], |situation| &situation.diff);
}

#[test]
fn the_history_is_scanned_right() {
    assert_main_finds(&["history", "--all", "--format", "json"], |situation| &situation.history);
}

/// Runs a check; a scan reports as JSON.
fn run_check(check: &Check) -> Run {
    let folder = built().join(&check.folder);
    if check.git.is_empty() {
        let base = || git(&built().join(format!("{}-source", check.folder)), &["rev-parse", "base"]);
        let fill =
            |it: &String| if it.contains("{base}") { it.replace("{base}", &base()) } else { it.clone() };
        let mut arguments: Vec<String> = check.run.iter().map(fill).collect();
        if check.scans() {
            arguments.extend(["--format", "json"].map(str::to_owned));
        }
        return run_in(&folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let mut command = Command::new("git");
    command.args(&check.git).current_dir(&folder);
    isolate(&mut command, &folder);
    command.env("SECRETSCAN", env!("CARGO_BIN_EXE_secretscan"));
    Run::of(&command.output().expect("git starts"))
}

#[test]
fn repositories_of_their_own_are_scanned_right() {
    for situation in situations() {
        for check in situation.check.iter().filter(|check| check.is_possible()) {
            let run = run_check(check);
            let id = &situation.id;
            assert_eq!(run.code, check.exit, "{id}: {run:?}");
            // A scan that could not begin has no report.
            if check.scans() && !run.stdout.is_empty() {
                assert_eq!(run.places(), check.finds, "{id}: {run:?}");
            }
            for words in &check.says {
                let said = run.stdout.contains(words) || run.stderr.contains(words);
                assert!(said, "{id}: {words:?} in {run:?}");
            }
        }
    }
}

/// A situation that `build.py` does not make would be right by being empty.
#[test]
fn every_situation_is_built_and_has_a_row_in_the_documentation() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/situations.md"))
        .expect("the page");
    let table = script(&["--table"]);
    assert!(
        page.contains(table.trim()),
        "docs/situations.md does not hold what `python3 testdata/situations/build.py --table` prints"
    );
    for situation in situations() {
        let in_main = built().join("main").join(&situation.id).is_dir()
            || !git(&built().join("main"), &["log", "--all", "--format=%H", "--", &situation.id]).is_empty();
        assert!(in_main || !situation.check.is_empty(), "{}: nothing is built", situation.id);
        for check in situation.check.iter().filter(|check| check.is_possible()) {
            assert!(built().join(&check.folder).is_dir(), "{}: nothing is built", situation.id);
        }
    }
}
