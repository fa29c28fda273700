//! JSON web tokens (RFC 7519): decoded, never verified, since the key is not here.

use super::super::codec::base64_decode;
use super::proven;
use crate::candidate::Proof;

/// What a token says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwt {
    /// `alg` of the header (`RS256`, `none` …).
    pub algorithm: String,
    /// `exp`: seconds since 1970 after which it is refused.
    pub expires: Option<i64>,
    /// `iss`: who issued it.
    pub issuer: Option<String>,
    /// `role`, which tells a publishable key (`anon`) from a secret one.
    pub role: Option<String>,
}

impl Jwt {
    /// Reads `header.claims.signature`. `None` if it is not three parts, or header or claims are not JSON objects,
    /// or the header names no algorithm. An encrypted token (five parts) is `None`.
    pub fn decode(token: &[u8]) -> Option<Self> {
        let mut parts = token.split(|&b| b == b'.');
        let (header, claims) = (object(parts.next()?)?, object(parts.next()?)?);
        parts.next()?;
        if parts.next().is_some() {
            return None;
        }
        let text = |name: &str| claims.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        Some(Self {
            algorithm: header.get("alg")?.as_str()?.to_owned(),
            expires: claims.get("exp").and_then(serde_json::Value::as_i64),
            issuer: text("iss"),
            role: text("role"),
        })
    }
}

fn object(part: &[u8]) -> Option<serde_json::Map<String, serde_json::Value>> {
    serde_json::from_slice(&base64_decode(part)?).ok()
}

pub(super) fn check(token: &[u8]) -> Proof {
    proven(Jwt::decode(token).is_some())
}

#[cfg(test)]
mod tests {
    use super::super::super::codec::base64url_encode;
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        format!("{}.{}.c2ln", base64url_encode(header.as_bytes()), base64url_encode(claims.as_bytes()))
    }

    #[test]
    fn claims_are_read() {
        let made = token(r#"{"alg":"RS256"}"#, r#"{"iss":"me","exp":1700000000,"role":"anon"}"#);
        let jwt = Jwt::decode(made.as_bytes()).expect("a token");
        assert_eq!((jwt.algorithm.as_str(), jwt.expires), ("RS256", Some(1_700_000_000)));
        assert_eq!((jwt.issuer.as_deref(), jwt.role.as_deref()), (Some("me"), Some("anon")));
    }

    #[test]
    fn what_is_not_a_token_is_invalid() {
        for made in
            [token("{}", "{}"), token(r#"{"alg":5}"#, "{}"), token(r#"{"alg":"x"}"#, "[]"), "a.b".into()]
        {
            assert_eq!(check(made.as_bytes()), Proof::Invalid, "{made}");
        }
        let five = token(r#"{"alg":"x"}"#, "{}") + ".a.b";
        assert_eq!(check(five.as_bytes()), Proof::Invalid);
    }
}
