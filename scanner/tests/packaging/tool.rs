//! Programs from PyPI that the tests run, and what a command says.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The top of this repository.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A program of `packaging/requirements.txt`, installed once a build folder and list of versions.
pub(crate) fn tool(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let requirements = Path::new(ROOT).join("packaging/requirements.txt");
        let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packaging-venv");
        let installed = venv.join("installed.txt");
        let wanted = std::fs::read(&requirements).expect("the list of programs");
        if std::fs::read(&installed).ok().as_ref() != Some(&wanted) {
            // What an interrupted installation left is no start: `--clear` begins anew.
            succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
            succeed(Command::new(venv.join("bin/pip")).args(["install", "--quiet", "-r"]).arg(&requirements));
            std::fs::write(&installed, wanted).expect("the build folder is writable");
        }
        venv.join("bin")
    });
    folder.join(name)
}

/// Runs a command that must not fail; gives what it writes.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

/// A folder of the build folder that is empty at the start of the tests.
pub(crate) fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("what an earlier run left can be removed");
    }
    std::fs::create_dir_all(&folder).expect("the build folder is writable");
    folder
}
