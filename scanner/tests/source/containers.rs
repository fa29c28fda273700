//! Archives, compressed files and documents: what is in them, and under which path.

use std::fs;
use std::path::Path;
use std::process::Command;

use secretscan::ledger::SkipReason;
use secretscan::source::Archives;
use secretscan::source::files::FileOptions;
use secretscan::source::stdin::{StreamOptions, scan_stream};

use crate::archive::{Block, Entry, Zip, ar, bzip2, gz, seven_zip, seven_zip_of, sqlite, tar, xz, zstd};
use crate::record::{Record, Seen, relative, scan, scan_with};

/// What is in the one blob `name`.
pub(crate) fn scan_bytes(name: &str, bytes: &[u8]) -> Seen {
    let record = Record::default();
    scan_stream(bytes, &StreamOptions { path: Some(name), ..StreamOptions::default() }, &&record);
    record.finish()
}

#[test]
fn every_format_gives_its_files() {
    let text = b"one\ntwo\n";
    let inner = tar(&[("a/b.txt", text)]);
    let zip = Zip::default().deflated("a/b.txt", text).stored("c.txt", text).finish();
    let wide = Zip::wide().deflated("a/b.txt", text).stored("c.txt", text).finish();
    let long = "a_name_of_more_than_fifteen_bytes";
    let table: [(&str, Vec<u8>, &[&str]); 15] = [
        ("x.zip", zip, &["x.zip!/a/b.txt", "x.zip!/c.txt"]),
        ("wide.jar", wide, &["wide.jar!/a/b.txt", "wide.jar!/c.txt"]),
        ("x.tar", inner.clone(), &["x.tar!/a/b.txt"]),
        ("x.tar.gz", gz(&inner), &["x.tar.gz!/a/b.txt"]),
        ("x.txz", xz(&inner, 28), &["x.txz!/a/b.txt"]),
        ("x.tar.zst", zstd(&inner), &["x.tar.zst!/a/b.txt"]),
        ("x.tar.bz2", bzip2(&inner), &["x.tar.bz2!/a/b.txt"]),
        ("dump.sql.bz2", bzip2(text), &["dump.sql.bz2!/dump.sql"]),
        ("two.bz2", [bzip2(b"one\n"), bzip2(b"two\n")].concat(), &["two.bz2!/two"]),
        ("x.7z", seven_zip(&[("a/b.txt", text), ("c.txt", text)]), &["x.7z!/a/b.txt", "x.7z!/c.txt"]),
        ("x.a", ar(&[("b.txt", text), (long, text)]), &[&format!("x.a!/{long}"), "x.a!/b.txt"]),
        ("x.deb", ar(&[("data.tar.gz", &gz(&inner))]), &["x.deb!/data.tar.gz!/a/b.txt"]),
        ("dump.sql.gz", gz(text), &["dump.sql.gz!/dump.sql"]),
        ("log.xz", [xz(text, 0), xz(b"", 0)].concat(), &["log.xz!/log"]),
        ("log.zst", zstd(text), &["log.zst!/log"]),
    ];
    for (name, bytes, paths) in table {
        let seen = scan_bytes(name, &bytes).clean();
        assert_eq!(seen.paths(), paths);
        assert!(seen.blobs.iter().all(|blob| blob.text == text && blob.stored == 8), "{name}");
        assert!(seen.opened > 0);
    }
    let twice = [gz(b"one\n"), gz(b"two\n")].concat();
    assert_eq!(scan_bytes("x.gz", &twice).clean().texts(), [("x.gz!/x", "one\ntwo\n")]);
    let skip = [b"\x50\x2a\x4d\x18\x03\0\0\0abc".as_slice(), &zstd(b"two\n")].concat();
    let twice = [zstd(b"one\n"), skip].concat();
    assert_eq!(scan_bytes("x.zst", &twice).clean().texts(), [("x.zst!/x", "one\ntwo\n")]);
    assert_eq!(scan_bytes("empty.zip", &Zip::default().finish()).clean().paths(), [""; 0]);
}

#[test]
fn the_files_of_a_7z_are_unpacked_together() {
    let files: [(&str, &[u8]); 3] = [("a.txt", b"first\n"), ("d/b.txt", b"second\n"), ("c.txt", b"third\n")];
    let content: Vec<u8> = files.iter().flat_map(|(_, content)| content.iter().copied()).collect();
    // One piece of LZMA2 that is not packed, and its end.
    let lzma2 = [&[1, 0, content.len() as u8 - 1], content.as_slice(), &[0]].concat();
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut deflate, &content).expect("memory");
    for (coder, properties, packed) in [
        (&[0x21][..], &[24][..], lzma2),
        (&[4, 1, 8], &[], deflate.finish().expect("memory")),
        (&[4, 2, 2], &[], bzip2(&content)),
    ] {
        let seen = scan_bytes("x.7z", &seven_zip_of(&files, &Block { coder, properties, packed })).clean();
        assert_eq!(
            seen.texts(),
            [("x.7z!/a.txt", "first\n"), ("x.7z!/c.txt", "third\n"), ("x.7z!/d/b.txt", "second\n")]
        );
    }
}

#[test]
fn a_row_of_a_table_is_a_line() {
    let strings = b"<sst><si><t>password</t></si><si><t>one</t></si><si><t>nowhere</t></si></sst>";
    let sheet =
        b"<sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row>\
                  <row r=\"2\"><c r=\"A2\" t=\"s\"><v>1</v></c><c r=\"B2\"><v>7</v></c></row></sheetData>";
    let xlsx = Zip::default()
        .deflated("xl/worksheets/sheet1.xml", sheet)
        .deflated("xl/sharedStrings.xml", strings)
        .finish();
    let seen = scan_bytes("a.xlsx", &xlsx).clean();
    assert_eq!(seen.texts(), [("a.xlsx!/xl/worksheets/sheet1.xml", "password | one\none | 7\n")]);
    let table = b"<w:tbl><w:tr><w:tc><w:p><w:t>password</w:t></w:p></w:tc><w:tc><w:p><w:t>x</w:t></w:p></w:tc></w:tr></w:tbl>";
    let docx = Zip::default().deflated("word/document.xml", table).finish();
    assert_eq!(
        scan_bytes("a.docx", &docx).clean().texts(),
        [("a.docx!/word/document.xml", "password | x\n")]
    );
    // No sheet of a letter shows such strings.
    let docx = Zip::default().deflated("xl/sharedStrings.xml", strings).finish();
    assert_eq!(
        scan_bytes("a.docx", &docx).clean().texts(),
        [("a.docx!/xl/sharedStrings.xml", "password\none\nnowhere\n")]
    );
}

#[test]
fn strings_that_cannot_be_held_are_scanned_by_themselves() {
    let locked = Entry { flags: 1, method: 0, crc: 0, size: 1 };
    let sheet = b"<row><c t=\"s\"><v>0</v></c></row>";
    let xlsx = Zip::default().deflated("xl/worksheets/sheet1.xml", sheet).entry(
        "xl/sharedStrings.xml",
        b"x",
        &locked,
    );
    let seen = scan_bytes("a.xlsx", &xlsx.finish());
    assert_eq!(seen.failures.len(), 1, "{seen:?}");
    assert_eq!(seen.failures[0].path, "a.xlsx!/xl/sharedStrings.xml");
}

#[test]
fn containers_nest() {
    let layer = gz(&tar(&[("etc/app.env", b"x"), ("lib/a.jar", &Zip::default().stored("b", b"y").finish())]));
    let image = tar(&[("manifest.json", b"[]"), ("blobs/sha256/0a", &layer)]);
    let database = sqlite("CREATE TABLE t(a); INSERT INTO t VALUES ('z')");
    let zip = Zip::default().deflated("image.tar", &image).deflated("app.db", &database).finish();
    let seen = scan_bytes("all.zip", &zip).clean();
    assert_eq!(
        seen.paths(),
        [
            "all.zip!/app.db!/sqlite_schema",
            "all.zip!/app.db!/t",
            "all.zip!/image.tar!/blobs/sha256/0a!/etc/app.env",
            "all.zip!/image.tar!/blobs/sha256/0a!/lib/a.jar!/b",
            "all.zip!/image.tar!/manifest.json",
        ]
    );
}

#[test]
fn a_large_container_is_read_from_its_file_and_from_a_stream() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().canonicalize().expect("it exists");
    let mut filler = vec![0; 9 << 20];
    for (at, byte) in filler.iter_mut().enumerate() {
        *byte = ((at * at) >> 7) as u8;
    }
    let files = [("filler", filler.as_slice()), ("last.txt", b"last")];
    let zip = Zip::default().stored(files[0].0, files[0].1).stored(files[1].0, files[1].1).finish();
    for (name, bytes) in [("x.zip", &zip), ("x.tar", &tar(&files)), ("x.tgz", &gz(&tar(&files)))] {
        assert!(bytes.len() > 8 << 20 || name == "x.tgz");
        fs::write(folder.join(name), bytes).expect("written");
        let from_file = relative(scan_with(&[&folder.join(name)], &FileOptions::default()), &folder).clean();
        let from_stream = scan_bytes(name, bytes).clean();
        assert_eq!(from_file.paths(), [format!("{name}!/filler"), format!("{name}!/last.txt")]);
        assert_eq!(from_file.blobs, from_stream.blobs);
    }
}

#[test]
fn every_form_of_tar_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    // Longest folder that each can name; the last three extend their headers.
    for (format, longest) in [("v7", 50), ("ustar", 140), ("oldgnu", 240), ("gnu", 240), ("posix", 240)] {
        let path = format!("{}/{}", "d".repeat(longest / 2), "e".repeat(longest / 2));
        let (tree, file) = (folder.path().join(format), format!("{path}/f.txt"));
        fs::create_dir_all(tree.join(&path)).expect("folders");
        fs::write(tree.join(&file), "content").expect("written");
        fs::write(tree.join("z"), "").expect("written");
        fs::hard_link(tree.join("z"), tree.join("zz")).expect("a link");
        let archive = folder.path().join("x.tar");
        let status = Command::new("tar")
            .args(["--format", format, "--sort=name", "-cf"])
            .args([archive.as_path(), Path::new("-C"), &tree, Path::new(".")])
            .status()
            .expect("tar starts");
        assert!(status.success());
        let seen = scan_bytes("x.tar", &fs::read(&archive).expect("written")).clean();
        assert_eq!(seen.texts(), [(format!("x.tar!/{file}").as_str(), "content"), ("x.tar!/z", "")]);
    }
}

#[test]
fn sparse_files_and_archives_in_a_row_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let (archive, file) = (folder.path().join("x.tar"), folder.path().join("disk"));
    fs::write(&file, [&b"first"[..], &vec![0; 2 << 20], b"last"].concat()).expect("written");
    for format in ["gnu", "posix"] {
        let status = Command::new("tar")
            .args(["--sparse", "--hole-detection=raw", "--format", format, "-cf"])
            .args([archive.as_path(), Path::new("-C"), folder.path(), Path::new("disk")])
            .status()
            .expect("tar starts");
        assert!(status.success());
        let one = fs::read(&archive).expect("written");
        // Any number of empty blocks may lie between them.
        let seen = scan_bytes("x.tar", &[&one[..], &vec![0; 3 << 20], &tar(&[("b", b"b")])].concat()).clean();
        assert_eq!(seen.paths(), ["x.tar!/b", "x.tar!/disk"]);
        let text = &seen.blobs.iter().find(|blob| blob.path.ends_with("disk")).expect("there").text;
        for piece in [&b"first"[..], b"last"] {
            assert!(memchr::memmem::find(text, piece).is_some(), "{format}");
        }
    }
}

#[test]
fn lzma_is_unpacked_in_files_and_in_entries() {
    // "one\ntwo\n", with a mark at its end, as Python's `lzma` packs it.
    let stream = b"\x007\x9b\x88\xcc\xf6\xc6`1\xd9\x1a\xeb\x0b\xff\xffhH\0\0";
    let file = [&b"]\0\0\x10\0"[..], &[0xff; 8], stream].concat();
    assert_eq!(scan_bytes("log.lzma", &file).clean().texts(), [("log.lzma!/log", "one\ntwo\n")]);
    let packed = [&b"\x09\x04\x05\0]\0\0\x80\0"[..], stream].concat();
    let entry = Entry { flags: 2, method: 14, crc: crc32fast::hash(b"one\ntwo\n"), size: 8 };
    let zip = Zip::default().entry("log", &packed, &entry).finish();
    assert_eq!(scan_bytes("x.zip", &zip).clean().texts(), [("x.zip!/log", "one\ntwo\n")]);
    assert_eq!(scan_bytes("x.zip!/log", &file[..15]).failures.len(), 1, "cut off");
}

#[test]
fn the_comment_of_a_zip_may_hold_the_signature_of_an_end() {
    let mut zip = Zip::default().stored("a", b"a").finish();
    let comment = b"see PK\x05\x06, and what follows it in the specification";
    let end = zip.len() - 2;
    zip[end..].copy_from_slice(&(comment.len() as u16).to_le_bytes());
    zip.extend_from_slice(comment);
    assert_eq!(scan_bytes("x.zip", &zip).clean().paths(), ["x.zip!/a"]);
}

#[test]
fn a_zip_behind_a_program_is_opened_too() {
    let zip = Zip::default().deflated("app/.env", b"content").finish();
    let folder = tempfile::tempdir().expect("a folder");
    let (small, large) = (b"#!/usr/bin/env python3\n".to_vec(), [&b"MZ"[..], &vec![b'-'; 9 << 20]].concat());
    for (name, program) in [("small.pyz", small), ("large.exe", large)] {
        let path = folder.path().join(name);
        fs::write(&path, [program.as_slice(), &zip].concat()).expect("written");
        let seen = scan(&[&path]).clean();
        let inner = seen.blobs.iter().find(|blob| blob.path.ends_with(&format!("{name}!/app/.env")));
        assert_eq!(inner.expect("opened").text, b"content");
        assert!(seen.blobs.iter().any(|blob| blob.path.ends_with(name)), "the program itself");
    }
    // A program that reads zips, and a text that only mentions one.
    for bytes in [
        &b"#!/bin/sh\ngrep 'PK\x05\x06' \"$1\" # and some more words\n"[..],
        &[b"text\n", zip.as_slice()].concat(),
    ] {
        assert_eq!(scan_bytes("x", bytes).clean().opened, 0);
    }
}

#[test]
fn the_words_of_a_document_are_whole() {
    let document =
        b"<w:document><w:p><w:r><w:t>pass</w:t></w:r><w:r><w:t>word: x</w:t></w:r></w:p></w:document>";
    let links = b"<Relationship Target='http://h'/>";
    let docx = Zip::default()
        .deflated("word/document.xml", document)
        .deflated("word/_rels/document.xml.rels", links)
        .finish();
    assert_eq!(
        scan_bytes("letter.docx", &docx).clean().texts(),
        [
            ("letter.docx!/word/_rels/document.xml.rels", "<Relationship Target='http://h'/>"),
            ("letter.docx!/word/document.xml", "password: x\n"),
        ]
    );
    let texts = scan_bytes("letter.zip", &docx);
    assert!(texts.texts()[1].1.starts_with("<w:document>"));
}

#[test]
fn what_is_not_opened_is_counted_and_its_bytes_scanned() {
    let cpio = [&b"070701"[..], &[b'0'; 120]].concat();
    for (name, bytes) in [
        ("x.rar", &b"Rar!\x1a\x07\0"[..]),
        ("letter.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"),
        ("x.rpm", b"\xed\xab\xee\xdb\x03\0"),
        ("x.cpio", &cpio),
    ] {
        let seen = scan_bytes(name, bytes);
        assert_eq!(
            (seen.paths(), &seen.skipped),
            (vec![name], &vec![(name.to_owned(), SkipReason::UnopenedFormat)])
        );
    }
    let zip = Zip::default().stored("a", b"b").finish();
    let record = Record::default();
    let options = StreamOptions { archives: Archives::Off, path: Some("x.zip"), ..StreamOptions::default() };
    scan_stream(zip.as_slice(), &options, &&record);
    let seen = record.finish();
    assert_eq!((seen.opened, seen.skipped.len(), seen.blobs[0].text == zip), (0, 1, true));
}

#[test]
fn the_allow_list_counts_inside() {
    let excludes: secretscan::source::Excludes = std::sync::Arc::new(|path| path == "x.zip!/vendor/a");
    let zip = Zip::default().stored("vendor/a", b"a").stored("b", b"b").finish();
    let record = Record::default();
    let options =
        StreamOptions { path: Some("x.zip"), excludes: Some(&excludes), ..StreamOptions::default() };
    scan_stream(zip.as_slice(), &options, &&record);
    let seen = record.finish();
    assert_eq!(seen.paths(), ["x.zip!/b"]);
    assert_eq!(seen.skipped, [("x.zip!/vendor/a".to_owned(), SkipReason::ConfiguredPath)]);
}
