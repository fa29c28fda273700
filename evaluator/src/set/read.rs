//! Sets on disk, and what makes them trustworthy.

use std::path::Path;

use anyhow::{Context as _, ensure};
use secretscan::judge::digest::sha256_hex;
use trainer::data::{receipt, store};
use trainer::example::Example;

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
    let receipt = if without_receipt { None } else { Some(receipt_of(path)?) };
    let examples = store::read(path)?;
    ensure!(!examples.is_empty(), "{} holds no example", path.display());
    Ok(Set { examples, sha256: sha256_hex(&bytes), receipt })
}

/// The hash of the receipt beside `path`, which must list it, and fit every file that it lists.
fn receipt_of(path: &Path) -> anyhow::Result<String> {
    const REMEDY: &str =
        "build the set again with `trainer data build`, or measure it with --without-receipt";
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let receipt = receipt::verify(folder)
        .with_context(|| format!("{} has no leakage receipt; {REMEDY}", path.display()))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let listed = receipt.files.contains_key(&name);
    ensure!(listed, "the receipt in {} does not list {name}; {REMEDY}", folder.display());
    let file = folder.join(receipt::NAME);
    let bytes = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(sha256_hex(&bytes))
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

        let hash = sha256_hex(&std::fs::read(&path).expect("there"));
        let write = |files: &[(&str, &str)]| {
            let mut receipt = receipt::Receipt::new("rules".into());
            receipt.files = files.iter().map(|(n, h)| ((*n).to_owned(), (*h).to_owned())).collect();
            receipt.write(folder.path()).expect("written");
        };
        write(&[("test.jsonl", &hash)]);
        assert!(read(&path, false).expect("listed").receipt.is_some());
        write(&[("test.jsonl", "00")]);
        assert!(error(false).contains("not the file of the receipt"), "{}", error(false));
        write(&[]);
        assert!(error(false).contains("does not list"), "{}", error(false));
    }

    #[test]
    fn a_broken_line_is_named_and_not_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("test.jsonl");
        for (second, cause) in [
            (line("[11,99]", "alert"), "span"),
            (line("[11,21]", "safe"), "disagree"),
            ("{\"id\": 7, \"text\": \"Kestrel\"}".to_owned(), "not an example"),
        ] {
            std::fs::write(&path, line("[11,21]", "alert") + "\n" + &second + "\n").expect("written");
            let error = format!("{:#}", read(&path, true).expect_err("broken"));
            assert!(error.contains("line 2") && error.contains(cause), "{error}");
            assert!(!error.contains("Kestrel"), "{error}");
        }
    }
}
