//! Microsoft's SARIF SDK validates what is written, with the standard's rules and GitHub's
//! (`testdata/sarif/validate.sh`).
//!
//! Needs npm and, the first time, the registry. Without them the test fails where `CI` is set; elsewhere it says
//! that it did not run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use secretscan::finding::{Finding, Severity};
use secretscan::ledger::Ledger;
use secretscan::report::{Format, Options};

use crate::sample;

/// What the script exits with when there is no validator.
const NO_VALIDATOR: i32 = 3;

/// Runs the validator; `None` if it is not to be had here.
fn validate(files: &[PathBuf]) -> Option<Output> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/sarif/validate.sh");
    let output = Command::new(script).args(files).output();
    let ran = output.as_ref().is_ok_and(|output| output.status.code() != Some(NO_VALIDATOR));
    let said = output.as_ref().map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(ran || std::env::var_os("CI").is_none(), "the SARIF validator must run in CI: {said:?}");
    if !ran {
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "NOT RUN: the SARIF validator is not to be had here: {said:?}");
    }
    output.ok().filter(|_| ran)
}

/// Findings with everything that can be odd about a place or a name.
fn odd() -> Vec<Finding> {
    let paths = [
        "src/with space/ünïcödé 漢字.py",
        "./a%20b/100%.env",
        "{braces}/[brackets]/$dollar#hash?query.txt",
        "c:olon/back\\slash.ini",
        "/outside/of the repo.cfg",
        "../beside/it.cfg",
        "new\nline/tab\t.txt",
        "<stdin>",
        "-",
    ];
    let rule = sample::password_rule();
    let mut findings = sample::some();
    for path in paths {
        let mut finding = sample::of(&rule, path, "é😀 {0} [x](y) password = 'hunter2'", "hunter2");
        finding.key = Some("{0} [link](https://e.example) pass\\word".to_owned());
        findings.push(finding);
    }
    findings
}

fn many() -> Vec<Finding> {
    let rule = sample::token_rule();
    let mut findings = Vec::new();
    for n in 0..5_200_u32 {
        let value = sample::token(&n.to_string());
        let text = format!("a = 1\nkey = '{value}'\n");
        let mut finding = sample::of(&rule, &format!("src/{}/{n}.py", n % 17), &text, &value);
        finding.severity = [Severity::Error, Severity::Warning, Severity::Note][n as usize % 3];
        findings.push(finding);
    }
    findings
}

#[test]
fn the_sarif_sdk_has_nothing_to_say() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let history = Options { sarif_history: true, ..sample::options() };
    let no_base = Options::default();
    let cases: [(&str, Vec<Finding>, Ledger, &Options); 5] = [
        ("few", sample::some(), sample::ledger(), &sample::options()),
        ("odd", odd(), sample::incomplete_ledger(), &history),
        ("relative", odd(), sample::incomplete_ledger(), &no_base),
        ("many", many(), sample::ledger(), &sample::options()),
        ("none", Vec::new(), sample::ledger(), &sample::options()),
    ];
    let mut files = Vec::new();
    for (name, findings, ledger, options) in &cases {
        let file = folder.path().join(format!("{name}.sarif"));
        std::fs::write(&file, sample::bytes(Format::Sarif, findings, ledger, options)).expect("writable");
        files.push(file);
    }
    let Some(output) = validate(&files) else { return };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.lines().filter(|line| line.ends_with(": valid")).count(), files.len(), "{said}");
}

#[test]
fn the_validator_is_not_satisfied_by_anything() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let good = sample::written(Format::Sarif, &sample::some(), &sample::ledger(), &sample::options());
    let breakages = [
        ("level", good.replace("\"level\":\"error\"", "\"level\":\"fatal\"")),
        ("line", good.replace("\"startLine\":3", "\"startLine\":0")),
        ("index", good.replace("\"ruleIndex\":0", "\"ruleIndex\":7")),
        ("uri", good.replace("login%20test", "login test")),
    ];
    for (name, bad) in breakages {
        assert_ne!(bad, good, "{name}");
        let file = folder.path().join(format!("{name}.sarif"));
        std::fs::write(&file, bad).expect("writable");
        let Some(output) = validate(&[file]) else { return };
        assert_eq!(output.status.code(), Some(1), "{name}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
