use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

use super::*;
use crate::candidate::{Proof, Syntax};
use crate::judge::Window;
use crate::rule::{Detector, Kind, Rule};

/// Answers with the value's length / 100, and counts its questions. Values "never…" are not to be kept.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicU64>);

impl Counting {
    fn asked(&self) -> u64 {
        self.0.swap(0, Ordering::SeqCst)
    }
}

impl Judge for Counting {
    fn judge(&mut self, queries: &[Query]) -> Result<Vec<f32>, JudgeError> {
        self.0.fetch_add(queries.len() as u64, Ordering::SeqCst);
        Ok(queries.iter().map(|q| q.window.value.len() as f32 / 100.0).collect())
    }

    fn name(&self) -> String {
        "counting".into()
    }

    fn cache_material(&self, query: &Query) -> Option<Vec<u8>> {
        (!query.window.value.starts_with(b"never")).then(|| query.window.value.clone())
    }
}

fn query(value: &str) -> Query {
    Query {
        window: Window {
            path: "p".into(),
            before: vec![],
            left: vec![],
            value: value.into(),
            right: vec![],
            after: vec![],
            key: None,
            usage: None,
        },
        rule: Rule::for_test("generic-password", Kind::Password, Detector::Assignment),
        syntax: Syntax::Bare,
        proof: Proof::None,
        statistics: crate::judge::FileStatistics::default(),
        prior: 0.0,
    }
}

fn queries(values: &[&str]) -> Vec<Query> {
    values.iter().map(|v| query(v)).collect()
}

#[test]
fn known_answers_are_not_asked_again_even_by_another_process() {
    let folder = tempfile::tempdir().expect("temp");
    let path = folder.path().join("a/b/verdicts.db");
    let counting = Counting::default();
    let mut first = CachedJudge::new(counting.clone(), Cache::open(&path).expect("new"));
    assert_eq!(first.judge(&queries(&["a", "bb", "ccc"])).expect("answers"), [0.01, 0.02, 0.03]);
    assert_eq!(counting.asked(), 3);
    // A second connection while the first is open, as another process has it; order and mixture do not matter.
    let mut second = CachedJudge::new(counting.clone(), Cache::open(&path).expect("again"));
    assert_eq!(second.judge(&queries(&["ccc", "dddd", "a"])).expect("answers"), [0.03, 0.04, 0.01]);
    assert_eq!((counting.asked(), second.hits()), (1, 2));
    assert_eq!(second.judge(&queries(&["dddd"])).expect("answers"), [0.04]);
    assert_eq!(counting.asked(), 0);
}

#[test]
fn a_judge_that_forbids_it_is_always_asked() {
    let folder = tempfile::tempdir().expect("temp");
    let counting = Counting::default();
    let cache = Cache::open(&folder.path().join("v.db")).expect("new");
    let mut judge = CachedJudge::new(counting.clone(), cache);
    for _ in 0..2 {
        assert_eq!(judge.judge(&queries(&["never1", "b"])).expect("answers"), [0.06, 0.01]);
    }
    assert_eq!(counting.asked(), 3);
}

#[test]
fn the_file_holds_neither_text_nor_unsalted_hashes() {
    let folder = tempfile::tempdir().expect("temp");
    let value = ["cor", "rect-hor", "se-battery"].concat();
    let files: Vec<Vec<u8>> = ["one.db", "two.db"]
        .iter()
        .map(|name| {
            let path = folder.path().join(name);
            let mut judge = CachedJudge::new(Counting::default(), Cache::open(&path).expect("new"));
            judge.judge(&queries(&[&value])).expect("answers");
            drop(judge);
            std::fs::read(&path).expect("written")
        })
        .collect();
    let unsalted: Key = Sha256::digest(value.as_bytes()).into();
    for file in &files {
        for forbidden in [value.as_bytes(), &unsalted[..]] {
            assert!(memchr::memmem::find(file, forbidden).is_none());
        }
    }
    let keys: Vec<Key> = ["one.db", "two.db"]
        .iter()
        .map(|n| Cache::open(&folder.path().join(n)).expect("old").key(b"x"))
        .collect();
    assert_ne!(keys[0], keys[1], "two files cannot be compared");
}

#[test]
fn what_is_no_cache_is_an_error_that_names_file_and_remedy() {
    let folder = tempfile::tempdir().expect("temp");
    let path = folder.path().join("v.db");
    let foreign = |sql: &str| {
        std::fs::remove_file(&path).ok();
        Connection::open(&path).expect("sqlite").execute_batch(sql).expect("sql");
    };
    let expect = |cause: &str| {
        let error = Cache::open(&path).expect_err(cause).to_string();
        assert!(error.contains("v.db") && error.contains("--no-cache") && error.contains(cause), "{error}");
    };
    std::fs::write(&path, b"this is no database, but it is longer than a header would be ".repeat(40))
        .expect("file");
    expect("not a database");
    foreign("CREATE TABLE other (x)");
    expect("another program");
    foreign(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 99; CREATE TABLE t (x)"));
    expect("version 99");
    std::fs::remove_file(&path).expect("there");
    std::fs::create_dir(&path).expect("folder");
    expect("unable to open");
}

#[test]
fn a_truncated_file_is_an_error_or_empty_and_never_a_wrong_answer() {
    let folder = tempfile::tempdir().expect("temp");
    let path = folder.path().join("v.db");
    let mut judge = CachedJudge::new(Counting::default(), Cache::open(&path).expect("new"));
    let many: Vec<Query> =
        (0..400).map(|n| query(&"v".repeat(n % 97).replace('v', &n.to_string()))).collect();
    let answers = judge.judge(&many).expect("answers");
    drop(judge);
    let whole = std::fs::read(&path).expect("file");
    for cut in (0..whole.len()).step_by(1777) {
        std::fs::write(&path, &whole[..cut]).expect("file");
        if let Ok(cache) = Cache::open(&path) {
            assert_eq!(
                CachedJudge::new(Counting::default(), cache).judge(&many).expect("answers"),
                answers,
                "{cut}"
            );
        }
    }
}

#[test]
fn a_cache_that_breaks_on_the_way_is_put_aside_and_named() {
    let folder = tempfile::tempdir().expect("temp");
    let path = folder.path().join("v.db");
    let cache = Cache::open(&path).expect("new");
    Connection::open(&path).expect("sqlite").execute_batch("DROP TABLE verdict").expect("sql");
    let mut judge = CachedJudge::new(Counting::default(), cache);
    assert_eq!(judge.judge(&queries(&["a", "bb"])).expect("answers"), [0.01, 0.02]);
    assert!(judge.trouble().expect("trouble").to_string().contains("v.db"));
    assert_eq!(judge.judge(&queries(&["a"])).expect("answers"), [0.01]);
}

#[test]
fn threads_that_write_at_once_all_get_their_answers() {
    let folder = tempfile::tempdir().expect("temp");
    let path = folder.path().join("v.db");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut judge = CachedJudge::new(Counting::default(), Cache::open(&path).expect("opens"));
                for n in 0..20 {
                    assert_eq!(
                        judge.judge(&queries(&[&"x".repeat(n)])).expect("answers"),
                        [n as f32 / 100.0]
                    );
                }
                assert!(judge.trouble().is_none());
            });
        }
    });
    let counting = Counting::default();
    let mut judge = CachedJudge::new(counting.clone(), Cache::open(&path).expect("opens"));
    judge.judge(&queries(&["xxx", "xxxxx"])).expect("answers");
    assert_eq!(counting.asked(), 0);
}
