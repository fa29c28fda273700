//! `secretscan merge REPORT…`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::ArgMatches;

use super::args::MergeArgs;
use super::{current_folder, outputs};
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::finding::Severity;
use crate::report::merge::{self, Reports};
use crate::report::{self, Format, Report, ToolInfo, sarif};

/// Reads the reports, merges them and writes the whole.
pub(super) fn run(args: &MergeArgs, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let targets = outputs::targets(&args.report, matches)?;
    let base = current_folder()?;
    let loaded = match &args.config {
        Some(path) => Some(config::load(path)?),
        None => config::discover(&base)?,
    };
    let config = loaded.map_or_else(Config::default, |loaded| loaded.config);
    let fail_on = args.report.fail_on.or(config.fail_on).unwrap_or(Severity::Warning);
    let reports = merge::parse(&texts(&args.reports)?)?;
    let options = outputs::options(&args.report, &base);
    match reports {
        Reports::Json(reports) => {
            let salt = config.fingerprint_salt.unwrap_or_default();
            let (findings, ledger) = merge::json(reports, salt.as_bytes(), args.report.show_secrets)?;
            let options = report::Options { masked_before: true, ..options };
            let tool = ToolInfo::default();
            let (suppressed, findings): (Vec<_>, Vec<_>) =
                findings.into_iter().partition(|finding| finding.suppression.is_some());
            let report = Report {
                tool: &tool,
                ledger: &ledger,
                findings: &findings,
                suppressed: &suppressed,
                options: &options,
            };
            outputs::conclude(&report, outputs::open(&targets)?, fail_on, args.report.exit_zero)
        }
        Reports::Sarif(reports) => {
            if targets.iter().any(|target| target.format != Format::Sarif) {
                bail!("SARIF merges into SARIF only: give --format sarif, or merge reports of --format json");
            }
            let whole = sarif::merge::merge(reports, &options.sarif_category)?;
            outputs::write_each(outputs::open(&targets)?, |_, out| whole.write(out))?;
            let failing = whole.worst.is_some_and(|severity| severity >= fail_on);
            Ok(Exit::of_scan(whole.complete, failing, args.report.exit_zero))
        }
    }
}

fn texts(reports: &[PathBuf]) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let read = |path: &PathBuf| {
        let name = path.display().to_string();
        let text = std::fs::read(path).with_context(|| format!("cannot read the report {name}"))?;
        Ok((name, text))
    };
    reports.iter().map(read).collect()
}
