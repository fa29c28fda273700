//! `secretscan staged` through the program; the git cases themselves are tested in `tests/source`.

use crate::fixture::{Fixture, isolate, password};

fn repository() -> Fixture {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q", "-b", "main"]);
    fixture
}

fn leak(name: &str) -> String {
    format!("{name}_password = '{}'\n", password())
}

#[test]
fn the_index_is_scanned_and_not_the_working_tree() {
    let fixture = repository();
    fixture.write("staged.py", leak("a"));
    fixture.git(&["add", "staged.py"]);
    fixture.write("staged.py", "clean = True\n");
    fixture.write("loose.py", leak("b"));
    let run = fixture.run(&["staged", "--format", "json"]);
    assert_eq!((run.code, run.places()), (1, vec!["staged.py:1".to_owned()]), "{run:?}");
}

#[test]
fn only_added_lines_are_reported() {
    let fixture = repository();
    fixture.write("app.py", format!("x = 1\n{}y = 2\n", leak("old")));
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-qm", "first"]);
    fixture.write("app.py", format!("x = 1\n{}y = 3\n{}", leak("old"), leak("new")));
    fixture.git(&["add", "."]);
    assert_eq!(fixture.run(&["staged", "--format", "json"]).places(), ["app.py:4"]);
}

#[test]
fn a_folder_without_a_repository_is_a_usage_error() {
    let fixture = Fixture::new();
    let run = fixture.run(&["staged"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("repository"), "{run:?}");
}

#[test]
fn an_empty_repository_with_nothing_staged_is_clean() {
    let run = repository().run(&["staged", "--format", "json"]);
    assert_eq!((run.code, run.json()["ledger"]["blobs"].as_u64()), (0, Some(0)), "{run:?}");
}

#[test]
fn a_corrupt_index_is_named_and_never_clean() {
    let fixture = repository();
    fixture.write("app.py", leak("a"));
    fixture.git(&["add", "."]);
    std::fs::write(fixture.path().join(".git/index"), b"DIRC\0\0\0\x02garbage").expect("a file");
    let run = fixture.run(&["staged", "--format", "json"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.json()["ledger"]["failures"][0]["cause"].to_string().contains("index"), "{run:?}");
}

/// `git commit -a` and `git commit PATH` hand the hook a temporary index.
#[test]
fn the_hook_sees_what_each_kind_of_commit_records() {
    let fixture = repository();
    let hook = fixture.path().join(".git/hooks/pre-commit");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/hooks/pre-commit"), &hook).expect("the hook");
    let commit = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(arguments).current_dir(fixture.path());
        isolate(&mut command, fixture.path());
        command.env("SECRETSCAN", env!("CARGO_BIN_EXE_secretscan"));
        let output = command.output().expect("git starts");
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        )
    };
    fixture.write("a.py", "x = 1\n");
    fixture.write("b.py", "y = 1\n");
    fixture.git(&["add", "."]);
    assert!(commit(&["commit", "-qm", "first commit, clean"]).0);
    fixture.write("a.py", format!("x = 1\n{}", leak("a")));
    let (done, said) = commit(&["commit", "-qam", "all"]);
    assert!(!done && said.contains("a.py:2"), "commit -a: {said}");
    let (done, said) = commit(&["commit", "-qm", "path", "a.py"]);
    assert!(!done && said.contains("a.py:2"), "commit PATH: {said}");
    fixture.write("b.py", "y = 2\n");
    let (done, said) = commit(&["commit", "-qm", "other path", "b.py"]);
    assert!(done, "a leak that is not part of the commit does not stop it: {said}");
}
