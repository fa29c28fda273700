//! `cargo install --path .` and `pip install .`, as docs/installing.md has them: the root of the workspace is the package of the
//! program.

use std::path::Path;
use std::process::Command;

use crate::fixture::{Fixture, Run, password};
use crate::tool::{ROOT, empty_folder, succeed};

const DOCUMENTED: &str = "cargo install --locked --path .";

/// In the build folder of these tests, so that only what they have not compiled is; one after the other, so that they do not
/// wait for each other's locks.
#[test]
fn cargo_and_pip_install_the_one_program_and_it_scans() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("docs/installing.md")).expect("the page");
    assert!(text.lines().any(|line| line.trim() == DOCUMENTED), "docs/installing.md has the command");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
    let root = empty_folder("cargo-install");
    let mut words = DOCUMENTED.split(' ');
    let mut cargo = Command::new(words.next().expect("a program"));
    cargo.args(words).arg("--root").arg(&root).current_dir(ROOT).env("CARGO_TARGET_DIR", target);
    succeed(&mut cargo);
    let programs = std::fs::read_dir(root.join("bin")).expect("what was installed");
    let programs: Vec<_> = programs.map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(programs, ["secretscan"], "neither the trainer nor the evaluator");
    scans(&root.join("bin/secretscan"));

    let venv = empty_folder("pip-install");
    succeed(Command::new("python3").args(["-m", "venv"]).arg(&venv));
    let mut pip = Command::new(venv.join("bin/pip"));
    pip.args(["install", "--quiet", "--no-deps", "."]).current_dir(ROOT).env("CARGO_TARGET_DIR", target);
    succeed(&mut pip);
    scans(&venv.join("bin/secretscan"));
}

fn scans(program: &Path) {
    let fixture = Fixture::new();
    fixture.write("app.py", format!("db_password = '{}'\n", password()));
    let mut program = Command::new(program);
    program.arg(".").current_dir(fixture.path()).env("HOME", fixture.home());
    let run = Run::of(&program.output().expect("it starts"));
    assert!(run.code == 1 && run.stdout.contains("app.py:1:16"), "{run:?}");
    assert!(!run.stdout.contains(&password()), "{run:?}");
}
