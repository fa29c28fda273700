//! Counts of a set, as tables.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::repository::name;
use crate::example::{Class, Example};

/// Rows shown of a table; the rest is summed up.
const ROWS: usize = 60;

/// What examples are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    /// Collection, hand, generator …
    Source,
    /// Category or kind.
    Kind,
    /// Stratum.
    Stratum,
    /// Extension of the path.
    Language,
    /// Repository.
    Repository,
}

/// One table: a row a group, largest first, with its classes and its weight.
pub fn table(examples: &[Example], by: By) -> String {
    let mut groups: BTreeMap<String, ([usize; 4], f32)> = BTreeMap::new();
    for example in examples {
        let (counts, weight) = groups.entry(group(example, by)).or_default();
        counts[example.class.index()] += 1;
        *weight += example.weight;
    }
    let mut rows: Vec<_> = groups.into_iter().collect();
    rows.sort_by_key(|(_, (counts, _))| std::cmp::Reverse(counts.iter().sum::<usize>()));
    let hidden = rows.len().saturating_sub(ROWS);
    let mut out = format!("{:44}", format!("by {by:?}").to_lowercase());
    for class in Class::ALL {
        let _ = write!(out, "{:>12}", name(class));
    }
    let _ = writeln!(out, "{:>10}", "weight");
    for (group, (counts, weight)) in rows.iter().take(ROWS) {
        let _ = write!(out, "{group:44}");
        for count in counts {
            let _ = write!(out, "{count:>12}");
        }
        let _ = writeln!(out, "{weight:>10.1}");
    }
    if hidden > 0 {
        let _ = writeln!(out, "… and {hidden} more");
    }
    out
}

fn group(example: &Example, by: By) -> String {
    match by {
        By::Source => example.source.clone(),
        By::Kind => example.kind.clone(),
        By::Stratum => example.stratum.clone(),
        By::Repository => example.repo.clone(),
        By::Language => {
            let file = example.path.rsplit('/').next().unwrap_or_default();
            file.rsplit_once('.').map_or(file, |(_, extension)| extension).to_lowercase()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::store;

    #[test]
    fn groups_are_counted_by_class() {
        let line = |path: &str, class: &str, label: &str| {
            let json = serde_json::json!({"id": "t", "source": "hand", "repo": "r", "path": path, "text": "k = v", "span": [4, 5],
                "label": label, "class": class, "kind": "k", "stratum": "t", "split": "train", "weight": 0.5});
            store::parse(&json.to_string()).expect("an example")
        };
        let set =
            [line("a/b.py", "real", "alert"), line("c.PY", "not", "safe"), line("x/.env", "real", "alert")];
        let table = table(&set, By::Language);
        let rows: Vec<Vec<&str>> =
            table.lines().skip(1).map(|row| row.split_whitespace().collect()).collect();
        assert_eq!(rows, [vec!["py", "1", "0", "0", "1", "1.0"], vec!["env", "1", "0", "0", "0", "0.5"]]);
    }
}
