//! pre-push and pre-receive: git's own hooks, and the managers' ways to them.

use std::path::Path;

use super::frameworks::clone_of_this_repository;
use super::programs::{command, from_pypi, husky, output, succeed};
use crate::fixture::{Fixture, Run, password};

fn leak() -> String {
    format!("db_password = '{}'\n", password())
}

/// A repository and the bare one that it pushes to. `main` with one clean commit is there already.
fn pair() -> (Fixture, Fixture) {
    let (local, remote) = (Fixture::new(), Fixture::new());
    remote.git(&["init", "-q", "--bare", "-b", "main"]);
    local.git(&["init", "-q", "-b", "main"]);
    local.git(&["remote", "add", "origin", remote.path().to_str().expect("a plain path")]);
    commit(&local, "a.py", "x = 1\n");
    local.git(&["push", "-q", "origin", "main"]);
    (local, remote)
}

fn commit(fixture: &Fixture, file: &str, text: &str) {
    fixture.write(file, text);
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-q", "--no-verify", "-m", file]);
}

/// Pushes with the hooks; whether it went through, and what was said.
fn push(fixture: &Fixture, arguments: &[&str]) -> (bool, String) {
    output(command(fixture, "git").args(["push", "origin"]).args(arguments))
}

fn install(fixture: &Fixture) -> Run {
    fixture.run(&["hook", "install", "--hook", "pre-push"])
}

/// A clean commit goes out, one that adds a secret does not, whatever manager starts the hook.
fn assert_guarded(local: &Fixture, what: &str) {
    commit(local, "b.py", "y = 1\n");
    let (done, said) = push(local, &["main"]);
    assert!(done, "{what}: {said}");
    commit(local, "c.py", &leak());
    commit(local, "c.py", "taken out again\n");
    let (done, said) = push(local, &["main"]);
    assert!(!done && said.contains("c.py:1") && !said.contains(&password()), "{what}: {said}");
}

#[test]
fn pre_push_stops_what_is_new_and_nothing_else() {
    let (local, _remote) = pair();
    assert_eq!(install(&local).code, 0);
    assert_guarded(&local, "git");
    // Once it is out, it stops no other push.
    local.git(&["push", "-q", "--no-verify", "origin", "main"]);
    commit(&local, "d.py", "z = 1\n");
    let (done, said) = push(&local, &["main", "main:refs/heads/side"]);
    assert!(done, "{said}");
    let (done, said) = push(&local, &["--delete", "side"]);
    assert!(done, "{said}");
    let (done, said) = push(&local, &["main"]);
    assert!(done, "nothing to push: {said}");
    // Of several branches, any one may hold it.
    local.git(&["switch", "-qc", "leaky"]);
    commit(&local, "e.py", &leak());
    let (done, said) = push(&local, &["main", "leaky"]);
    assert!(!done && said.contains("e.py:1"), "{said}");
}

#[test]
fn pre_receive_refuses_the_push_and_keeps_the_branch() {
    let (local, remote) = pair();
    assert_eq!(remote.run(&["hook", "install"]).code, 0);
    let head = || remote.git(&["rev-parse", "main"]);
    let before = head();
    commit(&local, "b.py", &leak());
    commit(&local, "b.py", "taken out again\n");
    let (done, said) = push(&local, &["main"]);
    assert!(!done && said.contains("b.py:1") && !said.contains(&password()), "{said}");
    assert_eq!(head(), before);
    local.git(&["reset", "-q", "--hard", "HEAD~2"]);
    commit(&local, "c.py", "y = 1\n");
    let (done, said) = push(&local, &["main", "main:refs/heads/side"]);
    assert!(done, "{said}");
    assert_ne!(head(), before);
    // With the hook taken out, the same push goes through.
    assert_eq!(remote.run(&["hook", "uninstall"]).code, 0);
    commit(&local, "d.py", &leak());
    assert!(push(&local, &["main"]).0);
}

#[test]
fn the_advised_lines_leave_standard_input_to_the_foreign_hook() {
    let (local, _remote) = pair();
    let hook = local.path().join(".git/hooks/pre-push");
    let write = |text: &str| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(&hook, text).expect("a hook");
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    };
    write("#!/bin/sh\ncat > .git/seen\n");
    let refused = install(&local);
    assert_eq!(refused.code, 2, "{refused:?}");
    let lines: Vec<&str> = refused.stdout.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    write(&format!("#!/bin/sh\n{}\ncat > .git/seen\n", lines.join("\n")));
    assert_guarded(&local, "a foreign hook");
    let seen = std::fs::read_to_string(local.path().join(".git/seen")).expect("a file");
    assert!(seen.contains("refs/heads/main"), "{seen}");
}

#[test]
fn pre_commit_and_prek_guard_a_push_by_configuration() {
    for program in ["pre-commit", "prek"] {
        let (local, _remote) = pair();
        let (clone, revision) = clone_of_this_repository();
        let path = clone.path().display();
        local.write(
            ".pre-commit-config.yaml",
            format!(
                "repos:\n- repo: file://{path}\n  rev: {revision}\n  hooks:\n  - id: secretscan-push-system\n"
            ),
        );
        succeed(command(&local, from_pypi().join(program)).args(["install", "-t", "pre-push"]));
        assert_guarded(&local, program);
        // A branch without a common commit has no range.
        local.git(&["switch", "-q", "--orphan", "fresh"]);
        commit(&local, "f.py", &leak());
        local.git(&["checkout", "-q", "main", "--", ".pre-commit-config.yaml"]);
        let (done, said) = push(&local, &["fresh"]);
        assert!(!done && said.contains("f.py:1"), "{program}: {said}");
    }
}

#[test]
fn our_script_is_run_by_the_push_hooks_of_pre_commit_prek_and_husky() {
    for program in ["pre-commit", "prek"] {
        let (local, _remote) = pair();
        local.write(
            ".pre-commit-config.yaml",
            "repos:\n- repo: local\n  hooks:\n  - {id: own, name: own, entry: 'true', language: system, stages: [pre-push]}\n",
        );
        succeed(command(&local, from_pypi().join(program)).args(["install", "-t", "pre-push"]));
        assert_eq!(install(&local).code, 0, "{program}");
        assert_guarded(&local, program);
    }
    let (local, _remote) = pair();
    succeed(command(&local, "node").arg(husky()));
    assert_eq!(install(&local).code, 0);
    assert!(local.path().join(".husky/pre-push").exists());
    assert_guarded(&local, "husky");
}

#[test]
fn lefthook_guards_a_push_with_the_advised_lines() {
    let (local, _remote) = pair();
    local.write("lefthook.yml", "colors: false\n");
    let refused = install(&local);
    assert_eq!(refused.code, 2, "{refused:?}");
    let lines: Vec<&str> = refused.stdout.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    local.write("lefthook.yml", lines.join("\n") + "\n");
    succeed(command(&local, from_pypi().join("lefthook")).arg("install"));
    assert_guarded(&local, "lefthook");
}

/// The script as it lies in the repository, copied by hand.
#[test]
fn the_scripts_under_hooks_can_be_copied() {
    let (local, _remote) = pair();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks/pre-push");
    std::fs::copy(script, local.path().join(".git/hooks/pre-push")).expect("a copy");
    assert_guarded(&local, "a copy");
}
