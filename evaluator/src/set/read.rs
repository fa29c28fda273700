//! Sets on disk, and what makes them trustworthy.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use trainer::example::Example;

/// Name of the receipt beside a set.
const RECEIPT: &str = "receipt.json";

/// A set with its hash.
#[derive(Debug, Default)]
pub struct Set {
    /// In the file's order.
    pub examples: Vec<Example>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// SHA-256 of the receipt that lists this file with this hash.
    pub receipt: Option<String>,
}

/// Reads a set and checks it against the receipt in its folder. Without one that lists it, it is an error unless
/// `without_receipt`. Errors show lines by number and never their content.
pub fn read(path: &Path, without_receipt: bool) -> anyhow::Result<Set> {
    let bytes = std::fs::read(path)
        .with_context(|| format!("cannot read {}; make it with `trainer data build`", path.display()))?;
    let sha256 = hex(&Sha256::digest(&bytes));
    let receipt = if without_receipt { None } else { Some(receipt(path, &sha256)?) };
    let mut examples = Vec::new();
    for (line, number) in BufReader::new(bytes.as_slice()).lines().zip(1..) {
        let place = || format!("{} line {number}", path.display());
        let example: Example = serde_json::from_str(&line.with_context(place)?)
            .map_err(|e| anyhow::anyhow!("no example: {:?} error at column {}", e.classify(), e.column()))
            .with_context(place)?;
        check(&example).with_context(place)?;
        examples.push(example);
    }
    ensure!(!examples.is_empty(), "{} holds no example", path.display());
    Ok(Set { examples, sha256, receipt })
}

/// What holds for every example.
fn check(example: &Example) -> anyhow::Result<()> {
    let [start, end] = example.span;
    ensure!(
        start < end && example.text.get(start..end).is_some(),
        "the span {start}..{end} is not in its text"
    );
    ensure!(example.label == example.class.label(), "label and class disagree");
    ensure!(example.weight > 0.0, "the weight {} is not above 0", example.weight);
    Ok(())
}

#[derive(Deserialize)]
struct Receipt {
    files: BTreeMap<String, String>,
}

/// The hash of the receipt beside `path`, which must list it.
fn receipt(path: &Path, sha256: &str) -> anyhow::Result<String> {
    const REMEDY: &str =
        "build the set again with `trainer data build`, or measure it with --without-receipt";
    let beside: PathBuf = path.with_file_name(RECEIPT);
    let bytes = std::fs::read(&beside).with_context(|| {
        format!("{} has no leakage receipt {}; {REMEDY}", path.display(), beside.display())
    })?;
    let receipt: Receipt = serde_json::from_slice(&bytes)
        .map_err(|error| anyhow::anyhow!("{} is no receipt: {error}; {REMEDY}", beside.display()))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let listed = receipt.files.get(&name);
    ensure!(listed.is_some(), "{} does not list {name}; {REMEDY}", beside.display());
    ensure!(
        listed.is_some_and(|listed| listed == sha256),
        "{} is not the file of its receipt (SHA-256 {sha256}); {REMEDY}",
        path.display()
    );
    Ok(hex(&Sha256::digest(&bytes)))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(span: &str, label: &str) -> String {
        let text = ["pass", "word = Kestrel#91"].concat();
        format!(
            r#"{{"id":"t/1","source":"hand","repo":"t","path":"a.py","text":"{text}","span":{span},"label":"{label}","class":"real","kind":"k","stratum":"s","split":"test","weight":1.0}}"#
        )
    }

    #[test]
    fn a_set_needs_the_receipt_that_lists_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("test.jsonl");
        std::fs::write(&path, line("[11,21]", "alert") + "\n").expect("written");
        let error = |without| format!("{:#}", read(&path, without).expect_err("refused"));
        assert!(error(false).contains("no leakage receipt"), "{}", error(false));
        assert_eq!(read(&path, true).expect("readable").examples.len(), 1);

        let hash = hex(&Sha256::digest(std::fs::read(&path).expect("there")));
        let receipt = |hash: &str| format!(r#"{{"files":{{"test.jsonl":"{hash}"}}}}"#);
        std::fs::write(folder.path().join(RECEIPT), receipt(&hash)).expect("written");
        assert!(read(&path, false).expect("listed").receipt.is_some());
        std::fs::write(folder.path().join(RECEIPT), receipt("00")).expect("written");
        assert!(error(false).contains("not the file of its receipt"), "{}", error(false));
        std::fs::write(folder.path().join(RECEIPT), r#"{"files":{}}"#).expect("written");
        assert!(error(false).contains("does not list"), "{}", error(false));
    }

    #[test]
    fn a_broken_line_is_named_and_not_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("test.jsonl");
        for (second, cause) in [
            (line("[11,99]", "alert"), "span"),
            (line("[11,21]", "safe"), "disagree"),
            ("{\"id\": 7, \"text\": \"Kestrel\"}".to_owned(), "no example"),
        ] {
            std::fs::write(&path, line("[11,21]", "alert") + "\n" + &second + "\n").expect("written");
            let error = format!("{:#}", read(&path, true).expect_err("broken"));
            assert!(error.contains("line 2") && error.contains(cause), "{error}");
            assert!(!error.contains("Kestrel"), "{error}");
        }
    }
}
