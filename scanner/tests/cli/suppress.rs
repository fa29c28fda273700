//! Baselines and allow-lists from outside.

use std::fmt::Write as _;

use crate::fixture::{Fixture, github_token, password};

/// A repository with a password in `app.py` and a token in `client.py`.
fn repository() -> Fixture {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q", "-b", "main"]);
    fixture.write("app.py", format!("import os\ndb_password = '{}'\n", password()));
    fixture.write("client.py", format!("token = '{}'\n", github_token()));
    fixture
}

fn read(fixture: &Fixture, name: &str) -> String {
    std::fs::read_to_string(fixture.path().join(name)).expect("a file")
}

fn notices(run: &crate::fixture::Run) -> String {
    run.json()["ledger"]["notices"].to_string()
}

#[test]
fn what_is_there_is_accepted_and_what_comes_is_reported() {
    let fixture = repository();
    let created = fixture.run(&["baseline", "create", "--reason", "before", "--owner", "ops"]);
    assert_eq!(created.code, 0, "{created:?}");
    let text = read(&fixture, ".secretscan-baseline");
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("\"reason\":\"before\"") && text.contains("\"owner\":\"ops\""), "{text}");
    assert!(!text.contains(&password()) && !text.contains(&github_token()), "{text}");
    let scan = fixture.run(&[".", "--format", "json"]);
    assert_eq!(
        (scan.code, scan.json()["ledger"]["suppressed"]["baseline"].as_u64()),
        (0, Some(2)),
        "{scan:?}"
    );
    assert!(scan.stderr.contains("accepting what is in .secretscan-baseline"), "{scan:?}");
    assert_eq!(fixture.run(&[".", "--no-baseline"]).code, 1);

    // The line moves: still accepted. The value changes: new. The same value in another file: it spread.
    fixture.write("app.py", format!("# new\n# lines\nimport os\ndb_password = '{}'\n", password()));
    assert_eq!(fixture.run(&["."]).code, 0);
    fixture.write("app.py", format!("import os\ndb_password = '{}x7'\n", password()));
    assert_eq!(fixture.run(&[".", "--format", "json"]).places(), ["app.py:2"]);
    fixture.write("app.py", format!("import os\ndb_password = '{}'\n", password()));
    fixture.write("copy.py", format!("token = '{}'\n", github_token()));
    assert_eq!(fixture.run(&[".", "--format", "json"]).places(), ["copy.py:1"]);
}

#[test]
fn the_index_is_held_against_it_from_any_folder() {
    let fixture = repository();
    fixture.write("sub/x.py", "x = 1\n");
    fixture.run(&["baseline", "create"]);
    fixture.git(&["add", "."]);
    assert_eq!(fixture.run(&["staged"]).code, 0);
    let mut command = fixture.command(&["staged"]);
    let output = command.current_dir(fixture.path().join("sub")).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(fixture.run(&["staged", "--no-baseline"]).code, 1);
}

#[test]
fn a_baseline_is_never_made_twice() {
    let fixture = repository();
    fixture.run(&["baseline", "create"]);
    let again = fixture.run(&["baseline", "create"]);
    assert_eq!(again.code, 2, "{again:?}");
    assert!(again.stderr.contains("baseline update"), "{again:?}");
}

#[test]
fn stale_entries_are_noticed_and_an_update_drops_them_and_follows_renames() {
    let fixture = repository();
    fixture.run(&["baseline", "create", "--reason", "kept"]);
    std::fs::remove_file(fixture.path().join("app.py")).expect("removed");
    std::fs::create_dir(fixture.path().join("lib")).expect("a folder");
    std::fs::rename(fixture.path().join("client.py"), fixture.path().join("lib/client.py")).expect("renamed");
    let scan = fixture.run(&[".", "--format", "json"]);
    assert_eq!(scan.places(), ["lib/client.py:1"]);
    assert!(notices(&scan).contains("match nothing any more: 2"), "{scan:?}");
    let part = fixture.run(&["lib", "--format", "json"]);
    assert!(!notices(&part).contains("match nothing"), "only `lib` was scanned: {part:?}");
    let update = fixture.run(&["baseline", "update"]);
    assert!(update.stderr.contains("0 added, 0 kept, 1 moved, 1 dropped"), "{update:?}");
    let text = read(&fixture, ".secretscan-baseline");
    assert!(text.lines().count() == 2 && text.contains("lib/client.py") && text.contains("kept"), "{text}");
    assert_eq!(fixture.run(&["."]).code, 0);
}

#[test]
fn an_update_accepts_only_what_is_named() {
    let fixture = repository();
    fixture.run(&["baseline", "create"]);
    fixture.write("new.py", format!("db_password = '{}new1'\n", password()));
    fixture.write("other.py", format!("db_password = '{}new2'\n", password()));
    let update = fixture.run(&["baseline", "update"]);
    assert!(update.code == 0 && update.stderr.contains("2 not accepted"), "{update:?}");
    let report = fixture.run(&[".", "--format", "json"]).json();
    let fingerprint = report["findings"][0]["fingerprint"].as_str().expect("a fingerprint").to_owned();
    let update = fixture.run(&["baseline", "update", "--add", &fingerprint, "--expires", "2999-12-31"]);
    assert!(update.stderr.contains("1 added"), "{update:?}");
    assert_eq!(fixture.run(&[".", "--format", "json"]).places(), ["other.py:1"]);
    assert_eq!(fixture.run(&["baseline", "update", "--add", "everything"]).code, 2);
    fixture.run(&["baseline", "update", "--add", "all"]);
    assert_eq!(fixture.run(&["."]).code, 0);
}

#[test]
fn an_expired_entry_counts_again_and_says_so() {
    let fixture = repository();
    fixture.run(&["baseline", "create", "--expires", "2001-02-03", "--owner", "ops"]);
    let scan = fixture.run(&[".", "--format", "json"]);
    assert_eq!((scan.code, scan.places().len()), (1, 2), "{scan:?}");
    assert!(notices(&scan).contains("the entry for app.py expired on 2001-02-03, owner ops"), "{scan:?}");
    assert!(!notices(&scan).contains("match nothing"), "{scan:?}");
    let bad = fixture.run(&["baseline", "update", "--expires", "soon"]);
    assert_eq!(bad.code, 2, "{bad:?}");
}

#[test]
fn an_audit_lists_by_what_is_missing_or_over() {
    let fixture = repository();
    fixture.run(&["baseline", "create", "--expires", "2001-02-03", "--owner", "ops"]);
    fixture.write("new.py", format!("db_password = '{}new1'\n", password()));
    fixture.run(&[
        "baseline",
        "update",
        "--add",
        "all",
        "--reason",
        "a test server",
        "--expires",
        "2999-01-01",
    ]);
    let listed = |options: &[&str]| {
        let run = fixture.run(&[&["baseline", "audit", "--check"], options].concat());
        let total = run.stdout.lines().last().unwrap_or_default().to_owned();
        (run.code, total)
    };
    assert_eq!(listed(&[]), (1, "3 of 3 entries".to_owned()));
    assert_eq!(listed(&["--expired"]), (1, "2 of 3 entries".to_owned()));
    assert_eq!(listed(&["--expiring", "30"]), (1, "2 of 3 entries".to_owned()));
    assert_eq!(listed(&["--no-owner"]), (1, "1 of 3 entries".to_owned()));
    assert_eq!(listed(&["--no-reason"]), (1, "2 of 3 entries".to_owned()));
    assert_eq!(listed(&["--owner", "nobody"]), (0, "0 of 3 entries".to_owned()));
    assert_eq!(listed(&["--older-than", "1"]), (0, "0 of 3 entries".to_owned()));
    let json = fixture.run(&["baseline", "audit", "--json", "--no-owner"]);
    let entry: serde_json::Value = serde_json::from_str(&json.stdout).expect("one JSON object");
    assert_eq!((entry["path"].as_str(), entry["reason"].as_str()), (Some("new.py"), Some("a test server")));
    assert_eq!(json.code, 0, "nothing is checked without --check");
}

#[test]
fn what_is_silenced_is_listed_if_asked_for_and_its_value_stays_hidden() {
    let fixture = repository();
    fixture.run(&["baseline", "create", "--reason", "known"]);
    fixture.write("tag.py", format!("db_password = '{}'  # secretscan:allow a reason\n", password()));
    let plain = fixture.run(&[".", "--format", "json"]).json();
    assert!(plain.get("suppressed").is_none(), "{plain}");
    for format in ["json", "jsonl", "sarif", "text", "github"] {
        let run = fixture.run(&[".", "--show-suppressed", "--format", format]);
        assert_eq!(run.code, 0, "{run:?}");
        assert!(!run.stdout.contains(&password()) && !run.stdout.contains(&github_token()), "{run:?}");
    }
    let report = fixture.run(&[".", "--show-suppressed", "--format", "json"]).json();
    let by = |path: &str| {
        let list = report["suppressed"].as_array().expect("a list");
        list.iter().find(|finding| finding["path"] == path).expect("listed")["suppression"].clone()
    };
    assert_eq!(by("app.py"), serde_json::json!({"by": "baseline", "in_source": false, "reason": "known"}));
    assert_eq!(by("tag.py"), serde_json::json!({"by": "secretscan:allow", "in_source": true}));
    fixture.write("loud.py", format!("db_password = '{}loud'\n", password()));
    let sarif = fixture.run(&[".", "--show-suppressed", "--format", "sarif"]).json();
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 4);
    let kinds: Vec<_> = results.iter().map(|result| result["suppressions"][0]["kind"].as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == Some("external")).count(), 2, "{sarif}");
    assert_eq!(kinds.iter().filter(|kind| **kind == Some("inSource")).count(), 1, "{sarif}");
    assert!(results.iter().all(|result| result["suppressions"].is_array()), "all or none: {sarif}");
}

#[test]
fn findings_are_allowed_by_rule_path_value_line_and_stop_word() {
    let fixture = Fixture::new();
    let leak = format!("db_password = '{}'", password());
    fixture.write("app/a.py", format!("{leak}  # of the demo\n"));
    for (table, code) in [
        ("rules = ['generic-password']", 0),
        ("rules = ['generic-token']", 1),
        ("path-regexes = ['^app/']\nvalues = ['^Tr0ub']", 0),
        ("path-regexes = ['^lib/']\nvalues = ['^Tr0ub']", 1),
        ("lines = ['# of the demo$']", 0),
        ("stopwords = ['WINTER']", 0),
        ("paths = ['*.py']\nreason = 'generated'", 0),
        ("rules = ['generic-pasword']", 2),
        ("reason = 'all of it'", 2),
        ("values = ['(']", 2),
    ] {
        fixture.write(".secretscan.toml", format!("[[allow.findings]]\n{table}\n"));
        let run = fixture.run(&[".", "--format", "json", "--show-suppressed"]);
        assert_eq!(run.code, code, "{table}: {run:?}");
        if code == 0 {
            assert_eq!(run.json()["ledger"]["suppressed"]["allow-list"], 1, "{table}");
        }
    }
    fixture.write(".secretscan.toml", "[[allow.findings]]\nrules = ['generic-pasword']\n");
    assert!(fixture.run(&["."]).stderr.contains("did you mean `generic-password`?"));
}

/// A baseline as a team has it after years.
fn large(fixture: &Fixture, entries: u32) {
    let mut text = read(fixture, ".secretscan-baseline");
    for at in 0..entries {
        let mark = at.wrapping_mul(2_654_435_761) >> 20;
        writeln!(
            text,
            "{{\"mark\":\"{mark:03x}\",\"path\":\"src/module{}/file{at}.py\",\"reason\":\"old\"}}",
            at % 97
        )
        .expect("a String takes everything");
    }
    fixture.write(".secretscan-baseline", text);
}

#[test]
fn five_thousand_entries_cost_little() {
    let fixture = repository();
    for at in 0..300 {
        fixture.write(&format!("src/m{at}.py"), format!("value_{at} = compute({at})\n").repeat(50));
    }
    fixture.run(&["baseline", "create"]);
    let best_of = |arguments: &[&str]| {
        let time = || {
            let started = std::time::Instant::now();
            assert_eq!(fixture.run(arguments).code, i32::from(arguments.contains(&"--no-baseline")));
            started.elapsed()
        };
        (0..5).map(|_| time()).min().expect("five runs")
    };
    large(&fixture, 5_000);
    let (with, without) = (best_of(&["."]), best_of(&[".", "--no-baseline"]));
    // Measured: 5 ms. The bound leaves room for a loaded machine.
    assert!(with < without + std::time::Duration::from_millis(250), "{with:?} instead of {without:?}");
}
