//! One repository's examples: labelled values, unlabelled candidates, doubtful ones for readers.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::Context as _;
use secretscan::candidate::Engine;
use secretscan::judge::weak;

use super::checkout::{Checkout, file_id};
use super::collection::Repository;
use super::document::Lines;
use super::examine::{Examiner, Seen, best};
use super::labels::Label;
use super::{excerpt, split};
use crate::example::{Class, Example, Split};

/// Unlabelled candidates, and doubtful ones, of one repository: at most so many each.
const UNLABELLED: usize = 120;
/// Files without labels that are looked at for unlabelled candidates.
const OTHER_FILES: usize = 400;
/// From this prior on nobody knows what an unlabelled candidate is.
pub const UNCERTAIN: f32 = 0.4;
/// Weight of an unlabelled candidate, and of a reader's label.
const UNLABELLED_WEIGHT: f32 = 0.3;
const READER_WEIGHT: f32 = 0.8;
/// From this length on a real value is looked for in other repositories too.
const DISTINCT: usize = 8;
/// What all rows of one repository may weigh together, and those of one category.
const REPOSITORY_WEIGHT: f32 = 200.0;
const CATEGORY_WEIGHT: f32 = 100.0;

/// What is known of a repository before it is read.
#[derive(Debug)]
pub struct Task<'a> {
    /// Its id: the unit of splitting.
    pub id: &'a str,
    /// Labels of the collection; none for a tree.
    pub labels: Option<&'a Repository>,
    /// Labels of readers.
    pub readers: &'a [Label],
    /// Its files.
    pub checkout: Checkout,
    /// For the choice of unlabelled candidates.
    pub seed: u64,
    /// Look at every file, not at labelled and some others: harvesting.
    pub every_file: bool,
}

/// What it gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Labelled and unlabelled examples, sorted by id.
    pub examples: Vec<Example>,
    /// Candidates that nobody labelled and the score is not sure of.
    pub uncertain: Vec<Example>,
    /// Values that may be credentials: none of them may reach a weight. Sorted.
    pub sensitive: BTreeSet<String>,
    /// Values labelled real, long enough to be told wherever they stand; of no repository may they be learnt. Sorted.
    pub real: BTreeSet<String>,
    /// Labelled rows whose file is not in the checkout: `file id:line`.
    pub missing: Vec<String>,
    /// Labelled rows whose columns are not in the line: `path:line`.
    pub misplaced: Vec<String>,
    /// Labelled rows that the engine has no candidate for.
    pub without_candidate: usize,
    /// The same row twice.
    pub duplicates: usize,
}

/// A label on its way to an example.
struct Labelled<'a> {
    line: usize,
    columns: (usize, usize),
    class: Class,
    category: &'a str,
    confidence: f32,
    reader: Option<&'a str>,
}

/// Reads a repository.
pub fn read(task: &Task<'_>, engine: &Engine) -> anyhow::Result<Outcome> {
    let mut out = Outcome::default();
    let ids = task.checkout.by_id();
    let mut labels: BTreeMap<&str, Vec<Labelled<'_>>> = BTreeMap::new();
    for row in task.labels.iter().flat_map(|labels| &labels.rows) {
        let Some(path) = ids.get(&row.file) else {
            out.missing.push(format!("{}:{}", row.file, row.line));
            continue;
        };
        labels.entry(path).or_default().push(Labelled {
            line: row.line,
            columns: row.columns,
            class: row.class,
            category: &row.category,
            confidence: f32::from(row.confidence.clamp(40, 100)) / 100.0,
            reader: None,
        });
    }
    for label in task.readers {
        labels.entry(&label.path).or_default().push(Labelled {
            line: label.line,
            columns: (label.start, label.end),
            class: label.class,
            category: "Reader",
            confidence: READER_WEIGHT,
            reader: Some(&label.reason),
        });
    }
    let others = other_files(task, &labels);
    let mut examiner = Examiner::new(engine);
    let paths: BTreeSet<&str> = labels.keys().copied().chain(others).collect();
    let none = Vec::new();
    for path in paths {
        let of_file = labels.get(path).unwrap_or(&none);
        if task.checkout.files.binary_search_by(|file| file.as_str().cmp(path)).is_err() {
            out.missing.extend(of_file.iter().map(|label| format!("{path}:{}", label.line)));
            continue;
        }
        let text = task.checkout.text(path).with_context(|| format!("repository {}", task.id))?;
        let Some(text) = text else {
            out.missing.extend(of_file.iter().map(|label| format!("{path}:{} (no text)", label.line)));
            continue;
        };
        let file = File {
            task,
            path,
            id: file_id(path),
            lines: Lines::of(&text),
            seen: examiner.examine(path, &text),
            text,
        };
        let taken = file.labelled(of_file, &mut out);
        file.unlabelled(&taken, &mut out);
    }
    finish(task, &mut out);
    Ok(out)
}

/// Some files without labels, chosen by the seed.
fn other_files<'a>(task: &'a Task<'_>, labels: &BTreeMap<&str, Vec<Labelled<'_>>>) -> Vec<&'a str> {
    let mut others: Vec<&str> =
        task.checkout.files.iter().map(String::as_str).filter(|path| !labels.contains_key(path)).collect();
    if split::of_repository(task.id) == Split::Test && !task.every_file {
        return Vec::new();
    }
    if !task.every_file {
        others.sort_by_cached_key(|path| split::seed(&["file", &task.seed.to_string(), task.id, path]));
        others.truncate(OTHER_FILES);
    }
    others
}

/// One file of a repository.
struct File<'a> {
    task: &'a Task<'a>,
    path: &'a str,
    id: String,
    text: String,
    lines: Lines,
    seen: Vec<Seen>,
}

impl File<'_> {
    /// Makes the labelled examples; gives the spans that are spoken for.
    fn labelled(&self, labels: &[Labelled<'_>], out: &mut Outcome) -> Vec<Range<usize>> {
        let mut taken = Vec::new();
        let mut known = BTreeSet::new();
        for label in labels {
            let Some(span) = self.lines.span(&self.text, label.line, label.columns.0, label.columns.1) else {
                out.misplaced.push(format!("{}:{}", self.path, label.line));
                continue;
            };
            if !known.insert((span.start, span.end)) {
                out.duplicates += 1;
                continue;
            }
            let example = self.example(&span, label, out);
            taken.push(span);
            out.examples.push(example);
        }
        taken
    }

    fn example(&self, span: &Range<usize>, label: &Labelled<'_>, out: &mut Outcome) -> Example {
        let value = &self.text[span.clone()];
        if is_sensitive(label.class, value) {
            out.sensitive.insert(value.to_owned());
            if label.class == Class::Real && value.len() >= DISTINCT {
                out.real.insert(value.to_owned());
            }
        }
        let seen = best(&self.seen, span);
        out.without_candidate += usize::from(seen.is_none());
        let source = if label.reader.is_some() { "reader" } else { "credata" };
        let mut example = self.at(span, seen, source);
        example.class = label.class;
        example.label = label.class.label();
        label.category.clone_into(&mut example.kind);
        example.stratum = format!("{source}/{}/{}", label.category, name(label.class));
        example.weight = label.confidence;
        label.reader.unwrap_or_default().clone_into(&mut example.note);
        example
    }

    /// An example at a place, not yet labelled.
    fn at(&self, span: &Range<usize>, seen: Option<&Seen>, source: &str) -> Example {
        let range = excerpt::range(&self.text, span, seen.map(|seen| &seen.candidate), self.path);
        let (line, column) = (self.lines.number(span.start), self.lines.columns(&self.text, span).0);
        Example {
            id: format!("{source}/{}/{}/{line}/{column}", self.task.id, self.id),
            source: source.to_owned(),
            repo: self.task.id.to_owned(),
            path: self.path.to_owned(),
            text: self.text[range.clone()].to_owned(),
            span: [span.start - range.start, span.end - range.start],
            label: Class::Not.label(),
            class: Class::Not,
            kind: seen.map(|seen| seen.candidate.rule.kind.to_string()).unwrap_or_default(),
            stratum: String::new(),
            split: split::of_repository(self.task.id),
            weight: UNLABELLED_WEIGHT,
            note: String::new(),
            statistics: seen.map(|seen| seen.statistics),
        }
    }

    /// Candidates on lines that nobody labelled, decided by the score or not at all.
    fn unlabelled(&self, taken: &[Range<usize>], out: &mut Outcome) {
        let empty = Vec::new();
        let labelled = self.task.labels.and_then(|labels| labels.labelled.get(&self.id)).unwrap_or(&empty);
        for seen in &self.seen {
            let span = &seen.candidate.span;
            out.sensitive.extend(seen.sensitive(&self.text).map(str::to_owned));
            let (first, last) =
                (self.lines.number(span.start), self.lines.number(span.end.max(span.start + 1) - 1));
            let on_label = labelled.iter().any(|&(from, to)| from <= last && first <= to)
                || taken
                    .iter()
                    .any(|t| self.lines.number(t.start) <= last && first <= self.lines.number(t.end));
            if on_label
                || seen.by_rule()
                || self.task.labels.is_some() && split::of_repository(self.task.id) == Split::Test
            {
                continue;
            }
            let mut example = self.at(span, Some(seen), "unlabelled");
            example.stratum = format!("unlabelled/{}", seen.candidate.rule.id);
            if seen.prior() < UNCERTAIN && !self.task.every_file {
                out.examples.push(example);
            } else {
                example.note = format!(
                    "prior {:.2}, line {first}, columns {:?}",
                    seen.prior(),
                    self.lines.columns(&self.text, span)
                );
                out.uncertain.push(example);
            }
        }
    }
}

/// True if the value of a labelled row must not reach a weight.
pub(super) fn is_sensitive(class: Class, value: &str) -> bool {
    match class {
        Class::Real => true,
        // Everybody's default is nobody's secret.
        Class::Weak => !weak::is_common(value.as_bytes()),
        Class::Placeholder | Class::Not => false,
    }
}

/// The name of a class, as in files.
pub(super) fn name(class: Class) -> &'static str {
    match class {
        Class::Real => "real",
        Class::Weak => "weak",
        Class::Placeholder => "placeholder",
        Class::Not => "not",
    }
}

/// Caps numbers and weights, and sorts.
fn finish(task: &Task<'_>, out: &mut Outcome) {
    let (mut unlabelled, mut labelled): (Vec<_>, Vec<_>) =
        std::mem::take(&mut out.examples).into_iter().partition(|example| example.source == "unlabelled");
    let key = |example: &Example| split::seed(&["candidate", &task.seed.to_string(), &example.id]);
    unlabelled.sort_by_cached_key(key);
    unlabelled.truncate(UNLABELLED);
    out.uncertain.sort_by_cached_key(key);
    if !task.every_file {
        out.uncertain.truncate(UNLABELLED);
    }
    // Where two labels begin at the same character, the later ends elsewhere: its id tells.
    let mut ids = BTreeSet::new();
    for example in &mut labelled {
        if !ids.insert(example.id.clone()) {
            example.id = format!("{}/{}", example.id, example.span[1] - example.span[0]);
            ids.insert(example.id.clone());
        }
    }
    cap(&mut labelled, CATEGORY_WEIGHT, |example| example.kind.clone());
    cap(&mut labelled, REPOSITORY_WEIGHT, |_| String::new());
    out.examples = labelled;
    out.examples.append(&mut unlabelled);
    out.examples.sort_by(|a, b| a.id.cmp(&b.id));
    out.uncertain.sort_by(|a, b| a.id.cmp(&b.id));
}

/// Scales weights down so that no group weighs more than `most`.
fn cap(examples: &mut [Example], most: f32, group: impl Fn(&Example) -> String) {
    let mut sums: BTreeMap<String, f32> = BTreeMap::new();
    for example in examples.iter() {
        *sums.entry(group(example)).or_default() += example.weight;
    }
    for example in examples.iter_mut() {
        example.weight *= (most / sums[&group(example)]).min(1.0);
    }
}

#[cfg(test)]
mod tests;
