//! How a provider is asked whether a token is live: a request with a place for the token, and what its answers mean.
//!
//! Data only: nothing here opens a connection (`verify` does, if the user asks for it). [`Template::faults`] holds a
//! template to what makes it safe: the host is written out, the way there is encrypted, and what says "live" cannot be
//! the page of a firewall, which answers with 403, with a redirect, or with 200 and a page of its own.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use serde_json::Value;

use super::address::is_public;

/// Stands for the token in a template.
pub const PLACEHOLDER: &str = "{{secret}}";

/// Headers that the client writes itself, or that would lead the request elsewhere.
const OWN_HEADERS: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "proxy-authorization",
    "te",
    "upgrade",
    "expect",
];
/// Answers about the way or the load, not about the token.
const NEVER_DEAD: &[u16] = &[407, 408, 425, 429, 451];

/// The methods that identity endpoints want. Others change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The default.
    Get,
    /// For GraphQL and the providers that want it everywhere.
    Post,
}

/// A request and what its answers mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// How.
    pub method: Method,
    /// Where; the placeholder may stand in its path or query.
    pub url: String,
    /// Names and values, in the order of their names.
    pub headers: Vec<(String, String)>,
    /// `user:password` of an `Authorization: Basic` header, if there is one.
    pub basic: Option<String>,
    /// What is sent with POST, if anything.
    pub body: Option<String>,
    /// The answer to a token that works.
    pub live: Condition,
    /// The answer to one that does not. None where a refusal says nothing, because the token may belong to another
    /// installation or region.
    pub dead: Option<Condition>,
}

/// What an answer must be; everything that is given must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// One of these status codes.
    pub status: Vec<u16>,
    /// JSON pointers (RFC 6901) of members that are there and not null.
    pub present: Vec<String>,
    /// JSON pointers, and the values of which one must stand there.
    pub json: Vec<(String, Vec<Value>)>,
    /// Texts of which one must stand in the answer.
    pub contains: Vec<String>,
}

/// Why a template is not safe to use, or can mean nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// No protocol, no host, a user, or white space.
    #[error("the url must be https://host/…, without white space, a user or a fragment")]
    Url,
    /// Not encrypted.
    #[error("the url must be https; http is for addresses written out that are private")]
    NotEncrypted,
    /// A scanned file would choose whom to ask.
    #[error("the host must be written out; no placeholder may stand in it")]
    HostNotFixed,
    /// Nothing would be asked.
    #[error("{PLACEHOLDER} stands nowhere in the request")]
    NoPlaceholder,
    /// Braces with something else in them.
    #[error("`{text}` is no placeholder; {PLACEHOLDER} is the only one")]
    UnknownPlaceholder {
        /// As written.
        text: String,
    },
    /// A name or value that HTTP does not allow, or that is not the template's to choose.
    #[error("the header `{name}` cannot be set")]
    Header {
        /// Its name.
        name: String,
    },
    /// Two ways to log in.
    #[error("`basic` and a header Authorization exclude each other")]
    TwoLogins,
    /// `basic` without a colon.
    #[error("`basic` must be `user:password`")]
    Basic,
    /// A body that no GET has.
    #[error("a body needs method POST")]
    BodyOfGet,
    /// It is not known how the token must be written in the body.
    #[error(
        "a placeholder in the body needs the header Content-Type: application/json or application/x-www-form-urlencoded"
    )]
    BodyType,
    /// A status that cannot mean it.
    #[error("`{of}` cannot have the status {status}: {why}")]
    Status {
        /// `live` or `dead`.
        of: &'static str,
        /// The code.
        status: u16,
        /// Why not.
        why: &'static str,
    },
    /// No status at all.
    #[error("`{of}` needs at least one status")]
    NoStatus {
        /// `live` or `dead`.
        of: &'static str,
    },
    /// A page of anybody's would do.
    #[error("`{of}` needs `present`, `json` or `contains`: the status alone may be a firewall's")]
    NoBody {
        /// `live` or `dead`.
        of: &'static str,
    },
    /// Not a JSON pointer.
    #[error("`{pointer}` is no JSON pointer; it begins with /")]
    Pointer {
        /// As written.
        pointer: String,
    },
    /// One answer could be both.
    #[error(
        "an answer could be live and dead at once; tell them apart by status or by the values of one JSON pointer"
    )]
    NotDisjoint,
}

impl Template {
    /// Host and port as written in the URL; empty if there is none.
    pub fn authority(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        &rest[..rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())]
    }

    /// The address, where the URL has one in place of a name.
    pub fn literal_address(&self) -> Option<IpAddr> {
        let authority = self.authority();
        if let Some(inner) = authority.strip_prefix('[') {
            return inner.split(']').next()?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
        }
        authority.split(':').next()?.parse().ok()
    }

    /// All that is wrong with it; empty for a template that may be used.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.url_faults(&mut faults);
        self.placeholder_faults(&mut faults);
        self.header_faults(&mut faults);
        self.body_faults(&mut faults);
        self.live.faults("live", &mut faults);
        for &status in &self.live.status {
            if !(200..300).contains(&status) {
                let why = "only an answer of 2xx is a success";
                faults.push(Fault::Status { of: "live", status, why });
            }
        }
        if !self.live.looks_at_body() {
            faults.push(Fault::NoBody { of: "live" });
        }
        if let Some(dead) = &self.dead {
            self.dead_faults(dead, &mut faults);
        }
        faults
    }

    fn url_faults(&self, faults: &mut Vec<Fault>) {
        let authority = self.authority();
        let fits = self
            .url
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>'));
        if authority.is_empty() || authority.contains('@') || self.url.contains('#') || !fits {
            faults.push(Fault::Url);
        }
        if authority.contains(['{', '}']) {
            faults.push(Fault::HostNotFixed);
        }
        let encrypted = self.url.starts_with("https://");
        let private = self.literal_address().is_some_and(|address| !is_public(address));
        let local = private && self.url.starts_with("http://");
        if !encrypted && !local {
            faults.push(Fault::NotEncrypted);
        }
    }

    fn placeholder_faults(&self, faults: &mut Vec<Fault>) {
        let mut found = false;
        for text in self.texts() {
            found |= text.contains(PLACEHOLDER);
            let mut rest = text;
            while let Some(at) = rest.find("{{") {
                rest = &rest[at..];
                let end = rest.find("}}").map_or(rest.len(), |end| end + 2);
                let between = rest.get(2..end.saturating_sub(2)).unwrap_or_default();
                // JSON and GraphQL have double braces of their own; a placeholder holds a word.
                let word =
                    between.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-| ".contains(&byte));
                if word && &rest[..end] != PLACEHOLDER {
                    faults.push(Fault::UnknownPlaceholder { text: rest[..end].to_owned() });
                }
                rest = &rest[2..];
            }
        }
        if !found {
            faults.push(Fault::NoPlaceholder);
        }
    }

    /// Every text that a token can be put into.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let headers = self.headers.iter().map(|(_, value)| value.as_str());
        let rest = self.basic.iter().chain(&self.body).map(String::as_str);
        std::iter::once(self.url.as_str()).chain(headers).chain(rest)
    }

    fn header_faults(&self, faults: &mut Vec<Fault>) {
        for (name, value) in &self.headers {
            let is_token = !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
            let fits = value.bytes().all(|b| b.is_ascii_graphic() || b == b' ') && value.trim() == value;
            if !is_token || !fits || OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
                faults.push(Fault::Header { name: name.clone() });
            }
        }
        if self.basic.is_some() && self.header("Authorization").is_some() {
            faults.push(Fault::TwoLogins);
        }
        if self.basic.as_ref().is_some_and(|basic| !basic.contains(':') || !basic.is_ascii()) {
            faults.push(Fault::Basic);
        }
    }

    fn body_faults(&self, faults: &mut Vec<Fault>) {
        let Some(body) = &self.body else { return };
        if self.method == Method::Get {
            faults.push(Fault::BodyOfGet);
        }
        if body.contains(PLACEHOLDER) && self.body_type().is_none() {
            faults.push(Fault::BodyType);
        }
    }

    fn dead_faults(&self, dead: &Condition, faults: &mut Vec<Fault>) {
        dead.faults("dead", faults);
        for &status in &dead.status {
            if NEVER_DEAD.contains(&status) || !(200..300).contains(&status) && !(400..500).contains(&status)
            {
                let why = "it says nothing about the token";
                faults.push(Fault::Status { of: "dead", status, why });
            }
        }
        if dead.status.iter().any(|&status| status != 401) && !dead.looks_at_body() {
            faults.push(Fault::NoBody { of: "dead" });
        }
        if !self.live.excludes(dead) {
            faults.push(Fault::NotDisjoint);
        }
    }

    /// The header of this name, without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// How a token is written in the body; none if the content type does not say.
    pub fn body_type(&self) -> Option<BodyType> {
        match self.header("Content-Type")? {
            "application/json" => Some(BodyType::Json),
            "application/x-www-form-urlencoded" => Some(BodyType::Form),
            _ => None,
        }
    }
}

/// How a token is written in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyType {
    /// As a part of a JSON string.
    Json,
    /// Percent-encoded.
    Form,
}

impl Condition {
    fn looks_at_body(&self) -> bool {
        !(self.present.is_empty() && self.json.is_empty() && self.contains.is_empty())
    }

    fn faults(&self, of: &'static str, faults: &mut Vec<Fault>) {
        if self.status.is_empty() {
            faults.push(Fault::NoStatus { of });
        }
        for pointer in self.present.iter().chain(self.json.iter().map(|(pointer, _)| pointer)) {
            if !pointer.starts_with('/') {
                faults.push(Fault::Pointer { pointer: pointer.clone() });
            }
        }
    }

    /// True if no answer can meet both.
    fn excludes(&self, other: &Self) -> bool {
        let status = self.status.iter().all(|status| !other.status.contains(status));
        let value = self.json.iter().any(|(pointer, values)| {
            other
                .json
                .iter()
                .any(|(same, others)| pointer == same && values.iter().all(|value| !others.contains(value)))
        });
        status || value
    }

    /// True if an answer with this status and body meets it. `json` is the body read as JSON, if it is that.
    pub fn holds(&self, status: u16, body: &[u8], json: Option<&Value>) -> bool {
        let at = |pointer: &str| json.and_then(|json| json.pointer(pointer));
        self.status.contains(&status)
            && self.present.iter().all(|pointer| at(pointer).is_some_and(|value| !value.is_null()))
            && self
                .json
                .iter()
                .all(|(pointer, values)| at(pointer).is_some_and(|value| values.contains(value)))
            && (self.contains.is_empty()
                || self.contains.iter().any(|text| memchr::memmem::find(body, text.as_bytes()).is_some()))
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Get => "GET",
            Self::Post => "POST",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn condition(status: &[u16], json: &[(&str, Value)]) -> Condition {
        Condition {
            status: status.to_vec(),
            present: Vec::new(),
            json: json.iter().map(|(pointer, value)| ((*pointer).to_owned(), vec![value.clone()])).collect(),
            contains: Vec::new(),
        }
    }

    fn good() -> Template {
        Template {
            method: Method::Get,
            url: "https://api.example.com/user".to_owned(),
            headers: vec![("Authorization".to_owned(), "Bearer {{secret}}".to_owned())],
            basic: None,
            body: None,
            live: condition(&[200], &[("/ok", json!(true))]),
            dead: Some(condition(&[401], &[])),
        }
    }

    #[test]
    fn a_good_template_has_no_faults() {
        assert_eq!(good().faults(), []);
        assert_eq!(good().authority(), "api.example.com");
    }

    #[test]
    fn a_url_is_encrypted_and_its_host_is_fixed() {
        for (url, fault) in [
            ("http://api.example.com/", Fault::NotEncrypted),
            ("http://8.8.8.8/", Fault::NotEncrypted),
            ("ftp://api.example.com/", Fault::NotEncrypted),
            ("https://{{secret}}.example.com/", Fault::HostNotFixed),
            ("https://example.com:{{secret}}/", Fault::HostNotFixed),
            ("https://user@example.com/", Fault::Url),
            ("https:///user", Fault::Url),
            ("https://example.com\\@evil.example/", Fault::Url),
            ("https://example.com/a b", Fault::Url),
            ("https://example.com/#x", Fault::Url),
        ] {
            let template = Template { url: url.to_owned(), ..good() };
            assert!(template.faults().contains(&fault), "{url}: {:?}", template.faults());
        }
        for url in
            ["http://127.0.0.1:8080/a", "http://[::1]:80/a", "http://10.1.2.3/", "https://example.com?k=v"]
        {
            assert_eq!(Template { url: url.to_owned(), ..good() }.faults(), [], "{url}");
        }
    }

    #[test]
    fn the_request_must_hold_the_token_and_nothing_strange() {
        let header = |name: &str, value: &str| Template {
            headers: vec![(name.to_owned(), value.to_owned())],
            ..good()
        };
        let body = |method, body: &str| Template { method, body: Some(body.to_owned()), ..good() };
        let name = |name: &str| Fault::Header { name: name.to_owned() };
        for (template, fault) in [
            (header("X-Key", "none"), Fault::NoPlaceholder),
            (header("X-Key", "{{secrets}}"), Fault::UnknownPlaceholder { text: "{{secrets}}".to_owned() }),
            (header("Host", "{{secret}}"), name("Host")),
            (header("X Key", "{{secret}}"), name("X Key")),
            (header("X-Key", "{{secret}}\r\nA: b"), name("X-Key")),
            (Template { basic: Some("{{secret}}:".to_owned()), ..good() }, Fault::TwoLogins),
            (Template { basic: Some("{{secret}}".to_owned()), ..good() }, Fault::Basic),
            (body(Method::Get, "x"), Fault::BodyOfGet),
            (body(Method::Post, "k={{secret}}"), Fault::BodyType),
        ] {
            assert!(template.faults().contains(&fault), "{fault:?}: {:?}", template.faults());
        }
        assert_eq!(body(Method::Post, r#"{"query":"{viewer{id}}"}"#).faults(), []);
    }

    #[test]
    fn what_is_live_cannot_be_a_firewalls_page() {
        let live = |live: Condition| Template { live, ..good() };
        let dead = |dead: Condition| Template { dead: Some(dead), ..good() };
        for (template, words) in [
            (live(condition(&[403], &[("/ok", json!(true))])), "`live` cannot have the status 403"),
            (live(condition(&[200], &[])), "`live` needs `present`"),
            (live(condition(&[], &[("/ok", json!(true))])), "`live` needs at least one status"),
            (live(condition(&[200], &[("ok", json!(true))])), "`ok` is no JSON pointer"),
            (dead(condition(&[403], &[])), "`dead` needs `present`"),
            (dead(condition(&[429], &[("/a", json!(1))])), "`dead` cannot have the status 429"),
            (dead(condition(&[502], &[("/a", json!(1))])), "`dead` cannot have the status 502"),
            (dead(condition(&[200], &[("/ok", json!(true))])), "live and dead at once"),
            (dead(condition(&[200], &[("/no", json!(false))])), "live and dead at once"),
        ] {
            let faults: Vec<String> = template.faults().iter().map(ToString::to_string).collect();
            assert!(faults.iter().any(|fault| fault.contains(words)), "{words}: {faults:?}");
        }
        assert_eq!(dead(condition(&[200], &[("/ok", json!(false))])).faults(), []);
    }

    #[test]
    fn a_condition_holds_if_all_that_is_given_does() {
        let mut condition = condition(&[200, 201], &[("/kind", json!("user"))]);
        condition.present = vec!["/id".to_owned()];
        condition.contains = vec!["nowhere".to_owned(), "\"id\"".to_owned()];
        for (status, body, expected) in [
            (201, r#"{"id": 1, "kind": "user"}"#, true),
            (202, r#"{"id": 1, "kind": "user"}"#, false),
            (200, r#"{"id": null, "kind": "user"}"#, false),
            (200, r#"{"id": 1, "kind": "bot"}"#, false),
            (200, r#"<html>"id" "user"</html>"#, false),
        ] {
            let json = serde_json::from_str(body).ok();
            assert_eq!(condition.holds(status, body.as_bytes(), json.as_ref()), expected, "{body}");
        }
    }
}
