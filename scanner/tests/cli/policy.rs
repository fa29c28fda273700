//! `--policy` from outside: a repository that tries to hide its secrets.

use crate::fixture::{Fixture, Run, password};

/// A repository with a leak, scanned under a policy that lies elsewhere.
fn scan(policy: &str, files: &[(&str, String)]) -> Run {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q"]);
    fixture.write("app.py", format!("db_password = '{}'\n", password()));
    for (name, text) in files {
        fixture.write(name, text);
    }
    let policy_file = fixture.home().join("policy.toml");
    std::fs::write(&policy_file, policy).expect("a file");
    let policy_file = policy_file.to_str().expect("a plain path");
    let free = fixture.run(&[".", "--format", "json"]);
    assert_eq!(free.places().len(), 0, "without a policy the repository gets its way: {free:?}");
    fixture.run(&[".", "--format", "json", "--policy", policy_file])
}

#[test]
fn every_way_to_hide_a_leak_is_closed_and_told() {
    let leak = format!("db_password = '{}'", password());
    let config = |text: &str| (".secretscan.toml", text.to_owned());
    for (key, files) in [
        ("rules.disable", vec![config("[rules]\ndisable = ['generic-password']\n")]),
        ("allow.paths", vec![config("[allow]\npaths = ['*.py']\n")]),
        ("allow.findings", vec![config("[[allow.findings]]\nvalues = ['.']\n")]),
        ("min-confidence", vec![config("min-confidence = 1.0\n")]),
        (
            "rule",
            vec![config(
                "[[rule]]\nid = 'mine'\ndescription = 'x'\nkind = 'password'\nseverity = 'note'\ndetector = 'token'\n\
                 keywords = ['Tr0ub']\npattern = '(?<secret>Tr0ub[^\\n]*[0-9])'\npublishable = true\nremediation = 'none'\n",
            )],
        ),
        (
            "allow.paths",
            vec![config("extend = 'more.toml'\n"), ("more.toml", "[allow]\npaths = ['*.py']\n".to_owned())],
        ),
        ("in force", vec![("app.py", format!("{leak}  # secretscan:allow\n"))]),
    ] {
        let run = scan("", &files);
        assert_eq!((run.code, run.places()), (1, vec!["app.py:1".to_owned()]), "{key}: {run:?}");
        assert!(run.json()["ledger"]["notices"].to_string().contains(key), "{key}: {run:?}");
    }
}

#[test]
fn a_baseline_of_the_repository_takes_a_permission() {
    let fixture = Fixture::new();
    fixture.write("app.py", format!("db_password = '{}'\n", password()));
    fixture.run(&["baseline", "create"]);
    let scan = |policy: &str| {
        let file = fixture.home().join("policy.toml");
        std::fs::write(&file, policy).expect("a file");
        fixture.run(&[".", "--policy", file.to_str().expect("a plain path")]).code
    };
    assert_eq!(fixture.run(&["."]).code, 0);
    assert_eq!(scan(""), 1);
    assert_eq!(scan("permit = ['baseline']"), 0);
    assert_eq!(scan("permit = ['base-line']"), 2);
}

#[test]
fn a_policy_sets_what_the_repository_does_not() {
    let fixture = Fixture::new();
    fixture.write("tests/a.py", format!("db_password = '{}'\n", password()));
    let policy = fixture.write("policy.toml", "tests = 'keep'\nfail-on = 'error'\n");
    let policy = policy.to_str().expect("a plain path");
    let severity = |run: &Run| run.json()["findings"][0]["severity"].clone();
    let run = fixture.run(&["tests", "--format", "json", "--policy", policy]);
    assert_eq!((run.code, severity(&run)), (1, "error".into()), "{run:?}");
    let run = fixture.run(&["tests", "--format", "json"]);
    assert_eq!(severity(&run), "warning");
    assert_eq!(fixture.run(&["tests", "--policy", "nowhere.toml"]).code, 2);
}
