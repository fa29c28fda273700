//! From one container to the next: every entry is looked at, and opened or handed on.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use super::kind::{HEAD, Kind, detect};
use super::limit::{Budget, DEPTH};
use super::problem::{Problem, Problems};
use super::random::{OnDisk, Range, fill};
use super::{ar, compressed, database, name, pdf, seven_zip, tar, zip};
use crate::ledger::SkipReason;
use crate::source::read::BlobReader;
use crate::source::{BlobInfo, BlobSink, Origin, Scope};

/// A container's bytes.
pub(super) enum Input<'a> {
    /// All of them.
    Bytes(&'a [u8]),
    /// In a file.
    File(OnDisk<'a>),
    /// One after the other.
    Stream(&'a mut dyn Read),
}

/// Goes through one outermost container.
pub(super) struct Unpacker<'a, S> {
    pub(super) blobs: &'a mut BlobReader,
    pub(super) sink: &'a mut S,
    /// The outermost container's: what is in it has its commit.
    pub(super) origin: &'a Origin,
    pub(super) budget: &'a Budget,
    pub(super) problems: Problems<'a>,
    pub(super) depth: u32,
}

impl<S: BlobSink> Unpacker<'_, S> {
    /// Goes through the container at `path`; what it cannot read is a failure there.
    pub(super) fn open(&mut self, kind: Kind, path: &str, input: Input<'_>) {
        if self.depth == DEPTH {
            self.failed(path, &Problem::Depth.into());
            return;
        }
        self.depth += 1;
        self.sink.opened();
        let result = match (kind, input) {
            (kind, Input::Stream(stream)) if kind.is_random() => self.hold_and_open(kind, path, stream),
            (Kind::SevenZip, Input::Bytes(bytes)) => seven_zip::walk(self, path, &bytes),
            (Kind::SevenZip, Input::File(file)) => seven_zip::walk(self, path, &file),
            (Kind::Pdf, Input::Bytes(bytes)) => pdf::walk(self, path, bytes),
            (Kind::Pdf, Input::File(file)) => {
                self.hold_and_open(kind, path, &mut Range::new(&file, 0, u64::MAX))
            }
            (Kind::Zip, Input::Bytes(bytes)) => zip::walk(self, path, &bytes),
            (Kind::Zip, Input::File(file)) => zip::walk(self, path, &file),
            (Kind::Sqlite, Input::Bytes(bytes)) => {
                database::walk(self, path, &database::Place::Memory(bytes))
            }
            (Kind::Sqlite, Input::File(file)) => {
                database::walk(self, path, &database::Place::File(file.path))
            }
            (kind, Input::Bytes(mut bytes)) => self.stream(kind, path, &mut bytes),
            (kind, Input::File(mut file)) => self.stream(kind, path, &mut file.file),
            (kind, Input::Stream(stream)) => self.stream(kind, path, stream),
        };
        self.depth -= 1;
        if let Err(error) = result {
            self.failed(path, &error);
        }
    }

    fn hold_and_open(&mut self, kind: Kind, path: &str, stream: &mut dyn Read) -> io::Result<()> {
        let budget = self.budget;
        let (bytes, _held) = budget.hold_all(stream)?;
        match kind {
            Kind::Sqlite => database::walk(self, path, &database::Place::Memory(&bytes)),
            Kind::Pdf => pdf::walk(self, path, &bytes),
            Kind::SevenZip => seven_zip::walk(self, path, &bytes.as_slice()),
            _ => zip::walk(self, path, &bytes.as_slice()),
        }
    }

    fn stream(&mut self, kind: Kind, path: &str, input: &mut dyn Read) -> io::Result<()> {
        match kind {
            Kind::Tar => return tar::walk(self, path, &mut BufReader::with_capacity(64 * 1024, input)),
            Kind::Ar => return ar::walk(self, path, &mut BufReader::with_capacity(64 * 1024, input)),
            _ => {}
        }
        let budget = self.budget;
        let mut unpacked = compressed::unpack(kind, input, budget)?;
        self.unpacked(path, &mut unpacked)
    }

    /// What a compressed file holds: a tar's entries are its own, anything else is its one entry.
    fn unpacked(&mut self, path: &str, input: &mut dyn Read) -> io::Result<()> {
        let mut head = [0; HEAD];
        let count = fill(input, &mut head)?;
        let mut input = head[..count].chain(input);
        if detect(&head[..count]) == Some(Kind::Tar) {
            self.open(Kind::Tar, path, Input::Stream(&mut input));
        } else {
            let inner = name::inside(path, name::unpacked(path).as_bytes());
            self.entry(&inner, &mut input);
        }
        Ok(())
    }

    /// An entry at `path`. Reads as much of `input` as it wants.
    pub(super) fn entry(&mut self, path: &str, input: &mut dyn Read) {
        if self.blobs.excludes(path) {
            self.sink.skipped(path.to_owned(), SkipReason::ConfiguredPath);
            return;
        }
        let mut head = [0; HEAD];
        let count = match fill(input, &mut head) {
            Ok(count) => count,
            Err(error) => return self.failed(path, &error),
        };
        let head = &head[..count];
        let mut input = head.chain(input);
        match detect(head) {
            None => self.text(path, &mut input),
            Some(Kind::Unopened) => {
                self.sink.skipped(path.to_owned(), SkipReason::UnopenedFormat);
                self.text(path, &mut input);
            }
            Some(kind) => self.open(kind, path, Input::Stream(&mut input)),
        }
    }

    /// Text at `path`, whatever it begins with.
    pub(super) fn plain(&mut self, path: &str, input: &mut dyn Read) {
        if self.blobs.excludes(path) {
            self.sink.skipped(path.to_owned(), SkipReason::ConfiguredPath);
        } else {
            self.text(path, input);
        }
    }

    fn text(&mut self, path: &str, input: &mut dyn Read) {
        let origin = Arc::new(Origin { path: path.to_owned(), ..self.origin.clone() });
        let info = BlobInfo { origin, scope: Scope::All };
        let Self { blobs, sink, problems, .. } = self;
        blobs.feed_closed(input, info, *sink, |(_, error)| {
            error.and_then(|error| problems.failure(path, &error))
        });
    }

    /// Something that is not scanned.
    pub(super) fn failed(&mut self, path: &str, error: &io::Error) {
        if let Some(failure) = self.problems.failure(path, error) {
            self.sink.failed(failure);
        }
    }
}
