//! An edit in the file that it is made in.

use std::ops::{Range, RangeInclusive};
use std::path::Path;

use super::text::Text;
use crate::source::Scope;

/// A larger file is not looked at: what an edit brings is scanned by itself then.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Replaces `old` by `new`: the first occurrence, or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) old: String,
    pub(super) new: String,
    pub(super) all: bool,
}

/// The file as it will be, with the new lines in scope. What does not fit the file is scanned by itself.
pub(super) fn planned(path: &Path, base: &Path, edits: &[Edit]) -> Vec<Text> {
    match read(&base.join(path)).and_then(|text| apply(text, edits)) {
        Some((text, ranges)) => {
            let scope = lines(&text, &ranges);
            vec![Text::file(path, base, text, scope)]
        }
        None => alone(path, base, edits),
    }
}

/// The file as it is, with the lines in scope that the edits brought.
pub(super) fn done(path: &Path, base: &Path, edits: &[Edit]) -> Vec<Text> {
    let Some(text) = read(&base.join(path)) else { return alone(path, base, edits) };
    let mut ranges = Vec::new();
    for edit in edits.iter().filter(|edit| !edit.new.is_empty()) {
        let new = edit.new.as_bytes();
        let before = ranges.len();
        ranges.extend(memchr::memmem::find_iter(&text, new).map(|at| at..at + new.len()));
        if ranges.len() == before {
            return alone(path, base, edits);
        }
    }
    let scope = lines(&text, &ranges);
    vec![Text::file(path, base, text, scope)]
}

fn alone(path: &Path, base: &Path, edits: &[Edit]) -> Vec<Text> {
    edits.iter().map(|edit| Text::file(path, base, edit.new.clone().into_bytes(), Scope::All)).collect()
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let metadata = std::fs::metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return None;
    }
    std::fs::read(path).ok()
}

/// The text after all edits, and where what they brought stands in it. None if one has nothing to replace.
fn apply(mut text: Vec<u8>, edits: &[Edit]) -> Option<(Vec<u8>, Vec<Range<usize>>)> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for Edit { old, new, all } in edits {
        if old.is_empty() {
            return None;
        }
        let found: Vec<usize> = memchr::memmem::find_iter(&text, old.as_bytes()).collect();
        let found = if *all { found } else { found.into_iter().take(1).collect() };
        if found.is_empty() {
            return None;
        }
        // From the last to the first, so that the places before stay where they are.
        for at in found.into_iter().rev() {
            let replaced = at..at + old.len();
            text.splice(replaced.clone(), new.bytes());
            for range in &mut ranges {
                *range = moved(range, &replaced, new.len());
            }
            ranges.push(at..at + new.len());
        }
    }
    Some((text, ranges))
}

/// Where `range` stands after `replaced` became `length` bytes. What was cut into reaches over the new bytes.
fn moved(range: &Range<usize>, replaced: &Range<usize>, length: usize) -> Range<usize> {
    let place = |at: usize, inside: usize| {
        if at <= replaced.start {
            at
        } else if at >= replaced.end {
            at - replaced.len() + length
        } else {
            inside
        }
    };
    place(range.start, replaced.start)..place(range.end, replaced.start + length)
}

/// The lines that the ranges touch.
fn lines(text: &[u8], ranges: &[Range<usize>]) -> Scope {
    let line = |at: usize| memchr::memchr_iter(b'\n', &text[..at]).count() as u64 + 1;
    let mut lines: Vec<RangeInclusive<u64>> = ranges
        .iter()
        .filter(|range| !range.is_empty())
        .map(|range| line(range.start)..=line(range.end - 1))
        .collect();
    lines.sort_by_key(|range| (*range.start(), *range.end()));
    let mut merged: Vec<RangeInclusive<u64>> = Vec::with_capacity(lines.len());
    for range in lines {
        match merged.last_mut() {
            Some(last) if range.start() <= last.end() => *last = *last.start()..=*range.end().max(last.end()),
            _ => merged.push(range),
        }
    }
    Scope::Lines(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(old: &str, new: &str, all: bool) -> Edit {
        Edit { old: old.to_owned(), new: new.to_owned(), all }
    }

    fn after(text: &str, edits: &[Edit]) -> Option<(String, Scope)> {
        let (text, ranges) = apply(text.as_bytes().to_vec(), edits)?;
        let scope = lines(&text, &ranges);
        Some((String::from_utf8(text).expect("UTF-8"), scope))
    }

    #[test]
    fn only_the_lines_that_edits_bring_are_in_scope() {
        for (text, edits, expected, scope) in [
            ("a\nb\nc\n", vec![edit("b", "x\ny", false)], "a\nx\ny\nc\n", vec![2..=3]),
            ("a\na\nb\n", vec![edit("a", "z", false)], "z\na\nb\n", vec![1..=1]),
            ("a\nb\na\n", vec![edit("a", "y\nz", true)], "y\nz\nb\ny\nz\n", vec![1..=2, 4..=5]),
            // A later edit moves what an earlier one brought.
            (
                "a\nb\n",
                vec![edit("b", "x", false), edit("a", "1\n2\n3", false)],
                "1\n2\n3\nx\n",
                vec![1..=3, 4..=4],
            ),
            // A later edit replaces a part of what an earlier one brought.
            ("a\n", vec![edit("a", "one two", false), edit("two", "2\n3", false)], "one 2\n3\n", vec![1..=2]),
            ("a\nb\n", vec![edit("b", "", false)], "a\n\n", vec![]),
        ] {
            assert_eq!(
                after(text, &edits),
                Some((expected.to_owned(), Scope::Lines(scope))),
                "{text:?} {edits:?}"
            );
        }
        assert_eq!(after("a\n", &[edit("b", "x", false)]), None);
        assert_eq!(after("a\n", &[edit("", "x", false)]), None);
    }

    #[test]
    fn what_does_not_fit_the_file_is_scanned_by_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let texts = planned(Path::new("new.py"), folder.path(), &[edit("a", "b", false)]);
        assert_eq!(texts, [Text::file(Path::new("new.py"), folder.path(), b"b".to_vec(), Scope::All)]);
    }

    #[test]
    fn an_edit_that_was_made_is_found_in_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.py"), "one\nnew\nthree\n").expect("a file");
        let texts = done(Path::new("a.py"), folder.path(), &[edit("two", "new", false)]);
        assert_eq!(texts[0].scope, Scope::Lines(vec![2..=2]));
    }
}
