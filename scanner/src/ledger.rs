//! The coverage ledger: what was scanned, what was not, and why. Part of every report.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::reason::Reason;
use crate::verification::Standing;

/// Why something was left out on purpose. Counted by reason; does not change the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// Excluded by the configuration's path allow-list.
    ConfiguredPath,
    /// A submodule pointer: its content belongs to another repository.
    Submodule,
    /// A symbolic link whose target is scanned under its own path or lies outside what was asked for.
    Symlink,
    /// A socket, a device or a named pipe.
    SpecialFile,
    /// An encoded media file known by its magic bytes (image, font, audio, video).
    Media,
    /// An archive or document in a format that is not opened here (7z, RAR, bzip2, PDF …), or any archive with
    /// `--archives off`: its raw bytes were scanned, what is in it was not.
    UnopenedFormat,
    /// A file that a diff on standard input only says is binary: its bytes are not in the diff.
    BinaryDiff,
}

/// Something that should have been scanned and was not. Any failure makes the scan incomplete (exit code 3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Failure {
    /// The file, folder or git object as shown to the user.
    pub path: String,
    /// What went wrong.
    pub cause: String,
    /// What the user can do about it.
    pub remedy: String,
}

/// The model that judged, if any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JudgeInfo {
    /// `off`, `auto` or `all`.
    pub mode: String,
    /// `heuristic`, or the model's name and profile.
    pub name: String,
    /// SHA-256 of the GGUF in hexadecimal, if a model was given.
    pub model_sha256: Option<String>,
    /// Why no model was used, if one was asked for and there is none.
    pub notice: Option<String>,
}

/// How much of git's history was walked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HistoryCounts {
    /// Commits whose changes were looked at.
    pub commits: u64,
    /// Different blobs (file contents) that they introduce.
    pub unique_blobs: u64,
    /// Of these, the ones that an earlier run found clean with the same rules, model and settings; they were not read
    /// again.
    pub known_clean_blobs: u64,
}

/// What was scanned and what was not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Ledger {
    /// What was asked for: `files`, `stdin`, `staged` …
    pub source: String,
    /// Blobs (files, index entries) scanned.
    pub blobs: u64,
    /// Their bytes as stored.
    pub bytes: u64,
    /// How much of git's history was walked; only of `history` and `push`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryCounts>,
    /// Archives, compressed files and databases that were opened; what is in them counts as blobs.
    pub containers: u64,
    /// Of the blobs, those with binary content: only structured tokens and keys were looked for.
    pub binary_blobs: u64,
    /// Blobs left out on purpose, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// The paths behind `skipped` (first 1,000, sorted), reported with `--verbose`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped_paths: Vec<(String, SkipReason)>,
    /// What could not be scanned; sorted. Not empty: exit code 3.
    pub failures: Vec<Failure>,
    /// Remarks that do not change the exit code (a submodule pointer, a rule switched off …); sorted.
    pub notices: Vec<String>,
    /// Candidates found before any decision.
    pub candidates: u64,
    /// Candidates dropped or judged safe, by reason.
    pub safe: BTreeMap<Reason, u64>,
    /// Findings silenced by an inline tag or an allow-list, by what silenced them.
    pub suppressed: BTreeMap<String, u64>,
    /// Tokens that their providers were asked about, by what they said; only with `--verify`. A token that was found
    /// several times counts once.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub verified: BTreeMap<Standing, u64>,
    /// Number of rules in force.
    pub rules: u64,
    /// SHA-256 of the rules in force, in hexadecimal.
    pub rules_sha256: String,
    /// Configuration file in force, if any.
    pub config: Option<String>,
    /// Who judged.
    pub judge: JudgeInfo,
    /// Seconds by stage; only with `--verbose`, so that reports stay identical from run to run.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub seconds: BTreeMap<String, f64>,
}

impl Ledger {
    /// True if everything that was asked for was scanned.
    pub fn complete(&self) -> bool {
        self.failures.is_empty()
    }

    /// Adds time to a stage.
    pub fn time(&mut self, stage: &str, spent: Duration) {
        *self.seconds.entry(stage.to_owned()).or_default() += spent.as_secs_f64();
    }

    /// Counts something left out on purpose.
    pub fn skip(&mut self, path: String, reason: SkipReason) {
        *self.skipped.entry(reason).or_default() += 1;
        self.skipped_paths.push((path, reason));
    }

    /// Adds the counts of another worker's ledger.
    pub fn merge(&mut self, other: Self) {
        self.blobs += other.blobs;
        self.bytes += other.bytes;
        self.containers += other.containers;
        self.binary_blobs += other.binary_blobs;
        self.candidates += other.candidates;
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
        self.skipped_paths.extend(other.skipped_paths);
        self.failures.extend(other.failures);
        self.notices.extend(other.notices);
        for (reason, count) in other.safe {
            *self.safe.entry(reason).or_default() += count;
        }
        for (by, count) in other.suppressed {
            *self.suppressed.entry(by).or_default() += count;
        }
        for (stage, seconds) in other.seconds {
            *self.seconds.entry(stage).or_default() += seconds;
        }
    }
}
