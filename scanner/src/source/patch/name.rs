//! Paths as diffs write them.

/// The path of `--- …` and `+++ …`, without what a time stamp or git adds after a tab; quotes and escapes undone.
pub(super) fn unquote(written: &[u8]) -> Vec<u8> {
    let Some(quoted) = written.strip_prefix(b"\"") else {
        let end = written.iter().position(|&byte| byte == b'\t').unwrap_or(written.len());
        return written[..end].to_vec();
    };
    let mut path = Vec::with_capacity(quoted.len());
    let mut bytes = quoted.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => path.extend(escaped(&mut bytes)),
            byte => path.push(byte),
        }
    }
    path
}

/// What stands after a backslash: a letter, or three octal digits.
fn escaped(bytes: &mut impl Iterator<Item = u8>) -> Option<u8> {
    Some(match bytes.next()? {
        b'a' => 0x07,
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 0x0b,
        b'f' => 0x0c,
        b'r' => b'\r',
        digit @ b'0'..=b'3' => {
            let next = |bytes: &mut dyn Iterator<Item = u8>| bytes.next().map_or(0, |byte| byte & 7);
            (digit & 7) << 6 | next(bytes) << 3 | next(bytes)
        }
        other => other,
    })
}

/// The path of the new side without the prefix that git puts before it (`b/`, or `w/`, `i/`, `c/` by
/// `diff.mnemonicPrefix`). `old` is the other side's name, `plain` says that there are no prefixes.
pub(super) fn without_prefix<'a>(old: &[u8], new: &'a [u8], plain: bool) -> &'a [u8] {
    let prefix = |name: &[u8]| match name {
        [letter @ (b'a' | b'b' | b'c' | b'i' | b'o' | b'w' | b'1' | b'2'), b'/', _, ..] => Some(*letter),
        _ => None,
    };
    match (prefix(old), prefix(new)) {
        (Some(old), Some(new_letter)) if old != new_letter && !plain => &new[2..],
        (None, Some(_)) if old == b"/dev/null" && !plain => &new[2..],
        _ => new,
    }
}

/// The two names of `diff --git A B`. Without quotes they are told apart by being of the same file; a renamed one has
/// its names in lines of their own.
pub(super) fn of_header(names: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    if names.starts_with(b"\"") || names.ends_with(b"\"") {
        let cut = if names.starts_with(b"\"") {
            let end = (1..names.len()).find(|&at| names[at] == b'"' && names[at - 1] != b'\\')?;
            end + 1
        } else {
            names.iter().position(|&byte| byte == b'"')?.checked_sub(1)?
        };
        return Some((unquote(&names[..cut]), unquote(names.get(cut + 1..)?)));
    }
    let middle = names.len() / 2;
    (names.len() % 2 == 1 && names[middle] == b' ')
        .then(|| (names[..middle].to_vec(), names[middle + 1..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_escapes_tabs_and_time_stamps_are_undone() {
        for (written, path) in [
            ("b/plain.txt", "b/plain.txt"),
            ("b/with space.txt\t", "b/with space.txt"),
            ("new.c\t2026-11-21 13:40:00.000000000 +0000", "new.c"),
            (r#""b/tab\there""#, "b/tab\there"),
            (r#""b/\303\274ber \"x\" \\y""#, "b/über \"x\" \\y"),
        ] {
            assert_eq!(unquote(written.as_bytes()), path.as_bytes(), "{written}");
        }
    }

    #[test]
    fn only_prefixes_are_cut_off() {
        for (old, new, plain, path) in [
            ("a/x/y", "b/x/y", false, "x/y"),
            ("/dev/null", "b/x", false, "x"),
            ("i/x", "w/x", false, "x"),
            ("b/x", "b/x", false, "b/x"),
            ("/dev/null", "b/x", true, "b/x"),
            ("src/x", "src/x", false, "src/x"),
            ("x.orig", "x", false, "x"),
        ] {
            assert_eq!(without_prefix(old.as_bytes(), new.as_bytes(), plain), path.as_bytes(), "{old} {new}");
        }
    }

    #[test]
    fn a_header_names_both_sides() {
        let pair = |a: &str, b: &str| Some((a.as_bytes().to_vec(), b.as_bytes().to_vec()));
        assert_eq!(of_header(b"a/x y b/x y"), pair("a/x y", "b/x y"));
        assert_eq!(of_header(br#""a/\t" "b/\t""#), pair("a/\t", "b/\t"));
        assert_eq!(of_header(br#"a/x "b/\t""#), pair("a/x", "b/\t"));
        assert_eq!(of_header(b"a/old b/renamed"), None);
    }
}
