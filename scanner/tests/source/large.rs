//! Large inputs in bounded memory.

use std::io::Read;

use secretscan::ledger::{Failure, SkipReason};
use secretscan::source::stdin::{StreamOptions, scan_stream};
use secretscan::source::{BlobInfo, BlobSink, Segment, Sink};

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

/// Memory is that of the whole process: this test runs again in a process of its own.
#[test]
fn a_line_of_a_gigabyte_takes_little_memory() {
    let name = "large::a_line_of_a_gigabyte_takes_little_memory";
    if std::env::args().all(|argument| argument != name) {
        let test = std::env::current_exe().expect("this program");
        let output = std::process::Command::new(test).args(["--exact", name]).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
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
