//! The receipt of a built set: how it was split and from what, and the hash of every file.
//!
//! Whoever measures with a set asks [`verify`] first; a set that was edited, mixed or built elsewhere has no receipt.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use secretscan::judge::digest::sha256_hex;
use serde::{Deserialize, Serialize};

/// Name of the file.
pub const NAME: &str = "receipt.json";
/// Version of its format.
const FORMAT: u32 = 1;

/// What was built.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Version of this format.
    pub format: u32,
    /// Version of the program.
    pub trainer: String,
    /// Digest of the scanner's rules.
    pub rules: String,
    /// The rule of the split, in words.
    pub split_rule: String,
    /// Repositories by split; no repository is in two.
    pub repositories: BTreeMap<String, Vec<String>>,
    /// Examples by `split/source/class`.
    pub counts: BTreeMap<String, usize>,
    /// What could not be used, or was left out, by reason.
    pub left_out: BTreeMap<String, usize>,
    /// Rows whose file is not in its checkout, or whose columns are not in the line: `repository file:line`.
    pub missing: Vec<String>,
    /// What the guard between the splits looked for and removed.
    pub guard: super::guard::Report,
    /// Seed, copies and numbers of generated examples.
    pub settings: BTreeMap<String, u64>,
    /// SHA-256 of every file, by name.
    pub files: BTreeMap<String, String>,
}

impl Receipt {
    /// An empty one of this program.
    pub fn new(rules: String) -> Self {
        Self {
            format: FORMAT,
            trainer: env!("CARGO_PKG_VERSION").to_owned(),
            rules,
            split_rule: super::split::RULE.to_owned(),
            ..Self::default()
        }
    }

    /// Writes it beside the files.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let path = folder.join(NAME);
        let text = serde_json::to_string_pretty(self).context("the receipt cannot be written as JSON")?;
        std::fs::write(&path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Reads the receipt of a folder and checks the hash of every file that it lists.
pub fn verify(folder: &Path) -> anyhow::Result<Receipt> {
    let path = folder.join(NAME);
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!("{} has no receipt; build the set with `trainer data build`", folder.display())
    })?;
    let receipt: Receipt =
        serde_json::from_str(&text).with_context(|| format!("{} is no receipt", path.display()))?;
    ensure!(
        receipt.format == FORMAT,
        "{} has format {}, this program reads {FORMAT}; build the set again",
        path.display(),
        receipt.format
    );
    for (name, expected) in &receipt.files {
        let file = folder.join(name);
        let bytes = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let found = sha256_hex(&bytes);
        ensure!(
            found == *expected,
            "{} is not the file of the receipt (SHA-256 {found}); build the set again",
            file.display()
        );
    }
    Ok(receipt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_has_no_receipt() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("test.jsonl"), "a\n").expect("written");
        let mut receipt = Receipt::new("r".into());
        receipt.files.insert("test.jsonl".into(), sha256_hex(b"a\n"));
        receipt.write(folder.path()).expect("written");
        assert_eq!(verify(folder.path()).expect("sound"), receipt);
        std::fs::write(folder.path().join("test.jsonl"), "b\n").expect("written");
        assert!(format!("{:#}", verify(folder.path()).expect_err("changed")).contains("test.jsonl"));
        assert!(verify(&folder.path().join("nowhere")).is_err());
    }
}
