//! Runs a rule's regular expression in a bounded window around its keywords.
//!
//! Windows of one rule that touch are joined before the expression runs, so no byte is handed to it twice: a file
//! of nothing but keywords costs as much as one that is all window. A token rule whose keyword has a certain place
//! in every match ([`Shape::offsets`]) is first checked byte by byte and gets a window that ends with its alphabet;
//! all others get the keyword's line and the next two.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use regex::bytes::Regex;

use super::assign::name::Words;
use super::overlap::Seen;
use super::shape::Shape;
use super::{Proof, Syntax};
use crate::reason::Reason;
use crate::rule::{DEFAULT_REACH, Detector, Pattern, Rule};
use crate::value::entropy::shannon;

/// Longest match looked for where the expression sets no limit (a JSON Web Token, an encoded key).
const LONGEST_MATCH: usize = 8 * 1024;
/// Bytes looked at after a keyword, if the rule does not ask for more.
const AFTER: usize = 1024;
/// Line breaks inside a window.
const LINES_AFTER: usize = 2;
/// Joined windows are searched when they reach this length, which bounds a search that looks far ahead in vain.
const LONGEST_WINDOW: usize = 64 * 1024;
/// Bytes after a window that the expression may look at (`\b`, `$`).
const LOOK_AHEAD: usize = 1;
/// After a match that is only a piece of a longer run, the search goes on inside it if matches are this short.
const SHORT_MATCH: usize = 256;

/// Last words of names of digests.
const DIGESTS: &[&[u8]] =
    &[b"etag", b"checksum", b"digest", b"hash", b"md", b"sha", b"commit", b"revision", b"fingerprint"];
/// Last words of names of identifiers, and the words before them that name the thing.
const IDS: &[&[u8]] = &[b"id", b"ids", b"uuid", b"guid"];
#[rustfmt::skip]
const THINGS: &[&[u8]] = &[
    b"request", b"trace", b"span", b"correlation", b"project", b"message", b"event", b"job", b"build", b"run",
    b"transaction", b"organization", b"organisation", b"org", b"workspace", b"team", b"customer", b"file", b"image",
    b"order", b"campaign", b"list", b"template", b"index", b"environment", b"group", b"space", b"site", b"page",
    b"product", b"price", b"deployment", b"release", b"version", b"instance", b"cluster", b"zone", b"commit", b"channel",
    b"thread", b"batch", b"task", b"document", b"record", b"tenant", b"resource", b"object", b"node", b"invoice",
    b"payment", b"subscription", b"plan", b"model", b"dataset", b"collection", b"session", b"execution", b"volume",
];

/// The most bytes that one keyword of `rule` hands to its expression.
pub(crate) fn longest_window(rule: &Rule) -> usize {
    let longest = rule.keywords.iter().map(String::len).max().unwrap_or(0);
    let around = rule.reach + longest + rule.reach.max(AFTER);
    if rule.detector == Detector::Token { around.max(LONGEST_MATCH) } else { around }
}

/// Work done by expressions, counted in the unit that tests can rely on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Keywords found by the prefilter, each counted once for every listener that it wakes.
    pub anchors: u64,
    /// Bytes handed to regular expressions.
    pub regex_bytes: u64,
    /// Calls of detectors written in code.
    pub detector_calls: u64,
    /// Bytes read closer, decoded and put into layers because they may be encoded.
    pub decoded_bytes: u64,
}

/// The window of one rule that waits to be searched.
#[derive(Debug, Clone, Default)]
pub(super) struct Pending {
    /// Empty: none waits.
    window: Range<usize>,
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.window.is_empty()
    }
}

/// A rule with an expression.
#[derive(Debug)]
pub(super) struct Provider {
    rule: Arc<Rule>,
    /// Index of the rule in the engine's list.
    number: u32,
    shape: OnceLock<Shape>,
}

/// What a search writes to.
pub(super) struct Sink<'a> {
    pub(super) text: &'a [u8],
    pub(super) seen: &'a mut Vec<Seen>,
    pub(super) work: &'a mut Work,
}

impl Provider {
    pub(super) fn new(rule: &Arc<Rule>, number: u32) -> Self {
        Self { rule: Arc::clone(rule), number, shape: OnceLock::new() }
    }

    fn shape(&self) -> &Shape {
        self.shape.get_or_init(|| {
            let source = self.rule.pattern.as_ref().map(Pattern::expanded).unwrap_or_default();
            Shape::new(&source, &self.rule.keywords)
        })
    }

    /// Looks at one keyword of the rule (the `keyword`-th, at `anchor`). Anchors come in order of their ends.
    pub(super) fn wake(
        &self,
        anchor: Range<usize>,
        keyword: usize,
        pending: &mut Pending,
        to: &mut Sink<'_>,
    ) {
        let shape = self.shape();
        if let (Detector::Token, Some(&Some(offset))) = (self.rule.detector, shape.offsets.get(keyword)) {
            if let Some(start) = anchor.start.checked_sub(usize::from(offset)) {
                self.wake_at(start, shape, pending, to);
            }
        } else {
            let window = self.window(anchor, to.text);
            self.join(window, pending, to);
        }
    }

    /// The bytes around a keyword in which a match is looked for: its line and the next two, within the rule's reach.
    /// A rule that asks for a longer reach is not held to lines.
    fn window(&self, anchor: Range<usize>, text: &[u8]) -> Range<usize> {
        let reach = self.rule.reach;
        let window = anchor.start.saturating_sub(reach)..text.len().min(anchor.end + reach.max(AFTER));
        if reach > DEFAULT_REACH { window } else { lines(text, anchor, window) }
    }

    /// A match can only begin at `start`.
    fn wake_at(&self, start: usize, shape: &Shape, pending: &mut Pending, to: &mut Sink<'_>) {
        if !shape.fits(to.text, start) {
            return;
        }
        let escape = match boundary_before(to.text, start) {
            Boundary::Inside => return,
            Boundary::Clear => false,
            // Windows of escaped tokens do not touch, because what introduces an escape is in none of them.
            Boundary::Escape => {
                pending.window.end <= start && !b"\\%\x1b".iter().any(|&byte| shape.alphabet.contains(byte))
            }
        };
        // Windows that wait hold bytes of the alphabet only, so the run goes on where they end.
        let known = if pending.window.contains(&start) { pending.window.end } else { start };
        let limit = to.text.len().min(start + shape.most.unwrap_or(LONGEST_MATCH).min(LONGEST_MATCH));
        let run = to.text.get(known..limit).map_or(0, |rest| shape.alphabet.run(rest));
        let end = to.text.len().min(known + run + shape.after);
        if end - start < shape.least {
            return;
        }
        if escape {
            // The letter of an escape is no part of a word: the expression must not see it before the token.
            self.search(start..end, start, to);
        } else {
            self.join(start..end, pending, to);
        }
    }

    /// Adds a window to the one that waits, or searches that one first. Windows begin in ascending order, but for
    /// differences that a join makes up for.
    fn join(&self, window: Range<usize>, pending: &mut Pending, to: &mut Sink<'_>) {
        let waiting = &mut pending.window;
        if Range::is_empty(waiting) {
            *waiting = window;
        } else if window.start > waiting.end || window.end < waiting.start {
            self.flush(pending, to);
            pending.window = window;
        } else {
            waiting.start = waiting.start.min(window.start);
            waiting.end = waiting.end.max(window.end);
            if window.start.saturating_sub(waiting.start) > LONGEST_WINDOW {
                let cut = window.start;
                let next = self.search_until(waiting.clone(), 0, cut, to);
                waiting.start = next.max(cut).min(waiting.end);
            }
        }
    }

    /// Searches the window that waits, if any.
    pub(super) fn flush(&self, pending: &mut Pending, to: &mut Sink<'_>) {
        let window = std::mem::take(&mut pending.window);
        if !window.is_empty() {
            self.search(window, 0, to);
        }
    }

    fn search(&self, window: Range<usize>, visible: usize, to: &mut Sink<'_>) {
        let until = window.end;
        self.search_until(window, visible, until, to);
    }

    /// Reports the matches in `window` that begin before `until`; gives the end of the last. The expression sees
    /// nothing before `visible`.
    fn search_until(&self, window: Range<usize>, visible: usize, until: usize, to: &mut Sink<'_>) -> usize {
        let shape = self.shape();
        let Some(pattern) = &self.rule.pattern else { return window.end };
        if let Some((set, least)) = shape.run
            && !set.has_run(&to.text[window.clone()], least)
        {
            return window.start;
        }
        let regex = pattern.regex();
        let text = &to.text[visible..to.text.len().min(window.end + LOOK_AHEAD)];
        let mut at = window.start;
        while at < until {
            let found = find(regex, shape.group, text, at - visible);
            to.work.regex_bytes +=
                (found.as_ref().map_or(text.len(), |(all, _)| all.end) + visible - at) as u64;
            let Some((all, secret)) = found else { break };
            let (all, secret) = (shift(all, visible), shift(secret, visible));
            if all.start >= until {
                break;
            }
            let accepted = self.accept(&secret, &all, shape, to);
            let inside = !accepted && shape.most.is_some_and(|most| most <= SHORT_MATCH);
            at = if inside { all.start + 1 } else { secret.end.max(all.start + 1) };
        }
        at.min(window.end)
    }

    /// Takes a match unless it is a piece of something longer.
    fn accept(&self, secret: &Range<usize>, all: &Range<usize>, shape: &Shape, to: &mut Sink<'_>) -> bool {
        if secret.is_empty() {
            return false;
        }
        let token = self.rule.detector == Detector::Token;
        let bytes = &to.text[secret.clone()];
        let proof = self.rule.validator.map_or(Proof::None, |validator| validator.check(bytes));
        let piece = (token && boundary_before(to.text, all.start) == Boundary::Inside)
            || shape.head.is_some_and(|set| {
                boundary_before(to.text, secret.start) == Boundary::Inside
                    && set.contains(to.text[secret.start - 1])
            })
            || shape.tail.is_some_and(|set| goes_on(&to.text[secret.end..], |byte| set.contains(byte)));
        if piece && proof != Proof::Valid {
            return false;
        }
        to.seen.push(Seen {
            rule: self.number,
            span: secret.clone(),
            key: None,
            material: None,
            syntax: if token { Syntax::Token } else { Syntax::Bare },
            proof,
            dropped: refusal(&self.rule, bytes, proof).or_else(|| {
                let named = self.rule.detector == Detector::Keyword && proof != Proof::Valid;
                if named { self.other_name(&to.text[all.start..secret.start]) } else { None }
            }),
            decoded: None,
        });
        true
    }

    /// Why the name that the match begins with is of something else that the provider has: a digest, or the id of a request,
    /// a project … (`twilio_file_etag`, `snykProjectId`). What the rule itself names is no other thing.
    fn other_name(&self, head: &[u8]) -> Option<Reason> {
        let is_sign = |b: &u8| !(b.is_ascii_alphanumeric() || b"_-.".contains(b));
        let start = head.iter().position(u8::is_ascii_alphanumeric)?;
        let end = head[start..].iter().position(is_sign).map_or(head.len(), |at| start + at);
        let words = Words::of(&head[start..end]);
        let last = words.len().checked_sub(1)?;
        let own = |word: &[u8]| {
            let source = self.rule.pattern.as_ref().map_or("", Pattern::source).as_bytes();
            source.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
        };
        let word = words.get(last);
        if DIGESTS.contains(&word) && !own(word) {
            return Some(Reason::Hash);
        }
        let before = last.checked_sub(1).map(|at| words.get(at)).filter(|_| IDS.contains(&word))?;
        (THINGS.contains(&before) && !own(before)).then_some(Reason::Identifier)
    }
}

/// Why the rule itself does not believe a value: its entropy floor or its checksum.
pub(super) fn refusal(rule: &Rule, value: &[u8], proof: Proof) -> Option<Reason> {
    if proof == Proof::Invalid {
        Some(Reason::ChecksumInvalid)
    } else if rule.min_entropy.is_some_and(|floor| shannon(value) < floor) {
        Some(Reason::TooWeakToBeSecret)
    } else {
        None
    }
}

fn shift(range: Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

/// The next match from `at` and its secret.
fn find(regex: &Regex, group: Option<usize>, text: &[u8], at: usize) -> Option<(Range<usize>, Range<usize>)> {
    let Some(group) = group else {
        return regex.find_at(text, at).map(|found| (found.range(), found.range()));
    };
    let captures = regex.captures_at(text, at)?;
    let all = captures.get(0)?.range();
    let secret = captures.get(group).map_or(0..0, |found| found.range());
    Some((all, secret))
}

/// The part of `window` from the start of the anchor's line to the end of the line [`LINES_AFTER`] below.
fn lines(text: &[u8], anchor: Range<usize>, window: Range<usize>) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &text[window.start..anchor.start])
        .map_or(window.start, |at| window.start + at + 1);
    let rest = &text[anchor.end..window.end.max(anchor.end)];
    let end = memchr::memchr_iter(b'\n', rest).nth(LINES_AFTER).map_or(window.end, |at| anchor.end + at);
    start..end.max(anchor.end)
}

/// What stands before a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Boundary {
    /// Nothing that could belong to it.
    Clear,
    /// The last letter of an escape sequence (`\n`, `%3D`, `\u003d`, a terminal colour).
    Escape,
    /// A letter or digit: it may be a piece of something longer.
    Inside,
}

fn boundary_before(text: &[u8], start: usize) -> Boundary {
    let before = &text[start.saturating_sub(12)..start];
    let word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    if !word(before.last()) || !word(text.get(start)) {
        Boundary::Clear
    } else if ends_with_escape(before) {
        Boundary::Escape
    } else {
        Boundary::Inside
    }
}

fn ends_with_escape(before: &[u8]) -> bool {
    let hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    match before {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'0' | b'a' | b'e'] => true,
        [.., b'%', a, b] | [.., b'\\', b'x', a, b] if hex(&[*a, *b]) => true,
        [.., b'\\', b'u', a, b, c, d] if hex(&[*a, *b, *c, *d]) => true,
        [codes @ .., b'm'] => memchr::memrchr(b'[', codes).is_some_and(|at| {
            codes[..at].ends_with(b"\x1b") && codes[at + 1..].iter().all(|b| b.is_ascii_digit() || *b == b';')
        }),
        _ => false,
    }
}

/// True if the run that ended before `rest` goes on: with a letter or digit of its class, or with another byte of
/// its class and a letter or digit after it (`-` and `.` at the end of a token may be punctuation).
fn goes_on(rest: &[u8], member: impl Fn(u8) -> bool) -> bool {
    match rest {
        [first, ..] if !member(*first) => false,
        [first, ..] if first.is_ascii_alphanumeric() => true,
        [_, second, ..] => second.is_ascii_alphanumeric() && member(*second),
        _ => false,
    }
}
