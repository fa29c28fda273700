//! Credentials on the command lines of known programs, where the flag alone says nothing: `mysql -pX`,
//! `curl -u user:X`, `sshpass -p X`, `redis-cli -a X`; as a shell's line, and as an argument list in code.

mod own;
mod pipeline;
mod program;
mod words;

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{push, reach};
use program::{ANCHORS, Form, PROGRAMS};

pub(super) use own::NET_USE;
pub(super) use pipeline::{DIALOGUE, PIPELINE};

/// Command lines of known programs.
pub(super) const DETECTOR: CodeDetector = CodeDetector { anchors: &ANCHORS, binary: false, find };

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let called = bytes[anchor.clone()].to_ascii_lowercase();
    let named = |name: &&str| name.as_bytes() == called;
    let Some(program) = PROGRAMS.iter().find(|program| program.anchors.iter().any(named)) else { return };
    let lead = reach::before(bytes, anchor.start);
    if reach::is_word(lead) || matches!(lead, b'-' | b'.') {
        return;
    }
    let listed = matches!(bytes[anchor.end - 1], b'"' | b'\'');
    let words = if listed { words::of_list(bytes, anchor.end) } else { words::of_line(bytes, anchor.end) };
    for form in program.forms {
        for span in form.values(bytes, &words) {
            let key = match form {
                Form::Login(_, separator) => user(bytes, &words, span.start, *separator),
                _ => None,
            };
            push(text, hits, program.rule, span, key, Syntax::Flag);
        }
    }
}

/// The part of a login before the separator that stands before `at`.
fn user(bytes: &[u8], words: &[Range<usize>], at: usize, separator: u8) -> Option<Range<usize>> {
    let word = words.iter().find(|word| word.start < at && at <= word.end)?;
    let end = at - 1;
    let start = bytes[word.start..end]
        .iter()
        .rposition(|b| matches!(b, b'=' | b'"' | b'\''))
        .map_or(word.start, |skip| word.start + skip + 1);
    (bytes[end] == separator && start < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped};
    use super::program::{CURL, FLAG};
    use super::*;

    #[test]
    fn known_programs_take_passwords_their_own_way() {
        check(
            &DETECTOR,
            FLAG,
            &[
                ("mysql~ -u root -pPWD1 -h db", &["PWD1"]),
                ("mysqldump~ -uroot -p'PWD1' x > f", &["PWD1"]),
                ("sshpass~ -p PWD1 ssh a@b", &["PWD1"]),
                ("sshpass~ -p 'PWD1' ssh", &["PWD1"]),
                ("redis-cli~ -h h -a PWD1 ping", &["PWD1"]),
                ("docker~ login -u a -p PWD1 reg", &["PWD1"]),
                ("openssl~ rsa -in k -passin pass:PWD1", &["PWD1"]),
                ("ldapsearch~ -x -w PWD1", &["PWD1"]),
                ("smbclient~ -U a%PWD1 host", &["PWD1"]),
                ("sqlcmd~ -S h -U sa -P PWD1", &["PWD1"]),
                ("htpasswd~ -cb f user PWD1", &["PWD1"]),
                ("htpasswd~ -b /etc/f user PWD1", &["PWD1"]),
                ("htpasswd~ -bcm f user PWD1", &["PWD1"]),
                ("htpasswd~ -Bbn user PWD1 > f", &["PWD1"]),
                ("htpasswd~ -b -C 10 f user PWD1", &["PWD1"]),
                ("openssl~ pkcs12 -export -password pass:PWD1", &["PWD1"]),
                ("openssl~ enc -k PWD1 -passout pass:PWD2", &["PWD1", "PWD2"]),
                ("openssl~ passwd -6 -salt ab PWD1", &["PWD1"]),
                ("useradd~ -m -p PWD1 bob", &["PWD1"]),
                ("ssh-keygen~ -t rsa -N PWD1 -f k", &["PWD1"]),
                ("docker~ login reg -u bob -p \"PWD1\"", &["PWD1"]),
                ("wpa_passphrase~ home PWD1", &["PWD1"]),
                ("rar~ a -hpPWD1 f", &["PWD1"]),
                ("unzip~ -P PWD1 f", &["PWD1"]),
                ("psexec~ \\\\host -u bob -p PWD1 cmd", &["PWD1"]),
                ("net~ user bob PWD1 /add", &["PWD1"]),
                ("system(\"mysql~ -uroot -pPWD1 x\");", &["PWD1"]),
                ("mysql~ -u root \\\n  -pPWD1", &["PWD1"]),
            ],
        );
        check(
            &DETECTOR,
            CURL,
            &[
                ("curl~ -u admin:PWD1 h", &["PWD1"]),
                ("curl~ -X POST --user 'admin:PWD1' h", &["PWD1"]),
                ("curl~ --user=\"admin:PWD1\" h", &["PWD1"]),
                ("curl~ -uadmin:PWD1 h", &["PWD1"]),
                ("curl~ -u admin: h", &[]),
                ("curl~ -u jane.roe@example.com: h", &[]),
                ("curl~ -u TOK1: h", &["TOK1"]),
                ("curl~ -u 'TOK1:X' h", &["TOK1"]),
                ("curl~ --user :TOK1 h", &["TOK1"]),
                ("curl~ -u : --negotiate h", &[]),
                ("curl~ -su admin:PWD1 h", &["PWD1"]),
                ("lftp~ -u bob,PWD1 sftp://h", &["PWD1"]),
                ("lftp~ -e 'ls' -u \"bob,PWD1\" h", &["PWD1"]),
            ],
        );
    }

    #[test]
    fn flags_without_values_give_nothing() {
        check(
            &DETECTOR,
            FLAG,
            &[
                ("mysql~ -u root -p db", &[]),
                ("mysql~ -port 3306", &[]),
                ("redis-cli~ -a -h x", &[]),
                ("mymysql~ -pPWD1", &[]),
                ("htpasswd~ -c f bob PWD1", &[]),
                ("htpasswd~ -bn bob", &[]),
                ("openssl~ passwd -6", &[]),
                ("useradd~ -m bob && mkdir -p PWD1", &[]),
                ("ssh-keygen~ -t rsa -N \"\" -f k", &[]),
            ],
        );
        check_dropped(
            &DETECTOR,
            &[
                "mysql~ -p$PW x",
                "curl~ -u ${U}:${P} h",
                "sshpass~ -p \"$PASS\" ssh",
                "useradd~ -p $(gen x) bob",
            ],
        );
    }

    #[test]
    fn argument_lists_are_commands() {
        check(
            &DETECTOR,
            FLAG,
            &[
                ("run([\"sshpass~\", \"-p\", \"PWD1\", \"ssh\"])", &["PWD1"]),
                ("spawn('sshpass~', ['-p', 'PWD1', 'ssh'])", &["PWD1"]),
                ("test: [\"CMD\", \"mysqladmin~\" ,\"ping\", \"-pPWD1\"]", &["PWD1"]),
                ("[\"mysql~\", \"-u\", user, \"-pPWD1\"]", &["PWD1"]),
                ("[\"/usr/bin/openssl~\",\n  \"enc\",\n  \"-k\", \"PWD1\"]", &["PWD1"]),
                ("[\"docker~\", \"login\", \"-p\", \"PWD1\"]", &["PWD1"]),
                ("[\"sshpass~\", \"-p\", password, \"ssh\"]", &[]),
                ("[\"sshpass~\", \"-p\", \"x\" + password, \"ssh\"]", &[]),
                ("{\"mysql~\": \"-pPWD1\"}", &[]),
                ("[\"mysql~\"], \"-pPWD1\"", &[]),
            ],
        );
        check(&DETECTOR, CURL, &[("[\"curl~\", \"-u\", \"bob:PWD1\", url]", &["PWD1"])]);
    }
}
