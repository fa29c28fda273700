//! Pairs every `--format` with the `--output` that follows it, and writes the reports.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ArgMatches;

use super::args::ReportArgs;
use super::is_broken_pipe;
use crate::exit::Exit;
use crate::finding::Severity;
use crate::report::{self, Format, Report};

/// One report: a format and where it goes; standard output without a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) format: Format,
    pub(super) file: Option<PathBuf>,
}

/// Reads the pairs off the order of the arguments. Without `--format`: text.
pub(super) fn targets(args: &ReportArgs, matches: &ArgMatches) -> anyhow::Result<Vec<Target>> {
    let formats = matches.indices_of("format").into_iter().flatten().zip(args.format.iter().copied());
    let outputs = matches.indices_of("output").into_iter().flatten().zip(args.output.iter().cloned());
    let mut formats: Vec<(usize, Format)> = formats.collect();
    if formats.is_empty() {
        formats.push((0, Format::Text));
    }
    let mut targets: Vec<Target> = formats.iter().map(|&(_, format)| Target { format, file: None }).collect();
    for (at, file) in outputs {
        let Some(owner) = formats.iter().rposition(|&(index, _)| index < at) else {
            bail!(
                "--output {} stands before any --format; put it after the format it is for",
                file.display()
            );
        };
        if let Some(first) = targets[owner].file.replace(file.clone()) {
            bail!("two outputs for one format: {} and {}", first.display(), file.display());
        }
    }
    let to_terminal = targets.iter().filter(|target| target.file.is_none()).count();
    if to_terminal > 1 {
        bail!("{to_terminal} formats would go to standard output; give all but one an --output");
    }
    let files: BTreeSet<_> = targets.iter().filter_map(|target| target.file.as_ref()).collect();
    if files.len() + to_terminal < targets.len() {
        bail!("two formats have the same --output");
    }
    Ok(targets)
}

/// Where the files are, or will be, as absolute paths without links. One whose folder does not exist has no place;
/// [`open`] says so.
pub(super) fn places(targets: &[Target]) -> Vec<PathBuf> {
    let place = |file: &PathBuf| {
        if let Ok(place) = file.canonicalize() {
            return Some(place);
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(folder.canonicalize().ok()?.join(file.file_name()?))
    };
    targets.iter().filter_map(|target| target.file.as_ref()).filter_map(place).collect()
}

/// Opens the files before the scan, so that a wrong path is told before the work and not after it.
pub(super) fn open(targets: &[Target]) -> anyhow::Result<Vec<(Format, Option<File>)>> {
    targets
        .iter()
        .map(|target| {
            let file = match &target.file {
                Some(path) => Some(
                    File::create(path)
                        .with_context(|| format!("cannot write the report {}", path.display()))?,
                ),
                None => None,
            };
            Ok((target.format, file))
        })
        .collect()
}

/// Writes all reports. A reader that went away (`| head`) is no error and does not change the exit code.
fn write(report: &Report<'_>, targets: Vec<(Format, Option<File>)>) -> anyhow::Result<()> {
    write_each(targets, |format, out| report::write(format, report, out))
}

/// Writes all reports, and says what the exit code is.
pub(super) fn conclude(
    report: &Report<'_>,
    targets: Vec<(Format, Option<File>)>,
    fail_on: Severity,
    exit_zero: bool,
) -> anyhow::Result<Exit> {
    write(report, targets)?;
    let failing = report.findings.iter().any(|finding| finding.severity >= fail_on);
    Ok(Exit::of_scan(report.ledger.complete(), failing, exit_zero))
}

/// Opens each target's output for `write`.
pub(super) fn write_each(
    targets: Vec<(Format, Option<File>)>,
    write: impl Fn(Format, &mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    for (format, file) in targets {
        let result = if let Some(file) = file {
            let mut out = BufWriter::new(file);
            write(format, &mut out).and_then(|()| out.flush())
        } else {
            let mut out = BufWriter::new(io::stdout().lock());
            write(format, &mut out).and_then(|()| out.flush())
        };
        match result {
            Err(error) if is_broken_pipe(&error) => {}
            other => other.context("cannot write the report")?,
        }
    }
    Ok(())
}

/// How reports are written; `base` is what SARIF's and GitHub's paths are relative to.
pub(super) fn options(args: &ReportArgs, base: &Path) -> report::Options {
    let defaults = report::Options::default();
    report::Options {
        show_secrets: args.show_secrets,
        color: colors(),
        base_directory: base.to_string_lossy().into_owned(),
        sarif_category: args.sarif_category.clone().unwrap_or(defaults.sarif_category),
        sarif_history: args.sarif_history,
        masked_before: false,
    }
}

/// Whether standard output should be colored: a terminal, and the user did not say no (`NO_COLOR`).
fn colors() -> bool {
    io::stdout().is_terminal() && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}
