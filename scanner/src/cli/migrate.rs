//! `secretscan migrate`: other scanners' files become ours.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::args::SettingsArgs;
use super::baseline::{fresh, keep_both_sides, place, save};
use super::progress::Spinner;
use super::{current_folder, remark, settings};
use crate::config;
use crate::exit::Exit;
use crate::migrate::{self, FILE_NAMES, Migration};
use crate::suppress::baseline::{Accepted, Baseline, Note};

/// The configuration's name where `.secretscan.toml` is taken.
const BESIDE: &str = "secretscan-migrated.toml";

const EXAMPLES: &str = "\
Reads the configuration of gitleaks and betterleaks, .gitleaksignore and .betterleaksignore, gitleaks' JSON reports that
served as a baseline, and detect-secrets' .secrets.baseline. Writes .secretscan.toml (or, where there is one,
secretscan-migrated.toml for it to extend) and .secretscan-baseline. Nothing that is there is overwritten. Their tags in the
code need no migration: secretscan honours them.

Examples:
  secretscan migrate                                    everything that lies in this folder
  secretscan migrate --from gitleaks.toml --from gitleaks-report.json
  secretscan migrate --to ../other-repository --owner security

Exit codes:
  0  everything has a counterpart
  1  something has none: the account lists it, with the reason
  2  a file cannot be read
  3  the scan that looks for accepted findings was incomplete";

/// What `migrate` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct MigrateArgs {
    /// A file of another scanner; without this, those that lie in --to under their usual names
    #[arg(long, value_name = "FILE")]
    from: Vec<PathBuf>,
    /// The repository: its files are scanned for what was accepted, and ours are written there
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    to: PathBuf,
    /// Show the account, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Who answers for entries of the baseline
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// Reads, writes, accounts.
pub(super) fn run(args: &MigrateArgs) -> anyhow::Result<Exit> {
    let base = current_folder()?;
    let folder = settings::absolute(&base, &args.to);
    if !folder.is_dir() {
        bail!("{} is not a folder", args.to.display());
    }
    let files = sources(args, &folder)?;
    let mut migration = Migration::default();
    let mut sources = Vec::new();
    for file in &files {
        let shown = settings::shown(file, &folder);
        migration.read(file, &shown)?;
        sources.push(shown);
    }
    let settled = migrate::settle(&mut migration);
    let mut written = Vec::new();
    let configuration = migrate::configuration(&settled, &sources)
        .context("what was carried over makes no good configuration; please report this")?;
    let target = configuration.as_ref().map(|_| place_for_configuration(&folder)).transpose()?;
    if let (Some(text), Some(target)) = (&configuration, &target)
        && !args.dry_run
    {
        std::fs::write(target, text).with_context(|| format!("cannot write {}", target.display()))?;
        written.push(settings::shown(target, &base));
    }
    let mut complete = true;
    if migration.needs_scan() {
        let (entries, baseline, all) = accepted(args, &folder, &mut migration)?;
        complete = all;
        if entries > 0 && !args.dry_run {
            let file = place(&folder);
            save(&file, &baseline)?;
            keep_both_sides(&file)?;
            written.push(format!("{} ({entries} new entries)", settings::shown(&file, &base)));
        }
    }
    let mut out = anstream::stdout().lock();
    writeln!(out, "from {}", sources.join(", "))?;
    migration.account.write(&mut out)?;
    for file in &written {
        writeln!(out, "\nwrote {file}")?;
    }
    if target.as_ref().is_some_and(|target| target.ends_with(BESIDE)) {
        writeln!(out, "there is a {} already: add `extend = \"{BESIDE}\"` to it", config::FILE_NAME)?;
    }
    out.flush()?;
    Ok(Exit::of_scan(complete, !migration.account.is_complete(), false))
}

/// The files that were named, or those that lie there.
fn sources(args: &MigrateArgs, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files: Vec<PathBuf> = if args.from.is_empty() {
        FILE_NAMES.iter().map(|name| folder.join(name)).filter(|file| file.is_file()).collect()
    } else {
        let base = current_folder()?;
        args.from.iter().map(|file| base.join(file)).collect()
    };
    if files.is_empty() {
        bail!("{} has none of {}; name a file with --from", args.to.display(), FILE_NAMES.join(", "));
    }
    Ok(files)
}

/// Where the new configuration goes.
fn place_for_configuration(folder: &Path) -> anyhow::Result<PathBuf> {
    let usual = folder.join(config::FILE_NAME);
    let target = if usual.exists() { folder.join(BESIDE) } else { usual };
    if target.exists() {
        bail!("{} is there already; move it away, then migrate again", target.display());
    }
    Ok(target)
}

/// Scans the folder for what was accepted. Gives the number of new entries, the baseline with them, and whether everything
/// was scanned.
fn accepted(
    args: &MigrateArgs,
    folder: &Path,
    migration: &mut Migration,
) -> anyhow::Result<(usize, Baseline, bool)> {
    let mut settings = settings::resolve(&args.settings, folder, None)?;
    settings.options.baseline = None;
    // The other scanner's paths are relative to the folder.
    folder.clone_into(&mut settings.options.base);
    let scanner = settings::scanner(settings.options)?;
    let spinner = Spinner::new(false);
    let outcome = scanner.paths(&[PathBuf::from(".")], &spinner);
    spinner.finish();
    for failure in &outcome.ledger.failures {
        remark(false, &format!("secretscan: {}: {} ({})", failure.path, failure.cause, failure.remedy));
    }
    let file = place(folder);
    let mut baseline =
        if file.exists() { Baseline::load(&file, &file.display().to_string())? } else { fresh(&file)? };
    let mut added = 0;
    for entry in migration.recognise(&outcome.findings, &scanner, folder) {
        let accepted = Accepted { path: &entry.path, secret: &entry.secret, rule: &entry.rule, add: true };
        let note = Note {
            added: Some(settings::today()),
            owner: args.owner.clone(),
            reason: Some(entry.reason),
            expires: None,
        };
        added += usize::from(baseline.accept(folder, &accepted, &note));
    }
    Ok((added, baseline, outcome.ledger.complete()))
}
