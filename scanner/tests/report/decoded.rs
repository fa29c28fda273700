//! Findings in encoded text and findings with companions, in every format.

use secretscan::candidate::Encoding;
use secretscan::finding::{Companion, Encoded, Finding};
use secretscan::location::{Base, LineIndex};
use secretscan::report::{Format, Options};
use secretscan::secret::Secret;
use serde_json::{Value, json};

use crate::sample::{self, written};

/// An id that is masked and one that is not.
pub(crate) const KEY_ID: &str = "Zq7-companion-4Kx";
const ACCOUNT: &str = "acme-4711";

/// `secret` as it stands in gzip in Base64, with an id on the line before and an account on its own.
pub(crate) fn finding(secret: &str, encoded: &str) -> Finding {
    let text = format!("id: {KEY_ID}\ndata: {encoded} # {ACCOUNT} {encoded}\n");
    let mut finding = sample::of(&sample::token_rule(), "deploy/secret.yaml", &text, encoded);
    finding.secret = Secret::new(secret.as_bytes());
    finding.encoded = Some(Encoded {
        by: vec![Encoding::Base64, Encoding::Gzip],
        written: Secret::new(encoded.as_bytes()),
    });
    let index = LineIndex::new(text.as_bytes(), Base::default());
    let companion = |name: &str, value: &str, is_public| {
        let at = text.find(value).expect("it stands in the text");
        Companion {
            name: name.to_owned(),
            value: Secret::new(value.as_bytes()),
            is_public,
            location: index.locate(text.as_bytes(), at..at + value.len()),
            rule_id: is_public.then(|| sample::token_rule().id.clone()),
        }
    };
    finding.companions = vec![companion("key id", KEY_ID, false), companion("account", ACCOUNT, true)];
    finding
}

fn sample_finding() -> Finding {
    finding(&sample::token("AbCd"), "H4sIAAAAAAAAA0vOzyvJzMlM")
}

fn json_of(format: Format, options: &Options) -> Value {
    let text = written(format, &[sample_finding()], &sample::ledger(), options);
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn json_names_the_encodings_and_the_companions() {
    let report = json_of(Format::Json, &sample::options());
    let finding = &report["findings"][0];
    assert_eq!(finding["decoded"], json!(["base64", "gzip"]));
    assert_eq!((&finding["start_line"], &finding["start_column"]), (&json!(2), &json!(7)));
    let companions = finding["companions"].as_array().expect("a list");
    let shown: Vec<_> = companions
        .iter()
        .map(|it| (it["name"].clone(), it["value"].clone(), it["start_line"].clone()))
        .collect();
    assert_eq!(
        shown,
        [(json!("key id"), json!("********"), json!(1)), (json!("account"), json!(ACCOUNT), json!(2))]
    );
    assert_eq!(
        (&companions[0]["rule_id"], &companions[1]["rule_id"]),
        (&Value::Null, &json!("example-token"))
    );
    let raw = json_of(Format::Json, &Options { show_secrets: true, ..sample::options() });
    assert_eq!(raw["findings"][0]["secret"], json!(sample::token("AbCd")), "the value without its encodings");
    assert_eq!(raw["findings"][0]["companions"][0]["value"], json!(KEY_ID));
}

#[test]
fn sarif_has_them_in_the_message_and_as_related_locations() {
    let report = json_of(Format::Sarif, &sample::options());
    let result = &report["runs"][0]["results"][0];
    let message = result["message"]["text"].as_str().expect("a message");
    assert!(
        message.contains("Decoded: base64 > gzip. With key id ********. With account acme-4711."),
        "{message}"
    );
    let related = result["relatedLocations"].as_array().expect("related locations");
    let places: Vec<_> = related
        .iter()
        .map(|it| {
            let region = &it["physicalLocation"]["region"];
            (
                it["id"].clone(),
                region["startLine"].clone(),
                region["startColumn"].clone(),
                region["endColumn"].clone(),
            )
        })
        .collect();
    assert_eq!(
        places,
        [(json!(1), json!(1), json!(5), json!(22)), (json!(2), json!(2), json!(34), json!(43))]
    );
}

#[test]
fn people_read_them_below_the_value() {
    let text = written(Format::Text, &[sample_finding()], &sample::ledger(), &sample::options());
    for line in
        ["= decoded: base64 > gzip", "= with: key id ********, line 1", "= with: account acme-4711, line 2"]
    {
        assert!(text.contains(line), "{line} in {text}");
    }
    let text = written(Format::Github, &[sample_finding()], &sample::ledger(), &sample::options());
    assert!(text.contains("decoded: base64 > gzip"), "{text}");
}
