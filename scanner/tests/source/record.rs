//! A sink that keeps everything.

use std::collections::BTreeSet;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use secretscan::ledger::{Failure, SkipReason};
use secretscan::source::files::{FileOptions, scan_paths};
use secretscan::source::{BlobInfo, BlobSink, Content, Scope, Segment, Sink};

/// A blob as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Blob {
    pub(crate) path: String,
    /// The own ranges of all segments, joined.
    pub(crate) text: Vec<u8>,
    /// Lines that count; `None`: all.
    pub(crate) lines: Option<BTreeSet<u64>>,
    pub(crate) binary: bool,
    pub(crate) segments: usize,
    pub(crate) stored: u64,
    pub(crate) failed: bool,
    /// The commit that it is from, and its id (history only).
    pub(crate) commit: Option<String>,
    pub(crate) id: Option<String>,
}

impl Blob {
    /// The lines that count, by number.
    pub(crate) fn counted(&self) -> BTreeSet<u64> {
        let all = || (1..=self.text.split_inclusive(|&b| b == b'\n').count() as u64).collect();
        self.lines.clone().unwrap_or_else(all)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) blobs: Vec<Blob>,
    pub(crate) skipped: Vec<(String, SkipReason)>,
    pub(crate) failures: Vec<Failure>,
    pub(crate) notices: Vec<String>,
    /// Containers that were opened.
    pub(crate) opened: u64,
}

impl Seen {
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.blobs.iter().map(|blob| blob.path.as_str()).collect()
    }

    pub(crate) fn texts(&self) -> Vec<(&str, &str)> {
        let text = |blob: &'_ Blob| std::str::from_utf8(&blob.text).expect("UTF-8").to_owned().leak() as &str;
        self.blobs.iter().map(|blob| (blob.path.as_str(), text(blob))).collect()
    }

    /// Asserts that nothing went wrong and nothing was left out.
    pub(crate) fn clean(self) -> Self {
        assert_eq!(self.failures, []);
        assert_eq!(self.skipped, []);
        assert_eq!(self.notices, [""; 0]);
        self
    }
}

type Hook = Box<dyn Fn(&str) + Sync>;

/// The sink; `on_begin` is called with every blob's path.
#[derive(Default)]
pub(crate) struct Record {
    seen: Mutex<Seen>,
    pub(crate) on_begin: Option<Hook>,
}

impl Record {
    /// What arrived, in a fixed order.
    pub(crate) fn finish(self) -> Seen {
        let mut seen = self.seen.into_inner().expect("no reader panicked");
        seen.blobs.sort();
        seen.skipped.sort();
        seen.failures.sort();
        seen.notices.sort();
        seen
    }
}

impl<'a> Sink for &'a Record {
    type Worker = Worker<'a>;
    fn worker(&self) -> Worker<'a> {
        Worker { record: self, seen: Seen::default(), current: None }
    }
}

pub(crate) struct Worker<'a> {
    record: &'a Record,
    seen: Seen,
    current: Option<Blob>,
}

impl BlobSink for Worker<'_> {
    fn begin(&mut self, info: BlobInfo) {
        assert!(self.current.is_none(), "the blob before has ended");
        if let Some(hook) = &self.record.on_begin {
            hook(&info.origin.path);
        }
        let lines = match info.scope {
            Scope::All => None,
            Scope::Lines(ranges) => Some(ranges.into_iter().flatten().collect()),
        };
        self.current = Some(Blob {
            path: info.origin.path.clone(),
            text: Vec::new(),
            lines,
            binary: false,
            segments: 0,
            stored: 0,
            failed: false,
            commit: info.origin.commit.clone(),
            id: info.origin.blob.clone(),
        });
    }

    fn segment(&mut self, segment: Segment<'_>) {
        let blob = self.current.as_mut().expect("a blob has begun");
        blob.text.extend_from_slice(&segment.text[segment.own.0..segment.own.1]);
        blob.binary = segment.content == Content::Binary;
        blob.segments += 1;
    }

    fn end(&mut self, bytes: u64, failure: Option<Failure>) {
        let mut blob = self.current.take().expect("a blob has begun");
        blob.stored = bytes;
        blob.failed = failure.is_some();
        self.seen.blobs.push(blob);
        self.seen.failures.extend(failure);
    }

    fn opened(&mut self) {
        assert!(self.current.is_none(), "the blob before has ended");
        self.seen.opened += 1;
    }

    fn skipped(&mut self, path: String, reason: SkipReason) {
        self.seen.skipped.push((path, reason));
    }

    fn failed(&mut self, failure: Failure) {
        self.seen.failures.push(failure);
    }

    fn notice(&mut self, text: String) {
        self.seen.notices.push(text);
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        let seen = mem::take(&mut self.seen);
        if let Ok(mut all) = self.record.seen.lock() {
            all.blobs.extend(seen.blobs);
            all.skipped.extend(seen.skipped);
            all.failures.extend(seen.failures);
            all.notices.extend(seen.notices);
            all.opened += seen.opened;
        }
    }
}

/// Scans with the default options.
pub(crate) fn scan(paths: &[&Path]) -> Seen {
    scan_with(paths, &FileOptions::default())
}

pub(crate) fn scan_with(paths: &[&Path], options: &FileOptions) -> Seen {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    let record = Record::default();
    scan_paths(&paths, options, &&record);
    record.finish()
}

/// What `scan` saw, with paths from `dir` on.
pub(crate) fn scan_in(dir: &Path, names: &[&str]) -> Seen {
    let paths: Vec<PathBuf> = names.iter().map(|name| dir.join(name)).collect();
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    relative(scan(&paths), dir)
}

pub(crate) fn relative(mut seen: Seen, dir: &Path) -> Seen {
    let prefix = format!("{}/", dir.to_str().expect("UTF-8"));
    let cut = |path: &mut String| *path = path.replace(&prefix, "");
    seen.blobs.iter_mut().for_each(|blob| cut(&mut blob.path));
    seen.skipped.iter_mut().for_each(|(path, _)| cut(path));
    seen.failures.iter_mut().for_each(|failure| cut(&mut failure.path));
    seen.notices.iter_mut().for_each(cut);
    seen
}
