//! The templates of the built-in rules, each against a server that answers as the provider does when a token is live or
//! dead, and as firewalls, login pages and busy servers do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value};

use super::loopback::{Server, http};
use super::*;
use crate::rule::template::Condition;
use crate::rule::{Rule, RuleSet, Template};
use crate::secret::Secret;
use crate::verification::Standing;

/// What stands between a client and a provider, in the words that such pages have.
const FIREWALL: &str = "<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body><h1>Access denied</h1>\
    <p>Request blocked: Unauthorized, invalid token, invalid API key. {\"ok\": true, \"id\": 1}</p></body></html>";
const LOGIN: &str = "<!DOCTYPE html><html><body><form action=\"/login\"><label>Sign in: user, email, account, data, ok\
    </label><input name=\"id\"><input name=\"password\"></form></body></html>";

/// Puts `leaf` where a JSON pointer leads.
fn put(document: &mut Value, pointer: &str, leaf: Value) {
    let mut at = document;
    for step in pointer.split('/').skip(1) {
        if let Ok(index) = step.parse::<usize>() {
            if !at.is_array() {
                *at = Value::Array(Vec::new());
            }
            let list = at.as_array_mut().expect("it was made one");
            list.resize(list.len().max(index + 1), Value::Null);
            at = &mut list[index];
        } else {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            let member = at.as_object_mut().expect("it was made one");
            at = member.entry(step.replace("~1", "/").replace("~0", "~")).or_insert(Value::Null);
        }
    }
    *at = leaf;
}

/// The least that meets a condition, with something beside it.
fn body(condition: &Condition) -> String {
    let mut document = Value::Null;
    for pointer in &condition.present {
        put(&mut document, pointer, "x".into());
    }
    for (pointer, values) in &condition.json {
        put(&mut document, pointer, values[0].clone());
    }
    match (document, condition.contains.first()) {
        (Value::Null, None) => "{\"message\": \"no\"}".to_owned(),
        (Value::Null, Some(text)) => format!("{{\"message\": {}}}", Value::from(text.as_str())),
        (mut document, text) => {
            if let Some(object) = document.as_object_mut() {
                object.insert("beside".to_owned(), text.map_or(Value::from(1), |text| text.as_str().into()));
            }
            document.to_string()
        }
    }
}

/// A server that gives everybody the answer at hand.
struct Desk {
    server: Server,
    answer: Arc<Mutex<Vec<u8>>>,
}

impl Desk {
    fn new() -> Self {
        let answer = Arc::new(Mutex::new(Vec::new()));
        let given = Arc::clone(&answer);
        let server = Server::new(move |_, _| given.lock().expect("no panic").clone());
        Self { server, answer }
    }

    /// What the template makes of this answer.
    fn ask(&self, template: &Template, status: u16, kind: &str, body: &str) -> Verification {
        *self.answer.lock().expect("no panic") =
            http(&format!("{status} Answer"), &format!("Content-Type: {kind}\r\n"), body);
        ask(&self.server, template, Duration::from_secs(20), |_| true)
    }
}

/// The template of a provider, asked of `server` about a token with those of its companions that are `given`.
fn ask(
    server: &Server,
    template: &Template,
    timeout: Duration,
    given: impl Fn(&str) -> bool,
) -> Verification {
    let rest = template.url.split_once("://").map_or("", |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    let here = Template { url: format!("http://{}{path}", server.authority()), ..template.clone() };
    let options = VerifyOptions {
        allow_private: true,
        timeout,
        host_gap: Duration::ZERO,
        gap: Duration::ZERO,
        backoff: Duration::from_millis(1),
        ..VerifyOptions::default()
    };
    let secret = Secret::new(["tok", "en-of-a-test"].concat().as_bytes());
    let companion = Secret::new(["id", "-of-a-test"].concat().as_bytes());
    let names = template.companions().into_iter().filter(|name| given(name));
    let companions = names.map(|name| (name, &companion)).collect();
    let question = Question { template: &here, secret: &secret, companions };
    Verifier::new(options).expect("no proxy").verify(&[question]).remove(0)
}

/// Every rule that has a template.
fn shipped() -> Vec<Arc<Rule>> {
    RuleSet::builtin().rules().iter().filter(|rule| rule.verify.is_some()).cloned().collect()
}

/// Fails with what is wrong, if anything is.
fn all_right(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} of {} templates:\n{}", wrong.len(), shipped().len(), wrong.join("\n"));
}

#[test]
fn every_shipped_template_tells_live_dead_and_unknown_apart() {
    let desk = Desk::new();
    let rules = shipped();
    let mut wrong = Vec::new();
    for rule in &rules {
        let Some(template) = &rule.verify else { continue };
        let mut expect = |what: &str, status: u16, kind: &str, body: &str, expected: Standing| {
            let got = desk.ask(template, status, kind, body);
            if got.standing != expected || got.status != Some(status) {
                wrong.push(format!("{}: {what}, HTTP {status}: {got:?}", rule.id));
            }
        };
        for &status in &template.live.status {
            expect("live", status, "application/json", &body(&template.live), Standing::Live);
        }
        if let Some(dead) = &template.dead {
            for &status in &dead.status {
                expect("dead", status, "application/json", &body(dead), Standing::Dead);
            }
        }
        if template.dead.as_ref().is_none_or(|dead| !dead.status.contains(&401)) {
            expect("a refusal that says nothing", 401, "application/json", "{}", Standing::Unknown);
        }
        for status in [403, 404, 503] {
            expect("a firewall", status, "text/html", FIREWALL, Standing::Unknown);
        }
        for page in [FIREWALL, LOGIN] {
            expect("a page instead of the answer", 200, "text/html", page, Standing::Unknown);
        }
        for body in ["", "{}", "[]", "null", "{\"error\": {\"message\": \"try again\"}}"] {
            expect("an answer without its content", 200, "application/json", body, Standing::Unknown);
        }
        let scope = "{\"message\": \"scope\"}";
        expect("a refusal of other reasons", 403, "application/json", scope, Standing::Unknown);
        expect("too many requests", 429, "application/json", &body(&template.live), Standing::Unknown);
    }
    assert!(rules.len() >= 117, "{}", rules.len());
    all_right(&wrong);
    // In `Authorization: Basic` the token is encoded, and of a signed request it is the key.
    let is_login = |request: &str| request.contains("uthorization: Basic ") || request.contains("AWS4-HMAC");
    let requests = desk.server.requests();
    assert!(requests.iter().all(|request| request.contains("en-of-a-test") || is_login(request)));
}

#[test]
fn no_shipped_template_follows_a_redirect() {
    let other = Server::new(|_, _| http("200 OK", "", "{}"));
    let location = format!("Location: http://{}/login\r\n", other.authority());
    let desk = Server::new(move |_, _| http("302 Found", &location, ""));
    let mut wrong = Vec::new();
    for rule in shipped() {
        let Some(template) = &rule.verify else { continue };
        let got = ask(&desk, template, Duration::from_secs(20), |_| true);
        if (got.standing, got.doubt) != (Standing::Unknown, Some(Doubt::Redirect)) {
            wrong.push(format!("{}: {got:?}", rule.id));
        }
    }
    all_right(&wrong);
    assert_eq!(other.requests(), [""; 0]);
    assert_eq!(desk.requests().len(), shipped().len());
}

#[test]
fn no_shipped_template_waits_longer_than_it_may() {
    let slow = Server::new(|_, _| {
        std::thread::sleep(Duration::from_secs(2));
        Vec::new()
    });
    let rules = shipped();
    let wrong = Mutex::new(Vec::new());
    let (slow, kept) = (&slow, &wrong);
    std::thread::scope(|scope| {
        for part in rules.chunks(rules.len().div_ceil(16)) {
            scope.spawn(move || {
                for rule in part {
                    let Some(template) = &rule.verify else { continue };
                    let got = ask(slow, template, Duration::from_millis(200), |_| true);
                    if (got.standing, got.doubt) != (Standing::Unknown, Some(Doubt::Timeout)) {
                        kept.lock().expect("no panic").push(format!("{}: {got:?}", rule.id));
                    }
                }
            });
        }
    });
    all_right(&wrong.into_inner().expect("no panic"));
}

#[test]
fn a_credential_of_which_a_part_is_missing_is_not_asked_about() {
    let server = Server::new(|_, _| http("200 OK", "", "{}"));
    let mut pairs = 0;
    for rule in shipped() {
        let Some(template) = &rule.verify else { continue };
        // A session token is there for temporary keys only.
        let optional = template.sign.as_ref().and_then(|sign| sign.session_token.as_deref());
        for missing in template.companions().into_iter().filter(|name| Some(*name) != optional) {
            let got = ask(&server, template, Duration::from_secs(20), |name| name != missing);
            let expected = (Standing::Unknown, Some(Doubt::MissingPart), None);
            assert_eq!((got.standing, got.doubt, got.status), expected, "{} without {missing}", rule.id);
            pairs += 1;
        }
    }
    assert!(pairs >= 20, "{pairs}");
    assert_eq!(server.requests(), [""; 0]);
}

/// What AWS answers when the clock here is wrong has the code of a wrong key, and says nothing about the key.
#[test]
fn a_wrong_clock_does_not_make_a_key_of_aws_dead() {
    let desk = Desk::new();
    let rules = RuleSet::builtin();
    let template =
        rules.get("aws-secret-access-key").and_then(|rule| rule.verify.as_ref()).expect("a template");
    let error = |code: &str, message: &str| {
        format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    <Type>Sender</Type>\n    \
             <Code>{code}</Code>\n    <Message>{message}</Message>\n  </Error>\n</ErrorResponse>"
        )
    };
    let unmatched = "The request signature we calculated does not match the signature you provided. Check your AWS \
         Secret Access Key and signing method. Consult the service documentation for details.";
    let late = "Signature expired: 20220127T001427Z is now earlier than 20220127T014428Z";
    for (code, message, expected) in [
        ("SignatureDoesNotMatch", unmatched, Standing::Dead),
        ("InvalidClientTokenId", "The security token included in the request is invalid.", Standing::Dead),
        ("ExpiredToken", "The security token included in the request is expired", Standing::Dead),
        ("SignatureDoesNotMatch", late, Standing::Unknown),
        ("AccessDenied", "User is not authorized to perform: sts:GetCallerIdentity", Standing::Unknown),
        ("RegionDisabledException", "STS is not activated in this region", Standing::Unknown),
    ] {
        let got = desk.ask(template, 403, "text/xml", &error(code, message));
        assert_eq!(got.standing, expected, "{code}: {message}");
    }
    let whole = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  \
         <GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    assert_eq!(desk.ask(template, 200, "text/xml", whole).standing, Standing::Live);
    let request = desk.server.requests().remove(0);
    assert!(
        request.starts_with("POST / ")
            && request.ends_with("\r\nAction=GetCallerIdentity&Version=2011-06-15")
    );
}
