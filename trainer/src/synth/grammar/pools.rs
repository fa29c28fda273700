//! The pools: named lists of templates, read from TOML.

use std::collections::BTreeMap;

use super::GrammarError;

/// Named lists of templates. Names are the dotted paths of the TOML tables.
#[derive(Debug, Default)]
pub(crate) struct Pools(BTreeMap<String, Vec<String>>);

impl Pools {
    /// Adds the pools of a file: an array of strings is a list of templates, a string a list of words.
    pub(crate) fn add(&mut self, file: &str, table: toml::Table) -> Result<(), GrammarError> {
        self.table(file, "", table)
    }

    fn table(&mut self, file: &str, prefix: &str, table: toml::Table) -> Result<(), GrammarError> {
        for (name, value) in table {
            let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            let wrong = |cause: String| GrammarError::File { file: file.to_owned(), cause };
            let entries: Vec<String> = match value {
                toml::Value::Table(inner) => {
                    self.table(file, &name, inner)?;
                    continue;
                }
                toml::Value::String(words) => words.split_whitespace().map(str::to_owned).collect(),
                toml::Value::Array(entries) => entries
                    .into_iter()
                    .map(|entry| match entry {
                        toml::Value::String(text) => Ok(text.trim_end_matches('\n').to_owned()),
                        other => Err(wrong(format!("{name}: expected a string, found {}", other.type_str()))),
                    })
                    .collect::<Result<_, _>>()?,
                other => return Err(wrong(format!("{name}: expected strings, found {}", other.type_str()))),
            };
            if entries.is_empty() {
                return Err(wrong(format!("{name}: an empty pool")));
            }
            if self.0.insert(name.clone(), entries).is_some() {
                return Err(wrong(format!("{name}: a pool of this name exists already")));
            }
        }
        Ok(())
    }

    /// The entries of a pool.
    pub(crate) fn get(&self, name: &str) -> Option<&[String]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// All pools in the order of their names.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, entries)| (name.as_str(), entries.as_slice()))
    }
}
