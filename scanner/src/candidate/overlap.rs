//! Several detectors on one span: one stays.
//!
//! The order is: hits that fail their own rule last; then tokens and keys as written before what is decoded; then the
//! more specific detector; then kept before dropped; then [`Place`]; then the longer span; then the rule's id. Hits in one decoded text never meet here: it was resolved before. A hit that overlaps a better one is never reported by itself: if both are
//! kept, it is named in `also`, and its key is carried over where the better one is the whole value.
//! Hits inside covered bytes (bodies of keys and certificates) give way to the cover.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::{Candidate, Candidates, Decoded, Dropped, Proof, Syntax};
use crate::reason::Reason;
use crate::rule::{Detector, Rule};

/// A hit of any detector.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Index of the rule in the engine's list.
    pub(super) rule: u32,
    /// Never empty.
    pub(super) span: Range<usize>,
    pub(super) key: Option<Range<usize>>,
    pub(super) material: Option<Range<usize>>,
    pub(super) syntax: Syntax,
    pub(super) proof: Proof,
    pub(super) dropped: Option<Reason>,
    /// It was found in decoded text; `span` and `material` are then what is written.
    pub(super) decoded: Option<Arc<Decoded>>,
}

/// Which of two hits of equally specific detectors says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// A part of what an encoded value holds: the whole value is only its container.
    Part,
    /// As written.
    Written,
    /// All of what an encoded value holds: the same secret as the value, which was judged as it stands.
    Content,
}

impl Seen {
    fn place(&self) -> Place {
        match &self.decoded {
            None => Place::Written,
            Some(decoded) if decoded.is_part => Place::Part,
            Some(_) => Place::Content,
        }
    }

    /// True if both stand in the same decoded text.
    fn is_sibling(&self, other: &Self) -> bool {
        let texts = self.decoded.as_ref().zip(other.decoded.as_ref());
        texts.is_some_and(|(one, other)| std::ptr::eq(one.text(), other.text()))
    }

    /// True if the rule that saw it does not believe it (its checksum or entropy floor says no).
    fn is_refuted(&self, rule: &Rule) -> bool {
        rule.detector >= Detector::Keyword
            && matches!(self.dropped, Some(Reason::ChecksumInvalid | Reason::TooWeakToBeSecret))
    }
}

/// Resolves `seen` and appends what begins inside `own` to `out`. Linear but for sorting, where spans overlap a
/// bounded number of others.
pub(super) fn resolve(
    rules: &[Arc<Rule>],
    seen: &mut Vec<Seen>,
    own: Range<usize>,
    trace: bool,
    out: &mut Candidates,
) {
    let covers = Covers::new(rules, seen);
    seen.sort_by_key(position);
    seen.dedup_by(|later, first| {
        let is_same = later.rule == first.rule && later.span == first.span && later.dropped == first.dropped;
        is_same && later.decoded.is_none() && first.decoded.is_none() && {
            first.key = first.key.take().or(later.key.take());
            true
        }
    });
    let mut rest = seen.as_mut_slice();
    while let Some(first) = rest.first() {
        let mut end = first.span.end;
        let mut count = 1;
        while rest.get(count).is_some_and(|next| next.span.start < end) {
            end = end.max(rest[count].span.end);
            count += 1;
        }
        let (cluster, others) = rest.split_at_mut(count);
        rest = others;
        resolve_cluster(rules, cluster, &covers, |winner, also| {
            if own.contains(&winner.span.start) {
                report(rules, winner, also, trace, out);
            }
        });
    }
    seen.clear();
}

/// Sorting by this puts equal hits side by side.
fn position(seen: &Seen) -> (usize, usize, u32, Option<Reason>) {
    (seen.span.start, seen.span.end, seen.rule, seen.dropped)
}

fn resolve_cluster(
    rules: &[Arc<Rule>],
    cluster: &mut [Seen],
    covers: &Covers,
    mut emit: impl FnMut(&Seen, Vec<String>),
) {
    let rule_of = |seen: &Seen| &rules[seen.rule as usize];
    if cluster.len() > 1 {
        refute_random(rules, cluster);
        cluster.sort_by_cached_key(|seen| {
            let rule = rule_of(seen);
            let kept_last = seen.dropped.is_some();
            // A token that holds others (a JSON Web Token, an encoded key file) stays what it is.
            let holds = seen.decoded.is_some() || !rule.detector.is_structured();
            let rank = (seen.is_refuted(rule), holds, Reverse(rule.detector), kept_last, seen.place());
            (rank, Reverse(seen.span.len()), rule.id.clone(), seen.span.start)
        });
    }
    // Winners by position, so that a loser meets only those that it overlaps.
    let mut winners: Vec<(usize, BTreeSet<&str>)> = Vec::new();
    for at in 0..cluster.len() {
        let span = cluster[at].span.clone();
        if covers.hide(&span, rule_of(&cluster[at]).detector) {
            continue;
        }
        let first = winners.partition_point(|(winner, _)| cluster[*winner].span.end <= span.start);
        let rivals = winners[first..].iter().take_while(|(winner, _)| cluster[*winner].span.start < span.end);
        let rivals = first..first + rivals.count();
        if winners[rivals.clone()].iter().all(|(winner, _)| cluster[*winner].is_sibling(&cluster[at])) {
            winners.insert(rivals.end, (at, BTreeSet::new()));
            continue;
        }
        if cluster[at].dropped.is_some() {
            continue;
        }
        for (winner, also) in &mut winners[rivals] {
            if cluster[*winner].dropped.is_none() {
                let id = rule_of(&cluster[at]).id.as_str();
                if id != rule_of(&cluster[*winner]).id {
                    also.insert(id);
                }
                if let Some(key) = carried_key(&cluster[at], &cluster[*winner]) {
                    cluster[*winner].key = Some(key);
                }
            }
        }
    }
    for (winner, also) in winners {
        emit(&cluster[winner], also.into_iter().map(str::to_owned).collect());
    }
}

/// Drops random strings that are nothing but a token whose checksum is wrong: it was typed or changed, and opens nothing.
/// The cluster is in order of positions.
fn refute_random(rules: &[Arc<Rule>], cluster: &mut [Seen]) {
    let detector = |seen: &Seen| rules[seen.rule as usize].detector;
    let is_wrong =
        |seen: &&Seen| detector(seen) == Detector::Token && seen.dropped == Some(Reason::ChecksumInvalid);
    let wrong: Vec<Range<usize>> = cluster.iter().filter(is_wrong).map(|seen| seen.span.clone()).collect();
    for seen in cluster.iter_mut().filter(|seen| detector(seen) == Detector::Entropy) {
        let before = wrong.partition_point(|token| token.start <= seen.span.start);
        if wrong[..before].last().is_some_and(|token| seen.span.end <= token.end) {
            seen.dropped = Some(Reason::ChecksumInvalid);
        }
    }
}

/// The key of `loser`, if `winner` has none and is all of the loser's value.
fn carried_key(loser: &Seen, winner: &Seen) -> Option<Range<usize>> {
    let whole =
        loser.span == winner.span || (winner.material.is_some() && loser.span.start == winner.span.start);
    loser.key.clone().filter(|_| whole && winner.key.is_none() && winner.decoded.is_none())
}

fn report(rules: &[Arc<Rule>], seen: &Seen, also: Vec<String>, trace: bool, out: &mut Candidates) {
    let rule = &rules[seen.rule as usize];
    if let Some(reason) = seen.dropped {
        *out.drops.entry(reason).or_default() += 1;
        if trace {
            out.dropped.push(Dropped { rule: Arc::clone(rule), span: seen.span.clone(), reason });
        }
    } else {
        let mut also = also;
        if let Some(decoded) = &seen.decoded {
            also.extend(decoded.candidate.also.iter().filter(|id| **id != rule.id).cloned());
            also.sort();
            also.dedup();
        }
        out.kept.push(Candidate {
            rule: Arc::clone(rule),
            span: seen.span.clone(),
            key: seen.key.clone(),
            material: seen.material.clone(),
            syntax: seen.syntax,
            proof: seen.proof,
            also,
            decoded: seen.decoded.clone(),
        });
    }
}

/// Bytes that belong to a key or to public material as written: sorted, merged. What a decoded one covers was hidden
/// where it stands.
struct Covers(Vec<Range<usize>>);

impl Covers {
    fn new(rules: &[Arc<Rule>], seen: &[Seen]) -> Self {
        let mut all: Vec<Range<usize>> = seen
            .iter()
            .filter(|seen| rules[seen.rule as usize].detector == Detector::Key && seen.decoded.is_none())
            .filter_map(|seen| seen.material.clone())
            .collect();
        all.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in all {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        Self(merged)
    }

    /// True if `span` lies inside a cover and a detector of this sort does not speak there.
    fn hide(&self, span: &Range<usize>, detector: Detector) -> bool {
        let at = self.0.partition_point(|cover| cover.end < span.end);
        detector != Detector::Key && self.0.get(at).is_some_and(|cover| cover.start <= span.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Kind;

    const ENTROPY: u32 = 0;
    const PASSWORD: u32 = 1;
    const URL: u32 = 2;
    const KEYWORD: u32 = 3;
    const TOKEN: u32 = 4;
    const OTHER_TOKEN: u32 = 5;
    const KEY: u32 = 6;

    fn rules() -> Vec<Arc<Rule>> {
        [
            ("entropy", Detector::Entropy),
            ("password", Detector::Assignment),
            ("url", Detector::Structural),
            ("keyword", Detector::Keyword),
            ("token", Detector::Token),
            ("a-token", Detector::Token),
            ("key", Detector::Key),
        ]
        .map(|(id, detector)| Rule::for_test(id, Kind::Generic, detector))
        .to_vec()
    }

    fn hit(rule: u32, span: Range<usize>) -> Seen {
        Seen {
            rule,
            span,
            key: None,
            material: None,
            syntax: Syntax::Bare,
            proof: Proof::None,
            dropped: None,
            decoded: None,
        }
    }

    fn dropped(rule: u32, span: Range<usize>, reason: Reason) -> Seen {
        Seen { dropped: Some(reason), ..hit(rule, span) }
    }

    fn resolved(mut seen: Vec<Seen>) -> Candidates {
        let mut out = Candidates::default();
        resolve(&rules(), &mut seen, 0..1000, true, &mut out);
        assert!(seen.is_empty());
        out
    }

    /// Kept spans as `id start..end [also]`, then dropped ones as `id start..end reason`.
    fn shown(seen: Vec<Seen>) -> String {
        let reversed: Vec<Seen> = seen.iter().rev().cloned().collect();
        let show = |out: Candidates| {
            let kept = out.kept.iter().map(|c| format!("{} {:?} {}", c.rule.id, c.span, c.also.join("+")));
            let dropped = out.dropped.iter().map(|d| format!("{} {:?} {:?}", d.rule.id, d.span, d.reason));
            kept.chain(dropped).map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("; ")
        };
        let text = show(resolved(seen));
        assert_eq!(text, show(resolved(reversed)), "the order of hits does not matter");
        text
    }

    #[test]
    fn the_most_specific_detector_wins() {
        use Reason::{ChecksumInvalid, Placeholder, Reference, TooWeakToBeSecret};
        let cases = [
            (vec![hit(ENTROPY, 0..9), hit(PASSWORD, 0..9), hit(TOKEN, 0..9)], "token 0..9 entropy+password"),
            (vec![hit(KEYWORD, 0..9), hit(KEYWORD, 0..9)], "keyword 0..9"),
            // A URL's password and the URL that an assignment saw.
            (vec![hit(PASSWORD, 0..30), hit(URL, 10..15)], "url 10..15 password"),
            (vec![hit(PASSWORD, 0..20), hit(KEYWORD, 15..30)], "keyword 15..30 password"),
            // Two tokens in one value.
            (
                vec![hit(PASSWORD, 0..30), hit(TOKEN, 2..9), hit(TOKEN, 12..20)],
                "token 2..9 password; token 12..20 password",
            ),
            // Same detector: the longer one, then the name.
            (vec![hit(TOKEN, 0..9), hit(OTHER_TOKEN, 0..12)], "a-token 0..12 token"),
            (vec![hit(TOKEN, 0..9), hit(OTHER_TOKEN, 0..9)], "a-token 0..9 token"),
            // Neighbours are no overlap.
            (vec![hit(TOKEN, 0..9), hit(PASSWORD, 9..12)], "token 0..9; password 9..12"),
            // Dropped by the more specific, kept by the other, and the other way round.
            (vec![dropped(URL, 0..9, Placeholder), hit(PASSWORD, 0..9)], "url 0..9 Placeholder"),
            (vec![hit(URL, 0..9), dropped(PASSWORD, 0..9, Reference)], "url 0..9"),
            // The same detector twice: a call is dropped, its argument is kept.
            (vec![dropped(PASSWORD, 0..20, Reference), hit(PASSWORD, 5..9)], "password 5..9"),
            // A refuted token counts for nothing if anybody else saw it as more than a random string.
            (vec![dropped(TOKEN, 0..9, ChecksumInvalid)], "token 0..9 ChecksumInvalid"),
            (vec![dropped(TOKEN, 0..9, ChecksumInvalid), hit(PASSWORD, 0..9)], "password 0..9"),
            (vec![dropped(TOKEN, 0..9, ChecksumInvalid), hit(ENTROPY, 0..9)], "entropy 0..9 ChecksumInvalid"),
            (vec![dropped(TOKEN, 2..9, ChecksumInvalid), hit(ENTROPY, 0..20)], "entropy 0..20"),
            (vec![dropped(TOKEN, 0..9, TooWeakToBeSecret), hit(PASSWORD, 0..9)], "password 0..9"),
            (vec![dropped(KEYWORD, 0..9, TooWeakToBeSecret), hit(PASSWORD, 0..9)], "password 0..9"),
            (vec![dropped(URL, 0..9, TooWeakToBeSecret), hit(PASSWORD, 0..9)], "url 0..9 TooWeakToBeSecret"),
        ];
        for (seen, expected) in cases {
            assert_eq!(shown(seen.clone()), expected, "{seen:?}");
        }
    }

    #[test]
    fn a_key_is_carried_over_to_the_whole_value_only() {
        let assignment = |span| Seen { key: Some(50..60), ..hit(PASSWORD, span) };
        for (span, key) in [(10..20, Some(50..60)), (9..20, None), (10..21, None)] {
            let out = resolved(vec![assignment(span), hit(TOKEN, 10..20)]);
            assert_eq!(out.kept[0].key, key);
        }
        let armoured = Seen { material: Some(20..40), ..hit(KEY, 10..20) };
        assert_eq!(resolved(vec![assignment(10..45), armoured]).kept[0].key, Some(50..60));
    }

    #[test]
    fn nothing_is_reported_inside_a_body() {
        let key = Seen { material: Some(10..40), ..hit(KEY, 0..10) };
        assert_eq!(shown(vec![key.clone(), hit(ENTROPY, 12..30), hit(TOKEN, 30..40)]), "key 0..10");
        assert_eq!(shown(vec![key, hit(ENTROPY, 45..50)]), "key 0..10; entropy 45..50");
        let certificate =
            Seen { dropped: Some(Reason::PublicMaterial), material: Some(10..40), ..hit(KEY, 0..10) };
        assert_eq!(shown(vec![certificate, hit(PASSWORD, 12..30)]), "key 0..10 PublicMaterial");
        // Only keys cover.
        assert_eq!(
            shown(vec![Seen { material: Some(10..40), ..hit(URL, 0..10) }, hit(ENTROPY, 12..30)]),
            "url 0..10; entropy 12..30"
        );
    }

    #[test]
    fn what_begins_elsewhere_belongs_to_another_segment() {
        let mut out = Candidates::default();
        let mut seen = vec![hit(PASSWORD, 0..20), hit(TOKEN, 15..25), hit(URL, 40..50)];
        resolve(&rules(), &mut seen, 10..40, true, &mut out);
        assert_eq!(out.kept.len(), 1);
        assert_eq!(out.kept[0].span, 15..25);
    }

    #[test]
    fn drops_are_counted_without_trace() {
        let mut out = Candidates::default();
        let mut seen = vec![dropped(URL, 0..9, Reason::Hash), dropped(URL, 10..19, Reason::Hash)];
        resolve(&rules(), &mut seen, 0..99, false, &mut out);
        assert_eq!((out.dropped.len(), out.drops[&Reason::Hash]), (0, 2));
    }
}
