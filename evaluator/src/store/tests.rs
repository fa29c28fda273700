use super::*;
use crate::figures::tests::item;
use crate::figures::{self, Settings};
use crate::report::{Dataset, Report, class_counts};
use crate::scored::Answer;
use trainer::example::Class;

/// A run of one system that reports the first `alerts` of six items.
fn measured(alerts: usize) -> Measured {
    let classes = [Class::Real, Class::Real, Class::Weak, Class::Not, Class::Not, Class::Placeholder];
    let items: Vec<_> = classes.into_iter().enumerate().map(|(n, class)| item(n, "r", class)).collect();
    let answers: Vec<_> = (0..6).map(|n| Answer::new(0.5, n < alerts)).collect();
    let at: Vec<usize> = (0..6).collect();
    let system = SystemReport {
        name: "score/balanced".into(),
        judge: "tiny".into(),
        model_sha256: Some("ab".repeat(32)),
        counts: [("asked".to_owned(), 6)].into(),
        measures: figures::of(&items, &answers, &at, "all", &Settings::default()),
        ..SystemReport::default()
    };
    let dataset = Dataset {
        name: "test.jsonl".into(),
        sha256: "cd".repeat(32),
        items: class_counts(&items),
        ..Dataset::default()
    };
    let report = Report { kind: "set".into(), dataset, systems: vec![system], ..Report::default() };
    Measured { report, items, answers: vec![answers] }
}

#[test]
fn runs_are_stored_listed_and_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("results.db");
    let label = Label { experiment: "first", began: 1_700_000_000, command: "evaluator set" };
    let mut store = Store::open(&path).expect("a new file");
    let (three, two) = (measured(3), measured(2));
    let first = store.add(&three, &label).expect("stored");
    let second = Store::open(&path).expect("again").add(&two, &label).expect("stored");
    let runs = store.runs().expect("listed");
    assert_eq!(runs.iter().map(|run| run.id).collect::<Vec<_>>(), [second, first]);
    assert_eq!(runs[0].systems, ["score/balanced"]);
    assert_eq!(store.report(first).expect("there"), three.report);

    let changed = differences(&three.report, &two.report, 0.01);
    let recall = changed.iter().find(|d| d.figure == ["all", "recall", "all"].map(str::to_owned));
    let recall = recall.expect("recall fell");
    assert!(recall.after < recall.before && !recall.apart);
    let flips = store.flips((first, second), "score/balanced").expect("asked");
    assert_eq!(flips, [("r/2".to_owned(), "weak".to_owned(), true, false)]);
    store.recommend(first, &["more data".to_owned()]).expect("stored");
    assert!(matches!(store.report(99), Err(StoreError::NoRun { run: 99, .. })));
}

#[test]
fn other_databases_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.db");
    Connection::open(&path).expect("a file").execute_batch("CREATE TABLE t (x)").expect("a table");
    assert!(matches!(Store::open(&path), Err(StoreError::Foreign { found: 0, .. })));
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "no database, just a few words that are long enough").expect("written");
    let error = Store::open(&text).expect_err("no database").to_string();
    assert!(error.contains("notes.txt") && error.contains("--db"), "{error}");
}
