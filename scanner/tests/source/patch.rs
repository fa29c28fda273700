//! Diffs on standard input: what git writes in all its forms, and what nobody should write.

use std::collections::BTreeSet;

use secretscan::ledger::SkipReason;
use secretscan::source::patch::{PatchOptions, scan_patch};

use crate::git::{Repo, added};
use crate::record::{Record, Seen};
use crate::staged_random::World;

fn scan(diff: impl AsRef<[u8]>) -> Seen {
    let record = Record::default();
    scan_patch(diff.as_ref(), &PatchOptions::default(), &&record);
    record.finish()
}

fn lines(seen: &Seen) -> Vec<(&str, Vec<u64>)> {
    let all = |blob: &crate::record::Blob| blob.counted().into_iter().collect();
    seen.blobs.iter().map(|blob| (blob.path.as_str(), all(blob))).collect()
}

fn numbered(lines: std::ops::Range<u32>) -> String {
    lines.map(|n| ["line number ", &n.to_string(), "\n"].concat()).collect()
}

#[test]
fn random_diffs_are_read_as_git_wrote_them() {
    for seed in 0..20 {
        let mut world = World::new(seed + 900);
        for _ in 0..3 {
            for _ in 0..6 {
                world.step();
            }
            world.repo.git(&["add", "-A"]);
            world.repo.commit();
        }
        for context in ["-U0", "-U3", "-U30"] {
            for prefix in ["--src-prefix=a/", "--no-prefix"] {
                let diff = world.repo.git(&["diff", "-M", context, prefix, "HEAD~1", "HEAD"]) + "\n";
                let seen = scan(&diff);
                assert_eq!(seen.failures, [], "seed {seed}");
                assert_eq!(
                    added(&seen),
                    added(&world.repo.range("HEAD~1..HEAD")),
                    "seed {seed} {context} {prefix}"
                );
            }
        }
    }
}

#[test]
fn hunks_are_placed_on_the_lines_of_the_new_file() {
    let repo = Repo::new();
    repo.add("a.txt", numbered(0..90));
    repo.commit();
    let edited = numbered(0..90).replace("line number 20\n", "new\n").replace("line number 70\n", "a\nb\n");
    repo.add("a.txt", edited);
    let seen = scan(repo.git(&["diff", "--cached"]) + "\n").clean();
    assert_eq!(lines(&seen), [("a.txt", vec![21, 71, 72])]);
    assert_eq!(seen.blobs[0].segments, 2);
    assert!(seen.texts()[0].1.contains("line number 19\nnew\nline number 21\n"), "context is there");
}

#[test]
fn odd_names_files_without_line_breaks_and_crlf() {
    let repo = Repo::new();
    for name in ["with space.txt", "tab\there.txt", "über.txt", "quo\"te.txt", "b/b.txt"] {
        repo.add(name, "no line break");
    }
    repo.add("dos.txt", "one\r\ntwo\r\n");
    for quote in ["core.quotePath=true", "core.quotePath=false"] {
        let seen = scan(repo.git(&["-c", quote, "diff", "--cached"]) + "\n").clean();
        let mut expected =
            ["b/b.txt", "dos.txt", "quo\"te.txt", "tab\there.txt", "with space.txt", "über.txt"].to_vec();
        expected.sort_unstable();
        assert_eq!(seen.paths(), expected);
        assert_eq!(seen.texts()[0].1, "no line break");
        assert_eq!(seen.texts()[1].1, "one\r\ntwo\r\n");
    }
}

#[test]
fn a_merge_counts_with_all_that_is_new_to_one_parent() {
    let repo = Repo::new();
    repo.add("a.txt", numbered(0..9));
    repo.commit();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.add("a.txt", numbered(0..9).replace("number 4", "theirs"));
    repo.commit();
    repo.git(&["checkout", "-q", "main"]);
    repo.add("a.txt", numbered(0..9).replace("number 4", "ours"));
    repo.commit();
    repo.try_git(&["merge", "-q", "side"]);
    repo.add("a.txt", numbered(0..9).replace("number 4", "evil"));
    repo.commit();
    for form in ["--cc", "-c"] {
        let seen = scan(repo.git(&["show", form]) + "\n").clean();
        assert_eq!(lines(&seen), [("a.txt", vec![5])], "{form}");
    }
}

#[test]
fn what_is_not_in_the_diff_is_counted() {
    let repo = Repo::new();
    repo.add("picture.bin", [0u8, 1, 2, 3]);
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},sub", "12".repeat(20))]);
    repo.add("gone.txt", "x\n");
    for binary in ["--binary", "--no-binary"] {
        let diff = match binary {
            "--binary" => repo.git(&["diff", "--cached", "--binary"]),
            _ => repo.git(&["diff", "--cached"]),
        };
        let seen = scan(diff + "\n");
        let skipped =
            [("picture.bin".to_owned(), SkipReason::BinaryDiff), ("sub".to_owned(), SkipReason::Submodule)];
        assert_eq!((seen.skipped, seen.failures.len()), (skipped.to_vec(), 0), "{binary}");
    }
}

#[test]
fn logs_and_mails_hold_diffs_too() {
    let repo = Repo::new();
    repo.add("a.txt", "a\n");
    repo.commit();
    repo.add("a.txt", "a\nb\n");
    repo.git(&["commit", "-q", "-m", "subject\n\n+ looks added\n@@ looks like a hunk\n--- a/x"]);
    for form in [&["log", "-p"][..], &["format-patch", "--stdout", "--root", "HEAD"]] {
        let seen = scan(repo.git(form) + "\n").clean();
        assert_eq!(lines(&seen), [("a.txt", vec![1]), ("a.txt", vec![2])], "{form:?}");
    }
}

#[test]
fn a_plain_diff_without_git_is_read() {
    let diff = "--- old/x.c\t2026-01-01 00:00:00\n+++ new/x.c\t2026-01-02 00:00:00\n@@ -1 +1,2 @@\n a\n+b\n\
                --- old/y.c\n+++ new/y.c\n@@ -0,0 +1 @@\n+c\n";
    assert_eq!(lines(&scan(diff).clean()), [("new/x.c", vec![2]), ("new/y.c", vec![1])]);
}

/// The lines that failures name.
fn named(seen: &Seen) -> BTreeSet<u64> {
    let number = |cause: &str| cause.strip_prefix("line ")?.split(' ').next()?.parse().ok();
    seen.failures.iter().filter_map(|failure| number(&failure.cause)).collect()
}

#[test]
fn what_makes_no_sense_is_a_failure_with_its_line_and_the_rest_is_scanned() {
    let head = "diff --git a/x b/x\n--- a/x\n+++ b/x\n";
    let next = "diff --git a/y b/y\n--- a/y\n+++ b/y\n@@ -0,0 +1 @@\n+y\n";
    for (broken, line, kept) in [
        ("@@ -1,2 +1,3 @@\n a\n+cut\n", 7, true),
        ("@@ -1 +1,9 @@\n+one\n*nonsense\n", 6, true),
        ("@@ -1 +1,x @@\n+lost\n", 4, false),
        ("@@ -0,0 +1 @@\n+one\n+too many\n", 6, true),
    ] {
        let seen = scan([head, broken, next].concat());
        assert_eq!(named(&seen), [line].into(), "{broken:?}: {:?}", seen.failures);
        assert_eq!(seen.paths(), if kept { vec!["x", "y"] } else { vec!["y"] }, "{broken:?}");
    }
    assert_eq!(named(&scan([head, "@@ -1,2 +1,3 @@\n a\n+cut"].concat())), [7].into(), "the end");
    assert_eq!(named(&scan("@@ -0,0 +1 @@\n+x\n")), [1].into(), "no file");
}

#[test]
fn an_input_without_a_diff_is_no_silent_pass() {
    assert_eq!(scan("fatal: not a git repository\n").failures.len(), 1);
    let empty = scan("");
    assert_eq!((empty.failures.len(), empty.notices), (0, vec!["the diff is empty".to_owned()]));
}
