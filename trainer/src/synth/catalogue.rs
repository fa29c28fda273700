//! The data files, read once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::grammar::{GrammarError, Pools};
use super::stratum::{Place, Stratum};

/// Every data file. A test compares the list with the folder.
macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        /// Name under `data/` and text.
        pub(crate) const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("data/", $name)))),+];
    };
}
files!(
    "words/english.toml",
    "words/keys.toml",
    "words/languages.toml",
    "words/people.toml",
    "words/technical.toml",
    "carriers/config.toml",
    "carriers/javascript.toml",
    "carriers/jvm.toml",
    "carriers/markup.toml",
    "carriers/native.toml",
    "carriers/python.toml",
    "carriers/scripting.toml",
    "carriers/yaml.toml",
    "strata/contrast.toml",
    "strata/generated.toml",
    "strata/human.toml",
    "strata/negative_code.toml",
    "strata/negative_data.toml",
    "strata/negative_text.toml",
    "strata/placeholder.toml",
    "strata/structural.toml",
    "strata/weak.toml",
);

/// Pools, places and strata of all files.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    /// Words and lines.
    pub pools: Pools,
    /// By name.
    pub places: BTreeMap<String, Place>,
    /// Names of the places of a group, in order.
    pub groups: BTreeMap<String, Vec<String>>,
    /// In the order of their names.
    pub strata: Vec<Stratum>,
}

/// One file: any of the three.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    pool: toml::Table,
    place: Vec<Place>,
    stratum: Vec<Stratum>,
}

impl Catalogue {
    /// Reads files, given as name and text, and checks that they fit together.
    pub(crate) fn read(files: &[(&str, &str)]) -> Result<Self, GrammarError> {
        let mut catalogue = Self::default();
        for &(name, text) in files {
            let wrong = |cause: String| GrammarError::File { file: name.to_owned(), cause };
            // `¦` keeps values apart in the source only.
            let file: File =
                toml::from_str(&text.replace('¦', "")).map_err(|error| wrong(error.to_string()))?;
            catalogue.pools.add(name, file.pool)?;
            for place in file.place {
                for layout in &place.layouts {
                    if layout.text.matches("‹slot›").count() != 1 || layout.path.is_empty() {
                        return Err(wrong(format!(
                            "{}: a layout needs a path and one ‹slot›: {}",
                            place.name, layout.text
                        )));
                    }
                }
                for group in place.groups.iter().chain([&place.name]) {
                    catalogue.groups.entry(group.clone()).or_default().push(place.name.clone());
                }
                if let Some(twice) = catalogue.places.insert(place.name.clone(), place) {
                    return Err(wrong(format!("two places are called {}", twice.name)));
                }
            }
            catalogue.strata.extend(file.stratum);
        }
        catalogue.strata.sort_by(|a, b| a.name.cmp(&b.name));
        catalogue.check()?;
        Ok(catalogue)
    }

    fn check(&self) -> Result<(), GrammarError> {
        let mut names = BTreeSet::new();
        for stratum in &self.strata {
            let wrong = |cause: String| GrammarError::File { file: stratum.name.clone(), cause };
            if !names.insert(&stratum.name) {
                return Err(wrong("two strata have this name".to_owned()));
            }
            if stratum.lines.is_empty() == stratum.places.is_empty() {
                return Err(wrong("needs either `lines` or `in`".to_owned()));
            }
            if stratum.lines.is_empty() && (stratum.value.is_empty() || stratum.keys.is_empty()) {
                return Err(wrong("needs `value` and `keys`".to_owned()));
            }
            for name in
                stratum.places.iter().map(String::as_str).chain(stratum.lines.keys().flat_map(|k| split(k)))
            {
                if !self.groups.contains_key(name) {
                    return Err(wrong(format!("no place or group is called `{name}`")));
                }
            }
        }
        Ok(())
    }

    /// The places of a list of names and groups, each once per mention.
    pub(crate) fn places_of<'a>(&'a self, names: impl Iterator<Item = &'a str>) -> Vec<&'a Place> {
        names
            .filter_map(|name| self.groups.get(name))
            .flatten()
            .filter_map(|name| self.places.get(name))
            .collect()
    }
}

/// The names of a key of `lines`.
pub(crate) fn split(names: &str) -> impl Iterator<Item = &str> {
    names.split(',').map(str::trim)
}

/// The built-in data.
pub(crate) fn get() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> =
        LazyLock::new(|| Catalogue::read(FILES).expect("a test reads every built-in file"));
    &CATALOGUE
}
