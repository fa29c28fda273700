//! Opening a file without ever waiting for it, and telling whether it changed meanwhile.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use crate::source::container::OnDisk;

/// Files in `/proc` and the like say that they are empty and are not; this much is read of them.
const UNSIZED_LIMIT: u64 = 64 * 1024 * 1024;

/// What a path turned out to be.
pub(super) enum Opened {
    Regular(RegularFile),
    /// A named pipe, a socket or a device.
    Special,
}

/// An open file and its state at that moment.
pub(super) struct RegularFile {
    file: File,
    before: Metadata,
}

/// Opens `path` for reading.
///
/// The walk has seen a regular file there, but that was a moment ago: a pipe that took its place must not block, and
/// a link must not lead elsewhere.
pub(super) fn open(path: &Path) -> io::Result<Opened> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_NOCTTY);
    }
    let file = options.open(path)?;
    let before = file.metadata()?;
    if before.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !before.is_file() {
        return Ok(Opened::Special);
    }
    Ok(Opened::Regular(RegularFile { file, before }))
}

impl RegularFile {
    /// Bytes when it was opened.
    pub(super) fn len(&self) -> u64 {
        self.before.len()
    }

    /// Its content as long as it was when it was opened: a log that grows faster than it is read still ends.
    pub(super) fn content(&self) -> impl Read {
        let limit = if self.len() == 0 { UNSIZED_LIMIT } else { self.len() };
        (&self.file).take(limit)
    }

    /// The file, to be read at any place; `path` is where it lies.
    pub(super) fn on_disk<'a>(&'a self, path: &'a Path) -> OnDisk<'a> {
        OnDisk { file: &self.file, path }
    }

    /// True if nobody changed it since, after `bytes` were read.
    pub(super) fn unchanged(&self, bytes: u64) -> bool {
        let Ok(after) = self.file.metadata() else { return false };
        let same_time = match (self.before.modified(), after.modified()) {
            (Ok(before), Ok(after)) => before == after,
            // A file system without times: the size has to do.
            _ => true,
        };
        let whole = bytes == after.len() || (after.len() == 0 && bytes < UNSIZED_LIMIT);
        same_time && after.len() == self.before.len() && whole
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn regular(path: &Path) -> RegularFile {
        match open(path).expect("it exists") {
            Opened::Regular(file) => file,
            Opened::Special => panic!("a regular file"),
        }
    }

    fn read(file: &RegularFile) -> u64 {
        let mut content = Vec::new();
        file.content().read_to_end(&mut content).expect("readable") as u64
    }

    #[test]
    fn a_file_that_grows_shrinks_or_is_rewritten_has_changed() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("log");
        let changes: [fn(&Path); 3] = [
            |path| {
                let mut log = OpenOptions::new().append(true).open(path).expect("open");
                log.write_all(b"more").expect("append");
            },
            |path| OpenOptions::new().write(true).open(path).expect("open").set_len(2).expect("cut"),
            |path| {
                let file = OpenOptions::new().write(true).open(path).expect("open");
                file.set_modified(std::time::UNIX_EPOCH).expect("touch");
            },
        ];
        for (n, change) in changes.iter().enumerate() {
            std::fs::write(&path, b"content").expect("write");
            let file = regular(&path);
            assert_eq!(read(&file), 7);
            assert!(file.unchanged(7));
            change(&path);
            assert!(!file.unchanged(7), "change {n}");
        }
    }

    #[test]
    fn a_file_cut_short_before_it_is_read_has_changed() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("data");
        std::fs::write(&path, b"content").expect("write");
        let file = regular(&path);
        std::fs::write(&path, b"con").expect("write");
        let bytes = read(&file);
        assert!(!file.unchanged(bytes));
    }

    #[test]
    fn a_folder_and_a_missing_file_are_errors() {
        let dir = tempfile::tempdir().expect("a folder");
        let kind = |path: &Path| open(path).err().map(|error| error.kind());
        assert_eq!(kind(dir.path()), Some(io::ErrorKind::IsADirectory));
        assert_eq!(kind(&dir.path().join("none")), Some(io::ErrorKind::NotFound));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pseudo_file_without_a_size_is_read() {
        let file = regular(Path::new("/proc/self/status"));
        let bytes = read(&file);
        assert!(bytes > 0);
        assert!(file.unchanged(bytes));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_took_the_place_of_a_file_is_not_followed() {
        let dir = tempfile::tempdir().expect("a folder");
        let (target, link) = (dir.path().join("target"), dir.path().join("link"));
        std::fs::write(&target, b"x").expect("write");
        std::os::unix::fs::symlink(&target, &link).expect("link");
        assert!(open(&link).is_err());
    }
}
