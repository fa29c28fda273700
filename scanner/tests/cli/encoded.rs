//! Encoded secrets from outside: one name for a secret however it is written, and what is not decoded is said.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use crate::fixture::{Fixture, github_token, password};

fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn gzip(text: &str) -> Vec<u8> {
    let mut stream = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    stream.write_all(text.as_bytes()).and_then(|()| stream.finish()).expect("memory takes everything")
}

/// The findings, by path.
fn findings(fixture: &Fixture) -> BTreeMap<String, Value> {
    let report = fixture.run(&[".", "--format", "json", "--judge", "off"]).json();
    let list = report["findings"].as_array().expect("a list").clone();
    list.into_iter().map(|finding| (finding["path"].as_str().expect("a path").to_owned(), finding)).collect()
}

#[test]
fn a_secret_has_one_fingerprint_however_it_is_written() {
    let fixture = Fixture::new();
    let token = github_token();
    let escaped: String = token.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    fixture.write("plain.txt", format!("{token}\n"));
    fixture.write("base64.txt", format!("x: {}\n", base64(&token)));
    fixture.write("twice.txt", format!("x: {}\n", base64(format!("t={}", base64(&token)))));
    fixture.write("gzip.txt", format!("x: {}\n", base64(gzip(&format!("export T={token}\n")))));
    fixture.write("escape.json", format!("{{\"x\": \"{escaped}\"}}\n"));
    let found = findings(&fixture);
    assert_eq!(found.len(), 5, "{found:?}");
    let names: BTreeSet<Option<&str>> =
        found.values().map(|finding| finding["fingerprint"].as_str()).collect();
    assert_eq!(names.len(), 1, "{found:?}");
    for (path, decoded) in [
        ("plain.txt", Value::Null),
        ("base64.txt", json!(["base64"])),
        ("twice.txt", json!(["base64", "base64"])),
        ("gzip.txt", json!(["base64", "gzip"])),
        ("escape.json", json!(["escape"])),
    ] {
        assert_eq!(found[path]["decoded"], decoded, "{path}");
    }
}

#[test]
fn a_value_of_a_manifest_has_the_fingerprint_of_what_it_holds() {
    let fixture = Fixture::new();
    let password = password();
    fixture.write("app.env", format!("DB_PASSWORD={password}\n"));
    let manifest = |value: &str| format!("kind: Secret\ndata:\n  DB_PASSWORD: {value}\n");
    fixture.write("secret.yaml", manifest(&base64(&password)));
    let found = findings(&fixture);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found["app.env"]["fingerprint"], found["secret.yaml"]["fingerprint"]);
    assert_eq!(found["secret.yaml"]["decoded"], json!(["base64"]));
    assert_eq!(found["secret.yaml"]["start_line"], json!(3));
}

#[test]
fn a_key_that_is_encoded_once_more_is_the_same_key() {
    let fixture = Fixture::new();
    let body: Vec<u8> = (0..600u32).map(|n| (n * n * 7 % 251) as u8).collect();
    let encoded = base64(body);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    let pem = ["-----BEGIN ", "PRIVATE KEY-----\n", &lines.join("\n"), "\n-----END ", "PRIVATE KEY-----\n"]
        .concat();
    fixture.write("key.pem", &pem);
    fixture.write("secret.yaml", format!("tls.key: {}\n", base64(&pem)));
    fixture.write("packed.txt", format!("k: {}\n", base64(gzip(&pem))));
    let found = findings(&fixture);
    assert_eq!(found.len(), 3, "{found:?}");
    let names: BTreeSet<Option<&str>> =
        found.values().map(|finding| finding["fingerprint"].as_str()).collect();
    assert_eq!(names.len(), 1, "{found:?}");
}

#[test]
fn what_lies_too_deep_is_counted() {
    let fixture = Fixture::new();
    let four = (0..4).fold(github_token(), |text, _| base64(text));
    fixture.write("deep.txt", format!("x: {four}\n"));
    let run = fixture.run(&["deep.txt", "--format", "json", "--judge", "off"]);
    assert_eq!((run.code, &run.json()["ledger"]["skipped"]), (0, &json!({"encoded-limit": 1})), "{run:?}");
    let text = fixture.run(&["deep.txt", "--judge", "off", "--verbose"]);
    assert!(text.stdout.contains("encoded-limit: deep.txt"), "{text:?}");
}

#[test]
fn explain_says_how_it_was_reached() {
    let fixture = Fixture::new();
    fixture.write("a.txt", format!("x: {}\n", base64(github_token())));
    let run = fixture.run(&["explain", "a.txt:1", "--judge", "off"]);
    assert!(run.stdout.contains("  decoded      base64\n"), "{run:?}");
}

#[test]
fn decoding_can_be_switched_off() {
    let fixture = Fixture::new();
    fixture.write("plain.txt", format!("{}\n", github_token()));
    fixture.write("base64.txt", format!("x: {}\n", base64(github_token())));
    let paths = |args: &[&str]| {
        let run = fixture.run(&[&[".", "--format", "json", "--judge", "off"], args].concat());
        let list = run.json()["findings"].as_array().expect("a list").clone();
        list.iter().map(|finding| finding["path"].as_str().expect("a path").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(paths(&[]), ["base64.txt", "plain.txt"]);
    assert_eq!(paths(&["--decode", "off"]), ["plain.txt"]);
    fixture.write(".secretscan.toml", "decode = 'off'\n");
    assert_eq!(paths(&[]), ["plain.txt"]);
    assert_eq!(paths(&["--decode", "on"]), ["base64.txt", "plain.txt"]);
}
