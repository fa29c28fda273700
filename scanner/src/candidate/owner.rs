//! Whose a secret is that only a generic detector saw.
//!
//! A provider's rule binds name and value to each other. People put things between the two: the section of a file
//! (`polygon:` with `api_key: …` below it), a pair (`"name": "SHODAN_API_KEY", "value": …`), the host of an address or of a
//! command (`curl https://api.acme.io -H 'X-API-Key: …'`). A generic detector sees the value there; if it has the whole form of
//! a provider's secret and the provider is named in the name it is bound to, on its line, or above it by indentation, it is
//! that provider's. Findings only are asked about: nothing is found here that was not found before.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use regex::bytes::{Regex, RegexBuilder};

use super::prefilter::{Prefilter, Stops};
use super::{Candidate, Proof, provider, shape};
use crate::rule::{Detector, Kind, Rule, RuleSet};

/// Bytes of the value's line that are looked at, each way.
const LINE: usize = 400;
/// Lines and bytes above the value's line in which sections are looked for.
const LINES_ABOVE: usize = 16;
const ABOVE: usize = 1024;
/// Bytes of a section's line that name it.
const SECTION: usize = 80;
/// Bytes of the shortest keyword that names a provider by itself.
const SHORTEST_NAME: usize = 5;
/// What stands between a name and its value in a rule's expression.
const BIND: &str = "{bind}";

/// The rules that need a provider's name near the secret. Built once, shared by all threads.
#[derive(Debug)]
pub(crate) struct Owners {
    prefilter: Prefilter,
    /// By the prefilter's number.
    keywords: Vec<Keyword>,
    all: Vec<Owner>,
}

#[derive(Debug, Clone, Copy)]
struct Keyword {
    /// Place in `all` of the rule that it wakes.
    owner: usize,
    length: usize,
    /// Letters only, and enough of them to be a name.
    is_name: bool,
}

#[derive(Debug)]
struct Owner {
    rule: Arc<Rule>,
    /// None: the expression has another build than name, binding, value.
    form: OnceLock<Option<Form>>,
}

/// The two halves of a rule's expression.
#[derive(Debug)]
struct Form {
    name: Regex,
    /// All of a value.
    value: Regex,
}

impl Owners {
    /// Those of `rules`.
    pub(crate) fn new(rules: &RuleSet) -> Self {
        Self::of(rules.rules())
    }

    fn of(rules: &[Arc<Rule>]) -> Self {
        let wanted = rules.iter().filter(|rule| rule.detector == Detector::Keyword && !rule.publishable);
        let all: Vec<Owner> =
            wanted.map(|rule| Owner { rule: Arc::clone(rule), form: OnceLock::new() }).collect();
        let (keywords, words): (Vec<Keyword>, Vec<&[u8]>) = all
            .iter()
            .enumerate()
            .flat_map(|(at, owner)| owner.rule.keywords.iter().map(move |word| (at, word.as_bytes())))
            .map(|(owner, word)| {
                let is_name = word.len() >= SHORTEST_NAME && word.iter().all(u8::is_ascii_alphabetic);
                (Keyword { owner, length: word.len(), is_name }, word)
            })
            .unzip();
        Self { prefilter: Prefilter::new(&words), keywords, all }
    }

    /// The candidate as its provider's, if a generic detector saw it and a provider is named near it. `text` is what the
    /// candidate's spans count in.
    pub(crate) fn claimed(&self, candidate: &Candidate, text: &[u8]) -> Option<Candidate> {
        let generic = candidate.rule.detector < Detector::Keyword && candidate.material.is_none();
        let whole = matches!(candidate.rule.kind, Kind::PasswordHash | Kind::Webhook);
        if !generic || whole {
            return None;
        }
        let value = &text[candidate.span.clone()];
        let places = Places::new(text, &candidate.span, candidate.key.clone());
        let (rule, proof) = places.0.iter().find_map(|(place, words)| self.nearest(place, *words, value))?;
        let mut also = candidate.also.clone();
        also.retain(|id| *id != rule.id);
        also.push(candidate.rule.id.clone());
        also.sort();
        Some(Candidate { rule: Arc::clone(rule), also, proof, ..candidate.clone() })
    }

    /// The rule that is named last in `place` and has this value's form; of several, the one with the longest name. With
    /// `words` the provider's name alone is enough.
    fn nearest(&self, place: &[u8], words: bool, value: &[u8]) -> Option<(&Arc<Rule>, Proof)> {
        // The owners named, each with the last of its keywords that is a word: the provider's name alone.
        let mut woken: BTreeMap<usize, Option<Range<usize>>> = BTreeMap::new();
        self.prefilter.scan(place, &mut Stops::default(), |end, keywords| {
            for &keyword in keywords {
                let Keyword { owner, length, is_name } = self.keywords[keyword as usize];
                let last = woken.entry(owner).or_default();
                if words && is_name {
                    *last = Some(end - length..end);
                }
            }
        });
        let claims =
            woken.into_iter().filter_map(|(at, word): (usize, _)| self.all[at].claim(place, word, value));
        claims.max_by_key(|(name, ..)| (name.end, name.len())).map(|(_, rule, proof)| (rule, proof))
    }
}

impl Owner {
    /// Where `place` names the provider last, if the value has the form of its secret; `word` is where its name alone
    /// stands.
    fn claim(
        &self,
        place: &[u8],
        word: Option<Range<usize>>,
        value: &[u8],
    ) -> Option<(Range<usize>, &Arc<Rule>, Proof)> {
        let form = self.form.get_or_init(|| Form::of(&self.rule)).as_ref()?;
        if !form.value.is_match(value) {
            return None;
        }
        let proof = self.rule.validator.map_or(Proof::None, |validator| validator.check(value));
        if provider::refusal(&self.rule, value, proof).is_some() {
            return None;
        }
        let name = form.name.find_iter(place).last().map(|name| name.range()).or(word)?;
        Some((name, &self.rule, proof))
    }
}

impl Form {
    fn of(rule: &Rule) -> Option<Self> {
        let pattern = rule.pattern.as_ref()?;
        let (head, _) = pattern.source().split_once(BIND)?;
        let value = shape::secret(&pattern.expanded())?;
        let build = |source: &str| RegexBuilder::new(source).unicode(false).multi_line(true).build().ok();
        // What may stand in place of name and binding makes a group of both.
        let name = build(head).or_else(|| build(head.strip_prefix("(?:")?))?;
        let value = build(&format!(r"\A(?:{value})\z"))?;
        (!name.is_match(b"")).then_some(Self { name, value })
    }
}

/// The texts that may name a value's provider, the most telling first; false: the value's own name, which says more than
/// whose it is (`ACME_API_KEY` is no secret of a rule for `acme_secret`).
struct Places([(Vec<u8>, bool); 4]);

impl Places {
    fn new(text: &[u8], value: &Range<usize>, key: Option<Range<usize>>) -> Self {
        let floor = value.start.saturating_sub(LINE);
        let start = memchr::memrchr(b'\n', &text[floor..value.start]).map_or(floor, |at| floor + at + 1);
        let roof = text.len().min(value.end + LINE);
        let end = memchr::memchr(b'\n', &text[value.end..roof]).map_or(roof, |at| value.end + at);
        let line = &text[start..value.start];
        let before = match &key {
            Some(key) if (start..value.start).contains(&key.start) => &text[start..key.start],
            _ => line,
        };
        let name = key.map_or(&b""[..], |key| &text[key]);
        let mut path = sections(&text[start.saturating_sub(ABOVE)..start], indent(line));
        path.extend_from_slice(if name.is_empty() { line.trim_ascii() } else { name });
        let words = path.len() > name.len();
        let after = &text[value.end..end];
        Self([(name.to_vec(), false), (before.to_vec(), true), (path, words), (after.to_vec(), true)])
    }
}

/// The names of the sections that `above` ends in, each followed by `_`, the outermost first: lines of ever less
/// indentation than `least`.
fn sections(above: &[u8], mut least: usize) -> Vec<u8> {
    let mut names: Vec<&[u8]> = Vec::new();
    for line in above.rsplit(|&b| b == b'\n').skip(1).take(LINES_ABOVE) {
        let depth = indent(line);
        let signs = |b: &u8| !b.is_ascii_alphanumeric();
        let Some(first) = line.iter().position(|b| !signs(b)) else { continue };
        let last = line.iter().rposition(|b| !signs(b)).unwrap_or(first);
        if depth < least {
            least = depth;
            names.push(&line[first..=last.min(first + SECTION)]);
        }
    }
    names.reverse();
    names.into_iter().flat_map(|name| [name, &b"_"[..]]).flatten().copied().collect()
}

fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidate::Syntax;
    use crate::rule::Pattern;

    fn owners() -> Owners {
        let rule = |id: &str, keyword: &str, pattern: &str| {
            let mut rule = Rule::bare(id, Kind::ApiKey, Detector::Keyword);
            rule.keywords = vec![keyword.to_owned()];
            rule.pattern = Some(Pattern::new(pattern));
            rule.min_entropy = Some(1.5);
            Arc::new(rule)
        };
        let rules = [
            rule("acme-key", "acme", "(?i:acme){bind}(?<secret>[0-9a-f]{8}){end}"),
            rule("acme-token", "acme", "(?i:acme[_.]token){bind}(?<secret>[0-9a-f]{8}|[0-9a-f]{10}){end}"),
            rule("swallow-token", "swallow", "(?i:swallow[_.]token){bind}(?<secret>[0-9a-f]{8}){end}"),
            rule("kestrel-key", "kestrel", "(?i:kestrel){bind}(?<secret>[0-9a-f]{8}){end}"),
        ];
        Owners::of(&rules)
    }

    fn owner(text: &str, value: &str, detector: Detector) -> Option<String> {
        let at = text.find(value).expect("the value");
        let candidate = Candidate {
            rule: Rule::for_test("generic-api-key", Kind::ApiKey, detector),
            span: at..at + value.len(),
            key: None,
            material: None,
            syntax: Syntax::Bare,
            proof: Proof::None,
            also: Vec::new(),
            decoded: None,
        };
        let claimed = owners().claimed(&candidate, text.as_bytes())?;
        assert_eq!((claimed.span, claimed.also), (candidate.span, vec!["generic-api-key".to_owned()]));
        Some(claimed.rule.id.clone())
    }

    #[test]
    fn the_nearest_name_of_a_provider_owns_a_value_of_its_form() {
        let value = "0a1b2c3d";
        for (text, expected) in [
            ("acme:\n  enabled: true\n  api_key: 0a1b2c3d\n", Some("acme-key")),
            ("acme:\n  prod:\n    key: 0a1b2c3d\n", Some("acme-key")),
            ("acme:\n  token: 0a1b2c3d\n", Some("acme-token")),
            ("{\n  \"acme\": {\n    \"apiKey\": \"0a1b2c3d\"\n", Some("acme-key")),
            ("- name: ACME_KEY\n  value: 0a1b2c3d\n", Some("acme-key")),
            ("client = AcmeClient(\n    key='0a1b2c3d')\n", Some("acme-key")),
            ("curl https://api.acme.io/v1?key=0a1b2c3d", Some("acme-key")),
            ("curl -H 'X-Key: 0a1b2c3d' https://kestrel.io", Some("kestrel-key")),
            // The nearer one.
            ("kestrel:\n  acme:\n    key: 0a1b2c3d\n", Some("acme-key")),
            ("kestrel = acme('id', key='0a1b2c3d')", Some("acme-key")),
            // The name alone, where the rule wants more of it.
            ("new Swallow({ id: 'x', token: '0a1b2c3d' })", Some("swallow-token")),
            // Beside the value's line, not above it.
            ("acme:\nkey: 0a1b2c3d\n", None),
            ("ACME_ID=1\nKEY=0a1b2c3d\nACME_URL=x\n", None),
            ("  acme: 1\nother:\n  key: 0a1b2c3d\n", None),
        ] {
            assert_eq!(owner(text, value, Detector::Assignment).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_value_of_another_form_or_of_another_rule_keeps_its_rule() {
        for value in ["0a1b2c3d4e5f", "0a1b2c3g", "00000000", "0a1b2c"] {
            assert_eq!(
                owner(&format!("acme:\n  key: {value}\n"), value, Detector::Assignment),
                None,
                "{value}"
            );
        }
        assert_eq!(owner("acme.key=0a1b2c3d", "0a1b2c3d", Detector::Token), None);
    }
}
