//! Passwords as arguments by position: `login("user", "x")`, `auth=("user", "x")`, `new NetworkCredential("user", "x")`.
//!
//! Named arguments and one-argument setters are assignments.

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{push, reach};

const RULE: &str = "generic-password";
const CURL: &str = "curl-user";

/// Which argument is the password.
#[derive(Clone, Copy)]
enum Place {
    /// This one, from 0, of at least so many.
    At(usize),
    /// The last of two or three.
    Last,
    /// The second, or the third after an address of mail.
    AfterUser,
    /// The part after the colon of the first.
    Login,
}

/// Function names as the prefilter sees them (with the bracket), and where their password stands.
const CALLS: &[(&str, Place)] = &[
    ("login(", Place::Last),
    ("log_in(", Place::Last),
    ("signin(", Place::Last),
    ("sign_in(", Place::Last),
    ("authenticate(", Place::Last),
    ("networkcredential(", Place::At(1)),
    ("networkcredential]::new(", Place::At(1)),
    ("getconnection(", Place::At(2)),
    ("auth=(", Place::At(1)),
    ("auth = (", Place::At(1)),
    (".auth(", Place::At(1)),
    (".basic(", Place::At(1)),
    ("httpbasic(", Place::At(1)),
    ("http_basic(", Place::At(1)),
    ("httpbasicauth(", Place::At(1)),
    ("httpdigestauth(", Place::At(1)),
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
    ("dbi->connect(", Place::At(2)),
    ("new sequelize(", Place::At(2)),
    ("ftplib.ftp(", Place::At(2)),
    ("sqlcredential(", Place::At(1)),
    ("btoa(", Place::Login),
    ("b64encode(", Place::Login),
    ("base64_encode(", Place::Login),
    ("buffer.from(", Place::Login),
    ("pymysql.connect(", Place::At(2)),
    ("mysqldb.connect(", Place::At(2)),
    ("cx_oracle.connect(", Place::At(1)),
    ("create_superuser(", Place::Last),
    ("createuser(", Place::AfterUser),
    ("create_user(", Place::AfterUser),
    ("adduser(", Place::At(1)),
    ("withuser(", Place::At(1)),
    ("userinfo.userpassword(", Place::At(1)),
    ("url.userpassword(", Place::At(1)),
    ("createconnection(", Place::Last),
    ("connectto(", Place::Last),
    ("changeuserpassword(", Place::At(1)),
    (" credentials(", Place::At(3)),
];

const ANCHORS: [&str; CALLS.len()] = super::names(CALLS);

/// Calls that take a login by position.
pub(super) const DETECTOR: CodeDetector = CodeDetector { anchors: &ANCHORS, binary: false, find };

/// `req.basic_auth 'user', 'x'`: Ruby calls without brackets.
pub(super) const WITHOUT_BRACKETS: CodeDetector =
    CodeDetector { anchors: &["basic_auth '", "basic_auth \""], binary: false, find: without_brackets };

/// `provider :github, 'id', 'x'` of OmniAuth, `config.omniauth :github, 'id', 'x'` of Devise.
pub(super) const OMNIAUTH: CodeDetector =
    CodeDetector { anchors: &["provider :", "omniauth :"], binary: false, find: omniauth };

/// `curl_setopt($ch, CURLOPT_USERPWD, "user:x")`, `CURLOPT_USERPWD => 'user:x'`.
pub(super) const CURL_OPTION: CodeDetector =
    CodeDetector { anchors: &["curlopt_userpwd", "curlopt_proxyuserpwd"], binary: false, find: curl_option };

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let called = bytes[anchor.clone()].to_ascii_lowercase();
    let Some(&(_, place)) = CALLS.iter().find(|(name, _)| name.as_bytes() == called) else { return };
    let (arguments, closed) = reach::arguments(bytes, anchor.end);
    let wanted = match place {
        Place::At(number) => number,
        Place::Last if closed && matches!(arguments.len(), 2 | 3) => arguments.len() - 1,
        Place::Last => return,
        Place::AfterUser => {
            let mail = arguments.get(1).is_some_and(|second| bytes[second.clone()].contains(&b'@'));
            1 + usize::from(mail && arguments.len() > 2)
        }
        Place::Login => 0,
    };
    let Some(argument) = arguments.get(wanted) else { return };
    let Some(span) = text_of(bytes, argument) else { return };
    if matches!(place, Place::Login) {
        return login(text, span, hits);
    }
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

/// The string of an argument, also where it is wrapped or converted: `Some("x")`, `"x".toCharArray()`.
fn text_of(bytes: &[u8], argument: &Range<usize>) -> Option<Range<usize>> {
    let inside = &bytes[argument.clone()];
    let lead = if inside.starts_with(b"Some(") && inside.ends_with(b")") { b"Some(".len() } else { 0 };
    let close = usize::from(lead > 0);
    let inner = argument.start + lead..argument.end - close;
    reach::string_argument(bytes, &inner).or_else(|| {
        let literal = reach::quoted(bytes, inner.start)?;
        let method = bytes[literal.end..inner.end].strip_prefix(b".")?.strip_suffix(b"()")?;
        method.iter().all(|b| reach::is_word(*b)).then_some(literal.span)
    })
}

/// `user:x`, about to be encoded for a header.
fn login(text: Text<'_>, span: Range<usize>, hits: &mut Vec<Hit>) {
    let value = &text.bytes[span.clone()];
    let Some(colon) = memchr::memchr(b':', value) else { return };
    let user = value[..colon].iter().all(|b| b.is_ascii_alphanumeric() || b"._-@+".contains(b));
    let plain = !value[colon..].iter().any(|b| matches!(b, b' ' | b'/' | b'{' | b'<' | b','));
    if colon > 0 && user && plain && value.len() > colon + 3 {
        let key = span.start..span.start + colon;
        push(text, hits, CURL, span.start + colon + 1..span.end, Some(key), Syntax::Argument);
    }
}

fn without_brackets(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let Some(user) = reach::quoted(text.bytes, anchor.end - 1) else { return };
    let comma = reach::blanks(text.bytes, user.end);
    if text.bytes.get(comma) != Some(&b',') {
        return;
    }
    if let Some(value) = reach::quoted(text.bytes, reach::space(text.bytes, comma + 1)) {
        push(text, hits, RULE, value.span, Some(anchor.start..anchor.end - 2), Syntax::Argument);
    }
}

fn omniauth(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let after_comma = |at: usize| {
        let comma = reach::blanks(bytes, at);
        (bytes.get(comma) == Some(&b','))
            .then(|| reach::quoted(bytes, reach::space(bytes, comma + 1)))
            .flatten()
    };
    let name = anchor.end..reach::skip(bytes, anchor.end, reach::is_word);
    let id = after_comma(name.end);
    if let Some(secret) = id.and_then(|id| after_comma(id.end)) {
        push(text, hits, "generic-secret", secret.span, Some(anchor.start..anchor.end - 2), Syntax::Argument);
    }
}

fn curl_option(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let joined = |b: u8| b.is_ascii_whitespace() || matches!(b, b'.' | b'+');
    let closed = reach::skip(bytes, anchor.end, |b| matches!(b, b'"' | b'\'' | b']'));
    let mut at = reach::skip(bytes, closed, |b| b.is_ascii_whitespace() || matches!(b, b',' | b'=' | b'>'));
    // `"user" . ":" . "x"`: the last of the parts is the password.
    for _ in 0..3 {
        let Some(part) = reach::quoted(bytes, at) else { return };
        let inside = &bytes[part.span.clone()];
        if let Some(colon) = memchr::memchr(b':', inside) {
            if colon + 1 < inside.len() {
                let key = part.span.start..part.span.start + colon;
                return push(text, hits, CURL, key.end + 1..part.span.end, Some(key), Syntax::Argument);
            }
            let next = reach::skip(bytes, part.end, joined);
            let value = reach::quoted(bytes, next).filter(|_| next > part.end);
            if let Some(value) = value {
                push(text, hits, CURL, value.span, None, Syntax::Argument);
            }
            return;
        }
        at = reach::skip(bytes, part.end, joined);
        if at == part.end {
            return;
        }
    }
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
                ("[System.Net.NetworkCred~ential]::new(\"me\", \"PWD1\")", &["PWD1"]),
                ("await signIn~('a@b.c', 'PWD1', cb)", &[]),
                ("requests.get(u, auth~=('me', 'PWD1'))", &["PWD1"]),
                ("new Network~Credential(\"me\", @\"PWD1\")", &["PWD1"]),
                ("DriverManager.get~Connection(url, \"sa\", \"PWD1\")", &["PWD1"]),
                ("Credentials.~basic(user, \"PWD1\")", &["PWD1"]),
                ("given().auth().preemptive().~basic(\"me\", \"PWD1\")", &["PWD1"]),
                ("request.get(u).~auth('me', 'PWD1', false)", &["PWD1"]),
                (".with(http~Basic(\"me\", \"PWD1\"))", &["PWD1"]),
                ("c.basic_~auth(\"me\", Some(\"PWD1\"))", &["PWD1"]),
                ("new Password~Authentication(user, \"PWD1\".toCharArray())", &["PWD1"]),
                ("create_~user('me', 'a@b.c', 'PWD1')", &["PWD1"]),
                ("create~User(\"me\", \"PWD1\", \"admin\")", &["PWD1"]),
                ("DBI->~connect(\"dbi:mysql:x\", \"me\", \"PWD1\")", &["PWD1"]),
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
                ("x.~auth('PWD1', { type: 'bearer' })", &[]),
                ("x.~auth(user, \"PWD1\" + y)", &[]),
                ("create_~user('me', 'a@b.c', password)", &[]),
            ],
        );
        check_dropped(&DETECTOR, &["auth~=('me', '${PW}')", "log~in('me', '<password>')"]);
    }

    #[test]
    fn secrets_of_omniauth_are_the_third_argument() {
        check(
            &OMNIAUTH,
            "generic-secret",
            &[
                ("config.omni~auth :github, 'id1', 'TOK1', scope: 'user'", &["TOK1"]),
                ("provi~der :google_oauth2, \"id1\",\n  \"TOK1\"", &["TOK1"]),
                ("provi~der :github, ENV['A'], ENV['B']", &[]),
                ("provi~der :developer", &[]),
            ],
        );
    }

    #[test]
    fn ruby_calls_without_brackets() {
        check(
            &WITHOUT_BRACKETS,
            RULE,
            &[
                ("req.basic_auth~ 'me', 'PWD1'\nhttp.get(x, 'y')", &["PWD1"]),
                ("req.basic_auth~ \"me\", ENV['X']", &[]),
                ("use basic_auth~ \"me\" and 'PWD1'", &[]),
            ],
        );
    }

    #[test]
    fn logins_in_one_string_are_split() {
        check(
            &DETECTOR,
            CURL,
            &[
                ("'Basic ' + bto~a('me:PWD1')", &["PWD1"]),
                ("base64.b64~encode(b\"me:PWD1\")", &["PWD1"]),
                ("Buffer.~from('me:PWD1').toString('base64')", &["PWD1"]),
                ("Buffer.~from('note: PWD1 is here')", &[]),
                ("bto~a('http://PWD1')", &[]),
                ("bto~a('PWD1')", &[]),
            ],
        );
        check(
            &CURL_OPTION,
            CURL,
            &[
                ("curl_setopt($ch, CURLOPT_USER~PWD, \"me:PWD1\");", &["PWD1"]),
                ("[CURLOPT_USER~PWD => 'me:PWD1']", &["PWD1"]),
                ("curl_setopt($c, CURLOPT_USER~PWD, 'me' . ':' . 'PWD1');", &["PWD1"]),
                ("curl_easy_setopt(c, CURLOPT_USER~PWD, login);", &[]),
                ("curl_setopt($c, CURLOPT_USER~PWD, $u . ':' . $p, 'PWD1');", &[]),
                ("curl_setopt($c, CURLOPT_USER~PWD, 'me:', 'PWD1');", &[]),
            ],
        );
        check_dropped(&CURL_OPTION, &["curl_setopt($c, CURLOPT_USER~PWD, \"$u:$p\");"]);
    }
}
