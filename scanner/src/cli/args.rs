//! The arguments, as clap reads them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::baseline::BaselineArgs;
use super::hook::HookArgs;
use super::migrate::MigrateArgs;
use super::rules::RulesArgs;
use crate::candidate::Decode;
use crate::finding::Severity;
use crate::judge::Profile;
use crate::report::Format;
use crate::scan::{JudgeMode, Preset, TestPolicy};
use crate::shard::Shard;
use crate::source::Archives;

const EXAMPLES: &str = "\
Examples:
  secretscan .                                  scan the current folder
  secretscan staged                             scan what `git commit` would record
  secretscan diff origin/main                   scan what this branch adds
  secretscan history                            scan every version of every file
  git show HEAD:app.py | secretscan - --stdin-path app.py
  docker save my/image | secretscan - --stdin-path image.tar
  secretscan . --format sarif --output out.sarif --format text
  secretscan . --judge auto --model model.gguf  let a language model judge the doubtful ones
  secretscan explain v1:4be7… src/              why this finding, what speaks for it
  secretscan rules list                         what is looked for
  secretscan . --format html --output report.html
  secretscan hook install                       stop commits that add secrets
  secretscan baseline create                    accept what is there today
  secretscan . --verify                         ask their providers which tokens are live

Exit codes:
  0  everything was scanned, nothing to report
  1  findings at or above --fail-on
  2  wrong usage or configuration
  3  something could not be scanned (findings, if any, are reported too)";

/// Finds leaked credentials in code. Everything happens on this machine; nothing is sent anywhere without --verify.
#[derive(Debug, Parser)]
#[command(name = "secretscan", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_precedence_over_arg = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) scan: ScanArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Scan files, folders or standard input (the same as naming paths without a command)
    #[command(after_help = EXAMPLES)]
    Scan(ScanArgs),
    /// Scan what is staged in a git repository: the lines that the next commit adds
    #[command(after_help = STAGED_EXAMPLES)]
    Staged(StagedArgs),
    /// Scan what a branch adds, or a diff on standard input: added lines only
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(DiffArgs),
    /// Scan git's history: every version of every file, each finding with the commit that brought it
    #[command(after_help = HISTORY_EXAMPLES)]
    History(HistoryArgs),
    /// Scan what a push brings, as told by git's pre-push or pre-receive hook on standard input
    #[command(after_help = PUSH_EXAMPLES)]
    Push(PushArgs),
    /// Show the rules, check them, explain one
    Rules(RulesArgs),
    /// Accept what is there today: create the baseline, bring it up to date, look through it
    Baseline(BaselineArgs),
    /// Carry over what other scanners were told: rules, allow-lists, ignore files, baselines
    Migrate(MigrateArgs),
    /// Say why something is reported, or why not
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Merge reports, for example those of the shards of a scan, into one
    #[command(after_help = MERGE_EXAMPLES)]
    Merge(MergeArgs),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Print the manual page
    #[command(after_help = MAN_EXAMPLES)]
    Man,
    /// Print a JSON schema: of .secretscan.toml for editors, of JSON reports for programs
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema(SchemaArgs),
    /// Install git hooks, and answer the hooks of AI coding agents
    Hook(HookArgs),
}

const STAGED_EXAMPLES: &str = "\
Reads the index's own blobs (GIT_INDEX_FILE and GIT_DIR are honoured), never the working tree, and reports only
added lines, judged in the whole file's context.

Examples:
  secretscan staged                     in a pre-commit hook
  secretscan staged ../other-repo --fail-on error";

const DIFF_EXAMPLES: &str = "\
A..B compares two commits, A...B compares B with what both come from (their merge base), and A alone means A...HEAD,
as in git diff. Only added lines are reported, judged in the whole file's context. What a commit of the range adds and a
later one takes away is seen by `history --branch` and `push`.

A commit that a shallow clone lacks is an error (3) that names the fetch that brings it.

Examples:
  secretscan diff origin/main                what this branch adds, in CI
  secretscan diff v1.0..v1.1 ../other-repo
  git diff -U20 | secretscan diff -          a diff on standard input
  gh pr diff 12 | secretscan diff -";

const HISTORY_EXAMPLES: &str = "\
Without options: HEAD, all branches, remote-tracking branches and tags. Each content is scanned once, whatever it is
called and wherever it was merged; a secret is reported once for a file, at the commit that brought it. With --since, or
a range for --branch, only the lines that those commits add count.

A shallow or partial clone is not silently half-scanned: what is missing is listed, and the exit code is 3. It is 3, too, if
no commit lies in the range: most often its ends stand the wrong way round. --allow-empty accepts that.

Examples:
  secretscan history                          everything that branches and tags hold
  secretscan history --all --dangling         stashes, notes and what was amended away, too
  secretscan history --since 2026-11-01       only what was committed since
  secretscan history --branch main..topic     what topic has and main has not
  secretscan history --format json --output history.json /srv/git/project.git";

const PUSH_EXAMPLES: &str = "\
Reads git's own lines: `<local ref> <local id> <remote ref> <remote id>` (pre-push) or `<old id> <new id> <ref>`
(pre-receive), and scans what the new commits add. A new branch is what nobody has yet: of the remote's branches as far as
they are known here, or of the receiving repository's references. Deleted branches bring nothing. Objects in quarantine
(pre-receive) are read.

Examples:
  secretscan push --remote \"$1\"              in a pre-push hook
  secretscan push                             in a pre-receive hook
  echo \"$OLD $NEW refs/heads/main\" | secretscan push";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  secretscan explain v1:4be7… src/      a fingerprint from a report, and where to look for it
  secretscan explain src/app.py:12      everything that was considered on a line, reported or not
  secretscan explain 'a.zip!/app.py:12' the same, for a file in an archive";

const MERGE_EXAMPLES: &str = "\
Reads reports of --format json (into any format) or of --format sarif (into SARIF). A shard whose report is missing makes
the exit code 3. Run it with the configuration of the scans: the salt of the fingerprints is needed to mask what one
shard found in the text of another (docs/fleet.md).

Examples:
  secretscan . --shard 1/2 --format json --output ../1.json    on one machine
  secretscan . --shard 2/2 --format json --output ../2.json    on another
  secretscan merge ../1.json ../2.json --format html --output report.html --format text
  secretscan merge *.sarif --format sarif --output all.sarif";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  secretscan completions bash > /usr/share/bash-completion/completions/secretscan
  secretscan completions zsh > ~/.zfunc/_secretscan
  secretscan completions fish > ~/.config/fish/completions/secretscan.fish
  secretscan completions powershell >> $PROFILE";

const MAN_EXAMPLES: &str = "\
Examples:
  secretscan man > /usr/share/man/man1/secretscan.1
  secretscan man | man -l -";

const SCHEMA_EXAMPLES: &str = "\
Examples:
  secretscan schema config > .secretscan.schema.json    and `#:schema ./.secretscan.schema.json` in .secretscan.toml
  secretscan schema report > report.schema.json";

#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// Reports to merge, all JSON or all SARIF
    #[arg(value_name = "REPORT", required = true)]
    pub(super) reports: Vec<PathBuf>,
    /// Configuration file, for --fail-on and the fingerprints' salt [default: .secretscan.toml from here up to the
    /// repository's root]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    pub(super) shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// What the schema is of
    pub(super) of: Schema,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Schema {
    /// .secretscan.toml
    Config,
    /// What --format json writes
    Report,
}

#[derive(Debug, Args)]
pub(super) struct ScanArgs {
    /// Files and folders; `-` reads standard input
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// The path that standard input stands for: rules and reports use it
    #[arg(long, value_name = "PATH")]
    pub(super) stdin_path: Option<String>,
    /// Scan files that .gitignore excludes, too
    #[arg(long)]
    pub(super) no_gitignore: bool,
    /// Scan only part I of N (from 1) of the files, chosen by their paths; see `secretscan merge`
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// For what is scanned as one piece: without it clap would only say that it knows no such argument.
#[derive(Debug, Args)]
pub(super) struct UnpartedArgs {
    #[arg(long = "shard", value_name = "I/N", hide = true, value_parser = unparted)]
    _shard: Option<String>,
}

fn unparted(_: &str) -> Result<String, String> {
    Err("only files and folders are parted (`secretscan PATH --shard I/N`); git is scanned as one piece, so part it by \
         repository (docs/fleet.md)"
        .to_owned())
}

#[derive(Debug, Args)]
pub(super) struct StagedArgs {
    #[command(flatten)]
    _unparted: UnpartedArgs,
    /// A folder in the repository
    #[arg(value_name = "REPO", default_value = ".")]
    pub(super) repo: PathBuf,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    _unparted: UnpartedArgs,
    /// `A..B`, `A...B`, `A`, or `-` for a unified diff on standard input
    #[arg(value_name = "RANGE")]
    pub(super) range: String,
    /// A folder in the repository
    #[arg(value_name = "REPO", default_value = ".")]
    pub(super) repo: PathBuf,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    #[command(flatten)]
    _unparted: UnpartedArgs,
    /// A folder in the repository, or a bare one
    #[arg(value_name = "REPO", default_value = ".")]
    pub(super) repo: PathBuf,
    /// Every reference: stashes, notes, pull requests, too
    #[arg(long, conflicts_with = "branch")]
    pub(super) all: bool,
    /// Only this branch, tag or commit, or the range A..B; may be given several times
    #[arg(long, value_name = "REV")]
    pub(super) branch: Vec<String>,
    /// Only commits from this date on, or after this commit
    #[arg(long, value_name = "DATE|REV")]
    pub(super) since: Option<String>,
    /// Also objects that nothing leads to: what was amended, rebased or reset away
    #[arg(long, conflicts_with_all = ["branch", "since"])]
    pub(super) dangling: bool,
    /// Accept that a shallow clone has no more history
    #[arg(long)]
    pub(super) allow_shallow: bool,
    /// Accept that no commit lies in the range, or is that young
    #[arg(long)]
    pub(super) allow_empty: bool,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct PushArgs {
    #[command(flatten)]
    _unparted: UnpartedArgs,
    /// A folder in the repository
    #[arg(value_name = "REPO", default_value = ".")]
    pub(super) repo: PathBuf,
    /// The remote that is pushed to (the first argument of a pre-push hook) [default: what any remote has needs no scan]
    #[arg(long, value_name = "NAME")]
    pub(super) remote: Option<String>,
    /// Accept that a shallow clone has no more history
    #[arg(long)]
    pub(super) allow_shallow: bool,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A fingerprint (`v1:…`, or its beginning), or a place (`FILE:LINE`)
    #[arg(value_name = "FINGERPRINT|FILE:LINE")]
    pub(super) what: String,
    /// Where to look for a fingerprint
    #[arg(value_name = "PATH", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) settings: SettingsArgs,
}

/// What is written where, and what the exit code says of it.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Report format; may be given several times, each followed by its --output
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Vec<Format>,
    /// File for the preceding --format; standard output without one
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Vec<PathBuf>,
    /// Least severity that makes the exit code 1 [default: warning]
    #[arg(long, value_name = "SEVERITY")]
    pub(super) fail_on: Option<Severity>,
    /// Exit with 0 even if there are findings (an incomplete scan still exits with 3)
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// What code scanning tells several SARIF uploads of one commit apart by [default: secretscan]
    #[arg(long, value_name = "NAME")]
    pub(super) sarif_category: Option<String>,
    /// Put findings that exist only in git's history into SARIF too (code scanning cannot show them)
    #[arg(long)]
    pub(super) sarif_history: bool,
    /// List what was silenced, too, in the formats json, jsonl and sarif
    #[arg(long)]
    pub(super) show_suppressed: bool,
    /// Print secrets in full; without it every format masks them
    #[arg(long)]
    pub(super) show_secrets: bool,
}

/// What every scan takes.
#[derive(Debug, Args)]
pub(super) struct CommonArgs {
    #[command(flatten)]
    pub(super) report: ReportArgs,
    /// No progress, no remarks; only the report
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Say where time went and list what was skipped (reports then differ from run to run)
    #[arg(long, short, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) settings: SettingsArgs,
    // Last: what follows a heading in the help stands under it.
    #[command(flatten)]
    pub(super) verify: VerifyArgs,
}

/// Whether and how providers are asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Live verification (docs/verifying.md)")]
pub(super) struct VerifyArgs {
    /// Send each token of a known provider's format, or pair of id and secret, to that provider, to learn whether it is live
    #[arg(long)]
    pub(super) verify: bool,
    /// Requests a second to one host; all hosts together get five times as many
    #[arg(long, value_name = "N", requires = "verify", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(super) verify_rate: u32,
    /// Longest wait for one answer
    #[arg(long, value_name = "SECONDS", requires = "verify", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=300))]
    pub(super) verify_timeout: u32,
    /// Proxy for the requests; the environment's proxies are never used
    #[arg(long, value_name = "URL", requires = "verify")]
    pub(super) verify_proxy: Option<String>,
    /// Ask hosts with private addresses too (rules of your own for services in your network)
    #[arg(long, requires = "verify")]
    pub(super) verify_allow_private: bool,
}

/// What decides; `explain` takes these too.
#[derive(Debug, Args)]
pub(super) struct SettingsArgs {
    /// Ask the language model: off, for doubtful candidates, or for all that no rule settles [default: auto]
    #[arg(long, value_name = "MODE")]
    pub(super) judge: Option<JudgeMode>,
    /// The GGUF to judge with
    #[arg(long, value_name = "FILE")]
    pub(super) model: Option<PathBuf>,
    /// How to ask the model [default: as its metadata says]
    #[arg(long, value_name = "PROFILE")]
    pub(super) profile: Option<Profile>,
    /// Threshold of candidates that no rule settles [default: balanced]
    #[arg(long, value_name = "PRESET")]
    pub(super) preset: Option<Preset>,
    /// Least probability of a reported finding, 0 to 1; overrides --preset
    #[arg(long, value_name = "P", value_parser = probability)]
    pub(super) min_confidence: Option<f32>,
    /// Findings in tests and examples: as severe as anywhere, one severity lower, or not reported [default: lower]
    #[arg(long, value_name = "POLICY")]
    pub(super) tests: Option<TestPolicy>,
    /// Scan what is in archives, compressed files, office documents and SQLite databases [default: on]
    #[arg(long, value_name = "MODE")]
    pub(super) archives: Option<Archives>,
    /// Search what is encoded in texts: Base64, hexadecimal, percent and HTML escapes … [default: on]
    #[arg(long, value_name = "MODE")]
    pub(super) decode: Option<Decode>,
    /// Ignore allow tags in the scanned text (for CI)
    #[arg(long)]
    pub(super) no_inline_allow: bool,
    /// Configuration file [default: .secretscan.toml from the target up to the repository's root]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Settings that no configuration file can weaken (docs/configuration.md): for code that is not trusted
    #[arg(long, value_name = "FILE")]
    pub(super) policy: Option<PathBuf>,
    /// File of accepted findings [default: .secretscan-baseline from the target up to the repository's root]
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    pub(super) baseline: Option<PathBuf>,
    /// Report accepted findings, too
    #[arg(long)]
    pub(super) no_baseline: bool,
    /// Further rules, as described in docs/rules.md
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Vec<PathBuf>,
    /// Neither read nor write the caches of verdicts, verifications and clean blobs
    #[arg(long)]
    pub(super) no_cache: bool,
    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(super) threads: usize,
}

fn probability(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(p) if (0.0..=1.0).contains(&p) => Ok(p),
        _ => Err("give a number from 0 to 1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
