//! One pass over the text that finds every occurrence of every keyword, without regard to ASCII case.
//!
//! An Aho-Corasick automaton (Aho and Corasick 1975) with a full transition table, built and walked here rather
//! than by the `aho-corasick` crate for two reasons. A walk is bound by the latency of one table load after the
//! other, so four parts of the text are walked in turns; and the table is `u16`, built in about a millisecond, with
//! the states near the root (nearly all visits) in a few kilobytes. The crate is the oracle of the tests.
//!
//! It knows nothing about rules: it gives keyword numbers and end offsets, in order of the end.

use std::collections::VecDeque;

/// Number of a keyword: its place in the list given to [`Prefilter::new`].
pub(super) type Keyword = u32;

/// Parts of a block walked in turns. Measured with 1,163 keywords on source code: 1 lane 390 MB/s, 2 lanes 750, 4 lanes
/// 1,040; the crate's table, which is twice as large, 525.
const LANES: usize = 4;
/// Bytes walked before their anchors are handed out; text and hits of a block stay in the L2 cache.
const BLOCK: usize = 64 * 1024;
/// Texts shorter than this are walked in one lane: warming up the others would cost more than it gains.
const SHORT: usize = 1024;
/// Most states one automaton can number.
const MOST_STATES: usize = u16::MAX as usize;

/// A match state at an offset (one past the last byte of the keyword).
type Stop = (u32, u16);

/// Buffers of a walk, kept between texts.
#[derive(Debug, Default)]
pub(super) struct Stops([Vec<Stop>; LANES]);

/// Finds keywords. Built once, shared by all threads.
#[derive(Debug)]
pub(super) struct Prefilter {
    /// One, unless the keywords need more states than a `u16` can number.
    automata: Vec<Automaton>,
}

impl Prefilter {
    /// Builds the automaton. Keywords are folded to lower case; empty ones never match. Equal keywords are all
    /// reported.
    pub(super) fn new(keywords: &[&[u8]]) -> Self {
        let mut automata = Vec::new();
        let mut part: Vec<(Keyword, &[u8])> = Vec::new();
        let mut states = 1;
        for (&keyword, number) in keywords.iter().zip(0..) {
            if keyword.is_empty() {
                continue;
            }
            if states + keyword.len() > MOST_STATES && !part.is_empty() {
                automata.push(Automaton::new(&part));
                part.clear();
                states = 1;
            }
            // A keyword longer than the table can number is cut: its head still wakes the rule.
            let head = &keyword[..keyword.len().min(MOST_STATES - 1)];
            states += head.len();
            part.push((number, head));
        }
        if !part.is_empty() {
            automata.push(Automaton::new(&part));
        }
        Self { automata }
    }

    /// Bytes of the transition tables.
    #[cfg(test)]
    fn table_bytes(&self) -> usize {
        self.automata.iter().map(|one| one.table.len() * size_of::<u16>()).sum()
    }

    /// Calls `on_stop` with the end offset of, and all keywords that end at, every place where one ends; in order
    /// of the offset within each automaton and block. Linear in the text.
    pub(super) fn scan(&self, text: &[u8], stops: &mut Stops, mut on_stop: impl FnMut(usize, &[Keyword])) {
        for automaton in &self.automata {
            let mut state = 0;
            let mut from = 0;
            while from < text.len() {
                let to = text.len().min(from + BLOCK);
                state = automaton.walk_block(text, from, to, state, stops);
                for lane in &mut stops.0 {
                    for (end, state) in lane.drain(..) {
                        on_stop(from + end as usize, automaton.keywords_at(state));
                    }
                }
                from = to;
            }
        }
    }
}

/// A complete automaton. State 0 is the root; states from `first_match` on are those where a keyword ends.
#[derive(Debug)]
struct Automaton {
    /// Class of each byte; letters of both cases share one, bytes in no keyword are 0.
    classes: [u8; 256],
    /// Entries in a row of the table.
    stride: usize,
    /// Next state by state and class.
    table: Vec<u16>,
    first_match: u16,
    /// For each match state, the end of its part of `keywords`; its start is the end of the one before.
    ends: Vec<u32>,
    keywords: Vec<Keyword>,
    /// Length of the longest keyword.
    longest: usize,
}

impl Automaton {
    fn new(keywords: &[(Keyword, &[u8])]) -> Self {
        let (classes, stride) = classes(keywords);
        let mut trie = Trie { table: vec![0; stride], stride, outputs: vec![Vec::new()] };
        for &(number, keyword) in keywords {
            trie.insert(keyword.iter().map(|&byte| classes[usize::from(byte)]), number);
        }
        let order = trie.complete();
        let (table, first_match) = trie.renumbered(&order);
        let mut ends = Vec::new();
        let mut flat = Vec::new();
        for &state in order.iter().filter(|&&state| !trie.outputs[usize::from(state)].is_empty()) {
            flat.extend_from_slice(&trie.outputs[usize::from(state)]);
            ends.push(flat.len() as u32);
        }
        let longest = keywords.iter().map(|(_, keyword)| keyword.len()).max().unwrap_or(0);
        Self { classes, stride, table, first_match, ends, keywords: flat, longest }
    }

    fn keywords_at(&self, state: u16) -> &[Keyword] {
        let at = usize::from(state - self.first_match);
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.keywords[start..self.ends[at] as usize]
    }

    #[inline]
    fn next(&self, state: u16, byte: u8) -> u16 {
        self.table[usize::from(state) * self.stride + usize::from(self.classes[usize::from(byte)])]
    }

    /// The state before `at`, known from the bytes that the longest keyword can reach back.
    fn state_before(&self, text: &[u8], at: usize) -> u16 {
        text[at.saturating_sub(self.longest)..at].iter().fold(0, |state, &byte| self.next(state, byte))
    }

    /// Walks `text[from..to]` beginning in `state`, collects the stops (relative to `from`) lane by lane, and gives
    /// the state at `to`.
    fn walk_block(&self, text: &[u8], from: usize, to: usize, state: u16, stops: &mut Stops) -> u16 {
        let block = &text[from..to];
        let part = block.len() / LANES;
        if block.len() < SHORT {
            return self.walk(block, 0, state, &mut stops.0[0]);
        }
        let (a, rest) = block.split_at(part);
        let (b, rest) = rest.split_at(part);
        let (c, rest) = rest.split_at(part);
        let (d, rest) = rest.split_at(part);
        let mut states = [state, 0, 0, 0];
        for (lane, state) in states.iter_mut().enumerate().skip(1) {
            *state = self.state_before(text, from + lane * part);
        }
        let [sa, sb, sc, sd] = &mut states;
        let [stops_a, stops_b, stops_c, stops_d] = &mut stops.0;
        for (at, (((&a, &b), &c), &d)) in (1u32..).zip(a.iter().zip(b).zip(c).zip(d)) {
            *sa = self.next(*sa, a);
            *sb = self.next(*sb, b);
            *sc = self.next(*sc, c);
            *sd = self.next(*sd, d);
            if *sa >= self.first_match {
                stops_a.push((at, *sa));
            }
            if *sb >= self.first_match {
                stops_b.push((at + part as u32, *sb));
            }
            if *sc >= self.first_match {
                stops_c.push((at + 2 * part as u32, *sc));
            }
            if *sd >= self.first_match {
                stops_d.push((at + 3 * part as u32, *sd));
            }
        }
        self.walk(rest, LANES * part, *sd, stops_d)
    }

    fn walk(&self, text: &[u8], offset: usize, mut state: u16, stops: &mut Vec<Stop>) -> u16 {
        for (at, &byte) in (offset as u32 + 1..).zip(text) {
            state = self.next(state, byte);
            if state >= self.first_match {
                stops.push((at, state));
            }
        }
        state
    }
}

/// Classes of bytes (0: in no keyword) and their number.
fn classes(keywords: &[(Keyword, &[u8])]) -> ([u8; 256], usize) {
    let mut used = [false; 256];
    for byte in keywords.iter().flat_map(|(_, keyword)| *keyword) {
        used[usize::from(byte.to_ascii_lowercase())] = true;
    }
    let mut classes = [0; 256];
    let mut next = 0;
    for byte in 0..=u8::MAX {
        if used[usize::from(byte)] {
            next += 1;
            classes[usize::from(byte)] = next;
            classes[usize::from(byte.to_ascii_uppercase())] = next;
        }
    }
    // Bytes fold to at most 230 classes, because upper-case letters have none of their own.
    (classes, usize::from(next) + 1)
}

/// The automaton while it grows.
struct Trie {
    table: Vec<u16>,
    stride: usize,
    /// Keywords that end in each state.
    outputs: Vec<Vec<Keyword>>,
}

impl Trie {
    fn insert(&mut self, classes: impl Iterator<Item = u8>, number: Keyword) {
        let mut state = 0;
        for class in classes {
            let edge = state * self.stride + usize::from(class);
            if self.table[edge] == 0 {
                self.table[edge] = self.outputs.len() as u16;
                self.table.resize(self.table.len() + self.stride, 0);
                self.outputs.push(Vec::new());
            }
            state = usize::from(self.table[edge]);
        }
        self.outputs[state].push(number);
    }

    /// Fills the missing edges from the longest proper suffix of each state; gives the states by depth.
    fn complete(&mut self) -> Vec<u16> {
        let mut suffix = vec![0usize; self.outputs.len()];
        let mut order = Vec::with_capacity(self.outputs.len());
        let mut queue = VecDeque::from([0usize]);
        let mut children = Vec::new();
        while let Some(state) = queue.pop_front() {
            order.push(state as u16);
            let row = state * self.stride..(state + 1) * self.stride;
            let own = self.table[row.clone()].iter().enumerate().filter(|(_, child)| **child != 0);
            children.clear();
            children.extend(own.map(|(class, child)| (class, usize::from(*child))));
            if state != 0 {
                // The suffix is less deep, so its row is complete already.
                let from = suffix[state] * self.stride;
                self.table.copy_within(from..from + self.stride, row.start);
            }
            for &(class, child) in &children {
                let edge = row.start + class;
                let fallback = if state == 0 { 0 } else { usize::from(self.table[edge]) };
                self.table[edge] = child as u16;
                suffix[child] = fallback;
                let inherited = self.outputs[fallback].clone();
                self.outputs[child].extend(inherited);
                queue.push_back(child);
            }
        }
        order
    }

    /// The table with states in `order`, those that match last, and the first of these.
    fn renumbered(&self, order: &[u16]) -> (Vec<u16>, u16) {
        let matches = |state: &&u16| !self.outputs[usize::from(**state)].is_empty();
        let plain: Vec<u16> = order.iter().filter(|state| !matches(state)).copied().collect();
        let first_match = plain.len() as u16;
        let mut number = vec![0u16; order.len()];
        let renumbered = plain.iter().chain(order.iter().filter(matches));
        for (&state, new) in renumbered.clone().zip(0..) {
            number[usize::from(state)] = new;
        }
        let mut table = Vec::with_capacity(self.table.len());
        for &state in renumbered {
            let row = usize::from(state) * self.stride;
            table.extend(self.table[row..row + self.stride].iter().map(|&to| number[usize::from(to)]));
        }
        (table, first_match)
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::*;

    fn found(keywords: &[&[u8]], text: &[u8]) -> Vec<(usize, Keyword)> {
        let mut found = Vec::new();
        Prefilter::new(keywords).scan(text, &mut Stops::default(), |end, numbers| {
            found.extend(numbers.iter().map(|&number| (end, number)));
        });
        found.sort_unstable();
        found
    }

    fn oracle(keywords: &[&[u8]], text: &[u8]) -> Vec<(usize, Keyword)> {
        let automaton =
            AhoCorasick::builder().ascii_case_insensitive(true).build(keywords).expect("few keywords");
        let mut found: Vec<_> =
            automaton.find_overlapping_iter(text).map(|hit| (hit.end(), hit.pattern().as_u32())).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn every_keyword_is_found_also_inside_another() {
        let keywords: [&[u8]; 4] = [b"pass", b"password", b"word", b"sswo"];
        assert_eq!(found(&keywords, b"PassWord"), [(4, 0), (6, 3), (8, 1), (8, 2)]);
    }

    #[test]
    fn equal_and_empty_keywords_do_no_harm() {
        assert_eq!(found(&[b"ab", b"", b"AB"], b"xab"), [(3, 0), (3, 2)]);
        assert_eq!(found(&[], b"xab"), []);
    }

    #[test]
    fn keywords_across_lane_and_block_borders_are_found() {
        let keyword: &[u8] = b"secret";
        for at in (0..SHORT + 8).step_by(5).chain((BLOCK - 8..BLOCK + 8).step_by(1)) {
            let mut text = vec![b's'; 2 * BLOCK + 3];
            text[at..at + keyword.len()].copy_from_slice(keyword);
            assert_eq!(found(&[keyword], &text), [(at + keyword.len(), 0)], "at {at}");
        }
        for quarter in 1..4 {
            let mut text = vec![b'-'; 4 * SHORT];
            let at = quarter * SHORT - 3;
            text[at..at + keyword.len()].copy_from_slice(keyword);
            assert_eq!(found(&[keyword], &text), [(at + keyword.len(), 0)]);
        }
    }

    #[test]
    fn more_keywords_than_one_table_can_number_are_split() {
        let keywords: Vec<String> = (0..9000).map(|n| format!("{n:08}")).collect();
        let bytes: Vec<&[u8]> = keywords.iter().map(String::as_bytes).collect();
        let prefilter = Prefilter::new(&bytes);
        assert!(prefilter.automata.len() > 1);
        assert!(prefilter.table_bytes() > 0);
        assert_eq!(found(&bytes, b"x00000007y 00008999"), [(9, 7), (19, 8999)]);
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_aho_corasick_crate(
            keywords in prop::collection::vec("[ab_c]{1,5}", 1..12),
            text in "[abABcC_-]{0,3000}",
        ) {
            let keywords: Vec<&[u8]> = keywords.iter().map(String::as_bytes).collect();
            prop_assert_eq!(found(&keywords, text.as_bytes()), oracle(&keywords, text.as_bytes()));
        }
    }
}
