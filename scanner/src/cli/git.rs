//! What scans git: `staged`, `diff`, `history`, `push`.

use std::path::Path;

use clap::ArgMatches;

use super::args::{CommonArgs, DiffArgs, HistoryArgs, PushArgs, StagedArgs};
use super::scan::run;
use super::{settings, variable};
use crate::exit::Exit;
use crate::source::git::history::{HistoryOptions, PushTarget, Tips};
use crate::source::git::push::read_push;
use crate::source::git::range::Range;

/// Scans the index against `HEAD`.
pub(super) fn staged(args: &StagedArgs, matches: &ArgMatches) -> anyhow::Result<Exit> {
    run(
        &args.common,
        matches,
        &args.repo,
        |_| {},
        |scanner, spinner| Ok(scanner.staged(&args.repo, &settings::git_environment(), spinner)?),
    )
}

/// Scans what a range of commits adds, or a diff on standard input.
pub(super) fn diff(args: &DiffArgs, matches: &ArgMatches) -> anyhow::Result<Exit> {
    if args.range == "-" {
        let here = Path::new(".");
        return run(
            &args.common,
            matches,
            here,
            |_| {},
            |scanner, spinner| Ok(scanner.patch(std::io::stdin().lock(), spinner)),
        );
    }
    let range = Range::parse(&args.range);
    run(
        &args.common,
        matches,
        &args.repo,
        |_| {},
        |scanner, spinner| Ok(scanner.range(&args.repo, &settings::git_environment(), &range, spinner)?),
    )
}

/// Scans history.
pub(super) fn history(args: HistoryArgs, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let tips = match (args.all, args.branch.is_empty()) {
        (true, _) => Tips::All,
        (false, true) => Tips::Branches,
        (false, false) => Tips::Revisions(args.branch),
    };
    let options = HistoryOptions {
        tips,
        since: args.since,
        dangling: args.dangling,
        allow_shallow: args.allow_shallow,
        allow_empty: args.allow_empty,
        ..HistoryOptions::default()
    };
    scan_history(&args.common, matches, &args.repo, options)
}

/// Scans what a push brings.
pub(super) fn push(args: PushArgs, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let push = read_push(std::io::stdin().lock())?;
    let tips = match (push.incoming, push_by_framework()) {
        (None, Some(tips)) => tips,
        (Some(true), _) => Tips::Push(push.updates, PushTarget::Here),
        _ => Tips::Push(push.updates, PushTarget::Remote(args.remote)),
    };
    let options = HistoryOptions {
        tips,
        allow_shallow: args.allow_shallow,
        // A rewind or a branch without commits of its own: the framework has it from git.
        allow_empty: true,
        ..HistoryOptions::default()
    };
    scan_history(&args.common, matches, &args.repo, options)
}

/// What is pushed, where pre-commit or prek has read git's lines: they tell it in variables. Without a range everything in
/// the branch is new to the remote.
fn push_by_framework() -> Option<Tips> {
    let text = |name: &str| variable(name).and_then(|value| value.into_string().ok());
    let range = text("PRE_COMMIT_FROM_REF").zip(text("PRE_COMMIT_TO_REF"));
    let revision =
        range.map(|(from, to)| format!("{from}..{to}")).or_else(|| text("PRE_COMMIT_LOCAL_BRANCH"))?;
    Some(Tips::Revisions(vec![revision]))
}

fn scan_history(
    common: &CommonArgs,
    matches: &ArgMatches,
    repo: &Path,
    options: HistoryOptions,
) -> anyhow::Result<Exit> {
    run(
        common,
        matches,
        repo,
        |_| {},
        |scanner, spinner| Ok(scanner.history(repo, &settings::git_environment(), options, spinner)?),
    )
}
