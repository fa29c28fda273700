//! `baseline create` and `baseline update`: a scan, and the file after it.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::{EditArgs, NoteArgs, UpdateArgs, target};
use crate::cli::progress::Spinner;
use crate::cli::{current_folder, remark, settings};
use crate::config;
use crate::exit::Exit;
use crate::scan::Outcome;
use crate::suppress::baseline::{Accepted, Baseline, Edit, FILE_NAME, Note, SALT_BYTES};

/// Characters of the beginning of a fingerprint that names a finding: `v1:4be7`.
const LEAST_FINGERPRINT: usize = 7;

pub(super) fn create(args: &EditArgs) -> anyhow::Result<Exit> {
    let base = current_folder()?;
    let file = match &args.settings.baseline {
        Some(file) => base.join(file),
        None => place(&target(&base, &args.paths)),
    };
    if file.exists() {
        let shown = settings::shown(&file, &base);
        bail!("{shown} is there already; `secretscan baseline update --add all` takes in what is new");
    }
    let scan = Scan::of(args, None)?;
    let (next, edit) = scan.update(&fresh(&file)?, args, &["all".to_owned()]);
    save(&file, &next)?;
    if !args.no_gitattributes {
        keep_both_sides(&file)?;
    }
    scan.tell(&file, &edit);
    Ok(scan.exit())
}

pub(super) fn update(args: &UpdateArgs) -> anyhow::Result<Exit> {
    let scan = Scan::of(&args.edit, Some(&args.add))?;
    let file = scan.file.clone().context(
        "there is no baseline from here up to the repository's root; make one with `secretscan baseline create`",
    )?;
    let before = Baseline::load(&file, &settings::shown(&file, &scan.base))?;
    let (next, edit) = scan.update(&before, &args.edit, &args.add);
    save(&file, &next)?;
    scan.tell(&file, &edit);
    Ok(scan.exit())
}

/// Where a new baseline belongs: the top of the repository around `target` (absolute), or its own folder.
pub(in crate::cli) fn place(target: &Path) -> PathBuf {
    let folder = if target.is_dir() { target } else { target.parent().unwrap_or(target) };
    config::repository_root(folder).unwrap_or(folder).join(FILE_NAME)
}

/// A baseline without entries for this place, with a salt of its own.
pub(in crate::cli) fn fresh(file: &Path) -> anyhow::Result<Baseline> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt)
        .map_err(|error| anyhow::anyhow!("the system gives no random bytes: {error}"))?;
    Ok(Baseline::new(file.parent().unwrap_or(file), salt))
}

/// Writes the file as a whole or not at all.
pub(in crate::cli) fn save(file: &Path, baseline: &Baseline) -> anyhow::Result<()> {
    let cannot = || format!("cannot write the baseline {}", file.display());
    let beside = file.with_extension("new");
    std::fs::write(&beside, baseline.to_text()).with_context(cannot)?;
    std::fs::rename(&beside, file).with_context(cannot)
}

/// Tells git that a merge of baselines keeps the lines of both sides: entries mean the same in any order.
pub(in crate::cli) fn keep_both_sides(file: &Path) -> anyhow::Result<()> {
    let Some(folder) = file.parent().filter(|folder| config::repository_root(folder).is_some()) else {
        return Ok(());
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let attributes = folder.join(".gitattributes");
    let text = if attributes.exists() {
        std::fs::read_to_string(&attributes)
            .with_context(|| format!("cannot read {}", attributes.display()))?
    } else {
        String::new()
    };
    if text
        .lines()
        .any(|line| line.split_whitespace().next().is_some_and(|pattern| pattern.ends_with(&*name)))
    {
        return Ok(());
    }
    let line_break = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let cannot = || format!("cannot write {}", attributes.display());
    let mut out =
        std::fs::OpenOptions::new().create(true).append(true).open(&attributes).with_context(cannot)?;
    writeln!(out, "{line_break}{name} merge=union").with_context(cannot)?;
    remark(false, &format!("secretscan: added `{name} merge=union` to {}", attributes.display()));
    Ok(())
}

/// What a scan without a baseline found.
struct Scan {
    base: PathBuf,
    outcome: Outcome,
    /// The baseline that a scan would use.
    file: Option<PathBuf>,
}

impl Scan {
    fn of(args: &EditArgs, add: Option<&[String]>) -> anyhow::Result<Self> {
        let base = current_folder()?;
        for wanted in add.into_iter().flatten() {
            // A shorter beginning would mean many findings.
            let is_fingerprint = wanted.starts_with("v1:") && wanted.len() >= LEAST_FINGERPRINT;
            if wanted != "all" && !is_fingerprint {
                bail!("--add takes a fingerprint (`v1:` and 4 digits or more) or `all`, not `{wanted}`");
            }
        }
        let mut settings = settings::resolve(&args.settings, &target(&base, &args.paths), None)?;
        let file = settings.options.baseline.take();
        let scanner = settings::scanner(settings.options)?;
        let spinner = Spinner::new(false);
        let outcome = scanner.paths(&args.paths, &spinner);
        spinner.finish();
        Ok(Self { base, outcome, file })
    }

    fn update(&self, before: &Baseline, args: &EditArgs, add: &[String]) -> (Baseline, Edit) {
        let found: Vec<Accepted<'_>> = self
            .outcome
            .findings
            .iter()
            .map(|finding| {
                let fingerprint = finding.fingerprint.to_string();
                Accepted {
                    path: &finding.origin.path,
                    secret: finding.identity(),
                    rule: &finding.rule.id,
                    add: add.iter().any(|wanted| wanted == "all" || fingerprint.starts_with(wanted.as_str())),
                }
            })
            .collect();
        // What could not be scanned says nothing about its entries.
        let covered: Vec<PathBuf> = if self.outcome.ledger.complete() {
            args.paths.iter().map(|path| self.base.join(path)).collect()
        } else {
            Vec::new()
        };
        before.update(&self.base, &found, &covered, &note(&args.note))
    }

    fn tell(&self, file: &Path, edit: &Edit) {
        let file = settings::shown(file, &self.base);
        let Edit { kept, moved, dropped, added, open, outside } = edit;
        remark(
            false,
            &format!(
                "secretscan: {file}: {added} added, {kept} kept, {} moved, {} dropped",
                moved.len(),
                dropped.len()
            ),
        );
        for (from, to) in moved {
            remark(false, &format!("  moved    {from} -> {to}"));
        }
        for entry in dropped {
            remark(false, &format!("  dropped  {} {}", entry.mark, entry.path));
        }
        if *open > 0 {
            remark(
                false,
                &format!(
                    "  {open} not accepted: `secretscan .` shows them, `--add FINGERPRINT` or `--add all` takes them in"
                ),
            );
        }
        if *outside > 0 {
            remark(false, &format!("  {outside} outside the folder of {file}: it cannot name them"));
        }
        for failure in &self.outcome.ledger.failures {
            remark(false, &format!("secretscan: {}: {} ({})", failure.path, failure.cause, failure.remedy));
        }
    }

    fn exit(&self) -> Exit {
        Exit::of_scan(self.outcome.ledger.complete(), false, false)
    }
}

/// What is said about the new entries.
fn note(args: &NoteArgs) -> Note {
    Note {
        added: Some(settings::today()),
        expires: args.expires,
        owner: args.owner.clone(),
        reason: args.reason.clone(),
    }
}
