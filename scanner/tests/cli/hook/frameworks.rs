//! The real pre-commit, prek, lefthook and husky, from their registries.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::programs::{command, commit_all, from_pypi, husky, output, succeed};
use crate::fixture::{Fixture, password};

fn leak() -> String {
    format!("db_password = '{}'\n", password())
}

fn repository() -> Fixture {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q", "-b", "main"]);
    fixture
}

/// A clone of this repository, for pre-commit to clone in turn, and its revision.
pub(super) fn clone_of_this_repository() -> (tempfile::TempDir, String) {
    let clone = tempfile::tempdir().expect("a temporary folder");
    let source = format!("file://{}", env!("CARGO_MANIFEST_DIR"));
    let mut git = Command::new("git");
    git.args(["-c", "safe.directory=*", "clone", "-q", "--depth=1", &source, "."]).current_dir(clone.path());
    succeed(&mut git);
    let mut git = Command::new("git");
    let revision = succeed(git.args(["rev-parse", "HEAD"]).current_dir(clone.path()));
    (clone, revision.trim().to_owned())
}

/// A repository whose pre-commit configuration uses hook `id` of a clone of this one.
fn repository_with_hook(id: &str) -> (Fixture, tempfile::TempDir) {
    let (clone, revision) = clone_of_this_repository();
    let fixture = repository();
    let path = clone.path().display();
    fixture.write(
        ".pre-commit-config.yaml",
        format!("repos:\n- repo: file://{path}\n  rev: {revision}\n  hooks:\n  - id: {id}\n"),
    );
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-qm", "configuration"]);
    (fixture, clone)
}

fn set_up(fixture: &Fixture, program: &str) {
    succeed(command(fixture, from_pypi().join(program)).arg("install"));
}

#[test]
fn pre_commit_and_prek_block_a_planted_key_and_see_the_staged_blob() {
    for program in ["pre-commit", "prek"] {
        let (fixture, _clone) = repository_with_hook("secretscan-system");
        set_up(&fixture, program);
        let commit = |message: &str| output(command(&fixture, "git").args(["commit", "-m", message]));
        fixture.write("clean.py", "x = 1\n");
        fixture.git(&["add", "clean.py"]);
        let (done, said) = commit("clean");
        assert!(done, "{program}: {said}");

        fixture.write("app.py", leak());
        fixture.git(&["add", "app.py"]);
        fixture.write("app.py", "x = 1\n");
        let (done, said) = commit("the index holds the leak, the working tree does not");
        assert!(!done && said.contains("app.py:1") && !said.contains(&password()), "{program}: {said}");

        fixture.git(&["add", "app.py"]);
        fixture.write("app.py", leak());
        let (done, said) = commit("the working tree holds the leak, the index does not");
        assert!(done, "{program}: {said}");
    }
}

/// How a hook is tried out before anything is configured.
#[test]
fn try_repo_of_pre_commit_and_prek_fails_on_a_leak_alone() {
    let (clone, _) = clone_of_this_repository();
    for program in ["pre-commit", "prek"] {
        let fixture = repository();
        let attempt = || {
            let mut run = command(&fixture, from_pypi().join(program));
            output(run.arg("try-repo").arg(clone.path()).arg("secretscan-system"))
        };
        fixture.write("app.py", leak());
        fixture.git(&["add", "app.py"]);
        let (done, said) = attempt();
        assert!(!done && said.contains("app.py:1") && !said.contains(&password()), "{program}: {said}");
        fixture.write("app.py", "x = 1\n");
        fixture.git(&["add", "app.py"]);
        let (done, said) = attempt();
        assert!(done && said.contains("Passed"), "{program}: {said}");
    }
}

/// What a user without the program gets: pre-commit clones this repository and builds it with `cargo install`.
#[test]
#[cfg(feature = "llama")]
fn pre_commit_builds_the_rust_hook_from_the_clone() {
    let (fixture, _clone) = repository_with_hook("secretscan");
    set_up(&fixture, "pre-commit");
    let commit = || {
        let mut git = command(&fixture, "git");
        // `language: rust` builds with cargo, from the same target folder so that only this package is compiled anew.
        let home = PathBuf::from(std::env::var_os("HOME").expect("a home"));
        let or_home =
            |name: &str, below: &str| std::env::var_os(name).map_or_else(|| home.join(below), PathBuf::from);
        git.env("CARGO_HOME", or_home("CARGO_HOME", ".cargo"))
            .env("RUSTUP_HOME", or_home("RUSTUP_HOME", ".rustup"));
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
        output(git.env("CARGO_TARGET_DIR", target).args(["commit", "-m", "x"]))
    };
    fixture.write("app.py", leak());
    fixture.git(&["add", "app.py"]);
    let (done, said) = commit();
    assert!(!done && said.contains("app.py:1"), "{said}");
    fixture.write("app.py", "x = 1\n");
    fixture.git(&["add", "app.py"]);
    let (done, said) = commit();
    assert!(done, "{said}");
}

/// The configuration belongs to everybody and is left alone; in this clone our script is run beside theirs.
#[test]
fn install_leaves_the_hook_of_pre_commit_and_prek_and_is_run_by_it() {
    for program in ["pre-commit", "prek"] {
        let fixture = repository();
        let own =
            "repos:\n- repo: local\n  hooks:\n  - {id: own, name: own, entry: 'true', language: system}\n";
        let config = fixture.write(".pre-commit-config.yaml", own);
        set_up(&fixture, program);
        let theirs = fixture.path().join(".git/hooks/pre-commit");
        let before = std::fs::read(&theirs).expect("their hook");
        let run = fixture.run(&["hook", "install"]);
        assert_eq!(run.code, 0, "{program}: {run:?}");
        assert_eq!(fixture.run(&["hook", "status", "--hook", "pre-commit"]).code, 0, "{program}");

        fixture.write("app.py", leak());
        let (done, said) = commit_all(&fixture);
        assert!(!done && said.contains("app.py:1"), "{program}: {said}");
        fixture.write("app.py", "x = 1\n");
        let (done, said) = commit_all(&fixture);
        assert!(done && said.contains("own"), "{program} ran too: {said}");

        assert_eq!(fixture.run(&["hook", "uninstall"]).code, 0);
        assert_eq!(std::fs::read(&theirs).expect("their hook"), before);
        assert_eq!(std::fs::read_to_string(&config).expect("their configuration"), own);
        fixture.write("app.py", leak());
        let (done, said) = commit_all(&fixture);
        assert!(done, "{program}: {said}");
    }
}

#[test]
fn with_lefthook_the_lines_to_add_are_printed_and_work() {
    let fixture = repository();
    let own = "pre-push:\n  jobs:\n    - run: 'true'\npre-commit:\n  jobs:\n    - run: echo own\n";
    let config = fixture.write("lefthook.yml", own);
    succeed(command(&fixture, from_pypi().join("lefthook")).arg("install"));
    let theirs = fixture.path().join(".git/hooks/pre-commit");
    let before = std::fs::read(&theirs).expect("their hook");
    let run = fixture.run(&["hook", "install"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert_eq!(std::fs::read_to_string(&config).expect("their configuration"), own);
    assert_eq!(std::fs::read(&theirs).expect("their hook"), before);
    assert_eq!(fixture.run(&["hook", "status", "--hook", "pre-commit"]).code, 1);

    let snippet: Vec<&str> = run.stdout.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let jobs = "pre-commit:\n  jobs:\n";
    assert!(snippet.join("\n").starts_with(jobs.trim_end()), "{run:?}");
    fixture.write("lefthook.yml", own.replace(jobs, &(snippet.join("\n") + "\n")));
    succeed(command(&fixture, from_pypi().join("lefthook")).arg("install"));
    let status = fixture.run(&["hook", "status", "--hook", "pre-commit"]);
    assert_eq!(status.code, 0, "{status:?}");
    assert!(fixture.run(&["hook", "install"]).stdout.contains("runs secretscan already"));
    fixture.write("app.py", leak());
    let (done, said) = commit_all(&fixture);
    assert!(!done && said.contains("app.py:1") && said.contains("own"), "{said}");
    fixture.write("app.py", "x = 1\n");
    let (done, said) = commit_all(&fixture);
    assert!(done, "{said}");
}

#[test]
fn with_husky_our_script_is_one_of_the_projects() {
    let fixture = repository();
    fixture.write("package.json", "{}\n");
    succeed(command(&fixture, "node").arg(husky()));
    let run = fixture.run(&["hook", "install"]);
    let script = fixture.path().join(".husky/pre-commit");
    assert_eq!(run.code, 0, "{run:?}");
    let text = std::fs::read_to_string(&script).expect("our script");
    let machine = env!("CARGO_MANIFEST_DIR");
    assert!(!text.contains(machine), "it is for everybody: {text}");
    fixture.write("app.py", leak());
    let (done, said) = commit_all(&fixture);
    assert!(!done && said.contains("app.py:1"), "{said}");
    // husky writes its own folder anew with every installation.
    succeed(command(&fixture, "node").arg(husky()));
    assert!(!commit_all(&fixture).0);
    assert_eq!(fixture.run(&["hook", "status", "--hook", "pre-commit"]).code, 0);
    assert_eq!(fixture.run(&["hook", "uninstall"]).code, 0);
    assert!(!script.exists());
    assert!(commit_all(&fixture).0);
}

#[test]
fn with_husky_a_script_of_the_project_is_left_and_the_line_to_add_works() {
    let fixture = repository();
    fixture.write("package.json", "{}\n");
    succeed(command(&fixture, "node").arg(husky()));
    let own = "echo own\r\n";
    let script = fixture.write(".husky/pre-commit", own);
    let run = fixture.run(&["hook", "install"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert_eq!(std::fs::read_to_string(&script).expect("their script"), own);
    let line = run.stdout.lines().find_map(|line| line.strip_prefix("    ")).expect("a line to add");
    fixture.write(".husky/pre-commit", format!("echo own\n{line}\n"));
    fixture.write("app.py", leak());
    let (done, said) = commit_all(&fixture);
    assert!(!done && said.contains("own") && said.contains("app.py:1"), "{said}");
    assert_eq!(fixture.run(&["hook", "install"]).code, 0, "it runs already");
    assert_eq!(fixture.run(&["hook", "uninstall"]).code, 2, "and is not ours alone");
}
