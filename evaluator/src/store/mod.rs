//! Results of all runs in one SQLite file: what was measured, on what, with which artifacts, and what came out.
//!
//! No value of a repository is stored: an item is an id (repository, file hash, line), a class and a slice. Times are
//! given by the caller. One writer at a time; a second one waits two seconds.

pub mod command;
mod read;
mod schema;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior, params};

pub use read::{Difference, RunRow, differences};

use crate::compare::Comparison;
use crate::report::{Measured, SystemReport};

/// How long to wait for another process's write.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says so.
    #[error("cannot use the results database {}: {source}; give another file with --db", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: rusqlite::Error,
    },
    /// Another program's database, or another version of this one's.
    #[error("{} is no results database of this program (schema {found}, wanted {}); give another file with --db", path.display(), schema::VERSION)]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
    },
    /// There is no such run.
    #[error("there is no run {run} in {}; `evaluator runs` lists them", path.display())]
    NoRun {
        /// The file.
        path: PathBuf,
        /// The number asked for.
        run: i64,
    },
    /// A report that is not JSON.
    #[error("the report of run {run} in {} is broken: {source}; measure again", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The run.
        run: i64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// What a run is stored under.
#[derive(Debug, Clone, Default)]
pub struct Label<'a> {
    /// Name of the experiment that it belongs to.
    pub experiment: &'a str,
    /// When it began: seconds since 1970.
    pub began: u64,
    /// The command line, for people.
    pub command: &'a str,
}

/// An open store.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the file or makes it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Database { path: path.to_owned(), source };
        let connection = Connection::open(path).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        match schema::prepare(&connection).map_err(failed)? {
            schema::VERSION => Ok(Self { connection, path: path.to_owned() }),
            found => Err(StoreError::Foreign { path: path.to_owned(), found }),
        }
    }

    /// Stores a run whole or not at all, and gives its number.
    pub fn add(&mut self, measured: &Measured, label: &Label<'_>) -> Result<i64, StoreError> {
        let path = self.path.clone();
        self.try_add(measured, label).map_err(|source| StoreError::Database { path, source })
    }

    fn try_add(&mut self, measured: &Measured, label: &Label<'_>) -> rusqlite::Result<i64> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let run = insert_run(&transaction, measured, label)?;
        for (n, system) in measured.report.systems.iter().enumerate() {
            insert_system(&transaction, run, whole(n as u64), system)?;
        }
        insert_predictions(&transaction, run, measured)?;
        for comparison in &measured.report.comparisons {
            insert_comparison(&transaction, run, comparison)?;
        }
        transaction.commit()?;
        Ok(run)
    }

    /// Stores advice that follows from a run (reasons of a gate).
    pub fn recommend(&mut self, run: i64, texts: &[String]) -> Result<(), StoreError> {
        let insert = "INSERT INTO recommendations (run, text) VALUES (?1, ?2)";
        texts
            .iter()
            .try_for_each(|text| self.connection.execute(insert, params![run, text]).map(|_| ()))
            .map_err(|source| StoreError::Database { path: self.path.clone(), source })
    }
}

/// SQLite's integers are signed; no count or second comes near their end.
fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn insert_run(connection: &Connection, measured: &Measured, label: &Label<'_>) -> rusqlite::Result<i64> {
    let report = &measured.report;
    connection.execute("INSERT OR IGNORE INTO experiments (name) VALUES (?1)", params![label.experiment])?;
    let data = &report.dataset;
    connection.execute(
        "INSERT OR IGNORE INTO datasets (sha256, name, split, repositories, items, receipt) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            data.sha256,
            data.name,
            data.split,
            whole(data.repositories),
            whole(data.items.values().sum()),
            data.receipt
        ],
    )?;
    let json =
        serde_json::to_string(report).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    connection.execute(
        "INSERT INTO runs (experiment, kind, began, tool, command, dataset, split, seed, report)
         VALUES ((SELECT id FROM experiments WHERE name = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            label.experiment,
            report.kind,
            whole(label.began),
            report.tool,
            label.command,
            data.sha256,
            data.split,
            whole(report.bootstrap.1),
            json
        ],
    )?;
    Ok(connection.last_insert_rowid())
}

fn insert_system(connection: &Connection, run: i64, n: i64, system: &SystemReport) -> rusqlite::Result<()> {
    if let Some(sha256) = &system.model_sha256 {
        connection.execute(
            "INSERT OR IGNORE INTO artifacts (sha256, kind, name, encoding) VALUES (?1, 'gguf', ?2, ?3)",
            params![sha256, system.judge, system.encoding],
        )?;
    }
    let settings: Vec<String> = system.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
    connection.execute(
        "INSERT INTO systems (run, number, name, settings, judge, artifact) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![run, n, system.name, settings.join(" "), system.judge, system.model_sha256],
    )?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO metrics (run, system, scope, metric, stratum, value, lo, hi, n)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for m in &system.measures {
        insert.execute(params![run, n, m.scope, m.metric, m.slice, m.value, m.low, m.high, whole(m.n)])?;
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO benchmarks (run, system, name, value) VALUES (?1, ?2, ?3, ?4)")?;
    for (name, value) in &system.counts {
        insert.execute(params![run, n, name, whole(*value)])?;
    }
    Ok(())
}

fn insert_predictions(connection: &Connection, run: i64, measured: &Measured) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO predictions (run, system, item, repo, class, kind, rule, p, alert)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for (n, answers) in measured.answers.iter().enumerate() {
        for (item, answer) in measured.items.iter().zip(answers) {
            let class = crate::metrics::slices::class_name(item.class);
            insert.execute(params![
                run,
                whole(n as u64),
                item.id,
                item.repo,
                class,
                item.kind,
                item.rule,
                answer.p,
                answer.alert()
            ])?;
        }
    }
    Ok(())
}

fn insert_comparison(connection: &Connection, run: i64, one: &Comparison) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO tests (run, first, second, name, statistic, lo, hi, p, p_holm)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for test in &one.tests {
        let uneven = test.discordant.1 as f64 - test.discordant.0 as f64;
        let none: Option<f64> = None;
        insert.execute(params![
            run,
            one.first,
            one.second,
            test.name,
            uneven,
            none,
            none,
            test.p,
            test.p_holm
        ])?;
    }
    for d in &one.differences {
        let (low, high) = d.interval.unzip();
        let none: Option<f64> = None;
        let name = format!("delta_{}", d.metric);
        insert.execute(params![run, one.first, one.second, name, d.value, low, high, none, none])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
