//! Examples as rows of numbers: measured through the scanner's own engine, kept without any text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use rayon::prelude::*;
use secretscan::candidate::Engine;
use secretscan::finding::Decider;
use secretscan::judge::features;
use secretscan::value::path::PathInfo;

use crate::example::{Class, Example, Split};
use crate::prepare::Preparer;

/// Lines that are parsed and measured at once.
const BATCH: usize = 512;

/// What is known of an example besides its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The example's id.
    pub id: String,
    /// Its collection.
    pub source: String,
    /// The unit of folds: its repository, or the stratum of a generated or handwritten example.
    pub group: String,
    /// Group for slices.
    pub stratum: String,
    /// What it is.
    pub class: Class,
    /// Its part of the data.
    pub split: Split,
    /// Its weight, in (0, 1].
    pub weight: f32,
    /// The documented score's log-odds: the baseline.
    pub documented: f32,
    /// Decided by its rule alone: the feature model is never asked, so it neither learns from it nor is measured on it.
    pub by_rule: bool,
}

impl Row {
    /// True for an example of a repository, false for a generated or handwritten one.
    pub fn is_real(&self) -> bool {
        !self.is_generated() && !self.is_handwritten()
    }

    /// True for a generated example.
    pub fn is_generated(&self) -> bool {
        self.source == "synth"
    }

    /// True for a handwritten example.
    pub fn is_handwritten(&self) -> bool {
        self.source == "hand"
    }

    /// True for real and weak credentials.
    pub fn is_alert(&self) -> bool {
        matches!(self.class, Class::Real | Class::Weak)
    }
}

/// Rows with their numbers.
#[derive(Debug, Default)]
pub struct Table {
    /// One an example.
    pub rows: Vec<Row>,
    /// Row after row, [`Table::width`] numbers each.
    numbers: Vec<f32>,
    /// Examples that the engine finds no candidate for, by source and class.
    pub missed: BTreeMap<(String, Class), u64>,
}

/// Why a set cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file cannot be read.
    #[error("cannot read the set {path}: {source}; make it with `trainer data build`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is no example. Its content is not shown: it may hold a secret.
    #[error("{path}:{line} is no example ({problem}); make the set again with `trainer data build`")]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Two examples have one id.
    #[error("{path}: the id {id:?} occurs twice, also in the sets before it; ids must be unique")]
    Twice {
        /// The file.
        path: PathBuf,
        /// The id.
        id: String,
    },
}

impl Table {
    /// Numbers of a row.
    pub fn width() -> usize {
        features::names().len()
    }

    /// A row's numbers.
    pub fn numbers(&self, row: usize) -> &[f32] {
        &self.numbers[row * Self::width()..(row + 1) * Self::width()]
    }

    /// The numbers of some rows, column after column: as the trees are grown.
    pub fn columns(&self, rows: &[usize]) -> Vec<f64> {
        let mut columns = Vec::with_capacity(rows.len() * Self::width());
        for column in 0..Self::width() {
            columns.extend(rows.iter().map(|&row| f64::from(self.numbers[row * Self::width() + column])));
        }
        columns
    }

    /// Measures the examples of a set. The order is that of the file.
    pub fn add(&mut self, path: &Path, engine: &Engine, progress: &ProgressBar) -> Result<(), TableError> {
        let read = |source| TableError::Read { path: path.to_owned(), source };
        let mut lines = BufReader::with_capacity(1 << 20, File::open(path).map_err(read)?);
        let mut ids: BTreeSet<String> = self.rows.iter().map(|row| row.id.clone()).collect();
        let mut first = 1;
        loop {
            let mut batch = Vec::with_capacity(BATCH);
            while batch.len() < BATCH {
                let mut line = Vec::new();
                if lines.read_until(b'\n', &mut line).map_err(read)? == 0 {
                    break;
                }
                batch.push(line);
            }
            if batch.is_empty() {
                return Ok(());
            }
            let measured: Vec<Result<Measured, String>> = batch
                .par_iter()
                .map_init(|| Preparer::new(engine), |preparer, line| measure(preparer, line))
                .collect();
            for (n, result) in measured.into_iter().enumerate() {
                let measured = result.map_err(|problem| TableError::Line {
                    path: path.to_owned(),
                    line: first + n,
                    problem,
                })?;
                if !ids.insert(measured.row.id.clone()) {
                    return Err(TableError::Twice { path: path.to_owned(), id: measured.row.id });
                }
                match measured.numbers {
                    Some(numbers) => {
                        self.numbers.extend(numbers);
                        self.rows.push(measured.row);
                    }
                    None => {
                        *self.missed.entry((measured.row.source, measured.row.class)).or_default() += 1;
                    }
                }
            }
            progress.inc(batch.len() as u64);
            first += batch.len();
        }
    }

    /// A table of given rows; for tests.
    #[cfg(test)]
    pub(super) fn of(rows: Vec<(Row, Vec<f32>)>) -> Self {
        let mut table = Self::default();
        for (row, numbers) in rows {
            assert_eq!(numbers.len(), Self::width());
            table.rows.push(row);
            table.numbers.extend(numbers);
        }
        table
    }
}

struct Measured {
    row: Row,
    /// None if the engine finds no candidate.
    numbers: Option<Vec<f32>>,
}

fn measure(preparer: &mut Preparer<'_>, line: &[u8]) -> Result<Measured, String> {
    // serde's message may quote a value of the line: only its kind and place are passed on.
    let example: Example = serde_json::from_slice(line)
        .map_err(|e| format!("{:?} error at column {}", e.classify(), e.column()))?;
    let [start, end] = example.span;
    if start >= end || end > example.text.len() {
        return Err(format!("the span {start}..{end} does not lie in its text"));
    }
    if !(example.weight > 0.0 && example.weight <= 1.0) {
        return Err(format!("the weight {} is not in (0, 1]", example.weight));
    }
    let prepared = preparer.prepare(&example);
    let numbers = prepared.as_ref().map(|prepared| {
        let text = example.text.as_bytes();
        let candidate = &prepared.candidate;
        let name = candidate.key.clone().map(|key| &text[key]);
        let path = PathInfo::new(&example.path);
        features::measure(candidate, &text[candidate.span.clone()], name, &path, text, &prepared.statistics)
    });
    let verdict = prepared.map(|prepared| prepared.decision.verdict());
    let documented = verdict.map_or(0.5, |verdict| verdict.probability).clamp(1e-4, 1.0 - 1e-4);
    let group = match example.source.as_str() {
        // A stratum's examples are alike: together they are in one fold, whatever their seeds.
        "synth" | "hand" => format!("{}/{}", example.source, example.stratum),
        _ => example.repo,
    };
    let row = Row {
        id: example.id,
        source: example.source,
        group,
        stratum: example.stratum,
        class: example.class,
        split: example.split,
        weight: example.weight,
        documented: (documented / (1.0 - documented)).ln(),
        by_rule: verdict.is_some_and(|verdict| verdict.by == Decider::Rule),
    };
    Ok(Measured { row, numbers })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn line(id: &str, text: &str, value: &str) -> String {
        let start = text.find(value).expect("the value stands in the text");
        format!(
            r#"{{"id":"{id}","source":"hand","repo":"r","path":"a.py","text":{text:?},"span":[{start},{}],"label":"alert","class":"real","kind":"k","stratum":"s","split":"train","weight":0.5}}"#,
            start + value.len()
        )
    }

    fn read(content: &str) -> Result<Table, TableError> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(content.as_bytes()).expect("written");
        let mut table = Table::default();
        table.add(file.path(), &crate::prepare::engine(), &ProgressBar::hidden())?;
        Ok(table)
    }

    #[test]
    fn examples_become_rows_and_misses_are_counted() {
        let value = ["Kestrel#", "Harbor91"].concat();
        let text = format!("password = \"{value}\"\n");
        let table = read(&format!("{}\n{}\n", line("a", &text, &value), line("b", "just words", "words")))
            .expect("read");
        assert_eq!((table.rows.len(), table.numbers(0).len()), (1, Table::width()));
        assert_eq!(table.missed[&("hand".to_owned(), Class::Real)], 1);
        assert_eq!(table.rows[0].group, "hand/s");
        assert_eq!(table.columns(&[0]).len(), Table::width());
    }

    #[test]
    fn broken_lines_are_told_by_number_and_never_shown() {
        let value = ["Kestrel#", "Harbor91"].concat();
        let good = line("a", &format!("password = \"{value}\"\n"), &value);
        for broken in [
            good.replace("\"weight\":0.5", "\"weight\":0"),
            good.replace("\"class\":\"real\"", "\"class\":\"odd\""),
            good.replace("\"span\":[12", "\"span\":[900"),
            good[..good.len() - 20].to_owned(),
        ] {
            let error = read(&format!("{good}\n{broken}\n")).expect_err("broken").to_string();
            assert!(error.contains(":2 is no example") && !error.contains("Kestrel"), "{error}");
        }
        assert!(matches!(read(&format!("{good}\n{good}\n")), Err(TableError::Twice { .. })));
    }
}
