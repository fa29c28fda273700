//! Builds the three sets and their receipt.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Context as _;
use rayon::prelude::*;
use secretscan::candidate::Engine;
use secretscan::rule::RuleSet;

use super::checkout::Checkout;
use super::collection::Collection;
use super::examine::Examiner;
use super::receipt::Receipt;
use super::repository::{self, Outcome, Task};
use super::synthetic::{self, Counts};
use super::variants::{Values, ValuesByRepository, Variants};
use super::{guard, handwritten, labels, split, store};
use crate::example::{Example, Split};
use crate::prepare::{self, Preparer};

/// What to build from.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of a collection in CredData's layout.
    pub collection: PathBuf,
    /// Folder of its checkouts, by repository id.
    pub checkouts: PathBuf,
    /// Folder of handwritten examples.
    pub handwritten: PathBuf,
    /// Folder of readers' labels.
    pub labels: PathBuf,
    /// Other trees that readers labelled: name and folder.
    pub trees: Vec<(String, PathBuf)>,
    /// Where the sets go.
    pub out: PathBuf,
    /// For all that is drawn.
    pub seed: u64,
    /// Realisations of every changed example of the training set.
    pub copies: usize,
    /// Generated examples a stratum.
    pub synthetic: Counts,
}

/// Sets by split, in the order of [`Split`].
type Sets = [Vec<Example>; 3];

/// Builds and writes everything; the receipt is also given back.
pub fn build(options: &Options) -> anyhow::Result<Receipt> {
    let rules = RuleSet::builtin();
    let engine = prepare::engine();
    let mut receipt = Receipt::new(rules.sha256());
    std::fs::create_dir_all(&options.out)
        .with_context(|| format!("cannot make {}", options.out.display()))?;
    let mut values = ValuesByRepository::new();
    let mut sets = Sets::default();
    let mut uncertain = Vec::new();
    let outcomes = read_repositories(options, &engine, &mut receipt)?;
    // A value that is real in one repository is so in all: forks and copies share them.
    let real: BTreeSet<String> = outcomes.values().flat_map(|outcome| &outcome.real).cloned().collect();
    for (id, outcome) in outcomes {
        values.insert(id.clone(), Values::new(&outcome.sensitive.union(&real).cloned().collect())?);
        let part = split::of_repository(&id);
        receipt.repositories.entry(name(part).to_owned()).or_default().push(id);
        sets[part as usize].extend(outcome.examples);
        uncertain.extend(outcome.uncertain);
    }
    for example in handwritten::load(&options.handwritten, &rules)? {
        sets[example.split as usize].push(example);
    }
    for part in [Split::Train, Split::Validation, Split::Test] {
        sets[part as usize].extend(synthetic::generate(part, options.seed, options.synthetic)?);
    }
    let [train, validation, test] = &mut sets;
    receipt.guard = guard::separate(train, validation, test);
    let realised = realise(&sets[Split::Train as usize], &values, &engine, options);
    let [train, validation, test] = &sets;
    for (part, set) in [(Split::Train, train), (Split::Validation, validation), (Split::Test, test)] {
        count(part, set, &engine, &mut receipt);
    }
    let files: [(&str, &[Example]); 5] = [
        ("train.features.jsonl", train),
        ("train.jsonl", &realised),
        ("validation.jsonl", validation),
        ("test.jsonl", test),
        ("uncertain.jsonl", &uncertain),
    ];
    for (name, examples) in files {
        for example in examples {
            store::check(example).with_context(|| format!("{name}: a built example is not sound"))?;
        }
        receipt.files.insert(name.to_owned(), store::write(&options.out.join(name), examples)?);
        receipt.counts.insert(format!("{name}/lines"), examples.len());
    }
    receipt.counts.insert("train.jsonl/without-candidate".to_owned(), without_candidate(&realised, &engine));
    receipt.settings = BTreeMap::from([
        ("seed".to_owned(), options.seed),
        ("copies".to_owned(), options.copies as u64),
        ("synthetic-train".to_owned(), options.synthetic.train as u64),
        ("synthetic-harmless".to_owned(), options.synthetic.harmless as u64),
        ("synthetic-validation".to_owned(), options.synthetic.validation as u64),
        ("synthetic-test".to_owned(), options.synthetic.test as u64),
    ]);
    receipt.write(&options.out)?;
    Ok(receipt)
}

/// Reads every repository of the collection that has a checkout, and every tree; sorted by id.
fn read_repositories(
    options: &Options,
    engine: &Engine,
    receipt: &mut Receipt,
) -> anyhow::Result<BTreeMap<String, Outcome>> {
    let collection = Collection::read(&options.collection)?;
    let readers = labels::read(&options.labels, &collection)?;
    let mut roots: Vec<(&str, PathBuf)> =
        collection.repositories.keys().map(|id| (id.as_str(), options.checkouts.join(id))).collect();
    roots.extend(options.trees.iter().map(|(name, root)| (name.as_str(), root.clone())));
    let known: BTreeSet<&str> = roots.iter().map(|(id, _)| *id).collect();
    if let Some(id) = readers.keys().find(|id| !known.contains(id.as_str())) {
        anyhow::bail!(
            "{} has labels for `{id}`; name its folder with --tree {id}=DIR",
            options.labels.display()
        );
    }
    let bar = super::command::bar(roots.len() as u64, "repositories");
    let outcomes: Vec<(String, Option<Outcome>)> = roots
        .into_par_iter()
        .map(|(id, root)| {
            bar.inc(1);
            if !root.is_dir() {
                return Ok((id.to_owned(), None));
            }
            let task = Task {
                id,
                labels: collection.repositories.get(id),
                readers: readers.get(id).map_or(&[], Vec::as_slice),
                checkout: Checkout::open(&root)?,
                seed: options.seed,
                every_file: false,
            };
            Ok((id.to_owned(), Some(repository::read(&task, engine)?)))
        })
        .collect::<anyhow::Result<_>>()?;
    bar.finish_and_clear();
    let mut found = BTreeMap::new();
    for (id, outcome) in outcomes {
        let Some(mut outcome) = outcome else {
            receipt.missing.push(format!("{id}: no checkout in {}", options.checkouts.display()));
            continue;
        };
        for (reason, number) in [
            ("missing-file", outcome.missing.len()),
            ("columns-not-in-line", outcome.misplaced.len()),
            ("duplicate-label", outcome.duplicates),
            ("kept-without-candidate", outcome.without_candidate),
        ] {
            *receipt.left_out.entry(reason.to_owned()).or_default() += number;
        }
        receipt.missing.extend(
            outcome.missing.drain(..).chain(outcome.misplaced.drain(..)).map(|place| format!("{id} {place}")),
        );
        found.insert(id, outcome);
    }
    for repository in collection.repositories.values() {
        *receipt.left_out.entry("private-key-row".to_owned()).or_default() += repository.keys;
        *receipt.left_out.entry("multi-line-or-no-value-row".to_owned()).or_default() += repository.other;
    }
    Ok(found)
}

/// The training set as the language model sees it.
fn realise(
    train: &[Example],
    values: &ValuesByRepository,
    engine: &Engine,
    options: &Options,
) -> Vec<Example> {
    let bar = super::command::bar(train.len() as u64, "realising");
    let made: Vec<Vec<Example>> = train
        .par_iter()
        .map_init(
            || Variants::new(Examiner::new(engine), options.seed),
            |variants, example| {
                bar.inc(1);
                match values.get(&example.repo) {
                    Some(known) => variants.of(example, known, options.copies),
                    // Written or generated: nobody's secret.
                    None => vec![example.clone()],
                }
            },
        )
        .collect();
    bar.finish_and_clear();
    made.into_iter().flatten().collect()
}

fn count(part: Split, set: &[Example], engine: &Engine, receipt: &mut Receipt) {
    for example in set {
        let key = format!("{}/{}/{}", name(part), example.source, repository::name(example.class));
        *receipt.counts.entry(key).or_default() += 1;
    }
    receipt.counts.insert(format!("{}/without-candidate", name(part)), without_candidate(set, engine));
}

/// Examples whose text gives the engine no candidate at their span: misses of the candidate stage.
fn without_candidate(set: &[Example], engine: &Engine) -> usize {
    set.par_iter().map_init(|| Preparer::new(engine), |p, e| usize::from(p.prepare(e).is_none())).sum()
}

/// The name of a split, as in files.
pub(super) fn name(part: Split) -> &'static str {
    match part {
        Split::Train => "train",
        Split::Validation => "validation",
        Split::Test => "test",
    }
}
