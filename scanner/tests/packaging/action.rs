//! The steps of `action.yml`, run as GitHub's runner runs them: in a workspace, told by the environment, answering in files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use crate::fixture::{Fixture, Run, github_token, isolate, password};
use crate::release::{file, release};
use crate::tool::ROOT;

const NOWHERE: &str = "0000000000000000000000000000000000000000";

/// A workspace and the runner's folders beside it.
struct Job {
    workspace: Fixture,
    temp: tempfile::TempDir,
}

impl Job {
    fn new() -> Self {
        Self { workspace: Fixture::new(), temp: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A repository with an old leak on `main` and a new one on `side`, which is checked out.
    fn repository() -> Self {
        let job = Self::new();
        let git = |arguments: &[&str]| job.workspace.git(arguments);
        git(&["init", "-q", "-b", "main"]);
        job.workspace.write("old.py", format!("db_password = '{}'\n", password()));
        git(&["add", "."]);
        git(&["commit", "-qm", "old"]);
        git(&["checkout", "-q", "-b", "side"]);
        job.workspace.write("new.py", format!("import os\ntoken = '{}'\n", github_token()));
        git(&["add", "."]);
        git(&["commit", "-qm", "new"]);
        job
    }

    fn commit(&self, revision: &str) -> String {
        self.workspace.git(&["rev-parse", revision]).trim().to_owned()
    }

    fn answer(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// A step, with the inputs' defaults, what the runner sets, and `environment`.
    fn step(&self, script: &str, environment: &[(&str, &str)]) -> Run {
        let defaults = [
            ("INPUT_VERSION", ""),
            ("INPUT_SHA256", ""),
            ("INPUT_RELEASES_URL", ""),
            ("INPUT_BINARY", ""),
            ("INPUT_BUILD", "false"),
            ("ACTION_REPOSITORY", ""),
            ("PROGRAM", env!("CARGO_BIN_EXE_secretscan")),
            ("INPUT_PATH", "."),
            ("INPUT_SCAN", "auto"),
            ("INPUT_BASE", ""),
            ("INPUT_HEAD", ""),
            ("INPUT_FAIL_ON", ""),
            ("INPUT_FAIL", "true"),
            ("INPUT_ARGS", ""),
            ("INPUT_UPLOAD", "true"),
            ("INPUT_CATEGORY", "secretscan"),
            ("EVENT_BASE", ""),
            ("EVENT_HEAD", ""),
            ("EVENT_DEFAULT_BRANCH", "main"),
            ("EVENT_HEAD_REPOSITORY", ""),
            ("UPLOAD_OUTCOME", "skipped"),
            ("GITHUB_ACTION_PATH", ROOT),
            ("GITHUB_SERVER_URL", "https://github.example"),
            ("GITHUB_REPOSITORY", "owner/project"),
            ("RUNNER_OS", "Linux"),
            ("RUNNER_ARCH", if cfg!(target_arch = "aarch64") { "ARM64" } else { "X64" }),
        ];
        let mut command = Command::new(format!("{ROOT}/packaging/action/{script}.sh"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        isolate(&mut command, self.workspace.home());
        command
            .envs(defaults)
            .env("GITHUB_WORKSPACE", self.workspace.path())
            .env("RUNNER_TEMP", self.temp.path())
            .env("GITHUB_OUTPUT", self.answer("output"))
            .env("GITHUB_STEP_SUMMARY", self.answer("summary"))
            .envs(environment.iter().copied())
            .current_dir(self.workspace.path());
        std::fs::write(self.answer("output"), "").expect("the runner's file");
        Run::of(&command.output().expect("bash starts"))
    }

    /// A scan step that ends well; gives its outputs and its log.
    fn scan(&self, environment: &[(&str, &str)]) -> (BTreeMap<String, String>, String) {
        let run = self.step("scan", environment);
        assert_eq!(run.code, 0, "{run:?}");
        (self.outputs(), run.stdout + &run.stderr)
    }

    fn outputs(&self) -> BTreeMap<String, String> {
        let text = std::fs::read_to_string(self.answer("output")).expect("the runner's file");
        let lines = text.lines().map(|line| line.split_once('=').expect("name=value"));
        lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn pull_request(&self) -> [(&'static str, String); 3] {
        let name = |name: &str| self.commit(name);
        [
            ("GITHUB_EVENT_NAME", "pull_request".into()),
            ("EVENT_BASE", name("main")),
            ("EVENT_HEAD", name("side")),
        ]
    }
}

fn borrowed<'a>(pairs: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[test]
fn a_pull_request_is_judged_by_what_it_adds_and_uploads_the_state_of_the_tree() {
    let job = Job::repository();
    let (outputs, log) = job.scan(&borrowed(&job.pull_request()));
    assert_eq!((outputs["result"].as_str(), outputs["exit-code"].as_str()), ("findings", "1"), "{log}");
    assert_eq!(outputs["upload"], "true");
    assert!(log.contains("file=new.py") && !log.contains("file=old.py"), "{log}");
    let summary = std::fs::read_to_string(job.answer("summary")).expect("a summary");
    assert!(summary.contains("new.py") && !summary.contains("old.py"), "{summary}");
    let json = std::fs::read_to_string(&outputs["json"]).expect("the JSON report");
    let sarif = std::fs::read_to_string(&outputs["sarif"]).expect("the SARIF report");
    assert!(sarif.contains("new.py") && sarif.contains("old.py"), "alerts live as long as their lines do");
    for text in [log, summary, json, sarif] {
        assert!(!text.contains(&github_token()) && !text.contains(&password()), "{text}");
    }
}

#[test]
fn a_secret_that_a_later_commit_takes_away_fails_the_pull_request() {
    let job = Job::repository();
    job.workspace.git(&["rm", "-q", "new.py"]);
    job.workspace.git(&["commit", "-qm", "removed"]);
    let (outputs, log) = job.scan(&borrowed(&job.pull_request()));
    assert!(outputs["result"] == "findings" && log.contains("file=new.py"), "{log}");
    let sarif = std::fs::read_to_string(&outputs["sarif"]).expect("the SARIF report");
    assert!(!sarif.contains("new.py"), "it is not in the tree");
}

#[test]
fn a_clean_pull_request_passes_whatever_main_holds() {
    let job = Job::repository();
    job.workspace.git(&["checkout", "-q", "-b", "clean", "main"]);
    job.workspace.write("clean.py", "x = 1\n");
    job.workspace.git(&["add", "."]);
    job.workspace.git(&["commit", "-qm", "clean"]);
    let event = [("EVENT_BASE", job.commit("side")), ("EVENT_HEAD", job.commit("clean"))];
    let (outputs, log) = job.scan(&borrowed(&event));
    assert_eq!(outputs["result"], "clean", "{log}");
}

#[test]
fn a_fork_gets_annotations_and_no_upload() {
    let job = Job::repository();
    let mut event = job.pull_request().to_vec();
    event.push(("EVENT_HEAD_REPOSITORY", "somebody/project".into()));
    let (outputs, log) = job.scan(&borrowed(&event));
    assert_eq!((outputs["upload"].as_str(), outputs["result"].as_str()), ("false", "findings"), "{log}");
    assert!(log.contains("file=new.py") && log.contains("fork"), "{log}");
    event[3].1 = "owner/project".into();
    assert_eq!(job.scan(&borrowed(&event)).0["upload"], "true");
}

#[test]
fn a_push_is_compared_with_what_was_there() {
    let job = Job::repository();
    let (main, side) = (job.commit("main"), job.commit("side"));
    let push = |base: &str, head: &str| {
        job.scan(&[
            ("GITHUB_EVENT_NAME", "push"),
            ("EVENT_BASE", base),
            ("EVENT_HEAD", head),
            ("GITHUB_REF_NAME", "side"),
        ])
    };
    let (outputs, log) = push(&main, &side);
    assert!(outputs["result"] == "findings" && log.contains("file=new.py"), "{log}");
    let (outputs, log) = push(&side, NOWHERE);
    assert!(
        outputs["result"] == "nothing" && outputs["upload"] == "false" && log.contains("deleted"),
        "{log}"
    );
    // The first push of a repository: everything is new.
    let (_, log) = push(NOWHERE, &side);
    assert!(log.contains("file=new.py") && log.contains("file=old.py"), "{log}");
    // A new branch: what the default branch lacks is new.
    job.workspace.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    let (_, log) = push(NOWHERE, &side);
    assert!(log.contains("file=new.py") && !log.contains("file=old.py"), "{log}");
    // The default branch itself would be compared with itself.
    let first = [
        ("GITHUB_EVENT_NAME", "push"),
        ("EVENT_BASE", NOWHERE),
        ("EVENT_HEAD", &main),
        ("GITHUB_REF_NAME", "main"),
    ];
    let (outputs, log) = job.scan(&first);
    assert!(outputs["result"] == "findings" && log.contains("file=old.py"), "{log}");
    // After a force push the old commit is nowhere.
    let (outputs, log) = push(&"12".repeat(20), &side);
    assert!(outputs["result"] == "findings" && !log.contains("file=old.py"), "{log}");
}

#[test]
fn a_range_without_a_commit_is_never_clean() {
    let job = Job::repository();
    let (main, side) = (job.commit("main"), job.commit("side"));
    // A push that takes a commit back, and a new branch that is where the default branch is: git says so.
    job.workspace.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    for base in [side.as_str(), NOWHERE] {
        let event = [
            ("GITHUB_EVENT_NAME", "push"),
            ("EVENT_BASE", base),
            ("EVENT_HEAD", main.as_str()),
            ("GITHUB_REF_NAME", "side"),
        ];
        let (outputs, log) = job.scan(&event);
        assert_eq!((outputs["result"].as_str(), outputs["exit-code"].as_str()), ("nothing", "0"), "{log}");
        assert_eq!(outputs["upload"], "true", "the tree is another one now");
    }
    // Everywhere else nobody knows that it is right.
    for event in [
        [("GITHUB_EVENT_NAME", "pull_request"), ("EVENT_BASE", side.as_str()), ("EVENT_HEAD", main.as_str())],
        [("GITHUB_EVENT_NAME", "push"), ("INPUT_BASE", side.as_str()), ("INPUT_HEAD", main.as_str())],
        [("GITHUB_EVENT_NAME", "push"), ("INPUT_BASE", "HEAD"), ("INPUT_HEAD", "HEAD")],
    ] {
        let (outputs, log) = job.scan(&event);
        assert_eq!((outputs["result"].as_str(), outputs["exit-code"].as_str()), ("incomplete", "3"), "{log}");
        assert!(log.contains("no commit lies in"), "{log}");
    }
    let wanted = [("INPUT_BASE", "HEAD"), ("INPUT_HEAD", "HEAD"), ("INPUT_ARGS", "--allow-empty")];
    let (outputs, log) = job.scan(&wanted);
    assert_eq!((outputs["result"].as_str(), outputs["upload"].as_str()), ("nothing", "true"), "{log}");
}

#[test]
fn other_events_scan_the_tree_or_all_of_history() {
    let job = Job::repository();
    job.workspace.git(&["rm", "-q", "old.py"]);
    job.workspace.git(&["commit", "-qm", "removed"]);
    let (_, log) = job.scan(&[("GITHUB_EVENT_NAME", "schedule")]);
    assert!(log.contains("file=new.py") && !log.contains("file=old.py"), "{log}");
    let (outputs, _) = job.scan(&[("INPUT_SCAN", "history")]);
    let json = std::fs::read_to_string(&outputs["json"]).expect("the JSON report");
    assert!(json.contains("new.py") && json.contains("old.py"), "{json}");
}

#[test]
fn a_shallow_checkout_is_deepened_or_the_scan_is_incomplete() {
    let job = Job::repository();
    let event = job.pull_request();
    let source = format!("file://{}", job.workspace.path().display());
    let shallow = Job::new();
    shallow.workspace.git(&["clone", "-q", "--depth=1", "--branch=side", &source, "."]);
    let (outputs, log) = shallow.scan(&borrowed(&event));
    assert!(outputs["result"] == "findings" && !log.contains("file=old.py"), "{log}");

    let alone = Job::new();
    alone.workspace.git(&["clone", "-q", "--depth=1", "--branch=side", &source, "."]);
    alone.workspace.git(&["remote", "set-url", "origin", "/nowhere"]);
    let (outputs, log) = alone.scan(&borrowed(&event));
    assert_eq!((outputs["result"].as_str(), outputs["exit-code"].as_str()), ("incomplete", "3"), "{log}");
    assert!(log.contains("fetch-depth: 0"), "{log}");
}

#[test]
fn inputs_are_never_code_and_never_uncover_secrets() {
    let job = Job::repository();
    let hostile = "--tests\nkeep\n\n--config\n$(touch pwned) `touch pwned`; touch pwned";
    let (outputs, log) = job.scan(&[("INPUT_ARGS", hostile), ("INPUT_CATEGORY", "$(touch pwned)")]);
    assert_eq!(outputs["exit-code"], "2", "there is no such configuration: {log}");
    let event = [("EVENT_BASE", "$(touch pwned)"), ("EVENT_HEAD", "--show-secrets"), ("INPUT_UPLOAD", "no")];
    assert_eq!(job.scan(&event).0["exit-code"], "2");
    assert!(!job.workspace.path().join("pwned").exists());
    for argument in
        ["--show-secrets", "--format=json", "--output", "-oreport", "--fail-on\nnote\n--show-secrets"]
    {
        let (outputs, log) = job.scan(&[("INPUT_ARGS", argument)]);
        assert!(outputs["result"] == "error" && outputs["upload"] == "false", "{argument}: {log}");
        assert!(!log.contains(&github_token()), "{log}");
    }
    let (outputs, log) = job.scan(&[("INPUT_PATH", "nowhere")]);
    assert!(outputs["result"] == "error" && log.contains("'path'"), "{log}");
    assert_eq!(job.scan(&[("INPUT_SCAN", "everything")]).0["result"], "error");
    assert_eq!(job.scan(&[("INPUT_SCAN", "range")]).0["result"], "error");
}

#[test]
fn the_last_step_tells_findings_from_an_incomplete_scan() {
    let job = Job::new();
    for (code, words) in
        [("0", ""), ("1", "findings"), ("2", "not scanned"), ("3", "incomplete"), ("101", "101")]
    {
        let run = job.step("conclude", &[("EXIT_CODE", code)]);
        assert_eq!(run.code.to_string(), code);
        assert!(run.stdout.contains(words), "{run:?}");
        let lenient = job.step("conclude", &[("EXIT_CODE", code), ("INPUT_FAIL", "false")]);
        assert_eq!(
            lenient.code.to_string(),
            if code == "1" { "0" } else { code },
            "findings alone are forgiven"
        );
    }
    let run = job.step("conclude", &[("EXIT_CODE", "0"), ("UPLOAD_OUTCOME", "failure")]);
    assert!(
        run.code == 0 && run.stdout.contains("::warning") && run.stdout.contains("security-events"),
        "{run:?}"
    );
}

#[test]
fn an_installed_program_is_used_as_it_is() {
    let job = Job::new();
    let run = job.step("install", &[("INPUT_BINARY", env!("CARGO_BIN_EXE_secretscan"))]);
    assert_eq!(
        (run.code, job.outputs()["program"].as_str()),
        (0, env!("CARGO_BIN_EXE_secretscan")),
        "{run:?}"
    );
    let run = job.step("install", &[("INPUT_BINARY", "no-such-program")]);
    assert!(run.code == 2 && run.stdout.contains("::error"), "{run:?}");
}

#[test]
fn a_release_is_installed_only_if_its_checksum_is_right() {
    let version = env!("CARGO_PKG_VERSION");
    let job = Job::new();
    let mirror = job.workspace.path().join(format!("mirror/v{version}"));
    std::fs::create_dir_all(&mirror).expect("a folder");
    let archive = file(".tar.gz");
    let copy = mirror.join(archive.file_name().expect("a name"));
    std::fs::copy(&archive, &copy).expect("a copy");
    std::fs::copy(release().join("SHA256SUMS"), mirror.join("SHA256SUMS")).expect("a copy");
    let url = format!("file://{}/mirror", job.workspace.path().display());
    let install = |more: &[(&str, &str)]| {
        job.step("install", &[&[("INPUT_RELEASES_URL", url.as_str())], more].concat())
    };

    // No version: that of the action itself.
    let run = install(&[]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains(&format!("secretscan {version}")), "{run:?}");
    let program = PathBuf::from(&job.outputs()["program"]);
    assert_eq!(std::fs::read(&program).ok(), std::fs::read(env!("CARGO_BIN_EXE_secretscan")).ok());

    std::fs::remove_file(&program).expect("it was installed");
    let run = install(&[("INPUT_VERSION", "v0.0.99")]);
    assert!(run.code == 2 && run.stdout.contains("v0.0.99"), "{run:?}");
    let run = install(&[("INPUT_VERSION", "../../etc")]);
    assert!(run.code == 2 && run.stdout.contains("'version'"), "{run:?}");
    let run = install(&[("INPUT_SHA256", &"ab".repeat(32))]);
    assert!(run.code == 2 && run.stdout.contains("checksum") && !program.exists(), "{run:?}");
    let mut damaged = std::fs::read(&copy).expect("the copy");
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    std::fs::write(&copy, damaged).expect("the copy is ours");
    let run = install(&[]);
    assert!(run.code == 2 && run.stdout.contains("checksum") && !program.exists(), "{run:?}");
    let run = install(&[("RUNNER_OS", "Windows")]);
    assert!(run.code == 2 && run.stdout.contains("no release for Windows"), "{run:?}");
}
