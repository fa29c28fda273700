//! From arguments, configuration file and environment to the options of a scan.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;

use super::args::{SettingsArgs, VerifyArgs};
use super::{current_folder, variable};
use crate::config::policy::Policy;
use crate::config::{self, Config, Loaded, Permission};
use crate::finding::Severity;
use crate::scan::Options;
pub(super) use crate::scan::shown;
use crate::secret::Secret;
use crate::suppress::baseline;
use crate::suppress::date::Date;
use crate::verification::VerifyOptions;

/// All hosts together are asked this many times as often as one.
const HOSTS_RATE: u32 = 5;

/// The options of a scan, and what only the command line needs of the configuration.
pub(super) struct Settings {
    pub(super) options: Options,
    pub(super) fail_on: Severity,
}

/// Resolves the settings. `target` is what is scanned first; the configuration is looked for from there upwards.
pub(super) fn resolve(
    args: &SettingsArgs,
    target: &Path,
    fail_on: Option<Severity>,
) -> anyhow::Result<Settings> {
    let base = current_folder()?;
    let policy = args.policy.as_deref().map(Policy::load).transpose()?;
    let target = absolute(&base, target);
    let found = match &args.config {
        Some(path) => Some(config::load(path)?),
        None => config::discover(&target)?,
    };
    let folder = found.as_ref().and_then(|loaded| base.join(&loaded.path).parent().map(Path::to_owned));
    let folder = folder.unwrap_or_else(|| base.clone());
    let config_path = found.as_ref().map(|loaded| described(loaded, &base));
    let nothing = || Loaded {
        path: PathBuf::new(),
        config: Config::default(),
        extended: Vec::new(),
        rules: Vec::new(),
    };
    let found = found.unwrap_or_else(nothing);
    let (Loaded { config, rules, .. }, mut notices) = match &policy {
        Some(policy) => policy.hold(found),
        None => (found, Vec::new()),
    };
    notices.extend(
        policy
            .as_ref()
            .map(|policy| format!("the policy {} is in force", shown(&policy.loaded().path, &base))),
    );
    let permits = |permission| policy.as_ref().is_none_or(|policy| policy.permits(permission));
    let baseline = match (&args.baseline, config.baseline) {
        _ if args.no_baseline => None,
        (Some(file), _) => Some(file.clone()),
        (None, Some(file)) => Some(file),
        (None, None) if permits(Permission::Baseline) => {
            config::find(&target, baseline::FILE_NAME, "--baseline")?
        }
        (None, None) => None,
    };
    let options = Options {
        threads: args.threads,
        judge: args.judge.or(config.judge).unwrap_or_default(),
        model: args.model.clone().or(config.model),
        profile: args.profile,
        cache: if args.no_cache { None } else { cache_file("verdicts.sqlite") },
        blob_cache: if args.no_cache { None } else { cache_file("blobs.sqlite") },
        build: build(),
        preset: args.preset.or(config.preset).unwrap_or_default(),
        min_confidence: args.min_confidence.or(config.min_confidence),
        tests: args.tests.or(config.tests).unwrap_or_default(),
        archives: args.archives.or(config.archives).unwrap_or_default(),
        decode: args.decode.or(config.decode).unwrap_or_default(),
        inline_allow: !args.no_inline_allow && permits(Permission::InlineAllow),
        allowed_paths: (!config.allow.paths.is_empty()).then(|| (folder.clone(), config.allow.paths)),
        allowed_findings: (!config.allow.findings.is_empty()).then_some((folder, config.allow.findings)),
        baseline: baseline.map(|file| base.join(file)),
        today: Some(today()),
        disabled_rules: config.rules.disable,
        rule_files: args.rules.clone(),
        configured_rule_files: config.rules.files,
        configured_rules: rules,
        fingerprint_salt: config.fingerprint_salt.unwrap_or_default().into_bytes(),
        config_path,
        notices,
        base,
        ..Options::default()
    };
    Ok(Settings { options, fail_on: fail_on.or(config.fail_on).unwrap_or(Severity::Warning) })
}

/// The configuration's path with those that it extends.
fn described(loaded: &Loaded, base: &Path) -> String {
    let extended: Vec<String> = loaded.extended.iter().map(|path| shown(path, base)).collect();
    let path = shown(&loaded.path, base);
    if extended.is_empty() { path } else { format!("{path} (extends {})", extended.join(", ")) }
}

/// The day, in UTC.
pub(super) fn today() -> Date {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Date::of_unix_seconds(since.as_secs())
}

/// The target as an absolute path; of a link, what it leads to, so that a linked folder finds its own repository.
pub(super) fn absolute(base: &Path, target: &Path) -> PathBuf {
    let joined = base.join(target);
    joined.canonicalize().unwrap_or(joined)
}

/// How providers are asked, if they are to be asked. Nothing of it comes from the configuration file or the environment:
/// only the command line sends something away.
pub(super) fn verification(args: &VerifyArgs, no_cache: bool) -> Option<VerifyOptions> {
    let gap = Duration::from_secs(1) / args.verify_rate;
    args.verify.then(|| VerifyOptions {
        allow_private: args.verify_allow_private,
        proxy: args.verify_proxy.as_ref().map(|url| Secret::new(url.as_bytes())),
        timeout: Duration::from_secs(args.verify_timeout.into()),
        host_gap: gap,
        gap: gap / HOSTS_RATE,
        cache: if no_cache { None } else { cache_file("verifications.sqlite") },
        ..VerifyOptions::default()
    })
}

/// A cache's place by the XDG base directory specification; none without a home.
fn cache_file(name: &str) -> Option<PathBuf> {
    let folder = variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .or_else(|| variable("LOCALAPPDATA").map(PathBuf::from))?;
    Some(folder.join("secretscan").join(name))
}

/// Version, and size and time of the program's file: two builds of one version may find different things.
fn build() -> String {
    let file = std::env::current_exe().and_then(std::fs::metadata);
    let modified = file.as_ref().ok().and_then(|file| file.modified().ok());
    format!("{} {:?} {modified:?}", env!("CARGO_PKG_VERSION"), file.map(|file| file.len()).ok())
}

/// Reads git's own variables, which hooks are given.
pub(super) fn git_environment() -> crate::source::git::GitEnvironment {
    crate::source::git::GitEnvironment {
        git_dir: variable("GIT_DIR").map(PathBuf::from),
        index_file: variable("GIT_INDEX_FILE").map(PathBuf::from),
        object_directory: variable("GIT_QUARANTINE_PATH")
            .or_else(|| variable("GIT_OBJECT_DIRECTORY"))
            .map(PathBuf::from),
        alternates: variable("GIT_ALTERNATE_OBJECT_DIRECTORIES"),
        ..Default::default()
    }
}

/// Adds to an error of the scanner what the user was doing.
pub(super) fn scanner(options: Options) -> anyhow::Result<crate::scan::Scanner> {
    crate::scan::Scanner::new(options).context("cannot start the scan")
}
