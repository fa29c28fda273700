//! The templates of the built-in rules, each against a server that answers as the provider does when a token is live or
//! dead, and as firewalls, login pages and busy servers do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value};

use super::loopback::{Server, http};
use super::*;
use crate::rule::template::Condition;
use crate::rule::{RuleSet, Template};
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
        let rest = template.url.split_once("://").map_or("", |(_, rest)| rest);
        let path = rest.find('/').map_or("/", |at| &rest[at..]);
        let here = Template { url: format!("http://{}{path}", self.server.authority()), ..template.clone() };
        *self.answer.lock().expect("no panic") =
            http(&format!("{status} Answer"), &format!("Content-Type: {kind}\r\n"), body);
        let options = VerifyOptions {
            allow_private: true,
            timeout: Duration::from_secs(20),
            host_gap: Duration::ZERO,
            gap: Duration::ZERO,
            backoff: Duration::from_millis(1),
            ..VerifyOptions::default()
        };
        let secret = Secret::new(["tok", "en-of-a-test"].concat().as_bytes());
        let question = Question { template: &here, secret: &secret };
        Verifier::new(options).expect("no proxy").verify(&[question]).remove(0)
    }
}

#[test]
fn every_shipped_template_tells_live_dead_and_unknown_apart() {
    let desk = Desk::new();
    let rules = RuleSet::builtin();
    let mut wrong = Vec::new();
    let mut templates = 0;
    for rule in rules.rules() {
        let Some(template) = &rule.verify else { continue };
        templates += 1;
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
        expect(
            "a refusal of other reasons",
            403,
            "application/json",
            "{\"message\": \"scope\"}",
            Standing::Unknown,
        );
        expect("too many requests", 429, "application/json", &body(&template.live), Standing::Unknown);
    }
    assert!(templates >= 96, "{templates}");
    assert!(wrong.is_empty(), "{} of {templates} templates:\n{}", wrong.len(), wrong.join("\n"));
    assert!(
        desk.server.requests().iter().all(|request| request.contains("en-of-a-test") || is_basic(request))
    );
}

/// In `Authorization: Basic` the token is encoded.
fn is_basic(request: &str) -> bool {
    request.contains("uthorization: Basic ")
}
