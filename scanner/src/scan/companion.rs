//! Id and secret found near each other are one finding.
//!
//! What an expression describes is looked for in the text when the finding is made ([`near`]). What another rule finds joins
//! when all verdicts are there ([`joined`]): an id must not disappear into a secret that turns out to be none.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use regex::bytes::Regex;

use crate::candidate::encoded::reveal;
use crate::candidate::{Candidate, Encoding};
use crate::finding::{Companion, Finding};
use crate::location::Location;
use crate::rule::companion::{self, Sought};
use crate::rule::{Detector, Pattern};
use crate::secret::Secret;
use crate::source::Origin;
use crate::value::placeholder::{self, Form};

/// Bytes before and after the secret that are searched, however long the lines are.
const REACH: usize = 2048;

/// The companions of `candidate` that expressions describe, in the rule's order; the nearest of each. `text` is what the
/// candidate's spans count in, and `locate` says where a part of it is written.
pub(super) fn near(
    candidate: &Candidate,
    text: &[u8],
    locate: impl Fn(Range<usize>) -> Location,
) -> Vec<Companion> {
    let name = candidate.key.clone().map(|key| &text[key]);
    let is_wanted = |wanted: &companion::Companion| {
        wanted.key.as_ref().is_none_or(|key| name.is_some_and(|name| key.regex().is_match(name)))
    };
    let of = |wanted: &companion::Companion| {
        let (value, at) = match &wanted.sought {
            Sought::Rule(_) => return None,
            Sought::Around(pattern) => {
                let at = around(pattern, text, &candidate.span, wanted.lines)?;
                (text[at.clone()].to_vec(), at)
            }
            Sought::Inside(pattern) => {
                (inside(pattern, &text[candidate.span.clone()])?, candidate.span.clone())
            }
        };
        let (is_public, name) = (wanted.is_public, wanted.name.clone());
        Some(Companion { name, value: Secret::new(&value), is_public, location: locate(at), rule_id: None })
    };
    candidate.rule.companions.iter().filter(|wanted| is_wanted(wanted)).filter_map(of).collect()
}

/// The match nearest to `span` within so many lines that is neither a part of it nor a form to fill in; of two, the first.
fn around(pattern: &Pattern, text: &[u8], span: &Range<usize>, lines: u64) -> Option<Range<usize>> {
    let lines = lines as usize;
    let floor = span.start.saturating_sub(REACH);
    let start =
        memchr::memrchr_iter(b'\n', &text[floor..span.start]).nth(lines).map_or(floor, |at| floor + at + 1);
    let roof = text.len().min(span.end + REACH);
    let end = memchr::memchr_iter(b'\n', &text[span.end..roof]).nth(lines).map_or(roof, |at| span.end + at);
    let distance =
        |id: &Range<usize>| span.start.saturating_sub(id.end).max(id.start.saturating_sub(span.end));
    ids(pattern.regex(), &text[start..end])
        .map(|id| id.start + start..id.end + start)
        .filter(|id| id.end <= span.start || id.start >= span.end)
        .filter(|id| !matches!(placeholder::form(&text[id.clone()]), Some(Form::FillIn | Form::Masked)))
        .min_by_key(distance)
}

fn inside(pattern: &Pattern, value: &[u8]) -> Option<Vec<u8>> {
    let (text, _) = reveal(value, &[Encoding::Base64])?;
    let id = ids(pattern.regex(), &text).next()?;
    Some(text[id].to_vec())
}

fn ids<'t>(regex: &'t Regex, text: &'t [u8]) -> impl Iterator<Item = Range<usize>> + 't {
    regex
        .captures_iter(text)
        .filter_map(|found| found.name("id").map(|id| id.range()))
        .filter(|id| !id.is_empty())
}

/// A secret and an id that may belong to it, the nearest first; of equally near ones the first in the file.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    lines: u64,
    /// Findings between the two.
    between: usize,
    first: usize,
    secret: usize,
    id: usize,
    /// Number of the companion in the secret's rule.
    wanted: usize,
}

/// Findings in report order, of which those that belong to another one have become its companions.
///
/// The nearest are joined first, and each id has one secret. A companion's own companions move along.
pub(super) fn joined(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut blobs: BTreeMap<Arc<Origin>, Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        blobs.entry(Arc::clone(&finding.origin)).or_default().push(at);
    }
    // The secret that each id belongs to, with the companion's number in its rule.
    let mut owners: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for blob in blobs.values() {
        let mut pairs = pairs_of(&findings, blob);
        pairs.sort();
        let mut taken = BTreeSet::new();
        for Pair { secret, id, wanted, .. } in pairs {
            let is_free = !owners.contains_key(&id) && above(&owners, secret).all(|at| at != id);
            if is_free && taken.insert((secret, wanted)) {
                owners.insert(id, (secret, wanted));
            }
        }
    }
    for (&id, &(owner, wanted)) in &owners {
        let companion = as_companion(&findings[id], &findings[owner].rule.companions[wanted]);
        // Of a companion with companions: the one that has no owner itself.
        let last = above(&owners, owner).last().unwrap_or(owner);
        findings[last].severity = findings[id].severity.max(findings[last].severity);
        findings[last].companions.push(companion);
    }
    let ids: BTreeSet<usize> =
        blobs.values().flat_map(|blob| ids_taken_for_secrets(&findings, blob)).collect();
    let mut at = 0..;
    findings.retain(|_| at.next().is_none_or(|at| !owners.contains_key(&at) && !ids.contains(&at)));
    for finding in &mut findings {
        finding
            .companions
            .sort_by_key(|companion| (companion.location.bytes.start, companion.location.bytes.end));
    }
    findings
}

/// `at`, its owner, the owner's owner …
fn above(owners: &BTreeMap<usize, (usize, usize)>, at: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(at), |at| owners.get(at).map(|(owner, _)| *owner))
}

/// All pairs in one blob, whose findings have the numbers `blob`, in order of where they begin.
fn pairs_of(findings: &[Finding], blob: &[usize]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (place, &secret) in blob.iter().enumerate() {
        let finding = &findings[secret];
        for (wanted, companion) in finding.rule.companions.iter().enumerate() {
            let Sought::Rule(rule) = &companion.sought else { continue };
            let key = |pattern: &Pattern| {
                finding.key.as_ref().is_some_and(|key| pattern.regex().is_match(key.as_bytes()))
            };
            if !companion.key.as_ref().is_none_or(key) {
                continue;
            }
            // Values that begin further up and reach here are rare enough to be passed over.
            let from = finding.location.start_line.saturating_sub(companion.lines);
            let to = finding.location.end_line + companion.lines;
            let line = |at: usize| findings[at].location.start_line;
            let begin = blob.partition_point(|&at| line(at) < from);
            let near = blob[begin..].iter().copied().zip(begin..).take_while(|&(at, _)| line(at) <= to);
            for (id, other) in near.filter(|&(at, _)| findings[at].rule.id == *rule) {
                let lines = lines_between(&finding.location, &findings[id].location);
                let (between, first) = (place.abs_diff(other), place.min(other));
                pairs.push(Pair { lines, between, first, secret, id, wanted });
            }
        }
    }
    pairs
}

fn lines_between(one: &Location, other: &Location) -> u64 {
    one.start_line.saturating_sub(other.end_line).max(other.start_line.saturating_sub(one.end_line))
}

fn as_companion(id: &Finding, wanted: &companion::Companion) -> Companion {
    Companion {
        name: wanted.name.clone(),
        value: id.secret.clone(),
        is_public: wanted.is_public,
        location: id.location.clone(),
        rule_id: Some(id.rule.id.clone()),
    }
}

/// Findings of a blob at the place of another one's companion, where the id was taken for a secret: generic ones, and those
/// of a provider's name (`ACME_CLIENT_ID`) if the companion is public.
fn ids_taken_for_secrets(findings: &[Finding], blob: &[usize]) -> Vec<usize> {
    let mut places: BTreeMap<(u64, u64), bool> = BTreeMap::new();
    for companion in blob.iter().flat_map(|&at| &findings[at].companions) {
        let at = &companion.location.bytes;
        *places.entry((at.start, at.end)).or_default() |= companion.is_public;
    }
    let is_id = |finding: &Finding| {
        let at = &finding.location.bytes;
        let Some(&is_public) = places.get(&(at.start, at.end)) else { return false };
        let may_be = match finding.rule.detector {
            Detector::Entropy | Detector::Assignment => true,
            Detector::Keyword => is_public,
            Detector::Structural | Detector::Token | Detector::Key => false,
        };
        may_be && finding.companions.is_empty()
    };
    blob.iter().copied().filter(|&at| is_id(&findings[at])).collect()
}
