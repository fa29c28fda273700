//! Arguments, exit codes, standard input.

use crate::fixture::{Fixture, github_token, password};

#[test]
fn a_clean_tree_exits_with_0() {
    let fixture = Fixture::new();
    fixture.write("src/main.rs", "fn main() {}\n");
    let run = fixture.run(&["."]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn findings_exit_with_1_and_are_masked() {
    let fixture = Fixture::new();
    fixture.write("app.py", format!("db_password = '{}'\n", password()));
    for arguments in [&["."][..], &["scan", "."], &["app.py"]] {
        let run = fixture.run(arguments);
        assert_eq!(run.code, 1, "{arguments:?}: {run:?}");
        assert!(run.stdout.contains("app.py:1:16"), "{run:?}");
        assert!(!run.stdout.contains(&password()) && !run.stderr.contains(&password()), "{run:?}");
    }
    let shown = fixture.run(&[".", "--show-secrets"]);
    assert!(shown.stdout.contains(&password()), "{shown:?}");
}

#[test]
fn exit_zero_and_fail_on_decide_the_code_of_findings() {
    let fixture = Fixture::new();
    fixture.write("tests/app_test.py", format!("db_password = '{}'\n", password()));
    assert_eq!(fixture.run(&[".", "--exit-zero"]).code, 0);
    assert_eq!(fixture.run(&[".", "--fail-on", "error"]).code, 0, "a leak in a test is a warning");
    assert_eq!(fixture.run(&[".", "--fail-on", "warning"]).code, 1);
    assert_eq!(fixture.run(&[".", "--fail-on", "error", "--tests", "keep"]).code, 1);
    let dropped = fixture.run(&[".", "--tests", "drop", "--format", "json"]);
    assert_eq!((dropped.code, dropped.json()["ledger"]["suppressed"]["tests"].as_u64()), (0, Some(1)));
}

#[test]
fn usage_errors_exit_with_2_and_say_what_to_do() {
    let fixture = Fixture::new();
    let table: [(&[&str], &str); 8] = [
        (&["--no-such-flag"], "--no-such-flag"),
        (&[".", "--format", "pdf"], "possible values"),
        (&[".", "--min-confidence", "2"], "from 0 to 1"),
        (&["-", "."], "standard input"),
        (&[".", "--stdin-path", "x"], "--stdin-path"),
        (&[".", "--format", "json", "--format", "sarif"], "--output"),
        (&[".", "--output", "x", "--format", "json"], "before any --format"),
        (&[".", "--format", "json", "--output", "no/such/folder/x"], "no/such/folder/x"),
    ];
    for (arguments, expected) in table {
        let run = fixture.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(expected), "{arguments:?}: {run:?}");
    }
}

#[test]
fn without_arguments_help_is_shown() {
    let run = Fixture::new().run(&[]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("Exit codes:"), "{run:?}");
    let help = Fixture::new().run(&["--help"]);
    assert_eq!(help.code, 0);
}

#[test]
fn standard_input_is_scanned_under_the_given_path() {
    let fixture = Fixture::new();
    let text = format!("# settings\nSECRET_TOKEN = '{}'\n", github_token());
    let run =
        fixture.run_with_input(&["-", "--stdin-path", "conf/app.py", "--format", "json"], text.as_bytes());
    assert_eq!((run.code, run.places()), (1, vec!["conf/app.py:2".to_owned()]));
    let unnamed = fixture.run_with_input(&["-", "--format", "json"], text.as_bytes());
    assert_eq!(unnamed.places(), ["<stdin>:2"]);
}

#[test]
fn paths_are_shown_as_given() {
    let fixture = Fixture::new();
    fixture.write("a/b/app.py", format!("db_password = '{}'\n", password()));
    let table = [
        (".", "./a/b/app.py:1"),
        ("a", "a/b/app.py:1"),
        ("a/", "a/b/app.py:1"),
        ("a/b/app.py", "a/b/app.py:1"),
    ];
    for (argument, place) in table {
        let places = fixture.run(&[argument, "--format", "json"]).places();
        assert_eq!(
            places.iter().map(|p| p.trim_start_matches("./")).collect::<Vec<_>>(),
            [place.trim_start_matches("./")],
            "{argument}"
        );
    }
}

#[test]
fn the_report_is_the_same_for_every_thread_count_and_run() {
    let fixture = Fixture::new();
    for at in 0..60 {
        let text = format!("x = 1\ndb_password{at} = '{}{at}'\ntoken = '{}'\n", password(), github_token());
        fixture.write(&format!("d{}/f{at}.py", at % 7), text);
    }
    let first = fixture.run(&[".", "--format", "json", "--threads", "1"]);
    assert_eq!(first.places().len(), 120);
    for threads in ["1", "2", "5"] {
        assert_eq!(fixture.run(&[".", "--format", "json", "--threads", threads]).stdout, first.stdout);
    }
}

#[test]
fn explain_names_rule_reason_and_grounds() {
    let fixture = Fixture::new();
    fixture
        .write("app.py", format!("db_password = '{}'\npassword = os.environ['DB_PASSWORD']\n", password()));
    let report = fixture.run(&[".", "--format", "json"]).json();
    let fingerprint = report["findings"][0]["fingerprint"].as_str().expect("a fingerprint").to_owned();
    let run = fixture.run(&["explain", &fingerprint]);
    assert_eq!(run.code, 0, "{run:?}");
    for expected in ["app.py:1:16", "generic-password", "decided by", "log-odds"] {
        assert!(run.stdout.contains(expected), "{expected}: {run:?}");
    }
    assert!(!run.stdout.contains(&password()));
    let place = fixture.run(&["explain", "app.py:1"]);
    assert!(place.stdout.contains(&fingerprint), "{place:?}");
    let dropped = fixture.run(&["explain", "app.py:2"]);
    assert!(dropped.stdout.contains("(reference)"), "{dropped:?}");
    assert_eq!(fixture.run(&["explain", "v1:0000"]).code, 1);
    assert_eq!(fixture.run(&["explain", "nonsense"]).code, 2);
}

/// `autotests` is off, so a target that is not named in the manifest would not run, and nobody would notice.
#[test]
fn every_test_and_bench_is_named_in_the_manifest() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).expect("the manifest");
    let mut targets = Vec::new();
    for folder in std::fs::read_dir(root.join("scanner/tests")).expect("the tests") {
        let folder = folder.expect("a folder").path();
        if folder.join("main.rs").exists() {
            targets.push(format!("{}/main.rs", folder.strip_prefix(root).expect("below the root").display()));
        }
    }
    assert!(targets.len() >= 4, "{targets:?}");
    targets.push("scanner/benches/candidate.rs".to_owned());
    for target in targets {
        assert!(manifest.contains(&format!("path = \"{target}\"")), "{target} is not in Cargo.toml");
    }
}
