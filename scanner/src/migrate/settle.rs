//! Holds what was read against this scanner: which rules are ours already, which findings are the accepted ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use gix::hash::Kind;
use sha2::{Digest, Sha256};

use super::gitleaks::Rule;
use super::sample::sample;
use super::{Accepted, By, Migration};
use crate::finding::Finding;
use crate::rule::{Detector, Pattern, RuleSet, SplitMix64};
use crate::scan::{JudgeMode, Options, Scanner};
use crate::secret::Secret;
use crate::suppress::allow::AllowedFindings;
use crate::value::hex;

/// A rule counts as ours if we find this many texts that it matches.
const SAMPLES: usize = 4;
/// Attempts at a text that matches, each.
const ATTEMPTS: usize = 20;
/// A line longer than this is not searched for a digest's value.
const LONGEST_LINE: usize = 400;

/// What is to be written.
#[derive(Debug, Default)]
pub struct Settled {
    /// `[[rule]]` tables.
    pub(super) rules: Vec<toml::Table>,
    /// `[[allow.findings]]` tables.
    pub(super) allowed: Vec<AllowedFindings>,
}

/// An accepted finding in our terms: path as the scan shows it, secret, rule, reason.
#[derive(Debug)]
pub struct Entry {
    /// The file, relative to the folder of the other scanner's file.
    pub path: String,
    /// What the entry is for.
    pub secret: Secret,
    /// Our rule, or theirs.
    pub rule: String,
    /// What is said of it.
    pub reason: String,
}

/// Decides about rules and allow-lists. Takes them out of the migration.
pub fn settle(migration: &mut Migration) -> Settled {
    let builtin = RuleSet::builtin();
    let options = Options { judge: JudgeMode::Off, inline_allow: false, explain: true, ..Options::default() };
    let scanner = Scanner::new(options).ok();
    let mut settled = Settled::default();
    // Our ids for theirs.
    let mut ours: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for rule in std::mem::take(&mut migration.rules) {
        let known = scanner.as_ref().map(|scanner| found_by(scanner, &rule)).unwrap_or_default();
        if !known.is_empty() {
            migration.account.carried("rules that secretscan has already", 1);
            ours.entry(rule.id).or_default().extend(known);
            continue;
        }
        let mut id = kebab(&rule.id);
        if builtin.get(&id).is_some() || taken.contains(&id) {
            id = format!("migrated-{id}");
        }
        if !taken.insert(id.clone()) {
            migration.account.left(
                &rule.from,
                &format!("rule {}", rule.id),
                "there is another one of this id",
            );
            continue;
        }
        migration.account.carried("rules", 1);
        settled.rules.push(table(&rule, &id));
        ours.entry(rule.id).or_default().insert(id);
    }
    for mut list in std::mem::take(&mut migration.allowed) {
        let theirs = std::mem::take(&mut list.rules);
        let was_limited = !theirs.is_empty();
        let ids: BTreeSet<String> = theirs
            .iter()
            .flat_map(|id| ours.get(id).cloned().unwrap_or_else(|| same(&builtin, id)))
            .collect();
        list.rules = ids.into_iter().collect();
        if was_limited && list.rules.is_empty() {
            let what = format!("allow-list of {}", theirs.join(", "));
            migration.account.left("allow-lists", &what, "no rule here corresponds to it");
            continue;
        }
        settled.allowed.push(list);
    }
    settled
}

/// Our rule of the same name, if there is one.
fn same(builtin: &RuleSet, id: &str) -> BTreeSet<String> {
    builtin.get(id).map(|rule| rule.id.clone()).into_iter().collect()
}

/// The rules of ours that see every one of a few random texts that theirs matches; none if one of them stays unseen. Seen
/// is enough: a random text has the wrong checksum where the format has one.
fn found_by(scanner: &Scanner, rule: &Rule) -> BTreeSet<String> {
    let pattern = Pattern::new(&rule.pattern);
    let mut random = SplitMix64::new(0);
    let mut found = BTreeSet::new();
    for _ in 0..SAMPLES {
        let text = (0..ATTEMPTS).find_map(|_| {
            let drawn = sample(&pattern, &mut random)?;
            let text = [b"x = \"", drawn.as_slice(), b"\"\n"].concat();
            pattern.regex().is_match(&text).then_some(text)
        });
        let Some(text) = text else { return BTreeSet::new() };
        let seen = scanner.bytes("settings.py", &text);
        let rules = seen.explanations.iter().map(|seen| &seen.rule);
        let provider = |rule: &&Arc<crate::rule::Rule>| {
            matches!(rule.detector, Detector::Token | Detector::Keyword | Detector::Key)
        };
        let ids: Vec<String> = rules.filter(provider).map(|rule| rule.id.clone()).collect();
        if ids.is_empty() {
            return BTreeSet::new();
        }
        found.extend(ids);
    }
    found
}

/// Lower-case words joined by hyphens.
fn kebab(id: &str) -> String {
    let words: Vec<String> = id
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let joined = words.join("-");
    if joined.starts_with(|c: char| c.is_ascii_lowercase()) { joined } else { format!("rule-{joined}") }
}

/// The rule as a table of ours.
fn table(rule: &Rule, id: &str) -> toml::Table {
    let words: Vec<&str> = id.split('-').collect();
    let kind = match words.as_slice() {
        words if words.contains(&"password") || words.contains(&"passwd") => "password",
        words if words.contains(&"private") => "private-key",
        words if words.contains(&"webhook") => "webhook",
        words if words.contains(&"token") || words.contains(&"pat") => "token",
        _ => "api-key",
    };
    let mut table = toml::Table::new();
    let mut put = |key: &str, value: toml::Value| table.insert(key.to_owned(), value);
    put("id", id.into());
    let description = if rule.description.is_empty() { &rule.id } else { &rule.description };
    put("description", description.clone().into());
    put("kind", kind.into());
    put("severity", "error".into());
    // A name before any value is no format: the judge has a say.
    put("detector", if rule.is_named { "keyword" } else { "token" }.into());
    put("keywords", rule.keywords.clone().into());
    put("pattern", rule.pattern.clone().into());
    if let Some(bits) = rule.entropy {
        put("min_entropy", f64::from((bits * 100.0).round() / 100.0).into());
    }
    put("remediation", format!("Revoke it where it was issued (rule {} of {}).", rule.id, rule.from).into());
    table
}

impl Migration {
    /// Finds what was accepted among the findings of a scan of `folder` (absolute), which the paths of both are relative to,
    /// and gives an entry for each. `scanner` looks at old versions of files, where a line number is one of a commit.
    pub fn recognise(&mut self, findings: &[Finding], scanner: &Scanner, folder: &Path) -> Vec<Entry> {
        let mut by_path: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
        for finding in findings {
            let path = finding.origin.path.trim_start_matches("./").to_owned();
            by_path.entry(path).or_default().push(finding);
        }
        let repository = gix::discover(folder).ok();
        let mut entries = Vec::new();
        let mut unseen = 0;
        for accepted in std::mem::take(&mut self.accepted) {
            let path = accepted.path.as_deref().map(|path| path.trim_start_matches("./").to_owned());
            let here: Vec<&Finding> = match &path {
                Some(path) => by_path.get(path).cloned().unwrap_or_default(),
                None => findings.iter().collect(),
            };
            let matching: Vec<&Finding> =
                here.into_iter().filter(|finding| is_it(finding, &accepted.by)).collect();
            let mut found: Vec<Entry> =
                matching.into_iter().map(|finding| entry(finding, None, &accepted)).collect();
            if let (By::Place { line, commit: Some(commit) }, Some(path)) = (&accepted.by, &path) {
                let Some(bytes) = repository.as_ref().and_then(|repository| blob(repository, commit, path))
                else {
                    let what = format!("{path}:{line} of commit {commit}");
                    self.account.left(
                        &accepted.from,
                        &what,
                        "this commit or its file is not in the repository here",
                    );
                    continue;
                };
                let outcome = scanner.bytes(path, &bytes);
                let there = outcome.findings.iter().filter(|finding| covers(finding, *line));
                found = there.map(|finding| entry(finding, Some(path), &accepted)).collect();
            }
            if let (true, By::Value(secret), Some(path)) = (found.is_empty(), &accepted.by, &path) {
                // The value itself is there: it may stand in the history, or in a file that is not checked out.
                found.push(Entry {
                    path: path.clone(),
                    secret: secret.clone(),
                    rule: accepted.rule.clone(),
                    reason: accepted.reason.clone(),
                });
            }
            if found.is_empty() {
                unseen += 1;
            } else {
                self.account.carried("accepted findings", 1);
            }
            entries.extend(found);
        }
        self.account.carried("accepted findings that secretscan does not report: they need no entry", unseen);
        entries
    }
}

fn entry(finding: &Finding, path: Option<&String>, accepted: &Accepted) -> Entry {
    Entry {
        path: path.unwrap_or(&finding.origin.path).clone(),
        secret: finding.identity().clone(),
        rule: finding.rule.id.clone(),
        reason: accepted.reason.clone(),
    }
}

/// The file as it was in a commit.
fn blob(repository: &gix::Repository, commit: &str, path: &str) -> Option<Vec<u8>> {
    let spec = format!("{commit}:{path}");
    let object = repository.rev_parse_single(spec.as_str()).ok()?.object().ok()?;
    Some(object.detach().data)
}

fn covers(finding: &Finding, line: u64) -> bool {
    (finding.location.start_line..=finding.location.end_line).contains(&line)
}

/// True if the finding is the one that was accepted.
fn is_it(finding: &Finding, by: &By) -> bool {
    let value = finding.secret.expose();
    match by {
        By::Value(secret) => {
            secret.expose() == value || contains(secret.expose(), value) || contains(value, secret.expose())
        }
        By::Sha1(digest, line) => {
            sha1(value) == *digest
                || line.is_some_and(|line| covers(finding, line)) && overlaps_digest(finding, digest)
        }
        By::Sha256(digest) => hex::encode(&Sha256::digest(value)) == *digest,
        By::Place { line, commit: None } => covers(finding, *line),
        By::Place { commit: Some(_), .. } => false,
    }
}

fn contains(whole: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && memchr::memmem::find(whole, part).is_some()
}

/// True if a part of the finding's line that overlaps its value has this digest: the other scanner cut it differently.
fn overlaps_digest(finding: &Finding, digest: &str) -> bool {
    let line = finding.snippet.line.expose();
    let value = &finding.snippet.highlight;
    if line.len() > LONGEST_LINE {
        return false;
    }
    let starts = 0..value.end;
    starts.into_iter().any(|start| {
        (value.start.max(start) + 1..=line.len()).any(|end| end > start && sha1(&line[start..end]) == digest)
    })
}

fn sha1(bytes: &[u8]) -> String {
    let mut hasher = gix::hash::hasher(Kind::Sha1);
    hasher.update(bytes);
    // Fails for a forged collision only, which is no value of a baseline.
    hasher.try_finalize().map(|digest| digest.to_string()).unwrap_or_default()
}
