//! `secretscan migrate` on files that the other scanners themselves wrote.
//!
//! detect-secrets comes from PyPI, gitleaks from `PATH` or, where there is none, from Debian's archive (into a folder of the
//! build; nothing is installed). Nothing of theirs is kept in this repository.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::fixture::{Fixture, Run, github_token, password};

const DETECT_SECRETS: &str = "detect-secrets==1.5.0";
/// The Debian release whose gitleaks is taken.
const SUITE: &str = "trixie";

fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// A folder of the build that is made once; the tests that want it at the same time wait.
fn made(name: &str, product: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let product = folder.join(product);
    if !product.exists() {
        make(&folder);
    }
    assert!(product.exists(), "{}", product.display());
    product
}

fn detect_secrets() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        made("detect-secrets-venv", "bin/detect-secrets", |folder| {
            succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder));
            succeed(Command::new(folder.join("bin/pip")).args(["install", "--quiet", DETECT_SECRETS]));
        })
    })
}

fn gitleaks() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let installed =
            std::env::split_paths(&folders).map(|folder| folder.join("gitleaks")).find(|it| it.is_file());
        installed.unwrap_or_else(|| made("gitleaks", "usr/bin/gitleaks", from_debian))
    })
}

/// Downloads Debian's package through apt, with lists and state of its own, and unpacks it.
fn from_debian(folder: &Path) {
    for part in ["etc", "lists/partial", "cache/archives/partial"] {
        std::fs::create_dir_all(folder.join("apt").join(part)).expect("folders");
    }
    let apt = folder.join("apt");
    let sources =
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian";
    std::fs::write(apt.join("etc/sources.list"), format!("{sources} {SUITE} main\n")).expect("a file");
    std::fs::write(apt.join("status"), "").expect("a file");
    let run = |arguments: &[&str]| {
        let set = |key: &str, path: PathBuf| format!("{key}={}", path.display());
        let options = [
            set("Dir::Etc", apt.join("etc")),
            set("Dir::State::Lists", apt.join("lists")),
            set("Dir::State::status", apt.join("status")),
            set("Dir::Cache", apt.join("cache")),
            "APT::Sandbox::User=root".to_owned(),
        ];
        let mut command = Command::new("apt-get");
        command.args(options.iter().flat_map(|option| ["-o", option.as_str()])).args(arguments);
        succeed(command.current_dir(&apt));
    };
    run(&["update", "-qq"]);
    run(&["download", "-qq", "gitleaks"]);
    let mut files = std::fs::read_dir(&apt).expect("a folder").flatten().map(|entry| entry.path());
    let package = files.find(|path| path.extension().is_some_and(|end| end == "deb")).expect("a package");
    succeed(Command::new("dpkg-deb").arg("-x").arg(package).arg(folder));
}

/// gitleaks' default configuration. No command prints it; the program carries it as text.
fn default_configuration() -> String {
    let program = std::fs::read(gitleaks()).expect("a program");
    let title = b"title = \"gitleaks config\"";
    let at = program.windows(title.len()).position(|part| part == title).expect("the configuration");
    let is_text = |b: &u8| matches!(b, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0x80..);
    let end = program[at..].iter().position(|b| !is_text(b)).map_or(program.len(), |length| at + length);
    let text = String::from_utf8_lossy(&program[at..end]).into_owned();
    // What follows in the program is text too; the configuration ends where TOML does.
    let lines: Vec<&str> = text.lines().collect();
    let is_toml = |count: usize| toml::from_str::<toml::Table>(&lines[..count].join("\n")).is_ok();
    let count = (1..=lines.len()).rev().find(|count| is_toml(*count)).expect("TOML");
    lines[..count].join("\n") + "\n"
}

/// A repository with secrets that the other scanners see as well.
fn repository() -> Fixture {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q", "-b", "main"]);
    fixture.write("app.py", format!("import os\n\ndb_password = '{}'\n", password()));
    fixture.write("src/client.py", format!("token = \"{}\"\n", github_token()));
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-qm", "first"]);
    fixture
}

/// Nothing is reported any more, and what is new is.
fn accepts_the_old_and_reports_the_new(fixture: &Fixture) {
    let scan = fixture.run(&[".", "--format", "json"]);
    assert_eq!(scan.places(), [""; 0], "{scan:?}");
    fixture.write("app.py", format!("import os\n\ndb_password = '{}7'\n", password()));
    assert_eq!(fixture.run(&[".", "--format", "json"]).places(), ["app.py:3"]);
}

fn carried(run: &Run, what: &str) -> usize {
    let line = run
        .stdout
        .lines()
        .find(|line| line.trim_start().split_once("  ").is_some_and(|(_, name)| name == what));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

#[test]
fn a_detect_secrets_baseline_becomes_ours() {
    let fixture = repository();
    let mut scan = Command::new(detect_secrets());
    let baseline = succeed(scan.args(["scan", "--exclude-files", "^generated/"]).current_dir(fixture.path()));
    let results: Value = serde_json::from_str(&baseline).expect("JSON");
    assert_eq!(results["results"].as_object().map(serde_json::Map::len), Some(2), "{baseline}");
    fixture.write(".secrets.baseline", &baseline);
    let run = fixture.run(&["migrate", "--owner", "ops"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(carried(&run, "allow-lists"), 1, "{run:?}");
    let ours = std::fs::read_to_string(fixture.path().join(".secretscan-baseline")).expect("a baseline");
    assert!(ours.lines().count() == 3 && ours.contains("\"owner\":\"ops\""), "{ours}");
    assert!(!ours.contains(&password()), "{ours}");
    std::fs::remove_file(fixture.path().join(".secrets.baseline")).expect("removed");
    accepts_the_old_and_reports_the_new(&fixture);
}

#[test]
fn a_gitleaks_report_and_ignore_file_become_a_baseline() {
    let report = |fixture: &Fixture| {
        let mut scan = Command::new(gitleaks());
        scan.args(["detect", "--report-format", "json", "--report-path", "report.json", "--exit-code", "0"]);
        succeed(scan.current_dir(fixture.path()));
        let text = std::fs::read_to_string(fixture.path().join("report.json")).expect("a report");
        let report: Value = serde_json::from_str(&text).expect("JSON");
        assert!(report.as_array().is_some_and(|list| !list.is_empty()), "{text}");
        report
    };
    let fixture = repository();
    report(&fixture);
    let run = fixture.run(&["migrate", "--from", "report.json"]);
    assert_eq!(run.code, 0, "{run:?}");
    std::fs::remove_file(fixture.path().join("report.json")).expect("removed");
    let left = fixture.run(&[".", "--format", "json"]).places();
    assert!(!left.contains(&"src/client.py:1".to_owned()), "{left:?}");

    // The ignore file names a line of a commit; the file has changed since.
    let fixture = repository();
    let list = report(&fixture);
    let lines: Vec<&str> =
        list.as_array().into_iter().flatten().filter_map(|it| it["Fingerprint"].as_str()).collect();
    std::fs::remove_file(fixture.path().join("report.json")).expect("removed");
    fixture.write(".gitleaksignore", lines.join("\n") + "\nnot an entry\n");
    fixture.write("src/client.py", format!("# moved\n\ntoken = \"{}\"\n", github_token()));
    let run = fixture.run(&["migrate"]);
    assert_eq!(run.code, 1, "one line has no counterpart: {run:?}");
    assert!(run.stdout.contains("NOT carried over: 1"), "{run:?}");
    let left = fixture.run(&[".", "--format", "json"]).places();
    assert!(!left.contains(&"src/client.py:3".to_owned()), "{left:?}");
}

#[test]
fn gitleaks_default_configuration_is_carried_over() {
    let fixture = repository();
    let theirs = default_configuration();
    let count = theirs.matches("[[rules]]").count();
    assert!(count > 100, "{count} rules");
    fixture.write(".gitleaks.toml", &theirs);
    let run = fixture.run(&["migrate"]);
    assert!(run.code <= 1, "{run:?}");
    let (known, carried_over) = (carried(&run, "rules that secretscan has already"), carried(&run, "rules"));
    let left = run.stdout.lines().filter(|line| {
        line.starts_with("  ") && line.contains(": rule ") && !line.contains("everywhere now")
    });
    let left: Vec<&str> = left.collect();
    assert!(known + carried_over + left.len() >= count, "every rule is accounted for: {run:?}");
    assert!((known + carried_over) * 100 >= count * 97, "{known} + {carried_over} of {count}: {run:?}");
    // What was written is read, and finds what the rules find.
    std::fs::remove_file(fixture.path().join(".gitleaks.toml")).expect("removed");
    let scan = fixture.run(&[".", "--format", "json"]);
    assert!(scan.code == 1 && scan.places().contains(&"src/client.py:1".to_owned()), "{scan:?}");
    // A folder that their allow-list names is silent.
    fixture.write("node_modules/x/client.py", format!("token = \"{}\"\n", github_token()));
    assert_eq!(fixture.run(&[".", "--format", "json"]).places(), scan.places());
}

#[test]
fn a_rule_of_ones_own_is_carried_over_and_found() {
    let fixture = repository();
    fixture.write(
        "gitleaks.toml",
        "[extend]\nuseDefault = true\ndisabledRules = ['aws-access-token']\n\
         [[rules]]\nid = 'Acme_Key'\ndescription = 'Acme key.'\nregex = '''acme(?:prod|test)-([a-z0-9]{24})\\b'''\nkeywords = ['acme']\n\
         [[rules.allowlists]]\nstopwords = ['example']\n\
         [[rules]]\nid = 'looking'\nregex = '''(?<=x)secret'''\nkeywords = ['secret']\n",
    );
    let run = fixture.run(&["migrate"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("rule looking: the regular expression has no counterpart"), "{run:?}");
    assert!(run.stdout.contains("disabled rule aws-access-token"), "{run:?}");
    let value = |middle: &str| format!("acmeprod-{}{middle}{}", "k3v9x", "p0q8w7e6r5t");
    fixture.write("b.txt", format!("see {}\n", value("zz1yy2aa")));
    fixture.write("c.txt", format!("see {}\n", value("example1")));
    let scan = fixture.run(&["b.txt", "c.txt", "--format", "json"]).json();
    let ids: Vec<_> =
        scan["findings"].as_array().expect("findings").iter().map(|f| f["rule_id"].clone()).collect();
    assert_eq!(ids, ["acme-key"], "{scan}");
    let again = fixture.run(&["migrate"]);
    assert!(again.stdout.contains("extend = \"secretscan-migrated.toml\""), "{again:?}");
}

#[test]
fn nothing_to_migrate_is_an_error_and_a_dry_run_writes_nothing() {
    let fixture = Fixture::new();
    let run = fixture.run(&["migrate"]);
    assert!(run.code == 2 && run.stderr.contains(".gitleaks.toml"), "{run:?}");
    fixture.write("list.json", "[1, 2]");
    let run = fixture.run(&["migrate", "--from", "list.json"]);
    assert!(run.code == 2 && run.stderr.contains("neither a gitleaks"), "{run:?}");
    fixture.write(".gitleaks.toml", "[allowlist]\nstopwords = ['demo']\n");
    let run = fixture.run(&["migrate", "--dry-run"]);
    assert_eq!((run.code, carried(&run, "allow-lists")), (0, 1), "{run:?}");
    assert!(!fixture.path().join(".secretscan.toml").exists());
    assert_eq!(fixture.run(&["migrate"]).code, 0);
    assert!(fixture.path().join(".secretscan.toml").exists());
}
