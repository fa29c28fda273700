//! The HTML report in a real browser: headless Chromium, real keys. `.ci/setup --tests` installs it. Where there is no
//! Chromium (or no node to speak with it) the test fails if `CI` is set; elsewhere it says so on standard error, past the test
//! harness, and passes; what the page is made of is tested
//! everywhere (`tests/report/html.rs`). `SHOTS=FOLDER` keeps the screenshots.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use serde_json::Value;

use crate::companions::{id_line, secret_line};
use crate::fixture::{Fixture, github_token, password};

fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}

/// Opens the report in the browser; none if there is no browser.
fn drive(report: &Path, name: &str) -> Option<Value> {
    let chromium = program(&["chromium", "chromium-browser", "google-chrome"]);
    let (Some(chromium), Some(node)) = (chromium, program(&["node"])) else {
        assert!(std::env::var_os("CI").is_none(), "the browser must be there in CI: .ci/setup --tests");
        let text = b"\n*** NOT TESTED: the HTML report in a browser, for want of chromium and node ***\n";
        std::io::stderr().write_all(text).expect("standard error");
        return None;
    };
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let kept = std::env::var_os("SHOTS").map(|folder| PathBuf::from(folder).join(name));
    let shots = kept.unwrap_or_else(|| scratch.path().to_owned());
    std::fs::create_dir_all(&shots).expect("a folder for screenshots");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/html/drive.mjs");
    let output =
        Command::new(node).arg(script).arg(chromium).arg(report).arg(shots).output().expect("node starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    Some(serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}")))
}

fn tree(fixture: &Fixture, files: usize) {
    for n in 0..files {
        fixture.write(&format!("src/f{n:05}.py"), format!("db_password = '{}{n}'\n", password()));
    }
    fixture.write("deploy/schlüssel.env", format!("SERVICE_PASSWORD={}\n", password()));
    fixture.write("tests/app_test.py", format!("password = '{}x'  # </script><img src=x>\n", password()));
}

#[test]
fn the_report_works_in_a_browser_with_the_keyboard() {
    let fixture = Fixture::new();
    tree(&fixture, 5);
    let run = fixture.run(&[".", "missing", "--format", "html", "--output", "report.html"]);
    assert_eq!(run.code, 3, "{run:?}");
    let Some(seen) = drive(&fixture.path().join("report.html"), "few") else { return };
    let requests: Vec<&str> =
        seen["requests"].as_array().expect("requests").iter().filter_map(Value::as_str).collect();
    assert!(
        requests.len() == 1 && requests[0].ends_with("report.html"),
        "it loads nothing else: {requests:?}"
    );
    assert_eq!(seen["problems"], serde_json::json!([]), "no error, no refused resource");
    for (what, expected) in [
        ("all", "7 of 7 shown"),
        ("first", "deploy/schlüssel.env:1:18"),
        ("second", "src/f00000.py:1:16"),
        ("arrow", "src/f00000.py:1:16"),
        ("marked", "********"),
        ("expanded", "true"),
        ("search", "text"),
        ("filtered", "1 of 7 shown"),
        ("found", "deploy/schlüssel.env:1:18"),
        ("reset", "7 of 7 shown"),
        ("sorted", "ascending"),
        ("firstPlace", "deploy/schlüssel.env:1:18"),
    ] {
        assert_eq!(seen[what], expected, "{what}: {seen:#}");
    }
    assert!(seen["reason"].as_str().is_some_and(|reason| reason.starts_with("Why: ")), "{seen:#}");
    assert_eq!(
        (&seen["opened"], &seen["closed"], &seen["nothing"]),
        (&1.into(), &0.into(), &true.into()),
        "{seen:#}"
    );
    assert_ne!(seen["light"], seen["dark"], "a dark and a light face");
    for face in ["light", "dark"] {
        let contrast = &seen["contrast"][face];
        assert_eq!(contrast["poor"], serde_json::json!([]), "{face}: text needs 4.5 to 1 (WCAG 2, AA)");
        assert!(contrast["texts"].as_u64().is_some_and(|texts| texts > 40), "{face}: {contrast}");
    }
}

/// What a filter leaves, as the page says it.
fn left(findings: &[Value], fits: impl Fn(&Value) -> bool) -> String {
    format!("{} of {} shown", findings.iter().filter(|finding| fits(finding)).count(), findings.len())
}

#[test]
fn every_filter_leaves_what_the_json_report_says() {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q", "-b", "main"]);
    let commit = |author: &str| {
        fixture.git(&["add", "."]);
        fixture.git(&["commit", "-qm", "x", "--author", author]);
    };
    fixture.write("src/app.py", format!("db_password = '{}'\n", password()));
    fixture.write("deploy/docker.env", "POSTGRES_PASSWORD=postgres\nadmin_password: admin\n");
    commit("Ada <ada@example.org>");
    fixture.write("src/client.py", format!("token = '{}'\n", github_token()));
    fixture.write("deploy/schlüssel.env", format!("SERVICE_PASSWORD={}\n", password()));
    // What a finding is made of besides its line: encodings, a companion, a fact.
    let pair = base64::engine::general_purpose::STANDARD.encode(id_line(1) + &secret_line(1));
    fixture.write("src/pair.yml", format!("credentials: {pair}\n"));
    fixture.write("src/id.txt", id_line(2));
    commit("Bob & <bob@example.org>");
    let run = fixture.run(&["history", "--format", "html", "--output", "report.html", "--format", "json"]);
    assert_eq!(run.code, 1, "{run:?}");
    let report = run.json();
    let findings = report["findings"].as_array().expect("findings").as_slice();
    let Some(seen) = drive(&fixture.path().join("report.html"), "filters") else { return };
    assert_eq!(seen["problems"], serde_json::json!([]));
    for (name, member) in
        [("severity", "/severity"), ("class", "/class"), ("kind", "/kind"), ("author", "/author")]
    {
        let offered = seen["filters"][name].as_object().expect("the page has the filter");
        let text = |finding: &Value| finding.pointer(member).and_then(Value::as_str).map(str::to_owned);
        let values: std::collections::BTreeSet<String> = findings.iter().filter_map(text).collect();
        assert!(values.len() > 1, "{name} tells findings apart: {values:?}");
        for value in values {
            let expected = left(findings, |finding| text(finding).as_ref() == Some(&value));
            assert_eq!(
                offered.get(&value).and_then(Value::as_str),
                Some(expected.as_str()),
                "{name} {value}"
            );
        }
    }
    let confidence = seen["filters"]["confidence"].as_object().expect("thresholds");
    let mut answers = std::collections::BTreeSet::new();
    for (least, shown) in confidence {
        let least: f64 = least.parse::<f64>().expect("a number") / 100.0;
        let expected = left(findings, |finding| finding["confidence"].as_f64().is_some_and(|it| it >= least));
        assert_eq!(shown.as_str(), Some(expected.as_str()), "confidence {least}");
        answers.insert(expected);
    }
    assert!(answers.len() > 1, "it tells findings apart: {answers:?}");
    assert_eq!(seen["least"], "1.00");
    let both = left(findings, |finding| {
        finding["class"] == "leak" && finding["path"].as_str().is_some_and(|path| path.starts_with("deploy/"))
    });
    assert_eq!(seen["leaksInDeploy"], both);
    let details: Vec<&str> =
        seen["details"].as_array().expect("rows").iter().filter_map(Value::as_str).collect();
    let has = |row: &str| details.iter().any(|detail| detail.starts_with(row));
    assert!(has("Decoded: base64") && has("With: access key id") && has("Says account: "), "{details:#?}");
}

#[test]
fn ten_thousand_findings_stay_usable() {
    let fixture = Fixture::new();
    let lines: String = (0..10_000).map(|n| format!("db_password_{n} = '{}{n}'\n", password())).collect();
    fixture.write("src/f00000.py", lines);
    fixture.write("deploy/schlüssel.env", format!("SERVICE_PASSWORD={}\n", password()));
    let run = fixture.run(&[".", "--judge", "off", "--format", "html", "--output", "report.html"]);
    assert_eq!(run.code, 1, "{run:?}");
    let Some(seen) = drive(&fixture.path().join("report.html"), "many") else { return };
    let total: u64 = seen["all"]
        .as_str()
        .and_then(|text| text.split(' ').next())
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    assert!(total >= 10_000, "{seen:#}");
    assert!(seen["rows"].as_u64().is_some_and(|rows| rows <= 400), "a screen or two are drawn: {seen:#}");
    assert_eq!(seen["printed"].as_u64(), Some(total), "paper has all of them");
    // How long it took is for people to read (`SHOTS`), not for a test to judge.
    assert!(seen["loadedMs"].is_u64() && seen["filterMs"].is_u64(), "{seen:#}");
}
