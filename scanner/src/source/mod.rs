//! Where bytes come from: files and folders, standard input, git repositories.
//!
//! A source turns what the user named into [`Blob`]s and hands each to a sink, from several threads at once.
//! What cannot be read goes to the sink as a [`Failure`], never into silence.
//!
//! Every source ends in the same reader: the first bytes tell the encoding and the kind of content, UTF-16 and
//! UTF-32 become UTF-8 on the way, and what is too large for one segment goes out as overlapping ones, in bounded
//! memory. Containers (archives, databases) are opened there. Sources never write, never run a program that a repository names, and read no environment variable.

mod container;
mod decode;
pub mod files;
pub mod git;
mod media;
pub mod patch;
mod read;
mod segment;
mod sniff;
pub mod stdin;

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::ledger::{Failure, SkipReason};
use crate::location::Base;

pub use container::Archives;

/// Says of a path, as shown, that the configuration leaves it out.
pub type Excludes = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Where a blob came from, as reports show it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The path as given on the command line, joined with the path below it; `/` between parts. For standard
    /// input, `--stdin-path` or `<stdin>`. For the index, the path from the top of the work tree. For what lies in a
    /// container, the container's path, `!/`, and the path in it, without `..`.
    pub path: String,
    /// Commit that introduces the blob, in hexadecimal (history only).
    pub commit: Option<String>,
    /// Author of that commit as `Name <email>` (history only).
    pub author: Option<String>,
    /// When that author wrote it: `2026-11-21T13:40:00+01:00` (history only).
    pub date: Option<String>,
    /// git's id of the blob, in hexadecimal (history only): `git cat-file -p` shows it wherever the file has gone.
    pub blob: Option<String>,
}

/// The lines of a blob that findings are wanted on. Everything is judged in the whole blob's context.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scope {
    /// Every line.
    #[default]
    All,
    /// Only these lines (from 1, inclusive; sorted, disjoint): the added lines of a diff.
    Lines(Vec<RangeInclusive<u64>>),
}

impl Scope {
    /// True if any line of `lines` is wanted.
    pub fn touches(&self, lines: RangeInclusive<u64>) -> bool {
        match self {
            Self::All => true,
            Self::Lines(wanted) => {
                let next = wanted.partition_point(|range| range.end() < lines.start());
                wanted.get(next).is_some_and(|range| range.start() <= lines.end())
            }
        }
    }
}

/// What kind of bytes a blob holds, told from its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Text in an ASCII-compatible encoding (UTF-8, Latin-1, broken UTF-8), scanned as it is; or UTF-16/32, transcoded.
    Text,
    /// Anything with NUL bytes that is not UTF-16/32: only structured tokens and keys are looked for.
    Binary,
}

/// A piece of a blob's text that fits in memory. Small blobs are one segment.
///
/// Segments of a large blob overlap: `text` may begin before and end after `own`, so that values and context at
/// the border are seen whole; a candidate belongs to the segment whose `own` range holds its first byte.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    /// The (decoded) bytes.
    pub text: &'a [u8],
    /// Offsets in `text` whose candidates are this segment's, half-open.
    pub own: (usize, usize),
    /// Position of `text[0]` in the blob.
    pub base: Base,
    /// Text or binary.
    pub content: Content,
}

impl<'a> Segment<'a> {
    /// A whole text as one segment.
    pub fn whole(text: &'a [u8]) -> Self {
        Self { text, own: (0, text.len()), base: Base::default(), content: Content::Text }
    }
}

/// A blob's origin and scope, without its bytes.
#[derive(Debug, Clone)]
pub struct BlobInfo {
    /// Where it came from.
    pub origin: Arc<Origin>,
    /// The lines that count.
    pub scope: Scope,
}

/// Receives what a source produces. Called from several threads; each thread calls [`Sink::worker`] once.
pub trait Sink: Sync {
    /// The per-thread part.
    type Worker: BlobSink + Send;
    /// A fresh worker for one thread.
    fn worker(&self) -> Self::Worker;
}

/// One thread's receiver. When it is dropped, what it gathered must have been handed back to its [`Sink`].
pub trait BlobSink {
    /// A blob begins.
    fn begin(&mut self, info: BlobInfo);
    /// The next segment of the current blob, in order.
    fn segment(&mut self, segment: Segment<'_>);
    /// The current blob ended after `bytes` stored bytes; `failure` says why if it could not be read to its end.
    fn end(&mut self, bytes: u64, failure: Option<Failure>);
    /// A container (an archive, a database) is opened; what is in it follows as blobs of their own.
    fn opened(&mut self);
    /// Something was left out on purpose.
    fn skipped(&mut self, path: String, reason: SkipReason);
    /// Something could not be scanned at all.
    fn failed(&mut self, failure: Failure);
    /// A remark that does not change the exit code.
    fn notice(&mut self, text: String);
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn a_scope_touches_only_its_lines() {
        let scope = Scope::Lines(vec![2..=3, 7..=7]);
        let hits: Vec<u64> = (1..=9).filter(|&line| scope.touches(line..=line)).collect();
        assert_eq!(hits, [2, 3, 7]);
        assert!(scope.touches(4..=8));
        assert!(!scope.touches(8..=20));
    }
}
