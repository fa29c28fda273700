//! The configuration's path allow-list.

use std::path::{Component, Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Paths that are not scanned, in the pattern language of `.gitignore`, relative to a folder.
#[derive(Debug, Clone)]
pub struct AllowedPaths {
    root: PathBuf,
    patterns: Gitignore,
}

impl AllowedPaths {
    /// Compiles the patterns. `root` is absolute: the configuration file's folder. The error names the pattern.
    pub fn new(root: &Path, patterns: &[String]) -> Result<Self, ignore::Error> {
        let mut builder = GitignoreBuilder::new(root);
        for pattern in patterns {
            builder.add_line(None, pattern)?;
        }
        Ok(Self { root: root.to_owned(), patterns: builder.build()? })
    }

    /// True if the file at `path` (absolute, or relative to `base`) is on the list. Paths outside the root never are.
    pub fn allows(&self, base: &Path, path: &Path) -> bool {
        if self.patterns.is_empty() {
            return false;
        }
        let absolute = normal(&base.join(path));
        absolute.strip_prefix(&self.root).is_ok_and(|below| {
            !below.as_os_str().is_empty()
                && self.patterns.matched_path_or_any_parents(below, false).is_ignore()
        })
    }
}

/// Resolves `.` and `..` by text, so that `scan ../repo/x` and `scan x` meet the same patterns.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_gitignore() {
        let patterns = ["/vendor/", "*.snap", "!keep.snap"].map(str::to_owned);
        let allowed = AllowedPaths::new(Path::new("/repo"), &patterns).expect("good patterns");
        let table = [
            ("vendor/a.c", true),
            ("src/vendor/a.c", false),
            ("deep/down/x.snap", true),
            ("keep.snap", false),
            ("./vendor/../src/main.rs", false),
            ("/elsewhere/x.snap", false),
        ];
        for (path, expected) in table {
            assert_eq!(allowed.allows(Path::new("/repo"), Path::new(path)), expected, "{path}");
        }
        assert!(allowed.allows(Path::new("/repo/src"), Path::new("../vendor/a.c")));
    }
}
