//! What a pattern can cost at worst, in steps that are counted and not timed.
//!
//! An expression runs as an automaton that can be in several states at once (Thompson 1968; the engine of the `regex`
//! crate that is always right is of this kind, the quicker ones do less). A step is one state on one byte. Nothing is
//! ever tried twice, so the states of the automaton times the bytes of a keyword's window bound the steps that one keyword
//! can cause, whatever the text; windows that touch are joined, so they also bound the steps a byte.

use std::collections::BTreeSet;

use regex_automata::nfa::thompson::{Compiler, Config, NFA, State, WhichCaptures};
use regex_automata::util::syntax;

use super::problem::Problems;
use crate::candidate;
use crate::rule::Rule;

/// The most steps that one keyword of a rule may cause.
pub const MOST_STEPS: usize = 1 << 26;

/// The bound of a rule's work for one keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// States of the automaton: the most steps a byte.
    pub states: usize,
    /// Bytes that one keyword hands to it at most.
    pub window: usize,
}

impl Steps {
    /// The bound of `rule`. `None` without a pattern, or with one that does not compile.
    pub fn of(rule: &Rule) -> Option<Self> {
        let states = Machine::new(&rule.pattern.as_ref()?.expanded())?.0.states().len();
        Some(Self { states, window: candidate::longest_window(rule) })
    }

    /// Their product.
    pub fn most(self) -> usize {
        self.states.saturating_mul(self.window)
    }
}

pub(super) fn check(rule: &Rule, problems: &mut Problems) {
    let Some(steps) = Steps::of(rule).filter(|steps| steps.most() > MOST_STEPS) else { return };
    let Steps { states, window } = steps;
    let text = format!(
        "one keyword can cost {} steps ({states} states on {window} bytes), more than {MOST_STEPS}",
        steps.most()
    );
    problems.error(rule, text, "lower the counts of long repetitions or the reach");
}

/// The automaton of an expression.
pub(super) struct Machine(NFA);

impl Machine {
    /// Compiles as the engine does; none if the expression is wrong.
    pub(super) fn new(source: &str) -> Option<Self> {
        let syntax = syntax::Config::new().unicode(false).utf8(false).multi_line(true);
        let config = Config::new().utf8(false).which_captures(WhichCaptures::None);
        Compiler::new().syntax(syntax).configure(config).build(source).ok().map(Self)
    }

    /// True if a match can hold `keyword` in some case of letters. With `goes_on` the end of the keyword may stand after
    /// the match, if it is of letters, digits, `_`, `-` and `.`.
    ///
    /// A walk over pairs of a state and the number of the keyword's bytes seen (Knuth, Morris and Pratt 1977).
    pub(super) fn can_hold(&self, keyword: &[u8], goes_on: bool) -> bool {
        let table = Progress::new(keyword);
        let mut seen = BTreeSet::new();
        let mut open = vec![(self.0.start_anchored(), 0)];
        while let Some((id, progress)) = open.pop() {
            if !seen.insert((id, progress)) {
                continue;
            }
            let mut reach = |next, range: Option<(u8, u8)>| match range {
                Some((start, end)) => {
                    open.extend(
                        table.after(progress, start, end).into_iter().map(|progress| (next, progress)),
                    );
                }
                None => open.push((next, progress)),
            };
            match self.0.state(id) {
                State::ByteRange { trans } => reach(trans.next, Some((trans.start, trans.end))),
                State::Sparse(sparse) => {
                    for trans in &sparse.transitions {
                        reach(trans.next, Some((trans.start, trans.end)));
                    }
                }
                State::Dense(dense) => {
                    for (byte, &next) in (0..=u8::MAX).zip(dense.transitions.iter()) {
                        reach(next, Some((byte, byte)));
                    }
                }
                State::Look { next, .. } | State::Capture { next, .. } => reach(*next, None),
                State::Union { alternates } => alternates.iter().for_each(|&next| reach(next, None)),
                State::BinaryUnion { alt1, alt2 } => {
                    reach(*alt1, None);
                    reach(*alt2, None);
                }
                State::Fail => {}
                State::Match { .. } => {
                    if table.is_done(progress, goes_on) {
                        return true;
                    }
                }
            }
        }
        false
    }
}

/// How much of a keyword stands at the end of what was read.
struct Progress<'a> {
    keyword: &'a [u8],
    /// For each number of bytes seen, the next smaller number that is seen as well.
    shorter: Vec<usize>,
}

impl<'a> Progress<'a> {
    fn new(keyword: &'a [u8]) -> Self {
        let mut shorter = vec![0; keyword.len() + 1];
        for length in 2..=keyword.len() {
            let seen = &keyword[..length];
            let border = (1..length).rev().find(|&border| seen[..border] == seen[length - border..]);
            shorter[length] = border.unwrap_or(0);
        }
        Self { keyword, shorter }
    }

    /// The numbers after one more byte between `start` and `end`. Once the keyword was seen, it stays seen.
    fn after(&self, progress: usize, start: u8, end: u8) -> BTreeSet<usize> {
        if progress == self.keyword.len() {
            return BTreeSet::from([progress]);
        }
        // Bytes outside of the keyword all lead back to the beginning.
        let mut numbers = BTreeSet::from([0]);
        for &letter in self.keyword {
            for byte in [letter, letter.to_ascii_uppercase()] {
                if (start..=end).contains(&byte) {
                    numbers.insert(self.next(progress, letter));
                }
            }
        }
        numbers
    }

    fn next(&self, mut progress: usize, letter: u8) -> usize {
        loop {
            if self.keyword[progress] == letter {
                return progress + 1;
            }
            if progress == 0 {
                return 0;
            }
            progress = self.shorter[progress];
        }
    }

    fn is_done(&self, mut progress: usize, goes_on: bool) -> bool {
        let name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
        while progress > 0 {
            if progress == self.keyword.len() || goes_on && self.keyword[progress..].iter().all(name) {
                return true;
            }
            progress = self.shorter[progress];
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(source: &str, keyword: &str, goes_on: bool) -> bool {
        Machine::new(source).expect("a good expression").can_hold(keyword.as_bytes(), goes_on)
    }

    #[test]
    fn a_keyword_is_held_in_any_case_and_place() {
        for (source, keyword, held) in [
            (r"\bacme_[0-9a-f]{8}\b", "acme_", true),
            (r"(?i:ACME)_x", "acme_", true),
            ("AcMe_x", "acme_", true),
            ("acme_[0-9a-f]{8}", "acmex", false),
            ("ac[a-z]{2}[_-]", "acme_", true),
            ("[a-z]{3}_", "acme_", false),
            ("(?:acme|other)_k", "other_", true),
            ("acacme", "acme", true),
            ("aaab", "aab", true),
        ] {
            assert_eq!(holds(source, keyword, false), held, "{source} {keyword}");
        }
    }

    #[test]
    fn the_end_of_a_name_may_follow() {
        assert!(holds("(?i:acme)", "acme_api", true));
        assert!(!holds("(?i:acme)", "acme_api", false));
        assert!(!holds("(?i:acme)", "api_key", true));
        assert!(!holds("(?i:acme)", "acme key", true));
    }

    #[test]
    fn longer_repetitions_cost_more() {
        let states = |source: &str| Machine::new(source).expect("a good expression").0.states().len();
        assert!(states("a{0,200}b") > 10 * states("a{0,10}b"));
    }
}
