//! From stored bytes to a sink's segments: one blob at a time, with buffers that are reused.
//!
//! A blob of up to [`WHOLE`] stored bytes is read at once and is one segment. What is larger streams through
//! [`Segmenter`]. Memory stays below 24 MiB a thread, however large the blob or its lines are; what containers take is
//! bounded by themselves.

use std::io::{self, Read};

use super::container::{self, Archives, OnDisk, Outermost};
use super::decode::Decoder;
use super::segment::Segmenter;
use super::sniff::{Encoding, Kind, sniff};
use super::{BlobInfo, BlobSink, Content, Excludes, Origin, Scope, Segment};
use crate::ledger::{Failure, SkipReason};
use crate::location::Base;

/// Up to this many stored bytes a blob is one segment.
pub(super) const WHOLE: usize = 8 * 1024 * 1024;
/// Stored bytes decoded at once beyond that.
const PIECE: usize = 256 * 1024;

/// One thread's buffers, and what it does with containers.
#[derive(Default)]
pub(super) struct BlobReader {
    stored: Vec<u8>,
    text: Vec<u8>,
    archives: Archives,
    excludes: Option<Excludes>,
}

/// A blob's stored bytes.
pub(super) struct Stored<'a, R> {
    /// The bytes.
    pub(super) input: R,
    /// How many they are said to be; may be wrong. Sizes the buffer.
    pub(super) expected: u64,
    /// Where they lie, if that is a file.
    pub(super) file: Option<OnDisk<'a>>,
}

/// What was read of a blob: stored bytes, and the error that ended it early.
pub(super) type Reading = (u64, Option<io::Error>);

impl BlobReader {
    /// A reader. `excludes` is asked about what lies in containers.
    pub(super) fn new(archives: Archives, excludes: Option<&Excludes>) -> Self {
        Self { archives, excludes: excludes.cloned(), ..Self::default() }
    }

    /// True if the configuration leaves `path` out.
    pub(super) fn excludes(&self, path: &str) -> bool {
        self.excludes.as_ref().is_some_and(|excluded| excluded(path))
    }

    /// Reads `stored` to its end and hands it to `sink` as the blob `info`, or what is in it if it is a container. When
    /// all is read, `judge` turns what was read into the failure to report, if there is one.
    pub(super) fn feed(
        &mut self,
        stored: Stored<'_, impl Read>,
        info: BlobInfo,
        sink: &mut impl BlobSink,
        judge: impl FnOnce(Reading) -> Option<Failure>,
    ) {
        let Stored { mut input, expected, file } = stored;
        let mut first = std::mem::take(&mut self.stored);
        let result = read_first(&mut input, expected, &mut first);
        if let Some(kind) = self.container(&first, &info, sink).filter(|_| result.is_ok()) {
            let outermost = Outermost { kind, origin: &info.origin, first: &first, expected, file };
            let reading = container::scan(&outermost, &mut input, self, sink);
            if let Some(failure) = judge(reading) {
                sink.failed(failure);
            }
        } else {
            let origin = info.origin.clone();
            let whole = result.is_ok();
            self.deliver_read(&first, result, &mut input, info, sink, judge);
            // Only now: it reads elsewhere in the file.
            if whole && container::is_followed(&first, file) {
                self.appended(&origin, &first, expected, file, sink);
            }
        }
        self.stored = first;
    }

    /// As [`feed`](Self::feed), without a look at whether it is a container.
    pub(super) fn feed_closed(
        &mut self,
        input: &mut dyn Read,
        info: BlobInfo,
        sink: &mut impl BlobSink,
        judge: impl FnOnce(Reading) -> Option<Failure>,
    ) {
        let mut first = std::mem::take(&mut self.stored);
        let result = read_first(input, 0, &mut first);
        self.deliver_read(&first, result, input, info, sink, judge);
        self.stored = first;
    }

    /// Hands `stored`, all bytes of the blob `info`, to `sink`, or what is in it if it is a container.
    pub(super) fn feed_bytes(&mut self, stored: &[u8], info: BlobInfo, sink: &mut impl BlobSink) {
        if let Some(kind) = self.container(stored, &info, sink) {
            let (origin, expected) = (&*info.origin, stored.len() as u64);
            let outermost = Outermost { kind, origin, first: stored, expected, file: None };
            container::scan(&outermost, &mut io::empty(), self, sink);
        } else {
            let origin = info.origin.clone();
            self.deliver(stored, io::empty(), info, sink, |_| None);
            if container::is_followed(stored, None) {
                self.appended(&origin, stored, stored.len() as u64, None, sink);
            }
        }
    }

    /// Hands on what is in the zip that follows a program, whose own bytes were handed on.
    fn appended(
        &mut self,
        origin: &Origin,
        first: &[u8],
        expected: u64,
        file: Option<OnDisk<'_>>,
        sink: &mut impl BlobSink,
    ) {
        if self.archives == Archives::Off {
            sink.skipped(origin.path.clone(), SkipReason::UnopenedFormat);
            return;
        }
        let outermost = Outermost { kind: container::Kind::Zip, origin, first, expected, file };
        container::scan(&outermost, &mut io::empty(), self, sink);
    }

    /// The kind of container to open. One that is not opened is counted.
    fn container(&self, first: &[u8], info: &BlobInfo, sink: &mut impl BlobSink) -> Option<container::Kind> {
        let kind = container::detect(first)?;
        if kind == container::Kind::Unopened || self.archives == Archives::Off {
            sink.skipped(info.origin.path.clone(), SkipReason::UnopenedFormat);
            return None;
        }
        Some(kind)
    }

    /// Hands on a blob whose first bytes were read with this result.
    fn deliver_read(
        &mut self,
        first: &[u8],
        result: io::Result<()>,
        rest: &mut dyn Read,
        info: BlobInfo,
        sink: &mut impl BlobSink,
        judge: impl FnOnce(Reading) -> Option<Failure>,
    ) {
        match result {
            Err(error) if first.is_empty() => {
                if let Some(failure) = judge((0, Some(error))) {
                    sink.failed(failure);
                }
            }
            Err(error) => {
                self.deliver(first, io::empty(), info, sink, |(bytes, _)| judge((bytes, Some(error))));
            }
            Ok(()) if first.len() <= WHOLE => self.deliver(first, io::empty(), info, sink, judge),
            Ok(()) => self.deliver(first, rest, info, sink, judge),
        }
    }

    fn deliver(
        &mut self,
        first: &[u8],
        rest: impl Read,
        mut info: BlobInfo,
        sink: &mut impl BlobSink,
        judge: impl FnOnce(Reading) -> Option<Failure>,
    ) {
        let (encoding, mark, content) = match sniff(first) {
            Kind::Text { encoding, mark } => (encoding, mark, Content::Text),
            Kind::Binary => (Encoding::Bytes, 0, Content::Binary),
            Kind::Media => {
                sink.skipped(info.origin.path.clone(), SkipReason::Media);
                return;
            }
        };
        let mut decoder = Decoder::new(encoding);
        // A mark that is passed over keeps its place in the offsets where text and stored bytes are the same.
        let offset = if decoder.passes_through() { mark as u64 } else { 0 };
        if !decoder.passes_through() || content == Content::Binary {
            // Line numbers of a diff over the stored bytes mean nothing here.
            info.scope = Scope::All;
        }
        let base = Base { offset, ..Base::default() };
        sink.begin(info);
        let body = &first[mark..];
        let read = if first.len() <= WHOLE {
            let text = if decoder.passes_through() {
                body
            } else {
                self.text.clear();
                decoder.decode(body, true, &mut self.text);
                &self.text
            };
            if !text.is_empty() {
                sink.segment(Segment { text, own: (0, text.len()), base, content });
            }
            (first.len() as u64, None)
        } else {
            let mut segmenter = Segmenter::new(std::mem::take(&mut self.text), base, content);
            for piece in body.chunks(PIECE) {
                segmenter.push(sink, |text| decoder.decode(piece, false, text));
            }
            let (bytes, error) = stream(rest, &mut decoder, &mut segmenter, sink);
            self.text = segmenter.finish(sink);
            (first.len() as u64 + bytes, error)
        };
        let bytes = read.0;
        sink.end(bytes, judge(read));
    }
}

/// Reads up to [`WHOLE`] bytes into `first`, and one more, which tells a blob of exactly that size from a larger one.
fn read_first(input: &mut (impl Read + ?Sized), expected: u64, first: &mut Vec<u8>) -> io::Result<()> {
    first.clear();
    first.reserve((expected as usize).min(WHOLE) + 1);
    input.take(WHOLE as u64 + 1).read_to_end(first).map(|_| ())
}

/// Decodes and cuts `rest` to its end.
fn stream(
    mut rest: impl Read,
    decoder: &mut Decoder,
    segmenter: &mut Segmenter,
    sink: &mut impl BlobSink,
) -> Reading {
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    let error = loop {
        match rest.read(&mut piece) {
            Ok(0) => break None,
            Ok(count) => {
                bytes += count as u64;
                segmenter.push(sink, |text| decoder.decode(&piece[..count], false, text));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Some(error),
        }
    };
    segmenter.push(sink, |text| decoder.decode(&[], true, text));
    (bytes, error)
}
