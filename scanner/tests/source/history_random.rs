//! Random histories with branches, merges, octopuses and merges that cross: our blobs, lines, findings and their commits
//! against those of `git rev-list` and `git log`.

use std::collections::{BTreeMap, BTreeSet};

use secretscan::scan::{JudgeMode, Options, Scanner, Silent};
use secretscan::source::git::GitEnvironment;
use secretscan::source::git::history::{HistoryOptions, Tips};

use crate::git::{Repo, command};
use crate::history::{all, scan};
use crate::record::Seen;
use crate::staged_random::World;

struct Branches {
    world: World,
    names: Vec<String>,
    /// Tokens that were put into files, each once; some may be gone with a merge that failed.
    tokens: Vec<String>,
    clock: u64,
}

impl Branches {
    fn new(seed: u64) -> Self {
        let world = World::new(seed);
        let mut branches = Self { world, names: Vec::new(), tokens: Vec::new(), clock: 1_700_000_000 };
        branches.world.step();
        branches.commit();
        branches.names.push("main".to_owned());
        for _ in 0..14 {
            branches.step();
        }
        branches.weave();
        branches
    }

    /// What chance seldom makes, as drawn merges mostly conflict: an octopus, and two merges that cross.
    fn weave(&mut self) {
        let sides = ["left", "middle", "right"];
        let base = self.repo().git(&["rev-parse", "HEAD"]);
        for side in sides {
            self.repo().git(&["checkout", "-q", "-b", side, base.trim()]);
            let token = self.token();
            self.repo().add(&format!("own-{side}"), format!("{side} '{token}'\n"));
            self.commit();
        }
        for (name, from, with) in [
            ("octopus", "left", &["middle", "right"][..]),
            ("cross1", "left", &["right"]),
            ("cross2", "right", &["left"]),
            ("crossed", "cross1", &["cross2"]),
        ] {
            self.repo().git(&["checkout", "-q", "-b", name, from]);
            self.join(&[], with);
            self.names.push(name.to_owned());
        }
        self.names.extend(sides.map(str::to_owned));
    }

    /// A token as GitLab makes them.
    fn token(&mut self) -> String {
        const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let drawn = (0..20).map(|_| char::from(DIGITS[self.world.dice.roll(DIGITS.len())]));
        let token: String = "glpat".chars().chain(['-']).chain(drawn).collect();
        self.tokens.push(token.clone());
        token
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
        match self.world.dice.roll(7) {
            0 => {
                let name = format!("branch{}", self.names.len());
                self.repo().git(&["checkout", "-q", "-b", &name]);
                self.names.push(name);
            }
            1 => {
                let name = self.names[self.world.dice.roll(self.names.len())].clone();
                self.repo().git(&["checkout", "-q", &name]);
            }
            2 => self.merge(&["-X", "theirs"], 1),
            3 => self.merge(&["-s", "octopus"], 3),
            _ => {
                for _ in 0..3 {
                    self.world.step();
                }
                if self.world.dice.roll(2) == 0 {
                    let token = self.token();
                    self.world.plant(format!("token_{} = '{token}'\n", self.clock));
                }
                self.commit();
            }
        }
    }

    /// A merge of so many branches, with something of its own: a file, and a line in a file.
    fn merge(&mut self, how: &[&str], count: usize) {
        let names: Vec<String> =
            (0..count).map(|_| self.names[self.world.dice.roll(self.names.len())].clone()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.join(how, &names);
    }

    fn join(&mut self, how: &[&str], names: &[&str]) {
        let arguments = [&["merge", "-q", "--no-ff", "--no-commit"][..], how, names].concat();
        let merged = self.repo().try_git(&arguments);
        if merged && self.repo().path.join(".git/MERGE_HEAD").exists() {
            let token = self.token();
            self.repo().add(&format!("evil{}", self.clock), format!("evil {} '{token}'\n", self.clock));
            if self.world.dice.roll(2) == 0 {
                self.world.reload();
                let token = self.token();
                self.world.plant(format!("evil_token_{} = '{token}'\n", self.clock));
            }
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
    for seed in 100..116 {
        let branches = Branches::new(seed);
        let repo = branches.repo();
        let names = &branches.names;
        let range = format!("{}..{}", names[0], names[names.len() - 1]);
        let tips = Tips::Revisions(vec![range.clone()]);
        let seen = scan(repo, HistoryOptions { tips, ..HistoryOptions::default() });
        let is_empty = repo.git(&["rev-list", "--count", &range]) == "0";
        assert_eq!(seen.failures.len(), usize::from(is_empty), "seed {seed}: {:?}", seen.failures);
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
        let extra: Vec<_> = ours.iter().filter(|line| !shown.contains(line.as_str())).collect();
        assert!(extra.is_empty(), "seed {seed} {range}: {extra:?}");
    }
}

/// Where git sees a text come: the first commit for each path. A merge brings what it has against each of its parents.
fn brought(repo: &Repo, text: &str) -> BTreeMap<String, String> {
    let log = repo.git(&[
        "log",
        "--all",
        "--reverse",
        "--date-order",
        "-m",
        "-M",
        "--name-status",
        "--format=commit %H %P",
        "-S",
        text,
    ]);
    let mut first = BTreeMap::new();
    // Against how many parents a commit has the text in a path; git shows a merge once for each.
    let mut against: BTreeMap<(String, String), usize> = BTreeMap::new();
    let (mut commit, mut parents) = (String::new(), 1);
    for line in log.lines() {
        if let Some(ids) = line.strip_prefix("commit ") {
            let mut ids = ids.split(' ').filter(|id| !id.is_empty());
            ids.next().expect("an id").clone_into(&mut commit);
            parents = ids.count().max(1);
        } else if let Some(path) = line.rsplit('\t').next().filter(|path| !path.is_empty()) {
            let place = format!("{commit}:{path}");
            if repo.try_git(&["cat-file", "-e", &place])
                && repo.git(&["cat-file", "-p", &place]).contains(text)
            {
                let count = against.entry((commit.clone(), path.to_owned())).or_default();
                *count += 1;
                if *count == parents {
                    first.entry(path.to_owned()).or_insert_with(|| commit.clone());
                }
            }
        }
    }
    first
}

/// A file that only gets another name is the same file for git (`-M`) and for us; a planted text stands in one place.
#[test]
fn findings_of_random_histories_come_where_git_log_says() {
    let (mut planted, mut octopuses, mut crossed) = (0, 0, 0);
    for seed in 200..212 {
        let branches = Branches::new(seed);
        let repo = branches.repo();
        let options = Options {
            base: repo.path.clone(),
            judge: JudgeMode::Off,
            threads: 1 + (seed % 2) as usize,
            ..Options::default()
        };
        let scanner = Scanner::new(options).expect("the rules are good");
        let outcome = scanner
            .history(&repo.path, &GitEnvironment::default(), all(), &Silent)
            .expect("history can be scanned");
        assert_eq!(outcome.ledger.failures, [], "seed {seed}");
        let mut ours: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for finding in &outcome.findings {
            let token = String::from_utf8_lossy(finding.secret.expose()).into_owned();
            let origin = &finding.origin;
            let commit = origin.commit.clone().expect("a commit");
            let twice = ours.entry(token).or_default().insert(origin.path.clone(), commit);
            assert_eq!(twice, None, "seed {seed}: {} is there once", origin.path);
        }
        let gits: BTreeMap<_, _> = branches
            .tokens
            .iter()
            .map(|token| (token.clone(), brought(repo, token)))
            .filter(|(_, places)| !places.is_empty())
            .collect();
        assert_eq!(ours, gits, "seed {seed}: ours is left, git's is right");
        planted += gits.len();
        octopuses += repo.git(&["rev-list", "--all", "--min-parents=3"]).lines().count();
        let names = &branches.names;
        let bases = |a: &str, b: &str| repo.git(&["merge-base", "--all", a, b]).lines().count();
        crossed += names.iter().filter(|a| names.iter().any(|b| bases(a, b) > 1)).count();
    }
    assert!(planted > 30 && octopuses > 3 && crossed > 0, "{planted}, {octopuses}, {crossed}");
}
