//! Logins with a syntax that is told wherever it stands: netrc entries, npm's registry credentials.
//!
//! Files that only their name tells are `known_file`'s; `.git-credentials` holds URLs (`url`), `.docker/config.json` Base64
//! (`basic`), `my.cnf` and `.pypirc` assignments.

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{basic, push, reach};
use crate::reason::Reason;

/// `machine h login u password p`, on one line or several.
pub(super) const NETRC: CodeDetector =
    CodeDetector { anchors: &["machine", "default login"], binary: false, find: netrc };

/// `//registry/:_authToken=…`, `_auth=…`, `_password=…`.
pub(super) const NPMRC: CodeDetector = CodeDetector {
    anchors: &["_authtoken", "_auth", "_password", "npmauthtoken", "npmauthident"],
    binary: false,
    find: npmrc,
};

fn netrc(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let lead = reach::before(bytes, anchor.start);
    if !(lead.is_ascii_whitespace() || matches!(lead, b'"' | b'\'' | b'`')) {
        return;
    }
    let is_file = text.path.name.contains("netrc");
    let mut words = Words { bytes, at: anchor.end, roof: bytes.len().min(anchor.end + 512), is_file };
    if bytes[anchor.clone()].eq_ignore_ascii_case(b"machine") {
        if !bytes.get(anchor.end).is_some_and(|&b| b == b' ' || b == b'\t') || words.next().is_none() {
            return;
        }
    } else {
        words.next();
    }
    let mut login = bytes[anchor].len() > 7;
    let mut is_public = false;
    while let Some(name) = words.next() {
        match &bytes[name.clone()] {
            b"login" | b"user" | b"account" => {
                let user = words.next();
                is_public |= user.is_some_and(|user| matches!(&bytes[user], b"anonymous" | b"ftp"));
                login = true;
            }
            b"port" | b"protocol" => {
                words.next();
            }
            b"password" | b"passwd" => {
                let Some(value) = words.next() else { return };
                if is_public {
                    // An address of mail, as is the custom.
                    let key = Some(name);
                    let hit = Hit::new("netrc-password", value, key, Syntax::Field);
                    hits.push(Hit { dropped: Some(Reason::Placeholder), ..hit });
                } else if login || is_file {
                    push(text, hits, "netrc-password", value, Some(name), Syntax::Field);
                }
                return;
            }
            _ => return,
        }
    }
}

/// Words between white space; quotes and line-break escapes (`\n`) of a string in code end a word. In a file of its own a
/// quoted word may have blanks.
struct Words<'a> {
    bytes: &'a [u8],
    at: usize,
    roof: usize,
    is_file: bool,
}

impl Words<'_> {
    fn next(&mut self) -> Option<Range<usize>> {
        let mut at = self.at;
        while at < self.roof {
            if self.bytes[at].is_ascii_whitespace() {
                at += 1;
            } else if matches!(self.bytes.get(at..at + 2), Some(b"\\n" | b"\\t")) {
                at += 2;
            } else {
                break;
            }
        }
        if self.is_file
            && self.bytes.get(at) == Some(&b'"')
            && let Some(quoted) = reach::quoted(self.bytes, at)
        {
            self.at = quoted.end;
            return Some(quoted.span);
        }
        let end = self.bytes[at..self.roof]
            .iter()
            .position(|&b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'\\'))
            .map_or(self.roof, |n| at + n);
        self.at = end;
        (end > at).then_some(at..end)
    }
}

fn npmrc(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let yarn = bytes[anchor.start] != b'_';
    let lead = reach::before(bytes, anchor.start);
    let placed = matches!(lead, b':' | b'\n' | b' ' | b'"' | b'\'' | b'/' | b'\t');
    if !placed || bytes.get(anchor.end).is_none_or(|&b| reach::is_word(b)) {
        return;
    }
    let is_config = yarn || lead == b':' || text.path.name.contains("npmrc");
    if !is_config {
        return;
    }
    let after_name = anchor.end + reach::quote_width(bytes, anchor.end);
    let mut at = reach::blanks(bytes, after_name);
    match bytes.get(at) {
        Some(b'=' | b':') => at = reach::blanks(bytes, at + 1),
        // `npm config set //registry/:_authToken VALUE`.
        _ if at > after_name && lead == b':' => {}
        _ => return,
    }
    let Some(value) = reach::literal(bytes, at, b";,") else { return };
    let name = &bytes[anchor.clone()];
    let encoded =
        name.eq_ignore_ascii_case(b"_auth") && basic::password(&bytes[value.span.clone()]).is_none();
    let code = !value.quoted && bytes[value.span.clone()].contains(&b'(');
    if !code && (!encoded || value.span.len() >= 16) {
        push(text, hits, "npmrc-auth", value.span, Some(anchor), Syntax::Field);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped, check_in};
    use super::*;

    #[test]
    fn netrc_is_read_on_one_line_and_several() {
        check(
            &NETRC,
            "netrc-password",
            &[
                ("mach~ine h.example login me pass~word PWD1", &["PWD1"]),
                (
                    "mach~ine h\n  login me\n\tpass~word PWD1\nmach~ine g login x pass~word PWD2\n",
                    &["PWD1", "PWD2"],
                ),
                ("echo \"mach~ine h login me pass~word PWD1\" > ~/.netrc", &["PWD1"]),
                ("\"mach~ine h\\nlogin me\\npass~word PWD1\\n\"", &["PWD1"]),
                ("default~ login me pass~word PWD1", &["PWD1"]),
                ("the mach~ine has a pass~word PWD1", &[]),
                ("mach~inery login me pass~word PWD1", &[]),
            ],
        );
        let quoted = "mach~ine h login me pass~word \"a few words PWD1\"\n";
        check_in(&NETRC, "netrc-password", "home/.netrc", &[(quoted, &["a few words PWD1"])]);
        check(&NETRC, "netrc-password", &[("x = \"mach~ine h login me pass~word \" + pw + \"\"", &[])]);
        check_dropped(
            &NETRC,
            &["mach~ine h login me pass~word ${PW}", "default~ login anonymous pass~word me@a.example"],
        );
    }

    #[test]
    fn npmrc_tokens_are_found() {
        check(
            &NPMRC,
            "npmrc-auth",
            &[
                ("//registry.npmjs.org/:_auth~Token=TOK1", &["TOK1"]),
                ("//r/:_auth~Token = \"TOK1\"", &["TOK1"]),
                ("npm config set //r/:_auth~Token TOK1", &["TOK1"]),
                ("npmAuth~Token: \"TOK1\"", &["TOK1"]),
                ("self._auth~ = TOK1", &[]),
            ],
        );
        check_in(&NPMRC, "npmrc-auth", ".npmrc", &[("_auth~=B64A\n", &["B64A"]), ("_auth~=abc\n", &[])]);
        check_dropped(&NPMRC, &["//r/:_auth~Token=${NPM_TOKEN}"]);
    }
}
