//! Encodings and kinds of content, from files and from a stream.

use std::io::{self, Read};

use secretscan::ledger::SkipReason;
use secretscan::source::stdin::{StreamOptions, scan_stream};

use crate::record::{Record, Seen, scan};

fn stream(input: impl Read, path: Option<&str>) -> Seen {
    let record = Record::default();
    scan_stream(input, &StreamOptions { path, ..StreamOptions::default() }, &&record);
    record.finish()
}

fn utf16(text: &str, mark: bool, encode: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter().chain(text.encode_utf16()).flat_map(encode).collect()
}

fn utf32(text: &str, mark: bool, encode: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter().chain(text.chars().map(u32::from)).flat_map(encode).collect()
}

const TEXT: &str = "name: 'é😀'\r\nключ = value 1\n";

#[test]
fn every_encoding_gives_the_same_text() {
    let mut cases = vec![TEXT.as_bytes().to_vec(), [b"\xef\xbb\xbf", TEXT.as_bytes()].concat()];
    for mark in [true, false] {
        cases.push(utf16(TEXT, mark, u16::to_le_bytes));
        cases.push(utf16(TEXT, mark, u16::to_be_bytes));
        cases.push(utf32(TEXT, mark, u32::to_le_bytes));
        cases.push(utf32(TEXT, mark, u32::to_be_bytes));
    }
    let dir = tempfile::tempdir().expect("a folder");
    for (n, stored) in cases.into_iter().enumerate() {
        let seen = stream(&stored[..], None).clean();
        assert_eq!(seen.texts(), [("<stdin>", TEXT)], "case {n}");
        assert_eq!(seen.blobs[0].stored, stored.len() as u64, "case {n}");
        let file = dir.path().join(format!("{n}"));
        std::fs::write(&file, &stored).expect("a file");
        assert_eq!(scan(&[&file]).clean().blobs[0].text, TEXT.as_bytes(), "case {n}");
    }
}

#[test]
fn large_utf16_streams_through_segments() {
    let text = TEXT.repeat(200_000);
    for encode in [u16::to_le_bytes, u16::to_be_bytes] {
        let stored = utf16(&text, true, encode);
        assert!(stored.len() > 8 << 20);
        let seen = stream(&stored[..], None).clean();
        assert!(seen.blobs[0].segments > 1);
        assert!(seen.blobs[0].text == text.as_bytes());
    }
}

#[test]
fn latin1_and_broken_utf8_pass_through() {
    for stored in [&b"caf\xe9 = 1\n"[..], b"\xc3\x28\xff\xfe\xfd", b"\x80\x80\x80"] {
        assert_eq!(stream(stored, None).clean().blobs[0].text, stored);
    }
}

#[test]
fn binary_is_marked_and_media_is_counted() {
    let seen = stream(&b"\x7fELF\x02\x01\x01\0text"[..], Some("tool")).clean();
    assert!(seen.blobs[0].binary);
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0";
    let seen = stream(&png[..], Some("logo.png"));
    assert!(seen.blobs.is_empty());
    assert_eq!(seen.skipped, [("logo.png".to_owned(), SkipReason::Media)]);
}

#[test]
fn a_late_nul_is_still_text() {
    let mut stored = b"a".repeat(9000);
    stored.push(0);
    assert!(!stream(&stored[..], None).clean().blobs[0].binary);
}

#[test]
fn a_stream_has_its_name_and_comes_in_any_pieces() {
    /// Gives one byte at a time, and is interrupted in between.
    struct Drip<'a>(&'a [u8], bool);
    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            into[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }
    let seen = stream(Drip(TEXT.as_bytes(), false), Some("src/app.py")).clean();
    assert_eq!(seen.texts(), [("src/app.py", TEXT)]);
}

#[test]
fn a_stream_that_breaks_is_a_failure_and_what_came_is_scanned() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let seen = stream((&b"first part\n"[..]).chain(Broken), None);
    assert_eq!(seen.texts(), [("<stdin>", "first part\n")]);
    assert!(seen.blobs[0].failed);
    assert_eq!(seen.failures.len(), 1);
    let seen = stream(Broken, None);
    assert_eq!((seen.blobs.len(), seen.failures.len()), (0, 1));
    let long = "x".repeat(20 << 20);
    let seen = stream(long.as_bytes().chain(Broken), None);
    assert_eq!((seen.blobs[0].text.len(), seen.failures.len()), (20 << 20, 1));
}

#[test]
fn an_excluded_stream_is_counted_and_drained() {
    let record = Record::default();
    let mut input = &b"content"[..];
    let excludes: secretscan::source::Excludes = std::sync::Arc::new(|path| path == "vendor/x");
    let options =
        StreamOptions { path: Some("vendor/x"), excludes: Some(&excludes), ..StreamOptions::default() };
    scan_stream(&mut input, &options, &&record);
    let seen = record.finish();
    assert!(seen.blobs.is_empty() && input.is_empty());
    assert_eq!(seen.skipped, [("vendor/x".to_owned(), SkipReason::ConfiguredPath)]);
}
