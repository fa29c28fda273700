//! What can be told about a rule's regular expression without running it.
//!
//! The expression is read once, when one of its keywords is first seen. The facts are necessary conditions of a
//! match, checked with byte tables before the regex: most anchors end there.

use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

use super::byte_set::ByteSet;

/// Positions of a match that are known one by one.
const LONGEST_PREFIX: usize = 40;
/// A position with at most this many values counts as the keyword's own letter (both cases, `[pousr]`).
const NARROW: u32 = 10;
/// A class with more values than this separates nothing (`.`, `[^"]`).
const WIDE: u32 = 80;

/// Facts about an expression.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// What the first bytes of every match are.
    pub(super) prefix: Box<[ByteSet]>,
    /// For each keyword of the rule: where it stands in every match that it wakes, if that is certain.
    pub(super) offsets: Box<[Option<u8>]>,
    /// Every byte that a match can hold up to the end of the secret.
    pub(super) alphabet: ByteSet,
    /// Greatest number of bytes that a match can hold after the secret.
    pub(super) after: usize,
    /// Least length of a match.
    pub(super) least: usize,
    /// Greatest length of a match.
    pub(super) most: Option<usize>,
    /// The most telling run of one class that every match holds.
    pub(super) run: Option<(ByteSet, usize)>,
    /// Index of the group named `secret`.
    pub(super) group: Option<usize>,
    /// Class of the secret's first byte, if the run it begins has a greatest length.
    pub(super) head: Option<ByteSet>,
    /// Class of the secret's last byte, if the run it ends has a greatest length.
    pub(super) tail: Option<ByteSet>,
}

impl Shape {
    /// Reads an expression as `rule::Pattern` compiles it. One that does not parse has no facts (and never runs).
    pub(super) fn new(source: &str, keywords: &[String]) -> Self {
        let Some(hir) = parsed(source) else {
            return Self { offsets: vec![None; keywords.len()].into(), ..Self::default() };
        };
        let mut prefix = Vec::new();
        extend_prefix(&hir, &mut prefix);
        prefix.truncate(LONGEST_PREFIX);
        let (alphabet, after) = alphabet(&hir);
        let secret = find_secret(&hir);
        let of_secret = secret.map_or(&hir, |(_, hir)| hir);
        Self {
            offsets: keywords.iter().map(|keyword| offset(keyword.as_bytes(), &prefix)).collect(),
            prefix: prefix.into(),
            alphabet,
            after,
            least: hir.properties().minimum_len().unwrap_or(0),
            most: hir.properties().maximum_len(),
            run: required_run(&hir),
            group: secret.map(|(index, _)| index as usize),
            head: edge(of_secret, Side::Head),
            tail: edge(of_secret, Side::Tail),
        }
    }

    /// True if the first bytes at `at` can begin a match.
    pub(super) fn fits(&self, text: &[u8], at: usize) -> bool {
        text.get(at..at + self.prefix.len())
            .is_some_and(|head| head.iter().zip(&self.prefix).all(|(&byte, set)| set.contains(byte)))
    }
}

fn parsed(source: &str) -> Option<Hir> {
    let mut options = regex_syntax::ParserBuilder::new();
    options.unicode(false).utf8(false).multi_line(true).build().parse(source).ok()
}

/// Where `keyword` stands in `prefix`, if there is one place only and no other byte could stand there.
fn offset(keyword: &[u8], prefix: &[ByteSet]) -> Option<u8> {
    let stands = |window: &[ByteSet]| {
        window.iter().zip(keyword).all(|(set, &byte)| {
            set.len() <= NARROW && (set.contains(byte) || set.contains(byte.to_ascii_uppercase()))
        })
    };
    let mut places = prefix.windows(keyword.len().max(1)).enumerate().filter(|(_, window)| stands(window));
    let (first, _) = places.next()?;
    if keyword.is_empty() || places.next().is_some() { None } else { u8::try_from(first).ok() }
}

fn bytes_of(class: &Class) -> Option<ByteSet> {
    let mut set = ByteSet::default();
    match class {
        Class::Bytes(class) => {
            for range in class.iter() {
                set.insert(range.start(), range.end());
            }
        }
        Class::Unicode(class) => {
            for range in class.iter() {
                set.insert(u8::try_from(range.start()).ok()?, u8::try_from(range.end()).ok()?);
            }
            if class.maximum_len() != Some(1) {
                return None;
            }
        }
    }
    Some(set)
}

fn single(byte: u8) -> ByteSet {
    let mut set = ByteSet::default();
    set.insert(byte, byte);
    set
}

/// Appends the positions that `hir` fills for certain; true if what follows has a certain position as well.
fn extend_prefix(hir: &Hir, prefix: &mut Vec<ByteSet>) -> bool {
    if prefix.len() > LONGEST_PREFIX {
        return false;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => {
            prefix.extend(literal.0.iter().map(|&byte| single(byte)));
            true
        }
        HirKind::Class(class) => bytes_of(class).map(|set| prefix.push(set)).is_some(),
        HirKind::Capture(capture) => extend_prefix(&capture.sub, prefix),
        HirKind::Concat(parts) => parts.iter().all(|part| extend_prefix(part, prefix)),
        HirKind::Repetition(Repetition { min, max, sub, .. }) => {
            (0..*min).all(|_| extend_prefix(sub, prefix)) && *max == Some(*min)
        }
        HirKind::Alternation(branches) => {
            let mut exact = true;
            let mut merged: Option<Vec<ByteSet>> = None;
            for branch in branches {
                let mut own = Vec::new();
                exact &= extend_prefix(branch, &mut own);
                merged = Some(match merged {
                    None => own,
                    Some(all) => {
                        exact &= all.len() == own.len();
                        all.into_iter().zip(own).map(|(a, b)| a.union(b)).collect()
                    }
                });
            }
            prefix.extend(merged.unwrap_or_default());
            exact
        }
    }
}

/// The bytes up to the end of the secret, and the length of what may follow it. What follows has a limit in nearly
/// every rule (the byte that ends a token, and can be any but the token's own); where it has none, it counts as part
/// of the secret.
fn alphabet(hir: &Hir) -> (ByteSet, usize) {
    let mut set = ByteSet::default();
    let parts = match hir.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(hir),
    };
    let shown = parts.iter().rposition(|part| find_secret(part).is_some()).map_or(parts.len(), |at| at + 1);
    let after = parts[shown..].iter().map(|part| part.properties().maximum_len()).sum::<Option<usize>>();
    let counted = if after.is_some() { &parts[..shown] } else { parts };
    for part in counted {
        extend_alphabet(part, &mut set);
    }
    (set, after.unwrap_or(0))
}

fn extend_alphabet(hir: &Hir, alphabet: &mut ByteSet) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => literal.0.iter().for_each(|&byte| alphabet.insert(byte, byte)),
        HirKind::Class(class) => {
            let mut all = ByteSet::default();
            all.insert(0, u8::MAX);
            *alphabet = alphabet.union(bytes_of(class).unwrap_or(all));
        }
        HirKind::Capture(capture) => extend_alphabet(&capture.sub, alphabet),
        HirKind::Repetition(repetition) => extend_alphabet(&repetition.sub, alphabet),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            for part in parts {
                extend_alphabet(part, alphabet);
            }
        }
    }
}

/// The part of an expression that is the secret, as an expression of its own.
pub(super) fn secret(source: &str) -> Option<String> {
    find_secret(&parsed(source)?).map(|(_, hir)| hir.to_string())
}

fn find_secret(hir: &Hir) -> Option<(u32, &Hir)> {
    match hir.kind() {
        HirKind::Capture(capture) if capture.name.as_deref() == Some("secret") => {
            Some((capture.index, &capture.sub))
        }
        HirKind::Capture(capture) => find_secret(&capture.sub),
        HirKind::Repetition(repetition) => find_secret(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().find_map(find_secret),
        _ => None,
    }
}

/// The class that `hir` is, if it is one (perhaps in a group).
fn as_class(hir: &Hir) -> Option<ByteSet> {
    match hir.kind() {
        HirKind::Class(class) => bytes_of(class),
        HirKind::Capture(capture) => as_class(&capture.sub),
        _ => None,
    }
}

/// How much a run tells: its length times the bits that each byte of it tells.
fn telling((set, least): &(ByteSet, usize)) -> f64 {
    *least as f64 * (8.0 - f64::from(set.len().max(1)).log2())
}

fn required_run(hir: &Hir) -> Option<(ByteSet, usize)> {
    match hir.kind() {
        HirKind::Capture(capture) => required_run(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => match as_class(&repetition.sub) {
            Some(set) if set.len() <= WIDE => Some((set, repetition.min as usize)),
            _ => required_run(&repetition.sub),
        },
        HirKind::Concat(parts) => {
            parts.iter().filter_map(required_run).max_by(|a, b| telling(a).total_cmp(&telling(b)))
        }
        HirKind::Alternation(branches) => branches
            .iter()
            .map(required_run)
            .reduce(|a, b| a.zip(b).map(|(a, b)| (a.0.union(b.0), a.1.min(b.1))))
            .flatten()
            .filter(|(set, _)| set.len() <= WIDE),
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum Side {
    Head,
    Tail,
}

/// The class at one side of `hir`, if a longer run of it could stand there without being part of the match.
fn edge(hir: &Hir, side: Side) -> Option<ByteSet> {
    match hir.kind() {
        HirKind::Class(class) => bytes_of(class).filter(|set| set.len() <= WIDE),
        HirKind::Capture(capture) => edge(&capture.sub, side),
        HirKind::Repetition(repetition) => repetition.max.and_then(|_| edge(&repetition.sub, side)),
        HirKind::Concat(parts) => {
            let shown = |part: &&Hir| part.properties().minimum_len() != Some(0);
            let part = match side {
                Side::Head => parts.iter().find(shown),
                Side::Tail => parts.iter().rev().find(shown),
            };
            part.and_then(|part| edge(part, side))
        }
        HirKind::Alternation(branches) => branches
            .iter()
            .map(|branch| edge(branch, side))
            .reduce(|a, b| a.zip(b).map(|(a, b)| a.union(b)))
            .flatten(),
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(source: &str, keywords: &[&str]) -> Shape {
        let keywords: Vec<String> = keywords.iter().map(|&k| k.to_owned()).collect();
        Shape::new(source, &keywords)
    }

    #[test]
    fn a_keyword_that_begins_every_match_has_its_place() {
        for (source, keyword, offset, prefix) in [
            (r"\bghp_[A-Za-z0-9]{36}\b", "ghp_", Some(0), 40),
            (r"\bgh[pousr]_[A-Za-z0-9]{3}", "gho_", Some(0), 7),
            (r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b", "akia", Some(0), 20),
            (r"https://hooks\.x\.io/(?P<secret>\w{8})", "hooks.x", Some(8), 27),
            (r"(?i)xkey-[0-9a-f]{4,8}", "xkey-", Some(0), 9),
            // The keyword could stand anywhere in the class.
            (r"[a-z0-9]{8}-us1", "us1", Some(9), 12),
            (r"[a-z]{5}[0-9]{30}token", "token", Some(35), 40),
            (r"(?:a|bc)token", "token", None, 1),
            (r".{0,9}token", "token", None, 0),
        ] {
            let shape = shape(source, &[keyword]);
            assert_eq!((shape.offsets[0], shape.prefix.len()), (offset, prefix), "{source}");
        }
    }

    #[test]
    fn the_prefix_is_checked_byte_by_byte() {
        let shape = shape(r"\bab[0-9]{2}[a-f]+", &["ab"]);
        for (text, fits) in [("ab12c", true), ("ab12", false), ("ab1xc", false), ("AB12c", false)] {
            assert_eq!(shape.fits(text.as_bytes(), 0), fits, "{text}");
        }
    }

    #[test]
    fn the_most_telling_run_is_required() {
        for (source, least, size) in [
            (r"(?i)acme.{0,20}\b([0-9a-f]{32})\b", 32, 16),
            (r"(?i)acme[^\n]{0,20}(?P<secret>[A-Za-z0-9]{20,})", 20, 62),
            (r"x(?:[0-9]{4}|[a-f]{6})", 4, 16),
        ] {
            let (set, run) = shape(source, &[]).run.expect("a run");
            // Case folding doubles the letters of the hexadecimal class.
            assert_eq!((run, set.len() & !7), (least, size & !7), "{source}");
        }
        assert!(shape(r"acme.*", &[]).run.is_none());
    }

    #[test]
    fn only_edges_of_limited_runs_are_guarded() {
        for (source, head, tail) in [
            (r"ghp_[a-z]{36}", false, true),
            (r"acme=(?P<secret>[a-f0-9]{32})\b", true, true),
            (r"acme=(?P<secret>[a-f0-9]{32,})\b", false, false),
            (r"(?P<secret>[a-f0-9]{32}={0,2});", true, true),
            (r"(?P<secret>\d{3}-x)", true, false),
        ] {
            let shape = shape(source, &[]);
            assert_eq!((shape.head.is_some(), shape.tail.is_some()), (head, tail), "{source}");
        }
    }

    #[test]
    fn what_ends_a_token_is_not_of_its_alphabet() {
        let shape = shape(r"ab(?P<secret>[0-9]{4})(?:[^0-9a-f]|\z)", &["ab"]);
        assert_eq!((shape.alphabet.len(), shape.after, shape.least), (12, 1, 6));
        assert_eq!(self::shape(r"(?P<secret>[0-9]{4})x*", &[]).alphabet.len(), 11);
    }

    #[test]
    fn a_broken_expression_has_no_facts() {
        assert_eq!(shape("(", &["x"]).offsets[..], [None]);
    }
}
