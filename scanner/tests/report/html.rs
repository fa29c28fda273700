//! The one-file page as text: what it may load, what it may hold, and that names cannot become markup. How it looks and
//! works is tested in a browser (`tests/cli/browser.rs`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secretscan::finding::{Fact, Finding};
use secretscan::report::{Format, Options};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::decoded;
use crate::sample::{self, written};

const HOSTILE: &str = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)> \" ' & \u{2028}";

fn hostile() -> Vec<Finding> {
    let mut finding =
        sample::of(&sample::password_rule(), HOSTILE, &format!("{HOSTILE} pw = 'hunter2'"), "hunter2");
    finding.key = Some(HOSTILE.to_owned());
    finding.origin = std::sync::Arc::new(secretscan::source::Origin {
        author: Some(HOSTILE.to_owned()),
        ..(*finding.origin).clone()
    });
    let mut findings = sample::some();
    findings.push(finding);
    findings
}

/// What stands between `<name …>` and `</name>`, for each such element.
fn elements<'a>(html: &'a str, name: &str) -> Vec<(&'a str, &'a str)> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(&open) {
        let (attributes, after) = rest[at + open.len()..].split_once('>').expect("a tag ends");
        let (content, after) = after.split_once(&close).expect("an element ends");
        found.push((attributes, content));
        rest = after;
    }
    found
}

#[test]
fn the_page_runs_only_its_own_script_and_loads_nothing() {
    let mut ledger = sample::incomplete_ledger();
    ledger.failures.push(sample::failure(HOSTILE));
    ledger.notices.push(HOSTILE.to_owned());
    let html = written(Format::Html, &hostile(), &ledger, &sample::options());
    assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"));
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let scripts = elements(&html, "script");
    let styles = elements(&html, "style");
    assert_eq!((scripts.len(), styles.len()), (2, 1), "hostile names bring no element");
    let policy = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src {}; \
         base-uri 'none'; form-action 'none'\">",
        hash(styles[0].1),
        hash(scripts[1].1)
    );
    assert!(html.contains(&policy), "{}", &html[..600]);
    assert!(!html.contains("<img") && !html.contains("<!--"));
    for loading in ["<link", "@import", "url(", "<iframe", "<object", "<base"] {
        assert!(!html.contains(loading), "{loading}");
    }
    let data: Value = serde_json::from_str(scripts[0].1).expect("the data is JSON");
    assert_eq!(data["findings"].as_array().map(Vec::len), Some(5));
    let names = data["findings"].as_array().expect("findings").iter().filter_map(|it| it["key"].as_str());
    assert!(names.into_iter().any(|name| name.starts_with("</script>")), "the value stays");
}

/// What JSON tells of a finding besides its line is in the page too, masked and harmless.
#[test]
fn the_page_has_encodings_companions_and_facts() {
    let secret = sample::token("AbCd");
    let mut finding = decoded::finding(&secret, "H4sIAAAAAAAAA0vOzyvJzMlM");
    let fact = |value: &str| Fact { name: "account".into(), value: value.to_owned() };
    finding.facts = vec![fact("4711\u{1b}[31m</script>"), fact(&secret)];
    let html = written(Format::Html, &[finding], &sample::ledger(), &sample::options());
    let data: Value = serde_json::from_str(elements(&html, "script")[0].1).expect("the data is JSON");
    let shown = &data["findings"][0];
    assert_eq!(shown["decoded"], "base64 > gzip");
    assert_eq!(
        shown["companions"],
        json!([{"name": "key id", "value": "********", "line": 1}, {"name": "account", "value": "acme-4711", "line": 2}])
    );
    assert_eq!(shown["facts"][0], json!({"name": "account", "value": "4711␛[31m</script>"}));
    assert_eq!(shown["facts"][1]["value"], "********");
    assert!(!html.contains(&secret) && !html.contains(decoded::KEY_ID), "{html}");
    let plain = written(Format::Html, &sample::some()[..1], &sample::ledger(), &sample::options());
    let data: Value = serde_json::from_str(elements(&plain, "script")[0].1).expect("the data is JSON");
    for member in ["decoded", "companions", "facts"] {
        assert!(data["findings"][0].get(member).is_none(), "{member} is left out where there is none");
    }
}

/// Every element that is opened is closed, in order: browsers forgive what is not, readers of screens do not.
#[test]
fn the_page_is_well_formed() {
    const VOID: [&str; 4] = ["meta", "input", "col", "br"];
    for (findings, ledger) in [
        (hostile(), sample::incomplete_ledger()),
        (Vec::new(), sample::ledger()),
        (Vec::new(), sample::incomplete_ledger()),
    ] {
        let html = written(Format::Html, &findings, &ledger, &sample::options());
        let mut markup = html.clone();
        for (_, content) in elements(&html, "script").into_iter().chain(elements(&html, "style")) {
            markup = markup.replacen(content, "", 1);
        }
        let mut open: Vec<&str> = Vec::new();
        let mut ids = std::collections::BTreeSet::new();
        for tag in markup.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("a tag that does not end: {tag}"));
            let name = tag.split(' ').next().unwrap_or_default();
            if let Some(name) = name.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name), "{tag}");
            } else if !VOID.contains(&name) && !name.starts_with('!') {
                open.push(name);
            }
            if let Some((_, id)) = tag.split_once(" id=\"") {
                assert!(ids.insert(id.split('"').next().unwrap_or_default().to_owned()), "twice: {tag}");
            }
        }
        assert!(open.is_empty(), "{open:?}");
        for landmark in ["<main>", "<header>", "<footer>", "<h1>"] {
            assert_eq!(html.matches(landmark).count(), 1, "{landmark}");
        }
    }
}

#[test]
fn every_control_has_a_label() {
    let html = written(Format::Html, &sample::some(), &sample::ledger(), &sample::options());
    for control in ["<input", "<select"] {
        for (at, _) in html.match_indices(control) {
            let before = &html[..at];
            let label = before.rfind("<label").expect("a label");
            assert!(!before[label..].contains("</label>"), "no label: {}", &html[at..at + 60]);
        }
    }
}

#[test]
fn the_page_says_what_is_missing() {
    let html = written(Format::Html, &[], &sample::incomplete_ledger(), &sample::options());
    assert!(html.contains("role=\"alert\"") && html.contains("data/locked.db"), "{html}");
    assert!(html.contains("No secrets found in what was scanned."), "{html}");
    assert!(!html.contains("<script"), "nothing to list, nothing to run");
    let html = written(Format::Html, &[], &sample::ledger(), &sample::options());
    assert!(html.contains("No secrets found.") && !html.contains("role=\"alert\""), "{html}");
}

#[test]
fn a_page_with_secrets_says_so() {
    let options = Options { show_secrets: true, ..sample::options() };
    let html = written(Format::Html, &sample::some(), &sample::ledger(), &options);
    assert!(html.contains("This report holds secrets in full"), "{html}");
}

#[test]
fn the_filter_by_author_is_there_if_anybody_is() {
    let with = written(Format::Html, &sample::some(), &sample::ledger(), &sample::options());
    assert!(with.contains("<option>Ada &lt;ada@example.org&gt;</option>"), "{with}");
    let without = written(Format::Html, &sample::some()[..2], &sample::ledger(), &sample::options());
    assert!(!without.contains("name=\"author\""), "{without}");
}
