//! `secretscan baseline`: the accepted findings.

mod audit;
mod write;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::args::SettingsArgs;
use crate::exit::Exit;
use crate::suppress::date::Date;

pub(super) use write::{fresh, keep_both_sides, place, save};

const EXAMPLES: &str = "\
The file .secretscan-baseline holds an entry for each secret and file, by a keyed hash; commit it. It names no line, rule or
commit, so entries survive edits; another secret on the same line is reported. docs/suppressing.md says what somebody who has
the file can learn from it.

Examples:
  secretscan baseline create --reason 'before the scanner came' --owner platform
  secretscan baseline update                                    drop what is gone, follow renames; accepts nothing new
  secretscan baseline update --add v1:4be7 --reason 'test server' --expires 2027-01-31
  secretscan baseline audit --expiring 30 --check               in a nightly job";

/// What `baseline` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct BaselineArgs {
    #[command(subcommand)]
    command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
enum BaselineCommand {
    /// Accept everything that a scan finds now
    #[command(after_help = EXAMPLES)]
    Create(EditArgs),
    /// Scan again: drop entries that match nothing, follow renamed files, take in what --add names
    #[command(after_help = EXAMPLES)]
    Update(UpdateArgs),
    /// List the entries: oldest first, with their ends, owners and reasons; nothing is scanned
    #[command(after_help = EXAMPLES)]
    Audit(AuditArgs),
}

#[derive(Debug, Args)]
struct EditArgs {
    /// Files and folders to scan
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    note: NoteArgs,
    /// Leave .gitattributes alone; without this it is told to merge baselines by keeping the lines of both sides
    #[arg(long)]
    no_gitattributes: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Debug, Args)]
struct UpdateArgs {
    /// Take in this finding (a fingerprint of a report, or its beginning), or `all`; may be given several times
    #[arg(long, value_name = "FINGERPRINT")]
    add: Vec<String>,
    #[command(flatten)]
    edit: EditArgs,
}

/// What is said about new entries; `migrate` takes it too.
#[derive(Debug, Args)]
pub(super) struct NoteArgs {
    /// Why new entries may stay
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
    /// Who answers for new entries
    #[arg(long, value_name = "NAME")]
    pub(super) owner: Option<String>,
    /// Last day on which new entries count (UTC)
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) expires: Option<Date>,
}

#[derive(Debug, Args)]
struct AuditArgs {
    /// The baseline, or a folder to look for it from
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// Only entries that are over
    #[arg(long)]
    expired: bool,
    /// Only entries that end within so many days, or are over
    #[arg(long, value_name = "DAYS", conflicts_with = "expired")]
    expiring: Option<u32>,
    /// Only entries that were accepted so many days ago, or more
    #[arg(long, value_name = "DAYS")]
    older_than: Option<u32>,
    /// Only entries of this owner
    #[arg(long, value_name = "NAME", conflicts_with = "no_owner")]
    owner: Option<String>,
    /// Only entries without an owner
    #[arg(long)]
    no_owner: bool,
    /// Only entries without a reason
    #[arg(long)]
    no_reason: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Exit with 1 if any entry is listed
    #[arg(long)]
    check: bool,
}

/// Runs a subcommand.
pub(super) fn run(args: &BaselineArgs) -> anyhow::Result<Exit> {
    match &args.command {
        BaselineCommand::Create(args) => write::create(args),
        BaselineCommand::Update(args) => write::update(args),
        BaselineCommand::Audit(args) => audit::run(args),
    }
}

/// The target's own folder or file, as an absolute path.
fn target(base: &Path, paths: &[PathBuf]) -> PathBuf {
    super::settings::absolute(base, paths.first().map_or(Path::new("."), PathBuf::as_path))
}
