//! Copies are found, relatives are not.

use super::*;
use crate::data::store;

const SETTINGS: &str = "import os\nfrom service import client\n\nDEBUG = False\nHOST = 'mail.corp'\nPORT = 587\nMAIL_USER = 'mailer'\nMAIL_PASSWORD = 'VALUE'\nTIMEOUT = 30\nRETRIES = 3\n";

fn example(source: &str, class: &str, template: &str, value: &str) -> Example {
    let start = template.find("VALUE").expect("it is there");
    let label = if class == "real" { "alert" } else { "safe" };
    let json = serde_json::json!({"id": "t/1", "source": source, "repo": "r", "path": "a.py",
        "text": template.replace("VALUE", value), "span": [start, start + value.len()], "label": label, "class": class,
        "kind": "k", "stratum": "t", "split": "train", "weight": 1.0});
    store::parse(&json.to_string()).expect("an example")
}

fn copy(protected: &Example, other: &Example) -> Option<Copy> {
    let mut guard = Guard::default();
    guard.protect(protected);
    guard.copy(other)
}

#[test]
fn the_same_surroundings_with_another_value_are_a_copy() {
    let value = ["Kestrel#", "Harbor91"].concat();
    let given = example("credata", "real", SETTINGS, &value);
    let renamed = SETTINGS.replace("mailer", "sender");
    assert_eq!(copy(&given, &example("credata", "not", &renamed, "something")), Some(Copy::Window));
    assert_eq!(copy(&given, &given), Some(Copy::Text));
    let other = "url: http://localhost\nauth:\n  basic: true\n  secret: VALUE\nlogging:\n  level: debug\n  file: /var/log/x\n";
    assert_eq!(copy(&given, &example("credata", "not", other, "something")), None);
    assert_eq!(copy(&given, &example("credata", "real", other, &value)), Some(Copy::Value));
}

#[test]
fn what_stands_everywhere_is_no_copy() {
    let given = example("credata", "not", "password = 'VALUE'\n", "changeme");
    assert_eq!(copy(&given, &example("credata", "not", "password = 'VALUE'\n", "another")), None);
    let admin = example("credata", "real", "password: VALUE\n", "password123");
    assert_eq!(copy(&admin, &example("credata", "real", "pw VALUE\n", "password123")), None);
}

#[test]
fn generated_examples_are_compared_whole() {
    let given = example("synth", "real", SETTINGS, "one-thing");
    assert_eq!(copy(&given, &example("synth", "real", SETTINGS, "two-things")), None);
    assert_eq!(copy(&given, &given), Some(Copy::Text));
    assert_eq!(copy(&given, &example("hand", "real", SETTINGS, "two-things")), Some(Copy::Window));
}

#[test]
fn copies_leave_the_lesser_split() {
    let test = vec![example("credata", "not", SETTINGS, "aaaa")];
    let other = SETTINGS
        .replace("MAIL", "FTP")
        .replace("mailer", "robot")
        .replace("os", "sys")
        .replace("587", "21")
        .replace("TIMEOUT", "MODE");
    let mut validation =
        vec![example("credata", "not", SETTINGS, "bbbb"), example("hand", "not", &other, "cccc")];
    let mut train =
        vec![example("credata", "not", &other, "dddd"), example("credata", "not", "k = VALUE", "eeee")];
    let report = separate(&mut train, &mut validation, &test);
    assert_eq!((validation.len(), train.len()), (1, 1));
    let removed: Vec<(&str, usize)> = report.removed.iter().map(|(k, n)| (k.as_str(), *n)).collect();
    assert_eq!(removed, [("train/credata/window", 1), ("validation/credata/window", 1)]);
    // Nothing is left to find.
    assert!(separate(&mut train, &mut validation, &test).removed.is_empty());
}
