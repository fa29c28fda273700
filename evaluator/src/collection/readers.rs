//! Labels that readers gave to findings the collection says nothing about.
//!
//! A collection's labelled rows are a selected sample (most are credentials), so precision and calibration on them say little
//! about all that a scan reports. Readers label a sample of the other findings; each label stands for as many findings as its
//! weight says. What they label never enters the headline figures.
//!
//! Format: CSV with `repo,commit,path,line,start,end,class,reason`, as `trainer/data/labels/readers.csv`, and a column
//! `weight` if the sample is one (findings divided by findings read; 1 without it). `repo` is the collection's id or
//! `owner/name`; lines count from 1, columns are characters from 0, half-open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use trainer::example::Class;

use super::label::{LabelError, rows};
use super::matching::Span;

/// One label.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// Path in the repository.
    pub path: String,
    /// Where.
    pub span: Span,
    /// What the reader says it is.
    pub class: Class,
    /// Findings that it stands for; above 0.
    pub weight: f64,
}

#[derive(Debug, Deserialize)]
struct Row {
    repo: String,
    commit: String,
    path: String,
    line: u64,
    start: u64,
    end: u64,
    class: Class,
    weight: Option<f64>,
}

/// A repository, as the collection names it.
#[derive(Debug, Deserialize)]
struct Known {
    repo_id: String,
    github: String,
    commit: String,
}

/// The labels of `files`, by repository id and in order of path and place; those of other repositories than the collection's
/// are left out.
pub fn read(files: &[PathBuf], collection: &Path) -> Result<BTreeMap<String, Vec<Read>>, LabelError> {
    let known: Vec<(u64, Known)> = rows(&collection.join("repositories.csv"))?;
    let mut all: BTreeMap<String, Vec<Read>> = BTreeMap::new();
    for path in files {
        for (line, row) in rows::<Row>(path)? {
            let wrong = |cause: String| LabelError::Row { path: path.clone(), line, cause };
            let Some((_, repo)) = known.iter().find(|(_, r)| r.repo_id == row.repo || r.github == row.repo)
            else {
                continue;
            };
            if !(row.commit.is_empty() || repo.commit.starts_with(&row.commit)) {
                return Err(wrong(format!("the label is of another commit than {}", repo.commit)));
            }
            let weight = row.weight.unwrap_or(1.0);
            if row.end <= row.start || row.line == 0 || !weight.is_finite() || weight <= 0.0 {
                return Err(wrong("expected line >= 1, start < end and weight > 0".to_owned()));
            }
            let span = Span::value(row.line, row.start..row.end);
            let of_repo = all.entry(repo.repo_id.clone()).or_default();
            match of_repo.iter().find(|read| read.path == row.path && read.span == span) {
                Some(same) if same.class != row.class => {
                    return Err(wrong("the place has two labels of different classes".to_owned()));
                }
                Some(_) => {}
                None => of_repo.push(Read { path: row.path, span, class: row.class, weight }),
            }
        }
    }
    for list in all.values_mut() {
        list.sort_by(|a, b| (&a.path, a.span.key()).cmp(&(&b.path, b.span.key())));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "repo,commit,path,line,start,end,class,reason";

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let repositories = "repo_id,github,commit,true_rows,labelled_rows\naa,x/y,00ff,1,2\n";
        std::fs::write(folder.path().join("repositories.csv"), repositories).expect("written");
        folder
    }

    fn labels(folder: &tempfile::TempDir, text: &str) -> Result<BTreeMap<String, Vec<Read>>, LabelError> {
        let path = folder.path().join("read.csv");
        std::fs::write(&path, text).expect("written");
        read(&[path], folder.path())
    }

    #[test]
    fn labels_are_known_by_id_and_name_and_weigh_one_unless_they_say() {
        let folder = folder();
        let rows = "aa,00ff,b.py,3,4,9,not,read\nx/y,00,a.py,1,0,7,real,\nother,,c.py,1,0,7,real,\n";
        let all = labels(&folder, &format!("{HEADER}\n{rows}")).expect("readable");
        let paths: Vec<_> = all["aa"].iter().map(|read| (read.path.as_str(), read.class)).collect();
        assert_eq!(paths, [("a.py", Class::Real), ("b.py", Class::Not)]);
        assert!(all.len() == 1 && all["aa"].iter().all(|read| (read.weight - 1.0).abs() < 1e-12));
        let text = format!("{HEADER},weight\naa,,a.py,1,0,7,real,,12.5\naa,,a.py,2,0,7,real,,\n");
        let all = labels(&folder, &text).expect("readable");
        let weights: Vec<f64> = all["aa"].iter().map(|read| read.weight).collect();
        assert_eq!(weights, [12.5, 1.0]);
    }

    #[test]
    fn a_wrong_label_is_named() {
        let folder = folder();
        for (rows, cause) in [
            ("aa,1234,a.py,1,0,7,real,", "another commit"),
            ("aa,,a.py,1,7,7,real,", "start < end"),
            ("aa,,a.py,1,0,7,real,\naa,,a.py,1,0,7,not,", "different classes"),
        ] {
            let error = labels(&folder, &format!("{HEADER}\n{rows}\n")).expect_err(cause).to_string();
            assert!(error.contains("read.csv line") && error.contains(cause), "{error}");
        }
        let zero = format!("{HEADER},weight\naa,,a.py,1,0,7,real,,0\n");
        assert!(labels(&folder, &zero).expect_err("no weight").to_string().contains("weight > 0"));
    }
}
