//! How text is normalised before byte-pair encoding.

/// One line: runs of spaces, tabs and carriage returns become one space, at the start and the end too (a blank there
/// says that something stands around). Invalid UTF-8 becomes U+FFFD.
pub(super) fn line(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for c in String::from_utf8_lossy(bytes).chars() {
        match c {
            ' ' | '\t' | '\r' if out.ends_with(' ') => {}
            ' ' | '\t' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The lines before the value, each with a line break after it; blank ones left out.
pub(super) fn lines_before(lines: &[Vec<u8>]) -> String {
    joined(lines, "", "\n")
}

/// The lines after the value, each with a line break before it; blank ones left out.
pub(super) fn lines_after(lines: &[Vec<u8>]) -> String {
    joined(lines, "\n", "")
}

fn joined(lines: &[Vec<u8>], before: &str, after: &str) -> String {
    let mut out = String::new();
    for line in lines.iter().map(|bytes| line(bytes)) {
        let line = line.trim_end();
        if !line.is_empty() {
            out.extend([before, line, after]);
        }
    }
    out
}

/// The last `components` of a path, with `/` between them.
pub(super) fn path(path: &str, components: usize) -> String {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".").collect();
    line(parts[parts.len().saturating_sub(components)..].join("/").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_folded_and_blank_lines_dropped() {
        assert_eq!(line(b"\t\t a \t= \x80b  "), " a = \u{FFFD}b ");
        let lines = [b"  a  ".to_vec(), b"\t ".to_vec(), Vec::new(), b"b\r".to_vec()];
        assert_eq!(lines_before(&lines), " a\nb\n");
        assert_eq!(lines_after(&lines), "\n a\nb");
    }

    #[test]
    fn a_path_is_its_last_components_wherever_the_checkout_lies() {
        for long in ["/home/user/work/app/src/db/conn.py", "app/src/db/conn.py", "./app/src//db/conn.py"] {
            assert_eq!(path(long, 4), "app/src/db/conn.py");
        }
        assert_eq!(path(r"src\db\conn.py", 4), "src/db/conn.py");
        assert_eq!(path("", 4), "");
    }
}
