//! Allow tags in the scanned text.

use crate::fixture::{Fixture, password};

#[test]
fn tags_silence_and_are_counted() {
    let fixture = Fixture::new();
    let leak = format!("db_password = '{}'", password());
    let table = [
        format!("{leak}  # secretscan:allow used on a test server\n"),
        format!("# secretscan:allow-next-line\n{leak}\n"),
        format!("# secretscan:allow-begin\nx = 1\n{leak}\n# secretscan:allow-end\n"),
        format!("{leak}  # gitleaks:allow\n"),
        format!("{leak}  # betterleaks:allow\n"),
        format!("{leak}  # trufflehog:ignore\n"),
        format!("{leak}  # kingfisher:ignore\n"),
        format!("{leak}  # ggignore\n"),
        format!("{leak}  # pragma: allowlist secret\n"),
        format!("# pragma: allowlist nextline secret\n{leak}\n"),
    ];
    for text in table {
        fixture.write("app.py", &text);
        let allowed = fixture.run(&["app.py", "--format", "json"]);
        let silenced = allowed.json()["ledger"]["suppressed"].as_object().expect("counts").len();
        assert_eq!((allowed.code, silenced), (0, 1), "{text}");
        assert_eq!(fixture.run(&["app.py", "--no-inline-allow"]).code, 1, "{text}");
    }
}

#[test]
fn a_tag_silences_only_its_lines() {
    let fixture = Fixture::new();
    let leak = format!("db_password = '{}'", password());
    fixture.write("app.py", format!("{leak}  # secretscan:allow\n{leak}\n"));
    assert_eq!(fixture.run(&["app.py", "--format", "json"]).places(), ["app.py:2"]);
}

#[test]
fn a_block_that_is_never_closed_is_noticed() {
    let fixture = Fixture::new();
    fixture.write("app.py", format!("# secretscan:allow-begin\ndb_password = '{}'\n", password()));
    let run = fixture.run(&["app.py", "--format", "json"]);
    let notices = run.json()["ledger"]["notices"].to_string();
    assert!(notices.contains("app.py:1") && notices.contains("allow-end"), "{notices}");
}
