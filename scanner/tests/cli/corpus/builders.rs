//! The corpora keep their promises: every template expands, every value stands where the manifest says, seeds are
//! deterministic, and no token stands in `testdata/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

use super::{SECOND_SEED, SEED, folder};
use crate::generator::negative::{self, stratum};
use crate::generator::outcome::redacted;
use crate::generator::planted::{self, fill_slot};
use crate::generator::rng::Rng;
use crate::generator::template::{TemplateError, expand};
use crate::generator::{Place, key, read, testdata, token, value};

#[test]
fn template_marks_planted_values_and_leaves_foreign_braces_alone() {
    let mut rng = Rng::for_label(1, "t");
    let out = expand("a: {{ x }} b: '{{plant:hex32}}' {{uuid}} ${{open}}y}} {{plant:human|json}}", &mut rng)
        .expect("expands");
    assert!(out.text.starts_with("a: {{ x }} b: '"));
    assert!(out.text.contains("${{y}}"));
    assert_eq!(out.plants.len(), 2);
    assert_eq!(out.text[out.plants[0].clone()].len(), 32);
    assert_eq!(out.plants[1].end, out.text.len());
}

#[test]
fn unknown_names_are_errors() {
    let mut rng = Rng::for_label(1, "t");
    assert_eq!(expand("{{plant:humman}}", &mut rng), Err(TemplateError::Generator("humman".to_owned())));
    assert_eq!(expand("{{uuid|rot13}}", &mut rng), Err(TemplateError::Filter("rot13".to_owned())));
}

#[test]
fn slot_takes_the_indentation_of_its_line() {
    assert_eq!(fill_slot("a\n  {{slot}}\nb", "x\ny"), "a\n  x\n  y\nb");
    assert_eq!(fill_slot("a = {{slot}}", "x\ny"), "a = x\ny");
}

#[test]
fn places_count_lines_and_characters_from_one() {
    let text = "é\nab = 'ü!'\n";
    let start = text.find('ü').expect("stands there");
    let place = Place::of(text, &(start..start + 3));
    assert_eq!(place, Place { start: (2, 7), end: (2, 9) });
    assert!(place.overlaps(&Place { start: (2, 1), end: (2, 8) }));
    assert!(!place.overlaps(&Place { start: (2, 1), end: (2, 7) }));
    assert!(place.overlaps(&Place { start: (1, 1), end: (9, 1) }));
}

#[test]
fn github_checksum_agrees_with_the_published_example() {
    // The example in GitHub's description of the format, without its prefix.
    assert_eq!(
        token::base62(token::crc32(concat!("zQWBuTSOoRi4A9spHcVY", "5ncnsDkxkJ").as_bytes())),
        "0mLq17"
    );
    assert_eq!(token::crc32(b"123456789"), 0xcbf4_3926);
}

#[test]
fn age_identity_has_a_right_bech32_checksum() {
    let mut rng = Rng::for_label(4, "age");
    let text = value::make("age_secret", &mut rng).expect("known").to_lowercase();
    let (prefix, data) = text.rsplit_once('1').expect("a separator");
    let groups: Vec<u8> = prefix
        .bytes()
        .map(|byte| byte >> 5)
        .chain([0])
        .chain(prefix.bytes().map(|byte| byte & 31))
        .chain(data.bytes().map(|byte| {
            "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
                .bytes()
                .position(|known| known == byte)
                .expect("in the alphabet") as u8
        }))
        .collect();
    assert_eq!((token::bech32_polymod(&groups), data.len()), (1, 58));
}

#[test]
fn keys_have_the_length_that_their_der_header_says() {
    use base64::Engine as _;
    for name in ["pem_rsa", "pem_ec", "pem_pkcs8", "pem_pkcs8_small", "pem_dsa", "pem_encrypted"] {
        let text = value::make(name, &mut Rng::for_label(5, name)).expect("known");
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        let der = base64::engine::general_purpose::STANDARD.decode(body).expect("base64");
        let (head, length) = match der[1] {
            0x82 => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
            short => (2, usize::from(short)),
        };
        assert_eq!((der[0], der.len()), (0x30, head + length), "{name}");
    }
    assert!(key::TABLE.len() >= 12);
}

#[test]
fn generators_have_one_name_each_and_never_make_the_same_value_twice() {
    let mut names: Vec<_> = value::names().collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    for name in names {
        let made: BTreeSet<_> =
            (0..4).filter_map(|n| value::make(name, &mut Rng::for_label(n, name))).collect();
        let constant = ["aws_example_id", "aws_example_secret", "masked_pat", "pem_header"].contains(&name);
        assert!(constant || made.len() > 1, "{name}");
    }
}

#[test]
fn list_is_as_wide_as_the_issue_asks() {
    let manifest = planted::Manifest::load();
    let snippets = manifest.snippets();
    let kinds: BTreeSet<_> = snippets.iter().map(|(kind, ..)| kind.name.as_str()).collect();
    let types: BTreeSet<_> = snippets.iter().map(|(_, _, carrier, _)| carrier.kind.as_str()).collect();
    assert!(kinds.len() >= 60 && types.len() >= 14, "{} kinds, {} file types", kinds.len(), types.len());
    let negatives = negative::Manifest::load();
    let strata: BTreeSet<_> = negatives.cases().map(|(_, stratum, _)| stratum).collect();
    assert!(negatives.cases().count() >= 220 && strata.len() >= 40, "{} strata", strata.len());
}

#[test]
fn every_planted_value_stands_where_the_manifest_says() {
    let root = folder();
    let manifest = planted::Manifest::load();
    let plants = manifest.build(root.path(), SEED).expect("every template expands");
    assert!(plants.len() >= manifest.snippets().len(), "every snippet plants a value");
    for plant in &plants {
        let text = fs::read_to_string(root.path().join(&plant.path)).expect("written");
        assert!((1..=140).contains(&text.lines().count()), "{}: {} lines", plant.path, text.lines().count());
        assert!(!text.contains("{{slot}}") && !text.contains("{{key}}"), "{}", plant.path);
        let (line, column) = plant.place.start;
        let tail: String = text.lines().nth(line - 1).expect("a line").chars().skip(column - 1).collect();
        let first = plant.written.lines().next().expect("a value has a line");
        assert!(!first.is_empty() && tail.starts_with(first), "{} line {line}", plant.path);
    }
}

#[test]
fn same_seed_writes_the_same_files_and_another_seed_other_values() {
    let (one, two) = (folder(), folder());
    let manifest = planted::Manifest::load();
    let written = |root: &Path, seed| -> Vec<(String, String)> {
        let plants = manifest.build(root, seed).expect("expands");
        plants.into_iter().map(|plant| (plant.path, plant.written)).collect()
    };
    let first = written(one.path(), SEED);
    assert_eq!(first, written(two.path(), SEED));
    let other: BTreeSet<_> = written(two.path(), SECOND_SEED).into_iter().map(|(_, value)| value).collect();
    let same = first.iter().filter(|(_, value)| other.contains(value)).count();
    assert!(same * 50 < first.len(), "{same} of {} values are in both", first.len());
}

#[test]
fn hard_negatives_expand_and_name_the_stratum_of_each_line() {
    let root = folder();
    let strata = negative::Manifest::load().build(root.path(), SEED).expect("every template expands");
    for (path, starts) in &strata {
        let lines = fs::read_to_string(root.path().join(path)).expect("written").lines().count();
        assert!(starts.iter().all(|(line, _)| *line <= lines + 1), "{path}");
    }
    let settings = "orders/settings.py";
    assert_eq!(stratum(&strata, settings, 1), "surroundings");
    let text = fs::read_to_string(root.path().join(settings)).expect("written");
    let line = text.lines().position(|line| line.starts_with("API_KEY =")).expect("stands there") + 1;
    assert_eq!(stratum(&strata, settings, line), "env-reference");
}

#[test]
fn testdata_holds_no_literal_token() {
    let patterns = [
        r"gh[pousr]_[A-Za-z0-9]{30,}",
        r"github_pat_\w{20,}",
        r"glpat-[\w-]{18,}",
        r"npm_[A-Za-z0-9]{30,}",
        r"(AKIA|ASIA)[A-Z0-9]{16}",
        r"xox[abprs]-\d",
        r"hooks\.slack\.com/services/T\w+/B",
        r"[srp]k_(live|test)_\w{10,}",
        r"AIza[\w-]{30,}",
        r"SG\.[\w-]{16,}\.[\w-]{16,}",
        r"sk-[\w-]{20,}",
        r"hf_[A-Za-z]{30,}",
        r"eyJ[\w-]{10,}\.[\w-]{10,}",
        r"-----BEGIN [A-Z ]*PRIVATE KEY",
        r"AGE-SECRET-KEY-1",
        r"\$(2[aby]|apr1|6|5|1)\$\w",
        r"://[^\s/:@'<>{}$%#]+:[^\s/@'<>{}$%#]{4,}@",
        // Any long run of one alphabet that is a value and no name.
        r"\b[0-9a-f]{32,}\b",
        r"[A-Za-z0-9+/]{60,}={0,2}",
    ];
    let patterns: Vec<Regex> =
        patterns.iter().map(|pattern| Regex::new(pattern).expect("a pattern")).collect();
    let allowed = [
        "0".repeat(64),
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".to_owned(),
        "://user:password@".to_owned(),
    ];
    let mut files = vec![testdata().join("planted.toml"), testdata().join("hard_negatives.toml")];
    for folder in ["carriers", "formats"] {
        let entries = fs::read_dir(testdata().join(folder)).expect("a folder");
        files.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    let mut found = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).expect("text");
        for pattern in &patterns {
            for hit in
                pattern.find_iter(&text).filter(|hit| !allowed.iter().any(|known| known == hit.as_str()))
            {
                found.push(format!("{}: {} matches {pattern}", file.display(), redacted(hit.as_str())));
            }
        }
    }
    assert!(files.len() > 30 && found.is_empty(), "{}", found.join("\n"));
    assert!(patterns[1].is_match(&value::make("github_fine", &mut Rng::for_label(1, "x")).expect("known")));
}

#[test]
fn carriers_are_realistic_in_length() {
    for carrier in planted::Manifest::load().carriers.values() {
        let lines = read(&format!("carriers/{}", carrier.file)).lines().count();
        // A key file or a password file is its secret and little else.
        let whole = ["key", "pgpass", "htpasswd", "netrc", "npmrc"].contains(&carrier.kind.as_str());
        assert!(whole || (20..=120).contains(&lines), "{}: {lines} lines", carrier.file);
    }
}
