//! The real `pre-commit` program, from PyPI, with hooks from a clone of this repository.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::fixture::{Fixture, isolate, password};

const PRE_COMMIT: &str = "pre-commit==4.3.0";

/// Installs `pre-commit` once a build folder; gives the program's path.
///
/// The tests of this file run side by side and need it at once: the first one installs, the others wait.
fn pre_commit() -> PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| {
        let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pre-commit-venv");
        let program = venv.join("bin/pre-commit");
        if !program.exists() {
            // What an interrupted installation left is no start: `--clear` begins anew.
            succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
            succeed(Command::new(venv.join("bin/pip")).args(["install", "--quiet", PRE_COMMIT]));
        }
        program
    });
    program.clone()
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

/// A repository whose pre-commit configuration uses hook `id` of a clone of this one.
fn repository_with_hook(id: &str) -> (Fixture, tempfile::TempDir) {
    let clone = tempfile::tempdir().expect("a temporary folder");
    let source = format!("file://{}", env!("CARGO_MANIFEST_DIR"));
    let mut git = Command::new("git");
    git.args(["-c", "safe.directory=*", "clone", "-q", "--depth=1", &source, "."]).current_dir(clone.path());
    succeed(&mut git);
    let mut git = Command::new("git");
    let revision = succeed(git.args(["rev-parse", "HEAD"]).current_dir(clone.path()));
    let fixture = Fixture::new();
    fixture.git(&["init", "-q", "-b", "main"]);
    fixture.write(
        ".pre-commit-config.yaml",
        format!(
            "repos:\n- repo: file://{}\n  rev: {}\n  hooks:\n  - id: {id}\n",
            clone.path().display(),
            revision.trim()
        ),
    );
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-qm", "configuration"]);
    (fixture, clone)
}

/// Runs `git commit` with pre-commit's hook installed and `secretscan` on PATH; true if it went through.
fn commit(fixture: &Fixture, message: &str) -> (bool, String) {
    let programs = Path::new(env!("CARGO_BIN_EXE_secretscan")).parent().expect("a folder of programs");
    let path = std::env::join_paths(
        [programs.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )
    .expect("folders without colons");
    let environment = |command: &mut Command| {
        isolate(command, fixture.path());
        command.env("PATH", &path).env("PRE_COMMIT_HOME", fixture.path().join(".git/pre-commit-home"));
        // `language: rust` builds with cargo, from the same target folder so that only this package is compiled anew.
        let home = PathBuf::from(std::env::var_os("HOME").expect("a home"));
        let or_home =
            |name: &str, below: &str| std::env::var_os(name).map_or_else(|| home.join(below), PathBuf::from);
        command
            .env("CARGO_HOME", or_home("CARGO_HOME", ".cargo"))
            .env("RUSTUP_HOME", or_home("RUSTUP_HOME", ".rustup"));
        command.env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder"),
        );
        command.current_dir(fixture.path());
    };
    let mut install = Command::new(pre_commit());
    environment(install.arg("install"));
    succeed(&mut install);
    let mut git = Command::new("git");
    environment(git.args(["commit", "-m", message]));
    let output = git.output().expect("git starts");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

#[test]
fn pre_commit_blocks_a_planted_key_and_sees_the_staged_blob() {
    let (fixture, _clone) = repository_with_hook("secretscan-system");
    fixture.write("clean.py", "x = 1\n");
    fixture.git(&["add", "clean.py"]);
    let (done, said) = commit(&fixture, "clean");
    assert!(done, "{said}");

    let leak = format!("db_password = '{}'\n", password());
    fixture.write("app.py", &leak);
    fixture.git(&["add", "app.py"]);
    fixture.write("app.py", "x = 1\n");
    let (done, said) = commit(&fixture, "the index holds the leak, the working tree does not");
    assert!(!done && said.contains("app.py:1") && !said.contains(&password()), "{said}");

    fixture.git(&["add", "app.py"]);
    fixture.write("app.py", &leak);
    let (done, said) = commit(&fixture, "the working tree holds the leak, the index does not");
    assert!(done, "{said}");
}

/// What a user without the program gets: pre-commit clones this repository and builds it with `cargo install`.
#[test]
#[cfg(feature = "llama")]
fn pre_commit_builds_the_rust_hook_from_the_clone() {
    let (fixture, _clone) = repository_with_hook("secretscan");
    fixture.write("app.py", format!("db_password = '{}'\n", password()));
    fixture.git(&["add", "app.py"]);
    let (done, said) = commit(&fixture, "a leak");
    assert!(!done && said.contains("app.py:1"), "{said}");
    fixture.write("app.py", "x = 1\n");
    fixture.git(&["add", "app.py"]);
    let (done, said) = commit(&fixture, "clean");
    assert!(done, "{said}");
}
