//! What vanishes, changes or was never there: always a failure, never silence, and the scan goes on.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use secretscan::source::files::{FileOptions, scan_paths};

use crate::record::{Record, relative, scan_in};

#[test]
fn a_path_that_does_not_exist_is_a_failure_and_the_others_are_scanned() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("a"), "a").expect("a file");
    let seen = scan_in(dir.path(), &["missing", "a", "a/below", "missing/too"]);
    assert_eq!(seen.paths(), ["a"]);
    let failed: Vec<_> = seen.failures.iter().map(|failure| failure.path.as_str()).collect();
    assert_eq!(failed, ["a/below", "missing", "missing/too"]);
    assert!(seen.failures.iter().all(|failure| !failure.cause.is_empty() && !failure.remedy.is_empty()));
}

#[test]
fn thousands_of_bad_names_do_not_block_the_scan() {
    let names: Vec<String> = (0..10_000).map(|n| format!("missing{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let seen = scan_in(Path::new("/nonexistent"), &names);
    assert_eq!(seen.failures.len(), 10_000);
}

/// Scans `a` and `b` with one reader, which changes `b` when it begins `a` (or `a` itself).
fn scan_while(change: impl Fn(&Path) + Sync + Send + 'static) -> crate::record::Seen {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().canonicalize().expect("it exists");
    let names = ["a", "b"].map(|name| path.join(name));
    for name in &names {
        fs::write(name, "content\n").expect("a file");
    }
    let inside = path.clone();
    let mut record = Record::default();
    record.on_begin = Some(Box::new(move |begun| {
        if begun.ends_with("/a") {
            change(&inside);
        }
    }));
    scan_paths(&names, &FileOptions { threads: 1, ..FileOptions::default() }, &&record);
    relative(record.finish(), &path)
}

#[test]
fn a_file_that_vanishes_is_a_failure() {
    let seen = scan_while(|dir| fs::remove_file(dir.join("b")).expect("removed"));
    assert_eq!(seen.paths(), ["a"]);
    assert_eq!(seen.failures.len(), 1);
    assert_eq!(seen.failures[0].path, "b");
    assert!(seen.failures[0].cause.contains("gone"));
}

#[test]
fn a_file_that_grows_while_it_is_read_is_a_failure_after_its_blob() {
    let seen = scan_while(|dir| {
        let mut file = OpenOptions::new().append(true).open(dir.join("a")).expect("open");
        file.write_all(b"more\n").expect("written");
    });
    assert_eq!(seen.texts(), [("a", "content\n"), ("b", "content\n")]);
    assert!(seen.blobs[0].failed && !seen.blobs[1].failed);
    assert!(seen.failures[0].cause.contains("changed"));
}

#[test]
fn a_file_that_becomes_something_else_is_never_read_as_it() {
    let become_link = |dir: &Path| {
        fs::remove_file(dir.join("b")).expect("removed");
        std::os::unix::fs::symlink("/etc/passwd", dir.join("b")).expect("a link");
    };
    let become_folder = |dir: &Path| {
        fs::remove_file(dir.join("b")).expect("removed");
        fs::create_dir(dir.join("b")).expect("a folder");
    };
    for seen in [scan_while(become_link), scan_while(become_folder)] {
        assert_eq!(seen.paths(), ["a"]);
        assert_eq!(seen.failures.len(), 1);
        assert_eq!(seen.failures[0].path, "b");
    }
    let seen = scan_while(|dir| {
        fs::remove_file(dir.join("b")).expect("removed");
        assert!(
            std::process::Command::new("mkfifo").arg(dir.join("b")).status().expect("mkfifo runs").success()
        );
    });
    assert_eq!(
        (seen.paths(), seen.failures.len(), seen.skipped.len()),
        (vec!["a"], 0, 1),
        "a pipe does not block"
    );
}

#[test]
fn very_deep_folders_are_walked() {
    let dir = tempfile::tempdir().expect("a folder");
    let deep = "d/".repeat(900);
    fs::create_dir_all(dir.path().join(&deep)).expect("folders");
    fs::write(dir.path().join(&deep).join("file"), "x").expect("a file");
    assert_eq!(scan_in(dir.path(), &["."]).clean().paths(), [format!("{deep}file")]);
}
