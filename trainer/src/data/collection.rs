//! Reads the labels of a collection in CredData's layout: `repositories.csv`, `classes.csv`, `meta/<id>.csv`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::example::Class;

/// One labelled value of one line.
#[derive(Debug, Clone)]
pub struct Row {
    /// Id of its file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Characters of the line, half-open.
    pub columns: (usize, usize),
    /// What it is.
    pub class: Class,
    /// `Password`, `Token:API` …
    pub category: String,
    /// 0 to 100.
    pub confidence: u8,
}

/// What is labelled of one repository.
#[derive(Debug, Default)]
pub struct Repository {
    /// `owner/name` on GitHub.
    pub github: String,
    /// The commit that the labels are for.
    pub commit: String,
    /// The values with a class.
    pub rows: Vec<Row>,
    /// Lines that anybody labelled, by file: first and last, from 1.
    pub labelled: BTreeMap<String, Vec<(usize, usize)>>,
    /// Labelled private keys, which rules decide.
    pub keys: usize,
    /// Other labels over several lines or without a value.
    pub other: usize,
}

/// The labels of all repositories, by id.
#[derive(Debug, Default)]
pub struct Collection {
    /// Sorted by id.
    pub repositories: BTreeMap<String, Repository>,
}

#[derive(Deserialize)]
struct RepositoryLine {
    repo_id: String,
    github: String,
    commit: String,
}

#[derive(Deserialize)]
struct ClassLine {
    path: String,
    line: usize,
    value_start: usize,
    value_end: usize,
    category: String,
    class: Class,
    confidence: u8,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetaLine {
    file_path: String,
    line_start: i64,
    line_end: i64,
    value_start: Option<i64>,
    category: String,
}

impl Collection {
    /// Reads a folder. A label for a repository that `repositories.csv` does not list is an error: the rest of a
    /// collection may be kept for acceptance.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut repositories = BTreeMap::new();
        for RepositoryLine { repo_id, github, commit } in lines(&folder.join("repositories.csv"))? {
            repositories.insert(repo_id, Repository { github, commit, ..Repository::default() });
        }
        let mut all = Self { repositories };
        all.read_classes(&folder.join("classes.csv"))?;
        let ids: Vec<String> = all.repositories.keys().cloned().collect();
        for id in ids {
            all.read_meta(&id, &folder.join("meta").join(format!("{id}.csv")))?;
        }
        Ok(all)
    }

    fn read_classes(&mut self, path: &Path) -> anyhow::Result<()> {
        for (at, line) in lines::<ClassLine>(path)?.into_iter().enumerate() {
            let place = || format!("{}, row {}", path.display(), at + 2);
            let (repo, file) = ids(&line.path).with_context(place)?;
            let Some(repository) = self.repositories.get_mut(repo) else {
                bail!(
                    "{}: repository {repo} is not in repositories.csv; take the row out or list it",
                    place()
                );
            };
            repository.rows.push(Row {
                file: file.to_owned(),
                line: line.line,
                columns: (line.value_start, line.value_end),
                class: line.class,
                category: line.category,
                confidence: line.confidence,
            });
        }
        Ok(())
    }

    /// The lines that carry labels without a class: keys and multi-line values.
    fn read_meta(&mut self, id: &str, path: &Path) -> anyhow::Result<()> {
        let repository = self.repositories.get_mut(id).context("the id was read from the same collection")?;
        for (at, line) in lines::<MetaLine>(path)?.into_iter().enumerate() {
            let (_, file) =
                ids(&line.file_path).with_context(|| format!("{}, row {}", path.display(), at + 2))?;
            let (first, last) =
                (line.line_start.max(0) as usize, line.line_end.max(line.line_start).max(0) as usize);
            repository.labelled.entry(file.to_owned()).or_default().push((first, last));
            if line.category.contains("PEM") {
                repository.keys += 1;
            } else if first != last || line.value_start.is_none_or(|start| start < 0) {
                repository.other += 1;
            }
        }
        Ok(())
    }
}

/// Repository and file of `data/<repository>/<scope>/<file>.<extension>`.
fn ids(path: &str) -> anyhow::Result<(&str, &str)> {
    let mut parts = path.split('/');
    let repository = parts.nth(1);
    let file = parts.next_back().and_then(|name| name.get(..8));
    repository.zip(file).with_context(|| {
        format!("`{path}` is no path of the collection; expected data/<repository>/<scope>/<file>")
    })
}

/// All records of a CSV file with a header.
pub(super) fn lines<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let mut reader =
        csv::Reader::from_path(path).with_context(|| format!("cannot read {}", path.display()))?;
    reader.deserialize().collect::<Result<Vec<T>, _>>().with_context(|| {
        format!("cannot read {}: see the README of the collection for its columns", path.display())
    })
}
