//! What GitHub code scanning needs, beyond being valid SARIF.

use std::sync::Arc;

use secretscan::finding::Severity;
use secretscan::report::{self, Format, Options, Report, ToolInfo};
use secretscan::rule::{Detector, Kind};
use serde_json::{Value, json};

use crate::sample::{self, written};

fn run(findings: &[secretscan::finding::Finding], options: &Options) -> Value {
    let out = written(Format::Sarif, findings, &sample::ledger(), options);
    assert!(out.len() < 10_000_000, "{} bytes", out.len());
    let log: Value = serde_json::from_str(&out).expect("SARIF is JSON");
    log["runs"][0].clone()
}

fn messages(run: &Value) -> String {
    run["invocations"][0]["toolExecutionNotifications"].to_string()
}

/// The paths of strings that are empty.
fn empty_strings(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.trim().is_empty() => found.push(path.to_owned()),
        Value::Array(items) => items.iter().for_each(|item| empty_strings(item, &format!("{path}[]"), found)),
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| empty_strings(value, &format!("{path}.{name}"), found));
        }
        _ => {}
    }
}

#[test]
fn every_required_property_is_there_and_not_empty() {
    let run = run(&sample::some(), &sample::options());
    let mut empty = Vec::new();
    empty_strings(&run, "", &mut empty);
    assert!(empty.is_empty(), "{empty:?}");
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), 3);
    for rule in rules {
        for pointer in [
            "/id",
            "/name",
            "/shortDescription/text",
            "/fullDescription/text",
            "/help/text",
            "/help/markdown",
            "/helpUri",
            "/defaultConfiguration/level",
            "/properties/security-severity",
            "/properties/precision",
        ] {
            assert!(rule.pointer(pointer).is_some_and(Value::is_string), "{pointer}");
        }
        let tags = rule["properties"]["tags"].as_array().expect("tags");
        assert!(tags.contains(&"security".into()) && tags.contains(&"external/cwe/cwe-798".into()));
        assert!(tags.len() <= 10);
    }
    for result in run["results"].as_array().expect("results") {
        assert!(result.get("kind").is_none(), "with a kind, the level would be invalid");
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
        assert!(result["partialFingerprints"]["secretscan/v1"].is_string());
        assert!(result["message"]["text"].is_string());
    }
    assert_eq!(run["automationDetails"]["id"], "secretscan/");
    assert_eq!(run["columnKind"], "utf16CodeUnits");
}

#[test]
fn addresses_that_are_not_known_are_left_out_instead_of_empty() {
    let mut findings = sample::some();
    let rule = sample::rule("r", "a rule", Kind::Token, Severity::Error, Detector::Token);
    let mut rule = Arc::into_inner(rule).expect("the only owner");
    rule.references = vec![String::new(), "see the manual".to_owned()];
    findings[0].rule = Arc::new(rule);
    let tool = ToolInfo { information_uri: String::new(), ..ToolInfo::default() };
    let (ledger, options) = (sample::ledger(), sample::options());
    let mut out = Vec::new();
    let report =
        Report { tool: &tool, ledger: &ledger, findings: &findings[..1], suppressed: &[], options: &options };
    report::write(Format::Sarif, &report, &mut out).expect("memory takes everything");
    let log: Value = serde_json::from_slice(&out).expect("SARIF is JSON");
    let driver = &log["runs"][0]["tool"]["driver"];
    assert!(driver.get("informationUri").is_none());
    assert!(driver["rules"][0].get("helpUri").is_none());
    assert!(driver["semanticVersion"].is_string());
}

#[test]
fn what_was_silenced_says_so_and_all_others_say_that_nothing_silenced_them() {
    let run = run(&sample::partly_silenced(), &sample::options());
    let results = run["results"].as_array().expect("results");
    let last = results.len() - 2;
    assert!(results[..last].iter().all(|result| result["suppressions"] == json!([])), "{results:?}");
    let kinds: Vec<_> =
        results[last..].iter().map(|result| result["suppressions"][0]["kind"].clone()).collect();
    assert_eq!(kinds, ["external", "inSource"]);
    let plain = self::run(&sample::some(), &sample::options());
    assert!(plain["results"].as_array().expect("results").iter().all(|it| it.get("suppressions").is_none()));
}

#[test]
fn regions_count_utf16_units_and_lie_on_one_line() {
    let rule = sample::password_rule();
    let findings = [
        sample::of(&rule, "a", "x\n😀 pw = 'é😀1'\n", "é😀1"),
        sample::of(&rule, "b", "k = \"one\ntwo\nthree\"", "one\ntwo\nthree"),
    ];
    let run = run(&findings, &sample::options());
    let region = |n: usize| {
        let region = &run["results"][n]["locations"][0]["physicalLocation"]["region"];
        ["startLine", "startColumn", "endLine", "endColumn"]
            .map(|name| region[name].as_u64().expect("a number"))
    };
    assert_eq!(region(0), [2, 10, 2, 14]);
    assert_eq!(region(1), [1, 6, 1, 9]);
    assert_eq!(run["results"][1]["properties"]["lastLine"], 3);
}

#[test]
fn paths_are_relative_to_the_base_and_percent_encoded() {
    let rule = sample::password_rule();
    let cases = [
        ("/work/repo/a b/ü%.py", "a%20b/%C3%BC%25.py"),
        ("./a.py", "a.py"),
        ("/elsewhere/a#b.py", "file:///elsewhere/a%23b.py"),
    ];
    for (path, expected) in cases {
        let run = run(&[sample::of(&rule, path, "pw = 'hunter2'", "hunter2")], &sample::options());
        assert_eq!(
            run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            expected
        );
    }
}

#[test]
fn failures_make_the_execution_unsuccessful() {
    let out = written(Format::Sarif, &[], &sample::incomplete_ledger(), &sample::options());
    let log: Value = serde_json::from_str(&out).expect("SARIF is JSON");
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notifications = invocation["toolExecutionNotifications"].as_array().expect("notifications");
    let levels: Vec<&str> = notifications.iter().filter_map(|n| n["level"].as_str()).collect();
    assert_eq!(levels, ["error", "error", "note", "note"]);
    assert_eq!(
        notifications[0]["message"]["text"],
        "data/locked.db: Permission denied. Run the scan as a user who may read it."
    );
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]), "no results is a result");
    assert_eq!(run(&[], &sample::options())["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn history_is_left_out_with_a_notice_unless_asked_for() {
    let without = run(&sample::some(), &sample::options());
    assert_eq!(without["results"].as_array().expect("results").len(), 3);
    assert!(messages(&without).contains("1 finding in history left out"));
    let with = run(&sample::some(), &Options { sarif_history: true, ..sample::options() });
    assert_eq!(with["results"].as_array().expect("results").len(), 4);
    assert!(!messages(&with).contains("history"));
}

#[test]
fn the_least_severe_beyond_five_thousand_are_left_out_with_a_notice() {
    let rule = sample::password_rule();
    let mut findings: Vec<_> = (0..5_010)
        .map(|n| sample::of(&rule, &format!("src/{n:05}.py"), "password = 'hunter2'", "hunter2"))
        .collect();
    for finding in &mut findings[..20] {
        finding.severity = Severity::Note;
    }
    let run = run(&findings, &sample::options());
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 5_000);
    assert_eq!(results.iter().filter(|result| result["level"] == "note").count(), 10);
    assert_eq!(results[0]["level"], "error");
    assert!(messages(&run).contains("10 less severe findings left out"), "{}", messages(&run));
}

#[test]
fn a_report_of_enormous_results_stays_below_the_upload_limit() {
    let rule = sample::password_rule();
    let findings: Vec<_> = (0..4_000)
        .map(|n| sample::of(&rule, &format!("{n}/{}", "ü".repeat(1_000)), "pw = 'hunter2'", "hunter2"))
        .collect();
    let run = run(&findings, &sample::options());
    let kept = run["results"].as_array().expect("results").len();
    assert!((1_000..4_000).contains(&kept), "{kept}");
    assert!(messages(&run).contains(&format!("{} less severe findings left out", 4_000 - kept)));
}

#[test]
fn thousands_of_failures_are_summed_up() {
    let mut ledger = sample::ledger();
    ledger.failures = (0..3_000).map(|n| sample::failure(&format!("f{n}"))).collect();
    let out = written(Format::Sarif, &[], &ledger, &sample::options());
    assert!(out.contains("2000 more things could not be scanned"), "{out}");
}

#[test]
fn the_category_can_be_set() {
    for (category, expected) in [("secretscan/frontend", "secretscan/frontend/"), ("x/", "x/")] {
        let run = run(&[], &Options { sarif_category: category.to_owned(), ..sample::options() });
        assert_eq!(run["automationDetails"]["id"], expected);
    }
}
