//! How a provider is asked whether a token is live: a request with places for the token and for what was found near it,
//! and what its answers mean.
//!
//! Data only: nothing here opens a connection (`verify` does, if the user asks for it). [`Template::faults`] holds a
//! template to what makes it safe: the host is written out, the way there is encrypted, and what says "live" cannot be
//! the page of a firewall, which answers with 403, with a redirect, or with 200 and a page of its own.

pub(crate) mod place;

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use serde_json::Value;

use super::address::is_public;
use super::companion::Companion;
use place::{SECRET, places};

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
    /// How it is signed, where the token itself is not sent.
    pub sign: Option<AwsSignature>,
    /// The answer to a token that works.
    pub live: Condition,
    /// The answer to one that does not. None where a refusal says nothing, because the token may belong to another
    /// installation or region.
    pub dead: Option<Condition>,
}

/// A signature of the request by AWS Signature Version 4, whose key is the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsSignature {
    /// The service that is asked: `sts`.
    pub service: String,
    /// Its region: `us-east-1`.
    pub region: String,
    /// Name of the companion that is the access key id.
    pub key_id: String,
    /// Name of the companion that is the session token; temporary keys are not asked about without it.
    pub session_token: Option<String>,
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
    #[error("{{{{{SECRET}}}}} stands nowhere in the request")]
    NoPlaceholder,
    /// Braces with something else in them.
    #[error("`{text}` is no placeholder: that is {{{{{SECRET}}}}}, or the name of a companion of the rule")]
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
    /// A signature covers what the rule says, and nothing else logs in.
    #[error(
        "a request with `sign` has its placeholders there alone, no other login, and plain characters in its url, \
         service and region"
    )]
    Signed,
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

    /// Names of the companions that the request has places for, sorted.
    pub fn companions(&self) -> BTreeSet<&str> {
        let placed = self.texts().flat_map(|text| places(text).filter_map(|at| place::name(&text[at])));
        placed.filter(|name| *name != SECRET).chain(self.signed_with()).collect()
    }

    /// All that is wrong with it in a rule that has these companions; empty for a template that may be used.
    pub fn faults(&self, companions: &[Companion]) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.url_faults(&mut faults);
        self.placeholder_faults(companions, &mut faults);
        self.header_faults(&mut faults);
        self.body_faults(&mut faults);
        self.sign_faults(&mut faults);
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
        let written = place::filled(&self.url, |_| Some(String::new())).unwrap_or_default();
        let fits = written
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

    fn placeholder_faults(&self, companions: &[Companion], faults: &mut Vec<Fault>) {
        let is_known =
            |name: &str| name == SECRET || companions.iter().any(|companion| companion.name == name);
        for text in self.texts() {
            let unknown = places(text).filter(|at| !place::name(&text[at.clone()]).is_some_and(is_known));
            faults.extend(unknown.map(|at| Fault::UnknownPlaceholder { text: text[at].to_owned() }));
        }
        let unknown = self.signed_with().filter(|name| *name == SECRET || !is_known(name));
        faults.extend(unknown.map(|name| Fault::UnknownPlaceholder { text: name.to_owned() }));
        let has_secret = |text: &str| places(text).any(|at| place::name(&text[at]) == Some(SECRET));
        if self.sign.is_none() && !self.texts().any(has_secret) {
            faults.push(Fault::NoPlaceholder);
        }
    }

    /// Every text that has places.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let headers = self.headers.iter().map(|(_, value)| value.as_str());
        let rest = self.basic.iter().chain(&self.body).map(String::as_str);
        std::iter::once(self.url.as_str()).chain(headers).chain(rest)
    }

    /// Names of the companions that the signature takes.
    fn signed_with(&self) -> impl Iterator<Item = &str> {
        self.sign
            .iter()
            .flat_map(|sign| [Some(&sign.key_id), sign.session_token.as_ref()])
            .flatten()
            .map(String::as_str)
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
        if places(body).next().is_some() && self.body_type().is_none() {
            faults.push(Fault::BodyType);
        }
    }

    fn sign_faults(&self, faults: &mut Vec<Fault>) {
        let Some(sign) = &self.sign else { return };
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let plain = |text: &str, more: &[u8]| {
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || more.contains(&byte))
        };
        let is_login = |name: &str| {
            name.eq_ignore_ascii_case("Authorization") || name.to_ascii_lowercase().starts_with("x-amz-")
        };
        let is_right = self.texts().all(|text| places(text).next().is_none())
            && self.basic.is_none()
            && !self.headers.iter().any(|(name, _)| is_login(name))
            && plain(rest, b":/?&=")
            && [&sign.service, &sign.region].iter().all(|text| !text.is_empty() && plain(text, b""));
        if !is_right {
            faults.push(Fault::Signed);
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
mod tests;
