//! `evaluator runs` and `evaluator compare`.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{Store, differences};
use crate::report::table::table;

/// List the runs of a results database.
#[derive(Debug, clap::Args)]
pub struct Runs {
    /// The database.
    #[arg(long, value_name = "FILE")]
    pub db: PathBuf,
}

/// Compare two runs of a results database, system by system.
#[derive(Debug, clap::Args)]
pub struct Compare {
    /// The database.
    #[arg(long, value_name = "FILE")]
    pub db: PathBuf,
    /// The earlier run.
    pub first: i64,
    /// The later run.
    pub second: i64,
    /// Leave out smaller changes.
    #[arg(long, value_name = "X", default_value_t = 0.005)]
    pub least: f64,
}

/// The list, as text.
pub fn runs(arguments: &Runs) -> anyhow::Result<String> {
    let rows = Store::open(&arguments.db)?.runs()?;
    let rows = rows.into_iter().map(|run| {
        vec![
            run.id.to_string(),
            run.experiment,
            run.kind,
            run.dataset,
            run.began.to_string(),
            run.systems.join(", "),
        ]
    });
    Ok(format!("{}\n", table(&["run", "experiment", "kind", "data", "began (s)", "systems"], rows)))
}

/// The comparison, as text: changed figures, then counts of changed decisions.
pub fn compare(arguments: &Compare) -> anyhow::Result<String> {
    let store = Store::open(&arguments.db)?;
    let (first, second) = (store.report(arguments.first)?, store.report(arguments.second)?);
    let mut text = String::new();
    if first.dataset.sha256 != second.dataset.sha256 {
        let _ = writeln!(text, "The runs measure different data: differences may come from it.");
    }
    let changed = differences(&first, &second, arguments.least);
    let rows = changed.into_iter().map(|d| {
        let [scope, metric, slice] = d.figure;
        let sure = if d.apart { "apart" } else { "" };
        let change = format!("{:+.3}", d.after - d.before);
        vec![
            d.system,
            scope,
            metric,
            slice,
            format!("{:.3}", d.before),
            format!("{:.3}", d.after),
            change,
            sure.into(),
        ]
    });
    let headers = ["system", "scope", "metric", "slice", "before", "after", "change", "intervals"];
    let _ = writeln!(text, "{}", table(&headers, rows));
    for system in &second.systems {
        let flips = store.flips((arguments.first, arguments.second), &system.name)?;
        let credential = |class: &str| class == "real" || class == "weak";
        let fixed = flips.iter().filter(|flip| credential(&flip.1) == flip.3).count();
        let _ = writeln!(
            text,
            "{}: {} decisions changed, {fixed} fixed, {} broken",
            system.name,
            flips.len(),
            flips.len() - fixed
        );
    }
    Ok(text)
}
