//! Keys of every sort in every place. All bodies are generated; no line of this file is a key.

use std::ops::Range;

use super::samples::{base64, folded};
use super::*;
use crate::candidate::hit::Text;
use crate::candidate::structural::Tables;
use crate::source::Content;
use crate::value::path::PathInfo;

/// Random bytes (a linear congruential generator; the seed is the length).
pub(super) fn noise(length: usize) -> Vec<u8> {
    let mut state = length as u32;
    let step = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(step).collect()
}

/// A block of `length` random bytes with `line_break` between lines.
fn pem(label: &str, length: usize, line_break: &str) -> String {
    armour(label, &folded(&base64(&noise(length)), line_break), line_break)
}

fn armour(label: &str, body: &str, line_break: &str) -> String {
    format!("-----BEGIN {label}-----{line_break}{body}{line_break}-----END {label}-----{line_break}")
}

fn hits(content: Content, text: &[u8]) -> Vec<Hit> {
    let path = PathInfo::default();
    let text = Text { bytes: text, content, path: &path, tables: &Tables::default() };
    let lower = text.bytes.to_ascii_lowercase();
    let mut hits = Vec::new();
    for detector in DETECTORS {
        for anchor in detector.anchors {
            for at in memchr::memmem::find_iter(&lower, anchor) {
                (detector.find)(text, at..at + anchor.len(), &mut hits);
            }
        }
    }
    if content == Content::Binary {
        find_keystore(text, &mut hits);
    }
    // What goes with a hit is what anybody reads there.
    for hit in hits.iter().filter(|hit| hit.dropped.is_none()) {
        let form = describe(text.bytes, hit.span.start);
        assert_eq!(hit.is_proven, proves(form.as_ref()), "{hit:?}");
    }
    hits
}

/// The hits in the order of the text.
pub(super) fn found_in(text: &str) -> Vec<Hit> {
    let mut hits = hits(Content::Text, text.as_bytes());
    hits.sort_by_key(|hit| hit.span.start);
    hits
}

/// As [`seen`], in the order of the text.
pub(super) fn seen_in(text: &str) -> Vec<(&'static str, Option<Reason>)> {
    found_in(text).iter().map(|hit| (hit.rule, hit.dropped)).collect()
}

/// Rule and reason of each hit.
fn seen(text: &str) -> Vec<(&'static str, Option<Reason>)> {
    hits(Content::Text, text.as_bytes()).iter().map(|hit| (hit.rule, hit.dropped)).collect()
}

fn only(text: &str) -> Hit {
    let mut hits = hits(Content::Text, text.as_bytes());
    assert_eq!(hits.len(), 1, "{hits:?}");
    hits.remove(0)
}

fn covers(material: Option<&Range<usize>>, text: &str, part: &str) -> bool {
    let at = text.find(part).expect("the part stands in the text");
    material.is_some_and(|range| range.start <= at && at + part.len() <= range.end)
}

#[test]
fn every_label_of_a_private_key_is_one_finding_at_its_header() {
    for label in ["", "RSA ", "EC ", "DSA ", "OPENSSH ", "ANY "] {
        let label = format!("{label}PRIVATE KEY");
        let text = format!("x = 1\n{}", pem(&label, 120, "\n"));
        let hit = only(&text);
        assert_eq!((hit.rule, hit.dropped), (PRIVATE_KEY, None), "{label}");
        assert_eq!(text[hit.span], format!("-----BEGIN {label}-----"));
        assert!(covers(hit.material.as_ref(), &text, &base64(&noise(120))[64..128]));
    }
}

#[test]
fn keys_are_found_however_they_are_written() {
    let label = "PRIVATE KEY";
    let each_line = |before: &str, after: &str| {
        pem(label, 200, "\n").lines().flat_map(|line| [before, line, after]).collect::<String>()
    };
    let concatenated = each_line("    \"", "\\n\" +\n");
    let indented = each_line("    ", "\n");
    let commented = each_line("// ", "\n");
    let slashed = pem(label, 200, "\\n").replace('/', "\\/");
    let quoted = pem(label, 200, "\n").replace('+', "%2B").replace(' ', "%20").replace('\n', "%0A");
    for (name, text) in [
        ("lines", pem(label, 200, "\n")),
        ("windows lines", pem(label, 200, "\r\n")),
        ("json", pem(label, 200, "\\n")),
        ("json in json", pem(label, 200, "\\\\n")),
        ("php json", slashed),
        ("escaped carriage returns", pem(label, 200, "\\r\\n")),
        ("unicode escapes", pem(label, 200, "\\u000a")),
        ("one line, spaces", pem(label, 200, " ")),
        ("one line, nothing", pem(label, 200, "")),
        ("yaml", indented),
        ("concatenation", concatenated),
        ("comment", commented),
        ("url", quoted),
        ("html", pem(label, 200, "<br/>")),
        ("xml", pem(label, 200, "&#10;")),
        ("smallest", pem(label, 48, "\n")),
        ("cut", pem(label, 200, "\n")[..200].to_owned()),
    ] {
        let hit = only(&text);
        assert_eq!((hit.rule, hit.dropped), (PRIVATE_KEY, None), "{name}");
        assert!(hit.material.expect("a body").len() >= 64, "{name}");
    }
}

#[test]
fn encrypted_keys_are_told_from_plain_ones() {
    let vector = "0123456789ABCDEF".repeat(2);
    let legacy = |line_break: &str| {
        let body = folded(&base64(&noise(120)), line_break);
        let headers = format!(
            "Proc-Type: 4,ENCRYPTED{line_break}DEK-Info: AES-128-CBC,{vector}{line_break}{line_break}"
        );
        armour("RSA PRIVATE KEY", &(headers + &body), line_break)
    };
    let openssh = |cipher: &str| {
        let name = [&(cipher.len() as u32).to_be_bytes()[..], cipher.as_bytes()].concat();
        let body = [&b"openssh-key-v1\0"[..], &name, &noise(200)].concat();
        armour("OPENSSH PRIVATE KEY", &folded(&base64(&body), "\n"), "\n")
    };
    for (text, rule) in [
        (legacy("\n"), ENCRYPTED),
        (legacy("\\n"), ENCRYPTED),
        (pem("ENCRYPTED PRIVATE KEY", 120, "\n"), ENCRYPTED),
        (openssh("none"), PRIVATE_KEY),
        (openssh("aes256-ctr"), ENCRYPTED),
    ] {
        assert_eq!(seen(&text), [(rule, None)], "{text}");
    }
}

#[test]
fn the_initialisation_vector_is_no_body() {
    let text = format!(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,{}\n\n-----END",
        "0123456789ABCDEF".repeat(2)
    );
    assert_eq!(only(&text).dropped, Some(Reason::Placeholder));
}

#[test]
fn a_header_without_a_body_is_dropped() {
    let begin = "-----BEGIN PRIVATE KEY-----";
    for (rest, reason) in [
        ("\n...\n-----END PRIVATE KEY-----", Reason::Placeholder),
        ("\n<your key here>\n-----END PRIVATE KEY-----", Reason::Placeholder),
        ("\nMIIEvQIBADANBgkqhkiG9w0B...\n-----END PRIVATE KEY-----", Reason::Placeholder),
        ("\\n${KEY}\\n-----END PRIVATE KEY-----", Reason::Template),
        ("\n{{ key }}\n-----END PRIVATE KEY-----", Reason::Template),
        (
            "\"):\n  raise InvalidPrivateKeyFormatException(unexpectedHeaderInKeyMaterial)\n  return SomeOtherVeryLongFunctionName\n",
            Reason::Placeholder,
        ),
        ("", Reason::Placeholder),
    ] {
        assert_eq!(only(&format!("{begin}{rest}")).dropped, Some(reason), "{rest}");
    }
    let same = format!("{begin}\n{}\n-----END", "Ab1".repeat(80));
    assert_eq!(only(&same).dropped, Some(Reason::Placeholder));
}

#[test]
fn patterns_that_describe_headers_are_no_headers() {
    for text in [
        "-----BEGIN (RSA|EC) PRIVATE KEY-----",
        "-----BEGIN.*KEY-----",
        "-----BEGIN [A-Z ]+-----",
        "-----begin private key-----",
        "-----BEGIN -----",
        "-----BEGIN",
    ] {
        assert_eq!(seen(text), [], "{text}");
    }
}

#[test]
fn public_blocks_are_covered_and_never_reported() {
    for label in
        ["CERTIFICATE", "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE REQUEST", "PGP PUBLIC KEY BLOCK"]
    {
        let text = pem(label, 300, "\n");
        let hit = only(&text);
        assert_eq!(hit.dropped, Some(Reason::PublicMaterial), "{label}");
        assert!(covers(hit.material.as_ref(), &text, &base64(&noise(300))[64..128]));
    }
    let hit = only(&pem("PGP MESSAGE", 300, "\n"));
    assert_eq!(hit.dropped, Some(Reason::EncryptedValue));
    let key = format!("AAAA{}", base64(&noise(90)));
    for text in [
        format!("ssh-rsa {key} me@host"),
        format!("ecdsa-sha2-nistp256 {key}"),
        format!("<ds:X509Certificate>\n{key}\n</ds:X509Certificate>"),
    ] {
        let hits = hits(Content::Text, text.as_bytes());
        assert!(hits.iter().all(|hit| hit.dropped == Some(Reason::PublicMaterial)), "{text}");
        assert!(covers(hits[0].material.as_ref(), &text, &key), "{text}");
    }
}

#[test]
fn a_chain_of_blocks_is_read_block_by_block() {
    let text =
        pem("CERTIFICATE", 300, "\n") + &pem("RSA PRIVATE KEY", 300, "\n") + &pem("CERTIFICATE", 301, "\n");
    let public = Some(Reason::PublicMaterial);
    assert_eq!(seen(&text), [(PRIVATE_KEY, public), (PRIVATE_KEY, None), (PRIVATE_KEY, public)]);
}

#[test]
fn pgp_keys_have_their_own_rule() {
    let text = armour(
        "PGP PRIVATE KEY BLOCK",
        &format!("Version: GnuPG v2\n\n{}\n=aB3d", folded(&base64(&noise(300)), "\n")),
        "\n",
    );
    assert_eq!(seen(&text), [(PGP, None)]);
    assert_eq!(only("-----BEGIN PGP PRIVATE KEY BLOCK-----\n...").dropped, Some(Reason::Placeholder));
}

#[test]
fn putty_keys_say_if_they_are_encrypted() {
    let file = |encryption: &str, body: &str, end: &str| {
        let public = folded(&base64(&noise(51)), end);
        let head =
            format!("PuTTY-User-Key-File-3: ssh-ed25519{end}Encryption: {encryption}{end}Comment: me{end}");
        format!(
            "{head}Public-Lines: 2{end}{public}{end}Private-Lines: 1{end}{body}{end}Private-MAC: {}{end}",
            "ab12".repeat(16)
        )
    };
    let body = base64(&noise(36));
    for (text, rule, dropped) in [
        (file("none", &body, "\n"), PUTTY, None),
        (file("none", &body, "\r\n"), PUTTY, None),
        (file("none", &body, "\\n"), PUTTY, None),
        (file("aes256-cbc", &body, "\n"), ENCRYPTED, None),
        (file("none", "...", "\n"), PUTTY, Some(Reason::Placeholder)),
        ("PuTTY-User-Key-File-2: ssh-rsa".to_owned(), PUTTY, Some(Reason::Placeholder)),
    ] {
        let hit = only(&text);
        assert_eq!((hit.rule, hit.dropped), (rule, dropped), "{text}");
        assert_eq!(hit.material.is_some(), dropped.is_none());
    }
}

#[test]
fn a_web_key_is_private_by_its_member() {
    let secret = base64(&noise(32)).replace(['+', '/'], "_");
    let private = Some(secret.as_str());
    for (text, value, dropped) in [
        (format!(r#"{{"kty":"RSA","n":"{secret}x","e":"AQAB","d":"{secret}"}}"#), private, None),
        (format!(r#"{{"d": "{secret}", "kty": "EC", "crv": "P-256"}}"#), private, None),
        (format!(r#"{{\"kty\":\"OKP\",\"d\":\"{secret}\"}}"#), private, None),
        (format!("{{ kty: 'oct', k: '{secret}' }}"), private, None),
        (format!("{{ 'kty' => 'oct', 'k' => '{secret}' }}"), private, None),
        (format!("key:\n  kty: OKP\n  crv: Ed25519\n  d: {secret}\n"), private, None),
        (format!("key:\n  kty: OKP\n  d: {secret} {secret}\n"), None, None),
        (r#"{"kty":"oct","k":"..."}"#.to_owned(), Some("..."), Some(Reason::Placeholder)),
        (format!(r#"{{"kty":"RSA","n":"{secret}","e":"AQAB"}}"#), None, None),
        (format!(r#"{{"kty":"RSA"}},{{"d":"{secret}"}}"#), None, None),
        (format!(r#"{{"kty":"oct","d":"{secret}"}}"#), None, None),
        (format!(r#"{{"akty":"oct","k":"{secret}"}}"#), None, None),
    ] {
        let hits = hits(Content::Text, text.as_bytes());
        let found: Vec<_> = hits.iter().filter(|hit| hit.dropped != Some(Reason::PublicMaterial)).collect();
        let seen: Vec<_> = found.iter().map(|hit| (&text[hit.span.clone()], hit.dropped)).collect();
        assert_eq!(seen, value.map(|value| (value, dropped)).into_iter().collect::<Vec<_>>(), "{text}");
    }
}

#[test]
fn a_web_key_folded_over_lines_is_whole() {
    let drawn = |length| base64(&noise(length)).replace(['+', '/'], "_");
    let (first, second) = (drawn(30), drawn(33));
    for text in [
        format!("{{\"kty\":\"RSA\",\n \"d\":\"{first}\n    {second}\",\n \"e\":\"AQAB\"}}"),
        format!("{{'kty': 'RSA',\n 'd': '{first}'\n      '{second}',\n 'e': 'AQAB'}}"),
        format!(
            "\"{{\\\"kty\\\":\\\"RSA\\\",\"\n \"\\\"d\\\":\\\"\"\n \"{first}\"\n \"{second}\"\n \"\\\"}}\""
        ),
    ] {
        let hits = hits(Content::Text, text.as_bytes());
        let private: Vec<_> = hits.iter().filter(|hit| hit.dropped.is_none()).collect();
        let [key] = private.as_slice() else { panic!("{private:?} in {text}") };
        assert_eq!(text[key.span.clone()], first, "{text}");
        let material = &text[key.material.clone().expect("both lines")];
        assert!(material.starts_with(&first) && material.ends_with(&second), "{material}");
    }
}

#[test]
fn other_members_of_a_web_key_are_covered() {
    let text = format!(r#"{{"kty":"RSA","n":"{0}","d":"{0}","p":"{0}"}}"#, base64(&noise(33)));
    let hits = hits(Content::Text, text.as_bytes());
    let cover = hits.iter().find(|hit| hit.material.is_some()).expect("a cover");
    assert!(covers(cover.material.as_ref(), &text, "\"p\""));
}

#[test]
fn armour_inside_base64_is_unwrapped() {
    for (label, rule, dropped) in [
        ("PRIVATE KEY", PRIVATE_KEY, None),
        ("ENCRYPTED PRIVATE KEY", ENCRYPTED, None),
        ("CERTIFICATE", PRIVATE_KEY, Some(Reason::PublicMaterial)),
    ] {
        let wrapped = base64(pem(label, 200, "\n").as_bytes());
        let text = format!("client-key-data: {wrapped}\n");
        let hit = only(&text);
        assert_eq!((hit.rule, hit.dropped), (rule, dropped), "{label}");
        assert_eq!(hit.span.start, "client-key-data: ".len());
        assert!(covers(hit.material.as_ref(), &text, &wrapped));
    }
}

#[test]
fn a_wrapped_block_ends_with_its_lines() {
    // Without padding: three bytes are four characters.
    let pem = pem("PRIVATE KEY", 200, "\n");
    let wrapped = base64((pem.clone() + &"\n".repeat(2 - (pem.len() + 2) % 3)).as_bytes());
    assert!(!wrapped.ends_with('='));
    for text in [
        format!("tls.key: {wrapped}\napi-key: {}\n", base64(&noise(21))),
        format!("k: |\n  {wrapped}\nx: {}", base64(&noise(21))),
    ] {
        let hit = only(&text);
        assert!(hit.material.as_ref().is_some_and(|body| text[body.clone()] == wrapped), "{text}");
    }
}

#[test]
fn a_wrapped_block_ends_where_the_next_begins() {
    let wrapped = base64(pem("PRIVATE KEY", 200, "\n").as_bytes());
    let text = format!("a: {wrapped}\nb: {wrapped}\n");
    let hits = hits(Content::Text, text.as_bytes());
    assert_eq!(hits.len(), 2);
    let ends: Vec<usize> =
        hits.iter().filter_map(|hit| hit.material.as_ref()).map(|range| range.end).collect();
    assert!(ends[0] <= hits[1].span.start && ends[1] <= text.len());
}

#[test]
fn containers_are_known_by_their_magic() {
    let sequence =
        |content: &[u8]| [&[0x30, 0x82][..], &(content.len() as u16).to_be_bytes(), content].concat();
    let oid = |last: &[u8]| [&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1][..], last].concat();
    let pkcs12 = [&[2, 1, 3, 0x30, 0x82, 1, 0][..], &oid(&[7, 1]), &noise(256)].concat();
    let pkcs8 = [&[2, 1, 0, 0x30, 13][..], &oid(&[1, 1]), &[5, 0], &noise(256)].concat();
    let pkcs1 = [&[2, 1, 0, 2, 0x81, 129][..], &noise(256)].concat();
    let store = |tag: u8| {
        let alias = [&[0, 0, 0, tag, 0, 1, b'a'][..], &[0; 8]].concat();
        [&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1][..], &alias, &[0, 1, b'X', 0, 0, 0, 2, 7, 7]]
            .concat()
    };
    for (name, bytes, expected) in [
        ("pkcs12", sequence(&pkcs12), Some((KEYSTORE, None))),
        ("pkcs8", sequence(&pkcs8), Some((PRIVATE_KEY, None))),
        ("pkcs1", sequence(&pkcs1), Some((PRIVATE_KEY, None))),
        ("key store", store(1), Some((KEYSTORE, None))),
        ("trust store", store(2), Some((KEYSTORE, Some(Reason::PublicMaterial)))),
        (
            "trusted",
            samples::pkcs12_of(pkcs12::DATA, &[pkcs12::CERTIFICATE]),
            Some((KEYSTORE, Some(Reason::PublicMaterial))),
        ),
        ("certificate", sequence(&[&[0x30, 0x82, 1, 0, 0xa0, 3, 2, 1, 2][..], &noise(256)].concat()), None),
        ("cut", vec![0x30, 0x82], None),
        ("noise", noise(500), None),
    ] {
        let hits = hits(Content::Binary, &bytes);
        assert_eq!(hits.first().map(|hit| (hit.rule, hit.dropped)), expected, "{name}");
    }
}

#[test]
fn a_service_accounts_file_is_one_finding() {
    let key = pem("PRIVATE KEY", 600, "\\n");
    let file = format!(
        "{{\n  \"type\": \"service_account\",\n  \"private_key_id\": \"{}\",\n  \"private_key\": \"{key}\",\n  \
         \"client_email\": \"a@kestrel.iam.gserviceaccount.com\"\n}}\n",
        "0f".repeat(20)
    );
    let escaped = file.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "");
    for text in [file.clone(), escaped] {
        let hits = hits(Content::Text, text.as_bytes());
        let own: Vec<_> = hits.iter().filter(|hit| hit.rule == GCP).collect();
        let [found, cover] = own[..] else { panic!("{hits:?}") };
        assert_eq!((found.dropped, cover.dropped), (None, Some(Reason::PublicMaterial)), "{text}");
        assert!(text[found.span.clone()].starts_with("-----BEGIN PRIVATE"));
        let covered = cover.material.clone().expect("the object");
        assert!(text[covered.clone()].starts_with('{') && text[covered].contains("client_email"));
    }
    let form = file.replace(&key, "YOUR_KEY");
    assert!(hits(Content::Text, form.as_bytes()).iter().all(|hit| hit.rule != GCP));
}

#[test]
fn a_keepass_database_is_told_by_its_signatures() {
    for (version, found) in [(0x65, true), (0x66, true), (0x67, true), (0x55, false)] {
        let head = [0x03, 0xd9, 0xa2, 0x9a, version, 0xfb, 0x4b, 0xb5, 0, 0, 4, 0];
        let hits = hits(Content::Binary, &[&head[..], &noise(200)].concat());
        assert_eq!(hits.iter().any(|hit| hit.rule == KEEPASS && hit.dropped.is_none()), found, "{version:x}");
    }
}

#[test]
fn what_is_under_a_label_counts_and_not_the_label() {
    for (label, bytes, rule, dropped) in [
        ("PRIVATE KEY", samples::pkcs8_rsa(), PRIVATE_KEY, None),
        ("RSA PRIVATE KEY", samples::pkcs1(), PRIVATE_KEY, None),
        ("RSA PRIVATE KEY", samples::pkcs8_ec(), PRIVATE_KEY, None),
        ("EC PRIVATE KEY", samples::sec1(), PRIVATE_KEY, None),
        ("PRIVATE KEY", samples::encrypted(), ENCRYPTED, None),
        ("ENCRYPTED PRIVATE KEY", samples::encrypted(), ENCRYPTED, None),
        ("ENCRYPTED PRIVATE KEY", samples::pkcs8_rsa(), PRIVATE_KEY, None),
        ("OPENSSH PRIVATE KEY", samples::openssh("me"), PRIVATE_KEY, None),
        ("PGP PRIVATE KEY BLOCK", samples::pgp("me"), PGP, None),
        ("CERTIFICATE", samples::pkcs8_rsa(), PRIVATE_KEY, None),
        ("PUBLIC KEY", samples::public(), PRIVATE_KEY, Some(Reason::PublicMaterial)),
        ("PRIVATE KEY", samples::public(), PRIVATE_KEY, Some(Reason::PublicMaterial)),
    ] {
        let text = samples::armoured(label, &bytes);
        assert_eq!(seen(&text), [(rule, dropped)], "{label}");
        assert!(describe(text.as_bytes(), 0).is_some_and(|form| form.is_proven), "{label}");
    }
}

#[test]
fn a_key_is_proven_however_it_is_written() {
    let text = samples::armoured("PRIVATE KEY", &samples::pkcs8_rsa());
    let each =
        |before: &str, after: &str| text.lines().flat_map(|line| [before, line, after]).collect::<String>();
    for (name, written) in [
        ("windows", text.replace('\n', "\r\n")),
        ("json", text.replace('\n', "\\n")),
        ("indented", each("    ", "\n")),
        ("concatenated", each("    \"", "\\n\" +\n")),
        ("commented", each("// ", "\n")),
        ("one line", text.replace('\n', "")),
        ("wrapped", base64(text.as_bytes())),
        ("url", text.replace('+', "%2B").replace('/', "%2F").replace(' ', "%20").replace('\n', "%0A")),
    ] {
        let hit = only(&written);
        let form = describe(written.as_bytes(), hit.span.start);
        assert!(form.as_ref().is_some_and(|form| form.is_proven), "{name}: {form:?}");
        let algorithm = form.and_then(|form| form.algorithm);
        assert_eq!(algorithm.as_deref(), Some("RSA, 2048 bits"), "{name}");
    }
}

#[test]
fn what_is_cut_or_changed_is_a_key_that_is_not_proven() {
    let text = samples::armoured("PRIVATE KEY", &samples::pkcs8_rsa());
    // In the modulus.
    let middle = 200;
    let letter = if text[middle..].starts_with('x') { "y" } else { "x" };
    let changed = format!("{}{letter}{}", &text[..middle], &text[middle + 1..]);
    let elided = format!("{}\n...\n{}", &text[..500], &text[900..]);
    for (name, text) in [
        ("cut", text[..800].to_owned()),
        ("changed", changed),
        ("elided", elided),
        ("random", pem("PRIVATE KEY", 400, "\n")),
    ] {
        assert_eq!(seen(&text), [(PRIVATE_KEY, None)], "{name}");
        let form = describe(text.as_bytes(), 0).expect("a key of unknown form");
        assert!(!form.is_proven, "{name}");
    }
}

#[test]
fn key_files_are_known_by_their_structure() {
    for (name, bytes, rule) in [
        ("sec1", samples::sec1(), Some(PRIVATE_KEY)),
        ("pkcs8 ed25519", samples::pkcs8_ed25519(), Some(PRIVATE_KEY)),
        ("encrypted", samples::encrypted(), Some(ENCRYPTED)),
        ("keyring", samples::pgp("me"), Some(PGP)),
        ("pkcs12", samples::pkcs12(), Some(KEYSTORE)),
        ("public", samples::public(), None),
        ("a cut keyring", samples::pgp("me")[..60].to_vec(), None),
        ("a changed sec1", [&samples::sec1()[..], &[0]].concat(), None),
    ] {
        let hits = hits(Content::Binary, &bytes);
        assert_eq!(hits.first().map(|hit| hit.rule), rule, "{name}");
    }
}
