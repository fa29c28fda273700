//! Places as code-scanning platforms want them: a path below the checkout, a region on one line.
//!
//! Pure text: nothing is looked up on disk, `..` is resolved by name.

use std::fmt::Write as _;

use crate::finding::Finding;

/// A path seen from the base directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Below the base: no leading `./`, no `..` inside.
    Relative(String),
    /// Somewhere else, from the root.
    Absolute(String),
}

impl Place {
    /// Sees `path` from `base`; both with `/` between parts. Without a base, a relative path stays relative.
    pub(super) fn new(path: &str, base: &str) -> Self {
        let base = if base.is_empty() { String::new() } else { normal(base) };
        if base.is_empty() && !is_absolute(path) {
            return Self::Relative(normal(path));
        }
        let whole = if is_absolute(path) { normal(path) } else { normal(&format!("{base}/{path}")) };
        let below = match whole.strip_prefix(&base) {
            Some(rest) if base.ends_with('/') => Some(rest),
            Some(rest) if !base.is_empty() => rest.strip_prefix('/'),
            _ => None,
        };
        match below {
            Some(below) => Self::Relative(below.to_owned()),
            None => Self::Absolute(whole),
        }
    }

    /// The path itself.
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Relative(path) | Self::Absolute(path) => path,
        }
    }

    /// A relative reference or a `file` URI (RFC 3986, RFC 8089); all but unreserved characters percent-encoded.
    pub(super) fn uri(&self) -> String {
        match self {
            Self::Relative(path) if path.is_empty() => "./".to_owned(),
            Self::Relative(path) => encoded(path),
            Self::Absolute(path) => match path.split_once(":/") {
                Some((drive, rest)) if drive.len() == 1 => format!("file:///{drive}:/{}", encoded(rest)),
                _ => format!("file://{}", encoded(path)),
            },
        }
    }
}

fn is_absolute(path: &str) -> bool {
    let bytes = path.as_bytes();
    path.starts_with('/') || (bytes.len() >= 3 && bytes[0].is_ascii_alphabetic() && &bytes[1..3] == b":/")
}

/// Drops `.` and empty parts and resolves `..` where there is something to go up from.
fn normal(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|&last| last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    if rooted { format!("/{}", parts.join("/")) } else { parts.join("/") }
}

fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// Part of one line. A finding over several lines is shown on its first one: platforms annotate a pull request
/// only where all lines of an alert were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OneLine {
    /// From 1.
    pub line: u64,
    /// From 1.
    pub start_column: u64,
    /// One past the last character; greater than the start.
    pub end_column: u64,
}

impl OneLine {
    /// Columns in UTF-16 code units.
    pub(super) fn utf16(finding: &Finding) -> Self {
        let at = &finding.location;
        Self::new(at.start_line, at.start_column_utf16, at.first_line_end_utf16)
    }

    /// Columns in characters.
    pub(super) fn chars(finding: &Finding) -> Self {
        let at = &finding.location;
        Self::new(at.start_line, at.start_column, at.first_line_end)
    }

    fn new(line: u64, start_column: u64, end_column: u64) -> Self {
        Self { line, start_column, end_column: end_column.max(start_column + 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn paths_become_relative_to_the_base_or_file_uris() {
        for (path, base, expected) in [
            ("src/a.rs", "/work/repo", "src/a.rs"),
            ("./src//a.rs", "/work/repo", "src/a.rs"),
            ("/work/repo/src/a.rs", "/work/repo/", "src/a.rs"),
            ("/work/repository/a.rs", "/work/repo", "file:///work/repository/a.rs"),
            ("../other/a.rs", "/work/repo", "file:///work/other/a.rs"),
            ("../repo/a.rs", "/work/repo", "a.rs"),
            ("../../../../a.rs", "/work/repo", "file:///a.rs"),
            ("/etc/passwd", "/", "etc/passwd"),
            ("C:/repo/a b.rs", "C:/repo", "a%20b.rs"),
            ("D:/x/a b.rs", "C:/repo", "file:///D:/x/a%20b.rs"),
            ("./a/../b c", "", "b%20c"),
            ("../b", "", "../b"),
            ("/abs/é", "", "file:///abs/%C3%A9"),
            ("100%/a:b#c?d[e]", "/w", "100%25/a%3Ab%23c%3Fd%5Be%5D"),
            ("<stdin>", "/w", "%3Cstdin%3E"),
            ("a\\b\n", "/w", "a%5Cb%0A"),
            ("/w", "/w", "file:///w"),
            (".", "", "./"),
        ] {
            assert_eq!(Place::new(path, base).uri(), expected, "{path} from {base}");
        }
    }
}
