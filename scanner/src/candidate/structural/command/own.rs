//! Programs whose words have a grammar of their own.

use std::ops::Range;

use super::super::{push, reach};
use super::program::FLAG;
use crate::candidate::Syntax;
use crate::candidate::hit::{CodeDetector, Hit, Text};

/// `htpasswd -b [file] user X`: without `-b` the password is asked for, with `-n` there is no file.
pub(super) fn htpasswd(bytes: &[u8], words: &[Range<usize>]) -> Option<Range<usize>> {
    let mut batch = false;
    let mut file = 1;
    let mut plain = Vec::new();
    let mut takes_next = false;
    for word in words {
        let inside = &bytes[word.clone()];
        if matches!(inside.first(), Some(b'>' | b'<' | b'&')) {
            break;
        }
        if takes_next {
            takes_next = false;
        } else if let Some(flags) = inside.strip_prefix(b"-").filter(|_| plain.is_empty()) {
            batch |= flags.contains(&b'b');
            file = if flags.contains(&b'n') { 0 } else { file };
            // `-C cost`, `-r rounds`
            takes_next = matches!(flags.last(), Some(b'C' | b'r'));
        } else {
            plain.push(word.clone());
        }
    }
    plain.get(file + 1).filter(|_| batch).cloned()
}

/// `openssl passwd [-6] [-salt s] X`.
pub(super) fn openssl_passwd(bytes: &[u8], words: &[Range<usize>]) -> Option<Range<usize>> {
    let (command, rest) = words.split_first()?;
    if &bytes[command.clone()] != b"passwd" {
        return None;
    }
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        match &bytes[word.clone()] {
            b"-salt" | b"-in" => drop(rest.next()),
            flag if flag.starts_with(b"-") => {}
            _ => return Some(word.clone()),
        }
    }
    None
}

/// `net use [drive] \\server\share X /user:name`.
pub(in super::super) const NET_USE: CodeDetector =
    CodeDetector { anchors: &["net use ", "net.exe use "], binary: false, find: net_use };

fn net_use(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let line = anchor.end..reach::line_end(bytes, anchor.end);
    if reach::is_word(reach::before(bytes, anchor.start))
        || reach::find(bytes, line.clone(), b"/user:").is_none()
    {
        return;
    }
    let mut shared = false;
    let mut at = line.start;
    while at < line.end {
        let start = reach::blanks(bytes, at);
        let quote = usize::from(matches!(bytes.get(start), Some(b'"' | b'\'')));
        let end = start
            + quote
            + bytes[(start + quote).min(line.end)..line.end]
                .iter()
                .position(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'&' | b'|'))
                .unwrap_or_else(|| line.end.saturating_sub(start + quote));
        let word = start + quote..end.max(start + quote);
        match bytes.get(word.clone()).unwrap_or_default() {
            share if share.starts_with(b"\\\\") => shared = true,
            switch if switch.starts_with(b"/") => {}
            b"*" | b"" => {}
            _ if shared => return push(text, hits, FLAG, word, None, Syntax::Flag),
            _ => {}
        }
        at = end.max(start) + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::{check, check_dropped};
    use super::*;

    #[test]
    fn shares_are_mounted_with_a_password() {
        check(
            &NET_USE,
            FLAG,
            &[
                ("net~ use Z: \\\\srv\\share PWD1 /user:bob", &["PWD1"]),
                ("net~ use \\\\srv\\share /USER:dom\\bob PWD1 /persistent:no", &["PWD1"]),
                ("net~ use \\\\srv\\share \"PWD1\" /user:bob", &["PWD1"]),
                ("os.system('net~ use \\\\srv\\c$ PWD1 /user:bob')", &["PWD1"]),
                ("net~ use \\\\srv\\share * /user:bob", &[]),
                ("net~ use Z: \\\\srv\\share", &[]),
                ("net~ use Z: /delete", &[]),
            ],
        );
        check_dropped(&NET_USE, &["net~ use \\\\srv\\share %PASSWORD% /user:bob"]);
    }
}
