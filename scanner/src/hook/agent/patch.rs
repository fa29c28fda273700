//! Patches in the format of Codex's `apply_patch`: files named in lines that begin with `***`, then their lines.

use std::path::Path;

use super::text::Text;
use crate::source::Scope;

const BEGIN: &str = "*** Begin Patch";
const END: &str = "*** End Patch";

/// The files of a patch as far as it shows them: kept and added lines, the added ones in scope. Then what stands around
/// the patch, if anything does. None if `text` holds no patch.
pub(super) fn texts(text: &str, base: &Path) -> Option<(Vec<Text>, String)> {
    let begin = text.find(BEGIN)?;
    let end = text[begin..].find(END).map_or(text.len(), |at| begin + at);
    let mut files: Vec<Shown<'_>> = Vec::new();
    for line in text[begin..end].lines().skip(1) {
        let header = ["*** Add File: ", "*** Update File: ", "*** Move to: "]
            .iter()
            .find_map(|header| line.strip_prefix(header).map(|path| (*header, path.trim())));
        match (header, files.last_mut()) {
            (Some(("*** Move to: ", path)), Some(file)) => file.path = path,
            (Some((_, path)), _) => files.push(Shown { path, lines: Vec::new() }),
            (None, Some(file)) => {
                if let Some(added) = line.strip_prefix('+') {
                    file.lines.push((added, true));
                } else if !line.starts_with(['-', '@', '*']) {
                    file.lines.push((line.strip_prefix(' ').unwrap_or(line), false));
                }
            }
            (None, None) => {}
        }
    }
    let around = [&text[..begin], text[end..].strip_prefix(END).unwrap_or_default()].concat();
    Some((files.iter().map(|file| file.text(base)).collect(), around.trim().to_owned()))
}

struct Shown<'a> {
    path: &'a str,
    /// Each line, and whether the patch adds it.
    lines: Vec<(&'a str, bool)>,
}

impl Shown<'_> {
    fn text(&self, base: &Path) -> Text {
        let mut bytes = Vec::new();
        let mut added = Vec::new();
        for (number, (line, is_added)) in (1..).zip(&self.lines) {
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
            if *is_added {
                added.push(number..=number);
            }
        }
        Text::file(Path::new(self.path), base, bytes, Scope::Lines(added))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hook::agent::Content;

    #[test]
    fn added_lines_are_in_scope_and_removed_ones_are_not_seen() {
        let patch = "apply_patch <<'EOF'\n*** Begin Patch\n*** Update File: src/a.py\n*** Move to: src/b.py\n@@ def f():\n \
                     one\n-two\n+2\n three\n*** Add File: c.py\n+new\n*** Delete File: d.py\n*** End Patch\nEOF";
        let (files, around) = texts(patch, Path::new("/p")).expect("a patch");
        let told: Vec<_> = files
            .iter()
            .map(|file| {
                let Content::Bytes(bytes) = &file.content else { panic!("bytes") };
                (file.name.as_str(), String::from_utf8_lossy(bytes).into_owned(), file.scope.clone())
            })
            .collect();
        let lines = |lines| Scope::Lines(lines);
        assert_eq!(
            told,
            [
                ("src/b.py", "one\n2\nthree\n".to_owned(), lines(vec![2..=2])),
                ("c.py", "new\n".to_owned(), lines(vec![1..=1])),
            ]
        );
        assert_eq!(around, "apply_patch <<'EOF'\n\nEOF");
        assert!(texts("git apply x.patch", Path::new("/p")).is_none());
    }
}
