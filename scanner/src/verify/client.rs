//! The HTTP client: one request, one answer, no more.
//!
//! It follows no redirect, keeps no cookie and no connection, takes no proxy from the environment and trusts Mozilla's
//! roots (compiled in), not the machine's. Its errors say nothing of what was sent.

use std::io::{self, Read as _};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::{Request as HttpRequest, Response, Uri};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, Error, Proxy};

use super::answer::Answer;
use super::request::Request;
use crate::rule::address::is_public;
use crate::verification::{Doubt, VerifyError, VerifyOptions};

/// Bytes of an answer that are read.
const MAX_BODY: u64 = 1 << 20;
/// Longest time for the name and for the connection, each; the whole request may have less.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// What providers read in their logs.
const USER_AGENT: &str = concat!("secretscan/", env!("CARGO_PKG_VERSION"));

/// Sends requests.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
}

impl Client {
    pub(super) fn new(options: &VerifyOptions) -> Result<Self, VerifyError> {
        let proxy = options.proxy.as_ref().map(|url| proxy(url.expose())).transpose()?;
        let guard = Guard {
            inner: DefaultResolver::default(),
            allow_private: options.allow_private,
            proxy: proxy.as_ref().map(|proxy| proxy.host().to_owned()),
        };
        let config = Config::builder()
            .proxy(proxy)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .user_agent(USER_AGENT)
            .accept_encoding("identity")
            .timeout_global(Some(options.timeout))
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .build();
        Ok(Self { agent: Agent::with_parts(config, DefaultConnector::default(), guard) })
    }

    /// The answer, or why there is none.
    pub(super) fn send(&self, request: &Request) -> Result<Answer, Doubt> {
        let mut http = HttpRequest::builder().method(request.method.to_string().as_str()).uri(&request.url);
        for (name, value) in &request.headers {
            http = http.header(name, value);
        }
        let unusable = |_| Doubt::UnusableValue;
        let response = match (&request.body, request.method) {
            (None, crate::rule::template::Method::Get) => self.agent.run(http.body(()).map_err(unusable)?),
            (body, _) => self.agent.run(http.body(body.clone().unwrap_or_default()).map_err(unusable)?),
        };
        read(response.map_err(|error| doubt(&error))?)
    }
}

fn read(mut response: Response<Body>) -> Result<Answer, Doubt> {
    let retry_after = response
        .headers()
        .get("Retry-After")
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    let mut body = Vec::new();
    let read = response.body_mut().as_reader().take(MAX_BODY + 1).read_to_end(&mut body);
    read.map_err(|error| doubt(&Error::from(error)))?;
    let cut = body.len() as u64 > MAX_BODY;
    Ok(Answer { status: response.status().as_u16(), retry_after, body, cut })
}

/// The kind of an error. Its words are dropped: they may repeat a URL or a header.
fn doubt(error: &Error) -> Doubt {
    match error {
        Error::Timeout(_) => Doubt::Timeout,
        Error::Io(error) if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) => {
            Doubt::Timeout
        }
        Error::Other(inner) if inner.is::<PrivateAddress>() => Doubt::PrivateAddress,
        Error::Protocol(_) | Error::Http(_) | Error::LargeResponseHeader(..) => Doubt::BadAnswer,
        _ => Doubt::NoConnection,
    }
}

fn proxy(url: &[u8]) -> Result<Proxy, VerifyError> {
    let url = std::str::from_utf8(url).map_err(|_| VerifyError::Proxy)?;
    if !(url.starts_with("http://") || url.starts_with("https://")) {
        return Err(VerifyError::Proxy);
    }
    Proxy::new(url).map_err(|_| VerifyError::Proxy)
}

/// Resolves names to addresses that may be asked. The connection is made to what this returns, so a name cannot show one
/// address here and another one there (DNS rebinding).
#[derive(Debug)]
struct Guard {
    inner: DefaultResolver,
    allow_private: bool,
    /// The proxy's host, which the user chose.
    proxy: Option<String>,
}

/// A name that leads into a private network.
#[derive(Debug, thiserror::Error)]
#[error("a private address")]
struct PrivateAddress;

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let addresses = self.inner.resolve(uri, config, timeout)?;
        let chosen = self.proxy.is_some() && uri.host() == self.proxy.as_deref();
        // One private address among others is reason enough: no provider has it by accident.
        if !self.allow_private && !chosen && addresses.iter().any(|address| !is_public(address.ip())) {
            return Err(Error::Other(Box::new(PrivateAddress)));
        }
        Ok(addresses)
    }
}
