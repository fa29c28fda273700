use std::sync::Arc;

use super::*;
use crate::finding::{Class, Context, Decider, Severity, Verdict};
use crate::fingerprint::Fingerprint;
use crate::location::{Base, LineIndex};
use crate::reason::Reason;
use crate::rule::{Detector, Kind, Rule};
use crate::source::Origin;

/// A finding of the bytes `at` of `line`.
fn finding(line: &[u8], at: Range<usize>, hidden: Vec<Range<usize>>, cut: (bool, bool)) -> Finding {
    let secret = Secret::new(&line[at.clone()]);
    Finding {
        rule: Rule::for_test("a-rule", Kind::Password, Detector::Assignment),
        also: Vec::new(),
        encoded: None,
        companions: Vec::new(),
        key: None,
        cell: None,
        location: LineIndex::new(line, Base::default()).locate(line, at.clone()),
        origin: Arc::new(Origin::default()),
        snippet: Snippet { line: Secret::new(line), cut, highlight: at, hidden },
        verdict: Verdict {
            class: Class::Leak,
            by: Decider::Rule,
            reason: Reason::HumanPassword,
            probability: 0.9,
        },
        proof: crate::candidate::Proof::None,
        severity: Severity::Error,
        context: Context::default(),
        fingerprint: Fingerprint::new(b"", "test", &secret),
        line_hash: None,
        verification: None,
        facts: Vec::new(),
        material: None,
        suppression: None,
        secret,
    }
}

fn find(line: &str, value: &str) -> Range<usize> {
    let at = line.find(value).expect("the value stands on the line");
    at..at + value.len()
}

fn shown(show: bool, finding: &Finding) -> (String, String) {
    let line = Redactor::new(show, std::slice::from_ref(finding), &[]).snippet(finding);
    let marked = line.text.chars().take(line.highlight.end).skip(line.highlight.start).collect();
    (line.text, marked)
}

#[test]
fn the_value_is_masked_and_highlighted_or_shown_and_highlighted() {
    let line = "é\tpw = 'hunter2';";
    let finding = finding(line.as_bytes(), find(line, "hunter2"), Vec::new(), (false, false));
    assert_eq!(shown(false, &finding), ("é    pw = '********';".to_owned(), "********".to_owned()));
    assert_eq!(shown(true, &finding), ("é    pw = 'hunter2';".to_owned(), "hunter2".to_owned()));
}

#[test]
fn the_mask_is_as_wide_for_every_length() {
    let widths = ["abc1", "abc1def2ghi3jkl"].map(|value| {
        let finding = finding(value.as_bytes(), 0..value.len(), Vec::new(), (false, false));
        shown(false, &finding).0
    });
    assert_eq!(widths, [MASK, MASK]);
}

#[test]
fn other_candidates_of_the_line_are_masked() {
    let line = "user = 'bob7', pw = 'hunter2'";
    let finding = finding(line.as_bytes(), find(line, "hunter2"), vec![find(line, "bob7")], (false, false));
    assert_eq!(shown(false, &finding).0, "user = '********', pw = '********'");
}

#[test]
fn further_occurrences_are_masked_in_every_form() {
    let value = "p&\"w/1é";
    for form in [value, "p%26%22w%2F1%C3%A9", "p&amp;&quot;w/1é", "p&\\\"w/1é", "cCYidy8xw6k"] {
        let line = format!("a('{value}') # {form}.");
        let finding = finding(line.as_bytes(), find(&line, value), Vec::new(), (false, false));
        assert_eq!(shown(false, &finding).0, "a('********') # ********.", "{form}");
    }
}

#[test]
fn what_a_cut_leaves_of_an_occurrence_is_masked() {
    let line = "er2024! pw = 'Winter2024!' # Winter";
    let finding = finding(line.as_bytes(), find(line, "Winter2024!"), Vec::new(), (true, true));
    assert_eq!(shown(false, &finding).0, "…******** pw = '********' # ********…");
}

#[test]
fn values_of_other_findings_are_masked_on_this_line_and_in_names() {
    let token = format!("{}{}", "tok_", "a1b2c3d4e5f6");
    let line = format!("pw = 'hunter2' # not {token}");
    let findings = [
        finding(line.as_bytes(), find(&line, "hunter2"), Vec::new(), (false, false)),
        finding(token.as_bytes(), 0..token.len(), Vec::new(), (false, false)),
    ];
    let redactor = Redactor::new(false, &findings, &[]);
    assert_eq!(redactor.snippet(&findings[0]).text, "pw = '********' # not ********");
    assert_eq!(redactor.text(&format!("keys/{token}.txt")), "keys/********.txt");
    let raw = format!("keys/{token}.txt");
    assert_eq!(Redactor::new(true, &findings, &[]).text(&raw), raw);
}

#[test]
fn a_common_word_as_password_leaves_paths_alone() {
    let line = "postgres://postgres:postgres@db";
    let finding = finding(line.as_bytes(), 20..28, Vec::new(), (false, false));
    let redactor = Redactor::new(false, std::slice::from_ref(&finding), &[]);
    assert_eq!(redactor.text("docker/postgres/compose.yml"), "docker/postgres/compose.yml");
    assert_eq!(redactor.snippet(&finding).text, "********://********:********@db");
}

/// Somebody has to find the file: a value that reads as a name may well be its name.
#[test]
fn a_path_is_masked_only_where_it_holds_what_is_no_name() {
    let drawn = ["x7Kp2", "qLm9Rt4v"].concat();
    let (file, keys) = (format!("{drawn}.pem"), format!("keys/{drawn}.pem"));
    let folder = format!("{drawn}/x9.y8");
    for (value, path, expected) in [
        ("secrets.txt", "deploy/secrets.txt", "deploy/secrets.txt"),
        ("database-password", "database-password/app.py", "database-password/app.py"),
        ("Winter2024", "Winter2024/x.py", "Winter2024/x.py"),
        ("Winter2024!", "src/Winter2024!/x.py", "src/********/x.py"),
        (drawn.as_str(), keys.as_str(), "keys/********.pem"),
        (file.as_str(), keys.as_str(), "keys/********.pem"),
        (folder.as_str(), folder.as_str(), "********/********"),
        (drawn.as_str(), drawn.as_str(), "********"),
    ] {
        let line = format!("password = '{value}'");
        let finding = finding(line.as_bytes(), find(&line, value), Vec::new(), (false, false));
        let redactor = Redactor::new(false, std::slice::from_ref(&finding), &[]);
        assert_eq!(redactor.path(path), expected, "{value}");
        assert_eq!(redactor.text(value), MASK, "in other texts it is no name: {value}");
        assert_eq!(redactor.snippet(&finding).text, "password = '********'");
        let mut ledger = Ledger { config: Some(path.to_owned()), ..Ledger::default() };
        ledger.skipped_paths.push((path.to_owned(), crate::ledger::SkipReason::Media));
        ledger.failures.push(Failure { path: path.to_owned(), cause: String::new(), remedy: String::new() });
        let masked = redactor.ledger(&ledger);
        assert_eq!(masked.config.as_deref(), Some(expected));
        assert_eq!((&*masked.skipped_paths[0].0, &*masked.failures[0].path), (expected, expected));
    }
}

#[test]
fn ranges_outside_of_the_line_and_broken_utf8_are_no_panic() {
    let line = b"pw=\xff\xfehunter2\xc3";
    let mut finding = finding(line, 5..12, vec![10..400, 300..310], (false, false));
    assert_eq!(shown(false, &finding).0, "pw=\u{FFFD}\u{FFFD}********");
    finding.snippet.highlight = 90..99;
    finding.snippet.hidden.clear();
    assert_eq!(shown(false, &finding), ("pw=\u{FFFD}\u{FFFD}********\u{FFFD}".to_owned(), String::new()));
}

#[test]
fn the_ledger_is_masked() {
    let value = format!("{}{}", "tok_", "a1b2c3d4e5f6");
    let finding = finding(value.as_bytes(), 0..value.len(), Vec::new(), (false, false));
    let mut ledger =
        Ledger { notices: vec![value.clone()], config: Some(value.clone()), ..Ledger::default() };
    let text = || format!("x {value}");
    ledger.failures.push(Failure { path: text(), cause: text(), remedy: text() });
    ledger.skipped_paths.push((text(), crate::ledger::SkipReason::Media));
    ledger.judge.notice = Some(text());
    ledger.judge.name = text();
    let masked = Redactor::new(false, std::slice::from_ref(&finding), &[]).ledger(&ledger);
    assert!(!format!("{masked:?}").contains(&value));
}

#[test]
fn nothing_printable_can_command_a_terminal_or_a_build_log() {
    for (text, expected) in [
        ("plain text", "plain text"),
        ("\x1b[31mred\x1b]0;title\x07", "␛[31mred␛]0;title␇"),
        ("a\r\n::error::b\0\x7f", "a␍␊::error::b␀␡"),
        ("\u{9b}31m\u{202e}abc\u{200b}\u{feff}", "\u{FFFD}31m\u{FFFD}abc\u{FFFD}\u{FFFD}"),
        ("##[group] ##VSO[task.x] ###[ ##teamcity[y", "#♯[group] #♯VSO[task.x] ##♯[ #♯teamcity[y"),
        ("## heading", "## heading"),
    ] {
        assert_eq!(printable(text), expected);
    }
}
