//! Secrets inside archives, documents and databases: how they are reported, and that nothing passes in silence.

use crate::archive::{Entry, Zip, gz, sqlite, tar};
use crate::fixture::{Fixture, github_token, password};
use crate::pdf::Pdf;

fn line() -> String {
    format!("db_password = '{}'\n", password())
}

#[test]
fn a_finding_in_an_archive_is_shown_by_its_path_and_masked() {
    let fixture = Fixture::new();
    let secret = github_token();
    let zip = Zip::default().deflated("a b/app.py", format!("x\n{}", line()).as_bytes());
    let zip = zip.stored(&format!("{secret}.txt"), format!("token: {secret}\n").as_bytes());
    fixture.write("dist/out.zip", zip.finish());
    let run = fixture.run(&[".", "--format", "json"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(run.places(), ["dist/out.zip!/a b/app.py:2", "dist/out.zip!/********.txt:1"]);
    assert_eq!(run.json()["ledger"]["containers"], 1);
    let sarif = fixture.run(&[".", "--format", "sarif"]);
    assert!(sarif.stdout.contains("\"dist/out.zip%21/a%20b/app.py\""), "{sarif:?}");
    for format in ["text", "json", "jsonl", "sarif", "github"] {
        let run = fixture.run(&[".", "--format", format]);
        assert!(!run.stdout.contains(&secret) && !run.stdout.contains(&password()), "{format}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let fixture = Fixture::new();
    for at in 0..12 {
        let zip = Zip::default().deflated("app.py", line().as_bytes());
        let locked = Entry { flags: 1, method: 0, crc: 0, size: 1 };
        let zip = zip.entry("locked", b"x", &locked).finish();
        fixture.write(&format!("{at}.tgz"), gz(&tar(&[("in.zip", &zip), ("b.env", line().as_bytes())])));
    }
    let runs = ["1", "2", "5"].map(|threads| fixture.run(&[".", "--format", "json", "--threads", threads]));
    assert_eq!((runs[0].code, runs[0].places().len()), (3, 24));
    assert!(runs.iter().all(|run| run.stdout == runs[0].stdout));
}

#[test]
fn what_cannot_be_opened_makes_the_scan_incomplete() {
    let fixture = Fixture::new();
    let locked = Entry { flags: 1, method: 0, crc: 0, size: 1 };
    fixture.write("locked.zip", Zip::default().entry("a.txt", b"x", &locked).finish());
    fixture.write("cut.gz", &gz(line().repeat(50).as_bytes())[..60]);
    let run = fixture.run(&[".", "--format", "json", "--exit-zero"]);
    assert_eq!(run.code, 3, "{run:?}");
    let failures = run.json()["ledger"]["failures"].clone();
    assert_eq!(failures[0]["path"], "cut.gz!/cut");
    assert_eq!(
        (&failures[1]["path"], &failures[1]["cause"]),
        (&"locked.zip!/a.txt".into(), &"it is encrypted".into())
    );
    let text = fixture.run(&["."]);
    assert!(text.stdout.contains("NOT SCANNED: 2"), "{text:?}");
}

#[test]
fn opening_can_be_switched_off_and_is_counted_then() {
    let fixture = Fixture::new();
    fixture.write("a.gz", gz(line().as_bytes()));
    let off = fixture.run(&[".", "--format", "json", "--archives", "off"]);
    assert_eq!((off.code, &off.json()["ledger"]["skipped"]["unopened-format"]), (0, &1.into()), "{off:?}");
    fixture.write(".secretscan.toml", "archives = 'off'\n");
    assert_eq!(fixture.run(&["."]).code, 0);
    assert_eq!(fixture.run(&[".", "--archives", "on"]).code, 1, "the command line wins");
}

#[test]
fn a_row_of_a_database_is_a_line() {
    let fixture = Fixture::new();
    let sql = format!(
        "CREATE TABLE login(name, password); INSERT INTO login VALUES ('a', NULL), ('b', '{}')",
        password()
    );
    fixture.write("app.db", sqlite(&sql));
    assert_eq!(fixture.run(&[".", "--format", "json"]).places(), ["app.db!/login:2"]);
}

#[test]
fn an_image_is_scanned_layer_by_layer_from_a_stream() {
    let fixture = Fixture::new();
    let layer = tar(&[("app/settings.py", line().as_bytes())]);
    let config = format!("{{\"config\": {{\"Env\": [\"API_TOKEN={}\"]}}}}", github_token());
    let image = tar(&[
        ("blobs/sha256/c0", config.as_bytes()),
        ("blobs/sha256/1a", &layer),
        ("manifest.json", b"[{\"Config\": \"blobs/sha256/c0\", \"Layers\": [\"blobs/sha256/1a\"]}]"),
    ]);
    let run = fixture.run_with_input(&["-", "--stdin-path", "image.tar", "--format", "json"], &image);
    assert_eq!(
        run.places(),
        ["image.tar!/blobs/sha256/1a!/app/settings.py:1", "image.tar!/blobs/sha256/c0:1"]
    );
}

#[test]
fn a_finding_in_a_notebook_says_the_cell() {
    let fixture = Fixture::new();
    let (source, output) = (line(), format!("token: {}\n", github_token()));
    let table = format!("<table>\n<tr>\n<td>password</td>\n<td>{}</td>\n", password());
    let lines: Vec<&str> = table.split_inclusive('\n').collect();
    let notebook = serde_json::json!({
        "cells": [
            { "cell_type": "markdown", "source": ["nothing"] },
            {
                "cell_type": "code",
                "source": ["import os\n", source],
                "outputs": [
                    {"output_type": "stream", "name": "stdout", "text": ["x\n", "y\n", output]},
                    {"output_type": "display_data", "data": {"text/html": lines}},
                ],
            },
        ],
        "nbformat": 4,
    });
    fixture.write("a.ipynb", serde_json::to_string_pretty(&notebook).expect("JSON"));
    let run = fixture.run(&[".", "--format", "json"]);
    let report = run.json();
    let findings = report["findings"].as_array().expect("findings");
    let cells: Vec<_> = findings.iter().map(|finding| finding["cell"].clone()).collect();
    assert_eq!(
        cells,
        [("source", 2), ("output", 3), ("output", 4)]
            .map(|(part, line)| serde_json::json!({"number": 2, "part": part, "line": line}))
    );
    let lines: Vec<_> = findings.iter().map(|finding| finding["start_line"].as_u64()).collect();
    assert!(
        lines.iter().all(|line| line.is_some_and(|line| line > 8)),
        "lines are those of the file: {lines:?}"
    );
    let text = fixture.run(&["."]).stdout;
    assert!(text.contains(" (cell 2, line 2)") && text.contains(" (output of cell 2, line 3)"), "{text}");
    let sarif = fixture.run(&[".", "--format", "sarif"]).json();
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let name = |result: &serde_json::Value| {
        result["locations"][0]["logicalLocations"][0]["name"].as_str().map(str::to_owned)
    };
    assert!(results.iter().filter_map(name).any(|name| name == "cell 2, line 2"), "{results:?}");
    assert!(fixture.run(&[".", "--format", "html"]).stdout.contains("\"cell\":\"output of cell 2, line 3\""));
}

#[test]
fn a_secret_in_a_document_is_shown_by_its_page() {
    let fixture = Fixture::new();
    let shown = |text: &str| format!("BT /F1 9 Tf 9 700 Td (Notes) Tj 0 -12 Td ({text}) Tj ET");
    let (first, second) = (shown("nothing"), shown(line().trim()));
    let pdf = Pdf::of_pages(&[&first, &second]);
    fixture.write("notes.pdf", pdf.finish("/Root 1 0 R"));
    assert_eq!(fixture.run(&[".", "--format", "json"]).places(), ["notes.pdf!/page-2:2"]);
    let locked = Pdf::of_pages(&[&second]).finish("/Root 1 0 R /Encrypt 9 0 R");
    fixture.write("notes.pdf", locked);
    let run = fixture.run(&[".", "--format", "json"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert_eq!(run.json()["ledger"]["failures"][0]["cause"], "it is encrypted");
}

#[test]
fn a_name_and_a_value_in_neighbouring_cells_are_read_together() {
    let fixture = Fixture::new();
    let row = "<row><c t=\"inlineStr\"><is><t>password</t></is></c><c t=\"s\"><v>1</v></c></row>";
    let strings = format!("<sst><si><t>x</t></si><si><t>{}</t></si></sst>", password());
    let xlsx = Zip::default().deflated("xl/worksheets/sheet1.xml", row.as_bytes());
    fixture.write("a.xlsx", xlsx.deflated("xl/sharedStrings.xml", strings.as_bytes()).finish());
    assert_eq!(fixture.run(&[".", "--format", "json"]).places(), ["a.xlsx!/xl/worksheets/sheet1.xml:1"]);
}

#[test]
fn a_staged_archive_is_opened() {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q"]);
    fixture.write("a.zip", Zip::default().deflated("app.py", line().as_bytes()).finish());
    fixture.git(&["add", "."]);
    assert_eq!(fixture.run(&["staged", "--format", "json"]).places(), ["a.zip!/app.py:1"]);
    assert_eq!(fixture.run(&["staged", "--archives", "off"]).code, 0);
}

#[test]
fn a_place_in_an_archive_can_be_explained() {
    let fixture = Fixture::new();
    let zip = Zip::default().stored("a.py", line().as_bytes()).stored("b.py", line().as_bytes());
    fixture.write("x.zip", zip.finish());
    let run = fixture.run(&["explain", "x.zip!/b.py:1"]);
    assert!(run.stdout.starts_with("x.zip!/b.py:1:") && !run.stdout.contains("a.py"), "{run:?}");
}
