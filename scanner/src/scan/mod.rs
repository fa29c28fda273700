//! The driver: sources, candidates, verdicts, findings; threads and the coverage ledger.
//!
//! This is the library's front door. It reads files, git and a model, but never the environment or the terminal:
//! what depends on them (current folder, `GIT_INDEX_FILE`, number of threads) is an option.
//!
//! ```
//! use secretscan::scan::{Options, Scanner};
//!
//! let scanner = Scanner::new(Options::default())?;
//! let password = ["Winter", "2024!"].concat();
//! let outcome = scanner.bytes("app.py", format!("db_password = '{password}'\n").as_bytes());
//! assert_eq!(outcome.findings.len(), 1);
//! assert_eq!(outcome.findings[0].location.start_line, 1);
//! # Ok::<(), secretscan::scan::ScanError>(())
//! ```

mod clean;
mod collect;
mod companion;
mod conclude;
mod explain;
mod git;
mod history;
mod options;
mod revealed;
mod suppress;
mod verify;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::candidate::{Decode, Engine, EngineOptions, Owners};
use crate::config::ConfigError;
use crate::finding::{Decider, Finding};
use crate::judge::cascade::{Cascade, Thresholds};
use crate::judge::{JudgeError, Model, ModelSource, model};
use crate::ledger::Ledger;
use crate::rule::{LoadError, RuleSet};
use crate::source::files::{self, FileOptions};
use crate::source::git::GitError;
use crate::source::stdin::{self, StreamOptions};
use crate::source::{Excludes, Scope};
use crate::suppress::allow::{AllowError, AllowList};
use crate::suppress::baseline::{Baseline, BaselineError};
use crate::suppress::inline;
use crate::suppress::paths::AllowedPaths;
use crate::text_file;
use crate::verification::VerifyError;

pub use explain::Explanation;
pub use options::{JudgeMode, Options, Preset, TestPolicy};

use collect::Collector;
use verify::Verifier;

/// Why nothing could be scanned. Single files that cannot be scanned are in the ledger instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// A configuration file is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A rule file is wrong, or a rule to switch off does not exist.
    #[error(transparent)]
    Rules(#[from] LoadError),
    /// A rule file cannot be read.
    #[error("cannot read the rules {}: {source}", path.display())]
    ReadRules {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A path pattern is wrong.
    #[error("the allowed path pattern is wrong: {0}")]
    AllowedPath(#[from] ignore::Error),
    /// An allow-list of findings is wrong.
    #[error(transparent)]
    AllowedFindings(#[from] AllowError),
    /// The baseline is wrong.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// A repository cannot be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The model that was asked for cannot be used.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// Providers cannot be asked.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

/// What a scan gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Findings in report order: path, position, rule.
    pub findings: Vec<Finding>,
    /// What was silenced, in the same order, if [`Options::keep_suppressed`] is on.
    pub suppressed: Vec<Finding>,
    /// What was scanned and what was not.
    pub ledger: Ledger,
    /// Every decision, if [`Options::explain`] is on.
    pub explanations: Vec<Explanation>,
}

/// Told about progress, from several threads.
pub trait Progress: Sync {
    /// One more blob with this many stored bytes is done.
    fn blob(&self, bytes: u64);
    /// The model begins to judge this many doubtful candidates.
    fn judging(&self, doubtful: usize);
    /// Providers are asked about this many tokens.
    fn verifying(&self, _tokens: usize) {}
}

/// Says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn blob(&self, _bytes: u64) {}
    fn judging(&self, _doubtful: usize) {}
}

/// Rules, engine and options, ready to scan many times.
#[derive(Debug)]
pub struct Scanner {
    rules: RuleSet,
    engine: Engine,
    /// Built for the first finding that no provider's rule saw.
    owners: OnceLock<Owners>,
    allowed: Option<AllowedPaths>,
    allow_list: Option<AllowList>,
    baseline: Option<Baseline>,
    options: Options,
    /// Read when the first candidate needs it: a scan of clean files pays nothing for the model.
    cascade: OnceLock<Result<Option<Cascade>, JudgeError>>,
    /// Asks providers; none unless the options say so.
    verifier: Option<Verifier>,
}

impl Scanner {
    /// Loads the rules and builds the engine. No model is loaded before a doubtful candidate exists; a model that then
    /// turns out to be unusable is a failure in the ledger, and the documented score decides.
    pub fn new(options: Options) -> Result<Self, ScanError> {
        let rules = rules_of(&options)?;
        let engine = Engine::new(
            &rules,
            EngineOptions {
                decode: options.decode == Decode::On,
                marks: &inline::WORDS,
                trace: options.explain,
                ..EngineOptions::default()
            },
        );
        if let Some(path) = options.model.as_ref().filter(|_| options.judge != JudgeMode::Off) {
            // A wrong path must be told now, and not only when something doubtful turns up.
            std::fs::File::open(path)
                .map_err(|source| JudgeError::Read { path: path.display().to_string(), source })?;
        }
        let allowed = match &options.allowed_paths {
            Some((root, patterns)) => Some(AllowedPaths::new(root, patterns)?),
            None => None,
        };
        let allow_list = match &options.allowed_findings {
            Some((root, lists)) => Some(AllowList::new(root, lists)?),
            None => None,
        };
        for id in allow_list.iter().flat_map(AllowList::rules) {
            // A rule that is switched off may be named in an allow-list all the same.
            if rules.get(id).is_none() && !options.disabled_rules.iter().any(|disabled| disabled == id) {
                return Err(rules.unknown(id, "allow-list of findings").into());
            }
        }
        let baseline = match &options.baseline {
            Some(path) => Some(Baseline::load(path, &shown(path, &options.base))?),
            None => None,
        };
        let verifier = options.verify.clone().map(Verifier::new).transpose()?;
        Ok(Self {
            rules,
            engine,
            owners: OnceLock::new(),
            allowed,
            allow_list,
            baseline,
            options,
            cascade: OnceLock::new(),
            verifier,
        })
    }

    /// Knows the provider of what a generic detector saw.
    fn owners(&self) -> &Owners {
        self.owners.get_or_init(|| Owners::new(&self.rules))
    }

    /// The rules in force.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The options in force.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Scans files and folders. Paths that do not exist are failures in the ledger, not errors.
    pub fn paths(&self, paths: &[PathBuf], progress: &dyn Progress) -> Outcome {
        let covered = paths.iter().map(|path| self.options.base.join(path)).collect();
        let collector = Collector::new(self, progress).covering(covered);
        let options = FileOptions {
            threads: self.options.threads,
            respect_gitignore: self.options.respect_gitignore,
            excludes: self.excludes(&self.options.base),
            archives: self.options.archives,
            outputs: self.options.outputs.clone(),
            shard: self.options.shard,
        };
        files::scan_paths(paths, &options, &&collector);
        collector.conclude("files")
    }

    /// Scans one stream to its end; `name` is the path that reports show and that rules look at.
    pub fn reader(&self, name: &str, input: impl Read, progress: &dyn Progress) -> Outcome {
        let collector = Collector::new(self, progress);
        let excludes = self.excludes(&self.options.base);
        let options = StreamOptions {
            path: Some(name),
            excludes: excludes.as_ref(),
            archives: self.options.archives,
            ..StreamOptions::default()
        };
        stdin::scan_stream(input, &options, &&collector);
        collector.conclude("stdin")
    }

    /// As [`reader`](Self::reader), with findings on the lines of `scope` only, judged in the context of the whole.
    pub fn part(&self, name: &str, input: impl Read, scope: Scope) -> Outcome {
        let collector = Collector::new(self, &Silent);
        let excludes = self.excludes(&self.options.base);
        let archives = self.options.archives;
        let options = StreamOptions { path: Some(name), excludes: excludes.as_ref(), archives, scope };
        stdin::scan_stream(input, &options, &&collector);
        collector.conclude("part")
    }

    /// Scans bytes in memory; `name` is the path that reports show and that rules look at.
    pub fn bytes(&self, name: &str, bytes: &[u8]) -> Outcome {
        let collector = Collector::new(self, &Silent);
        let options =
            StreamOptions { path: Some(name), archives: self.options.archives, ..StreamOptions::default() };
        stdin::scan_stream(bytes, &options, &&collector);
        collector.conclude("bytes")
    }

    /// The configuration's allow-list for paths as shown, which are relative to `base` (absolute).
    fn excludes(&self, base: &Path) -> Option<Excludes> {
        let allowed = self.allowed.clone()?;
        let base = base.to_owned();
        Some(Arc::new(move |shown| allowed.allows(&base, Path::new(shown))))
    }

    /// The model in force: the one that was given, else the one that is built in; none with `--judge off`.
    fn source(&self) -> Option<ModelSource> {
        if self.options.judge == JudgeMode::Off {
            return None;
        }
        self.options.model.clone().map(ModelSource::File).or_else(model::built_in)
    }

    /// True if there is a language model to ask. One that turns out broken when it is loaded is a failure then.
    fn has_language_model(&self) -> bool {
        !matches!(self.options.judge, JudgeMode::Off | JudgeMode::Features)
            && (self.options.model.is_some() || model::built_in().is_some() && model::available().is_ok())
    }

    /// The feature model in force, or why the model's file could not be read.
    fn cascade(&self) -> Result<Option<&Cascade>, &JudgeError> {
        self.cascade
            .get_or_init(|| self.source().map_or(Ok(None), model::cascade))
            .as_ref()
            .map(Option::as_ref)
    }

    /// Least probability that a verdict of `by` is reported with.
    fn threshold(&self, by: Decider) -> f32 {
        if let Some(least) = self.options.min_confidence {
            return least;
        }
        let cascade = self.cascade().ok().flatten();
        let thresholds = match (by, cascade) {
            (Decider::Features, Some(cascade)) => cascade.features,
            (Decider::Model, Some(cascade)) => cascade.model,
            _ => Thresholds::of_score(),
        };
        self.options.preset.of(thresholds)
    }

    /// The model, loaded when it is first needed.
    fn model(&self) -> Result<Model, JudgeError> {
        let source =
            self.source().ok_or_else(|| JudgeError::Failed { cause: "no model was given".to_owned() })?;
        Model::open(source, self.options.profile)
    }
}

fn rules_of(options: &Options) -> Result<RuleSet, ScanError> {
    let mut rules = RuleSet::builtin();
    let read = |path: &PathBuf| {
        text_file::read(path).map_err(|source| ScanError::ReadRules { path: path.clone(), source })
    };
    for path in &options.configured_rule_files {
        rules = rules.with_extra_offline(&read(path)?, &path.display().to_string())?;
    }
    for (name, text) in &options.configured_rules {
        rules = rules.with_configured(text, name)?;
    }
    for path in &options.rule_files {
        rules = rules.with_extra(&read(path)?, &path.display().to_string())?;
    }
    Ok(rules.without(&options.disabled_rules)?)
}

/// The path as people write it: relative to the folder they are in.
pub(crate) fn shown(path: &Path, base: &Path) -> String {
    path.strip_prefix(base).unwrap_or(path).display().to_string()
}
