//! The coverage ledger: what was scanned, what was not, and why. Part of every report.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::reason::Reason;
use crate::verification::Standing;

/// Why something was left out on purpose. Counted by reason; does not change the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// Encoded text inside encoded text, or a compressed one, beyond the limits of decoding: what is written was scanned,
    /// what is in it was not.
    EncodedLimit,
    /// A file that another shard scans (`--shard`).
    OtherShard,
    /// A file that a diff on standard input only says is binary: its bytes are not in the diff.
    BinaryDiff,
}

/// Something that should have been scanned and was not. Any failure makes the scan incomplete (exit code 3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// The file, folder or git object as shown to the user.
    pub path: String,
    /// What went wrong.
    pub cause: String,
    /// What the user can do about it.
    pub remedy: String,
}

/// The model that judged, if any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JudgeInfo {
    /// `off`, `features`, `auto` or `all`.
    pub mode: String,
    /// Who had the last word on what rules leave open: `heuristic` (the documented score), `feature model of` a model, or a
    /// model with its profile; `not needed` where nothing was left open, so that no model was read.
    pub name: String,
    /// SHA-256 of the GGUF in hexadecimal, if one was read.
    pub model_sha256: Option<String>,
    /// Why no model was used, if one was asked for and there is none.
    pub notice: Option<String>,
}

impl JudgeInfo {
    /// The documented score.
    pub const HEURISTIC: &str = "heuristic";
    /// Nobody was asked.
    pub const NOT_NEEDED: &str = "not needed";
    /// What stands before the name of a model whose trees were asked, and not its language model.
    pub const FEATURES_OF: &str = "feature model of ";

    /// How far the cascade went: 0 where nobody was asked, 3 for a language model.
    pub fn depth(&self) -> u8 {
        match self.name.as_str() {
            "" | Self::NOT_NEEDED => 0,
            Self::HEURISTIC => 1,
            name if name.starts_with(Self::FEATURES_OF) => 2,
            _ => 3,
        }
    }
}

/// How much of git's history was walked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryCounts {
    /// Commits whose changes were looked at.
    pub commits: u64,
    /// Different blobs (file contents) that they introduce.
    pub unique_blobs: u64,
    /// Of these, the ones that an earlier run found clean with the same rules, model and settings; they were not read
    /// again.
    pub known_clean_blobs: u64,
}

/// Which part of a tree was scanned, with `--shard`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShardPart {
    /// Which one, from 1.
    pub index: u32,
    /// How many there are.
    pub count: u32,
    /// Files (and links and special files) of this part. With the skipped `other-shard` ones, all that the scan came
    /// to: the same in each shard of a tree.
    pub files: u64,
}

/// What was scanned and what was not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Ledger {
    /// What was asked for: `files`, `stdin`, `staged` …
    pub source: String,
    /// Which part of the files, with `--shard`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<ShardPart>,
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
    /// Tells fingerprints of different salts apart (`fingerprint::salt_check`); left out without a salt.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub salt_check: String,
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

    /// Counts a file as the shard's own or as another's. The paths of others are not listed: they would be most of the
    /// tree.
    pub fn deal(&mut self, own: bool) {
        if own {
            self.shard.get_or_insert_default().files += 1;
        } else {
            *self.skipped.entry(SkipReason::OtherShard).or_default() += 1;
        }
    }

    /// Adds the counts of another worker's ledger.
    pub fn merge(&mut self, other: Self) {
        self.blobs += other.blobs;
        self.bytes += other.bytes;
        self.containers += other.containers;
        if let Some(part) = other.shard {
            self.shard.get_or_insert_default().files += part.files;
        }
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
