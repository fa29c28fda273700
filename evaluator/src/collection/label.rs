//! The labels of a collection.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secretscan::value::hex;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use trainer::example::{Class, Label};

use super::matching::{Overlap, Span};

/// Why labels cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// A file cannot be opened or is no CSV with the columns of the collection.
    #[error("cannot read the labels {}: {source}; --collection is the folder with classes.csv and meta/", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        source: csv::Error,
    },
    /// A row says something that cannot be.
    #[error("{} line {line}: {cause}; repair the row or take it out", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// Line of the row.
        line: u64,
        /// What is wrong.
        cause: String,
    },
}

/// One labelled value or block.
#[derive(Debug, Clone, PartialEq)]
pub struct Gold {
    /// `0401c075/0795adfe/4/9`: repository, file, line, first column.
    pub id: String,
    /// First 8 hexadecimal digits of the SHA-256 of the path inside the repository.
    pub file: String,
    /// Where.
    pub span: Span,
    /// What people say it is.
    pub class: Class,
    /// The collection's category.
    pub category: String,
}

/// What is known of one repository.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// Values and blocks, by file and place. Labels of the same secret are merged.
    pub golds: Vec<Gold>,
    /// Rows merged into another that covers half of it.
    pub merged: usize,
    /// Places whose rows contradict each other (credential and harmless): measured nowhere.
    pub ambiguous: usize,
    /// Lines that were looked at without a value marked, or in categories that the four classes leave out (UUID, nonce,
    /// salt …): file and line. A finding there is neither right nor wrong.
    pub undecided: BTreeMap<(String, u64), String>,
}

#[derive(Debug, Deserialize)]
struct ClassRow {
    path: String,
    line: u64,
    value_start: u64,
    value_end: u64,
    category: String,
    class: Class,
}

#[derive(Debug, Deserialize)]
struct MetaRow {
    #[serde(rename = "FilePath")]
    path: String,
    #[serde(rename = "LineStart")]
    start: u64,
    #[serde(rename = "LineEnd")]
    end: u64,
    #[serde(rename = "GroundTruth")]
    truth: String,
    #[serde(rename = "ValueStart")]
    value_start: Option<i64>,
    #[serde(rename = "Category")]
    category: String,
}

/// The repositories of a collection.
pub fn repositories(collection: &Path) -> Result<Vec<String>, LabelError> {
    #[derive(Deserialize)]
    struct Row {
        repo_id: String,
    }
    let rows: Vec<(u64, Row)> = rows(&collection.join("repositories.csv"))?;
    Ok(rows.into_iter().map(|(_, row)| row.repo_id).collect())
}

/// The labels of the repositories in `wanted`, by repository.
pub fn read(collection: &Path, wanted: &[String]) -> Result<BTreeMap<String, Labels>, LabelError> {
    let mut all: BTreeMap<String, Labels> =
        wanted.iter().map(|repo| (repo.clone(), Labels::default())).collect();
    let path = collection.join("classes.csv");
    for (line, row) in rows::<ClassRow>(&path)? {
        let wrong = |cause: String| LabelError::Row { path: path.clone(), line, cause };
        let (repo, file) = place(&row.path).map_err(wrong)?;
        if row.value_end <= row.value_start {
            let cause =
                format!("the value ends at {} before it starts at {}", row.value_end, row.value_start);
            return Err(LabelError::Row { path, line, cause });
        }
        let Some(labels) = all.get_mut(repo) else { continue };
        labels.golds.push(Gold {
            id: format!("{repo}/{file}/{}/{}", row.line, row.value_start),
            file: file.to_owned(),
            span: Span::value(row.line, row.value_start..row.value_end),
            class: row.class,
            category: row.category,
        });
    }
    for (repo, labels) in &mut all {
        merge(labels);
        add_blocks(&collection.join("meta").join(format!("{repo}.csv")), repo, labels)?;
    }
    Ok(all)
}

/// SHA-256 over the label files of `repos`, in hexadecimal: the version of what is measured on.
pub fn digest(collection: &Path, repos: &[String]) -> Result<String, LabelError> {
    let files = std::iter::once(collection.join("classes.csv"))
        .chain(repos.iter().map(|repo| collection.join("meta").join(format!("{repo}.csv"))));
    let mut hash = Sha256::new();
    for path in files {
        let bytes = std::fs::read(&path).map_err(|source| LabelError::Csv { source: source.into(), path })?;
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    Ok(hex::encode(&hash.finalize()))
}

/// Rows with their line numbers.
pub(super) fn rows<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Vec<(u64, T)>, LabelError> {
    let failed = |source| LabelError::Csv { path: path.to_owned(), source };
    let mut reader = csv::Reader::from_path(path).map_err(failed)?;
    let headers = reader.headers().map_err(failed)?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(failed)?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push((line, record.deserialize(Some(&headers)).map_err(failed)?));
    }
    Ok(rows)
}

/// Repository and file of `data/<repo>/<scope>/<file><.ext>`.
fn place(path: &str) -> Result<(&str, &str), String> {
    let parts: Vec<&str> = path.split('/').collect();
    let file = parts.last().and_then(|name| name.get(..8));
    match (parts.as_slice(), file) {
        (["data", repo, ..], Some(file)) if file.bytes().all(|b| b.is_ascii_hexdigit()) => Ok((repo, file)),
        _ => Err(format!("{path:?} is not data/<repo>/<scope>/<file id>")),
    }
}

/// Merges values on one line of which one covers half of the other: one secret is one label.
fn merge(labels: &mut Labels) {
    let mut golds = std::mem::take(&mut labels.golds);
    golds.sort_by(|a, b| (&a.file, a.span.key()).cmp(&(&b.file, b.span.key())));
    let mut groups: Vec<(Gold, bool)> = Vec::new();
    for gold in golds {
        let into = groups.iter_mut().rev().take(8).find(|(kept, _)| {
            kept.file == gold.file && kept.span.overlap(&gold.span).is_some_and(Overlap::enough)
        });
        let Some((kept, clash)) = into else {
            groups.push((gold, false));
            continue;
        };
        labels.merged += 1;
        *clash |= kept.class.label() != gold.class.label();
        if gold.class < kept.class {
            kept.class = gold.class;
        }
        kept.span = kept.span.union(&gold.span);
    }
    labels.ambiguous += groups.iter().filter(|(_, clash)| *clash).count();
    for (gold, clash) in groups {
        if clash {
            labels.undecided.insert((gold.file, gold.span.first_line()), "contradictory labels".to_owned());
        } else {
            labels.golds.push(gold);
        }
    }
}

/// Adds private keys and blocks; notes the lines of all other rows without a class.
fn add_blocks(path: &Path, repo: &str, labels: &mut Labels) -> Result<(), LabelError> {
    let known: std::collections::BTreeSet<(String, u64)> =
        labels.golds.iter().map(|gold| (gold.file.clone(), gold.span.first_line())).collect();
    for (line, row) in rows::<MetaRow>(path)? {
        let wrong = |cause: String| LabelError::Row { path: path.to_owned(), line, cause };
        let (_, file) = place(&row.path).map_err(wrong)?;
        if row.end < row.start || row.start == 0 {
            return Err(wrong(format!("lines {} to {} are no range", row.start, row.end)));
        }
        let class = match row.truth.as_str() {
            "T" => Class::Real,
            "F" => Class::Not,
            "X" => Class::Placeholder,
            other => return Err(wrong(format!("{other:?} is not T, F or X"))),
        };
        let key = (file.to_owned(), row.start);
        if row.start == row.end && row.category != "PEM Private Key" {
            // What has a value has its class in classes.csv, or is of a category that is left out on purpose.
            if !known.contains(&key) {
                let valued = row.value_start.is_some_and(|at| at >= 0);
                let name = if valued { row.category } else { format!("line marked {}", row.truth) };
                labels.undecided.entry(key).or_insert(name);
            }
            continue;
        }
        let block = Gold {
            id: format!("{repo}/{file}/{}-{}", row.start, row.end),
            file: file.to_owned(),
            span: Span::lines(row.start..=row.end),
            class,
            category: row.category,
        };
        // A pair (id and secret) or an object whose parts have labels of their own: one secret is one label.
        let lines = row.start..=row.end;
        let inside = |gold: &Gold| {
            gold.file == block.file && !gold.span.is_block() && lines.contains(&gold.span.first_line())
        };
        if class.label() == Label::Alert
            && labels.golds.iter().any(|gold| inside(gold) && gold.class.label() == Label::Alert)
        {
            labels.merged += 1;
            continue;
        }
        match labels.golds.iter_mut().find(|gold| gold.file == block.file && gold.span == block.span) {
            Some(same) => {
                labels.merged += 1;
                if class.label() == Label::Alert {
                    same.class = same.class.min(class);
                }
            }
            None => labels.golds.push(block),
        }
    }
    labels.golds.sort_by(|a, b| (&a.file, a.span.key(), &a.id).cmp(&(&b.file, b.span.key(), &b.id)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gold(columns: std::ops::Range<u64>, class: Class) -> Gold {
        Gold {
            id: format!("r/00000000/3/{}", columns.start),
            file: "00000000".into(),
            span: Span::value(3, columns),
            class,
            category: "Password".into(),
        }
    }

    #[test]
    fn labels_of_one_secret_are_one_label() {
        let golds = vec![
            gold(10..20, Class::Weak),
            gold(10..30, Class::Weak),
            gold(40..50, Class::Real),
            gold(49..80, Class::Not),
        ];
        let mut labels = Labels { golds, ..Labels::default() };
        merge(&mut labels);
        assert_eq!((labels.golds.len(), labels.merged, labels.ambiguous), (3, 1, 0));
        assert_eq!(labels.golds[0].span, Span::value(3, 10..30));
    }

    #[test]
    fn contradictory_labels_are_measured_nowhere() {
        let golds = vec![gold(10..20, Class::Weak), gold(12..20, Class::Not)];
        let mut labels = Labels { golds, ..Labels::default() };
        merge(&mut labels);
        assert_eq!((labels.golds.len(), labels.ambiguous), (0, 1));
        assert_eq!(labels.undecided.len(), 1);
    }

    #[test]
    fn a_collection_is_read_with_its_blocks() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
            std::fs::write(path, text).expect("written");
        };
        write("repositories.csv", "repo_id,github,commit,true_rows,labelled_rows\nabc,x/y,00,1,2\n");
        write(
            "classes.csv",
            "path,line,value_start,value_end,credata_truth,category,class,confidence\n\
             data/abc/src/0795adfe.ini,4,9,21,T,Password,real,95\n\
             data/other/src/0795adfe.ini,4,9,21,T,Password,real,95\n",
        );
        let header =
            "Id,FileID,Domain,RepoName,FilePath,LineStart,LineEnd,GroundTruth,ValueStart,ValueEnd,Category\n";
        let row = |lines: &str, truth: &str, from: &str, category: &str| {
            format!("1,0795adfe,GitHub,abc,data/abc/src/0795adfe.ini,{lines},{truth},{from},,{category}\n")
        };
        let rows = [
            row("4,4", "T", "9", "Password"),
            row("3,5", "T", "0", "AWS Multi"),
            row("7,9", "T", "", "PEM Private Key"),
            row("12,12", "F", "", "Password"),
            row("13,13", "T", "3", "UUID"),
        ];
        write("meta/abc.csv", &(header.to_owned() + &rows.concat()));
        let repos = repositories(folder.path()).expect("readable");
        let all = read(folder.path(), &repos).expect("readable");
        let labels = &all["abc"];
        assert_eq!(labels.merged, 1, "the pair has its secret's label");
        let spans: Vec<_> = labels.golds.iter().map(|gold| gold.span.clone()).collect();
        assert_eq!(spans, [Span::value(4, 9..21), Span::lines(7..=9)]);
        let undecided: Vec<_> = labels.undecided.values().map(String::as_str).collect();
        assert_eq!(undecided, ["line marked F", "UUID"]);

        write("meta/abc.csv", &(header.to_owned() + &row("9,7", "T", "", "PEM Private Key")));
        let error = read(folder.path(), &repos).expect_err("no range").to_string();
        assert!(error.contains("abc.csv line 2") && error.contains("9 to 7"), "{error}");
    }
}
