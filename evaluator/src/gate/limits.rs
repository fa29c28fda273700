//! The gate's file.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::compare::TESTS;
use crate::report::Report;
use crate::set::Scorer;

/// Which number of a figure is held against the limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// The figure itself.
    #[default]
    Value,
    /// The lower end of its interval.
    Low,
    /// The upper end.
    High,
}

/// One limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Unique name.
    pub name: String,
    /// Why it is there.
    pub why: String,
    /// `frozen` or `full`.
    pub form: String,
    /// `collection` or `set`: the kind of results that it looks at.
    pub kind: String,
    /// Split of those results; any if absent.
    pub split: Option<String>,
    /// Name or role of the system; `shipped` if absent.
    pub system: Option<String>,
    /// Name or role of another system: the limit is on the difference (system less this one), or on a paired test's
    /// probability.
    pub against: Option<String>,
    /// Scope of the figure.
    #[serde(default = "capped")]
    pub scope: String,
    /// The figure. With `against` also a test (`mcnemar`, `mcnemar_positives`, `mcnemar_negatives`, `sign_flip`): its
    /// probability after Holm's correction, which holds only where this system is right more often.
    pub metric: String,
    /// Its slice; with a `*` at its end, every slice that begins so: the worst one is held against the limit.
    #[serde(default = "all")]
    pub slice: String,
    /// Which number of it.
    #[serde(default)]
    pub bound: Bound,
    /// Least value.
    pub at_least: Option<f64>,
    /// Greatest value.
    pub at_most: Option<f64>,
    /// Weight in the overall score.
    #[serde(default = "one")]
    pub weight: f64,
    /// Holds too where the figure was not measured (a slice too small to be there).
    #[serde(default)]
    pub optional: bool,
}

fn capped() -> String {
    "capped".to_owned()
}

fn all() -> String {
    "all".to_owned()
}

fn one() -> f64 {
    1.0
}

impl Limit {
    /// Name for reasons.
    pub fn shown(&self) -> String {
        format!("{} ({})", self.name, self.why)
    }

    /// Whether it is on the probability of a paired test.
    pub fn is_test(&self) -> bool {
        self.against.is_some() && TESTS.contains(&self.metric.as_str())
    }

    /// Whether it looks at these results.
    pub fn fits(&self, report: &Report) -> bool {
        self.kind == report.kind && self.split.as_ref().is_none_or(|split| *split == report.dataset.split)
    }
}

/// Allowed losses against other results on the same data.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// Figures that may not fall.
    pub metrics: Vec<String>,
    /// By more than this.
    pub at_most: f64,
}

/// The synthetic and handwritten examples of the frozen form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frozen {
    /// Seed of the generated examples: not one of training.
    pub seed: u64,
    /// Examples of each stratum.
    pub each: usize,
    /// Who answers.
    pub scores: Vec<Scorer>,
}

/// The whole gate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Version of the format: 1.
    pub version: u32,
    /// For `collection` and `set`: roles (`shipped`, `baseline`, and others by any name) and the systems that play them there.
    pub systems: BTreeMap<String, BTreeMap<String, String>>,
    /// What the frozen form measures on.
    pub frozen: Frozen,
    /// Against the last shipped model.
    #[serde(default)]
    pub regression: Option<Allowed>,
    /// Against the unquantized model.
    #[serde(default)]
    pub quantization: Option<Allowed>,
    /// The limits.
    #[serde(rename = "limit")]
    pub limits: Vec<Limit>,
}

impl Gate {
    /// Reads and checks the file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the gate {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("the gate {} is wrong", path.display()))
    }

    /// Parses and checks.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let gate: Self = toml::from_str(text)?;
        ensure!(gate.version == 1, "version {} is not known; this program reads version 1", gate.version);
        for kind in ["collection", "set"] {
            let shipped = gate.systems.get(kind).is_some_and(|roles| roles.contains_key("shipped"));
            ensure!(shipped, "[systems.{kind}] names no system as `shipped`");
        }
        let mut names = std::collections::BTreeSet::new();
        for limit in &gate.limits {
            let name = &limit.name;
            ensure!(names.insert(name.as_str()), "limit {name:?} stands there twice");
            ensure!(
                limit.at_least.is_some() || limit.at_most.is_some(),
                "limit {name:?} has neither at_least nor at_most"
            );
            ensure!(
                ["frozen", "full"].contains(&limit.form.as_str()),
                "limit {name:?}: form {:?} is not frozen or full",
                limit.form
            );
            ensure!(
                ["collection", "set"].contains(&limit.kind.as_str()),
                "limit {name:?}: kind {:?} is not collection or set",
                limit.kind
            );
            let each = limit.slice.ends_with('*');
            ensure!(
                !each || limit.at_least.is_some() != limit.at_most.is_some(),
                "limit {name:?} is on many slices: give at_least or at_most, not both"
            );
            ensure!(
                !each || limit.against.is_none(),
                "limit {name:?}: a difference has no slices; leave `slice` out"
            );
            ensure!(
                !limit.is_test() || limit.at_most.is_some() && limit.at_least.is_none(),
                "limit {name:?} is on a test's probability: give at_most alone, such as 0.05"
            );
            ensure!(
                !limit.is_test() || limit.bound == Bound::Value,
                "limit {name:?}: a probability has no interval; leave `bound` out"
            );
            ensure!(limit.weight > 0.0, "limit {name:?}: the weight {} is not above 0", limit.weight);
        }
        Ok(gate)
    }

    /// The system behind a role in results of a kind; a name that is no role is itself.
    pub fn system<'a>(&'a self, kind: &str, role: &'a str) -> &'a str {
        self.systems.get(kind).and_then(|roles| roles.get(role)).map_or(role, String::as_str)
    }
}
