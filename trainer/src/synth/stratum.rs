//! What a stratum and a place are, as read from the data files.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::example::Class;

/// A named group of examples that are made alike.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stratum {
    /// `group/name`, unique: `human-password/season-year`, `negative/env-read`.
    pub name: String,
    /// What its values are.
    pub class: Class,
    /// Kind of credential or of value, for slices.
    pub kind: String,
    /// What it is, one sentence without a full stop.
    pub about: String,
    /// True if its examples are used in the test split only, so that a model is measured on what it never saw.
    #[serde(default)]
    pub held_out: bool,
    /// Weight of its examples in training, in (0, 1].
    #[serde(default = "one")]
    pub weight: f32,
    /// Strata of one family share scenes: example `n` of each differs from example `n` of the others only by value or key.
    #[serde(default)]
    pub family: Option<String>,
    /// Templates of the value.
    #[serde(default)]
    pub(crate) value: Vec<String>,
    /// Templates of the name, in words.
    #[serde(default)]
    pub(crate) keys: Vec<String>,
    /// Places or groups of places that the assignment may stand in.
    #[serde(default, rename = "in")]
    pub(crate) places: Vec<String>,
    /// Lines of its own instead of an assignment, by place (or several places, separated by commas); the value is marked.
    #[serde(default)]
    pub(crate) lines: BTreeMap<String, Vec<String>>,
}

fn one() -> f32 {
    1.0
}

impl Stratum {
    /// What its streams of choices are named by: the family, if it has one.
    pub(crate) fn stream(&self) -> &str {
        self.family.as_deref().unwrap_or(&self.name)
    }
}

/// A position in a kind of file where a value can stand, and what stands around it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// `py.settings`, unique.
    pub name: String,
    /// Groups that it belongs to: `code`, `config`, `bare`, `test` …
    pub groups: Vec<String>,
    /// Forms of names there (`grammar::form`).
    pub styles: Vec<String>,
    /// Characters that no value may have there.
    pub forbid: String,
    /// How a name is bound to a value.
    pub assign: Vec<String>,
    /// Lines that stand beside it.
    pub near: Vec<String>,
    /// Whole files.
    #[serde(rename = "layout")]
    pub layouts: Vec<Layout>,
}

/// A file around a place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Layout {
    /// Templates of its path.
    pub path: Vec<String>,
    /// Template of its text, with `‹slot›` once, and `‹near*1-4›` where neighbours may stand.
    pub text: String,
}
