//! The JSON contract: the schema in `docs/` is the types', and what is written keeps to it.

use std::path::PathBuf;

use secretscan::report::{Format, json::schema};
use serde_json::{Value, json};

use crate::sample::{self, written};

fn schema_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json")
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn the_schema_file_is_fresh() {
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(schema_file(), schema()).expect("docs/ can be written");
    }
    let file = std::fs::read_to_string(schema_file()).unwrap_or_default();
    assert_eq!(
        file,
        schema(),
        "the contract changed: UPDATE_SCHEMA=1 cargo test --test report, and look at it"
    );
}

#[test]
fn json_keeps_to_the_schema() {
    let validator = jsonschema::validator_for(&parsed(&schema())).expect("the schema is a schema");
    for (findings, ledger) in [
        (sample::some(), sample::incomplete_ledger()),
        (sample::partly_silenced(), sample::ledger()),
        (Vec::new(), sample::ledger()),
        (vec![crate::decoded::finding("a-secret-value", "YS1zZWNyZXQtdmFsdWU")], sample::ledger()),
        (sample::some(), secretscan::ledger::Ledger::default()),
    ] {
        let report = parsed(&written(Format::Json, &findings, &ledger, &sample::options()));
        let errors: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn the_schema_is_not_satisfied_by_anything() {
    let validator = jsonschema::validator_for(&parsed(&schema())).expect("the schema is a schema");
    let good = parsed(&written(Format::Json, &sample::some(), &sample::ledger(), &sample::options()));
    for (pointer, bad) in [
        ("/findings/0/severity", json!("fatal")),
        ("/findings/0/confidence", json!(1.5)),
        ("/findings/0/start_line", json!("1")),
        ("/findings/0/verdict/reason", json!("because")),
        ("/ledger", json!(null)),
    ] {
        let mut report = good.clone();
        *report.pointer_mut(pointer).expect("the contract has it") = bad;
        assert!(!validator.is_valid(&report), "{pointer}");
    }
}

#[test]
fn json_says_what_the_finding_says() {
    let report =
        parsed(&written(Format::Json, &sample::some(), &sample::incomplete_ledger(), &sample::options()));
    let finding = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .find(|finding| finding["rule_id"] == "generic-password")
        .expect("the weak password");
    for (member, expected) in [
        ("kind", json!("password")),
        ("class", json!("weak")),
        ("path", json!("./tests/login test.py")),
        ("start_line", json!(1)),
        ("start_column", json!(13)),
        ("end_line", json!(1)),
        ("end_column", json!(20)),
        ("severity", json!("warning")),
        ("confidence", json!(0.7351)),
        ("secret", json!("********")),
        ("key", json!("password")),
        ("context", json!({"test": true, "example": false, "generated": false})),
        ("snippet", json!({"text": "    password: '********'", "highlight_start": 15, "highlight_end": 23})),
    ] {
        assert_eq!(finding[member], expected, "{member}");
    }
    assert_eq!(finding["verdict"]["by"], "heuristic");
    assert_eq!(finding["verdict"]["reason"], "weak-credential");
    assert!(finding.get("commit").is_none());
    assert_eq!(report["version"], "1.0");
    assert_eq!(report["tool"]["version"], "1.2.3");
    assert_eq!(report["ledger"]["failures"][0]["path"], "data/locked.db");
}

#[test]
fn jsonl_is_the_same_findings_then_the_ledger() {
    let report = parsed(&written(Format::Json, &sample::some(), &sample::ledger(), &sample::options()));
    let jsonl = written(Format::Jsonl, &sample::some(), &sample::ledger(), &sample::options());
    let mut lines: Vec<Value> = Vec::new();
    for line in jsonl.lines() {
        assert!(line.starts_with("{\"type\":\""), "{line}");
        lines.push(parsed(line));
    }
    let mut last = lines.pop().expect("a ledger line");
    assert_eq!(last.as_object_mut().expect("an object").shift_remove("type"), Some(json!("ledger")));
    assert_eq!(last["ledger"], report["ledger"]);
    assert_eq!(last["tool"], report["tool"]);
    for line in &mut lines {
        assert_eq!(line.as_object_mut().expect("an object").shift_remove("type"), Some(json!("finding")));
    }
    assert_eq!(json!(lines), report["findings"]);
}
