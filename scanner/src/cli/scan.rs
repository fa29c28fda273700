//! `secretscan PATH…`, and what every scan does: settings, progress, reports, exit code.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::ArgMatches;

use super::args::{CommonArgs, ScanArgs};
use super::progress::Spinner;
use super::settings::{self, Settings};
use super::{outputs, remark};
use crate::exit::Exit;
use crate::report::{Report, ToolInfo};
use crate::scan::{Outcome, Scanner};

/// Scans files, folders and standard input.
pub(super) fn files(args: &ScanArgs, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let standard_input = args.paths.iter().filter(|path| path.as_os_str() == "-").count();
    if args.paths.is_empty() {
        bail!("nothing to scan: name files or folders, or `-` for standard input");
    }
    if standard_input > 0 && args.paths.len() > 1 {
        bail!("`-` (standard input) cannot be combined with other paths; run secretscan twice");
    }
    if standard_input > 0 && args.shard.is_some() {
        bail!("--shard parts files and folders; standard input is one piece");
    }
    if standard_input == 0 && args.stdin_path.is_some() {
        bail!("--stdin-path names standard input, but `-` is not among the paths");
    }
    let target = match (&args.stdin_path, standard_input) {
        (Some(path), _) => PathBuf::from(path),
        (None, 1) => PathBuf::from("."),
        (None, _) => args.paths[0].clone(),
    };
    run(
        &args.common,
        matches,
        &target,
        |settings| {
            settings.options.respect_gitignore = !args.no_gitignore;
            settings.options.shard = args.shard;
        },
        |scanner, spinner| {
            if standard_input == 1 {
                let name = args.stdin_path.as_deref().unwrap_or("<stdin>");
                return Ok(scanner.reader(name, std::io::stdin().lock(), spinner));
            }
            Ok(scanner.paths(&args.paths, spinner))
        },
    )
}

/// What every scan does around `scan`.
pub(super) fn run(
    args: &CommonArgs,
    matches: &ArgMatches,
    target: &Path,
    adjust: impl FnOnce(&mut Settings),
    scan: impl FnOnce(&Scanner, &Spinner) -> anyhow::Result<Outcome>,
) -> anyhow::Result<Exit> {
    let targets = outputs::targets(&args.report, matches)?;
    let mut settings = settings::resolve(&args.settings, target, args.report.fail_on)?;
    settings.options.verbose = args.verbose;
    settings.options.keep_suppressed = args.report.show_suppressed;
    settings.options.verify = settings::verification(&args.verify, args.settings.no_cache);
    settings.options.outputs = outputs::places(&targets);
    adjust(&mut settings);
    if let Some(config) = &settings.options.config_path {
        remark(args.quiet, &format!("secretscan: using {config}"));
    }
    if let Some(baseline) = &settings.options.baseline {
        let baseline = settings::shown(baseline, &settings.options.base);
        remark(args.quiet, &format!("secretscan: accepting what is in {baseline}"));
    }
    let fail_on = settings.fail_on;
    let scanner = settings::scanner(settings.options)?;
    if scanner.options().verify.is_some() {
        remark(args.quiet, "secretscan: --verify sends tokens that are found to their providers");
    }
    let opened = outputs::open(&targets)?;
    let spinner = Spinner::new(args.quiet);
    let outcome = scan(&scanner, &spinner);
    spinner.finish();
    let Outcome { findings, suppressed, ledger, .. } = outcome?;
    let options = outputs::options(&args.report, &scanner.options().base);
    let tool = ToolInfo::default();
    let report = Report {
        tool: &tool,
        ledger: &ledger,
        findings: &findings,
        suppressed: &suppressed,
        options: &options,
    };
    outputs::conclude(&report, opened, fail_on, args.report.exit_zero)
}
