//! What the user named: existing or not, file or folder, each place once.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Item, failure, shown};
use crate::ledger::SkipReason;

/// A file or folder to scan.
pub(super) struct Root {
    /// Where to read; never a link itself.
    pub(super) path: PathBuf,
    /// As reports show it.
    pub(super) shown: String,
    /// Without links and relative parts, to compare places.
    pub(super) canonical: PathBuf,
    /// Canonical paths of other named places inside this folder, which have a turn of their own.
    pub(super) carved: Vec<PathBuf>,
}

/// Everything that was named, each place once, in a fixed order.
#[derive(Default)]
pub(super) struct Roots {
    /// What cannot be scanned.
    pub(super) items: Vec<Item>,
    pub(super) files: Vec<Root>,
    pub(super) folders: Vec<Root>,
}

impl Roots {
    /// Looks at every path; opens none.
    pub(super) fn resolve(paths: &[PathBuf]) -> Self {
        let mut roots = Self::default();
        for path in paths {
            if let Err(error) = roots.add(path) {
                roots.items.push(Item::Failed(failure::of_name(shown(path), &error)));
            }
        }
        for list in [&mut roots.files, &mut roots.folders] {
            // Of several names for one place the shortest stays, whatever their order was.
            list.sort_by(|a, b| {
                (&a.canonical, a.shown.len(), &a.shown).cmp(&(&b.canonical, b.shown.len(), &b.shown))
            });
            list.dedup_by(|a, b| a.canonical == b.canonical);
        }
        roots.carve();
        roots
    }

    /// True if there is one file and nothing to walk: so little that no thread is worth its start.
    pub(super) fn is_one_file(&self) -> bool {
        self.files.len() <= 1 && self.folders.is_empty() && self.items.len() <= 2
    }

    fn add(&mut self, path: &Path) -> std::io::Result<()> {
        let is_link = fs::symlink_metadata(path)?.is_symlink();
        let canonical = path.canonicalize()?;
        let path = if is_link { near(&canonical) } else { path.to_path_buf() };
        let shown = shown(&path);
        let kind = fs::metadata(&path)?.file_type();
        if !kind.is_dir() && !kind.is_file() {
            self.items.push(Item::Notice(format!(
                "{shown}: a pipe, socket or device is not opened; pass a stream on standard input with `-`"
            )));
            self.items.push(Item::Skipped(shown, SkipReason::SpecialFile));
            return Ok(());
        }
        let root = Root { path: walkable(path), shown, canonical, carved: Vec::new() };
        if kind.is_dir() {
            self.folders.push(root);
        } else {
            self.files.push(root);
        }
        Ok(())
    }

    /// Tells every folder which of the other places lie inside it.
    fn carve(&mut self) {
        let mut places: Vec<PathBuf> =
            self.files.iter().chain(&self.folders).map(|root| root.canonical.clone()).collect();
        places.sort();
        for folder in &mut self.folders {
            let from = places.partition_point(|place| *place <= folder.canonical);
            folder.carved = places[from..]
                .iter()
                .take_while(|place| place.starts_with(&folder.canonical))
                .cloned()
                .collect();
        }
    }
}

/// A link's target as the user would name it: from the current folder if it lies below, else in full.
fn near(target: &Path) -> PathBuf {
    let here = Path::new(".").canonicalize();
    let below = here.ok().and_then(|here| target.strip_prefix(here).ok().map(Path::to_path_buf));
    match below {
        Some(path) if path.as_os_str().is_empty() => PathBuf::from("."),
        Some(path) => path,
        None => target.to_path_buf(),
    }
}

/// The walker takes `-` for standard input.
fn walkable(path: PathBuf) -> PathBuf {
    if path == Path::new("-") { Path::new(".").join(path) } else { path }
}
