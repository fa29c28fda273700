//! Ignore rules: `git ls-files` is the oracle.

use std::collections::BTreeSet;

use crate::git::Repo;
use crate::record::scan_in;

/// What git tracks or would add.
fn listed(repo: &Repo) -> BTreeSet<String> {
    let list = repo.git(&["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    list.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect()
}

fn scanned(repo: &Repo, names: &[&str]) -> BTreeSet<String> {
    let seen = scan_in(&repo.path, names).clean();
    let paths: BTreeSet<String> = seen.paths().iter().map(|&path| path.to_owned()).collect();
    assert_eq!(paths.len(), seen.blobs.len(), "no file twice");
    paths
}

#[test]
fn every_kind_of_rule_agrees_with_git() {
    let repo = Repo::new();
    let rules = "*.log\n!keep.log\n/build/\nnode_modules/\ndoc/*.txt\n**/cache/**\n\\#odd\ntrailing\\ \n[a-c].tmp\nfoo/*\n!foo/kept\n";
    repo.write(".gitignore", rules);
    repo.write("sub/.gitignore", "local\n!*.log\n");
    repo.write(".git/info/exclude", "private\n");
    for name in [
        "a.log",
        "keep.log",
        "build/out",
        "sub/build/out",
        "node_modules/x/y",
        "sub/node_modules/z",
        "doc/a.txt",
        "doc/deep/a.txt",
        "x/cache/y",
        "cache/z",
        "#odd",
        "trailing ",
        "a.tmp",
        "d.tmp",
        "foo/x",
        "foo/kept",
        "sub/local",
        "local",
        "sub/b.log",
        "private",
        "sub/private",
        ".hidden/.env",
        "plain",
        ".git/inner",
    ] {
        repo.write(name, "x\n");
    }
    assert_eq!(scanned(&repo, &["."]), listed(&repo));
}

#[test]
fn a_tracked_file_is_scanned_although_it_is_ignored() {
    let repo = Repo::new();
    repo.write(".gitignore", ".env\nsecret/\n*.key\n");
    repo.add("app/.env", "x\n");
    repo.add("secret/deep/file", "x\n");
    repo.add("gone.key", "x\n");
    repo.write("other/.env", "not tracked\n");
    repo.write("secret/untracked", "not tracked\n");
    std::fs::remove_file(repo.path.join("gone.key")).expect("removed");
    let expected: BTreeSet<String> = [".gitignore", "app/.env", "secret/deep/file"].map(str::to_owned).into();
    assert_eq!(scanned(&repo, &["."]), expected);
    assert_eq!(scanned(&repo, &["app"]), ["app/.env".to_owned()].into());
    assert_eq!(scanned(&repo, &["app", ".", "secret/deep"]), expected);
}

#[test]
fn a_tracked_and_ignored_file_of_a_nested_repository_is_scanned() {
    let inner = Repo::new();
    inner.write(".gitignore", ".env\n");
    inner.add(".env", "x\n");
    inner.add("b", "b\n");
    inner.commit();
    let repo = Repo::new();
    repo.add("a", "a\n");
    repo.git(&["submodule", "--quiet", "add", inner.path.to_str().expect("UTF-8"), "sub"]);
    assert!(!repo.path.join("sub/.gitignore").exists(), "it was never added");
    repo.write("sub/.gitignore", ".env\n");
    let expected = [".gitmodules", "a", "sub/.env", "sub/.gitignore", "sub/b"].map(str::to_owned);
    assert_eq!(scanned(&repo, &["."]), expected.into());
}

#[test]
fn a_damaged_index_is_noticed_and_the_walk_goes_on() {
    let repo = Repo::new();
    repo.write("a", "a\n");
    repo.write(".git/index", "damaged");
    let seen = scan_in(&repo.path, &["."]);
    assert_eq!(seen.paths(), ["a"]);
    assert_eq!(seen.notices.len(), 1);
    assert!(seen.notices[0].starts_with("ignored files that git tracks were not looked for"));
}

#[test]
fn a_linked_worktree_uses_the_common_exclude_file() {
    let repo = Repo::new();
    repo.add("a", "a\n");
    repo.commit();
    repo.write(".git/info/exclude", "private\n");
    repo.git(&["worktree", "add", "-q", "-b", "side", "linked"]);
    repo.write("linked/private", "x\n");
    repo.write("linked/public", "x\n");
    assert_eq!(scanned(&repo, &["linked"]), ["linked/a", "linked/public"].map(str::to_owned).into());
}

#[test]
fn generated_trees_agree_with_git() {
    let mut state = 7u64;
    let mut roll = move |sides: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % sides
    };
    let names = ["a", "b", "c", "tmp", "x.log", "y.log", "lib"];
    let patterns = [
        "*.log",
        "tmp",
        "/a",
        "b/",
        "!x.log",
        "c/tmp",
        "**/lib",
        "lib/**",
        "/*/a",
        "!lib/",
        "a/*",
        "!a/b",
        "?",
        "*",
        "!*/",
        "[ab]",
        "\\!x",
        "# comment",
        "",
        "tmp/**/c",
        "**/b/c",
    ];
    for round in 0..25 {
        let repo = Repo::new();
        for _ in 0..40 {
            let depth = 1 + roll(4);
            let path: Vec<&str> = (0..depth).map(|_| names[roll(names.len())]).collect();
            let path = path.join("/");
            let full = repo.path.join(&path);
            let blocked = full.exists() || full.ancestors().any(std::path::Path::is_file);
            if !blocked {
                repo.write(&path, "x\n");
                if roll(12) == 0 {
                    repo.git(&["add", "-f", &path]);
                }
            }
        }
        for folder in ["", "a/", "lib/", "c/tmp/"] {
            if roll(3) < 2 && (folder.is_empty() || repo.path.join(folder).is_dir()) {
                let rules: Vec<&str> = (0..=roll(3)).map(|_| patterns[roll(patterns.len())]).collect();
                repo.write(&format!("{folder}.gitignore"), rules.join("\n"));
            }
        }
        let rules = || -> Vec<String> {
            ["", "a/", "lib/", "c/tmp/"]
                .iter()
                .filter_map(|folder| {
                    let text = std::fs::read_to_string(repo.path.join(folder).join(".gitignore")).ok()?;
                    Some(format!("{folder}: {text:?}"))
                })
                .collect()
        };
        assert_eq!(scan_paths_of(&repo), listed(&repo), "round {round}: ours is left; {:?}", rules());
    }
}

/// As [`scanned`], but an empty result is no reason to fail.
fn scan_paths_of(repo: &Repo) -> BTreeSet<String> {
    let seen = scan_in(&repo.path, &["."]);
    assert_eq!(seen.failures, []);
    seen.paths().iter().map(|&path| path.to_owned()).collect()
}
