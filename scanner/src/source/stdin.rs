//! Standard input, or any stream, as one blob, or as what is in it if it is a container.
//!
//! The stream is read to its end in bounded memory. The caller opens it; this module knows no terminal.

use std::io::Read;
use std::sync::Arc;

use super::read::{BlobReader, Stored};
use super::{Archives, BlobInfo, BlobSink, Excludes, Origin, Scope, Sink};
use crate::ledger::{Failure, SkipReason};

/// The path shown for a stream without a name.
pub const UNNAMED: &str = "<stdin>";

/// How a stream is scanned.
#[derive(Clone, Default)]
pub struct StreamOptions<'a> {
    /// The file that it stands for (`--stdin-path`); else it is [`UNNAMED`].
    pub path: Option<&'a str>,
    /// The configuration's path allow-list.
    pub excludes: Option<&'a Excludes>,
    /// Whether archives and databases are opened.
    pub archives: Archives,
    /// The lines that count. What is in a container counts as a whole.
    pub scope: Scope,
}

/// Scans `input` as one blob.
///
/// A name that the options leave out is counted as skipped; the stream is drained then, so that the writer at its
/// other end does not die of a broken pipe. An error on the way is a failure; what came before it is scanned.
pub fn scan_stream(mut input: impl Read, options: &StreamOptions<'_>, sink: &impl Sink) {
    let &StreamOptions { path, excludes, archives, ref scope } = options;
    let mut worker = sink.worker();
    let mut reader = BlobReader::new(archives, excludes);
    let name = path.unwrap_or(UNNAMED);
    if path.is_some_and(|path| reader.excludes(path)) {
        worker.skipped(name.to_owned(), SkipReason::ConfiguredPath);
        if let Err(error) = std::io::copy(&mut input, &mut std::io::sink()) {
            worker.notice(format!("{name}: draining the excluded input failed: {error}"));
        }
        return;
    }
    let origin = Arc::new(Origin { path: name.to_owned(), ..Origin::default() });
    let info = BlobInfo { origin, scope: scope.clone() };
    reader.feed(Stored { input, expected: 0, file: None }, info, &mut worker, |(_, error)| {
        error.map(|error| Failure {
            path: name.to_owned(),
            cause: format!("the input ended with an error: {error}"),
            remedy: "check the command that writes to standard input, and scan again".to_owned(),
        })
    });
}
