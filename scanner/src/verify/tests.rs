use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::loopback::{Server, http};
use super::*;
use crate::rule::Template;
use crate::rule::template::{Condition, Method};
use crate::secret::Secret;
use crate::verification::Standing;

const FIREWALL: &str =
    "<html><body>Request blocked. Your account {\"login\":\"x\"} is safe with us.</body></html>";

fn options() -> VerifyOptions {
    VerifyOptions {
        allow_private: true,
        timeout: Duration::from_secs(5),
        host_gap: Duration::ZERO,
        gap: Duration::ZERO,
        backoff: Duration::from_millis(20),
        ..VerifyOptions::default()
    }
}

/// 200 with a login is live, 401 is dead.
fn template(authority: &str) -> Template {
    let condition = |status, present: &[&str]| Condition {
        status: vec![status],
        present: present.iter().map(ToString::to_string).collect(),
        json: Vec::new(),
        contains: Vec::new(),
    };
    let template = Template {
        method: Method::Get,
        url: format!("http://{authority}/user"),
        headers: vec![("Authorization".to_owned(), "Bearer {{secret}}".to_owned())],
        basic: None,
        body: None,
        sign: None,
        live: condition(200, &["/login"]),
        dead: Some(condition(401, &[])),
    };
    assert_eq!(template.faults(&[]), []);
    template
}

fn token(name: &str) -> Secret {
    Secret::new(["tok", "en-", name].concat().as_bytes())
}

fn question<'a>(template: &'a Template, secret: &'a Secret) -> Question<'a> {
    Question { template, secret, companions: BTreeMap::new() }
}

fn ask_with(options: VerifyOptions, template: &Template, names: &[&str]) -> Vec<Verification> {
    let secrets: Vec<Secret> = names.iter().map(|name| token(name)).collect();
    let questions: Vec<_> = secrets.iter().map(|secret| question(template, secret)).collect();
    Verifier::new(options).expect("no proxy").verify(&questions)
}

/// What one token's answer is taken for.
fn asked(answer: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static) -> (Verification, Server) {
    let server = Server::new(answer);
    let mut answers = ask_with(options(), &template(&server.authority()), &["one"]);
    (answers.remove(0), server)
}

fn doubt_of(answer: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static) -> (Option<Doubt>, Option<u16>) {
    let (answer, _) = asked(answer);
    assert_eq!(answer.standing, Standing::Unknown);
    (answer.doubt, answer.status)
}

#[test]
fn live_and_dead_are_what_the_rule_says() {
    let (live, server) = asked(|_, _| http("200 OK", "", "{\"login\": \"ada\"}"));
    assert_eq!((live.standing, live.status, live.doubt), (Standing::Live, Some(200), None));
    assert_eq!(live.host, server.authority());
    let request = &server.requests()[0];
    assert!(request.starts_with("GET /user HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("uthorization: Bearer token-one\r\n"), "{request}");
    assert!(request.contains(concat!("secretscan/", env!("CARGO_PKG_VERSION"))), "{request}");
    let (dead, _) = asked(|_, _| http("401 Unauthorized", "", "{\"message\": \"Bad credentials\"}"));
    assert_eq!((dead.standing, dead.status), (Standing::Dead, Some(401)));
}

#[test]
fn a_body_is_posted() {
    let server = Server::new(|_, _| http("200 OK", "", "{\"login\": 1}"));
    let template = Template {
        method: Method::Post,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: Some("{\"key\":\"{{secret}}\"}".to_owned()),
        ..template(&server.authority())
    };
    assert_eq!(ask_with(options(), &template, &["one"])[0].standing, Standing::Live);
    let request = server.requests().remove(0);
    assert!(request.starts_with("POST /user ") && request.ends_with("{\"key\":\"token-one\"}"), "{request}");
    let empty = Template { body: None, headers: template.headers.clone(), ..template.clone() };
    let empty = Template { url: format!("{}?k={{{{secret}}}}", empty.url), ..empty };
    assert_eq!(ask_with(options(), &empty, &["two"])[0].standing, Standing::Live);
    assert!(server.requests()[1].starts_with("POST /user?k=token-two "), "{:?}", server.requests());
}

#[test]
fn a_firewalls_page_is_unknown_whatever_its_status() {
    for status in ["403 Forbidden", "200 OK", "404 Not Found", "503 Service Unavailable"] {
        let code = status[..3].parse().expect("a number");
        let got = doubt_of(move |_, _| http(status, "Content-Type: text/html\r\n", FIREWALL));
        assert_eq!(got, (Some(Doubt::UnexpectedAnswer), Some(code)));
    }
}

#[test]
fn too_many_requests_are_repeated_after_a_pause_and_then_unknown() {
    let (live, server) = asked(|_, before| match before {
        0 | 1 => http("429 Too Many Requests", "", ""),
        _ => http("200 OK", "", "{\"login\": 1}"),
    });
    assert_eq!((live.standing, server.requests().len()), (Standing::Live, 3));
    let started = Instant::now();
    let (limited, server) = asked(|_, _| http("429 Too Many Requests", "", ""));
    assert_eq!((limited.doubt, limited.status), (Some(Doubt::RateLimited), Some(429)));
    assert_eq!(server.requests().len(), TRIES as usize);
    assert!(started.elapsed() >= Duration::from_millis(20 + 40), "{:?}", started.elapsed());
}

#[test]
fn the_pause_is_what_the_server_asks_for_but_never_a_long_one() {
    let started = Instant::now();
    let (live, _) = asked(|_, before| match before {
        0 => http("429 Too Many Requests", "Retry-After: 1\r\n", ""),
        _ => http("200 OK", "", "{\"login\": 1}"),
    });
    assert_eq!(live.standing, Standing::Live);
    assert!(started.elapsed() >= Duration::from_secs(1));
    let (limited, server) = asked(|_, _| http("429 Too Many Requests", "Retry-After: 86400\r\n", ""));
    assert_eq!((limited.doubt, server.requests().len()), (Some(Doubt::RateLimited), 1));
}

#[test]
fn a_slow_server_is_a_timeout_even_if_it_drips() {
    let server = Server::new(|_, _| {
        std::thread::sleep(Duration::from_secs(3));
        http("200 OK", "", "{\"login\": 1}")
    });
    let quick = || VerifyOptions { timeout: Duration::from_millis(300), ..options() };
    let started = Instant::now();
    let answer = ask_with(quick(), &template(&server.authority()), &["one"]).remove(0);
    assert_eq!(answer.doubt, Some(Doubt::Timeout));
    let half = Server::new(|_, _| b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"login\": 1}".to_vec());
    let answer = ask_with(quick(), &template(&half.authority()), &["one"]).remove(0);
    assert_eq!(answer.standing, Standing::Unknown, "half an answer is none: {answer:?}");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[test]
fn a_redirect_is_not_followed_and_takes_no_token_along() {
    let other = Arc::new(Server::new(|_, _| http("200 OK", "", "{\"login\": 1}")));
    for status in
        ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let location = format!("Location: http://{}/user\r\n", other.authority());
        let code = status[..3].parse().expect("a number");
        assert_eq!(doubt_of(move |_, _| http(status, &location, "")), (Some(Doubt::Redirect), Some(code)));
    }
    assert_eq!(other.requests(), [""; 0]);
}

#[test]
fn an_endless_or_broken_answer_is_unknown() {
    let huge =
        doubt_of(|_, _| http("200 OK", "", &format!("{{\"login\": 1, \"x\": \"{}\"}}", "a".repeat(2 << 20))));
    assert_eq!(huge, (Some(Doubt::AnswerTooLong), Some(200)));
    for garbage in
        [&b"\x00\x01\x02 no http \xff\xff\r\n\r\n"[..], b"HTTP/9.9 hello\r\n\r\n", b"SSH-2.0-x\r\n"]
    {
        let (doubt, _) = doubt_of(move |_, _| garbage.to_vec());
        assert!(matches!(doubt, Some(Doubt::BadAnswer | Doubt::NoConnection)), "{garbage:?}: {doubt:?}");
    }
    let (doubt, _) = doubt_of(|_, _| Vec::new());
    assert_eq!(doubt, Some(Doubt::NoConnection));
    let deep = doubt_of(|_, _| http("200 OK", "", &"[".repeat(100_000)));
    assert_eq!(deep, (Some(Doubt::UnexpectedAnswer), Some(200)));
}

#[test]
fn a_server_without_a_certificate_gets_nothing() {
    let server = Server::new(|_, _| http("200 OK", "", "{\"login\": 1}"));
    let template =
        Template { url: format!("https://{}/user", server.authority()), ..template(&server.authority()) };
    let answer = ask_with(options(), &template, &["one"]).remove(0);
    assert_eq!(answer.doubt, Some(Doubt::NoConnection));
    assert!(!server.requests().concat().contains("token-one"));
}

#[test]
fn private_addresses_are_refused_by_number_and_by_name() {
    let server = Server::new(|_, _| http("200 OK", "", "{\"login\": 1}"));
    let careful = || VerifyOptions { allow_private: false, ..options() };
    let by_number = template(&server.authority());
    let port = server.authority().replace("127.0.0.1", "localhost");
    let by_name = Template { url: format!("https://{port}/user"), ..by_number.clone() };
    for template in [&by_number, &by_name] {
        let answer = ask_with(careful(), template, &["one"]).remove(0);
        assert_eq!(answer.doubt, Some(Doubt::PrivateAddress), "{}", template.url);
    }
    // Through a proxy too: what is written out is known without resolving anything.
    let proxy = Some(Secret::new(format!("http://{}", server.authority()).as_bytes()));
    let answer = ask_with(VerifyOptions { proxy, ..careful() }, &by_number, &["one"]).remove(0);
    assert_eq!(answer.doubt, Some(Doubt::PrivateAddress));
    assert_eq!(server.requests(), [""; 0]);
}

#[test]
fn a_proxy_that_was_named_is_used_and_a_wrong_one_is_not_repeated() {
    let proxy = Server::new(|_, _| http("502 Bad Gateway", "", ""));
    let url = Some(Secret::new(format!("http://{}", proxy.authority()).as_bytes()));
    let careful = VerifyOptions { allow_private: false, proxy: url, ..options() };
    let template = Template { url: "https://api.example.com/user".to_owned(), ..template("127.0.0.1:1") };
    let answer = ask_with(careful, &template, &["one"]).remove(0);
    assert_eq!(answer.standing, Standing::Unknown);
    let requests = proxy.requests();
    assert!(requests[0].starts_with("CONNECT api.example.com:443 "), "{requests:?}");
    assert!(!requests.concat().contains("token-one"));
    for wrong in ["socks5://user:pass-word@host", "host:80", "http://", ""] {
        let options = VerifyOptions { proxy: Some(Secret::new(wrong.as_bytes())), ..options() };
        assert!(!format!("{options:?}").contains("pass-word"));
        let error = Verifier::new(options).expect_err(wrong);
        assert_eq!(error, VerifyError::Proxy);
    }
}

#[test]
fn a_host_that_does_not_answer_is_given_up() {
    let nobody = Server::new(|_, _| Vec::new());
    let answers = ask_with(options(), &template(&nobody.authority()), &["a", "b", "c", "d", "e"]);
    let doubts: Vec<_> = answers.iter().filter_map(|answer| answer.doubt).collect();
    assert_eq!(doubts[..3], [Doubt::NoConnection; 3]);
    assert_eq!(doubts[3..], [Doubt::HostGivenUp; 2]);
    assert_eq!(nobody.requests().len(), 3);
}

#[test]
fn answers_are_in_the_order_of_the_questions_whoever_is_first() {
    let answer = |pause: u64| {
        Server::new(move |request, _| {
            std::thread::sleep(Duration::from_millis(pause));
            let live = request.contains("token-l");
            if live { http("200 OK", "", "{\"login\": 1}") } else { http("401 No", "", "") }
        })
    };
    let servers = [answer(150), answer(0), answer(50)];
    let templates: Vec<Template> = servers.iter().map(|server| template(&server.authority())).collect();
    let secrets: Vec<Secret> = ["l1", "d1", "l2", "d2", "d3", "l3"].map(token).to_vec();
    let questions: Vec<_> =
        secrets.iter().enumerate().map(|(at, secret)| question(&templates[at % 3], secret)).collect();
    let verifier = Verifier::new(options()).expect("no proxy");
    let answers = verifier.verify(&questions);
    let got: Vec<_> = answers.iter().map(|answer| (answer.standing, answer.host.as_str())).collect();
    let expected: Vec<_> = questions
        .iter()
        .map(|question| {
            let live = question.secret.expose().starts_with(b"token-l");
            (if live { Standing::Live } else { Standing::Dead }, question.template.authority())
        })
        .collect();
    assert_eq!(got, expected);
}

#[test]
fn requests_keep_their_distance() {
    let server = Server::new(|_, _| http("401 No", "", ""));
    let slow = VerifyOptions { host_gap: Duration::from_millis(80), ..options() };
    let started = Instant::now();
    ask_with(slow, &template(&server.authority()), &["a", "b", "c", "d"]);
    assert!(started.elapsed() >= Duration::from_millis(3 * 80), "{:?}", started.elapsed());
    let servers = [(); 3].map(|()| Server::new(|_, _| http("401 No", "", "")));
    let templates: Vec<Template> = servers.iter().map(|server| template(&server.authority())).collect();
    let secret = token("a");
    let questions: Vec<_> = templates.iter().map(|template| question(template, &secret)).collect();
    let started = Instant::now();
    let slow = VerifyOptions { gap: Duration::from_millis(80), ..options() };
    Verifier::new(slow).expect("no proxy").verify(&questions);
    assert!(started.elapsed() >= Duration::from_millis(2 * 80), "{:?}", started.elapsed());
}

#[test]
fn clear_answers_are_remembered_and_unknown_ones_are_not() {
    let folder = tempfile::tempdir().expect("temp");
    let cached = || VerifyOptions { cache: Some(folder.path().join("v.db")), ..options() };
    let server = Server::new(|request, _| match () {
        () if request.contains("live") => http("200 OK", "", "{\"login\": 1}"),
        () if request.contains("dead") => http("401 No", "", ""),
        () => http("403 No", "", FIREWALL),
    });
    let template = template(&server.authority());
    let first = ask_with(cached(), &template, &["live", "dead", "blocked"]);
    let again = ask_with(cached(), &template, &["live", "dead", "blocked"]);
    assert_eq!(first, again);
    let asked: Vec<bool> = server.requests().iter().map(|request| request.contains("blocked")).collect();
    assert_eq!(asked, [false, false, true, true], "only the unknown one is asked again");
    for entry in std::fs::read_dir(folder.path()).expect("a folder") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        for name in ["live", "dead", "blocked"] {
            let secret = token(name);
            assert!(memchr::memmem::find(&bytes, secret.expose()).is_none());
        }
    }
}

#[test]
fn remembered_answers_expire() {
    let folder = tempfile::tempdir().expect("temp");
    let cache = Cache::open(&folder.path().join("v.db")).expect("new");
    let (template, other) = (template("127.0.0.1:1"), template("127.0.0.1:2"));
    let secret = token("x");
    let companion = token("id");
    let with = |name, value| Question {
        companions: BTreeMap::from([(name, value)]),
        ..question(&template, &secret)
    };
    let others =
        [(question(&other, &secret), "another template"), (with("id", &companion), "another part beside it")];
    let question = question(&template, &secret);
    for (standing, status, seconds) in
        [(Standing::Live, 200, cache::LIVE_SECONDS), (Standing::Dead, 401, cache::DEAD_SECONDS)]
    {
        let answer = Verification::known(standing, "127.0.0.1:1", status);
        cache.put(&question, &answer, 1_000_000).expect("stored");
        let at = |now| cache.get(&question, now).expect("read");
        assert_eq!(at(1_000_000), Some(answer.clone()));
        assert_eq!(at(1_000_000 + seconds - 1), Some(answer));
        assert_eq!(at(1_000_000 + seconds), None);
        assert_eq!(at(999_999), None, "a clock that was set back");
        for (other, why) in &others {
            assert_eq!(cache.get(other, 1_000_000).expect("read"), None, "{why}");
        }
    }
    cache
        .put(&question, &Verification::unknown(Doubt::Timeout, "h", None), 2_000_000)
        .expect("nothing to store");
    assert_eq!(cache.get(&question, 2_000_000).expect("read"), None);
}

#[test]
fn every_part_counts_in_the_cache_and_none_is_in_it() {
    let folder = tempfile::tempdir().expect("temp");
    let cached = || VerifyOptions { cache: Some(folder.path().join("v.db")), ..options() };
    let server = Server::new(|request, _| {
        let live = request.contains("token-id-1");
        if live { http("200 OK", "", "{\"login\": 1}") } else { http("401 No", "", "") }
    });
    let template = Template {
        headers: vec![("X-Key".to_owned(), "{{key id}}.{{secret}}".to_owned())],
        ..template(&server.authority())
    };
    let (secret, ids) = (token("secret"), ["id-1", "id-2"].map(token));
    let ask = || {
        let with =
            |id| Question { companions: BTreeMap::from([("key id", id)]), ..question(&template, &secret) };
        let questions = [with(&ids[0]), with(&ids[1]), question(&template, &secret)];
        Verifier::new(cached()).expect("no proxy").verify(&questions)
    };
    let first = ask();
    let standings: Vec<_> = first.iter().map(|answer| (answer.standing, answer.doubt)).collect();
    let missing = (Standing::Unknown, Some(Doubt::MissingPart));
    assert_eq!(standings, [(Standing::Live, None), (Standing::Dead, None), missing]);
    assert_eq!(ask(), first);
    assert_eq!(server.requests().len(), 2, "one for each pair, and none for half of one");
    for entry in std::fs::read_dir(folder.path()).expect("a folder") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        for part in ids.iter().chain([&secret]) {
            assert!(memchr::memmem::find(&bytes, part.expose()).is_none());
        }
    }
}

#[test]
fn a_cache_that_cannot_be_used_is_trouble_and_not_an_error() {
    let folder = tempfile::tempdir().expect("temp");
    let verifier = Verifier::new(VerifyOptions { cache: Some(folder.path().to_owned()), ..options() });
    let trouble = verifier.expect("no proxy").trouble().expect("trouble");
    assert!(trouble.contains("--no-cache"), "{trouble}");
}
