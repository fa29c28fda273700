//! Microsoft's SARIF SDK validates what is written, with the standard's rules and GitHub's
//! (`testdata/sarif/validate.sh`). It does not look at the standard's JSON schema, so that is done here.
//!
//! Needs npm and, the first time, the registry. Without them the test fails where `CI` is set; elsewhere it says
//! that it did not run.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

use secretscan::finding::{Finding, Severity};
use secretscan::ledger::Ledger;
use secretscan::report::{Format, Options};

use crate::sample;

/// What the script exits with when there is no validator.
const NO_VALIDATOR: i32 = 3;

/// Runs the script; `None` if the validator is not to be had here.
fn validate<A: AsRef<OsStr>>(arguments: &[A]) -> Option<Output> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/sarif/validate.sh");
    let output = Command::new(script).args(arguments).output();
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
    for n in 0..300_u32 {
        let value = sample::token(&n.to_string());
        let text = format!("a = 1\nkey = '{value}'\n");
        let mut finding = sample::of(&rule, &format!("src/{}/{n}.py", n % 17), &text, &value);
        finding.severity = [Severity::Error, Severity::Warning, Severity::Note][n as usize % 3];
        findings.push(finding);
    }
    findings
}

/// Reports with everything that may stand in one.
fn reports() -> Vec<(&'static str, Vec<u8>)> {
    let history = Options { sarif_history: true, ..sample::options() };
    let no_base = Options::default();
    let cases: [(&str, Vec<Finding>, Ledger, &Options); 6] = [
        ("few", sample::some(), sample::ledger(), &sample::options()),
        ("odd", odd(), sample::incomplete_ledger(), &history),
        ("relative", odd(), sample::incomplete_ledger(), &no_base),
        ("many", many(), sample::ledger(), &sample::options()),
        ("silenced", sample::partly_silenced(), sample::ledger(), &sample::options()),
        ("none", Vec::new(), sample::ledger(), &sample::options()),
    ];
    let write = |(name, findings, ledger, options): (_, Vec<Finding>, Ledger, &Options)| {
        (name, sample::bytes(Format::Sarif, &findings, &ledger, options))
    };
    cases.into_iter().map(write).collect()
}

/// What a validator must not accept: name, report.
fn broken(breakages: &[(&'static str, &str, &str)]) -> Vec<(&'static str, String)> {
    let good = sample::written(Format::Sarif, &sample::some(), &sample::ledger(), &sample::options());
    let broken = |&(name, right, wrong): &(&'static str, &str, &str)| {
        assert!(good.contains(right), "{name}");
        (name, good.replace(right, wrong))
    };
    breakages.iter().map(broken).collect()
}

#[test]
fn the_sarif_sdk_has_nothing_to_say() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut files = Vec::new();
    for (name, report) in reports() {
        let file = folder.path().join(format!("{name}.sarif"));
        std::fs::write(&file, report).expect("writable");
        files.push(file);
    }
    let Some(output) = validate(&files) else { return };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.lines().filter(|line| line.ends_with(": valid")).count(), files.len(), "{said}");
}

#[test]
fn the_sarif_sdk_is_not_satisfied_by_anything() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, report) in broken(&[
        ("line", "\"startLine\":3", "\"startLine\":0"),
        ("index", "\"ruleIndex\":0", "\"ruleIndex\":7"),
        ("uri", "login%20test", "login test"),
    ]) {
        let file = folder.path().join(format!("{name}.sarif"));
        std::fs::write(&file, report).expect("writable");
        let Some(output) = validate(&[file]) else { return };
        assert_eq!(output.status.code(), Some(1), "{name}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn reports_keep_to_the_standards_schema() {
    let Some(output) = validate(&["--schema"]) else { return };
    let path = String::from_utf8(output.stdout).expect("a path");
    let schema = std::fs::read_to_string(path.trim_end()).expect("the package holds the schema");
    let parse = |json: &[u8]| serde_json::from_slice::<serde_json::Value>(json).expect("JSON");
    let schema = jsonschema::validator_for(&parse(schema.as_bytes())).expect("the schema is a schema");
    for (name, report) in reports() {
        let report = parse(&report);
        let errors: Vec<String> = schema
            .iter_errors(&report)
            .map(|error| format!("{name} {}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    for (name, report) in broken(&[
        ("level", "\"level\":\"error\"", "\"level\":\"fatal\""),
        ("units", "utf16CodeUnits", "bytes"),
        ("line", "\"startLine\":3", "\"startLine\":0"),
        ("version", "2.1.0\"}", "2.2.0\"}"),
    ]) {
        assert!(!schema.is_valid(&parse(report.as_bytes())), "{name}");
    }
}
