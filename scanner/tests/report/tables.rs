//! The formats of spreadsheets, CI systems and job summaries: they keep to what their readers document.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::Event;
use secretscan::finding::Severity;
use secretscan::ledger::Ledger;
use secretscan::report::Format;
use serde_json::Value;

use crate::sample::{self, written};

/// Names that mean something to every syntax at once.
const HOSTILE: &str =
    "=cmd|'/c calc'!A0,\"<img src=x onerror=alert(1)>\n| a | `b` ]]> &amp; www.example.com \u{ffff}";

pub(crate) fn hostile() -> Vec<secretscan::finding::Finding> {
    let mut finding = sample::of(&sample::password_rule(), HOSTILE, "password = 'hunter2'", "hunter2");
    finding.key = Some(HOSTILE.to_owned());
    let mut findings = sample::some();
    findings.push(finding);
    findings
}

pub(crate) fn hostile_ledger() -> Ledger {
    let mut ledger = sample::incomplete_ledger();
    ledger.failures.push(sample::failure(HOSTILE));
    ledger.notices.push(HOSTILE.to_owned());
    ledger
}

#[test]
fn csv_has_a_row_for_each_finding_and_each_failure() {
    let out = written(Format::Csv, &hostile(), &hostile_ledger(), &sample::options());
    let mut table = csv::Reader::from_reader(out.as_bytes());
    let header = table.headers().expect("a header").clone();
    let rows: Vec<BTreeMap<String, String>> = table.deserialize().map(|row| row.expect("a row")).collect();
    let of = |kind: &str| rows.iter().filter(|row| row["type"] == kind).count();
    assert_eq!((header.len(), of("finding"), of("not-scanned")), (22, 5, 3), "{out}");
    let weak = rows.iter().find(|row| row["class"] == "weak").expect("the weak password");
    for (column, expected) in [
        ("severity", "warning"),
        ("kind", "password"),
        ("path", "./tests/login test.py"),
        ("start_line", "1"),
        ("start_column", "13"),
        ("confidence", "0.7351"),
        ("reason", "weak-credential"),
        ("secret", "********"),
        ("key", "password"),
    ] {
        assert_eq!(weak[column], expected, "{column}");
    }
    for cell in rows.iter().flat_map(BTreeMap::values) {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "a formula: {cell}");
    }
    assert!(rows.iter().any(|row| row["path"].starts_with("'=cmd|")), "{out}");
}

type Names = &'static [&'static str];

/// The elements of Jenkins' `junit-10.xsd` as far as they are written: attributes (required ones first), children. The
/// schema itself is asked in `junit_schema.rs`.
const SCHEMA: [(&str, Names, Names, Names); 6] = [
    ("testsuites", &[], &["name", "time", "tests", "failures", "errors"], &["testsuite"]),
    ("testsuite", &["name", "tests", "failures", "errors"], &["time", "skipped"], &["testcase"]),
    ("testcase", &["name"], &["time", "classname", "group"], &["skipped", "error", "failure"]),
    ("failure", &[], &["type", "message"], &[]),
    ("error", &[], &["type", "message"], &[]),
    ("skipped", &[], &["type", "message"], &[]),
];

/// Reads JUnit XML by the schema; counts the elements and gives the suite's attributes.
fn read_junit(xml: &str) -> (BTreeMap<String, usize>, BTreeMap<String, String>) {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut open: Vec<String> = Vec::new();
    let mut counts = BTreeMap::new();
    let mut suite = BTreeMap::new();
    loop {
        let event = reader.read_event().unwrap_or_else(|error| panic!("{error}: {xml}"));
        let (element, empty) = match &event {
            Event::Start(element) => (element, false),
            Event::Empty(element) => (element, true),
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Text(text) => {
                let parent = open.last().map(String::as_str);
                let blank = text.trim().is_empty();
                assert!(blank || matches!(parent, Some("failure" | "error")), "text in {parent:?}");
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        let name = element.name().as_ref().to_owned();
        let (_, required, optional, _) =
            SCHEMA.iter().find(|known| known.0 == name).unwrap_or_else(|| panic!("unknown element {name}"));
        match open.last() {
            None => assert_eq!(name, "testsuites"),
            Some(parent) => {
                let children = SCHEMA.iter().find(|known| known.0 == parent).expect("known").3;
                assert!(children.contains(&name.as_str()), "{name} in {parent}");
            }
        }
        let attributes: BTreeMap<String, String> = element
            .attributes()
            .map(|attribute| {
                let attribute = attribute.expect("well-formed");
                let value = quick_xml::escape::unescape(&attribute.value).expect("well escaped");
                (attribute.key.as_ref().to_owned(), value.into_owned())
            })
            .collect();
        assert!(
            required.iter().all(|name| attributes.contains_key(*name)),
            "{name} lacks one of {required:?}"
        );
        for attribute in attributes.keys() {
            assert!(
                required.contains(&attribute.as_str()) || optional.contains(&attribute.as_str()),
                "{name}: {attribute}"
            );
        }
        *counts.entry(name.clone()).or_default() += 1;
        if name == "testsuite" {
            suite = attributes;
        }
        if !empty {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    (counts, suite)
}

#[test]
fn junit_keeps_to_the_schema_and_counts_what_it_lists() {
    for (findings, ledger) in
        [(hostile(), hostile_ledger()), (Vec::new(), sample::ledger()), (Vec::new(), Ledger::default())]
    {
        let out = written(Format::Junit, &findings, &ledger, &sample::options());
        let (counts, suite) = read_junit(&out);
        let count = |name: &str| counts.get(name).copied().unwrap_or_default();
        for (attribute, element) in
            [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
        {
            assert_eq!(suite[attribute], count(element).to_string(), "{attribute}: {out}");
        }
        assert_eq!(count("failure"), findings.len());
        assert_eq!(count("error"), ledger.failures.len(), "what was not scanned is an error");
        assert!(count("testcase") > 0, "an empty report counts as a broken one");
    }
}

#[test]
fn junit_says_that_everything_was_scanned_only_if_it_was() {
    let text = "everything was scanned";
    assert!(written(Format::Junit, &sample::some(), &sample::ledger(), &sample::options()).contains(text));
    let out = written(Format::Junit, &[], &sample::incomplete_ledger(), &sample::options());
    assert!(!out.contains(text), "{out}");
}

#[test]
fn gitlab_issues_have_the_documented_members_and_unique_fingerprints() {
    let mut findings = hostile();
    findings.extend(sample::some());
    let out = written(Format::Gitlab, &findings, &hostile_ledger(), &sample::options());
    let issues: Vec<Value> = serde_json::from_str(&out).expect("a list");
    assert_eq!(issues.len(), 9 + 3);
    let mut fingerprints = BTreeSet::new();
    for issue in &issues {
        let text = |pointer: &str| issue.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned();
        assert!(!text("/description").is_empty());
        assert!(text("/check_name").starts_with("secretscan/"));
        assert!(fingerprints.insert(text("/fingerprint")), "twice: {issue}");
        let severity = text("/severity");
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity.as_str()), "{severity}");
        let path = text("/location/path");
        assert!(!path.starts_with("./") && !path.starts_with('/'), "{path}");
        assert!(issue["location"]["lines"]["begin"].as_u64().expect("a line") >= 1);
    }
    let of = |path: &str| issues.iter().find(|issue| issue["location"]["path"] == path).expect(path);
    assert_eq!(of("src/client.py")["severity"], "critical");
    assert_eq!(of("tests/login test.py")["severity"], "major");
    assert_eq!(of("deploy/schlüssel.pem")["severity"], "minor");
    assert_eq!(of("data/locked.db")["check_name"], "secretscan/not-scanned");
}

#[test]
fn an_issue_keeps_its_name_when_lines_move() {
    let name = |text: &str| {
        let finding = sample::of(&sample::password_rule(), "a.py", text, "hunter2");
        let out = written(Format::Gitlab, &[finding], &sample::ledger(), &sample::options());
        let issues: Value = serde_json::from_str(&out).expect("JSON");
        issues[0]["fingerprint"].as_str().expect("a name").to_owned()
    };
    assert_eq!(name("password = 'hunter2'"), name("\n\n  password = 'hunter2'"));
}

#[test]
fn markdown_rows_are_whole_whatever_the_names() {
    let out = written(Format::Markdown, &hostile(), &hostile_ledger(), &sample::options());
    let rows: Vec<&str> =
        out.lines().filter(|line| line.starts_with("| error") || line.starts_with("| note")).collect();
    let findings: Vec<&&str> = rows.iter().filter(|row| row.contains("<code>")).collect();
    assert_eq!(findings.len(), 4, "{out}");
    assert!(findings.iter().all(|row| row.matches('|').count() == 6), "{findings:#?}");
    assert!(!out.contains("<img") && !out.contains("www.example") && !out.contains("`b`"), "{out}");
    assert!(out.contains("**The scan is incomplete:** 3 things could not be scanned"), "{out}");
    insta::assert_snapshot!(
        "markdown",
        written(Format::Markdown, &sample::some(), &sample::incomplete_ledger(), &sample::options())
    );
}

#[test]
fn markdown_fits_a_job_summary_and_says_what_it_left_out() {
    const LIMIT: usize = 1024 * 1024;
    let rule = sample::password_rule();
    let mut findings: Vec<_> = (0..9_000)
        .map(|n| {
            let mut finding =
                sample::of(&rule, &format!("{n:05}{}", "<&>".repeat(80)), "password = 'hunter2'", "hunter2");
            finding.severity = Severity::Note;
            finding
        })
        .collect();
    findings.push(sample::of(&rule, "zz/last.py", "password = 'hunter2'", "hunter2"));
    let mut ledger = sample::incomplete_ledger();
    ledger.failures = (0..9_000).map(|n| sample::failure(&format!("{n:05}{}", "<".repeat(200)))).collect();
    let out = written(Format::Markdown, &findings, &ledger, &sample::options());
    assert!(out.len() < LIMIT, "{}", out.len());
    assert!(out.contains("zz/last.py"), "the most severe stay");
    let rows = out.lines().filter(|line| line.starts_with("| note | <code>")).count();
    assert!(rows > 100, "{rows}");
    assert!(out.contains(&format!("**{} findings more", 9_000 - rows)), "the rest is counted");
    assert!(out.contains("more; the JSON report has all."));
    assert!(out.ends_with("</details>\n"));
}
