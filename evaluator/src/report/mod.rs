//! What a run found out: one value that is printed, written as JSON, stored and held against the gate.

mod breakdown;
pub mod table;
pub mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use trainer::example::Class;

use crate::compare::Comparison;
use crate::figures::Tables;
use crate::measure::Measure;
use crate::metrics::ReliabilityBin;
use crate::metrics::slices::class_name;
use crate::scored::{Answer, Item};

/// This program, as reports name it.
pub const TOOL: &str = concat!("evaluator ", env!("CARGO_PKG_VERSION"));
/// Version of the JSON form.
pub const VERSION: u32 = 1;

/// The data that was measured on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    /// `collection`, or the set's file name.
    pub name: String,
    /// `test`, `validation`, `train`, `dev`; empty if the set is used whole.
    pub split: String,
    /// SHA-256 of the labels or of the set.
    pub sha256: String,
    /// Repositories (or generator seeds).
    pub repositories: u64,
    /// Items, by class.
    pub items: BTreeMap<String, u64>,
    /// Facts about the data: labels without a file, merged rows …
    pub counts: BTreeMap<String, u64>,
    /// SHA-256 of the leakage receipt, if there is one.
    pub receipt: Option<String>,
}

/// One system's results.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SystemReport {
    /// Unique within the run.
    pub name: String,
    /// How it was set: judge, preset, model …
    pub settings: BTreeMap<String, String>,
    /// Who judged, as the scanner names it.
    pub judge: String,
    /// SHA-256 of the model that was asked.
    pub model_sha256: Option<String>,
    /// Hash of the encoding that the model was asked with, where there is one.
    pub encoding: Option<String>,
    /// Counts apart from figures: findings, duplicates, findings on unlabelled lines, failures …
    pub counts: BTreeMap<String, u64>,
    /// Findings on unlabelled lines, by rule.
    pub unlabelled: BTreeMap<String, u64>,
    /// The figures.
    pub measures: Vec<Measure>,
    /// Calibration by bins, where probabilities were measured.
    pub reliability: Vec<ReliabilityBin>,
    /// The counts behind the figures.
    #[serde(default)]
    pub tables: Tables,
    /// Remarks for people, such as causes of failures.
    pub remarks: Vec<String>,
}

/// A whole run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// `collection` or `set`.
    pub kind: String,
    /// This program and its version.
    pub tool: String,
    /// The data.
    pub dataset: Dataset,
    /// Cap of items a repository, kind and class in scope `capped`.
    pub cap: u64,
    /// What each scope of figures counts, in a sentence.
    #[serde(default)]
    pub scopes: BTreeMap<String, String>,
    /// What makes figures doubtful, for people; shown first and on standard error.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Resamples and seed of all intervals.
    pub bootstrap: (u64, u64),
    /// The systems, in the order they were asked for.
    pub systems: Vec<SystemReport>,
    /// Every pair of them, on the same items.
    pub comparisons: Vec<Comparison>,
}

impl Report {
    /// What a later gate holds a new model against: one system's figures over everything and by class, and no more.
    #[must_use]
    pub fn summary(&self, system: &str) -> Self {
        let headline =
            |m: &&Measure| m.slice == "all" || m.slice.starts_with("class=") && !m.slice.contains(',');
        let systems = self.systems.iter().filter(|one| one.name == system).map(|one| SystemReport {
            name: one.name.clone(),
            settings: one.settings.clone(),
            judge: one.judge.clone(),
            model_sha256: one.model_sha256.clone(),
            encoding: one.encoding.clone(),
            measures: one.measures.iter().filter(headline).cloned().collect(),
            ..SystemReport::default()
        });
        Self { systems: systems.collect(), comparisons: Vec::new(), ..self.clone() }
    }
}

/// A report with what it was computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Figures.
    pub report: Report,
    /// Labels.
    pub items: Vec<Item>,
    /// Answers of each system of the report, in the items' order.
    pub answers: Vec<Vec<Answer>>,
}

/// How many items each class has.
pub fn class_counts(items: &[Item]) -> BTreeMap<String, u64> {
    let count = |class| items.iter().filter(|item| item.class == class).count() as u64;
    Class::ALL.into_iter().map(|class| (class_name(class).to_owned(), count(class))).collect()
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Tables.
    #[default]
    Text,
    /// One object.
    Json,
}
