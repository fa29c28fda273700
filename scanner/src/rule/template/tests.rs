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
        sign: None,
        live: condition(&[200], &[("/ok", json!(true))]),
        dead: Some(condition(&[401], &[])),
    }
}

#[test]
fn a_good_template_has_no_faults() {
    assert_eq!(good().faults(&[]), []);
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
        assert!(template.faults(&[]).contains(&fault), "{url}: {:?}", template.faults(&[]));
    }
    for url in ["http://127.0.0.1:8080/a", "http://[::1]:80/a", "http://10.1.2.3/", "https://example.com?k=v"]
    {
        assert_eq!(Template { url: url.to_owned(), ..good() }.faults(&[]), [], "{url}");
    }
}

#[test]
fn the_request_must_hold_the_token_and_nothing_strange() {
    let header =
        |name: &str, value: &str| Template { headers: vec![(name.to_owned(), value.to_owned())], ..good() };
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
        assert!(template.faults(&[]).contains(&fault), "{fault:?}: {:?}", template.faults(&[]));
    }
    assert_eq!(body(Method::Post, r#"{"query":"{viewer{id}}"}"#).faults(&[]), []);
}

/// A companion of this name, whatever it looks like.
fn companion(name: &str) -> Companion {
    let sought = crate::rule::companion::Sought::Rule("any".to_owned());
    Companion { name: name.to_owned(), sought, lines: 5, is_public: true, key: None }
}

#[test]
fn the_rules_companions_have_places_everywhere_but_in_the_host() {
    let known = [companion("account SID"), companion("key-id_2")];
    let template = Template {
        url: "https://api.example.com/{{account SID}}/me?id={{account SID}}".to_owned(),
        headers: vec![("X-Id".to_owned(), "{{key-id_2}}".to_owned())],
        basic: Some("{{account SID}}:{{secret}}".to_owned()),
        ..good()
    };
    assert_eq!(template.faults(&known), []);
    assert_eq!(template.companions().into_iter().collect::<Vec<_>>(), ["account SID", "key-id_2"]);
    let unknown = |text: &str| Fault::UnknownPlaceholder { text: text.to_owned() };
    assert!(template.faults(&known[..1]).contains(&unknown("{{key-id_2}}")));
    let host = Template { url: "https://{{account SID}}.example.com/me".to_owned(), ..template.clone() };
    assert!(host.faults(&known).contains(&Fault::HostNotFixed));
    let without = Template { basic: Some("{{account SID}}:".to_owned()), ..template };
    assert_eq!(without.faults(&known), [Fault::NoPlaceholder], "the token itself has a place");
    let body =
        |body: &str| Template { method: Method::Post, body: Some(body.to_owned()), ..good() }.faults(&known);
    assert_eq!(body("id={{key-id_2}}"), [Fault::BodyType]);
}

#[test]
fn a_signed_request_holds_nothing_else_of_the_token() {
    let known = [companion("key id"), companion("session")];
    let signed = || Template {
        url: "https://sts.example.com/?Action=Who".to_owned(),
        headers: Vec::new(),
        sign: Some(AwsSignature {
            service: "sts".to_owned(),
            region: "us-east-1".to_owned(),
            key_id: "key id".to_owned(),
            session_token: Some("session".to_owned()),
        }),
        ..good()
    };
    assert_eq!(signed().faults(&known), []);
    assert_eq!(signed().companions().into_iter().collect::<Vec<_>>(), ["key id", "session"]);
    let unknown = Fault::UnknownPlaceholder { text: "session".to_owned() };
    assert_eq!(signed().faults(&known[..1]), [unknown]);
    let header = |name: &str| vec![(name.to_owned(), "x".to_owned())];
    let scope = |region: &str| signed().sign.map(|sign| AwsSignature { region: region.to_owned(), ..sign });
    for template in [
        Template { headers: header("authorization"), ..signed() },
        Template { headers: header("X-Amz-Date"), ..signed() },
        Template { basic: Some("a:b".to_owned()), ..signed() },
        Template { headers: vec![("X-Key".to_owned(), "{{secret}}".to_owned())], ..signed() },
        Template { url: "https://sts.example.com/?Action={{key id}}".to_owned(), ..signed() },
        Template { url: "https://sts.example.com/a%20b".to_owned(), ..signed() },
        Template { sign: scope("us-east-1/x"), ..signed() },
        Template { sign: scope(""), ..signed() },
    ] {
        assert_eq!(template.faults(&known), [Fault::Signed], "{template:?}");
    }
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
        let faults: Vec<String> = template.faults(&[]).iter().map(ToString::to_string).collect();
        assert!(faults.iter().any(|fault| fault.contains(words)), "{words}: {faults:?}");
    }
    assert_eq!(dead(condition(&[200], &[("/ok", json!(false))])).faults(&[]), []);
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
