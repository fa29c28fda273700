//! Standard input, or any stream, as one blob.
//!
//! The stream is read to its end in bounded memory. The caller opens it; this module knows no terminal.

use std::io::Read;
use std::sync::Arc;

use super::read::BlobReader;
use super::{BlobInfo, BlobSink, Excludes, Origin, Scope, Sink};
use crate::ledger::{Failure, SkipReason};

/// The path shown for a stream without a name.
pub const UNNAMED: &str = "<stdin>";

/// Scans `input` as one blob named `path` (`--stdin-path`), or [`UNNAMED`].
///
/// A name that `excludes` leaves out is counted as skipped; the stream is drained then, so that the writer at its
/// other end does not die of a broken pipe. An error on the way is a failure; what came before it is scanned.
pub fn scan_stream(mut input: impl Read, path: Option<&str>, excludes: Option<&Excludes>, sink: &impl Sink) {
    let mut worker = sink.worker();
    let name = path.unwrap_or(UNNAMED);
    if path.is_some_and(|path| excludes.is_some_and(|excluded| excluded(path))) {
        worker.skipped(name.to_owned(), SkipReason::ConfiguredPath);
        if let Err(error) = std::io::copy(&mut input, &mut std::io::sink()) {
            worker.notice(format!("{name}: draining the excluded input failed: {error}"));
        }
        return;
    }
    let origin = Arc::new(Origin { path: name.to_owned(), ..Origin::default() });
    let info = BlobInfo { origin, scope: Scope::All };
    BlobReader::default().feed(input, 0, info, &mut worker, |(_, error)| {
        error.map(|error| Failure {
            path: name.to_owned(),
            cause: format!("the input ended with an error: {error}"),
            remedy: "check the command that writes to standard input, and scan again".to_owned(),
        })
    });
}
