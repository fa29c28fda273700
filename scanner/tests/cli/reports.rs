//! Several reports in one run, and the promise that none prints a secret.

use crate::fixture::{Fixture, github_token, password};

#[test]
fn every_format_goes_to_its_own_output() {
    let fixture = Fixture::new();
    fixture.write("app.py", format!("db_password = '{}'\ntoken = '{}'\n", password(), github_token()));
    let run = fixture.run(&[
        "app.py",
        "--format",
        "sarif",
        "--output",
        "r.sarif",
        "--format",
        "json",
        "--output",
        "r.json",
        "--format",
        "jsonl",
        "--output",
        "r.jsonl",
        "--format",
        "github",
        "--sarif-category",
        "api",
    ]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(run.stdout.matches("::error").count(), 2, "{run:?}");
    let read = |name: &str| std::fs::read_to_string(fixture.path().join(name)).expect("a report");
    let sarif: serde_json::Value = serde_json::from_str(&read("r.sarif")).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["automationDetails"]["id"], "api/");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(2));
    let json: serde_json::Value = serde_json::from_str(&read("r.json")).expect("JSON");
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(2));
    assert_eq!(read("r.jsonl").lines().count(), 3, "two findings and the ledger");
    let everything = [run.stdout, run.stderr, read("r.sarif"), read("r.json"), read("r.jsonl")].concat();
    assert!(!everything.contains(&password()) && !everything.contains(&github_token()[4..]));
}

/// The SARIF SDK's own validator (npm) reads what the program wrote, not a made-up report.
#[test]
fn the_programs_sarif_passes_the_validator() {
    let fixture = Fixture::new();
    fixture.write("src/app é.py", format!("db_password = '{}'\ntoken = '{}'\n", password(), github_token()));
    fixture.run(&[".", "missing", "--format", "sarif", "--output", "r.sarif"]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/sarif/validate.sh");
    let output =
        std::process::Command::new(script).arg(fixture.path().join("r.sarif")).output().expect("bash");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    // 3: there is no npm. In CI there must be.
    let excused = output.status.code() == Some(3) && std::env::var_os("CI").is_none();
    assert!(output.status.success() || excused, "{said}");
}

/// A report is no input of its own scan: neither this run's file, nor what the last one left in it.
#[test]
fn the_reports_of_a_run_are_not_scanned() {
    let fixture = Fixture::new();
    fixture.write("app.py", "x = 1\n");
    fixture.write("old/report.json", format!("db_password = '{}'\n", password()));
    let plain = fixture.run(&["app.py", "--format", "json"]).json();
    let run = fixture.run(&[".", "--format", "html", "--output", "./old/report.json", "--format", "json"]);
    assert_eq!(run.json()["ledger"], plain["ledger"], "{run:?}");
    let run = fixture.run(&[".", "--format", "json", "--output", "new.json"]);
    assert_eq!(run.code, 0, "{run:?}");
    let report = std::fs::read_to_string(fixture.path().join("new.json")).expect("a report");
    assert!(report.contains("\"blobs\": 2,"), "app.py and the report of before: {report}");
}

#[test]
fn a_reader_that_goes_away_is_no_crash() {
    let fixture = Fixture::new();
    for at in 0..300 {
        fixture.write(&format!("f{at}.py"), format!("db_password = '{}{at}'\n", password()));
    }
    let mut child = fixture
        .command(&["."])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(1), "the findings stay findings");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn verbose_adds_times_and_skipped_paths() {
    let fixture = Fixture::new();
    fixture.write("app.py", "x = 1\n");
    let run = fixture.run(&[".", "--verbose", "--format", "json"]);
    assert!(
        run.json()["ledger"]["seconds"].as_object().is_some_and(|seconds| !seconds.is_empty()),
        "{run:?}"
    );
    let plain = fixture.run(&[".", "--format", "json"]);
    assert!(plain.json()["ledger"].get("seconds").is_none(), "times would differ from run to run");
}
