//! Large inputs in bounded memory.

use std::io::Read;

use secretscan::ledger::{Failure, SkipReason};
use secretscan::source::git::history::{History, HistoryOptions, NoMemory};
use secretscan::source::git::{GitEnvironment, GitOptions};
use secretscan::source::stdin::{StreamOptions, scan_stream};
use secretscan::source::{BlobInfo, BlobSink, Segment, Sink};

use crate::git::Repo;

/// Keeps sizes only.
#[derive(Default)]
struct Sizes {
    longest: usize,
    own: u64,
    stored: u64,
}

struct Measure<'a>(&'a std::sync::Mutex<Sizes>);

impl<'a> Sink for Measure<'a> {
    type Worker = Measure<'a>;
    fn worker(&self) -> Measure<'a> {
        Measure(self.0)
    }
}

impl BlobSink for Measure<'_> {
    fn begin(&mut self, _: BlobInfo) {}
    fn segment(&mut self, segment: Segment<'_>) {
        let mut sizes = self.0.lock().expect("one thread");
        sizes.longest = sizes.longest.max(segment.text.len());
        sizes.own += (segment.own.1 - segment.own.0) as u64;
    }
    fn end(&mut self, bytes: u64, failure: Option<Failure>) {
        assert_eq!(failure, None);
        self.0.lock().expect("one thread").stored = bytes;
    }
    fn opened(&mut self) {}
    fn skipped(&mut self, _: String, _: SkipReason) {}
    fn failed(&mut self, _: Failure) {}
    fn notice(&mut self, _: String) {}
}

/// Most memory this process has had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") * 1024
}

/// Memory is that of the whole process: the test of this name runs again in a process of its own. True there.
fn is_alone(name: &str) -> bool {
    if std::env::args().any(|argument| argument == name) {
        return true;
    }
    let test = std::env::current_exe().expect("this program");
    let output = std::process::Command::new(test).args(["--exact", name]).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    false
}

#[test]
fn a_line_of_a_gigabyte_takes_little_memory() {
    if !is_alone("large::a_line_of_a_gigabyte_takes_little_memory") {
        return;
    }
    let sizes = std::sync::Mutex::default();
    let length = 1 << 30;
    let before = peak();
    scan_stream(std::io::repeat(b'x').take(length), &StreamOptions::default(), &Measure(&sizes));
    let grown = peak() - before;
    let sizes = sizes.into_inner().expect("one thread");
    assert_eq!((sizes.own, sizes.stored), (length, length));
    assert!(sizes.longest < 3 << 20, "segment of {}", sizes.longest);
    assert!(grown < 32 << 20, "grew by {grown}");
}

/// Two threads would have two of them each, and keep the room for the next one.
#[test]
fn large_blobs_of_a_history_are_in_memory_one_at_a_time() {
    if !is_alone("large::large_blobs_of_a_history_are_in_memory_one_at_a_time") {
        return;
    }
    let repo = Repo::new();
    let large = 48 << 20;
    for number in 0..260_u16 {
        let path = format!("f{number:03}");
        repo.write(&path, format!("{number}\n"));
        if number % 65 == 0 {
            // Not through memory, whose peak is what counts.
            let mut file = std::fs::File::create(repo.path.join(path)).expect("a file");
            let letter = b'a' + (number / 65) as u8;
            std::io::copy(&mut std::io::repeat(letter).take(large), &mut file).expect("written");
        }
    }
    repo.git(&["-c", "core.compression=1", "add", "."]);
    repo.commit();
    let sizes = std::sync::Mutex::default();
    let before = peak();
    let git = GitOptions { threads: 2, ..GitOptions::default() };
    let history = HistoryOptions { git, ..HistoryOptions::default() };
    History::open(&repo.path, &GitEnvironment::default(), history)
        .and_then(|history| history.scan(&NoMemory, &Measure(&sizes)).map(drop))
        .expect("history can be scanned");
    let grown = peak() - before;
    assert!(sizes.into_inner().expect("no panic").own > 4 * large, "all of them are read");
    assert!(grown < large * 7 / 4, "grew by {grown}");
}
