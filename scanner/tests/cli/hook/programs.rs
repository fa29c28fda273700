//! The real programs that manage hooks, from their registries, and git with a hook's environment.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::fixture::{Fixture, isolate};

const FROM_PYPI: [&str; 3] = ["pre-commit==4.3.0", "prek==0.5.11", "lefthook==2.2.2"];
const HUSKY: &str = "husky@9.1.7";

/// The folder of `pre-commit`, `prek` and `lefthook`, installed once a build folder.
///
/// The tests run side by side and need it at once: the first one installs, the others wait.
pub(super) fn from_pypi() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hook-managers-venv");
        let done = venv.join("done");
        if !done.exists() {
            // What an interrupted installation left is no start: `--clear` begins anew.
            succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
            succeed(Command::new(venv.join("bin/pip")).args(["install", "--quiet"]).args(FROM_PYPI));
            std::fs::write(&done, FROM_PYPI.join(" ")).expect("a file");
        }
        venv.join("bin")
    })
}

/// husky's main script, installed once a build folder.
pub(super) fn husky() -> &'static Path {
    static SCRIPT: OnceLock<PathBuf> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("husky");
        let script = folder.join("node_modules/husky/bin.js");
        if !script.exists() {
            std::fs::create_dir_all(&folder).expect("a folder");
            let mut npm = Command::new("npm");
            succeed(npm.args(["install", "--no-audit", "--no-fund", HUSKY, "--prefix"]).arg(&folder));
        }
        script
    })
}

/// Runs a command that must succeed; what it said.
pub(super) fn succeed(command: &mut Command) -> String {
    let (done, said) = output(command);
    assert!(done, "{command:?}: {said}");
    said
}

/// Whether a command succeeded, and what it said.
pub(super) fn output(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

/// PATH with `folders` before the machine's own.
pub(super) fn search_path(folders: &[&Path]) -> std::ffi::OsString {
    let machine = std::env::var_os("PATH").unwrap_or_default();
    let folders = folders.iter().map(|folder| (*folder).to_owned());
    std::env::join_paths(folders.chain(std::env::split_paths(&machine))).expect("folders without colons")
}

/// The folder of the program under test.
pub(super) fn of_secretscan() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_secretscan")).parent().expect("a folder of programs")
}

/// A program in the fixture's folder, isolated, with `secretscan` and the hook managers on PATH.
pub(super) fn command(fixture: &Fixture, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    isolate(&mut command, fixture.home());
    command.current_dir(fixture.path());
    command.env("PATH", search_path(&[of_secretscan(), from_pypi()]));
    command
        .env("PRE_COMMIT_HOME", fixture.home().join("pre-commit"))
        .env("PREK_HOME", fixture.home().join("prek"));
    command
}

/// Stages everything and commits, with the hooks; whether it went through, and what was said.
pub(super) fn commit_all(fixture: &Fixture) -> (bool, String) {
    fixture.git(&["add", "."]);
    output(command(fixture, "git").args(["commit", "-m", "x"]))
}
