//! What a provider said of a token, or why nothing is known: the vocabulary of `--verify`. The stage itself is `verify`,
//! which a build without the feature of that name does not have.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::Template;
use crate::secret::Secret;

/// How providers are asked. `Default` gives the program's defaults.
#[derive(Debug, Clone)]
pub struct VerifyOptions {
    /// Whether hosts with private addresses (loopback, local networks) may be asked.
    pub allow_private: bool,
    /// `http://` or `https://` URL of a proxy that all requests go through; it may hold a password. None: straight.
    /// The environment is never looked at.
    pub proxy: Option<Secret>,
    /// Longest time from the start of a request to the last byte of its answer.
    pub timeout: Duration,
    /// Least time between the starts of two requests to one host.
    pub host_gap: Duration,
    /// Least time between the starts of any two requests.
    pub gap: Duration,
    /// First pause after an answer of 429 that names none; twice as long after the second.
    pub backoff: Duration,
    /// Database of answers; none: no cache.
    pub cache: Option<PathBuf>,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            allow_private: false,
            proxy: None,
            timeout: Duration::from_secs(10),
            host_gap: Duration::from_millis(500),
            gap: Duration::from_millis(100),
            backoff: Duration::from_secs(1),
            cache: None,
        }
    }
}

/// Why nobody can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Built without the feature `verify`.
    #[error("this program was built without live verification (cargo feature `verify`)")]
    Unavailable,
    /// The URL is not repeated: it may hold a password.
    #[error("the proxy for live verification must be http://HOST:PORT or https://HOST:PORT")]
    Proxy,
}

/// One token and how to ask about it.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The rule's.
    pub template: &'a Template,
    /// The token.
    pub secret: &'a Secret,
    /// The companions that the template names, as far as they were found, by name.
    pub companions: BTreeMap<&'a str, &'a Secret>,
}

/// Whether a token works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// The provider accepted it just now (or within the time that answers are kept).
    Live,
    /// The provider refused it.
    Dead,
    /// No answer, or one that says nothing about the token.
    Unknown,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Live => "live",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        })
    }
}

/// Why the standing is unknown. The kebab-case name is part of the JSON contract; add, never rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// Neither what the rule takes for live nor what it takes for dead: a firewall's page, a missing permission, a
    /// server error.
    UnexpectedAnswer,
    /// Too many requests, even after waiting.
    RateLimited,
    /// No whole answer in time.
    Timeout,
    /// The answer leads to another address, which is never followed.
    Redirect,
    /// The host's address is private, and private ones are not allowed.
    PrivateAddress,
    /// No connection: no such host, nobody listens, no valid certificate.
    NoConnection,
    /// What came is not HTTP.
    BadAnswer,
    /// The answer is longer than any that the rule expects.
    AnswerTooLong,
    /// The host was given up after several tokens without an answer.
    HostGivenUp,
    /// The value cannot stand in the request (white space, control characters, not ASCII).
    UnusableValue,
    /// Not asked: the request needs a companion (an id, an account) that was not found near the token.
    MissingPart,
}

impl Doubt {
    /// Half a sentence for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::UnexpectedAnswer => "the answer says nothing about the token",
            Self::RateLimited => "too many requests",
            Self::Timeout => "no whole answer in time",
            Self::Redirect => "the answer leads elsewhere, and redirects are not followed",
            Self::PrivateAddress => "its address is private (see --verify-allow-private)",
            Self::NoConnection => "no connection",
            Self::BadAnswer => "the answer is not HTTP",
            Self::AnswerTooLong => "the answer is too long",
            Self::HostGivenUp => "not asked, because the host did not answer before",
            Self::UnusableValue => "the value cannot be sent",
            Self::MissingPart => "not asked, because the other part of the credential was not found near it",
        }
    }
}

/// What is known of one token. Holds nothing of the answer but its status: an answer may repeat the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Whether it works.
    pub standing: Standing,
    /// Who was asked, as the rule names the host.
    pub host: String,
    /// HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// Why nothing is known; given exactly if the standing is unknown.
    pub doubt: Option<Doubt>,
}

impl Verification {
    /// A provider's clear answer.
    pub fn known(standing: Standing, host: &str, status: u16) -> Self {
        Self { standing, host: host.to_owned(), status: Some(status), doubt: None }
    }

    /// Nothing is known.
    pub fn unknown(doubt: Doubt, host: &str, status: Option<u16>) -> Self {
        Self { standing: Standing::Unknown, host: host.to_owned(), status, doubt: Some(doubt) }
    }
}

/// `live: api.example.com accepts it (HTTP 200)`.
impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { standing, host, .. } = self;
        match (standing, self.doubt) {
            (Standing::Live, _) => write!(f, "{standing}: {host} accepts it")?,
            (Standing::Dead, _) => {
                write!(f, "{standing}: {host} refuses it, so the severity is one step lower")?;
            }
            (Standing::Unknown, doubt) => {
                write!(f, "{standing}: {host}")?;
                if let Some(doubt) = doubt {
                    write!(f, ": {}", doubt.describe())?;
                }
            }
        }
        match self.status {
            Some(status) => write!(f, " (HTTP {status})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_standing_is_a_sentence() {
        for (verification, expected) in [
            (Verification::known(Standing::Live, "a.example", 200), "live: a.example accepts it (HTTP 200)"),
            (
                Verification::known(Standing::Dead, "a.example", 401),
                "dead: a.example refuses it, so the severity is one step lower (HTTP 401)",
            ),
            (
                Verification::unknown(Doubt::NoConnection, "a.example", None),
                "unknown: a.example: no connection",
            ),
        ] {
            assert_eq!(verification.to_string(), expected);
        }
    }
}
