//! Puts a token into a template, escaped for its place.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::rule::Template;
use crate::rule::template::{BodyType, Method, PLACEHOLDER};
use crate::secret::Secret;

/// No provider's token is longer.
const MAX_TOKEN: usize = 4096;

/// A request that holds a token.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<String>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({})", self.method)
    }
}

impl Request {
    /// None if the token has bytes that no token has: they could end a header or a line.
    pub(super) fn new(template: &Template, secret: &Secret) -> Option<Self> {
        let bytes = secret.expose();
        if bytes.is_empty() || bytes.len() > MAX_TOKEN || !bytes.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        let token = std::str::from_utf8(bytes).ok()?;
        let raw = |text: &str| text.replace(PLACEHOLDER, token);
        let mut headers: Vec<(String, String)> =
            template.headers.iter().map(|(name, value)| (name.clone(), raw(value))).collect();
        if let Some(basic) = &template.basic {
            headers.push(("Authorization".to_owned(), format!("Basic {}", STANDARD.encode(raw(basic)))));
        }
        let in_body = match template.body_type() {
            Some(BodyType::Json) => json_escaped(token),
            Some(BodyType::Form) => percent_encoded(token),
            None => String::new(),
        };
        Some(Self {
            method: template.method,
            url: template.url.replace(PLACEHOLDER, &percent_encoded(token)),
            headers,
            body: template.body.as_ref().map(|body| body.replace(PLACEHOLDER, &in_body)),
        })
    }
}

/// For a path, a query or a form: all but unreserved characters, and the colon, which paths may hold (RFC 3986, 3.3).
fn percent_encoded(token: &str) -> String {
    let encoded = token.bytes().map(|byte| {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    encoded.collect()
}

/// The inside of a JSON string.
fn json_escaped(token: &str) -> String {
    token.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RuleSet;
    use crate::rule::template::Condition;

    fn template(body_type: &str) -> Template {
        let condition =
            Condition { status: vec![200], present: Vec::new(), json: Vec::new(), contains: Vec::new() };
        Template {
            method: Method::Post,
            url: "https://example.com/{{secret}}?k={{secret}}".to_owned(),
            headers: vec![
                ("Content-Type".to_owned(), body_type.to_owned()),
                ("X-Key".to_owned(), "Key {{secret}}".to_owned()),
            ],
            basic: Some("{{secret}}:".to_owned()),
            body: Some("<{{secret}}>".to_owned()),
            live: condition,
            dead: None,
        }
    }

    #[test]
    fn a_token_is_escaped_for_its_place() {
        let secret = Secret::new(b"a:b/c&\"\\%~");
        let request = Request::new(&template("application/json"), &secret).expect("a request");
        assert_eq!(request.url, "https://example.com/a:b%2Fc%26%22%5C%25~?k=a:b%2Fc%26%22%5C%25~");
        assert_eq!(request.headers[1].1, "Key a:b/c&\"\\%~");
        assert_eq!(request.headers[2].1, format!("Basic {}", STANDARD.encode("a:b/c&\"\\%~:")));
        assert_eq!(request.body.as_deref(), Some("<a:b/c&\\\"\\\\%~>"));
        let form = Request::new(&template("application/x-www-form-urlencoded"), &secret).expect("a request");
        assert_eq!(form.body.as_deref(), Some("<a:b%2Fc%26%22%5C%25~>"));
    }

    #[test]
    fn a_value_that_could_end_a_header_is_not_sent() {
        for value in [&b""[..], b"a b", b"a\r\nX: y", b"a\0", b"\xff\xfe", "\u{fc}".as_bytes(), &[b'a'; 5000]]
        {
            assert!(Request::new(&template("application/json"), &Secret::new(value)).is_none(), "{value:?}");
        }
    }

    #[test]
    fn no_debug_output_holds_the_token() {
        let token = ["tok", "en-of-a-test-9"].concat();
        let request = Request::new(&template("application/json"), &Secret::new(token.as_bytes()));
        assert_eq!(format!("{request:?}"), "Some(Request(POST))");
    }

    /// Every rule's template makes a request out of every example of the rule, to the host that the template names.
    #[test]
    fn every_builtin_template_renders() {
        let rules = RuleSet::builtin();
        let mut providers = std::collections::BTreeSet::new();
        for rule in rules.rules() {
            let Some(template) = &rule.verify else { continue };
            assert_eq!(template.faults(), [], "{}", rule.id);
            providers.insert(rule.family.as_str());
            for recipe in &rule.examples {
                let example = recipe.build(1).expect("a good recipe");
                let token = std::str::from_utf8(example.secret()).expect("ASCII");
                let request = Request::new(template, &Secret::new(example.secret()))
                    .unwrap_or_else(|| panic!("{}: the token cannot be sent", rule.id));
                let uri: ureq::http::Uri =
                    request.url.parse().unwrap_or_else(|_| panic!("{}: no URL", rule.id));
                assert_eq!(uri.authority().map(ToString::to_string).as_deref(), Some(template.authority()));
                assert_eq!(uri.scheme_str(), Some("https"), "{}", rule.id);
                let headers: String = request.headers.iter().map(|(_, value)| value.as_str()).collect();
                let all =
                    format!("{} {headers} {}", request.url, request.body.as_deref().unwrap_or_default());
                let forms = [token.to_owned(), percent_encoded(token), json_escaped(token)];
                let sent = forms.iter().any(|form| all.contains(form.as_str())) || template.basic.is_some();
                assert!(sent && !all.contains("{{secret"), "{}", rule.id);
                if let Some(body) = request.body.filter(|_| template.body_type() == Some(BodyType::Json)) {
                    assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok(), "{}: {body}", rule.id);
                }
            }
        }
        assert!(providers.len() >= 30, "{} providers", providers.len());
    }
}
