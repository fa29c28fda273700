//! `secretscan diff` through the program; the git cases themselves are tested in `tests/source`.

use crate::fixture::{Fixture, password};

fn leak(name: &str) -> String {
    format!("{name}_password = '{}'\n", password())
}

/// `main` with an old leak, and `side` with a new one.
fn repository() -> Fixture {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q", "-b", "main"]);
    fixture.write("app.py", format!("x = 1\n{}y = 2\n", leak("old")));
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-qm", "first"]);
    fixture.git(&["checkout", "-q", "-b", "side"]);
    fixture.write("app.py", format!("x = 1\n{}y = 3\n{}", leak("old"), leak("new")));
    fixture.git(&["commit", "-qam", "second"]);
    fixture
}

#[test]
fn only_what_the_branch_adds_is_reported() {
    let fixture = repository();
    for range in ["main", "main..side", "main...HEAD"] {
        let run = fixture.run(&["diff", range, "--format", "json"]);
        assert_eq!((run.code, run.places()), (1, vec!["app.py:4".to_owned()]), "{range}: {run:?}");
    }
    let run = fixture.run(&["diff", "side..main", "--format", "json"]);
    assert_eq!((run.code, run.places()), (0, Vec::new()), "{run:?}");
}

#[test]
fn a_diff_on_standard_input_is_reported_on_the_lines_of_the_file() {
    let fixture = repository();
    let diff = fixture.git(&["diff", "main..side"]);
    let run = fixture.run_with_input(&["diff", "-", "--format", "json"], diff.as_bytes());
    assert_eq!((run.code, run.places()), (1, vec!["app.py:4".to_owned()]), "{run:?}");
    let cut = diff.trim_end().rsplit_once('\n').expect("several lines").0;
    let run = fixture.run_with_input(&["diff", "-", "--format", "json"], cut.as_bytes());
    assert_eq!(run.code, 3, "{run:?}");
}

#[test]
fn exit_codes_tell_wrong_names_from_missing_commits() {
    let fixture = repository();
    let unknown = fixture.run(&["diff", "nobody"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("nobody"), "{unknown:?}");
    let missing = fixture.run(&["diff", &"12".repeat(20), "--format", "json"]);
    assert_eq!(missing.code, 3, "{missing:?}");
    let cause = missing.json()["ledger"]["failures"][0]["cause"].to_string();
    assert!(cause.contains(&format!("git fetch origin {}", "12".repeat(20))), "{cause}");
    let outside = Fixture::new();
    assert_eq!(outside.run(&["diff", "main"]).code, 2);
}
