//! AWS Signature Version 4: a request shows that its sender has the secret key, without sending it.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv4-create-signed-request.html>

use std::time::SystemTime;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::request::Request;
use crate::rule::template::AwsSignature;
use crate::value::hex;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What is signed with. No `Debug`: it holds the secret.
pub(super) struct Keys<'k> {
    pub(super) id: &'k str,
    pub(super) secret: &'k [u8],
    pub(super) session_token: Option<&'k str>,
}

/// Adds the date, the session token and the signature over all that the request holds to its headers.
///
/// The URL has plain characters only (`Template::faults` sees to it), so it is its own canonical form.
pub(super) fn sign(
    request: &mut Request,
    host: &str,
    scope: &AwsSignature,
    keys: &Keys<'_>,
    now: SystemTime,
) {
    let date = Timestamp::try_from(now).unwrap_or_default().strftime("%Y%m%dT%H%M%SZ").to_string();
    request.headers.push(("X-Amz-Date".to_owned(), date.clone()));
    let token = keys.session_token.map(|token| ("X-Amz-Security-Token".to_owned(), token.to_owned()));
    request.headers.extend(token);
    let (headers, names) = canonical_headers(request, host);
    let (path, query) = target(&request.url);
    let body = hex::encode(&Sha256::digest(request.body.as_deref().unwrap_or_default()));
    let canonical = format!("{}\n{path}\n{query}\n{headers}\n{names}\n{body}", request.method);
    let scope = format!("{}/{}/{}/aws4_request", &date[..8], scope.region, scope.service);
    let to_sign = format!("{ALGORITHM}\n{date}\n{scope}\n{}", hex::encode(&Sha256::digest(canonical)));
    let key = scope.split('/').fold([b"AWS4", keys.secret].concat(), |key, part| mac(&key, part));
    let signature = hex::encode(&mac(&key, &to_sign));
    let credential = format!("{}/{scope}", keys.id);
    let login = format!("{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}");
    request.headers.push(("Authorization".to_owned(), login));
}

/// A line for each header and for the host, by name, and the names.
fn canonical_headers(request: &Request, host: &str) -> (String, String) {
    let single_spaced = |value: &str| value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let mut headers: Vec<(String, String)> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), single_spaced(value)))
        .chain([("host".to_owned(), host.to_owned())])
        .collect();
    headers.sort();
    let lines = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    (lines, names.join(";"))
}

/// The path, and the parameters in the order of their names.
fn target(url: &str) -> (&str, String) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let target = &rest[rest.find(['/', '?']).unwrap_or(rest.len())..];
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut parameters: Vec<&str> = query.split('&').collect();
    parameters.sort_unstable();
    (if path.is_empty() { "/" } else { path }, parameters.join("&"))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::template::Method;

    const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

    /// The signature of a request by the key of AWS's own examples.
    fn signature(method: Method, url: &str, body: Option<&str>, service: &str, at: &str) -> String {
        let headers = match service {
            "iam" => vec![("Content-Type".to_owned(), FORM.to_owned())],
            _ => Vec::new(),
        };
        let mut request =
            Request { method, url: format!("https://{url}"), headers, body: body.map(str::to_owned) };
        let secret = ["wJalrXUtnFEMI", "/K7MDENG+bPxRfiCY", "EXAMPLEKEY"].concat();
        let keys = Keys { id: "AKIDEXAMPLE", secret: secret.as_bytes(), session_token: None };
        let scope = AwsSignature {
            service: service.to_owned(),
            region: "us-east-1".to_owned(),
            key_id: String::new(),
            session_token: None,
        };
        let now: Timestamp = at.parse().expect("a date");
        sign(&mut request, url.split('/').next().unwrap_or_default(), &scope, &keys, now.into());
        request.headers.pop().expect("the signature").1
    }

    /// The examples of AWS's documentation: a GET and a POST to IAM, and three requests of the test suite.
    #[test]
    fn the_documented_examples_have_their_signatures() {
        const LIST: &str = "Action=ListUsers&Version=2010-05-08";
        let get = signature(
            Method::Get,
            &format!("iam.amazonaws.com/?{LIST}"),
            None,
            "iam",
            "2015-08-30T12:36:00Z",
        );
        assert_eq!(
            get,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
        for (method, url, body, service, at, expected) in [
            (
                Method::Post,
                "iam.amazonaws.com/",
                Some(LIST),
                "iam",
                "2011-09-09T23:36:00Z",
                "ced6826de92d2bdeed8f846f0bf508e8559e98e4b0199114b84c54174deb456c",
            ),
            (
                Method::Get,
                "example.amazonaws.com/",
                None,
                "service",
                "2015-08-30T12:36:00Z",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                Method::Get,
                "example.amazonaws.com/?Param2=value2&Param1=value1",
                None,
                "service",
                "2015-08-30T12:36:00Z",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                Method::Get,
                "example.amazonaws.com",
                None,
                "service",
                "2015-08-30T12:36:00Z",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
        ] {
            let got = signature(method, url, body, service, at);
            assert!(got.ends_with(&format!(", Signature={expected}")), "{url}: {got}");
        }
    }
}
