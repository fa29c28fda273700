//! The model judge through the program: a tiny model that the test makes, broken models, a broken cache.

use crate::fixture::{Fixture, password};
use crate::tiny_gguf::{Meta, Recipe};

/// Something doubtful: neither clearly safe nor clearly a credential for the documented score.
fn doubtful() -> String {
    (0..12).map(|at| format!("auth_token{at} = '{}-{at}x{at}'\n", ["blue", "kettle"].concat())).collect()
}

fn with_model() -> (Fixture, usize) {
    let fixture = Fixture::new();
    fixture.write("tiny.gguf", Recipe::native().build().bytes);
    fixture.write("app.py", doubtful() + &format!("db_password = '{}'\n", password()));
    let candidates = fixture.run(&["app.py", "--format", "json"]).json()["ledger"]["candidates"].clone();
    (fixture, candidates.as_u64().expect("a count") as usize)
}

/// Findings and safe candidates that the model decided.
fn by_model(report: &serde_json::Value) -> usize {
    let found = report["findings"].as_array().expect("findings");
    let found = found.iter().filter(|finding| finding["verdict"]["by"] == "model").count();
    found + report["ledger"]["safe"]["model-safe"].as_u64().unwrap_or(0) as usize
}

#[test]
fn the_model_judges_and_the_report_names_it() {
    let (fixture, candidates) = with_model();
    let arguments = ["app.py", "--judge", "all", "--model", "tiny.gguf", "--format", "json"];
    let run = fixture.run(&arguments);
    let report = run.json();
    assert_eq!(by_model(&report), candidates, "{run:?}");
    assert_eq!(report["ledger"]["judge"]["mode"], "all");
    assert_eq!(report["ledger"]["judge"]["model_sha256"].as_str().map(str::len), Some(64), "{run:?}");
    let cached = fixture.home().join(".cache/secretscan/verdicts.sqlite");
    let bytes = std::fs::read(&cached).expect("the verdict cache");
    assert!(!bytes.windows(password().len()).any(|window| window == password().as_bytes()));
    assert_eq!(fixture.run(&arguments).stdout, run.stdout, "from the cache");
    let uncached = fixture.run(&[&arguments[..], &["--no-cache", "--threads", "1"]].concat());
    assert_eq!(uncached.stdout, run.stdout, "without the cache, on one thread");
    let off = fixture.run(&["app.py", "--judge", "off", "--model", "tiny.gguf", "--format", "json"]);
    assert_eq!(by_model(&off.json()), 0);
}

#[test]
fn the_report_names_who_decided() {
    let (fixture, _) = with_model();
    fixture.write("plain.txt", "nothing to judge\n");
    let judge = |arguments: &[&str]| {
        fixture.run(&[arguments, &["--format", "json"]].concat()).json()["ledger"]["judge"].clone()
    };
    let none = judge(&["plain.txt"]);
    assert_eq!((none["name"].as_str(), none["model_sha256"].as_str()), (Some("not needed"), None));
    let trees = judge(&["app.py", "--judge", "features"]);
    assert!(
        trees["name"].as_str().is_some_and(|name| name.starts_with("feature model of secretscan-")),
        "{trees}"
    );
    assert_eq!(trees["model_sha256"].as_str().map(str::len), Some(64));
    assert_eq!(judge(&["app.py", "--judge", "off"])["name"], "heuristic");
}

#[test]
fn a_missing_model_is_a_usage_error() {
    let (fixture, _) = with_model();
    let run = fixture.run(&["app.py", "--model", "no.gguf"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("no.gguf") && run.stderr.contains("--judge off"), "{run:?}");
}

#[test]
fn a_broken_model_makes_the_scan_incomplete_and_the_score_decides() {
    let (fixture, _) = with_model();
    let good = std::fs::read(fixture.path().join("tiny.gguf")).expect("the model");
    let other =
        Recipe { set: vec![("general.architecture".into(), Meta::Text("mamba".into()))], ..Recipe::native() };
    let table = [
        ("not a model", b"hello".to_vec()),
        ("cut off", good[..good.len() / 2].to_vec()),
        ("another architecture", other.build().bytes),
    ];
    for (name, bytes) in table {
        fixture.write("broken.gguf", bytes);
        let run = fixture.run(&["app.py", "--judge", "all", "--model", "broken.gguf", "--format", "json"]);
        assert_eq!(run.code, 3, "{name}: {run:?}");
        assert!(!run.places().is_empty(), "{name}: the score decides: {run:?}");
        let failure = run.json()["ledger"]["failures"].to_string();
        assert!(failure.contains("broken.gguf"), "{name}: {failure}");
    }
}

#[test]
fn a_broken_cache_is_noticed_and_not_used() {
    let (fixture, candidates) = with_model();
    let cache = fixture.home().join(".cache/secretscan");
    std::fs::create_dir_all(&cache).expect("a folder");
    std::fs::write(cache.join("verdicts.sqlite"), b"no database at all".repeat(100)).expect("a file");
    let run = fixture.run(&["app.py", "--judge", "all", "--model", "tiny.gguf", "--format", "json"]);
    let report = run.json();
    assert_eq!(by_model(&report), candidates, "{run:?}");
    let notices = report["ledger"]["notices"].to_string();
    assert!(notices.contains("verdicts.sqlite") && notices.contains("--no-cache"), "{notices}");
}
