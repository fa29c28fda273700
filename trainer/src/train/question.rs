//! Examples as questions to the network: prepared once, encoded afresh for every use.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use rayon::prelude::*;
use secretscan::judge::Query;

use crate::example::{Class, Example, Label, Split};
use crate::prepare::{self, Preparer};

/// One example, prepared.
#[derive(Debug, Clone)]
pub struct Question {
    /// Id of the example.
    pub id: String,
    /// Where the example comes from.
    pub source: String,
    /// What is asked, with the feature model's log-odds.
    pub query: Query,
    /// The right class.
    pub class: Class,
    /// Weight in training.
    pub weight: f32,
}

impl Question {
    /// Whether it is a credential.
    pub fn is_alert(&self) -> bool {
        self.class.label() == Label::Alert
    }
}

/// What became of a file's examples.
#[derive(Debug, Default)]
pub struct Questions {
    /// Prepared, in the order of the file.
    pub questions: Vec<Question>,
    /// Examples in which the engine finds no candidate.
    pub without_candidate: usize,
    /// Examples of other splits.
    pub other_split: usize,
    /// Questions without a log-odds of the feature model: theirs is 0.
    pub without_prior: usize,
}

/// Reads `id<TAB>log-odds` lines; `#` begins a remark, and a first line that ends in no number is a heading.
pub fn read_priors(files: &[PathBuf]) -> anyhow::Result<BTreeMap<String, f32>> {
    let mut priors = BTreeMap::new();
    for file in files {
        let reader =
            BufReader::new(File::open(file).with_context(|| format!("cannot read {}", file.display()))?);
        for (n, line) in reader.lines().enumerate() {
            let line = line.with_context(|| format!("cannot read {}", file.display()))?;
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let mut fields = line.split('\t');
            let value = (fields.next(), fields.next().and_then(|x| x.trim().parse::<f32>().ok()));
            match value {
                (Some(id), Some(prior)) if prior.is_finite() => {
                    priors.insert(id.to_owned(), prior);
                }
                _ if n == 0 => {}
                _ => bail!("{}:{}: not `id<TAB>log-odds`", file.display(), n + 1),
            }
        }
    }
    Ok(priors)
}

/// Reads and prepares examples on the current pool's threads: those of `split`, or all. Log-odds are looked up in `priors`.
pub fn read(file: &Path, split: Option<Split>, priors: &BTreeMap<String, f32>) -> anyhow::Result<Questions> {
    let mut lines = Vec::new();
    let reader = BufReader::new(File::open(file).with_context(|| format!("cannot read {}", file.display()))?);
    for (n, line) in reader.lines().enumerate() {
        let line = line.with_context(|| format!("cannot read {}", file.display()))?;
        if !line.trim().is_empty() {
            lines.push((n + 1, line));
        }
    }
    let engine = prepare::engine();
    let bar = ProgressBar::new(lines.len() as u64).with_message("examples");
    let prepared: Vec<Prepared> = lines
        .par_iter()
        .inspect(|_| bar.inc(1))
        .map_init(
            || Preparer::new(&engine),
            |preparer, (number, line)| {
                let example: Example = serde_json::from_str(line)
                    .with_context(|| format!("{}:{number}: no example", file.display()))?;
                Ok(one(preparer, example, split))
            },
        )
        .collect::<anyhow::Result<_>>()?;
    let mut all = Questions::default();
    for prepared in prepared {
        match prepared {
            Prepared::Question(mut question) => {
                match priors.get(&question.id) {
                    Some(&prior) => question.query.prior = prior,
                    None => all.without_prior += 1,
                }
                all.questions.push(*question);
            }
            Prepared::NoCandidate => all.without_candidate += 1,
            Prepared::OtherSplit => all.other_split += 1,
        }
    }
    Ok(all)
}

enum Prepared {
    Question(Box<Question>),
    NoCandidate,
    OtherSplit,
}

fn one(preparer: &mut Preparer<'_>, example: Example, split: Option<Split>) -> Prepared {
    if split.is_some_and(|split| split != example.split) {
        return Prepared::OtherSplit;
    }
    match preparer.prepare(&example) {
        Some(prepared) => Prepared::Question(Box::new(Question {
            id: example.id,
            source: example.source,
            query: prepared.query,
            class: example.class,
            weight: example.weight,
        })),
        None => Prepared::NoCandidate,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Made-up examples: long random values are real, words are not. Assembled here, so that no value stands in this file.
    pub(in crate::train) fn examples(count: usize, split: Split) -> Vec<Example> {
        let letters: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
        let one = |n: usize| {
            let alert = n.is_multiple_of(2);
            let value: String = if alert {
                (0..24).map(|i| letters[(n * 7919 + i * i * 31 + i * 17) % letters.len()]).collect()
            } else {
                format!(
                    "{}-{}",
                    ["your", "example", "insert", "change"][n / 2 % 4],
                    ["token", "key", "me", "here"][n % 4]
                )
            };
            let text = format!("host = \"h{n}\"\napi_token = \"{value}\"\nport = {n}\n");
            let start = text.find(&value).unwrap();
            let class = if alert { Class::Real } else { Class::Placeholder };
            Example {
                id: format!("t/{n}"),
                source: "hand".into(),
                repo: "t".into(),
                path: format!("src/settings{n}.py"),
                span: [start, start + value.len()],
                text,
                label: class.label(),
                class,
                kind: "Token".into(),
                stratum: "t".into(),
                split,
                weight: 1.0,
                note: String::new(),
                statistics: None,
            }
        };
        (0..count).map(one).collect()
    }

    pub(in crate::train) fn write(path: &Path, examples: &[Example]) {
        let lines: Vec<String> = examples.iter().map(|e| serde_json::to_string(e).unwrap()).collect();
        std::fs::write(path, lines.join("\n")).unwrap();
    }

    #[test]
    fn examples_of_the_split_become_questions_with_their_priors() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("set.jsonl");
        let mut all = examples(8, Split::Train);
        all.extend(examples(2, Split::Test));
        all[1].text = "nothing here".into();
        all[1].span = [0, 7];
        write(&file, &all);
        let side = directory.path().join("priors.tsv");
        std::fs::write(&side, "id\tlogit\nt/0\t1.5\nt/2\t-2\textra\n").unwrap();
        let priors = read_priors(std::slice::from_ref(&side)).unwrap();
        let read_all = read(&file, Some(Split::Train), &priors).unwrap();
        let counts = (read_all.questions.len(), read_all.without_candidate, read_all.other_split);
        assert_eq!(counts.0 + counts.1 + counts.2, 10);
        assert_eq!(counts.2, 2);
        assert!(counts.1 >= 1 && counts.0 >= 4, "{counts:?}");
        assert!(
            (read_all.questions[0].query.prior - 1.5).abs() < f32::EPSILON
                && read_all.questions[0].is_alert()
        );
        assert_eq!(read_all.without_prior, counts.0 - 2);
        std::fs::write(&side, "t/0\t1.5\nt/2 -2\n").unwrap();
        assert!(format!("{:#}", read_priors(&[side]).unwrap_err()).contains(":2:"));
        std::fs::write(&file, "{}").unwrap();
        assert!(format!("{:#}", read(&file, None, &priors).unwrap_err()).contains("set.jsonl:1"));
    }
}
