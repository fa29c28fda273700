//! Passwords that a pipe or a dialogue hands over: `echo "user:X" | chpasswd`, `ConvertTo-SecureString "X"`,
//! `echo X | … --password-stdin`, `echo X | passwd`, and Expect's `send "X\r"` after a prompt for a password.

use std::ops::Range;

use super::super::{push, reach};
use super::program::{FLAG, split};
use crate::candidate::Syntax;
use crate::candidate::hit::{CodeDetector, Hit, Text};

/// Pipes, woken by who reads.
pub(in super::super) const PIPELINE: CodeDetector = CodeDetector {
    anchors: &[
        "chpasswd",
        "convertto-securestring",
        "--password-stdin",
        "--stdin",
        "| passwd",
        "|passwd",
        "| sudo passwd",
        "| smbpasswd",
        "| sudo smbpasswd",
        "sudo -s",
    ],
    binary: false,
    find: pipeline,
};

/// Answers to a prompt.
pub(in super::super) const DIALOGUE: CodeDetector = CodeDetector {
    anchors: &["send \"", "send -- \"", "send {", "sendline(", "send_line("],
    binary: false,
    find: dialogue,
};

/// How far before an answer its prompt may stand.
const PROMPT: usize = 160;

fn pipeline(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let start = reach::line_start(bytes, anchor.start);
    let end = reach::line_end(bytes, anchor.end);
    if continues_with_secure_string(bytes, &anchor) {
        // The argument, by position or after `-String`, or the string before the pipe.
        let mut at = reach::blanks(bytes, anchor.end);
        if reach::continues(bytes, at, b"-string ") {
            at = reach::blanks(bytes, at + 8);
        }
        let piped = || last_literal(bytes, start, anchor.start);
        if let Some(span) = reach::quoted(bytes, at).map(|literal| literal.span).or_else(piped) {
            push(text, hits, FLAG, span, None, Syntax::Argument);
        }
        return;
    }
    let asked = &bytes[anchor.clone()];
    if asked.eq_ignore_ascii_case(b"--stdin") && reach::find(bytes, start..anchor.start, b"passwd ").is_none()
    {
        return;
    }
    let Some(echo) = reach::find(bytes, start..anchor.start, b"echo ")
        .filter(|&echo| memchr::memchr(b'|', &bytes[echo..end]).is_some())
    else {
        return;
    };
    let mut at = reach::blanks(bytes, echo + 5);
    while matches!(bytes.get(at..at + 3), Some(b"-n " | b"-e ")) {
        at = reach::blanks(bytes, at + 3);
    }
    let Some(word) = reach::literal(bytes, at, b"|;") else { return };
    if asked.eq_ignore_ascii_case(b"chpasswd") {
        if let Some(value) = split(bytes, word.span, b':') {
            push(text, hits, FLAG, value, None, Syntax::Flag);
        }
    } else {
        // `echo -e "X\nX" | passwd`: twice the same.
        let line = memchr::memmem::find(&bytes[word.span.clone()], b"\\n").filter(|_| word.quoted);
        let end = line.map_or(word.span.end, |len| word.span.start + len);
        push(text, hits, FLAG, word.span.start..end, None, Syntax::Flag);
    }
}

fn continues_with_secure_string(bytes: &[u8], anchor: &Range<usize>) -> bool {
    reach::continues(bytes, anchor.start, b"convertto-securestring")
}

/// The string literal that ends right before the pipe before `end`.
fn last_literal(bytes: &[u8], start: usize, end: usize) -> Option<Range<usize>> {
    let pipe = reach::skip_back(bytes, end, |b| b == b' ').checked_sub(1).filter(|&at| bytes[at] == b'|')?;
    let close = reach::skip_back(bytes, pipe, |b| b == b' ').checked_sub(1)?;
    let quote = bytes[close];
    if close <= start || !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let open = memchr::memrchr(quote, &bytes[start..close])? + start;
    Some(open + 1..close)
}

fn dialogue(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let before = &bytes[anchor.start.saturating_sub(PROMPT)..anchor.start];
    let asked =
        [&b"assword"[..], b"assphrase"].iter().filter_map(|word| memchr::memmem::rfind(before, word)).max();
    let Some(asked) = asked else { return };
    // The first answer after the prompt; later ones are commands.
    if memchr::memmem::find(&before[asked..], b"send").is_some() || !expects(before) {
        return;
    }
    let last = bytes[anchor.end - 1];
    let at = if last == b'"' { anchor.end - 1 } else { anchor.end };
    let answer = if last == b'{' {
        let end = reach::skip(bytes, at, |b| !matches!(b, b'}' | b'\n'));
        Some(at..end).filter(|_| bytes.get(end) == Some(&b'}'))
    } else {
        reach::quoted(bytes, at).map(|literal| literal.span)
    };
    let Some(answer) = answer else { return };
    let value = &bytes[answer.clone()];
    let returns =
        [&b"\\r\\n"[..], b"\\r", b"\\n"].iter().find(|end| value.ends_with(end)).map_or(0, |end| end.len());
    let span = answer.start..answer.end - returns;
    // `Are you sure (yes/no)?` comes before the prompt for the password.
    if !matches!(&bytes[span.clone()], b"yes" | b"no" | b"exit" | b"quit" | b"\\x03") {
        push(text, hits, FLAG, span, None, Syntax::Flag);
    }
}

fn expects(before: &[u8]) -> bool {
    [&b"expect"[..], b"spawn", b"yes/no"].iter().any(|word| memchr::memmem::find(before, word).is_some())
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::{check, check_dropped};
    use super::*;

    #[test]
    fn pipelines_hand_passwords_over() {
        check(
            &PIPELINE,
            FLAG,
            &[
                ("echo \"root:PWD1\" | chpass~wd", &["PWD1"]),
                ("RUN echo 'root:PWD1' | chpass~wd", &["PWD1"]),
                ("$p = ConvertTo-~SecureString \"PWD1\" -AsPlainText -Force", &["PWD1"]),
                ("ConvertTo-~SecureString -String 'PWD1' -AsPlainText", &["PWD1"]),
                ("\"PWD1\" | ConvertTo-~SecureString -AsPlainText", &["PWD1"]),
                ("echo TOK1 | docker login --password~-stdin", &["TOK1"]),
                ("cat f | docker login --password~-stdin", &[]),
                ("echo PWD1 | passwd ~--stdin bob", &["PWD1"]),
                ("echo \"PWD1\" | passwd bob ~--stdin", &["PWD1"]),
                ("echo 'PWD1' | sudo~ passwd --stdin root", &["PWD1"]),
                ("echo -e \"PWD1\\nPWD1\" | pass~wd bob", &["PWD1"]),
                ("echo PWD1 | git hash-object ~--stdin", &[]),
                ("cat f | pass~wd bob", &[]),
            ],
        );
        check_dropped(&PIPELINE, &["echo \"$PW\" | passwd ~--stdin bob"]);
    }

    #[test]
    fn dialogues_answer_prompts() {
        check(
            &DIALOGUE,
            FLAG,
            &[
                ("expect \"*assword:\"\nsend~ \"PWD1\\r\"", &["PWD1"]),
                (
                    "expect {\n  \"yes/no\" { send~ \"yes\\r\" }\n  \"password:\" { send~ \"PWD1\\r\" }",
                    &["PWD1"],
                ),
                ("child.expect('Password: ')\nchild.sendline~('PWD1')", &["PWD1"]),
                ("expect \"assword\"\nsend~ \"PWD1\\r\"\nexpect \"#\"\nsend~ \"ls\\r\"", &["PWD1"]),
                ("child.expect('name: ')\nchild.sendline~('PWD1')", &[]),
                ("# the password\nsocket.send~ \"PWD1\"", &[]),
            ],
        );
        check_dropped(&DIALOGUE, &["expect \"assword\"\nsend~ -- \"$password\\r\""]);
    }
}
