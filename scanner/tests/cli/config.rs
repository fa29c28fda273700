//! `.secretscan.toml` from outside.

use std::path::{Path, PathBuf};

use secretscan::config::{Config, schema};
use serde_json::Value;

use crate::fixture::{Fixture, github_token, password};

#[test]
fn the_file_is_found_from_the_target_upwards_and_named() {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q"]);
    fixture.write(".secretscan.toml", "fail-on = 'error'\n");
    fixture.write("deep/down/tests/a.py", format!("db_password = '{}'\n", password()));
    let run = fixture.run(&["deep/down"]);
    assert_eq!(run.code, 0, "a leak in a test is a warning: {run:?}");
    assert!(run.stderr.contains("using .secretscan.toml"), "{run:?}");
    let quiet = fixture.run(&["deep/down", "--quiet"]);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn an_unknown_key_names_file_line_column_and_a_suggestion() {
    let fixture = Fixture::new();
    fixture.write(".secretscan.toml", "# ours\nfail-om = 'error'\n");
    let run = fixture.run(&["."]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains(".secretscan.toml:2:1: unknown field `fail-om`"), "{run:?}");
    assert!(run.stderr.contains("did you mean `fail-on`?"), "{run:?}");
}

#[test]
fn an_unknown_rule_to_disable_is_an_error_with_a_suggestion() {
    let fixture = Fixture::new();
    fixture.write(".secretscan.toml", "[rules]\ndisable = ['generic-pasword']\n");
    let run = fixture.run(&["."]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("did you mean `generic-password`?"), "{run:?}");
}

/// As PowerShell's `>` writes it.
fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{}", text.replace('\n', "\r\n")).encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn files_in_utf16_are_read() {
    let fixture = Fixture::new();
    fixture.write("a.py", format!("db_password = '{}'\n", password()));
    fixture.write(".secretscan.toml", utf16("[rules]\ndisable = ['generic-password']\n"));
    assert_eq!(fixture.run(&["a.py"]).code, 0);
    fixture.write(".secretscan.toml", utf16("# ours\nfail-om = 'error'\n"));
    let run = fixture.run(&["a.py"]);
    assert!(run.code == 2 && run.stderr.contains(".secretscan.toml:2:1: unknown field"), "{run:?}");
    fixture.write(".secretscan.toml", b"# \xe9\n");
    let run = fixture.run(&["a.py"]);
    assert!(run.code == 2 && run.stderr.contains("it is not UTF-8; save it as UTF-8"), "{run:?}");
    std::fs::remove_file(fixture.path().join(".secretscan.toml")).expect("removed");
    assert_eq!(fixture.run(&["baseline", "create"]).code, 0);
    let baseline = std::fs::read_to_string(fixture.path().join(".secretscan-baseline")).expect("a baseline");
    fixture.write(".secretscan-baseline", utf16(&baseline));
    assert_eq!(fixture.run(&["a.py"]).code, 0);
    assert_eq!(fixture.run(&["baseline", "audit", "--check"]).code, 1, "it is read there, too");
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_repository_are_refused_unless_they_are_named() {
    let outside = Fixture::new();
    outside.write("a.py", format!("db_password = '{}'\n", password()));
    outside.write("config.toml", "[allow]\npaths = ['*']\n");
    assert_eq!(outside.run(&["baseline", "create", "a.py", "--no-gitattributes"]).code, 0);
    let baseline = outside.path().join(".secretscan-baseline");
    for (name, target, option) in [
        (".secretscan.toml", outside.path().join("config.toml"), "--config"),
        (".secretscan-baseline", baseline, "--baseline"),
    ] {
        let fixture = Fixture::new();
        fixture.git(&["init", "-q"]);
        fixture.write("a.py", format!("db_password = '{}'\n", password()));
        std::os::unix::fs::symlink(&target, fixture.path().join(name)).expect("a link");
        for arguments in [&["."][..], &["staged"], &["baseline", "update"]] {
            let run = fixture.run(arguments);
            assert!(run.code == 2 && run.stdout.is_empty(), "{arguments:?}: {run:?}");
            let says = |words: &str| run.stderr.contains(words);
            assert!(says(&format!("{name} is a link to")) && says(option), "{arguments:?}: {run:?}");
        }
        // Who names it means it.
        let run = fixture.run(&["a.py", option, target.to_str().expect("UTF-8")]);
        assert_ne!(run.code, 2, "{run:?}");
    }
}

#[test]
fn allowed_paths_are_left_out_and_counted() {
    let fixture = Fixture::new();
    fixture.write(".secretscan.toml", "[allow]\npaths = ['/vendor/', '*.snap']\n");
    let leak = format!("db_password = '{}'\n", password());
    for path in ["vendor/a.py", "src/vendor/a.py", "x.snap"] {
        fixture.write(path, &leak);
    }
    let run = fixture.run(&[".", "--format", "json"]);
    assert_eq!(run.places().len(), 1, "{run:?}");
    assert!(run.json()["ledger"]["skipped"]["configured-path"].as_u64() >= Some(1), "{run:?}");
}

#[test]
fn rules_are_switched_off_and_added() {
    let fixture = Fixture::new();
    fixture.write("a.py", format!("t = '{}'\nx = 'acme_{}'\n", github_token(), "k3v9".repeat(5)));
    fixture.write("acme.toml", ACME);
    fixture.write(".secretscan.toml", "[rules]\nfiles = ['acme.toml']\n");
    let run = fixture.run(&["a.py", "--format", "json"]);
    let rules: Vec<_> =
        run.json()["findings"].as_array().expect("findings").iter().map(|f| f["rule_id"].clone()).collect();
    assert!(rules.contains(&"acme-token".into()), "{run:?}");
    fixture.write(".secretscan.toml", "[rules]\ndisable = ['github-personal-access-token']\n");
    let run = fixture.run(&["a.py", "--format", "json"]);
    assert!(!run.stdout.contains("github-personal-access-token"), "{run:?}");
    fixture.write("acme.toml", ACME.replace("pattern", "patern"));
    let run = fixture.run(&["a.py", "--rules", "acme.toml"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("acme.toml:"), "{run:?}");
}

const ACME: &str = r#"
family = "acme"
provider = "Acme"

[[rule]]
id = "acme-token"
description = "Acme access token"
kind = "token"
severity = "error"
detector = "token"
keywords = ["acme_"]
pattern = 'acme_[a-z0-9]{20}'
remediation = "Revoke it in the Acme console."
examples = ["acme_{hex:20}"]
near_misses = ["acme_{hex:19}"]
"#;

#[test]
fn a_file_extends_another_one_and_both_are_named() {
    let fixture = Fixture::new();
    fixture.write("shared/base.toml", "fail-on = 'error'\n[rules]\ndisable = ['generic-password']\n");
    fixture.write(".secretscan.toml", "extend = ['default', 'shared/base.toml']\nfail-on = 'note'\n");
    fixture.write("a.py", format!("db_password = '{}'\n", password()));
    let run = fixture.run(&["a.py", "--format", "json"]);
    assert!(run.stderr.contains("using .secretscan.toml (extends shared/base.toml)"), "{run:?}");
    assert!(!run.stdout.contains("\"rule_id\": \"generic-password\""), "{run:?}");
    fixture.write("shared/base.toml", "extend = '../.secretscan.toml'\n");
    let run = fixture.run(&["a.py"]);
    assert!(run.code == 2 && run.stderr.contains("leads back"), "{run:?}");
    fixture.write("shared/base.toml", "fail-om = 'error'\n");
    let run = fixture.run(&["a.py"]);
    assert!(run.stderr.contains("shared/base.toml:1:1") && run.stderr.contains("did you mean"), "{run:?}");
}

#[test]
fn rules_stand_in_the_file_itself_and_their_mistakes_have_a_place() {
    let fixture = Fixture::new();
    fixture.write("a.py", format!("x = 'acme_{}'\n", "k3v9".repeat(5)));
    let rule = ACME.split_once("[[rule]]").expect("a rule").1;
    fixture.write(".secretscan.toml", format!("preset = 'recall'\n[[rule]]{rule}"));
    let run = fixture.run(&["a.py", "--format", "json"]);
    assert_eq!(run.json()["findings"][0]["rule_id"], "acme-token", "{run:?}");
    fixture.write(
        ".secretscan.toml",
        format!("preset = 'recall'\n[[rule]]{}", rule.replace("keywords", "keyword")),
    );
    let run = fixture.run(&["a.py"]);
    assert!(run.code == 2 && run.stderr.contains(".secretscan.toml:8:1: unknown key `keyword`"), "{run:?}");
}

fn schema_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/config.schema.json")
}

#[test]
fn the_schema_file_is_fresh() {
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(schema_file(), schema()).expect("docs/ can be written");
    }
    let file = std::fs::read_to_string(schema_file()).unwrap_or_default();
    assert_eq!(file, schema(), "run the test with UPDATE_SCHEMA=1 to write docs/config.schema.json anew");
    assert_eq!(Fixture::new().run(&["schema", "config"]).stdout, file);
}

/// The TOML blocks of a page that are configurations (rule files begin with their family).
fn examples(page: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let text = std::fs::read_to_string(path).expect("a page");
    let blocks = text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| !block.contains("family =")).map(str::to_owned).collect()
}

#[test]
fn the_examples_of_the_docs_keep_to_the_schema_and_are_read() {
    let parsed: Value = serde_json::from_str(&schema()).expect("JSON");
    let validator = jsonschema::validator_for(&parsed).expect("the schema is a schema");
    let mut seen = 0;
    for page in ["configuration.md", "suppressing.md"] {
        for example in examples(page) {
            seen += 1;
            let table: toml::Table =
                toml::from_str(&example).unwrap_or_else(|e| panic!("{page}: {e}\n{example}"));
            let value = serde_json::to_value(table).expect("JSON");
            let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert_eq!(errors, [""; 0], "{page}:\n{example}");
            let config: Result<Config, _> = secretscan::toml_file::parse(&example, page);
            assert!(config.is_ok(), "{config:?}");
        }
    }
    assert!(seen >= 6, "{seen} examples");
    for wrong in [
        "fail-om = 'error'",
        "min-confidence = 2",
        "preset = 'loose'",
        "[allow]\npath = []",
        "[[rule]]\nid = 'A'",
    ] {
        let table: toml::Table = toml::from_str(wrong).expect("TOML");
        assert!(!validator.is_valid(&serde_json::to_value(table).expect("JSON")), "{wrong}");
    }
}
