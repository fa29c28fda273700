//! What a store tells.

use rusqlite::{OptionalExtension as _, params};

use super::{Store, StoreError};
use crate::report::Report;

/// One run, in short.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Number.
    pub id: i64,
    /// Experiment.
    pub experiment: String,
    /// `collection` or `set`.
    pub kind: String,
    /// Data and split.
    pub dataset: String,
    /// Seconds since 1970.
    pub began: i64,
    /// Names of its systems.
    pub systems: Vec<String>,
}

/// How a figure changed from one run to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The system, in both runs.
    pub system: String,
    /// Scope, metric and slice.
    pub figure: [String; 3],
    /// In the first run.
    pub before: f64,
    /// In the second.
    pub after: f64,
    /// Whether the 95 % intervals of both lie apart.
    pub apart: bool,
}

impl Store {
    /// All runs, the latest first.
    pub fn runs(&self) -> Result<Vec<RunRow>, StoreError> {
        self.try_runs().map_err(|source| StoreError::Database { path: self.path.clone(), source })
    }

    fn try_runs(&self) -> rusqlite::Result<Vec<RunRow>> {
        let mut runs = self.connection.prepare(
            "SELECT runs.id, experiments.name, runs.kind, datasets.name || ' ' || runs.split, runs.began
             FROM runs JOIN experiments ON experiments.id = runs.experiment
             JOIN datasets ON datasets.sha256 = runs.dataset AND datasets.split = runs.split
             ORDER BY runs.id DESC",
        )?;
        let mut systems =
            self.connection.prepare("SELECT name FROM systems WHERE run = ?1 ORDER BY number")?;
        let rows = runs.query_map([], |row| {
            Ok(RunRow {
                id: row.get(0)?,
                experiment: row.get(1)?,
                kind: row.get(2)?,
                dataset: row.get(3)?,
                began: row.get(4)?,
                systems: Vec::new(),
            })
        })?;
        let mut all = Vec::new();
        for row in rows {
            let row = row?;
            let names = systems.query_map(params![row.id], |name| name.get(0))?;
            all.push(RunRow { systems: names.collect::<rusqlite::Result<_>>()?, ..row });
        }
        Ok(all)
    }

    /// The report of a run.
    pub fn report(&self, run: i64) -> Result<Report, StoreError> {
        let text: Option<String> = self
            .connection
            .query_row("SELECT report FROM runs WHERE id = ?1", params![run], |row| row.get(0))
            .optional()
            .map_err(|source| StoreError::Database { path: self.path.clone(), source })?;
        let text = text.ok_or_else(|| StoreError::NoRun { path: self.path.clone(), run })?;
        serde_json::from_str(&text).map_err(|source| StoreError::Broken {
            path: self.path.clone(),
            run,
            source,
        })
    }

    /// Items that one system answers differently in two runs: item, class, alert before, alert after.
    pub fn flips(
        &self,
        (first, second): (i64, i64),
        system: &str,
    ) -> Result<Vec<(String, String, bool, bool)>, StoreError> {
        let query = "SELECT a.item, a.class, a.alert, b.alert FROM predictions a
             JOIN systems sa ON sa.run = a.run AND sa.number = a.system
             JOIN predictions b ON b.item = a.item
             JOIN systems sb ON sb.run = b.run AND sb.number = b.system
             WHERE a.run = ?1 AND b.run = ?2 AND sa.name = ?3 AND sb.name = ?3 AND a.alert <> b.alert
             ORDER BY a.item";
        let run = || {
            let mut statement = self.connection.prepare(query)?;
            let rows = statement.query_map(params![first, second, system], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        run().map_err(|source| StoreError::Database { path: self.path.clone(), source })
    }
}

/// The figures that both reports have, where they differ by `least` or more.
pub fn differences(first: &Report, second: &Report, least: f64) -> Vec<Difference> {
    let mut all = Vec::new();
    for after in &second.systems {
        let Some(before) = first.systems.iter().find(|system| system.name == after.name) else { continue };
        for new in &after.measures {
            let Some(old) = crate::measure::find(&before.measures, &new.scope, &new.metric, &new.slice)
            else {
                continue;
            };
            if (new.value - old.value).abs() < least {
                continue;
            }
            let apart = |low: Option<f64>, high: Option<f64>| low.zip(high).is_some_and(|(l, h)| l > h);
            all.push(Difference {
                system: after.name.clone(),
                figure: [new.scope.clone(), new.metric.clone(), new.slice.clone()],
                before: old.value,
                after: new.value,
                apart: apart(new.low, old.high) || apart(old.low, new.high),
            });
        }
    }
    all
}
