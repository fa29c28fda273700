//! The paths of what lies in a container.

/// Longest name that is shown; a tar header can hold a longer one.
pub(super) const LONGEST: usize = 4096;

/// The path of the entry `name`. Empty parts, `.` and `..` are left out, so that it always lies in the container.
pub(super) fn inside(container: &str, name: &[u8]) -> String {
    let name = String::from_utf8_lossy(&name[..name.len().min(LONGEST)]);
    let mut path = format!("{container}!");
    for part in name.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")) {
        path.push('/');
        path.push_str(part);
    }
    if path.len() == container.len() + 1 {
        path.push('/');
    }
    path
}

/// The name of what a compressed file holds: its own without the last suffix.
pub(super) fn unpacked(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leads_out_of_the_container() {
        for (name, expected) in [
            (&b"a/b.txt"[..], "x.zip!/a/b.txt"),
            (b"/etc/passwd", "x.zip!/etc/passwd"),
            (b"../../etc/passwd", "x.zip!/etc/passwd"),
            (b"a\\..\\b", "x.zip!/a/b"),
            (b"./a//b/", "x.zip!/a/b"),
            (b"..", "x.zip!/"),
            (b"caf\xe9", "x.zip!/caf\u{fffd}"),
        ] {
            assert_eq!(inside("x.zip", name), expected);
        }
        assert!(inside("x.zip", "a".repeat(100_000).as_bytes()).len() < 5000);
    }

    #[test]
    fn a_compressed_file_gives_its_name() {
        for (path, expected) in
            [("a.b/dump.sql.gz", "dump.sql"), ("log", "log"), ("a.zip!/x/y.xz", "y"), (".gz", "")]
        {
            assert_eq!(unpacked(path), expected);
        }
    }
}
