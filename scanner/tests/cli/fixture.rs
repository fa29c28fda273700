//! A temporary folder, a cleared environment, and synthetic secrets that are put together at run time.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A folder for one test, and the program run in it.
pub(crate) struct Fixture {
    folder: tempfile::TempDir,
    /// The home of every run, outside of what is scanned: the verdict cache lies there.
    home: tempfile::TempDir,
}

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().expect("not killed by a signal"),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The JSON report on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// `path:line` of every finding of the JSON report.
    pub(crate) fn places(&self) -> Vec<String> {
        let report = self.json();
        let findings = report["findings"].as_array().expect("a list of findings");
        findings
            .iter()
            .map(|finding| format!("{}:{}", finding["path"].as_str().expect("a path"), finding["start_line"]))
            .collect()
    }
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let folder = || tempfile::tempdir().expect("a temporary folder");
        Self { folder: folder(), home: folder() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file, with its folders.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().expect("below the fixture")).expect("folders");
        std::fs::write(&file, content).expect("a file");
        file
    }

    /// The program, in the folder, without any variable that could reach it from outside.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_secretscan"));
        command.args(arguments).current_dir(self.path()).env_clear();
        command.env("HOME", self.home.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&self.command(arguments).output().expect("the program starts"))
    }

    /// As `run`, with bytes on standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut command = assert_cmd::Command::from_std(self.command(arguments));
        Run::of(&command.write_stdin(input).output().expect("the program starts"))
    }

    /// git in the folder, isolated from the machine's configuration; panics if it fails.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let run = self.try_git(arguments);
        assert_eq!(run.code, 0, "git {arguments:?}: {}", run.stderr);
        run.stdout
    }

    pub(crate) fn try_git(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.path());
        isolate(&mut command, self.path());
        Run::of(&command.output().expect("git starts"))
    }
}

/// Cuts git off from the machine's configuration and fixes who and when.
pub(crate) fn isolate(command: &mut Command, home: &Path) {
    command
        .env("HOME", home)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_WORK_TREE");
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "A Tester")
            .env(format!("GIT_{who}_EMAIL"), "tester@example.org")
            .env(format!("GIT_{who}_DATE"), "2026-01-02T03:04:05Z");
    }
}

/// A password as people choose them; put together here so that no scanner finds one in this file.
pub(crate) fn password() -> String {
    ["Tr0ub4dor", "&", "Winter", "24"].concat()
}

/// A GitHub token with a right checksum.
pub(crate) fn github_token() -> String {
    let body = ["wq3XkVb9Zt1Lm", "7RpYc5Ns2HdGf8", "Ju"].concat();
    let body = format!("{body:0<30}");
    format!("ghp_{body}{}", base62(crc32fast::hash(body.as_bytes())))
}

fn base62(mut number: u32) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}
