//! Golden files: `cargo insta review`, or `INSTA_UPDATE=always`, after a change that is meant.

use secretscan::finding::Fact;
use secretscan::ledger::Ledger;
use secretscan::report::{Format, Options};

use crate::sample::{self, FORMATS, written};

#[test]
fn text_with_findings_and_failures() {
    let out = written(Format::Text, &sample::some(), &sample::incomplete_ledger(), &sample::options());
    insta::assert_snapshot!("text", out);
}

#[test]
fn text_without_findings_is_a_line_and_a_summary() {
    insta::assert_snapshot!("text_clean", written(Format::Text, &[], &sample::ledger(), &sample::options()));
}

#[test]
fn text_without_findings_does_not_hide_that_the_scan_is_incomplete() {
    let out = written(Format::Text, &[], &sample::incomplete_ledger(), &sample::options());
    assert!(out.starts_with("No secrets found in what was scanned, but the scan is incomplete.\n"), "{out}");
    assert!(!out.contains("\n::"), "{out}");
}

#[test]
fn colors_come_only_when_asked_for_and_change_nothing_else() {
    let plain = written(Format::Text, &sample::some(), &sample::incomplete_ledger(), &sample::options());
    assert!(!plain.contains('\x1b'));
    let colored = Options { color: true, ..sample::options() };
    let colored = written(Format::Text, &sample::some(), &sample::incomplete_ledger(), &colored);
    assert!(colored.contains("\x1b["));
    let mut stripped = String::new();
    let mut rest = colored.as_str();
    while let Some(at) = rest.find("\x1b[") {
        stripped.push_str(&rest[..at]);
        rest = &rest[at + rest[at..].find('m').expect("styles end with m") + 1..];
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
}

#[test]
fn sarif_of_few_findings() {
    let out = written(Format::Sarif, &sample::some()[..2], &sample::incomplete_ledger(), &sample::options());
    let value: serde_json::Value = serde_json::from_str(&out).expect("SARIF is JSON");
    insta::assert_snapshot!("sarif", serde_json::to_string_pretty(&value).expect("JSON"));
}

#[test]
fn github_annotations() {
    let out = written(Format::Github, &sample::some(), &sample::incomplete_ledger(), &sample::options());
    insta::assert_snapshot!("github", out);
}

#[test]
fn github_annotates_no_more_than_is_shown_and_says_so() {
    let rule = sample::password_rule();
    let findings: Vec<_> =
        (0..25).map(|n| sample::of(&rule, &format!("f{n:02}"), "password = 'hunter2'", "hunter2")).collect();
    for (ledger, shown) in [(sample::ledger(), 10), (sample::incomplete_ledger(), 9)] {
        let out = written(Format::Github, &findings, &ledger, &sample::options());
        assert_eq!(out.lines().filter(|line| line.starts_with("::error file=")).count(), shown);
        assert_eq!(out.lines().filter(|line| line.starts_with("::error")).count(), 10);
        assert!(out.contains(&format!("{} more findings without annotation", 25 - shown)), "{out}");
    }
}

#[test]
fn the_order_of_findings_does_not_matter() {
    let findings = sample::some();
    let mut reversed = findings.clone();
    reversed.reverse();
    for format in FORMATS {
        let [one, other] = [&findings, &reversed]
            .map(|findings| written(format, findings, &sample::ledger(), &sample::options()));
        assert_eq!(one, other, "{format:?}");
    }
}

#[test]
fn an_empty_ledger_and_empty_texts_are_no_panic() {
    let rule = sample::rule(
        "",
        "",
        secretscan::rule::Kind::Generic,
        secretscan::finding::Severity::Note,
        secretscan::rule::Detector::Entropy,
    );
    let finding = sample::at(&rule, "", b"x", 0..1);
    for format in FORMATS {
        let out = written(format, std::slice::from_ref(&finding), &Ledger::default(), &Options::default());
        assert!(!out.is_empty(), "{format:?}");
    }
}

#[test]
fn what_a_value_says_about_itself_is_shown_and_never_holds_a_secret() {
    let mut finding = sample::some().remove(0);
    let token = String::from_utf8(finding.secret.expose().to_vec()).expect("ASCII");
    let fact = |name: &'static str, value: &str| Fact { name: name.into(), value: value.to_owned() };
    finding.facts =
        vec![fact("account", "029608264753"), fact("issuer", &format!("https://a/{token}\u{1b}[31m"))];
    for format in [Format::Text, Format::Json, Format::Jsonl, Format::Sarif] {
        let out = written(format, std::slice::from_ref(&finding), &sample::ledger(), &sample::options());
        assert!(out.contains("account") && out.contains("029608264753"), "{format:?}");
        assert!(
            out.contains("https://a/****") && !out.contains(&token) && !out.contains('\u{1b}'),
            "{format:?}"
        );
    }
}
