//! Two branches that each add to the baseline, merged by git itself.

use std::fmt::Write as _;

use crate::fixture::Fixture;

/// As small as it gets a good generator: the numbers of Knuth's MMIX.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// The text of a baseline, sorted as the program sorts.
fn text(entries: &mut Vec<String>) -> String {
    entries.sort();
    entries.dedup();
    let mut text = "{\"baseline\":1,\"id\":\"01234567-89ab-cdef-0123-456789abcdef\"}\n".to_owned();
    for entry in entries {
        writeln!(text, "{entry}").expect("a String takes everything");
    }
    text
}

fn entries(numbers: &mut Numbers, count: u64, owner: &str) -> Vec<String> {
    (0..count)
        .map(|_| {
            let (mark, file) = (numbers.below(4096), numbers.below(1000));
            format!("{{\"mark\":\"{mark:03x}\",\"path\":\"src/f{file}.py\",\"owner\":\"{owner}\"}}")
        })
        .collect()
}

/// Merges two branches with additions; true if git found no conflict and every line of both sides is there.
fn merges(fixture: &Fixture, case: u64, union: bool) -> bool {
    let mut numbers = Numbers(case);
    let name = ".secretscan-baseline";
    fixture.git(&["checkout", "-q", "--orphan", &format!("base{union}{case}")]);
    fixture.write(".gitattributes", if union { format!("{name} merge=union\n") } else { String::new() });
    let size = numbers.below(60);
    let base = entries(&mut numbers, size, "base");
    fixture.write(name, text(&mut base.clone()));
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-qm", "base"]);
    let mut expected = base.clone();
    for side in ["ours", "theirs"] {
        fixture.git(&[
            "checkout",
            "-q",
            "-b",
            &format!("{side}{union}{case}"),
            &format!("base{union}{case}"),
        ]);
        let count = 1 + numbers.below(8);
        let added = entries(&mut numbers, count, side);
        fixture.write(name, text(&mut [base.clone(), added.clone()].concat()));
        fixture.git(&["commit", "-qam", side]);
        expected.extend(added);
    }
    let merge = fixture.try_git(&["merge", "-q", "-m", "both", &format!("ours{union}{case}")]);
    if merge.code != 0 {
        fixture.git(&["merge", "--abort"]);
        return false;
    }
    let merged = std::fs::read_to_string(fixture.path().join(name)).expect("a file");
    assert!(expected.iter().all(|entry| merged.lines().any(|line| line == entry)), "case {case}: {merged}");
    let audit = fixture.run(&["baseline", "audit", "--json"]);
    assert_eq!(audit.code, 0, "case {case}: {audit:?}");
    true
}

#[test]
fn baselines_of_two_branches_merge_without_conflict() {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q", "-b", "main"]);
    let conflicts = (0..24).filter(|case| !merges(&fixture, *case, true)).count();
    assert_eq!(conflicts, 0);
    // Without the attribute neighbours conflict, which shows that the test can fail.
    assert!((0..24).any(|case| !merges(&fixture, case, false)));
}
