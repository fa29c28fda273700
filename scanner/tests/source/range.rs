//! Ranges of commits: our added lines against those of `git diff`.

use std::path::PathBuf;

use secretscan::ledger::SkipReason;
use secretscan::source::git::GitError;

use crate::git::{Repo, command, range_in};
use crate::staged_random::World;

fn numbered(lines: std::ops::Range<u32>) -> String {
    lines.map(|n| ["line number ", &n.to_string(), "\n"].concat()).collect()
}

/// `main` and `side`, which went different ways.
fn forked() -> Repo {
    let repo = Repo::new();
    repo.add("both.txt", numbered(0..40));
    repo.add("old.txt", numbered(100..140));
    repo.commit();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.add("both.txt", format!("{}side\n", numbered(0..40)));
    repo.git(&["mv", "old.txt", "new.txt"]);
    repo.add("new.txt", format!("head\n{}", numbered(100..140)));
    repo.add("deep/er/fresh.txt", "fresh\n");
    repo.commit();
    repo.git(&["checkout", "-q", "main"]);
    repo.add("both.txt", format!("main\n{}", numbered(0..40)));
    repo.commit();
    repo.git(&["checkout", "-q", "side"]);
    repo
}

#[test]
fn two_dots_compare_two_commits_and_three_their_merge_base() {
    let repo = forked();
    let seen = repo.range_agrees("main...side").clean();
    let lines: Vec<_> =
        seen.blobs.iter().map(|b| (b.path.as_str(), b.counted().into_iter().collect::<Vec<_>>())).collect();
    assert_eq!(lines, [("both.txt", vec![41]), ("deep/er/fresh.txt", vec![1]), ("new.txt", vec![1])]);
    repo.range_agrees("main..side").clean();
    repo.range_agrees("side..main").clean();
    assert_eq!(
        repo.range("main").blobs,
        seen.blobs,
        "one revision is compared with HEAD from the merge base on"
    );
    assert_eq!(repo.range("side").notices, ["nothing differs between side and HEAD"]);
}

#[test]
fn random_repositories_agree_with_git() {
    for seed in 0..25 {
        let mut world = World::new(seed + 500);
        for round in 0..4 {
            for _ in 0..5 {
                world.step();
            }
            world.repo.git(&["add", "-A"]);
            world.repo.commit();
            world.repo.git(&["tag", &format!("t{round}")]);
        }
        for range in ["t0..t3", "t1..t2", "t3..t0", "t0...t2"] {
            let seen = world.repo.range(range);
            assert_eq!(seen.failures, [], "seed {seed}");
            world.repo.range_agrees(range);
        }
    }
}

#[test]
fn an_id_of_zeros_means_that_there_was_nothing() {
    let repo = forked();
    let seen = repo.range(&format!("{}..HEAD", "0".repeat(40)));
    assert_eq!(seen.paths(), ["both.txt", "deep/er/fresh.txt", "new.txt"]);
    assert!(seen.blobs.iter().all(|blob| blob.lines.is_none()));
    assert_eq!(seen.notices.len(), 1);
}

#[test]
fn a_file_that_becomes_a_folder_and_a_submodule_that_moves() {
    let repo = Repo::new();
    repo.add("x", numbered(0..3));
    repo.add("y/z", numbered(10..13));
    repo.commit();
    repo.git(&["rm", "-rq", "x", "y"]);
    repo.add("x/inner", "inner\n");
    repo.add("y", "y\n");
    let id = "12".repeat(20);
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{id},sub")]);
    repo.commit();
    let seen = repo.range_agrees("HEAD~1..HEAD");
    assert_eq!(seen.paths(), ["x/inner", "y"]);
    assert_eq!(seen.skipped, [("sub".to_owned(), SkipReason::Submodule)]);
    assert!(seen.notices[0].contains(&id), "{:?}", seen.notices);
}

fn error(folder: &std::path::Path, range: &str) -> GitError {
    range_in(folder, range).map(|seen| seen.paths().join(" ")).expect_err(range)
}

#[test]
fn a_revision_that_nobody_knows_is_a_usage_error() {
    let repo = forked();
    for range in ["nobody", "main..nobody", "--all", "HEAD~99", "HEAD:both.txt"] {
        assert!(error(&repo.path, range).is_usage(), "{range}");
    }
    repo.git(&["checkout", "-q", "--orphan", "unrelated"]);
    repo.commit();
    let unrelated = error(&repo.path, "main...unrelated");
    assert!(unrelated.is_usage() && unrelated.to_string().contains("main..unrelated"), "{unrelated}");
    repo.range_agrees("main..unrelated");
}

/// A clone of `side`, one commit deep, as CI systems make it.
fn shallow(repo: &Repo) -> PathBuf {
    let url = format!("file://{}", repo.path.display());
    repo.git(&["clone", "-q", "--depth", "1", "--branch", "side", &url, "../shallow"]);
    repo.path.join("../shallow").canonicalize().expect("it exists")
}

/// Runs the command that an error names, word by word.
fn fetch_as_told(folder: &std::path::Path, error: &GitError) {
    assert!(!error.is_usage(), "{error}");
    let text = error.to_string();
    let told = text.split('`').nth(1).unwrap_or_else(|| panic!("no command in {text}"));
    let words: Vec<&str> = told.split(' ').collect();
    assert_eq!(words[0], "git", "{text}");
    let output = command(folder).args(&words[1..]).output().expect("git runs");
    assert!(output.status.success(), "{told}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_shallow_clone_names_the_fetch_that_is_missing_and_it_helps() {
    let repo = forked();
    let path = shallow(&repo);
    let unfetched = error(&path, "origin/main...HEAD");
    assert!(unfetched.to_string().contains("git fetch origin main:refs/remotes/origin/main"), "{unfetched}");
    let fetch = ["fetch", "-q", "--depth", "1", "origin", "main:refs/remotes/origin/main"];
    assert!(command(&path).args(fetch).status().expect("git runs").success());
    let beyond = error(&path, "origin/main...HEAD");
    assert!(matches!(beyond, GitError::BeyondShallow { .. }), "{beyond}");
    fetch_as_told(&path, &beyond);
    let seen = range_in(&path, "origin/main...HEAD").expect("all is there").clean();
    assert_eq!(seen.blobs, repo.range("main...side").blobs);
}

#[test]
fn the_fetch_of_a_missing_branch_helps() {
    let repo = forked();
    let path = shallow(&repo);
    fetch_as_told(&path, &error(&path, "origin/main...HEAD"));
    let seen = range_in(&path, "origin/main...HEAD").expect("the merge base came along").clean();
    assert_eq!(seen.blobs, repo.range("main...side").blobs);
}

#[test]
fn a_commit_that_is_not_in_the_clone_is_named_with_its_fetch() {
    let repo = forked();
    let path = shallow(&repo);
    let id = repo.git(&["rev-parse", "main"]);
    let missing = error(&path, &format!("{id}..HEAD"));
    assert!(missing.to_string().contains(&format!("git fetch origin {id}")), "{missing}");
    repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    fetch_as_told(&path, &missing);
    let seen = range_in(&path, &format!("{id}..HEAD")).expect("all is there").clean();
    assert_eq!(seen.blobs, repo.range("main..side").blobs);
}

#[test]
fn a_partial_clone_names_the_fetch_of_what_it_left_out() {
    let repo = forked();
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.path.display());
    repo.git(&["clone", "-q", "--filter=blob:none", "--no-checkout", &url, "../partial"]);
    let path = repo.path.join("../partial").canonicalize().expect("it exists");
    let seen = range_in(&path, "origin/main...origin/side").expect("trees are there");
    assert_eq!(seen.failures.len(), 3, "{:?}", seen.failures);
    let remedy = &seen.failures[0].remedy;
    let told = remedy.split('`').nth(1).expect("a command");
    let words: Vec<&str> = told.split(' ').skip(1).collect();
    assert!(command(&path).args(&words).status().expect("git runs").success(), "{told}");
    let seen = range_in(&path, "origin/main...origin/side").expect("all is there").clean();
    assert_eq!(seen.blobs, repo.range("main...side").blobs);
}

#[test]
fn reftable_and_sha256_repositories_are_compared_too() {
    for repo in Repo::reftable().into_iter().chain([Repo::sha256()]) {
        repo.add("a.txt", "a\n");
        repo.commit();
        repo.git(&["checkout", "-q", "-b", "side"]);
        repo.add("a.txt", "a\nb\n");
        repo.commit();
        for range in ["main", "main..side", "HEAD~1..HEAD"] {
            assert_eq!(repo.range_agrees(range).clean().blobs[0].lines, Some([2].into()), "{range}");
        }
        assert!(error(&repo.path, "nobody").is_usage());
    }
}

#[test]
fn a_bare_repository_and_a_damaged_one() {
    let repo = forked();
    repo.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = repo.path.join("../bare.git").canonicalize().expect("it exists");
    assert_eq!(range_in(&bare, "main...side").expect("scanned").blobs, repo.range("main...side").blobs);
    let tree = repo.git(&["rev-parse", "main^{tree}"]);
    std::fs::remove_file(repo.path.join(".git/objects").join(&tree[..2]).join(&tree[2..])).expect("removed");
    let damaged = error(&repo.path, "main..side");
    assert!(!damaged.is_usage() && damaged.to_string().contains(&tree), "{damaged}");
}
