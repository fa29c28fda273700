//! `secretscan push` in real hooks: what is pushed is scanned before anybody has it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::fixture::{Fixture, Run, isolate, password};

fn leak(name: &str) -> String {
    format!("{name}_password = '{}'\n", password())
}

/// Writes a hook that runs the program.
fn hook(folder: &Path, name: &str, command: &str) {
    let program = env!("CARGO_BIN_EXE_secretscan");
    let path = folder.join("hooks").join(name);
    std::fs::create_dir_all(folder.join("hooks")).expect("a folder");
    std::fs::write(&path, format!("#!/bin/sh\nexec '{program}' {command}\n")).expect("a hook");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("chmod");
}

/// A repository with a commit that a bare `remote.git` beside it has, too.
fn cloned() -> (Fixture, Fixture) {
    let (local, remote) = (Fixture::new(), Fixture::new());
    remote.git(&["init", "-q", "--bare", "-b", "main"]);
    local.git(&["init", "-q", "-b", "main"]);
    local.write("app.py", format!("x = 1\n{}", leak("known")));
    commit(&local);
    local.git(&["remote", "add", "origin", &remote.path().display().to_string()]);
    local.git(&["push", "-q", "origin", "main"]);
    (local, remote)
}

fn commit(fixture: &Fixture) {
    fixture.git(&["add", "-A"]);
    fixture.git(&["commit", "-qm", "c"]);
}

fn push(fixture: &Fixture, arguments: &[&str]) -> Run {
    let mut git = Command::new("git");
    git.arg("push").args(arguments).current_dir(fixture.path());
    isolate(&mut git, fixture.home());
    let output = git.output().expect("git starts");
    Run {
        code: output.status.code().expect("not killed"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// What a hook says comes out here or there, as git likes.
fn said(run: &Run) -> String {
    format!("{}{}", run.stdout, run.stderr)
}

#[test]
fn pre_push_stops_new_leaks_and_no_old_ones() {
    let (local, _remote) = cloned();
    hook(&local.path().join(".git"), "pre-push", "push --remote \"$1\"");
    local.write("app.py", format!("x = 2\n{}", leak("known")));
    commit(&local);
    let run = push(&local, &["origin", "main"]);
    assert_eq!(run.code, 0, "an old leak in a changed file: {run:?}");
    local.git(&["checkout", "-q", "-b", "topic"]);
    local.write("new.py", leak("new"));
    commit(&local);
    local.git(&["rm", "-q", "new.py"]);
    commit(&local);
    let run = push(&local, &["origin", "topic"]);
    assert!(run.code != 0 && said(&run).contains("new.py:1"), "added and removed again: {run:?}");
    local.git(&["reset", "-q", "--hard", "HEAD~2"]);
    assert_eq!(push(&local, &["origin", "topic"]).code, 0, "nothing new");
    assert_eq!(push(&local, &["origin", ":topic"]).code, 0, "a deletion");
    local.git(&["checkout", "-q", "main"]);
    local.git(&["commit", "-q", "--amend", "-m", "rewritten"]);
    local.write("forced.py", leak("forced"));
    commit(&local);
    let run = push(&local, &["--force", "origin", "main"]);
    assert!(run.code != 0 && said(&run).contains("forced.py:1"), "a forced push: {run:?}");
}

#[test]
fn what_one_remote_has_is_new_to_another() {
    let (local, _remote) = cloned();
    let other = Fixture::new();
    other.git(&["init", "-q", "--bare"]);
    local.git(&["remote", "add", "public", &other.path().display().to_string()]);
    hook(&local.path().join(".git"), "pre-push", "push --remote \"$1\"");
    let run = push(&local, &["public", "main"]);
    assert!(run.code != 0 && said(&run).contains("app.py:2"), "{run:?}");
}

#[test]
fn pre_receive_reads_the_quarantine_and_refuses_leaks() {
    let (local, remote) = cloned();
    hook(remote.path(), "pre-receive", "push");
    local.write("app.py", format!("x = 2\n{}", leak("known")));
    commit(&local);
    let run = push(&local, &["origin", "main"]);
    assert_eq!(run.code, 0, "{run:?}");
    local.git(&["checkout", "-q", "-b", "topic"]);
    local.write("new.py", leak("new"));
    commit(&local);
    let run = push(&local, &["origin", "topic"]);
    assert!(run.code != 0 && said(&run).contains("new.py:1"), "{run:?}");
    assert!(remote.try_git(&["rev-parse", "--verify", "topic"]).code != 0, "nothing came through");
    local.git(&["tag", "-a", "-m", "annotated", "v1"]);
    assert!(push(&local, &["origin", "v1"]).code != 0, "by a tag");
    local.git(&["reset", "-q", "--hard", "HEAD~1"]);
    assert_eq!(push(&local, &["origin", "topic"]).code, 0, "a new branch without anything new");
}

/// pre-commit and prek tell in variables what git told them.
#[test]
fn a_framework_s_push_that_brings_nothing_is_no_failure() {
    let (local, _remote) = cloned();
    local.write("new.py", leak("new"));
    commit(&local);
    for (from, to, code) in [("HEAD~1", "HEAD", 1), ("HEAD", "HEAD~1", 0), ("HEAD", "HEAD", 0)] {
        let mut command = local.command(&["push", "--format", "json"]);
        command.env("PRE_COMMIT_FROM_REF", from).env("PRE_COMMIT_TO_REF", to);
        let run = Run::of(&command.stdin(std::process::Stdio::null()).output().expect("the program starts"));
        assert_eq!(run.code, code, "{from}..{to}: {run:?}");
    }
}

#[test]
fn standard_input_that_is_no_push_is_a_usage_error() {
    let (local, _remote) = cloned();
    let run = local.run_with_input(&["push"], b"hello\n");
    assert!(run.code == 2 && run.stderr.contains("line 1"), "{run:?}");
    assert_eq!(local.run_with_input(&["push"], b"").code, 0, "nothing is pushed");
    let lost = format!("{} {} refs/heads/main\n", "0".repeat(40), "12".repeat(20));
    let run = local.run_with_input(&["push", "--format", "json"], lost.as_bytes());
    assert_eq!(run.code, 3, "what is pushed is not there: {run:?}");
}
