//! Groups of items, by what is known about them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::scored::Item;

/// What items are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Dimension {
    /// Real, weak, placeholder, not.
    Class,
    /// Category or kind of credential.
    Kind,
    /// Extension.
    Language,
    /// Named group of a set.
    Stratum,
    /// Source, test, example or generated.
    Place,
    /// Rule whose candidate it is.
    Rule,
    /// Repository.
    Repository,
    /// Where the label comes from: `synth`, `hand`, `credata` …
    Source,
    /// `true` for styles that no training has seen.
    #[value(name = "held_out")]
    #[serde(rename = "held_out")]
    HeldOut,
}

impl Dimension {
    /// Lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Kind => "kind",
            Self::Language => "language",
            Self::Stratum => "stratum",
            Self::Place => "place",
            Self::Rule => "rule",
            Self::Repository => "repository",
            Self::Source => "source",
            Self::HeldOut => "held_out",
        }
    }

    /// The group that `item` belongs to.
    pub fn of(self, item: &Item) -> String {
        match self {
            Self::Class => class_name(item.class).to_owned(),
            Self::Kind => item.kind.clone(),
            Self::Language => item.language.clone(),
            Self::Stratum => item.stratum.clone(),
            Self::Place => item.place.name().to_owned(),
            Self::Rule if item.rule.is_empty() => "(no candidate)".to_owned(),
            Self::Rule => item.rule.clone(),
            Self::Repository => item.repo.clone(),
            Self::Source => item.source.clone(),
            Self::HeldOut => item.held_out.to_string(),
        }
    }

    /// Those of the positions `at` that belong to each group, in order.
    pub fn groups(self, items: &[Item], at: &[usize]) -> BTreeMap<String, Vec<usize>> {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for &n in at {
            groups.entry(self.of(&items[n])).or_default().push(n);
        }
        groups
    }
}

/// Lower-case name of a class.
pub fn class_name(class: trainer::example::Class) -> &'static str {
    ["real", "weak", "placeholder", "not"][class.index()]
}
