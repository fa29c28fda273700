//! `baseline audit`: the entries, oldest first.

use std::io::{BufWriter, Write};

use anyhow::Context;

use super::{AuditArgs, target};
use crate::cli::{current_folder, is_broken_pipe, settings};
use crate::config;
use crate::exit::Exit;
use crate::report::redact::printable;
use crate::suppress::baseline::{Baseline, Entry, FILE_NAME};
use crate::suppress::date::Date;

pub(super) fn run(args: &AuditArgs) -> anyhow::Result<Exit> {
    let base = current_folder()?;
    let target = target(&base, std::slice::from_ref(&args.path));
    let file = if target.is_file() { Some(target) } else { config::find(&target, FILE_NAME, "the path")? };
    let file = file.with_context(|| {
        format!("there is no {FILE_NAME} from {} up to the repository's root", args.path.display())
    })?;
    let baseline = Baseline::load(&file, &settings::shown(&file, &base))?;
    let today = settings::today();
    let all = baseline.entries().count();
    let mut listed: Vec<&Entry> = baseline.entries().filter(|entry| is_wanted(entry, args, today)).collect();
    listed.sort_by_key(|entry| (entry.added, entry.expires, &entry.path, entry.mark));
    let mut out = BufWriter::new(anstream::stdout().lock());
    let mut write = || -> std::io::Result<()> {
        for entry in &listed {
            if args.json {
                let line = serde_json::to_string(entry).map_err(std::io::Error::other)?;
                writeln!(out, "{line}")?;
            } else {
                describe(entry, today, &mut out)?;
            }
        }
        if !args.json {
            writeln!(out, "{} of {all} entries", listed.len())?;
        }
        out.flush()
    };
    match write() {
        Err(error) if !is_broken_pipe(&error) => return Err(error.into()),
        _ => {}
    }
    Ok(if args.check && !listed.is_empty() { Exit::Findings } else { Exit::Clean })
}

fn is_wanted(entry: &Entry, args: &AuditArgs, today: Date) -> bool {
    let ends_within = |days: u32| entry.expires.is_some_and(|last| today.days_to(last) <= i64::from(days));
    let is_older = |days: u32| entry.added.is_some_and(|added| added.days_to(today) >= i64::from(days));
    (!args.expired || entry.is_expired(Some(today)))
        && args.expiring.is_none_or(ends_within)
        && args.older_than.is_none_or(is_older)
        && args.owner.as_ref().is_none_or(|owner| entry.owner.as_ref() == Some(owner))
        && (!args.no_owner || entry.owner.is_none())
        && (!args.no_reason || entry.reason.is_none())
}

/// `mark path`, and below it what people said.
fn describe(entry: &Entry, today: Date, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{} {}", entry.mark, printable(&entry.path))?;
    let text = |value: Option<&String>, without: &str| {
        value.map_or_else(|| without.to_owned(), |value| printable(value).into_owned())
    };
    let added = match entry.added {
        Some(day) => format!("{day}, {} days ago", day.days_to(today)),
        None => "on a day that nobody wrote down".to_owned(),
    };
    writeln!(
        out,
        "  accepted  {added}{}",
        entry.rule.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default()
    )?;
    let ends = match entry.expires {
        None => "never".to_owned(),
        Some(last) if last < today => format!("{last}: OVER, its finding is reported again"),
        Some(last) => format!("{last}, in {} days", today.days_to(last)),
    };
    writeln!(out, "  ends      {ends}")?;
    writeln!(out, "  owner     {}", text(entry.owner.as_ref(), "NONE"))?;
    writeln!(out, "  reason    {}", text(entry.reason.as_ref(), "NONE"))
}
