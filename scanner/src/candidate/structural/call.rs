//! Passwords as arguments by position: `login("user", "x")`, `auth=("user", "x")`, `new NetworkCredential("user", "x")`.
//!
//! Named arguments and one-argument setters are assignments.

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{push, reach};

const RULE: &str = "generic-password";

/// Which argument is the password.
#[derive(Clone, Copy)]
enum Place {
    /// This one, from 0, of at least so many.
    At(usize),
    /// The last of two or three.
    Last,
}

/// Function names as the prefilter sees them (with the bracket), and where their password stands.
const CALLS: &[(&str, Place)] = &[
    ("login(", Place::Last),
    ("log_in(", Place::Last),
    ("signin(", Place::Last),
    ("sign_in(", Place::Last),
    ("authenticate(", Place::Last),
    ("networkcredential(", Place::At(1)),
    ("getconnection(", Place::At(2)),
    ("auth=(", Place::At(1)),
    ("auth = (", Place::At(1)),
    ("httpbasicauth(", Place::At(1)),
    ("httpdigestauth(", Place::At(1)),
    ("credentials.basic(", Place::At(1)),
    ("basicauth(", Place::At(1)),
    ("basic_auth(", Place::At(1)),
    ("basicauthentication(", Place::At(1)),
    ("setbasicauth(", Place::At(1)),
    ("passwordauthenticationtoken(", Place::At(1)),
    ("passwordauthentication(", Place::At(1)),
    ("passwordcredentials(", Place::At(1)),
    ("passwordcredential(", Place::At(1)),
    ("usernamepasswordtoken(", Place::At(1)),
    ("usernamepassword(", Place::At(1)),
    ("plainauth(", Place::At(2)),
    ("set_credentials(", Place::At(1)),
    ("setcredentials(", Place::At(1)),
    ("withcredentials(", Place::At(1)),
    ("withbasicauth(", Place::At(1)),
    ("basiccredentials(", Place::At(1)),
    ("basicawscredentials(", Place::At(1)),
    ("mysql_connect(", Place::At(2)),
    ("mysqli_connect(", Place::At(2)),
    ("mysqli_real_connect(", Place::At(3)),
    ("new mysqli(", Place::At(2)),
    ("new pdo(", Place::At(2)),
    ("new \\pdo(", Place::At(2)),
    ("wifi.begin(", Place::At(1)),
    ("wifi_begin(", Place::At(1)),
    ("ftp_login(", Place::At(2)),
    ("ssh2_auth_password(", Place::At(2)),
    ("ldap_bind(", Place::At(2)),
    ("simple_bind_s(", Place::At(1)),
    ("bind_s(", Place::At(1)),
    ("imap_open(", Place::At(2)),
    ("oci_connect(", Place::At(1)),
    ("pymysql.connect(", Place::At(2)),
    ("mysqldb.connect(", Place::At(2)),
    ("cx_oracle.connect(", Place::At(1)),
    ("create_superuser(", Place::Last),
    ("createuser(", Place::At(1)),
    ("create_user(", Place::At(1)),
    ("adduser(", Place::At(1)),
    ("withuser(", Place::At(1)),
    ("userinfo.userpassword(", Place::At(1)),
    ("url.userpassword(", Place::At(1)),
    ("createconnection(", Place::Last),
    ("connectto(", Place::Last),
];

const ANCHORS: [&str; CALLS.len()] = {
    let mut anchors = [""; CALLS.len()];
    let mut n = 0;
    while n < CALLS.len() {
        anchors[n] = CALLS[n].0;
        n += 1;
    }
    anchors
};

/// Calls that take a login by position.
pub(super) const DETECTOR: CodeDetector = CodeDetector { anchors: &ANCHORS, binary: false, find };

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let called = bytes[anchor.clone()].to_ascii_lowercase();
    let Some(&(_, place)) = CALLS.iter().find(|(name, _)| name.as_bytes() == called) else { return };
    let (arguments, closed) = reach::arguments(bytes, anchor.end);
    let wanted = match place {
        Place::At(number) => number,
        Place::Last if closed && matches!(arguments.len(), 2 | 3) => arguments.len() - 1,
        Place::Last => return,
    };
    let Some(argument) = arguments.get(wanted) else { return };
    let Some(span) = reach::string_argument(bytes, argument) else { return };
    let value = &bytes[span.clone()];
    // Sentences, paths and selectors are other kinds of arguments.
    if value.contains(&b' ') || value.starts_with(b"/") || value.starts_with(b"http") || value.len() < 3 {
        return;
    }
    // The call that ends at this anchor may have a longer name; the longest in the table has its own anchor.
    let start = reach::skip_back(bytes, anchor.start, reach::is_word);
    let name_end = anchor.end - 1;
    let key = start..name_end.max(start + 1);
    if declares(bytes, start) {
        return;
    }
    push(text, hits, RULE, span, Some(key), Syntax::Argument);
}

/// `def login(`, `function login(`, `func (c) login(`: parameters with default values are assignments.
fn declares(bytes: &[u8], start: usize) -> bool {
    [&b"def "[..], b"function ", b"func ", b"fn "].iter().any(|word| bytes[..start].ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped};
    use super::*;

    #[test]
    fn passwords_by_position_are_found() {
        check(
            &DETECTOR,
            RULE,
            &[
                ("client.log~in(\"me\", \"PWD1\")", &["PWD1"]),
                ("await signIn~('a@b.c', 'PWD1', cb)", &[]),
                ("requests.get(u, auth~=('me', 'PWD1'))", &["PWD1"]),
                ("new Network~Credential(\"me\", @\"PWD1\")", &["PWD1"]),
                ("DriverManager.get~Connection(url, \"sa\", \"PWD1\")", &["PWD1"]),
                ("Credentials.~basic(user, \"PWD1\")", &["PWD1"]),
                ("smtp.Plain~Auth(\"\", from, \"PWD1\", host)", &["PWD1"]),
                ("mysqli_~connect('h', 'root', 'PWD1', 'db')", &["PWD1"]),
                ("User.objects.create_~superuser('a', 'a@b.c',\n    'PWD1')", &["PWD1"]),
            ],
        );
    }

    #[test]
    fn other_arguments_are_not() {
        check(
            &DETECTOR,
            RULE,
            &[
                ("log~in(user, password)", &[]),
                ("log~in(\"/home\", \"/next\")", &[]),
                ("log~in(\"Please log in\", \"Wrong password, try again\")", &[]),
                ("def log~in(user, pw='PWD1')", &[]),
                ("log~in(\"PWD1\")", &[]),
            ],
        );
        check_dropped(&DETECTOR, &["auth~=('me', '${PW}')", "log~in('me', '<password>')"]);
    }
}
