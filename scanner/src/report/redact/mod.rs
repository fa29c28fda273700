//! The one place where secret bytes become text.
//!
//! Masked, unless the user asked for raw values:
//! - the value itself (fixed width, so that its length stays unknown);
//! - in a source line: every range the snippet names, every other occurrence of the value, plain or encoded, and
//!   what is left of an occurrence that the cut went through; of a decoded value also what was written;
//! - in everything else that a repository controls (names, authors, failure causes): every reported value that is
//!   too peculiar to stand there by chance ([`known`]). A password `postgres` does not turn the path
//!   `docker/postgres/compose.yml` into stars;
//! - in paths: of those, the values that do not read as the name of a file or folder ([`name`]). A setting
//!   `password: secrets.txt` leaves the file `secrets.txt` where people can find it; a folder that is called like a
//!   token is masked.
//!
//! A path is there to find the file by, so its slashes and its extension stay whatever is masked, and with them the
//! folders and the depth. Only what does not read as a name is masked, so the file stands out in its folder.
//!
//! Source text is also made harmless, raw values included: control characters, ANSI escapes, text-direction
//! overrides and the `##[` commands of build logs cannot get through [`printable`].
//!
//! Formats escape what they write for their own syntax; they never mask.

mod forms;
mod known;
mod name;

use std::borrow::Cow;
use std::ops::Range;

use crate::finding::{Companion, Fact, Finding, Snippet};
use crate::ledger::{Failure, Ledger};
use crate::secret::Secret;
pub(in crate::report) use forms::xml_escaped;
use known::KnownSecrets;
pub(in crate::report) use known::is_peculiar;
pub(in crate::report) use name::reads_as_name;

/// Stands for hidden bytes.
pub(in crate::report) const MASK: &str = "********";
/// Shorter values are masked where the snippet says so only: masking each `a` would say more than it hides.
const MIN_OCCURRENCE: usize = 3;
/// Letters of the extensions that stay in a path: `.json`, `.java`, `.swift`.
const MAX_EXTENSION: usize = 5;

/// A source line, fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Masked and printable; `…` where it was cut; tabs are four spaces. No line break.
    pub text: String,
    /// The characters (not bytes) of `text` that stand for the finding, half-open.
    pub highlight: Range<usize>,
}

/// Turns secrets, lines and other text of scanned repositories into output.
#[derive(Debug)]
pub struct Redactor<'a> {
    show: bool,
    known: KnownSecrets<'a>,
}

impl<'a> Redactor<'a> {
    /// `show` is `--show-secrets`. The values of all `findings` and of what was `suppressed` are masked wherever they turn up.
    pub fn new(show: bool, findings: &'a [Finding], suppressed: &'a [Finding]) -> Self {
        let known =
            if show { KnownSecrets::default() } else { KnownSecrets::new(findings.iter().chain(suppressed)) };
        Self { show, known }
    }

    /// The value: masked, or raw (with U+FFFD for invalid UTF-8, control characters kept: pass it through
    /// [`printable`] unless the format escapes them).
    pub fn secret(&self, secret: &Secret) -> String {
        if self.show { String::from_utf8_lossy(secret.expose()).into_owned() } else { masked(secret) }
    }

    /// A companion's value: shown if it is public, and nothing that is secret stands in it; else as a secret.
    pub fn companion(&self, companion: &Companion) -> String {
        if companion.is_public && !self.show {
            return self.text(&String::from_utf8_lossy(companion.value.expose())).into_owned();
        }
        self.secret(&companion.value)
    }

    /// Any other text that a repository controls, but for paths; not yet printable.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        without(text, self.known.find(text.as_bytes()))
    }

    /// A path in the scanned repository; not yet printable. What does not read as a name is masked in it.
    pub fn path<'t>(&self, path: &'t str) -> Cow<'t, str> {
        without(path, visible_in_path(path, self.known.find_in_path(path.as_bytes())))
    }

    /// The finding's source line.
    pub fn snippet(&self, finding: &Finding) -> Line {
        let Snippet { line, cut, highlight, hidden } = &finding.snippet;
        let line = line.expose();
        let highlight = highlight.start.min(line.len())..highlight.end.min(line.len());
        let mut pieces = merge(vec![highlight.clone()], line.len());
        if !self.show {
            let mut ranges = hidden.clone();
            ranges.push(highlight.clone());
            ranges.extend(occurrences(line, *cut, finding.secret.expose()));
            if let Some(encoded) = &finding.encoded {
                ranges.extend(occurrences(line, *cut, encoded.written.expose()));
            }
            ranges.extend(self.known.find(line));
            pieces = merge(ranges, line.len());
        }

        let mut shown = Shown::default();
        if cut.0 {
            shown.push("…");
        }
        let mut at = 0;
        let mut marked = None;
        for piece in pieces {
            shown.push(&String::from_utf8_lossy(&line[at..piece.start]));
            let before = shown.chars;
            if self.show {
                shown.push(&String::from_utf8_lossy(&line[piece.clone()]));
            } else if piece == highlight {
                shown.push(&masked(&finding.secret));
            } else {
                shown.push(MASK);
            }
            if piece.start <= highlight.start && highlight.end <= piece.end {
                marked.get_or_insert(before..shown.chars);
            }
            at = piece.end;
        }
        shown.push(&String::from_utf8_lossy(&line[at..]));
        if cut.1 {
            shown.push("…");
        }
        Line { text: shown.text, highlight: marked.unwrap_or(0..0) }
    }

    /// What a finding says about itself; not yet printable.
    pub fn facts(&self, finding: &Finding) -> Vec<Fact> {
        let masked =
            |fact: &Fact| Fact { name: fact.name.clone(), value: self.text(&fact.value).into_owned() };
        finding.facts.iter().map(masked).collect()
    }

    /// The ledger with every text that a repository controls masked.
    pub fn ledger(&self, ledger: &Ledger) -> Ledger {
        let mut ledger = ledger.clone();
        let mask = |text: &mut String| {
            if let Cow::Owned(masked) = self.text(text) {
                *text = masked;
            }
        };
        let mask_path = |path: &mut String| {
            if let Cow::Owned(masked) = self.path(path) {
                *path = masked;
            }
        };
        for Failure { path, cause, remedy } in &mut ledger.failures {
            mask_path(path);
            mask(cause);
            mask(remedy);
        }
        ledger.notices.iter_mut().for_each(mask);
        ledger.skipped_paths.iter_mut().for_each(|(path, _)| mask_path(path));
        ledger.config.iter_mut().for_each(mask_path);
        ledger.judge.notice.iter_mut().for_each(mask);
        mask(&mut ledger.judge.name);
        ledger
    }
}

/// Printable text under construction, with its length in characters.
#[derive(Default)]
struct Shown {
    text: String,
    chars: usize,
}

impl Shown {
    fn push(&mut self, text: &str) {
        let text = printable(text);
        self.chars += text.chars().count();
        self.text.push_str(&text);
    }
}

/// The masked form, without the dashes that all armoured keys begin with.
fn masked(secret: &Secret) -> String {
    let masked = secret.masked();
    if masked.starts_with('-') { MASK.to_owned() } else { masked }
}

/// `text` with a mask for each of the ranges, which may overlap; a character that one of them cuts becomes U+FFFD.
pub(in crate::report) fn without(text: &str, hidden: Vec<Range<usize>>) -> Cow<'_, str> {
    if hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for range in merge(hidden, text.len()) {
        masked.push_str(&String::from_utf8_lossy(&text.as_bytes()[at..range.start]));
        masked.push_str(MASK);
        at = range.end;
    }
    masked.push_str(&String::from_utf8_lossy(&text.as_bytes()[at..]));
    Cow::Owned(masked)
}

/// The ranges without the slashes of `path` and without its extension (up to five lower-case letters).
pub(in crate::report) fn visible_in_path(path: &str, hidden: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_plain = (1..=MAX_EXTENSION).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_lowercase());
    let end = if is_plain { path.len() - extension.len() - 1 } else { path.len() };
    let mut pieces = Vec::with_capacity(hidden.len());
    for range in hidden {
        let mut at = range.start;
        for piece in path.as_bytes()[range.clone()].split(|byte| *byte == b'/') {
            let to = at + piece.len();
            pieces.push(at..to.min(end).max(at));
            at = to + 1;
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Ranges of `line` that hold `secret`, plain or encoded, or the part of it that the cut left.
fn occurrences(line: &[u8], cut: (bool, bool), secret: &[u8]) -> Vec<Range<usize>> {
    if secret.len() < MIN_OCCURRENCE {
        return Vec::new();
    }
    let mut found = Vec::new();
    for form in forms::forms(secret) {
        found.extend(memchr::memmem::find_iter(line, &form).map(|at| at..at + form.len()));
    }
    let longest = line.len().min(secret.len().saturating_sub(1));
    if cut.0 {
        let left = (MIN_OCCURRENCE..=longest).rev().find(|&n| line[..n] == secret[secret.len() - n..]);
        found.extend(left.map(|n| 0..n));
    }
    if cut.1 {
        let left = (MIN_OCCURRENCE..=longest).rev().find(|&n| line[line.len() - n..] == secret[..n]);
        found.extend(left.map(|n| line.len() - n..line.len()));
    }
    found
}

/// Sorts, clips to `len`, drops what is empty and joins what overlaps or touches.
fn merge(mut ranges: Vec<Range<usize>>, len: usize) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        let range = range.start.min(len)..range.end.min(len);
        match merged.last_mut() {
            _ if range.is_empty() => {}
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// Text that can do nothing to a terminal or a build log: each control character is shown as its picture (`␛`),
/// invisible and direction-changing characters as U+FFFD, a tab as four spaces, and the second `#` of the commands
/// `##[…`, `##vso[…` and `##teamcity[…` as `♯`. Except for tabs, one character stays one character.
pub fn printable(text: &str) -> Cow<'_, str> {
    let plain = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_control());
    if plain && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        match c {
            '\t' => out.push_str("    "),
            '\0'..='\x1f' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{FFFD}')),
            '\x7f' => out.push('\u{2421}'),
            '#' if text[..at].ends_with('#') && begins_command(&text[at + 1..]) => out.push('♯'),
            c if is_treacherous(c) => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn begins_command(after: &str) -> bool {
    ["[", "vso[", "teamcity["].iter().any(|name| {
        after.as_bytes().get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()))
    })
}

/// C1 controls, line separators, zero-width characters, text direction, byte-order mark, tags.
pub(super) fn is_treacherous(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests;
