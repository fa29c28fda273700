//! The identifier around an anchor: its bounds, its words, and which generic rule it speaks for.

use std::ops::Range;

/// Longest identifier looked at, in bytes each way from the anchor. A longer run of identifier bytes is data
/// (Base64, a minified blob), not a name.
const REACH: usize = 72;
/// At most this many words of a name are looked at.
const MOST_WORDS: usize = 16;

/// Bytes that may stand inside a dotted, dashed or qualified name.
const IN_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        let b = at as u8;
        table[at] = b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$') || b >= 0x80;
        at += 1;
    }
    table
};

/// The bounds of the identifier that holds the anchor, or `None` if the run of identifier bytes is too long to be a
/// name. Dots and dashes count as part of it (`spring.datasource.password`, `api-key`); those at either end do not.
pub(super) fn expand(bytes: &[u8], anchor: &Range<usize>) -> Option<Range<usize>> {
    let floor = anchor.start.saturating_sub(REACH);
    let mut start = anchor.start;
    while start > floor && IN_NAME[usize::from(bytes[start - 1])] {
        start -= 1;
    }
    if start == floor && start > 0 && IN_NAME[usize::from(bytes[start - 1])] {
        return None;
    }
    let ceiling = bytes.len().min(anchor.end + REACH);
    let mut end = anchor.end;
    // The full-width forms (U+FF00 and up) are punctuation: `密码：`.
    while end < ceiling && IN_NAME[usize::from(bytes[end])] && bytes[end] != 0xef {
        end += 1;
    }
    if end == ceiling && end < bytes.len() && IN_NAME[usize::from(bytes[end])] && bytes[end] != 0xef {
        return None;
    }
    while start < anchor.start && matches!(bytes[start], b'-' | b'.' | b'$') {
        start += 1;
    }
    while end > anchor.end && matches!(bytes[end - 1], b'-' | b'.' | b'$') {
        end -= 1;
    }
    // `"\npassword"` inside a string: the letter belongs to the escape.
    if start > 0
        && start < anchor.start
        && bytes[start - 1] == b'\\'
        && matches!(bytes[start], b'n' | b't' | b'r')
    {
        start += 1;
    }
    Some(start..end)
}

/// A name cut into lower-case words, without allocation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    bytes: [u8; 160],
    ends: [u8; MOST_WORDS],
    /// Dots before each word.
    parts: [u8; MOST_WORDS],
    count: usize,
}

impl Words {
    /// Cuts at separators, at changes from lower to upper case, before the last capital of an acronym
    /// (`DBPassword`), and around digits (which are dropped). Non-ASCII letters are kept.
    pub(crate) fn of(name: &[u8]) -> Self {
        let mut words = Self { bytes: [0; 160], ends: [0; MOST_WORDS], parts: [0; MOST_WORDS], count: 0 };
        let mut filled = 0_usize;
        let mut open = false;
        let mut dots = 0_u8;
        for (at, &byte) in name.iter().enumerate().take(words.bytes.len()) {
            let letter = byte.is_ascii_alphabetic() || byte >= 0x80;
            if !letter {
                words.close(&mut open, filled, dots);
                dots += u8::from(byte == b'.');
                continue;
            }
            if open && byte.is_ascii_uppercase() {
                let before = name[at - 1];
                let after = name.get(at + 1).copied().unwrap_or(0);
                if before.is_ascii_lowercase() || before.is_ascii_uppercase() && after.is_ascii_lowercase() {
                    words.close(&mut open, filled, dots);
                }
            }
            if words.count == MOST_WORDS {
                break;
            }
            words.bytes[filled] = byte.to_ascii_lowercase();
            filled += 1;
            open = true;
        }
        words.close(&mut open, filled, dots);
        words
    }

    fn close(&mut self, open: &mut bool, filled: usize, part: u8) {
        if *open && self.count < MOST_WORDS {
            self.parts[self.count] = part;
            self.ends[self.count] = filled as u8;
            self.count += 1;
        }
        *open = false;
    }

    /// Number of words.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Word `at`, from 0.
    pub(crate) fn get(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { usize::from(self.ends[at - 1]) };
        &self.bytes[start..usize::from(self.ends[at])]
    }

    /// Which dotted part of the name word `at` belongs to, from 0.
    pub(crate) fn part(&self, at: usize) -> u8 {
        self.parts[at]
    }

    /// All words in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        (0..self.count).map(|at| self.get(at))
    }

    /// True if any word is one of these.
    pub(crate) fn any(&self, wanted: &[&[u8]]) -> bool {
        self.iter().any(|word| wanted.contains(&word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(name: &str) -> Vec<String> {
        Words::of(name.as_bytes()).iter().map(|w| String::from_utf8_lossy(w).into_owned()).collect()
    }

    #[test]
    fn names_are_cut_into_words() {
        for (name, expected) in [
            ("dbPassword", "db password"),
            ("DBPassword", "db password"),
            ("DB_PASSWORD2", "db password"),
            ("spring.data-source.passWord", "spring data source pass word"),
            ("APIKey", "api key"),
            ("oauth2Token", "oauth token"),
            ("contraseña", "contraseña"),
            ("", ""),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }

    #[test]
    fn a_name_reaches_to_its_ends() {
        let text = b"$this->config.db_password = 1";
        assert_eq!(expand(text, &(17..21)), Some(7..25));
        let text = b"\\npassword=x";
        assert_eq!(expand(text, &(2..6)), Some(2..10));
    }

    #[test]
    fn a_run_without_end_is_no_name() {
        let text = [b"a".repeat(500), b"password".to_vec(), b"a".repeat(500)].concat();
        assert_eq!(expand(&text, &(500..508)), None);
        let _ = Words::of(&text);
    }
}
