//! The settings of a scan, as plain values.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::candidate::Decode;
use crate::judge::Profile;
use crate::judge::cascade::Thresholds;
use crate::shard::Shard;
use crate::source::Archives;
use crate::suppress::allow::AllowedFindings;
use crate::suppress::date::Date;
use crate::verification::VerifyOptions;

/// Whether the model is asked: its feature model, and its language model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum JudgeMode {
    /// Never: rules and the documented score decide.
    Off,
    /// The model's feature model alone decides what no rule settles.
    Features,
    /// The feature model decides what is clear to it, the language model the rest.
    #[default]
    Auto,
    /// The language model decides everything that no rule settles.
    All,
}

/// How much has to speak for a credential before a generic candidate is reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Few false alarms.
    Strict,
    /// The default.
    #[default]
    Balanced,
    /// Few misses.
    Recall,
}

impl Preset {
    /// Its threshold.
    pub fn of(self, thresholds: Thresholds) -> f32 {
        match self {
            Self::Strict => thresholds.strict,
            Self::Balanced => thresholds.balanced,
            Self::Recall => thresholds.recall,
        }
    }
}

/// What happens to findings in tests, examples and fixtures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum TestPolicy {
    /// As severe as anywhere.
    Keep,
    /// One severity lower.
    #[default]
    Lower,
    /// Not reported, but counted.
    Drop,
}

/// The settings of a scan. `Default` gives the program's defaults.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder that relative paths mean; absolute.
    pub base: PathBuf,
    /// Worker threads; 0: one a core.
    pub threads: usize,
    /// Whether the model is asked.
    pub judge: JudgeMode,
    /// A GGUF to judge with; none: the one that is built in.
    pub model: Option<PathBuf>,
    /// How to ask it; none: as its metadata says.
    pub profile: Option<Profile>,
    /// Database of verdicts; none: no cache.
    pub cache: Option<PathBuf>,
    /// Database of blobs of history that were found clean; none: no cache.
    pub blob_cache: Option<PathBuf>,
    /// Names the build of this program: what another one found clean is scanned again.
    pub build: String,
    /// Threshold of generic candidates.
    pub preset: Preset,
    /// Least probability of a reported finding, in [0, 1]; overrides the preset.
    pub min_confidence: Option<f32>,
    /// Tests and examples.
    pub tests: TestPolicy,
    /// Whether archives and databases are opened.
    pub archives: Archives,
    /// Whether encoded text is searched.
    pub decode: Decode,
    /// Whether allow tags in the scanned text count.
    pub inline_allow: bool,
    /// Whether `.gitignore` counts when folders are walked.
    pub respect_gitignore: bool,
    /// Files that the caller writes (reports), as absolute paths without links; never scanned.
    pub outputs: Vec<PathBuf>,
    /// Scan only this part of the files; none: all. Standard input and git are never parted.
    pub shard: Option<Shard>,
    /// Folder (absolute) and patterns of paths that are not scanned.
    pub allowed_paths: Option<(PathBuf, Vec<String>)>,
    /// Folder (absolute) that their paths are relative to, and findings that may stay.
    pub allowed_findings: Option<(PathBuf, Vec<AllowedFindings>)>,
    /// Accepted findings (absolute); none: all are reported.
    pub baseline: Option<PathBuf>,
    /// The day, for entries that expire; none: they do not.
    pub today: Option<Date>,
    /// Whether to keep what was silenced, for reports that list it.
    pub keep_suppressed: bool,
    /// Rules to switch off.
    pub disabled_rules: Vec<String>,
    /// Further rule files that the user names.
    pub rule_files: Vec<PathBuf>,
    /// Further rule files that a configuration file names. It may come with what is scanned, so their rules are never
    /// verified: they must not choose where tokens are sent.
    pub configured_rule_files: Vec<PathBuf>,
    /// Name and text of configuration files that hold rules. As little trusted as the files they name.
    pub configured_rules: Vec<(String, String)>,
    /// How providers are asked whether tokens are live; none: nobody is asked.
    pub verify: Option<VerifyOptions>,
    /// Key of the fingerprints.
    pub fingerprint_salt: Vec<u8>,
    /// The configuration file in force, for the ledger.
    pub config_path: Option<String>,
    /// What the ledger is to say about the configuration.
    pub notices: Vec<String>,
    /// Whether to measure time and list skipped paths.
    pub verbose: bool,
    /// Whether to keep every decision with its grounds.
    pub explain: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            base: PathBuf::from("/"),
            threads: 0,
            judge: JudgeMode::default(),
            model: None,
            profile: None,
            cache: None,
            blob_cache: None,
            build: env!("CARGO_PKG_VERSION").to_owned(),
            preset: Preset::default(),
            min_confidence: None,
            tests: TestPolicy::default(),
            archives: Archives::default(),
            decode: Decode::default(),
            inline_allow: true,
            respect_gitignore: true,
            outputs: Vec::new(),
            shard: None,
            allowed_paths: None,
            allowed_findings: None,
            baseline: None,
            today: None,
            keep_suppressed: false,
            disabled_rules: Vec::new(),
            rule_files: Vec::new(),
            configured_rule_files: Vec::new(),
            configured_rules: Vec::new(),
            verify: None,
            fingerprint_salt: Vec::new(),
            config_path: None,
            notices: Vec::new(),
            verbose: false,
            explain: false,
        }
    }
}
