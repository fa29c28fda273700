use std::collections::BTreeMap;
use std::path::Path;

use super::*;

/// What is read of an event.
#[derive(Debug, Default, PartialEq)]
pub(in crate::train) struct Event {
    pub(in crate::train) step: u64,
    wall_time: f64,
    version: String,
    pub(in crate::train) scalars: BTreeMap<String, f32>,
}

/// The events of a run's folder; checksums must be right.
pub(in crate::train) fn read(directory: &Path) -> Vec<Event> {
    let bytes = std::fs::read(directory.join(NAME)).unwrap();
    let (mut rest, mut events) = (bytes.as_slice(), Vec::new());
    while !rest.is_empty() {
        let (length, after) = checked(rest, 8);
        let (message, after) = checked(after, u64::from_le_bytes(length.try_into().unwrap()) as usize);
        events.push(event(message));
        rest = after;
    }
    events
}

/// So many bytes, which their masked checksum follows, and what is after that. The mask is taken off as TensorFlow does it.
fn checked(bytes: &[u8], length: usize) -> (&[u8], &[u8]) {
    let (data, rest) = bytes.split_at(length);
    let (sum, rest) = rest.split_first_chunk::<4>().unwrap();
    let turned = u32::from_le_bytes(*sum).wrapping_sub(0xa282_ead8);
    assert_eq!(turned.rotate_left(15), CRC_32C.checksum(data));
    (data, rest)
}

fn event(message: &[u8]) -> Event {
    let mut event = Event::default();
    for (field, value) in fields(message) {
        match field {
            1 => event.wall_time = f64::from_le_bytes(value.try_into().unwrap()),
            2 => event.step = varint(&mut value.as_slice()),
            3 => event.version = String::from_utf8(value).unwrap(),
            5 => event.scalars = fields(&value).into_iter().map(|(_, value)| scalar(&value)).collect(),
            other => panic!("field {other}"),
        }
    }
    event
}

fn scalar(message: &[u8]) -> (String, f32) {
    let fields = fields(message);
    let [(1, tag), (2, value)] = fields.as_slice() else { panic!("{fields:?}") };
    (String::from_utf8(tag.clone()).unwrap(), f32::from_le_bytes(value.as_slice().try_into().unwrap()))
}

fn fields(mut message: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut all = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let before = message;
        let length = match key & 7 {
            0 => {
                varint(&mut message);
                let length = before.len() - message.len();
                message = before;
                length
            }
            1 => 8,
            2 => varint(&mut message) as usize,
            5 => 4,
            other => panic!("wire type {other}"),
        };
        let (value, rest) = message.split_at(length);
        all.push((key >> 3, value.to_vec()));
        message = rest;
    }
    all
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let (mut x, mut shift) = (0, 0);
    loop {
        let (&byte, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        x |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return x;
        }
    }
}

fn written(entries: &[Entry]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mut events = EventFile::begin(File::create(directory.path().join(NAME)).unwrap()).unwrap();
    for entry in entries {
        events.write(entry).unwrap();
    }
    directory
}

#[test]
fn the_bytes_are_those_of_tensorboards_own_writer() {
    // tensorboard 2.21.0: RecordWriter, Event(file_version="brain.Event:2"), Event(wall_time=2.5, step=300, summary=…).
    let expected = "0f000000000000006d532b091a0d627261696e2e4576656e743a32fc9851292a00000000000000ae8d91f5090000000000\
                    00044010ac022a1c0a1a0a1376616c69646174696f6e2f6c6f675f6c6f7373150000803e4cabe59a";
    let measures = [("log_loss".to_owned(), 0.25)].into();
    let directory = written(&[Entry { step: 300, elapsed_s: 2.5, measures, ..Entry::default() }]);
    let bytes = std::fs::read(directory.path().join(NAME)).unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, expected);
}

#[test]
fn all_numbers_of_a_training_line_and_all_measures_of_a_validation_are_read_back() {
    let measures = |name: &str, x| BTreeMap::from([(name.to_owned(), x)]);
    let training = Entry {
        step: 200,
        loss: Some(0.5),
        measures: measures("class", 0.125),
        rate: 1e-3,
        gradient_norm: Some(2.0),
        tokens_per_second: Some(9000.0),
        tokens: 40_000,
        elapsed_s: 4.5,
        cpu_s: 8.0,
        peak_mib: 300.0,
    };
    let validation = Entry {
        loss: None,
        gradient_norm: None,
        tokens_per_second: None,
        measures: measures("average_precision", 0.75),
        ..training.clone()
    };
    let directory = written(&[training, validation]);
    let scalars = |all: &[(&str, f32)]| all.iter().map(|&(tag, x)| (tag.to_owned(), x)).collect();
    let expected = [
        Event { version: "brain.Event:2".to_owned(), ..Event::default() },
        Event {
            step: 200,
            wall_time: 4.5,
            scalars: scalars(&[
                ("train/loss", 0.5),
                ("train/class", 0.125),
                ("train/rate", 1e-3),
                ("train/gradient_norm", 2.0),
                ("train/tokens_per_second", 9000.0),
                ("train/tokens", 40_000.0),
                ("train/elapsed_s", 4.5),
                ("train/cpu_s", 8.0),
                ("train/peak_mib", 300.0),
            ]),
            ..Event::default()
        },
        Event {
            step: 200,
            wall_time: 4.5,
            scalars: scalars(&[("validation/average_precision", 0.75)]),
            ..Event::default()
        },
    ];
    assert_eq!(read(directory.path()), expected);
}
