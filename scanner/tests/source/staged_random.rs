//! Random small repositories: our added lines against those of `git diff --cached`.

use crate::git::Repo;

/// A small generator of our own, so that a failing seed can be run again anywhere.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
}

/// Files by name, as the test believes them to be in the work tree.
pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) repo: Repo,
    files: Vec<(String, Vec<String>)>,
    lines: u32,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self { dice: Dice(seed), repo: Repo::new(), files: Vec::new(), lines: 0 }
    }

    /// A line that no other file or place has, so that there is one right diff.
    fn line(&mut self) -> String {
        self.lines += 1;
        let ending = if self.dice.roll(8) == 0 { "\r\n" } else { "\n" };
        format!("{}unique line {}{ending}", "\t".repeat(self.dice.roll(3)), self.lines * 7919)
    }

    /// Believes what the work tree shows.
    pub(crate) fn reload(&mut self) {
        let listed = self.repo.git(&["ls-files"]);
        let read = |name: &str| std::fs::read_to_string(self.repo.path.join(name)).expect("a tracked file");
        let lines = |text: String| text.split_inclusive('\n').map(str::to_owned).collect();
        self.files = listed.lines().map(|name| (name.to_owned(), lines(read(name)))).collect();
    }

    fn create(&mut self) {
        let folders = ["", "a/", "a-b/", "a.b/", "deep/er/", "deep/er/est/"];
        let folder = folders[self.dice.roll(folders.len())];
        let name = format!("{folder}f{}", self.lines);
        let count = 10 + self.dice.roll(20);
        let content = (0..count).map(|_| self.line()).collect();
        self.files.push((name, content));
        self.save(self.files.len() - 1);
    }

    fn save(&self, at: usize) {
        let (name, lines) = &self.files[at];
        self.repo.write(name, lines.concat());
    }

    /// Changes a few lines: too few for a rename with it to become doubtful.
    fn edit(&mut self, at: usize) {
        for _ in 0..=self.dice.roll(2) {
            let line = self.line();
            let place = self.dice.roll(self.files[at].1.len());
            match self.dice.roll(3) {
                0 => self.files[at].1.insert(place, line),
                1 => self.files[at].1[place] = line,
                _ if self.files[at].1.len() > 8 => drop(self.files[at].1.remove(place)),
                _ => self.files[at].1.push(line),
            }
        }
        self.save(at);
    }

    /// Puts a line into a file that is there.
    pub(crate) fn plant(&mut self, line: String) {
        if self.files.is_empty() {
            self.create();
        }
        let at = self.dice.roll(self.files.len());
        let place = self.dice.roll(self.files[at].1.len());
        self.files[at].1.insert(place, line);
        self.save(at);
    }

    fn rename(&mut self, at: usize) {
        self.lines += 1;
        let name = format!("moved/m{}", self.lines);
        let old = std::mem::replace(&mut self.files[at].0, name.clone());
        std::fs::create_dir_all(self.repo.path.join("moved")).expect("a folder");
        self.repo.git(&["add", "-f", &old]);
        self.repo.git(&["mv", &old, &name]);
    }

    pub(crate) fn step(&mut self) {
        if self.files.is_empty() {
            return self.create();
        }
        let at = self.dice.roll(self.files.len());
        match self.dice.roll(10) {
            0..=1 => self.create(),
            2..=5 => self.edit(at),
            6 => {
                self.rename(at);
                if self.dice.roll(2) == 0 {
                    self.edit(at);
                }
            }
            7 => {
                let (name, _) = self.files.remove(at);
                self.repo.git(&["add", "-f", &name]);
                self.repo.git(&["rm", "-qf", &name]);
            }
            8 => {
                let name = self.files[at].0.clone();
                self.repo.git(&["add", "-f", &name]);
            }
            _ => {
                // Partial staging: what is staged now, and an edit on top that is not.
                let name = self.files[at].0.clone();
                self.repo.git(&["add", "-f", &name]);
                self.edit(at);
            }
        }
    }
}

#[test]
fn random_repositories_agree_with_git() {
    for seed in 0..40 {
        let mut world = World::new(seed);
        for round in 0..3 {
            for _ in 0..6 {
                world.step();
            }
            if round < 2 {
                world.repo.git(&["add", "-A"]);
                world.repo.commit();
            }
        }
        if seed % 2 == 0 {
            world.repo.git(&["add", "-A"]);
        }
        let seen = world.repo.staged();
        assert_eq!(seen.failures, [], "seed {seed}");
        assert_eq!(
            crate::git::added(&seen),
            world.repo.diff(&[]),
            "seed {seed}: ours is left, git's is right"
        );
    }
}

#[test]
fn ambiguous_diffs_are_valid_and_as_small_as_gits() {
    for seed in 0..25 {
        let mut dice = Dice(seed + 1000);
        let mut text = |count: usize| -> Vec<String> {
            (0..count).map(|_| ["{\n", "}\n", "\n", "x = 1\n", "  y\n"][dice.roll(5)].to_owned()).collect()
        };
        let (old, new) = (text(40), text(40));
        let repo = Repo::new();
        repo.add("f", old.concat());
        repo.commit();
        repo.add("f", new.concat());
        let seen = repo.staged();
        let ours = seen.blobs.first().map(crate::record::Blob::counted).unwrap_or_default();
        // The lines that were not added are lines of the old file, in its order.
        let mut rest = old.iter();
        for (at, line) in new.iter().enumerate() {
            if !ours.contains(&(at as u64 + 1)) {
                assert!(rest.any(|candidate| candidate == line), "seed {seed}, line {at}");
            }
        }
        let gits = repo.diff(&[]).remove("f").flatten().unwrap_or_default();
        assert!(ours.len() <= gits.len() + 2, "seed {seed}: {} against {}", ours.len(), gits.len());
    }
}
