//! Puts a token and its companions into a template, escaped for their places.

use std::fmt;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::sign::{self, Keys};
use crate::rule::template::place::{SECRET, filled};
use crate::rule::template::{AwsSignature, BodyType, Method};
use crate::secret::Secret;
use crate::verification::{Doubt, Question};

/// No provider's token is longer.
const MAX_TOKEN: usize = 4096;
/// What ids of temporary keys of AWS begin with: their requests need the session token, and those of others have none.
const TEMPORARY: &str = "ASIA";

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
    /// The request as of `now`, which a signature holds. No request without all companions, or if one of the values has
    /// bytes that no token has: they could end a header or a line.
    pub(super) fn new(question: &Question<'_>, now: SystemTime) -> Result<Self, Doubt> {
        let template = question.template;
        let mut values = vec![(SECRET, sendable(question.secret)?)];
        for (name, value) in &question.companions {
            values.push((*name, sendable(value)?));
        }
        let value = |wanted: &str| values.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
        let put = |text: &str, escaped: fn(&str) -> String| {
            filled(text, |name| value(name).map(escaped)).ok_or(Doubt::MissingPart)
        };
        let mut headers = Vec::new();
        for (name, text) in &template.headers {
            headers.push((name.clone(), put(text, str::to_owned)?));
        }
        if let Some(basic) = &template.basic {
            let login = STANDARD.encode(put(basic, str::to_owned)?);
            headers.push(("Authorization".to_owned(), format!("Basic {login}")));
        }
        // A body of another type has no places.
        let in_body: fn(&str) -> String = match template.body_type() {
            Some(BodyType::Form) => percent_encoded,
            _ => json_escaped,
        };
        let mut request = Self {
            method: template.method,
            url: put(&template.url, percent_encoded)?,
            headers,
            body: template.body.as_ref().map(|body| put(body, in_body)).transpose()?,
        };
        if let Some(signature) = &template.sign {
            let keys = keys(signature, question.secret, value).ok_or(Doubt::MissingPart)?;
            sign::sign(&mut request, template.authority(), signature, &keys, now);
        }
        Ok(request)
    }
}

/// The value as text, if it can stand in a request.
fn sendable(secret: &Secret) -> Result<&str, Doubt> {
    let bytes = secret.expose();
    let fits = !bytes.is_empty() && bytes.len() <= MAX_TOKEN && bytes.iter().all(u8::is_ascii_graphic);
    std::str::from_utf8(bytes).ok().filter(|_| fits).ok_or(Doubt::UnusableValue)
}

fn keys<'v>(
    signature: &AwsSignature,
    secret: &'v Secret,
    value: impl Fn(&str) -> Option<&'v str>,
) -> Option<Keys<'v>> {
    let id = value(&signature.key_id)?;
    let session_token =
        if id.starts_with(TEMPORARY) { Some(value(signature.session_token.as_deref()?)?) } else { None };
    Some(Keys { id, secret: secret.expose(), session_token })
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
    use std::collections::BTreeMap;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::rule::template::Condition;
    use crate::rule::{RuleSet, Template};

    fn template(body_type: &str) -> Template {
        let condition =
            Condition { status: vec![200], present: Vec::new(), json: Vec::new(), contains: Vec::new() };
        Template {
            method: Method::Post,
            url: "https://example.com/{{secret}}?k={{client id}}".to_owned(),
            headers: vec![
                ("Content-Type".to_owned(), body_type.to_owned()),
                ("X-Key".to_owned(), "Key {{secret}}".to_owned()),
            ],
            basic: Some("{{client id}}:{{secret}}".to_owned()),
            body: Some("<{{client id}}|{{secret}}>".to_owned()),
            sign: None,
            live: condition,
            dead: None,
        }
    }

    fn request(template: &Template, secret: &[u8], id: Option<&[u8]>) -> Result<Request, Doubt> {
        let (secret, id) = (Secret::new(secret), id.map(Secret::new));
        let companions = id.iter().map(|id| ("client id", id)).collect();
        Request::new(&Question { template, secret: &secret, companions }, UNIX_EPOCH)
    }

    #[test]
    fn every_part_is_escaped_for_its_place() {
        let (secret, id) = (&b"a:b/c&\"\\%~"[..], Some(&b"i@d\"{{secret}}"[..]));
        let json = request(&template("application/json"), secret, id).expect("a request");
        assert_eq!(json.url, "https://example.com/a:b%2Fc%26%22%5C%25~?k=i%40d%22%7B%7Bsecret%7D%7D");
        assert_eq!(json.headers[1].1, "Key a:b/c&\"\\%~");
        let login = STANDARD.encode("i@d\"{{secret}}:a:b/c&\"\\%~");
        assert_eq!(json.headers[2].1, format!("Basic {login}"));
        assert_eq!(json.body.as_deref(), Some("<i@d\\\"{{secret}}|a:b/c&\\\"\\\\%~>"));
        let form = request(&template("application/x-www-form-urlencoded"), secret, id).expect("a request");
        assert_eq!(form.body.as_deref(), Some("<i%40d%22%7B%7Bsecret%7D%7D|a:b%2Fc%26%22%5C%25~>"));
    }

    #[test]
    fn without_a_companion_there_is_no_request() {
        for kind in ["application/json", "application/x-www-form-urlencoded"] {
            assert_eq!(request(&template(kind), b"token", None).expect_err("a part"), Doubt::MissingPart);
        }
    }

    #[test]
    fn a_value_that_could_end_a_header_is_not_sent() {
        for value in [&b""[..], b"a b", b"a\r\nX: y", b"a\0", b"\xff\xfe", "\u{fc}".as_bytes(), &[b'a'; 5000]]
        {
            for (secret, id) in [(value, &b"id"[..]), (b"token", value)] {
                let error = request(&template("application/json"), secret, Some(id)).expect_err("no request");
                assert_eq!(error, Doubt::UnusableValue, "{value:?}");
            }
        }
    }

    #[test]
    fn no_debug_output_holds_a_part() {
        let (token, id) = (["tok", "en-of-a-test-9"].concat(), ["id-", "of-a-test-9"].concat());
        let (secret, id) = (Secret::new(token.as_bytes()), Secret::new(id.as_bytes()));
        let template = template("application/json");
        let companions = BTreeMap::from([("client id", &id)]);
        let question = Question { template: &template, secret: &secret, companions };
        assert_eq!(format!("{:?}", Request::new(&question, UNIX_EPOCH)), "Ok(Request(POST))");
        assert!(!format!("{question:?}").contains("of-a-test"));
    }

    #[test]
    fn only_temporary_keys_have_a_session_token() {
        let mut template = template("application/x-www-form-urlencoded");
        "https://example.com/".clone_into(&mut template.url);
        template.headers.pop();
        (template.basic, template.body) = (None, Some("Action=Who".to_owned()));
        template.sign = Some(AwsSignature {
            service: "sts".to_owned(),
            region: "us-east-1".to_owned(),
            key_id: "key id".to_owned(),
            session_token: Some("session".to_owned()),
        });
        let secret = Secret::new(&[b's'; 40]);
        let parts = |names: &[(&'static str, &str)]| -> Vec<(&'static str, Secret)> {
            names.iter().map(|(name, value)| (*name, Secret::new(value.as_bytes()))).collect()
        };
        let ask = |parts: &[(&'static str, Secret)], day: u64| {
            let companions = parts.iter().map(|(name, value)| (*name, value)).collect();
            let question = Question { template: &template, secret: &secret, companions };
            Request::new(&question, UNIX_EPOCH + Duration::from_secs(day * 86_400))
        };
        let header = |request: &Request, name: &str| {
            request.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone())
        };
        let lasting = parts(&[("key id", "AKIAX"), ("session", "tok")]);
        let request = ask(&lasting, 1).expect("a request");
        assert_eq!(header(&request, "X-Amz-Security-Token"), None);
        assert_eq!(header(&request, "X-Amz-Date").as_deref(), Some("19700102T000000Z"));
        let signature = header(&request, "Authorization").expect("a signature");
        assert!(
            signature.starts_with("AWS4-HMAC-SHA256 Credential=AKIAX/19700102/us-east-1/sts/aws4_request, ")
        );
        assert!(!signature.contains(&"s".repeat(40)), "the key is not sent");
        assert_ne!(header(&ask(&lasting, 2).expect("a request"), "Authorization"), Some(signature));
        let temporary = ask(&parts(&[("key id", "ASIAX"), ("session", "tok")]), 1).expect("a request");
        assert_eq!(header(&temporary, "X-Amz-Security-Token").as_deref(), Some("tok"));
        for missing in [parts(&[("key id", "ASIAX")]), parts(&[("session", "tok")])] {
            assert_eq!(ask(&missing, 1).expect_err("a part"), Doubt::MissingPart);
        }
    }

    /// All that a request sends, with its login decoded.
    fn sent(request: &Request) -> String {
        let header = |(_, value): &(String, String)| match value.strip_prefix("Basic ") {
            Some(login) => String::from_utf8(STANDARD.decode(login).expect("Base64")).expect("ASCII"),
            None => value.clone(),
        };
        let headers: Vec<String> = request.headers.iter().map(header).collect();
        format!("{} {} {}", request.url, headers.join(" "), request.body.as_deref().unwrap_or_default())
    }

    /// Every rule's template makes a request out of every example of the rule, to the host that the template names.
    #[test]
    fn every_builtin_template_renders() {
        let rules = RuleSet::builtin();
        let mut providers = std::collections::BTreeSet::new();
        for rule in rules.rules() {
            let Some(template) = &rule.verify else { continue };
            assert_eq!(template.faults(&rule.companions), [], "{}", rule.id);
            providers.insert(rule.family.as_str());
            let part = Secret::new(["id", "-of-a-test"].concat().as_bytes());
            for recipe in &rule.examples {
                let example = recipe.build(1).expect("a good recipe");
                let token = std::str::from_utf8(example.secret()).expect("ASCII");
                let secret = Secret::new(example.secret());
                let companions: BTreeMap<_, _> =
                    template.companions().into_iter().map(|name| (name, &part)).collect();
                let all_given = Question { template, secret: &secret, companions: companions.clone() };
                let request = Request::new(&all_given, UNIX_EPOCH)
                    .unwrap_or_else(|doubt| panic!("{}: {doubt:?}", rule.id));
                let uri: ureq::http::Uri =
                    request.url.parse().unwrap_or_else(|_| panic!("{}: no URL", rule.id));
                assert_eq!(uri.authority().map(ToString::to_string).as_deref(), Some(template.authority()));
                assert_eq!(uri.scheme_str(), Some("https"), "{}", rule.id);
                let all = sent(&request);
                let forms = [token.to_owned(), percent_encoded(token), json_escaped(token)];
                let is_sent = forms.iter().any(|form| all.contains(form.as_str()));
                assert_eq!(is_sent, template.sign.is_none(), "{}", rule.id);
                assert_eq!(all.contains("id-of-a-test"), !companions.is_empty(), "{}", rule.id);
                assert!(!all.contains("{{"), "{}", rule.id);
                if let Some(body) = request.body.filter(|_| template.body_type() == Some(BodyType::Json)) {
                    assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok(), "{}: {body}", rule.id);
                }
            }
        }
        assert!(providers.len() >= 30, "{} providers", providers.len());
    }
}
