//! The planted secrets: `testdata/planted.toml` times its carriers.
//!
//! A carrier is a realistic file with one slot. Each kind is written into its carriers, one secret a file, each file in
//! a service folder of its own, so that a scanner sees a repository of small services and nothing that gives the
//! secret away by its path.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::rng::Rng;
use super::template::{TemplateError, expand};
use super::{Place, read, write};

/// `planted.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The files that secrets are written into, by name.
    pub(crate) carriers: BTreeMap<String, Carrier>,
    /// Named lists of carriers, for `in`.
    pub(crate) groups: BTreeMap<String, Vec<String>>,
    /// The kinds.
    pub(crate) plant: Vec<Kind>,
}

/// A realistic file with a line `{{slot}}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Carrier {
    /// The scaffold, below `testdata/carriers`.
    pub(crate) file: String,
    /// Where the file stands in its service; `{n}` is the number of the plant.
    pub(crate) path: String,
    /// The type of the file, as reported.
    pub(crate) kind: String,
    /// How names are written: `snake`, `upper`, `camel`, `pascal`, `kebab`, `dotted`.
    pub(crate) style: Option<String>,
    /// How a name is bound to a value: a template with `{{key}}` and `{{value}}`.
    pub(crate) assign: Option<String>,
    /// The filter that writes a value in this syntax.
    pub(crate) escape: Option<String>,
}

/// One kind of secret and where it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kind {
    /// Its name.
    #[serde(rename = "kind")]
    pub(crate) name: String,
    /// Names to bind the value to, in words; used in turn.
    #[serde(default)]
    pub(crate) keys: Vec<String>,
    /// The generator of the value.
    pub(crate) value: Option<String>,
    /// Carriers, or groups of them, that get `assign`.
    #[serde(default, rename = "in")]
    pub(crate) carriers: Vec<String>,
    /// Texts of their own, by carrier.
    #[serde(default)]
    pub(crate) lines: BTreeMap<String, String>,
}

/// A secret that was written.
#[derive(Debug)]
pub(crate) struct Plant {
    /// The kind.
    pub(crate) kind: String,
    /// The type of file.
    pub(crate) file_kind: String,
    /// The path below the corpus.
    pub(crate) path: String,
    /// Where it stands.
    pub(crate) place: Place,
    /// The text as written (never printed whole).
    pub(crate) written: String,
}

impl Manifest {
    /// Reads `testdata/planted.toml`.
    pub(crate) fn load() -> Self {
        toml::from_str(&read("planted.toml")).expect("planted.toml follows its schema")
    }

    /// Every pair of kind and carrier with the text that goes into the slot.
    pub(crate) fn snippets(&self) -> Vec<(&Kind, &str, &Carrier, String)> {
        let mut all = Vec::new();
        for kind in &self.plant {
            for (name, text) in &kind.lines {
                all.push((kind, name.as_str(), self.carrier(name), text.trim_matches('\n').to_owned()));
            }
            let carriers = kind
                .carriers
                .iter()
                .flat_map(|name| self.groups.get(name).map_or(std::slice::from_ref(name), Vec::as_slice));
            for (turn, name) in carriers.enumerate() {
                let carrier = self.carrier(name);
                let key = &kind.keys[turn % kind.keys.len()];
                let value = kind.value.as_deref().unwrap_or_else(|| panic!("{} has a value", kind.name));
                all.push((kind, name.as_str(), carrier, carrier.bind(key, value)));
            }
        }
        all
    }

    fn carrier(&self, name: &str) -> &Carrier {
        self.carriers.get(name).unwrap_or_else(|| panic!("carrier `{name}` is listed in planted.toml"))
    }

    /// Writes the corpus below `root`.
    pub(crate) fn build(&self, root: &Path, seed: u64) -> Result<Vec<Plant>, TemplateError> {
        let mut plants = Vec::new();
        for (number, (kind, name, carrier, snippet)) in self.snippets().into_iter().enumerate() {
            let mut rng = Rng::for_label(seed, &format!("{}/{name}", kind.name));
            let template = fill_slot(&read(&format!("carriers/{}", carrier.file)), &snippet);
            let expanded = expand(&template, &mut rng)?;
            let path = format!("{}-{number:03}/{}", service(&mut rng), carrier.path);
            write(root, &path, &expanded.text);
            plants.extend(expanded.plants.iter().map(|span| Plant {
                kind: kind.name.clone(),
                file_kind: carrier.kind.clone(),
                path: path.clone(),
                place: Place::of(&expanded.text, span),
                written: expanded.text[span.clone()].to_owned(),
            }));
        }
        Ok(plants)
    }
}

impl Carrier {
    /// The line that binds `key` (in words) to a planted value.
    fn bind(&self, key: &str, value: &str) -> String {
        let assign =
            self.assign.as_deref().unwrap_or_else(|| panic!("carrier of {} has `assign`", self.path));
        let escape = self.escape.as_deref().unwrap_or("none");
        assign
            .replace("{{key}}", &spell(key, self.style.as_deref().unwrap_or("snake")))
            .replace("{{value}}", &format!("{{{{plant:{value}|{escape}}}}}"))
    }
}

/// Writes a name given in words in one of the usual styles.
fn spell(words: &str, style: &str) -> String {
    let words: Vec<&str> = words.split(' ').collect();
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    match style {
        "snake" => words.join("_"),
        "upper" => words.join("_").to_uppercase(),
        "kebab" => words.join("-"),
        "dotted" => words.join("."),
        "pascal" => words.iter().map(|word| capital(word)).collect(),
        "camel" => words
            .iter()
            .enumerate()
            .map(|(at, word)| if at == 0 { (*word).to_owned() } else { capital(word) })
            .collect(),
        _ => panic!("unknown key style `{style}`"),
    }
}

/// Puts `snippet` in place of the slot, each line indented as the slot is.
pub(crate) fn fill_slot(scaffold: &str, snippet: &str) -> String {
    const SLOT: &str = "{{slot}}";
    let at = scaffold.find(SLOT).expect("a carrier has a slot");
    let line_start = scaffold[..at].rfind('\n').map_or(0, |at| at + 1);
    let indent = &scaffold[line_start..at];
    let filled = if indent.trim().is_empty() {
        snippet.replace('\n', &format!("\n{indent}"))
    } else {
        snippet.to_owned()
    };
    scaffold.replacen(SLOT, &filled, 1)
}

fn service(rng: &mut Rng) -> &'static str {
    rng.pick(&[
        "billing",
        "catalog",
        "orders",
        "mailer",
        "gateway",
        "reports",
        "search",
        "profile",
        "ledger",
        "inventory",
    ])
}
