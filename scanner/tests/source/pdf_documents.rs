//! PDF documents: the text of each page, and that nothing in one goes unread in silence.

use std::time::{Duration, Instant};

use crate::containers::scan_bytes;
use crate::pdf::Pdf;
use crate::record::Seen;

const ROOT: &str = "/Root 1 0 R";

fn failures(seen: &Seen) -> Vec<String> {
    seen.failures.iter().map(|failure| format!("{}: {}", failure.path, failure.cause)).collect()
}

/// The text of the only page with this content.
fn page(content: &str) -> String {
    let seen = scan_bytes("x.pdf", &Pdf::of_pages(&[content]).finish(ROOT)).clean();
    assert_eq!(seen.paths(), ["x.pdf!/page-1"], "{content}");
    seen.texts()[0].1.to_string()
}

#[test]
fn pieces_that_touch_are_a_word_and_others_are_words_and_lines() {
    for (content, expected) in [
        ("BT /F1 12 Tf 72 700 Td (user: a) Tj 0 -14 Td (password: b) Tj ET", "user: a\npassword: b\n"),
        // Half a size is the width of every letter of this font.
        ("BT /F1 10 Tf [(pass) 20 (word) -300 (= b)] TJ ET", "password = b\n"),
        ("BT /F1 10 Tf 1 0 0 1 50 700 Tm (pass) Tj 1 0 0 1 70 700 Tm (word) Tj ET", "password\n"),
        ("BT /F1 10 Tf 50 700 Td (name) Tj 200 0 Td (value) Tj ET", "name\tvalue\n"),
        ("BT /F1 10 Tf 50 700 Td (a) Tj ET BT /F1 10 Tf 50 680 Td (b) Tj ET", "a\nb\n"),
        ("BT /F1 10 Tf 12 TL 50 700 Td (a) Tj T* (b) Tj (c) ' 0 0 (d) \" ET", "a\nb\nc\nd\n"),
        // Upside down and turned: lines follow each other along another axis.
        (
            "q 0 1 -1 0 0 0 cm BT /F1 10 Tf 50 700 Td (a) Tj 0 -12 Td (b) Tj ET Q BT /F1 9 Tf (c) Tj ET",
            "a\nb\nc\n",
        ),
        ("BT /F1 10 Tf <6162> Tj BI /W 1 ID \x01 (no) Tj EI (c\\)\\101) Tj ET", "abc)A\n"),
        ("BT (no font) Tj ET", "no font\n"),
        ("", ""),
    ] {
        assert_eq!(page(content), expected, "{content}");
    }
}

#[test]
fn packed_pages_in_packed_objects_come_in_the_order_of_their_tree() {
    let bytes = Pdf::default()
        .packed(21, "", b"BT /F1 9 Tf (second) Tj ET")
        .stream(22, "/Filter [/ASCIIHexDecode]", b"4254202f46312039205466202866697273742920546a204554>")
        .objects(
            20,
            &[
                (1, "<< /Type /Catalog /Pages 2 0 R >>"),
                (2, "<< /Type /Pages /Kids [6 0 R 3 0 R] /Count 2 >>"),
                (3, "<< /Type /Page /Contents [21 0 R] >>"),
                (6, "<< /Type /Pages /Kids [7 0 R] /Parent 2 0 R >>"),
                (7, "<< /Type /Page /Contents 22 0 R >>"),
            ],
        )
        .stream(30, "/Type /XRef /Root 1 0 R /W [1 2 1]", b"")
        .finish("");
    let seen = scan_bytes("x.pdf", &bytes).clean();
    assert_eq!(seen.texts(), [("x.pdf!/page-1", "first\n"), ("x.pdf!/page-2", "second\n")]);
}

#[test]
fn the_parts_of_a_page_are_one_content() {
    let spaces = vec![b' '; 65 << 20];
    let bytes = Pdf::of_pages(&["BT /F1 10 Tf (pass)"])
        .object(10, "<< /Type /Page /Parent 2 0 R /Contents [11 0 R 12 0 R] >>")
        .stream(12, "", b"Tj (word) Tj ET")
        .object(13, "<< /Type /Page /Contents 14 0 R >>")
        .packed(14, "", &[&spaces, &b"BT (large) Tj ET"[..]].concat())
        .finish(ROOT);
    let seen = scan_bytes("x.pdf", &bytes).clean();
    assert_eq!(seen.texts(), [("x.pdf!/page-1", "password\n"), ("x.pdf!/page-2", "large\n")]);
}

#[test]
fn a_later_version_replaces_a_page_and_a_lost_one_is_read_too() {
    let bytes = Pdf::of_pages(&["BT /F1 9 Tf (old) Tj ET"])
        .stream(11, "", b"BT /F1 9 Tf (new) Tj ET")
        .object(40, "<< /Type /Page /Contents 41 0 R >>")
        .stream(41, "", b"BT (nowhere in the tree) Tj ET")
        .finish(ROOT);
    let texts = scan_bytes("x.pdf", &bytes).clean();
    assert_eq!(texts.texts(), [("x.pdf!/page-1", "new\n"), ("x.pdf!/page-2", "nowhere in the tree\n")]);
}

#[test]
fn codes_become_characters_by_the_fonts_own_map() {
    let map = b"1 begincodespacerange <0000> <ffff> endcodespacerange \
        1 beginbfrange <0001> <001a> <0061> endbfrange 1 beginbfchar <0030> <003a0020> endbfchar";
    let bytes = Pdf::default()
        .object(1, "<< /Type /Catalog /Pages 2 0 R >>")
        .object(2, "<< /Kids [3 0 R] >>")
        .object(
            3,
            "<< /Type /Page /Contents 4 0 R /Resources << /Font << /W 5 0 R /D 6 0 R /U 8 0 R >> >> >>",
        )
        .stream(
            4,
            "",
            b"BT /W 9 Tf <00100001> Tj <0013001300300018> Tj 0 -9 Td /D 9 Tf (\x01\x02) Tj ET \
                        BT /U 9 Tf <0001> Tj ET",
        )
        .object(5, "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 7 0 R >>")
        .object(6, "<< /Type /Font /Subtype /Type1 /Encoding << /Differences [1 /equal /A] >> >>")
        .packed(7, "", map)
        .object(8, "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H >>")
        .finish(ROOT);
    let seen = scan_bytes("x.pdf", &bytes);
    assert_eq!(seen.texts(), [("x.pdf!/page-1", "pass: x\n=A\n")]);
    assert_eq!(seen.notices.len(), 1, "a font without a map is told: {:?}", seen.notices);
}

#[test]
fn forms_links_scripts_drawings_and_files_are_read() {
    let zip = crate::archive::Zip::default().stored("a.txt", b"inner").finish();
    let bytes = Pdf::of_pages(&["BT /F1 9 Tf (a) Tj ET q /X Do Q"])
        .object(2, "<< /Kids [10 0 R] /Resources << /Font << /F1 3 0 R >> /XObject << /X 50 0 R >> >> >>")
        .stream(50, "/Subtype /Form", b"BT /F1 9 Tf 0 -20 Td (drawn) Tj ET /X Do")
        .object(60, "<< /Type /Annot /Subtype /Widget /T (login) /V (some value) >>")
        .object(61, "<< /Type /Annot /Subtype /Link /A << /S /URI /URI (https://host/) >> >>")
        .object(62, "<< /S /JavaScript /JS 63 0 R >>")
        .packed(63, "", b"var x = 1;")
        .stream(70, "/Type /EmbeddedFile", &zip)
        .object(71, "<< /Type /Filespec /F (in.zip) /EF << /F 70 0 R >> >>")
        .finish(ROOT);
    let seen = scan_bytes("x.pdf", &bytes).clean();
    assert_eq!(
        seen.texts(),
        [
            ("x.pdf!/fields", "login = some value\nhttps://host/\nvar x = 1;\n"),
            ("x.pdf!/file-1/in.zip!/a.txt", "inner"),
            ("x.pdf!/page-1", "a\ndrawn\n"),
        ]
    );
}

#[test]
fn what_a_document_says_of_itself_is_read_without_the_ids_of_editors() {
    let id = "00112233445566778899aabbccddeeff".repeat(2);
    let xml = format!("<x xmpMM:DocumentID=\"{id}\">xmp.iid:{id} Title</x>");
    let bytes = Pdf::of_pages(&[""])
        .object(80, "<< /Title (Notes) /Author <feff00410042> >>")
        .stream(81, "/Type /Metadata /Subtype /XML", xml.as_bytes())
        .finish(&format!("{ROOT} /Info 80 0 R /ID [<{id}> <{id}>]"));
    let seen = scan_bytes("x.pdf", &bytes).clean();
    assert_eq!(
        seen.texts(),
        [
            ("x.pdf!/info", "Title: Notes\nAuthor: AB\n"),
            ("x.pdf!/metadata", "<x xmpMM:DocumentID=\"\"> Title</x>"),
            ("x.pdf!/page-1", ""),
        ]
    );
}

#[test]
fn what_cannot_be_read_is_told() {
    let content = b"BT (a) Tj 0 9 Td (b) Tj ET".repeat(9);
    let encrypted = Pdf::of_pages(&["BT (a) Tj ET"]).finish(&format!("{ROOT} /Encrypt 9 0 R"));
    let by_stream = Pdf::of_pages(&["BT (a) Tj ET"]).stream(9, "/Type /XRef /Encrypt 8 0 R", b"").finish("");
    let no_page = Pdf::default().object(1, "<< /Type /Catalog >>").finish(ROOT);
    let cut = Pdf::of_pages(&["BT (a) Tj ET"]).finish(ROOT);
    let cut = &cut[..cut.len() - 68];
    let filter = Pdf::of_pages(&["BT (a) Tj ET"]).stream(11, "/Filter /LZWDecode", b"x").finish(ROOT);
    let broken = Pdf::of_pages(&["BT (a) Tj ET"])
        .stream(11, "/Filter /FlateDecode", b"\x78\x9c\x07\x07\x07")
        .finish(ROOT);
    let whole = Pdf::of_pages(&[""]).packed(11, "", &content).finish(ROOT);
    let stored = memchr::memmem::find(&whole, b"\x78\x9c").expect("it is packed");
    let short =
        Pdf::of_pages(&[""]).stream(11, "/Filter /FlateDecode", &whole[stored..stored + 9]).finish(ROOT);
    for (bytes, expected) in [
        (encrypted.as_slice(), "x.pdf: it is encrypted"),
        (&by_stream, "x.pdf: it is encrypted"),
        (&no_page, "x.pdf: it is damaged: it has no pages"),
        (cut, "x.pdf: it is damaged: it ends too early"),
        (&filter, "x.pdf!/page-1: a part of it is packed in a way that is not known here"),
        (&broken, "x.pdf!/page-1: it is damaged"),
        (&short, "x.pdf!/page-1: it is damaged: it ends too early"),
    ] {
        let seen = scan_bytes("x.pdf", bytes);
        assert!(failures(&seen).len() == 1 && failures(&seen)[0].starts_with(expected), "{seen:?}");
    }
}

#[test]
fn a_text_that_only_begins_like_a_document_is_a_text() {
    let seen = scan_bytes("x.txt", b"%PDF-1.7 is what they begin with\n").clean();
    assert_eq!(seen.texts(), [("x.txt", "%PDF-1.7 is what they begin with\n")]);
}

#[test]
fn documents_made_to_harm_end_soon() {
    let spaces = vec![b' '; 300 << 20];
    let bomb = Pdf::of_pages(&[""]).packed(11, "", &spaces).finish(ROOT);
    let objects =
        Pdf::of_pages(&["BT (a) Tj ET"]).packed(20, "/Type /ObjStm /N 9 /First 9", &spaces).finish(ROOT);
    drop(spaces);
    for bytes in [bomb, objects] {
        let seen = scan_bytes("x.pdf", &bytes);
        assert!(!seen.failures.is_empty(), "{seen:?}");
    }
    // A drawing that draws another one forty times, at every depth.
    let mut drawings =
        Pdf::of_pages(&["/X Do"]).object(2, "<< /Kids [10 0 R] /Resources << /XObject << /X 50 0 R >> >> >>");
    for number in 50..60 {
        let resources = format!("/Subtype /Form /Resources << /XObject << /X {} 0 R >> >>", number + 1);
        let content = ["/X Do ".repeat(40), " ".repeat(4096)].concat();
        drawings = drawings.stream(number, &resources, content.as_bytes());
    }
    let seen = scan_bytes("x.pdf", &drawings.finish(ROOT));
    assert!(failures(&seen)[0].contains("200 times"), "{seen:?}");
    // Objects that never end, each the beginning of the next one.
    let open = b"1 0 obj << /A [ ".repeat(60_000);
    assert!(!scan_bytes("x.pdf", &[b"%PDF-1.7\n".as_slice(), &open].concat()).failures.is_empty());
    // A tree whose nodes are their own children.
    let loops = Pdf::default()
        .object(1, "<< /Type /Catalog /Pages 2 0 R >>")
        .object(2, "<< /Kids [2 0 R 2 0 R 3 0 R] >>")
        .object(3, "<< /Kids 4 0 R >>")
        .object(4, "4 0 R")
        .finish(ROOT);
    assert!(scan_bytes("x.pdf", &loops).paths().len() <= 1);
    // A hundred nodes that share a list of very many kids, of which there is one.
    let nodes: String = (100..200).map(|number| format!("{number} 0 R ")).collect();
    let mut shared = Pdf::of_pages(&["BT (a) Tj ET"])
        .object(2, &format!("<< /Kids [10 0 R {nodes}] >>"))
        .object(3, &format!("[{}]", "10 0 R ".repeat(1 << 20)));
    for number in 100..200 {
        shared = shared.object(number, "<< /Kids 3 0 R >>");
    }
    let started = Instant::now();
    assert_eq!(scan_bytes("x.pdf", &shared.finish(ROOT)).paths(), ["x.pdf!/page-1"]);
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}
