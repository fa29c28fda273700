//! Settings of a run: a TOML file, and `key=value` from the command line over it.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::optimizer::AdamConfig;
use super::schedule::Schedule;
use crate::model::Precision;

/// Settings of the loop, table `[loop]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoopConfig {
    /// Of everything random.
    pub seed: u64,
    /// Threads; they change nothing but the time.
    pub threads: usize,
    /// Of large products on a CPU: `f32`, or `bf16` where the processor has a tile unit.
    pub precision: Precision,
    /// Optimizer steps.
    pub steps: u64,
    /// Most tokens of a micro-batch.
    pub micro_tokens: usize,
    /// Decay of the weights' running average, which is what is validated and kept; 0 for none.
    pub ema: f32,
    /// Steps between log lines.
    pub log_every: u64,
    /// Steps between validations.
    pub validate_every: u64,
    /// Seconds between checkpoints.
    pub checkpoint_every_s: u64,
    /// Checkpoints kept besides the best model.
    pub keep_last: usize,
    /// Validations without a better one after which the run stops; 0 for never.
    pub patience: u64,
    /// Learn so many items by heart, and be validated on them: a test of the machinery; 0 for no.
    pub overfit: usize,
    /// The learning rate's course.
    pub schedule: Schedule,
    /// The optimizer.
    pub optimizer: AdamConfig,
}

impl Default for LoopConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            threads: 1,
            precision: Precision::F32,
            steps: 1000,
            micro_tokens: 2560,
            ema: 0.999,
            log_every: 10,
            validate_every: 100,
            checkpoint_every_s: 240,
            keep_last: 2,
            patience: 0,
            overfit: 0,
            schedule: Schedule::default(),
            optimizer: AdamConfig::default(),
        }
    }
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{}: {source}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        source: Box<toml::de::Error>,
    },
    /// An override is not `key=value`.
    #[error("--set {0:?} is not of the form key=value (as loop.steps=100)")]
    Override(String),
    /// A key of an override leads through something that is no table.
    #[error("--set {0:?}: a part of the key before its last is a value, not a table")]
    NoTable(String),
    /// Values or names are wrong.
    #[error("the settings of {} with the given --set: {source}", path.display())]
    Values {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Box<toml::de::Error>,
    },
}

/// Reads settings and puts overrides (`loop.schedule.rate=3e-4`) over them. A value that is no TOML is text.
pub fn read<T: DeserializeOwned>(path: &Path, overrides: &[String]) -> Result<T, SettingsError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
    let mut table: toml::Table = text
        .parse()
        .map_err(|source| SettingsError::Syntax { path: path.to_owned(), source: Box::new(source) })?;
    for over in overrides {
        put(&mut table, over)?;
    }
    table
        .try_into()
        .map_err(|source| SettingsError::Values { path: path.to_owned(), source: Box::new(source) })
}

fn put(table: &mut toml::Table, over: &str) -> Result<(), SettingsError> {
    let (key, value) = over.split_once('=').ok_or_else(|| SettingsError::Override(over.to_owned()))?;
    let value = format!("value = {value}")
        .parse::<toml::Table>()
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| toml::Value::String(value.to_owned()));
    let mut parts: Vec<&str> = key.split('.').map(str::trim).collect();
    let last = parts.pop().unwrap_or_default();
    let mut at = table;
    for part in parts {
        let next = at.entry(part).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        at = next.as_table_mut().ok_or_else(|| SettingsError::NoTable(over.to_owned()))?;
    }
    at.insert(last.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Whole {
        name: String,
        #[serde(rename = "loop")]
        run: LoopConfig,
    }

    #[test]
    fn overrides_win_over_the_file_and_unknown_names_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.toml");
        std::fs::write(&path, "name = \"x\"\n[loop]\nsteps = 5\n[loop.schedule]\nrate = 0.5\n").unwrap();
        let set = |all: &[&str]| {
            let all: Vec<String> = all.iter().map(|&s| s.to_owned()).collect();
            read::<Whole>(&path, &all)
        };
        let plain = set(&[]).unwrap();
        assert_eq!((plain.run.steps, plain.run.schedule.rate, plain.run.threads), (5, 0.5, 1));
        let over = set(&["loop.steps=7", "loop.schedule.course=wsd", "name=y z", "loop.optimizer.clip=0.5"])
            .unwrap();
        assert_eq!((over.run.steps, over.name.as_str(), over.run.optimizer.clip), (7, "y z", 0.5));
        assert_eq!(over.run.schedule.course, super::super::schedule::Course::Wsd);
        let error = set(&["loop.step=7"]).unwrap_err();
        assert!(format!("{error}").contains("a.toml") && format!("{error}").contains("step"), "{error}");
        assert!(matches!(set(&["steps"]), Err(SettingsError::Override(_))));
        assert!(matches!(set(&["name.x=1"]), Err(SettingsError::NoTable(_))));
        std::fs::write(&path, "name = ").unwrap();
        assert!(matches!(set(&[]), Err(SettingsError::Syntax { .. })));
    }
}
