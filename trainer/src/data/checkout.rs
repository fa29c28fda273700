//! Walks a folder of files, in one fixed order, and finds files by CredData's ids.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use secretscan::judge::digest::sha256_hex;

/// A folder and the paths of its files.
#[derive(Debug)]
pub struct Checkout {
    /// The folder.
    pub root: PathBuf,
    /// Paths below it, `/` between parts, sorted. Links, `.git` and names that are no UTF-8 are left out.
    pub files: Vec<String>,
}

impl Checkout {
    /// Walks `root`.
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        walk(root, "", &mut files)?;
        files.sort();
        Ok(Self { root: root.to_owned(), files })
    }

    /// The files by the first eight hexadecimal digits of the SHA-256 of their path.
    pub fn by_id(&self) -> BTreeMap<String, &str> {
        self.files.iter().map(|path| (file_id(path), path.as_str())).collect()
    }

    /// The text of one of its files; `None` if it is no text.
    pub fn text(&self, path: &str) -> anyhow::Result<Option<String>> {
        super::document::read(&self.root.join(path))
    }
}

/// CredData's id of a file: the first eight hexadecimal digits of the SHA-256 of its path in the repository.
pub fn file_id(path: &str) -> String {
    sha256_hex(path.as_bytes())[..8].to_owned()
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<String>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let kind = entry.file_type().with_context(|| format!("cannot look at {}", entry.path().display()))?;
        let path = format!("{prefix}{name}");
        if kind.is_dir() && name != ".git" {
            walk(&entry.path(), &format!("{path}/"), files)?;
        } else if kind.is_file() && path != ".done" {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_listed_sorted_and_found_by_id() {
        let folder = tempfile::tempdir().expect("a folder");
        for path in ["b/z.txt", "a.txt", ".git/config", ".done", ".env"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("it has one")).expect("created");
            std::fs::write(path, "x").expect("written");
        }
        let checkout = Checkout::open(folder.path()).expect("walked");
        assert_eq!(checkout.files, [".env", "a.txt", "b/z.txt"]);
        // printf %s b/z.txt | sha256sum
        assert_eq!(checkout.by_id().get(&sha256_hex(b"b/z.txt")[..8]), Some(&"b/z.txt"));
        assert_eq!(checkout.text("a.txt").expect("read").as_deref(), Some("x"));
    }
}
