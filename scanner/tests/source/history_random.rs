//! Random histories with branches and merges: our blobs and their commits against those of `git rev-list`.

use std::collections::{BTreeMap, BTreeSet};

use secretscan::source::git::history::{HistoryOptions, Tips};

use crate::git::{Repo, command};
use crate::history::{all, scan};
use crate::record::Seen;
use crate::staged_random::World;

struct Branches {
    world: World,
    names: Vec<String>,
    clock: u64,
}

impl Branches {
    fn new(seed: u64) -> Self {
        let mut branches = Self { world: World::new(seed), names: Vec::new(), clock: 1_700_000_000 };
        branches.world.step();
        branches.commit();
        branches.names.push("main".to_owned());
        for _ in 0..12 {
            branches.step();
        }
        branches
    }

    fn repo(&self) -> &Repo {
        &self.world.repo
    }

    /// Every commit is a minute younger than the one before, so that there is one order.
    fn commit(&mut self) {
        self.repo().git(&["add", "-A"]);
        self.clock += 60;
        let date = format!("{} +0000", self.clock);
        let mut git = command(&self.repo().path);
        git.env("GIT_COMMITTER_DATE", date).args(["commit", "-q", "--allow-empty", "-m", "c"]);
        assert!(git.status().expect("git runs").success());
    }

    fn step(&mut self) {
        self.world.reload();
        match self.world.dice.roll(5) {
            0 => {
                let name = format!("branch{}", self.names.len());
                self.repo().git(&["checkout", "-q", "-b", &name]);
                self.names.push(name);
            }
            1 => {
                let name = self.names[self.world.dice.roll(self.names.len())].clone();
                self.repo().git(&["checkout", "-q", &name]);
            }
            2 => self.merge(),
            _ => {
                for _ in 0..3 {
                    self.world.step();
                }
                self.commit();
            }
        }
    }

    /// A merge with something of its own.
    fn merge(&mut self) {
        let name = self.names[self.world.dice.roll(self.names.len())].clone();
        let merged = self.repo().try_git(&["merge", "-q", "--no-ff", "--no-commit", "-X", "theirs", &name]);
        if merged && self.repo().path.join(".git/MERGE_HEAD").exists() {
            self.repo().add(&format!("evil{}", self.clock), format!("evil {}\n", self.clock));
            self.commit();
        } else {
            self.repo().git(&["reset", "-q", "--hard"]);
        }
    }
}

/// Blobs by the first commit, in git's order, whose tree has them.
fn introduced(repo: &Repo, commits: &str) -> BTreeMap<String, String> {
    let mut first = BTreeMap::new();
    for commit in commits.lines() {
        for line in repo.git(&["ls-tree", "-r", commit]).lines() {
            let id = line.split([' ', '\t']).nth(2).expect("an id");
            first.entry(id.to_owned()).or_insert_with(|| commit.to_owned());
        }
    }
    first
}

fn attributed(seen: &Seen) -> BTreeMap<String, String> {
    let blobs = seen.blobs.iter();
    blobs.map(|blob| (blob.id.clone().expect("an id"), blob.commit.clone().expect("a commit"))).collect()
}

#[test]
fn random_histories_agree_with_git() {
    for seed in 0..15 {
        let branches = Branches::new(seed);
        let repo = branches.repo();
        if seed % 3 == 0 {
            repo.git(&["gc", "-q"]);
        }
        let seen = scan(repo, all());
        assert_eq!(seen.failures, [], "seed {seed}");
        let ids: BTreeSet<String> = seen.blobs.iter().filter_map(|blob| blob.id.clone()).collect();
        assert_eq!(ids.len(), seen.blobs.len(), "seed {seed}: every blob once");
        let objects = repo.git(&[
            "rev-list",
            "--objects",
            "--all",
            "--filter=object:type=blob",
            "--filter-provided-objects",
        ]);
        let objects = objects.lines().map(|line| line.split(' ').next().unwrap_or_default().to_owned());
        assert_eq!(ids, objects.collect(), "seed {seed}");
        let order = repo.git(&["rev-list", "--reverse", "--date-order", "--all"]);
        assert_eq!(attributed(&seen), introduced(repo, &order), "seed {seed}");
    }
}

/// The added lines of a log. Of merges git shows with `-c` what differs from all parents; only what none of them has is
/// the merge's own. Lines are unique here.
fn shown(log: &str) -> BTreeSet<&str> {
    let mut shown = BTreeSet::new();
    let mut signs = "+".to_owned();
    for line in log.lines() {
        if line.starts_with("@@") {
            signs = "+".repeat(line.bytes().take_while(|&byte| byte == b'@').count() - 1);
        } else if let Some(text) = line.strip_prefix(&signs).filter(|_| !line.starts_with("+++ ")) {
            shown.insert(text.trim_start_matches('\t'));
        }
    }
    shown
}

#[test]
fn parts_of_random_histories_hold_what_git_log_shows() {
    for seed in 100..112 {
        let branches = Branches::new(seed);
        let repo = branches.repo();
        let names = &branches.names;
        let range = format!("{}..{}", names[0], names[names.len() - 1]);
        let options =
            HistoryOptions { tips: Tips::Revisions(vec![range.clone()]), ..HistoryOptions::default() };
        let seen = scan(repo, options);
        assert_eq!(seen.failures, [], "seed {seed}");
        let log = repo.git(&["log", "-c", "-M", "-U0", "--format=", "--no-color", &range]);
        let shown = shown(&log);
        let mut ours = BTreeSet::new();
        for blob in &seen.blobs {
            let text = String::from_utf8_lossy(&blob.text).into_owned();
            let counted = blob.counted();
            for (line, number) in text.lines().zip(1..) {
                if counted.contains(&number) {
                    ours.insert(line.trim_start_matches('\t').to_owned());
                }
            }
        }
        let missed: Vec<_> = shown.iter().filter(|line| !ours.contains(**line)).collect();
        assert!(missed.is_empty(), "seed {seed} {range}: {missed:?}");
        assert!(!shown.is_empty() || ours.is_empty(), "seed {seed} {range}: {ours:?}");
    }
}
