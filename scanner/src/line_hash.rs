//! GitHub code scanning's hash of a line, so that an alert stays the same alert when lines move.
//!
//! Code scanning matches alerts by `partialFingerprints.primaryLocationLineHash` alone. Its upload action computes
//! the hash from the checkout when a report has none; uploads through the REST endpoint get none. This module gives
//! the same value for every kind of upload.
//!
//! The hash of a line is a polynomial over the 100 UTF-16 code units that begin with it, other lines included:
//! `sum(unit[i] * 37^(99 - i)) mod 2^64`. Spaces and tabs do not count, `\r` and `\r\n` count as `\n`, the end of
//! the file counts as one unit 0xFFFF followed by zeros. It is written in hexadecimal without leading zeros, then a
//! colon, then how many lines with this hash there were so far. Facts from `github/codeql-action`
//! (`src/fingerprints.ts`), whose published test vectors are this module's tests.
//!
//! It does not know findings or files. It reads the **stored** bytes of a file, not decoded ones, because that is
//! what the upload action reads. Cost: linear in the bytes, one table entry for each distinct line before the last
//! wanted one; call it for files with findings only.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Code units that a hash covers.
const WINDOW: usize = 100;
/// Base of the polynomial.
const BASE: u64 = 37;
/// Stands for the end of the file.
const END_OF_FILE: u16 = 0xFFFF;
/// Distinct lines that are remembered. Lines after the last one that fits get no hash (the upload action fills
/// them in), so that a file of a gigabyte cannot take the memory of one.
const MAX_DISTINCT: usize = 1 << 20;

/// Bytes after which a whole file's hashing looks whether it knows all it wants.
const PIECE: usize = 64 * 1024;

/// `37^100 mod 2^64`: the weight of the unit that leaves the window.
const LEAVING: u64 = {
    let mut power: u64 = 1;
    let mut i = 0;
    while i < WINDOW {
        power = power.wrapping_mul(BASE);
        i += 1;
    }
    power
};

/// The hashes of the `wanted` lines (from 1) of a whole file. Lines that the file does not have are missing.
pub fn line_hashes(stored: &[u8], wanted: impl IntoIterator<Item = u64>) -> BTreeMap<u64, String> {
    let mut hasher = LineHasher::default();
    for line in wanted {
        hasher.want(line);
    }
    let last = hasher.wanted.last().copied().unwrap_or(0);
    for piece in stored.chunks(PIECE) {
        if hasher.hashed >= last {
            return hasher.done;
        }
        hasher.feed(piece);
    }
    hasher.finish()
}

/// Hashes lines of a file that arrives in pieces.
///
/// Lines count as the upload action counts them: `\n`, `\r\n` and a lone `\r` each end a line.
#[derive(Debug)]
pub struct LineHasher {
    wanted: BTreeSet<u64>,
    done: BTreeMap<u64, String>,
    seen: HashMap<u64, u32>,
    max_distinct: usize,
    /// The last hundred units; `starts` holds at the same place the number of the line that begins there, or 0.
    units: [u16; WINDOW],
    starts: [u64; WINDOW],
    next: usize,
    hash: u64,
    /// The line that was begun last, from 1.
    line: u64,
    /// The line that was hashed last.
    hashed: u64,
    at_line_start: bool,
    after_cr: bool,
    /// The beginning of a character that a piece cut off (at most three bytes).
    partial: Vec<u8>,
}

impl Default for LineHasher {
    fn default() -> Self {
        Self {
            wanted: BTreeSet::new(),
            done: BTreeMap::new(),
            seen: HashMap::new(),
            max_distinct: MAX_DISTINCT,
            units: [0; WINDOW],
            starts: [0; WINDOW],
            next: 0,
            hash: 0,
            line: 0,
            hashed: 0,
            at_line_start: true,
            after_cr: false,
            partial: Vec::new(),
        }
    }
}

impl LineHasher {
    /// Asks for the hash of `line` (from 1). To be called before the piece that holds the 100th unit after the
    /// line's start is fed: with findings of a piece known, before that piece.
    pub fn want(&mut self, line: u64) {
        self.wanted.insert(line);
    }

    /// Takes the next bytes of the file; pieces may cut anywhere, but must not overlap.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !self.partial.is_empty() {
            let Some((&first, tail)) = rest.split_first() else { return };
            self.partial.push(first);
            match std::str::from_utf8(&self.partial) {
                Ok(_) => {
                    let whole = std::mem::take(&mut self.partial);
                    self.decode(&whole);
                    rest = tail;
                }
                Err(error) if error.error_len().is_none() => rest = tail,
                Err(_) => {
                    // The byte does not go on with the character: it begins the next one.
                    self.partial.clear();
                    self.unit(0xFFFD);
                }
            }
        }
        self.decode(rest);
    }

    /// Ends the file and gives the hashes.
    pub fn finish(mut self) -> BTreeMap<u64, String> {
        if !self.partial.is_empty() {
            self.unit(0xFFFD);
        }
        self.unit(END_OF_FILE);
        for _ in 0..WINDOW {
            self.leave();
            self.push(0);
        }
        self.done
    }

    /// Decodes as WHATWG does (one U+FFFD for each maximal invalid part), which is what Node.js streams do.
    fn decode(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            if chunk.valid().is_ascii() {
                chunk.valid().bytes().for_each(|byte| self.unit(u16::from(byte)));
            } else {
                chunk.valid().encode_utf16().for_each(|unit| self.unit(unit));
            }
            let invalid = chunk.invalid();
            if invalid.is_empty() {
                continue;
            }
            let cut_off = chunks.peek().is_none()
                && std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if cut_off {
                self.partial.extend_from_slice(invalid);
            } else {
                self.unit(0xFFFD);
            }
        }
    }

    fn unit(&mut self, unit: u16) {
        const LF: u16 = 0x0A;
        const CR: u16 = 0x0D;
        let follows_cr = std::mem::take(&mut self.after_cr);
        if unit == 0x20 || unit == 0x09 || (follows_cr && unit == LF) {
            return;
        }
        self.after_cr = unit == CR;
        let unit = if unit == CR { LF } else { unit };
        self.leave();
        if self.at_line_start {
            self.line += 1;
            self.starts[self.next] = self.line;
        }
        self.at_line_start = unit == LF;
        self.push(unit);
    }

    /// If the unit that is about to leave the window began a line, the window is that line's hundred units.
    fn leave(&mut self) {
        let line = std::mem::take(&mut self.starts[self.next]);
        if line == 0 {
            return;
        }
        self.hashed = line;
        let known = self.seen.len();
        let count = match self.seen.entry(self.hash) {
            std::collections::hash_map::Entry::Vacant(_) if known >= self.max_distinct => return,
            entry => entry.or_insert(0),
        };
        *count = count.saturating_add(1);
        if self.wanted.contains(&line) {
            self.done.insert(line, format!("{:x}:{count}", self.hash));
        }
    }

    fn push(&mut self, unit: u16) {
        let leaving = std::mem::replace(&mut self.units[self.next], unit);
        self.hash = self
            .hash
            .wrapping_mul(BASE)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(LEAVING.wrapping_mul(u64::from(leaving)));
        self.next = (self.next + 1) % WINDOW;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<String> {
        line_hashes(text, 1..=1000).into_values().collect()
    }

    /// The inputs and results that `github/codeql-action` publishes in `src/fingerprints.test.ts`.
    #[test]
    fn the_upload_actions_published_vectors_hold() {
        let greetings = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        let repeated = "Lorem ipsum dolor sit amet.\n".repeat(10);
        let cases: [(&str, &[&str]); 8] = [
            ("", &["c129715d7a2bc9a3:1"]),
            (
                " a\nb\n  \t\tc\n d",
                &["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
            ),
            (
                " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
                &[
                    "8b7cf3e952e7aeb2:1",
                    "b1ae1287ec4718d9:1",
                    "bff680108adb0fcc:1",
                    "c6805c5e1288b612:1",
                    "b86d3392aea1be30:1",
                    "e6ceba753e1a442:1",
                ],
            ),
            (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", &greetings),
            (" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", &greetings),
            (" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", &greetings),
            (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", &greetings),
            (
                &repeated,
                &[
                    "a7f2ff13bc495cf2:1",
                    "a7f2ff13bc495cf2:2",
                    "a7f2ff13bc495cf2:3",
                    "a7f2ff13bc495cf2:4",
                    "a7f2ff13bc495cf2:5",
                    "a7f2ff13bc495cf2:6",
                    "a7f2ff1481e87703:1",
                    "a9cf91f7bbf1862b:1",
                    "55ec222b86bcae53:1",
                    "cc97dc7b1d7d8f7b:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(all(text.as_bytes()), expected, "{text:?}");
        }
    }

    /// The definition, computed directly instead of by rolling.
    fn by_definition(units: &[u16]) -> String {
        let hash = (0..WINDOW).fold(0_u64, |hash, i| {
            hash.wrapping_mul(BASE).wrapping_add(u64::from(units.get(i).copied().unwrap_or(0)))
        });
        format!("{hash:x}:1")
    }

    #[test]
    fn characters_count_as_utf16_units_and_invalid_bytes_as_replacement() {
        let mut units: Vec<u16> = "é😀\u{FFFD}x".encode_utf16().collect();
        units.push(END_OF_FILE);
        assert_eq!(all(b"\xc3\xa9 \xf0\x9f\x98\x80\xe2\x82x"), [by_definition(&units)]);
    }

    #[test]
    fn pieces_give_what_the_whole_gives() {
        let text: Vec<u8> =
            [&b"a = 'b'\r\n\r\xf0\x9f\x98\x80 \xe2\x82 \xff\xc3"[..], &[b'y'; 150], b"\nz\xe2\x82"].concat();
        let whole = all(&text);
        for first in 0..text.len() {
            for second in first..text.len().min(first + 4) {
                let mut hasher = LineHasher::default();
                (1..=1000).for_each(|line| hasher.want(line));
                hasher.feed(&text[..first]);
                hasher.feed(&text[first..second]);
                hasher.feed(&text[second..]);
                assert_eq!(hasher.finish().into_values().collect::<Vec<_>>(), whole);
            }
        }
    }

    #[test]
    fn only_wanted_lines_are_given_and_missing_lines_are_not_invented() {
        let hashes = line_hashes(b"one\ntwo\nthree\n", [2, 99]);
        assert_eq!(hashes.into_keys().collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_long_file_stops_being_read_when_all_is_known() {
        let text = "one line of many\n".repeat(PIECE);
        let whole = all(text.as_bytes());
        assert_eq!(
            line_hashes(text.as_bytes(), [1, 9]).into_values().collect::<Vec<_>>(),
            [whole[0].clone(), whole[8].clone()]
        );
    }

    #[test]
    fn beyond_the_limit_new_lines_get_no_hash_and_known_ones_are_counted_on() {
        let filler = "x".repeat(WINDOW);
        let lines: Vec<String> = [1, 2, 3, 1, 4].iter().map(|n| format!("{n}{filler}\n")).collect();
        let mut hasher = LineHasher { max_distinct: 2, ..LineHasher::default() };
        (1..=5).for_each(|line| hasher.want(line));
        hasher.feed(lines.concat().as_bytes());
        let given = hasher.finish();
        assert_eq!(given.keys().copied().collect::<Vec<_>>(), [1, 2, 4]);
        assert!(given[&4].ends_with(":2"), "{given:?}");
    }
}
