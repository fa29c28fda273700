//! No report holds a secret, in any encoding, unless it was asked to.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use secretscan::finding::Finding;
use secretscan::ledger::Ledger;
use secretscan::report::{Format, Options};
use secretscan::source::Origin;

use crate::decoded;
use crate::sample::{self, FORMATS};

/// Values as people and programs make them, with what formats have to escape. Never only stars (they would look
/// like the mask), and never a word with a number (which may be the name of a file).
fn value() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[A-Za-z0-9]{1,12}",
        "[\"'\\\\&<>%:,;{}$#/+=@ -]{1,4}",
        "[\n\t\r\u{1b}]{1}",
        "[éß漢😀\u{202e}]{1,3}",
    ];
    proptest::collection::vec(part, 2..6).prop_map(|parts| format!("Zq7k{}9x", parts.concat()))
}

fn percent(bytes: &[u8], keep: &str) -> String {
    bytes.iter().fold(String::new(), |mut out, &byte| {
        if byte.is_ascii_alphanumeric() || keep.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// The value as it may stand in a source file.
fn forms(value: &str) -> Vec<String> {
    let quoted = serde_json::to_string(value).expect("JSON");
    let xml = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    vec![
        value.to_owned(),
        quoted[1..quoted.len() - 1].to_owned(),
        xml.replace('\'', "&#39;"),
        xml,
        percent(value.as_bytes(), "-._~"),
        percent(value.as_bytes(), "-._~/"),
        STANDARD_NO_PAD.encode(value),
        URL_SAFE_NO_PAD.encode(value),
    ]
}

/// The value everywhere that a repository could put it: twice on its line, in several encodings, in the name, the
/// path, the author, and in the ledger.
fn case(value: &str) -> (Vec<Finding>, Ledger) {
    let again = forms(value).join(" ");
    let text = format!("password = '{value}' # {again}\n");
    let mut finding = sample::of(&sample::password_rule(), "src/app.py", &text, value);
    finding.key = Some(format!("key_{value}"));
    finding.origin = Arc::new(Origin {
        path: format!("src/{value}/app.py"),
        commit: Some(value.to_owned()),
        author: Some(value.to_owned()),
        date: Some(value.to_owned()),
        blob: Some(value.to_owned()),
    });
    // A second one sees the value in its own line, where nobody marked it.
    let text = format!("token = 'Other-{}' # {value}", "value1");
    let other = sample::of(&sample::token_rule(), "b.py", &text, "Other-value1");
    let mut ledger = sample::incomplete_ledger();
    ledger.failures.push(sample::failure(&format!("x/{value}")));
    ledger.notices.push(format!("about {value}"));
    ledger.skipped_paths.push((value.to_owned(), secretscan::ledger::SkipReason::Media));
    (vec![finding, other], ledger)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_format_holds_a_secret(value in value()) {
        let (findings, ledger) = case(&value);
        for format in FORMATS {
            for color in [false, true] {
                let options = Options { color, sarif_history: true, ..sample::options() };
                let out = sample::written(format, &findings, &ledger, &options);
                let command = value.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
                for form in forms(&value).into_iter().chain([command]) {
                    prop_assert!(!out.contains(&form), "{format:?} holds {form:?}:\n{out}");
                }
            }
        }
    }

    #[test]
    fn no_format_holds_a_decoded_secret_what_is_written_or_a_masked_companion(value in value(), before in "[a-z]{0,5}") {
        let encoded = STANDARD_NO_PAD.encode(format!("{before}={value} and more"));
        let mut finding = decoded::finding(&value, &encoded);
        finding.origin = Arc::new(Origin { path: format!("x/{encoded}/{}", decoded::KEY_ID), ..Origin::default() });
        for format in FORMATS {
            let out = sample::written(format, std::slice::from_ref(&finding), &sample::ledger(), &sample::options());
            for form in forms(&value).into_iter().chain([encoded.clone(), decoded::KEY_ID.to_owned()]) {
                prop_assert!(!out.contains(&form), "{format:?} holds {form:?}:\n{out}");
            }
        }
    }

    #[test]
    fn the_output_does_not_tell_the_length(short in "[a-z]{4}[0-9]", long in "[a-z]{8}[0-9]{11}") {
        for format in [Format::Text, Format::Github] {
            let lengths = [&short, &long].map(|value| {
                let finding = sample::of(&sample::password_rule(), "a.py", &format!("password = '{value}'"), value);
                let out = sample::written(format, &[finding], &sample::ledger(), &sample::options());
                let end_column = format!("endColumn={}", 13 + value.len());
                out.replace(&end_column, "endColumn=").len()
            });
            prop_assert_eq!(lengths[0], lengths[1]);
        }
    }

    #[test]
    fn no_source_line_can_command_the_terminal_or_the_log(bytes in proptest::collection::vec(any::<u8>(), 1..60)) {
        let mut text = b"\x1b]0;x\x07 ::error::a\r##[group] \xc2\x9b1m ##vso[task] pw = ".to_vec();
        let start = text.len();
        text.extend(bytes);
        let mut finding = sample::at(&sample::password_rule(), "a", &text, start..text.len());
        finding.origin = Arc::new(Origin { path: String::from_utf8_lossy(&text).into_owned(), ..Origin::default() });
        finding.key = Some(String::from_utf8_lossy(&text).into_owned());
        for show_secrets in [false, true] {
            for format in FORMATS {
                let options = Options { show_secrets, ..sample::options() };
                let out = sample::written(format, std::slice::from_ref(&finding), &sample::ledger(), &options);
                prop_assert!(!out.contains(|c: char| c.is_control() && c != '\n'), "{format:?}: {out:?}");
                prop_assert!(!out.contains("##["), "{format:?}: {out:?}");
                prop_assert!(!out.contains("##vso["), "{format:?}: {out:?}");
                let commands = out.lines().filter(|line| line.trim_start().starts_with("::")).count();
                prop_assert_eq!(commands, usize::from(format == Format::Github), "{:?}", format);
            }
        }
    }
}

/// A value that reads as a name stays in the path in every format: nobody could find the file otherwise.
#[test]
fn the_file_that_is_called_like_a_value_can_be_found() {
    let value = "secrets.txt";
    let text = format!("password = '{value}' # {value}");
    let finding = sample::of(&sample::password_rule(), "deploy/secrets.txt", &text, value);
    for format in FORMATS {
        let out =
            sample::written(format, std::slice::from_ref(&finding), &sample::ledger(), &sample::options());
        assert!(out.contains("deploy/secrets.txt"), "{format:?}: {out}");
        assert_eq!(
            out.matches(value).count(),
            out.matches("deploy/secrets.txt").count(),
            "{format:?}: {out}"
        );
    }
}

#[test]
fn asked_for_every_format_shows_the_value() {
    let value = sample::token("AbCd");
    let text = format!("key = '{value}'");
    let finding = sample::of(&sample::token_rule(), "a.py", &text, &value);
    let options = Options { show_secrets: true, ..sample::options() };
    for format in FORMATS {
        let out = sample::written(format, std::slice::from_ref(&finding), &sample::ledger(), &options);
        // An underscore could be Markdown's emphasis.
        let shown = if format == Format::Markdown { value.replace('_', "&#95;") } else { value.clone() };
        assert!(out.contains(&shown), "{format:?}: {out}");
    }
}

#[test]
fn a_raw_value_of_several_lines_is_whole_in_json() {
    let value = "one\n\"two\"\tthree";
    let finding = sample::of(&sample::password_rule(), "a", &format!("pw = '{value}'"), value);
    let options = Options { show_secrets: true, ..sample::options() };
    let out = sample::written(Format::Json, &[finding], &sample::ledger(), &options);
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(report["findings"][0]["secret"], value);
}
