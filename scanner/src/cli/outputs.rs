//! Pairs every `--format` with the `--output` that follows it, and writes the reports.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::ArgMatches;

use super::args::CommonArgs;
use super::is_broken_pipe;
use crate::report::{self, Format, Report};

/// One report: a format and where it goes; standard output without a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) format: Format,
    pub(super) file: Option<PathBuf>,
}

/// Reads the pairs off the order of the arguments. Without `--format`: text.
pub(super) fn targets(args: &CommonArgs, matches: &ArgMatches) -> anyhow::Result<Vec<Target>> {
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
pub(super) fn write(report: &Report<'_>, targets: Vec<(Format, Option<File>)>) -> anyhow::Result<()> {
    for (format, file) in targets {
        let result = if let Some(file) = file {
            let mut out = BufWriter::new(file);
            report::write(format, report, &mut out).and_then(|()| out.flush())
        } else {
            let mut out = BufWriter::new(io::stdout().lock());
            report::write(format, report, &mut out).and_then(|()| out.flush())
        };
        match result {
            Err(error) if is_broken_pipe(&error) => {}
            other => other.context("cannot write the report")?,
        }
    }
    Ok(())
}

/// Whether standard output should be colored: a terminal, and the user did not say no (`NO_COLOR`).
pub(super) fn colors() -> bool {
    io::stdout().is_terminal() && anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}
