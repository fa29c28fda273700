//! A small client of the search service.

use std::env;
use std::time::Duration;

use serde::Deserialize;

const TOKEN_HEADER: &str = "x-search-token";
const SCHEMA_DIGEST: &str = "{{sha256}}";

{{slot}}

/// What the service answers.
#[derive(Debug, Deserialize)]
pub struct Hit {
    pub id: String,
    pub score: f32,
    #[serde(rename = "sort_key")]
    pub sort_key: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Options {
    pub url: String,
    pub password: Option<String>,
    pub token: String,
    pub timeout: Duration,
}

impl Options {
    pub fn from_env() -> Result<Self, env::VarError> {
        Ok(Self {
            url: env::var("SEARCH_URL")?,
            password: env::var("SEARCH_PASSWORD").ok(),
            token: env::var("SEARCH_TOKEN")?,
            timeout: Duration::from_secs(5),
        })
    }
}

pub fn search(options: &Options, query: &str) -> Result<Vec<Hit>, ureq::Error> {
    let agent = ureq::AgentBuilder::new().timeout(options.timeout).build();
    let token = options.token.as_str();
    let hits = agent
        .get(&options.url)
        .set(TOKEN_HEADER, token)
        .set("x-schema", SCHEMA_DIGEST)
        .query("q", query)
        .call()?
        .into_json()?;
    Ok(hits)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_digest_has_64_digits() {
        assert_eq!(super::SCHEMA_DIGEST.len(), 64);
    }
}
