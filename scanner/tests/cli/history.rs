//! `secretscan history` through the program: whose a finding is, what is remembered, which exit code.

use serde_json::Value;

use crate::fixture::{Fixture, github_token, isolate, password};

fn leak(name: &str) -> String {
    format!("{name}_password = '{}'\n", password())
}

fn repository() -> Fixture {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q", "-b", "main"]);
    fixture
}

/// Commits everything at a minute of its own, so that there is one order.
fn commit(fixture: &Fixture, author: &str, minute: u32) -> String {
    fixture.git(&["add", "-A"]);
    let mut git = std::process::Command::new("git");
    git.args(["commit", "-q", "--allow-empty", "-m", author]).current_dir(fixture.path());
    isolate(&mut git, fixture.path());
    let date = format!("2026-01-02T03:{minute:02}:05+01:00");
    git.env("GIT_AUTHOR_NAME", author).env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
    assert!(git.status().expect("git starts").success());
    fixture.git(&["rev-parse", "HEAD"]).trim().to_owned()
}

fn text(finding: &Value, name: &str) -> String {
    finding[name].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_secret_is_reported_once_for_a_file_at_the_commit_that_brought_it() {
    let fixture = repository();
    fixture.write("app.py", "x = 1\n");
    commit(&fixture, "Ada", 1);
    fixture.write("app.py", format!("x = 1\n{}y = 2\n", leak("db")));
    let guilty = commit(&fixture, "Bob", 2);
    fixture.write("app.py", format!("x = 2\ny = 3\n{}z = 4\n", leak("db")));
    commit(&fixture, "Cid", 3);
    fixture.git(&["mv", "app.py", "server.py"]);
    fixture.write("server.py", format!("x = 2\ny = 3\n{}z = 5\n", leak("db")));
    commit(&fixture, "Dan", 4);
    fixture.write("server.py", "x = 2\ny = 3\nz = 5\n");
    commit(&fixture, "Eve", 5);
    let run = fixture.run(&["history", "--format", "json"]);
    assert_eq!((run.code, run.places()), (1, vec!["app.py:2".to_owned()]), "{run:?}");
    let report = run.json();
    let finding = &report["findings"][0];
    assert_eq!(text(finding, "commit"), guilty);
    assert_eq!(text(finding, "author"), "Bob <tester@example.org>");
    assert_eq!(text(finding, "date"), "2026-01-02T03:02:05+01:00");
    assert_eq!(fixture.git(&["rev-parse", &format!("{guilty}:app.py")]).trim(), text(finding, "blob"));
    assert_eq!(report["ledger"]["history"]["commits"], 5);
    assert_eq!(report["ledger"]["history"]["unique_blobs"], 5);
    let shown = fixture.run(&["history"]).stdout;
    assert!(shown.contains(&format!("commit: {guilty} by Bob <tester@example.org>, 2026-01-02")), "{shown}");
    assert!(shown.contains("5 commits"), "{shown}");
}

/// The commit that renames it changes nothing, so its content is known by the old name only.
#[test]
fn a_file_that_is_renamed_first_and_changed_later_is_the_same_file() {
    let fixture = repository();
    fixture.write("old.py", format!("x = 1\n{}y = 2\n", leak("db")));
    let guilty = commit(&fixture, "Ada", 1);
    fixture.git(&["mv", "old.py", "new.py"]);
    commit(&fixture, "Bob", 2);
    fixture.write("new.py", format!("x = 2\n{}y = 2\n", leak("db")));
    commit(&fixture, "Cid", 3);
    let run = fixture.run(&["history", "--format", "json"]);
    assert_eq!(run.places(), ["old.py:2"], "{run:?}");
    assert_eq!(text(&run.json()["findings"][0], "commit"), guilty);
    // A copy that is changed later stays a finding of its own.
    std::fs::copy(fixture.path().join("new.py"), fixture.path().join("copy.py")).expect("a copy");
    commit(&fixture, "Dan", 4);
    fixture.write("copy.py", format!("x = 3\n{}y = 2\n", leak("db")));
    commit(&fixture, "Eve", 5);
    let run = fixture.run(&["history", "--format", "json"]);
    assert_eq!(run.places(), ["copy.py:2", "old.py:2"], "{run:?}");
    assert_eq!(fixture.run(&["history", "--format", "json"]).places(), run.places(), "with the cache");
}

#[test]
fn a_copy_in_another_file_is_a_finding_of_its_own() {
    let fixture = repository();
    fixture.write("a.py", leak("db"));
    commit(&fixture, "Ada", 1);
    fixture.write("b.py", format!("import a\n{}", leak("db")));
    commit(&fixture, "Bob", 2);
    let run = fixture.run(&["history", "--format", "json"]);
    assert_eq!(run.places(), ["a.py:1", "b.py:2"], "{run:?}");
}

#[test]
fn sarif_shows_history_only_when_asked_for() {
    let fixture = repository();
    fixture.write("a.py", leak("db"));
    commit(&fixture, "Ada", 1);
    let results = |arguments: &[&str]| -> usize {
        let sarif: Value = serde_json::from_str(&fixture.run(arguments).stdout).expect("SARIF");
        sarif["runs"][0]["results"].as_array().expect("results").len()
    };
    assert_eq!(results(&["history", "--format", "sarif"]), 0);
    assert_eq!(results(&["history", "--format", "sarif", "--sarif-history"]), 1);
    let said = fixture.run(&["history", "--format", "sarif"]).stdout;
    assert!(said.contains("history-only"), "{said}");
}

#[test]
fn an_empty_repository_and_a_wrong_name_are_no_success() {
    let fixture = repository();
    let run = fixture.run(&["history", "--format", "json"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.json()["ledger"]["failures"][0]["cause"].to_string().contains("no commit"), "{run:?}");
    assert_eq!(fixture.run(&["history", "--branch", "nobody"]).code, 2);
    assert_eq!(fixture.run(&["history", "--since", "nonsense"]).code, 2);
    assert_eq!(Fixture::new().run(&["history"]).code, 2);
}

#[test]
fn a_walk_over_no_commit_is_never_clean_unless_that_was_expected() {
    let fixture = repository();
    fixture.write("app.py", "x = 1\n");
    commit(&fixture, "Ada", 1);
    fixture.git(&["checkout", "-q", "-b", "side"]);
    fixture.write("side.py", "y = 1\n");
    commit(&fixture, "Bob", 2);
    for (arguments, cause, remedy) in [
        (&["--since", "2099-01-01"][..], "--since 2099-01-01", "git log"),
        (&["--branch", "HEAD..HEAD"], "HEAD..HEAD", "git log"),
        (&["--branch", "side..main"], "side..main", "the other way round, main..side,"),
        (&["--branch", "main", "--since", "2099-01-01"], "main --since 2099-01-01", "git log"),
        (&["--branch", "side..main", "--branch", "side..side"], "side..main side..side", "git log"),
    ] {
        let arguments = [&["history", "--format", "json"], arguments].concat();
        let run = fixture.run(&arguments);
        assert_eq!(run.code, 3, "{run:?}");
        let ledger = run.json()["ledger"].clone();
        assert_eq!(ledger["history"]["commits"], 0, "{ledger}");
        let failure = &ledger["failures"][0];
        assert_eq!(failure["path"], "(history)", "{ledger}");
        assert!(text(failure, "cause").contains(&format!("no commit lies in {cause}:")), "{failure}");
        assert!(text(failure, "remedy").contains(remedy), "{failure}");
        assert!(text(failure, "remedy").contains("--allow-empty"), "{failure}");
        assert_eq!(fixture.run(&[&arguments[..], &["--exit-zero"]].concat()).code, 3);
        let run = fixture.run(&[&arguments[..], &["--allow-empty"]].concat());
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.json()["ledger"]["notices"].to_string().contains("no commit lies"), "{run:?}");
    }
    assert_eq!(fixture.run(&["history", "--branch", "main..side"]).code, 0);
}

/// Findings without what may differ between a first and a second run: what was counted on the way.
fn findings(fixture: &Fixture, arguments: &[&str]) -> (i32, Value, u64) {
    let run = fixture.run(&[&["history", "--format", "json"], arguments].concat());
    let report = run.json();
    let known = report["ledger"]["history"]["known_clean_blobs"].as_u64().expect("a count");
    (run.code, report["findings"].clone(), known)
}

#[test]
fn a_second_run_reads_only_what_is_new_or_was_found_and_says_the_same() {
    let fixture = repository();
    for number in 0..20 {
        fixture.write(&format!("src/clean{number}.py"), format!("value = {number}\n"));
        if number % 5 == 0 {
            fixture.write(&format!("leaks/leak{number}.py"), leak(&format!("db{number}")));
        }
        commit(&fixture, "Ada", number);
    }
    let first = findings(&fixture, &[]);
    assert_eq!((first.0, first.2), (1, 0));
    assert_eq!(first.1.as_array().map(Vec::len), Some(4));
    let second = findings(&fixture, &[]);
    assert_eq!((second.0, &second.1, second.2), (1, &first.1, 20));
    assert_eq!(findings(&fixture, &["--threads", "1"]).1, first.1);
    assert_eq!(findings(&fixture, &["--no-cache"]), first);
    // Other settings have nothing to do with what was known.
    assert_eq!(findings(&fixture, &["--preset", "recall"]).2, 0);

    fixture.write("src/new.py", leak("new"));
    commit(&fixture, "Bob", 30);
    let third = findings(&fixture, &[]);
    assert_eq!(third.1, findings(&fixture, &["--no-cache"]).1);
    assert_eq!((third.1.as_array().map(Vec::len), third.2), (Some(5), 20));

    // A head that is gone makes the last visit worthless, but not what is known of each blob.
    fixture.git(&["reset", "-q", "--hard", "HEAD~3"]);
    let fourth = findings(&fixture, &[]);
    assert_eq!(fourth.1, findings(&fixture, &["--no-cache"]).1);
    assert_eq!(fourth.2, 18);
}

#[test]
fn a_second_run_walks_no_commit_that_was_known_whatever_tags_and_forks_there_are() {
    let fixture = repository();
    for number in 0..12 {
        fixture.write(&format!("clean{number}.py"), format!("value = {number}\n"));
        fixture.write("leak.py", format!("x = {number}\n{}", leak(&format!("db{}", number / 4))));
        commit(&fixture, "Ada", number);
        fixture.git(&["tag", &format!("v{number}")]);
    }
    let counts = |arguments: &[&str]| {
        let report = fixture.run(&[&["history", "--format", "json"], arguments].concat()).json();
        (
            report["findings"].clone(),
            report["ledger"]["history"]["commits"].clone(),
            report["ledger"]["blobs"].clone(),
        )
    };
    let first = counts(&[]);
    assert_eq!(first.1, 12);
    let second = counts(&[]);
    assert_eq!((&second.0, &second.1), (&first.0, &first.1));
    assert_eq!(second.2, 12, "only the versions of the file with the leak");
    // A branch from the middle of what is known.
    fixture.git(&["checkout", "-q", "-b", "fork", "v5"]);
    fixture.write("fork.py", leak("fork"));
    commit(&fixture, "Bob", 40);
    let third = counts(&[]);
    assert_eq!((&third.0, &third.1), (&counts(&["--no-cache"]).0, &serde_json::json!(13)));
    assert_eq!(third.2, 13);
}

#[test]
fn the_cache_holds_no_secret_and_no_path() {
    let fixture = repository();
    fixture.write("very_special_name.py", format!("{}token = '{}'\n", leak("db"), github_token()));
    fixture.write("clean_special_name.py", "x = 1\n");
    commit(&fixture, "Ada", 1);
    fixture.run(&["history"]);
    let cache = fixture.home().join(".cache/secretscan/blobs.sqlite");
    let mut bytes = std::fs::read(&cache).expect("a cache");
    bytes.extend(std::fs::read(cache.with_extension("sqlite-wal")).unwrap_or_default());
    for text in ["special_name", &password(), &github_token()] {
        assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
    }
}

#[test]
fn a_broken_cache_is_a_notice_and_everything_is_scanned() {
    let fixture = repository();
    fixture.write("a.py", leak("db"));
    commit(&fixture, "Ada", 1);
    let cache = fixture.home().join(".cache/secretscan/blobs.sqlite");
    std::fs::create_dir_all(cache.parent().expect("a folder")).expect("folders");
    std::fs::write(&cache, "no database at all, but long enough to be taken for one".repeat(20))
        .expect("a file");
    let run = fixture.run(&["history", "--format", "json"]);
    assert_eq!((run.code, run.places().len()), (1, 1), "{run:?}");
    assert!(run.json()["ledger"]["notices"].to_string().contains("cache of clean blobs"), "{run:?}");
}

#[test]
fn what_was_silenced_is_counted_every_time() {
    let fixture = repository();
    fixture.write("a.py", leak("db").replace('\n', "  # secretscan:allow\n"));
    commit(&fixture, "Ada", 1);
    for _ in 0..2 {
        let run = fixture.run(&["history", "--format", "json"]);
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.json()["ledger"]["suppressed"].to_string().contains('1'), "{run:?}");
    }
}
