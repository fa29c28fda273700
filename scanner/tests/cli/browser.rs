//! The HTML report in a real browser: headless Chromium, real keys. Where there is no Chromium (or no node to speak with
//! it) the test says so on standard error, past the test harness, and passes; what the page is made of is tested
//! everywhere (`tests/report/html.rs`). `SHOTS=FOLDER` keeps the screenshots.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::fixture::{Fixture, password};

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
        ("warnings", "1 of 7 shown"),
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
