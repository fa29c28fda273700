//! The log as an event file, of which TensorBoard draws curves. Scalars only.
//!
//! By hand, because the crates that write such files put the host's name and the clock into them, and are given up
//! (tensorboard-rs) or bring a tree of others (tfrecord). The file is a sequence of records as TensorFlow frames them (TFRecord:
//! `tensorflow/core/lib/io/record_writer.h`), each a protobuf message `Event` (`event.proto` and `summary.proto` in
//! `tensorboard/compat/proto`), of which these fields are written:
//!
//! ```text
//! record   length (u64)  masked CRC-32C of the length (u32)  message  masked CRC-32C of the message (u32), little-endian
//! Event    1 wall_time (double)  2 step (int64)  3 file_version (string) or 5 summary (Summary)
//! Summary  1 value (Value, repeated)
//! Value    1 tag (string)  2 simple_value (float)
//! ```
//!
//! An event's time is the log's, seconds since the beginning of the run without pauses: the file is a function of the log.

use std::fs::File;
use std::io::{self, Write as _};

use crc::{CRC_32_ISCSI, Crc};

use super::Entry;

/// The file's name; TensorBoard looks for `tfevents` in it.
pub(super) const NAME: &str = "events.out.tfevents.0.secretscan";

const CRC_32C: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// The open file.
#[derive(Debug)]
pub(super) struct EventFile(File);

impl EventFile {
    /// Begins an empty file.
    pub(super) fn begin(file: File) -> io::Result<Self> {
        let mut events = Self(file);
        events.record(Message::default().bytes(3, b"brain.Event:2"))?;
        Ok(events)
    }

    /// Writes a line of the log as one event.
    pub(super) fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let summary = scalars(entry).into_iter().fold(Message::default(), |summary, (tag, x)| {
            let value = Message::default().bytes(1, tag.as_bytes()).float(2, x as f32);
            summary.bytes(1, &value.0)
        });
        let event = Message::default().double(1, entry.elapsed_s).integer(2, entry.step);
        self.record(event.bytes(5, &summary.0))
    }

    fn record(&mut self, message: Message) -> io::Result<()> {
        let Message(message) = message;
        let length = (message.len() as u64).to_le_bytes();
        let (head, tail) = (masked(&length).to_le_bytes(), masked(&message).to_le_bytes());
        // In one call: TensorBoard may be reading.
        self.0.write_all(&[length.as_slice(), &head, &message, &tail].concat())
    }
}

/// Tags and values: of a training line all columns and the loss's parts under `train/`, of a validation its measures under
/// `validation/`.
fn scalars(entry: &Entry) -> Vec<(String, f64)> {
    let training = entry.loss.is_some();
    let columns = entry.columns().into_iter().filter(|&(name, _)| training && name != "step");
    let columns = columns.filter_map(|(name, x)| Some((name, x?)));
    let measures = entry.measures.iter().map(|(name, &x)| (name.as_str(), x));
    let group = if training { "train" } else { "validation" };
    columns.chain(measures).map(|(name, x)| (format!("{group}/{name}"), x)).collect()
}

/// CRC-32C as TFRecord wants it, so that a checksum of data with checksums in it stays a good one.
fn masked(bytes: &[u8]) -> u32 {
    CRC_32C.checksum(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// A protobuf message being written. Field numbers are below 16, so that a key is one byte.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn double(mut self, field: u8, x: f64) -> Self {
        self.0.push(field << 3 | 1);
        self.0.extend(x.to_le_bytes());
        self
    }

    fn float(mut self, field: u8, x: f32) -> Self {
        self.0.push(field << 3 | 5);
        self.0.extend(x.to_le_bytes());
        self
    }

    fn integer(mut self, field: u8, x: u64) -> Self {
        self.0.push(field << 3);
        self.varint(x);
        self
    }

    fn bytes(mut self, field: u8, bytes: &[u8]) -> Self {
        self.0.push(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    fn varint(&mut self, mut x: u64) {
        while x >= 0x80 {
            self.0.push(x as u8 | 0x80);
            x >>= 7;
        }
        self.0.push(x as u8);
    }
}

#[cfg(test)]
pub(in crate::train) mod tests;
