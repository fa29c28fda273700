//! Labels that people gave after reading: CSV files with `repo,commit,path,line,start,end,class,reason`.
//!
//! `repo` is an id of the collection, its `owner/name`, or the name of a harvested tree; `path` is the path in the
//! repository; columns are characters, half-open. The files hold no values.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use super::collection::{Collection, lines};
use super::split;
use crate::example::{Class, Split};

/// One label.
#[derive(Debug, Clone, Deserialize)]
pub struct Label {
    repo: String,
    commit: String,
    /// Path in the repository.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// First character.
    pub start: usize,
    /// Behind the last character.
    pub end: usize,
    /// What it is.
    pub class: Class,
    /// Why, in a few words.
    #[serde(default)]
    pub reason: String,
}

/// Labels by repository id or tree name.
pub type Labels = BTreeMap<String, Vec<Label>>;

/// Reads all `*.csv` of a folder; none if there is no such folder.
pub fn read(folder: &Path, collection: &Collection) -> anyhow::Result<Labels> {
    let mut labels = Labels::new();
    if !folder.is_dir() {
        return Ok(labels);
    }
    let by_name: BTreeMap<&str, &str> = collection
        .repositories
        .iter()
        .map(|(id, repository)| (repository.github.as_str(), id.as_str()))
        .collect();
    for path in super::handwritten::files(folder, "csv")? {
        for (at, label) in lines::<Label>(&path)?.into_iter().enumerate() {
            let place = || format!("{}, row {}", path.display(), at + 2);
            let id = by_name.get(label.repo.as_str()).map_or(label.repo.clone(), |id| (*id).to_owned());
            if split::of_repository(&id) == Split::Test {
                bail!("{}: {id} is held out; nobody labels there, take the row out", place());
            }
            if let Some(repository) = collection.repositories.get(&id)
                && !(label.commit.is_empty() || repository.commit.starts_with(&label.commit))
            {
                bail!(
                    "{}: the label is for another commit than the collection's {}",
                    place(),
                    repository.commit
                );
            }
            if label.end <= label.start || label.line == 0 {
                bail!("{}: expected line >= 1 and start < end", place());
            }
            labels.entry(id).or_default().push(label);
        }
    }
    for list in labels.values_mut() {
        list.sort_by(|a, b| (&a.path, a.line, a.start, a.end).cmp(&(&b.path, b.line, b.start, b.end)));
        let mut conflict = None;
        list.dedup_by(|later, first| {
            let same = (&later.path, later.line, later.start, later.end)
                == (&first.path, first.line, first.start, first.end);
            if same && later.class != first.class {
                conflict = Some((first.path.clone(), first.line));
            }
            same
        });
        if let Some((path, line)) = conflict {
            return Err(anyhow::anyhow!("two labels of different classes"))
                .with_context(|| format!("{path}, line {line}: decide for one"));
        }
    }
    Ok(labels)
}
