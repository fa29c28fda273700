//! The lines that a new version adds to an old one.

use gix::diff::blob::sources::byte_lines;
use gix::diff::blob::{Algorithm, Diff, InternedInput};

use crate::source::Scope;

/// Lines of `new` that are not in `old`, by git's own algorithm and its way to place an insertion between equal
/// lines. Line breaks belong to their lines. Time is about linear: the algorithm gives up on the shortest answer
/// where it would be costly.
pub(super) fn added_lines(old: &[u8], new: &[u8]) -> Scope {
    let input = InternedInput::new(byte_lines(old), byte_lines(new));
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_lines(&input);
    let lines = diff
        .hunks()
        .filter(|hunk| !hunk.after.is_empty())
        .map(|hunk| u64::from(hunk.after.start) + 1..=u64::from(hunk.after.end))
        .collect();
    Scope::Lines(lines)
}

/// The lines that two comparisons agree on.
pub(super) fn both(one: Scope, other: Scope) -> Scope {
    let (one, other) = match (one, other) {
        (Scope::All, scope) | (scope, Scope::All) => return scope,
        (Scope::Lines(one), Scope::Lines(other)) => (one, other),
    };
    let mut lines = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < one.len() && j < other.len() {
        let (start, end) = (*one[i].start().max(other[j].start()), *one[i].end().min(other[j].end()));
        if start <= end {
            lines.push(start..=end);
        }
        if one[i].end() <= other[j].end() {
            i += 1;
        } else {
            j += 1;
        }
    }
    Scope::Lines(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_and_changed_lines_are_added() {
        for (old, new, expected) in [
            ("a\nb\nc\n", "a\nX\nc\n", vec![2..=2]),
            ("a\nb\n", "a\nb\nc\nd\n", vec![3..=4]),
            ("a\nb\nc\n", "X\nb\nc\nY\n", vec![1..=1, 4..=4]),
            ("a\nb\n", "b\n", vec![]),
            ("", "a\n", vec![1..=1]),
            ("a", "a\n", vec![1..=1]),
            ("a\nb", "a\nb\nc", vec![2..=3]),
            ("a\r\nb\r\n", "a\nb\r\n", vec![1..=1]),
        ] {
            assert_eq!(
                added_lines(old.as_bytes(), new.as_bytes()),
                Scope::Lines(expected),
                "{old:?} {new:?}"
            );
        }
    }

    #[test]
    fn what_two_parents_lack_is_the_merges_own() {
        let lines =
            |ranges: &[(u64, u64)]| Scope::Lines(ranges.iter().map(|&(start, end)| start..=end).collect());
        assert_eq!(
            both(lines(&[(1, 4), (8, 9)]), lines(&[(2, 3), (4, 8)])),
            lines(&[(2, 3), (4, 4), (8, 8)])
        );
        assert_eq!(both(lines(&[(1, 2)]), lines(&[(3, 4)])), lines(&[]));
        assert_eq!(both(Scope::All, lines(&[(3, 4)])), lines(&[(3, 4)]));
    }

    #[test]
    fn large_files_without_a_common_order_take_no_quadratic_time() {
        let lines = |seed: u64| -> Vec<u8> {
            let mut state = seed;
            let mut text = Vec::new();
            for _ in 0..100_000 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.extend_from_slice(format!("{}\n", (state >> 40) % 5000).as_bytes());
            }
            text
        };
        let start = std::time::Instant::now();
        assert!(matches!(added_lines(&lines(1), &lines(2)), Scope::Lines(added) if !added.is_empty()));
        assert!(start.elapsed().as_secs() < 60, "took {:?}", start.elapsed());
    }
}
