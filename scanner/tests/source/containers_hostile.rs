//! Containers made to harm: they end soon, in bounded memory, and never in silence.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secretscan::source::Excludes;
use secretscan::source::stdin::{StreamOptions, scan_stream};

use crate::archive::{
    Block, Entry, Zip, ar, bzip2, gz, seven_zip, seven_zip_of, sqlite, tar, tar_header, xz, zstd,
};
use crate::containers::scan_bytes;
use crate::pdf::Pdf;
use crate::record::{Record, Seen};

/// `path: cause` of every failure.
fn failures(seen: &Seen) -> Vec<String> {
    seen.failures.iter().map(|failure| format!("{}: {}", failure.path, failure.cause)).collect()
}

#[test]
fn a_name_leads_nowhere() {
    let zip = Zip::default().stored("../../etc/passwd", b"x").stored("/root", b"y").finish();
    assert_eq!(scan_bytes("x.zip", &zip).clean().paths(), ["x.zip!/etc/passwd", "x.zip!/root"]);
    assert_eq!(scan_bytes("x.tar", &tar(&[("../up", b"x")])).clean().paths(), ["x.tar!/up"]);
}

#[test]
fn a_bomb_is_stopped_and_told_once() {
    let zeros = vec![0; 300 << 20];
    let flat = gz(&zeros);
    let entry = Zip::default().deflated("zeros", &zeros).stored("after", b"x").finish();
    drop(zeros);
    let layers = gz(&tar(&[("a.gz", &flat), ("b", b"b")]));
    for (name, bytes) in [("x.gz", flat), ("x.zip", entry), ("x.tar.gz", layers)] {
        let seen = scan_bytes(name, &bytes);
        let expected = "only its beginning was scanned: it unpacks to more than 200 times its size";
        assert_eq!(failures(&seen), [format!("{name}: {expected}")]);
        assert!(!seen.paths().contains(&"x.zip!/after"));
    }
}

#[test]
fn many_layers_end_at_the_limit() {
    let mut bytes = b"x".to_vec();
    for _ in 0..20 {
        bytes = gz(&bytes);
    }
    let seen = scan_bytes("x", &bytes);
    assert_eq!((seen.opened, seen.failures.len()), (8, 1));
    assert!(seen.failures[0].cause.contains("inside more than 8 containers"), "{:?}", seen.failures);
}

#[test]
fn an_archive_in_an_archive_takes_bounded_memory() {
    let inner = Zip::default().stored("zeros", &vec![0; 129 << 20]).finish();
    let seen = scan_bytes("x.zip", &Zip::default().deflated("inner.zip", &inner).stored("b", b"b").finish());
    assert_eq!(seen.paths(), ["x.zip!/b"], "the others are scanned");
    assert!(
        failures(&seen)[0].starts_with("x.zip!/inner.zip: it takes more than 128 MiB of memory"),
        "{seen:?}"
    );
    let seen = scan_bytes("x.xz", &xz(b"content", 40));
    assert!(failures(&seen)[0].contains("memory"), "a window of 4 GiB: {seen:?}");
}

#[test]
fn encrypted_unknown_and_damaged_entries_are_failures_and_the_others_are_scanned() {
    let bad = |flags, method, crc| Entry { flags, method, crc, size: 4 };
    let crc = crc32fast::hash(b"text");
    let zip = Zip::default()
        .entry("encrypted", b"text", &bad(1, 0, crc))
        .entry("method", b"text", &bad(0, 99, crc))
        .entry("sum", b"text", &bad(0, 0, 7))
        .entry("stream", b"text", &bad(0, 8, crc))
        .stored("good", b"text")
        .finish();
    let seen = scan_bytes("x.zip", &zip);
    assert!(seen.paths().contains(&"x.zip!/good"));
    let causes = failures(&seen);
    for (at, expected) in [
        "x.zip!/encrypted: it is encrypted",
        "x.zip!/method: it is compressed by method 99, which is not known here",
        "x.zip!/stream: it is damaged",
        "x.zip!/sum: it is damaged: its sum is wrong",
    ]
    .iter()
    .enumerate()
    {
        assert!(causes[at].starts_with(expected), "{causes:?}");
    }
    assert!(seen.failures.iter().all(|failure| !failure.remedy.is_empty()));
}

#[test]
fn what_a_7z_has_that_is_not_known_or_wrong_is_told() {
    let files: [(&str, &[u8]); 2] = [("a.txt", b"first"), ("b.txt", b"second")];
    let block = |coder, properties, packed: &[u8]| {
        seven_zip_of(&files, &Block { coder, properties, packed: packed.to_vec() })
    };
    let mut sum = seven_zip(&files);
    sum[33] ^= 1;
    let mut header = seven_zip(&files);
    let last = header.len() - 1;
    header[last] ^= 1;
    for (bytes, count, expected) in [
        (block(&[6, 0xf1, 7, 1], &[0], b"x"), 2, "x.7z!/a.txt: it is encrypted"),
        (block(&[3, 4, 1], &[0], b"x"), 2, "x.7z!/a.txt: a part of it is packed in a way that is not known"),
        (block(&[0], &[], b"firstsec"), 1, "x.7z!/b.txt: it is damaged: it ends too early"),
        (block(&[0x21], &[0x3f], b"x"), 2, "x.7z!/a.txt: it is damaged"),
        // A window of 4 GiB for files of 11 bytes is none.
        (block(&[0x21], &[40], &[&[1, 0, 10][..], b"firstsecond", &[0]].concat()), 0, ""),
        (sum, 1, "x.7z!/a.txt: it is damaged: its sum is wrong"),
        (header, 1, "x.7z: it is damaged: its sum is wrong"),
    ] {
        let causes = failures(&scan_bytes("x.7z", &bytes));
        assert_eq!(causes.len(), count, "{causes:?}");
        assert!(causes.first().is_none_or(|cause| cause.starts_with(expected)), "{causes:?}");
    }
}

#[test]
fn files_that_are_left_out_are_unpacked_only_for_one_behind_them() {
    let zeros = vec![0; 300 << 20];
    let files: [(&str, &[u8]); 3] = [("a.txt", b"first"), ("zeros", &zeros), ("b.txt", b"second")];
    let excludes: Excludes = Arc::new(|path| path == "x.7z!/zeros");
    for count in [2, 3] {
        let files = &files[..count];
        let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        for (_, content) in files {
            deflate.write_all(content).expect("memory");
        }
        let packed = deflate.finish().expect("memory");
        let bytes = seven_zip_of(files, &Block { coder: &[4, 1, 8], properties: &[], packed });
        let record = Record::default();
        let options =
            StreamOptions { path: Some("x.7z"), excludes: Some(&excludes), ..StreamOptions::default() };
        scan_stream(bytes.as_slice(), &options, &&record);
        let seen = record.finish();
        assert!(seen.paths().contains(&"x.7z!/a.txt"));
        assert_eq!(seen.failures.len(), count - 2, "{:?}", seen.failures);
    }
}

#[test]
fn a_second_table_of_long_names_takes_the_place_of_the_first() {
    let one = ar(&[("a_name_of_more_than_fifteen_bytes", b"x")]);
    let other = ar(&[("another_name_of_more_than_fifteen_bytes", b"y")]);
    let seen = scan_bytes("x.a", &[one.as_slice(), &other[8..]].concat()).clean();
    assert_eq!(
        seen.paths(),
        ["x.a!/a_name_of_more_than_fifteen_bytes", "x.a!/another_name_of_more_than_fifteen_bytes"]
    );
}

#[test]
fn many_failures_are_counted_not_listed() {
    let entry = Entry { flags: 1, method: 0, crc: 0, size: 1 };
    let zip = (0..100).fold(Zip::default(), |zip, at| zip.entry(&format!("{at:03}"), b"x", &entry));
    let seen = scan_bytes("x.zip", &zip.finish());
    assert_eq!(seen.failures.len(), 21);
    assert_eq!(failures(&seen)[0], "x.zip: 80 more of its entries could not be scanned");
}

#[test]
fn absurd_headers_are_failures() {
    let huge = tar_header("x", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b'0');
    let good = tar(&[("a", b"a")]);
    let largest = tar_header("x", b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", b'0');
    let name = tar_header("x", b"77777777777\0", b'L');
    let pax = tar_header("x", b"77777777777\0", b'x');
    for header in [huge, largest, name, pax] {
        let mut bytes = good[..1024].to_vec();
        bytes.extend_from_slice(&header);
        let seen = scan_bytes("x.tar", &bytes);
        assert!(seen.paths().contains(&"x.tar!/a"), "{seen:?}");
        assert_eq!(seen.failures.len(), 1, "{seen:?}");
    }
    let mut zip = Zip::default().stored("a", b"a").finish();
    let end = zip.len();
    zip[end - 10..end - 2].fill(0xfe);
    assert_eq!(scan_bytes("x.zip", &zip).failures.len(), 1);
}

#[test]
fn a_sparse_file_of_very_many_pieces_ends_soon() {
    // Pieces of no bytes, each one byte behind the last one: the most that a header can hold.
    let mut at = 0;
    let mut pieces = |count: usize| -> Vec<u8> {
        let piece = |at: u64| format!("{at:011o}\0{:011o}\0", 0).into_bytes();
        (0..count)
            .flat_map(|_| {
                at += 1;
                piece(at)
            })
            .collect()
    };
    let mut archive = tar(&[("a", b"a")])[..1024].to_vec();
    let mut header = tar_header("disk", b"00000000000\0", b'S');
    header[257..265].copy_from_slice(b"ustar  \0");
    header[386..482].copy_from_slice(&pieces(4));
    header[482] = 1;
    let sum: u32 =
        8 * 32 + header[..148].iter().chain(&header[156..]).map(|&byte| u32::from(byte)).sum::<u32>();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    archive.extend_from_slice(&header);
    for _ in 0..2000 {
        archive.extend_from_slice(&pieces(21));
        archive.extend_from_slice(&[&[1][..], &[0; 7]].concat());
    }
    let started = Instant::now();
    let seen = scan_bytes("x.tar", &archive);
    assert_eq!((seen.paths(), seen.failures.len()), (vec!["x.tar!/a"], 1), "{:?}", seen.failures);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn whatever_is_cut_off_or_changed_never_panics_and_never_hides() {
    let text = b"name = value\n".repeat(40);
    let database = sqlite("CREATE TABLE t(a, b); INSERT INTO t VALUES ('x', 1), ('y', zeroblob(20))");
    let samples = [
        Zip::default().deflated("a.txt", &text).stored("b.txt", &text).finish(),
        tar(&[("a.txt", &text), ("b.txt", &text)]),
        gz(&text),
        xz(&text, 4),
        zstd(&text),
        bzip2(&text),
        seven_zip(&[("a.txt", &text), ("b.txt", &text)]),
        ar(&[("a.txt", &text), ("b.txt", &text)]),
        Pdf::of_pages(&["BT /F1 9 Tf 0 9 Td (a) Tj ET"])
            .objects(20, &[(21, "<< /Type /Page /Contents 11 0 R >>")])
            .packed(22, "", b"BT (b) Tj ET")
            .finish("/Root 1 0 R"),
        Zip::default()
            .deflated("word/document.xml", b"<w:tbl><w:tr><w:tc><w:p>a&amp;b</w:p></w:tc></w:tr></w:tbl>")
            .deflated("xl/worksheets/sheet1.xml", b"<row><c t=\"s\"><v>0</v></c><c><v>1</v></c></row>")
            .deflated("xl/sharedStrings.xml", b"<sst><si><t>one</t></si><si><t>two</t></si></sst>")
            .finish(),
        database,
    ];
    for sample in &samples {
        let office = memchr::memmem::find(sample, b"xl/").is_some();
        let name = if office { "x.xlsx" } else { "x" };
        for at in (16..sample.len().min(3000)).step_by(7) {
            let seen = scan_bytes(name, &sample[..at]);
            let told = !seen.failures.is_empty() || seen.opened == 0;
            // A tar without its end blocks is whole, as is an ar, or a document between two objects.
            let whole = [&b"a.txt"[..], b"!<arch>", b"%PDF"].iter().any(|magic| sample.starts_with(magic));
            assert!(told || whole, "{at} of {:?}", &sample[..4]);
        }
        let mut state = 1_u32;
        for _ in 0..400 {
            let mut changed = sample.clone();
            for _ in 0..3 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (state >> 8) as usize % changed.len().min(3000);
                changed[at] = state as u8;
            }
            let started = Instant::now();
            scan_bytes(name, &changed);
            assert!(started.elapsed() < Duration::from_secs(20), "{:?}", &sample[..4]);
        }
    }
}
