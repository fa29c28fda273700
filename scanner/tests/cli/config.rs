//! `.secretscan.toml` from outside.

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
