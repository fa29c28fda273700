//! Every provider rule's own samples, in five settings, through the whole scan with the judge that is the default:
//! found, at the right place, with the right rule.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use secretscan::finding::{Finding, Verdict};
use secretscan::rule::{Rule, RuleSet};
use secretscan::scan::{Explanation, Options, Scanner, Silent};

use crate::name::Name;
use crate::setting::{SETTINGS, Setting, place};

/// Share of the samples that must be found with the right rule, in thousandths.
const LEAST_FOUND: usize = 995;

/// Share of the samples of each provider, in thousandths.
const LEAST_OF_FAMILY: usize = 990;

/// Rules of secrets that one file format alone has, and the settings in which it can be: there the name is the format's own
/// and is spelt in one way only. Everywhere else nothing tells such a secret from any other of its sort.
const OWN_FORMAT: &[(&str, &[Setting])] = &[
    // Docker's config.json.
    ("docker-config-auth", &[Setting::Json]),
    // kubeconfig is YAML or JSON.
    ("kubernetes-client-key-data", &[Setting::Json, Setting::Yaml]),
    // An attribute in .PublishSettings, which is XML.
    ("azure-publish-profile-password", &[]),
];

/// A secret that a rule made, as it would be stored: with the parts of a URL or connection string around it.
struct Sample<'a> {
    rule: &'a Rule,
    name: Name,
    value: String,
    /// The secret, in bytes of the value.
    secret: Range<usize>,
}

/// A sample in a file.
struct Planted<'a> {
    rule: &'a Rule,
    setting: Setting,
    /// The secret, in bytes of the file.
    secret: Range<u64>,
    line: String,
}

/// The samples of a rule: one for every name and length of value that its examples have. Names are spelt as the setting
/// has them, so examples that differ in nothing else are one.
fn samples(rule: &Rule, turn: usize) -> Vec<Sample<'_>> {
    let built = rule.examples.iter().zip(turn as u64..).filter_map(|(recipe, seed)| recipe.build(seed).ok());
    // The second argument of a call has no name that could be spelt otherwise.
    let built = built.filter(|example| !is_second(&example.text[..example.secret_span.start]));
    let mut samples: BTreeMap<(String, usize), Sample<'_>> = BTreeMap::new();
    for example in built {
        let (name, unit) = bound(&example.text, &example.secret_span);
        let name = name.unwrap_or_else(|| Name::new("token"));
        let own = OWN_FORMAT.iter().any(|(id, _)| *id == rule.id);
        let name = if own { name.verbatim() } else { name.of_family(&rule.family) };
        let secret = example.secret_span.start - unit.start..example.secret_span.end - unit.start;
        let value = example.text[unit].to_owned();
        samples.entry((name.snake(), value.len())).or_insert(Sample { rule, name, value, secret });
    }
    samples.into_values().collect()
}

/// True if a literal and a comma stand before a value: an id, as a rule, and never the value's name.
fn is_second(before: &str) -> bool {
    let head = before.trim_end_matches(['"', '\'', ' ']);
    head.strip_suffix(',').is_some_and(|head| head.ends_with(['"', '\'']))
}

/// The settings in which a rule's secrets are found.
fn settings(rule: &Rule) -> &'static [Setting] {
    OWN_FORMAT.iter().find(|(id, _)| *id == rule.id).map_or(&SETTINGS, |(_, settings)| settings)
}

/// The name before the value that holds `secret`, and the value: the run without quotes and blanks around it.
fn bound(text: &str, secret: &Range<usize>) -> (Option<Name>, Range<usize>) {
    let stops = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
    let start = text[..secret.start].rfind(stops).map_or(0, |at| at + 1);
    let end = text[secret.end..].find(stops).map_or(text.len(), |at| secret.end + at);
    let end = secret.end + text[secret.end..end].trim_end_matches([',', ';', ')']).len();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let head = &text[start..secret.start];
    if let Some(name) = head.strip_suffix(['=', ':']).filter(|name| name.chars().all(is_name)) {
        return (Some(Name::new(name)).filter(|name| !name.is_empty()), secret.start..end);
    }
    let sign = text[..start].trim_end_matches(|c: char| stops(c) || matches!(c, '=' | ':' | '>' | '(' | ','));
    let bound = text[sign.len()..start].contains(['=', ':', ',']);
    let word = sign.rfind(|c| !is_name(c)).map_or(0, |at| at + 1);
    let name = Name::new(&sign[word..]);
    (Some(name).filter(|name| bound && !name.is_empty()), start..end)
}

fn plant(root: &Path, turn: usize, setting: Setting, sample: &Sample<'_>) -> (String, Range<u64>, String) {
    let place = place(setting, &sample.name, &sample.value, turn);
    let path = format!("p{turn:04}/{}", place.file);
    let file = root.join(&path);
    fs::create_dir_all(file.parent().expect("it lies in a folder")).expect("a folder");
    fs::write(&file, format!("{}{}{}", place.before, sample.value, place.after)).expect("a file");
    let at = place.before.len() as u64;
    let line = place.before.lines().last().unwrap_or_default().to_owned();
    (path, at + sample.secret.start as u64..at + sample.secret.end as u64, line)
}

/// What a scan said of one file.
#[derive(Default)]
struct Said<'a> {
    findings: Vec<&'a Finding>,
    explanations: Vec<&'a Explanation>,
}

/// None if the right rule reported the secret where it stands (or, made to be published, knew it); else what was said.
fn miss(planted: &Planted<'_>, said: &Said<'_>) -> Option<String> {
    let rule = |id: &str, bytes: &Range<u64>| id == planted.rule.id && *bytes == planted.secret;
    let right = if planted.rule.publishable {
        let known = said.explanations.iter().any(|said| rule(&said.rule.id, &said.location.bytes));
        known && said.findings.is_empty()
    } else {
        said.findings.iter().any(|said| rule(&said.rule.id, &said.location.bytes))
    };
    let mut words: Vec<String> = Vec::new();
    for said in &said.findings {
        words.push(format!("reported {} {:?}", said.rule.id, said.location.bytes));
    }
    for said in &said.explanations {
        let Verdict { class, reason, probability, .. } = said.verdict;
        let (id, bytes) = (&said.rule.id, &said.location.bytes);
        words.push(format!("{id} {bytes:?} {class} {} {probability:.2}", reason.name()));
    }
    (!right).then(|| format!("at {:?}; {}", planted.secret, words.join(", ")))
}

/// Samples, and those of them that were missed.
#[derive(Default)]
struct Count {
    all: usize,
    missed: usize,
}

impl Count {
    fn add(&mut self, missed: bool) {
        self.all += 1;
        self.missed += usize::from(missed);
    }
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the misses that the threshold allows, for those who ask with --nocapture"
)]
fn every_providers_samples_are_found_in_five_settings() {
    let rules = RuleSet::builtin();
    let folder = tempfile::tempdir().expect("a folder");
    let mut planted = BTreeMap::new();
    let provided = rules.rules().iter().filter(|rule| rule.pattern.is_some()).zip(0..);
    for (sample, turn) in provided.flat_map(|(rule, turn)| samples(rule, turn)).zip(0..) {
        for &setting in settings(sample.rule) {
            let (path, secret, line) = plant(folder.path(), turn, setting, &sample);
            planted.insert(path, Planted { rule: sample.rule, setting, secret, line });
        }
    }
    let options = Options { base: folder.path().to_owned(), explain: true, ..Options::default() };
    let scanner = Scanner::new(options).expect("the builtin rules");
    let outcome = scanner.paths(&[folder.path().to_owned()], &Silent);
    assert!(outcome.ledger.failures.is_empty(), "{:?}", outcome.ledger.failures);
    let root = format!("{}/", folder.path().display());
    let below = |path: &str| path.strip_prefix(&root).unwrap_or(path).to_owned();
    let mut said: BTreeMap<String, Said<'_>> = BTreeMap::new();
    for finding in &outcome.findings {
        said.entry(below(&finding.origin.path)).or_default().findings.push(finding);
    }
    for explanation in &outcome.explanations {
        said.entry(below(&explanation.path)).or_default().explanations.push(explanation);
    }
    let mut misses: BTreeMap<Setting, usize> = BTreeMap::new();
    let mut list = Vec::new();
    let mut by_rule: BTreeMap<&str, Count> = BTreeMap::new();
    let mut by_family: BTreeMap<&str, Count> = BTreeMap::new();
    for (path, planted) in &planted {
        let missed = miss(planted, said.get(path).unwrap_or(&Said::default()));
        by_rule.entry(&planted.rule.id).or_default().add(missed.is_some());
        by_family.entry(&planted.rule.family).or_default().add(missed.is_some());
        if let Some(words) = missed {
            *misses.entry(planted.setting).or_default() += 1;
            list.push(format!("{} {:?} `{}` {words}", planted.rule.id, planted.setting, planted.line.trim()));
        }
    }
    list.sort();
    let found = planted.len() - list.len();
    let share = found * 1000 / planted.len();
    let summary = format!("{found} of {} samples found, missed by setting: {misses:?}", planted.len());
    println!("{summary}\n{}", list.join("\n"));
    assert!(share >= LEAST_FOUND, "{summary}\n{}", list.join("\n"));
    let never: Vec<&str> =
        by_rule.iter().filter(|(_, count)| count.missed == count.all).map(|(id, _)| *id).collect();
    assert!(never.is_empty(), "found in no setting: {never:?}\n{}", list.join("\n"));
    let poor: Vec<String> = by_family
        .iter()
        .filter(|(_, count)| count.missed * 1000 > count.all * (1000 - LEAST_OF_FAMILY))
        .map(|(family, count)| format!("{family}: {} of {} missed", count.missed, count.all))
        .collect();
    assert!(poor.is_empty(), "{poor:?}\n{}", list.join("\n"));
}
