//! A small checkout with labels.

use std::path::Path;

use super::*;
use crate::data::collection::Row;
use crate::prepare;

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().expect("it has one")).expect("created");
    std::fs::write(path, text).expect("written");
}

fn row(path: &str, line: usize, columns: (usize, usize), class: Class) -> Row {
    Row { file: file_id(path), line, columns, class, category: "Password".into(), confidence: 90 }
}

#[test]
fn labels_become_examples_and_what_is_missing_is_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let value = ["Kestrel#", "Harbor91"].concat();
    let filler = "# nothing to see here\r\n".repeat(1000);
    write(
        folder.path(),
        "conf/app.env",
        &format!("{filler}é=1\r\nDB_PASSWORD={value}\r\nAPI_TOKEN=changeme-{}\r\n{filler}", "later"),
    );
    let mut labels = Repository {
        rows: vec![
            row("conf/app.env", 1002, (12, 12 + value.len()), Class::Real),
            row("conf/app.env", 1002, (12, 12 + value.len()), Class::Real),
            row("conf/app.env", 2, (500, 510), Class::Not),
            row("gone.txt", 7, (0, 3), Class::Not),
        ],
        ..Repository::default()
    };
    labels.labelled.insert(file_id("conf/app.env"), vec![(1002, 1002)]);
    let engine = prepare::engine();
    // An id whose split is not test.
    let id = (0..100)
        .map(|n| format!("repo{n}"))
        .find(|id| split::of_repository(id) == Split::Train)
        .expect("one of them");
    let task = Task {
        id: &id,
        labels: Some(&labels),
        readers: &[],
        checkout: Checkout::open(folder.path()).expect("walked"),
        seed: 1,
        every_file: false,
    };
    let out = read(&task, &engine).expect("read");
    assert_eq!((out.missing.len(), out.misplaced.len(), out.duplicates, out.without_candidate), (1, 1, 1, 0));
    let real: Vec<&Example> = out.examples.iter().filter(|e| e.class == Class::Real).collect();
    assert_eq!(real.len(), 1);
    assert_eq!(&real[0].text[real[0].span[0]..real[0].span[1]], value);
    assert!(real[0].text.len() < 10_000 && real[0].text.starts_with("# nothing"));
    assert_eq!(real[0].statistics.map(|s| s.lines), Some(2004));
    assert!(out.sensitive.contains(&value));
    assert!(
        out.examples
            .iter()
            .chain(&out.uncertain)
            .any(|e| e.source == "unlabelled" && e.text.contains("API_TOKEN"))
    );
}

#[test]
fn no_repository_weighs_more_than_its_cap() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines: String = (0..600).map(|n| format!("password{n} = \"Kettle{n}x\"\n")).collect();
    write(folder.path(), "a.py", &lines);
    let rows = (1..=600)
        .map(|line| {
            let start = format!("password{} = \"", line - 1).len();
            let category = if line % 2 == 0 { "Password" } else { "Key" };
            Row { category: category.into(), ..row("a.py", line, (start, start + 7), Class::Weak) }
        })
        .collect();
    let labels = Repository { rows, ..Repository::default() };
    let task = Task {
        id: "x",
        labels: Some(&labels),
        readers: &[],
        checkout: Checkout::open(folder.path()).expect("walked"),
        seed: 1,
        every_file: false,
    };
    let out = read(&task, &prepare::engine()).expect("read");
    let sum: f32 = out.examples.iter().filter(|e| e.source == "credata").map(|e| e.weight).sum();
    assert!((sum - REPOSITORY_WEIGHT).abs() < 0.5, "{sum}");
}
