//! Shards and their merge: the whole is what one run says.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::fixture::{Fixture, Run, github_token, password};

const SHARDS: u32 = 4;

/// A tree with findings of several sorts in many files, an archive's worth of folders, links and a file left out.
fn tree(fixture: &Fixture) {
    for n in 0..12 {
        fixture.write(
            &format!("src/mod{n}/app{n}.py"),
            format!("# module {n}\ndb_password = '{}{n}'\n", password()),
        );
        fixture.write(&format!("docs/page {n}.md"), format!("Text number {n}.\n"));
    }
    fixture.write("deploy/é token.env", format!("GITHUB_TOKEN={}\n", github_token()));
    fixture.write("copy/token.env", format!("GITHUB_TOKEN={}\n", github_token()));
    fixture.write("tests/app_test.py", format!("password = '{}x'\n", password()));
    fixture.write("vendor/skip.py", "x = 1\n");
    fixture.write(".secretscan.toml", "[allow]\npaths = [\"vendor/\"]\n");
    #[cfg(unix)]
    std::os::unix::fs::symlink("app0.py", fixture.path().join("src/mod0/link.py")).expect("a link");
}

/// Scans every shard as `format`, into files.
fn scan(fixture: &Fixture, format: &str) -> Vec<String> {
    (1..=SHARDS)
        .map(|index| {
            let shard = format!("{index}/{SHARDS}");
            let file = fixture.home().join(format!("{index}.{format}")).display().to_string();
            let run = fixture
                .run(&[".", "missing", "--shard", &shard, "--format", format, "--output", &file, "-q"]);
            assert!([0, 1, 3].contains(&run.code), "{run:?}");
            file
        })
        .collect()
}

fn merge(fixture: &Fixture, files: &[String], format: &str) -> Run {
    let mut arguments = vec!["merge"];
    arguments.extend(files.iter().map(String::as_str));
    arguments.extend(["--format", format]);
    fixture.run(&arguments)
}

#[test]
fn what_is_scanned_as_one_piece_says_so() {
    let fixture = Fixture::new();
    for arguments in [&["history"][..], &["diff", "main"], &["staged"], &["push"]] {
        let run = fixture.run(&[arguments, &["--shard", "1/2"]].concat());
        assert!(run.code == 2 && run.stderr.contains("only files and folders are parted"), "{run:?}");
        let help = fixture.run(&[arguments, &["--help"]].concat()).stdout;
        assert!(!help.contains("--shard"), "{help}");
    }
}

#[test]
fn shards_part_the_files_and_say_so() {
    let fixture = Fixture::new();
    tree(&fixture);
    let mut places = BTreeSet::new();
    let (mut findings, mut files, mut seen) = (0, 0, BTreeSet::new());
    for index in 1..=SHARDS {
        let run = fixture.run(&[".", "--shard", &format!("{index}/{SHARDS}"), "--format", "json"]);
        let ledger = &run.json()["ledger"];
        let part = &ledger["shard"];
        assert_eq!(
            (part["index"].as_u64(), part["count"].as_u64()),
            (Some(index.into()), Some(SHARDS.into()))
        );
        let own = part["files"].as_u64().expect("a count");
        let others = ledger["skipped"]["other-shard"].as_u64().expect("files of other shards");
        assert_eq!(
            ledger["failures"].as_array().map(Vec::len),
            Some(0),
            "other shards' files are no failures"
        );
        files += own;
        seen.insert(own + others);
        findings += run.places().len();
        places.extend(run.places());
    }
    let whole = fixture.run(&[".", "--format", "json"]).places();
    assert_eq!(places, whole.iter().cloned().collect());
    assert_eq!(findings, whole.len(), "each file in one shard");
    assert_eq!(seen, [files].into(), "all shards came to the same files");
    let text = fixture.run(&[".", "--shard", "1/4"]).stdout;
    assert!(text.contains("  shard      1 of 4, "), "{text}");
}

/// Byte for byte, in every format: nothing in a merged report may depend on the shards. (Times, with `--verbose`, and the
/// number of questions to providers, with `--verify`, would.)
#[test]
fn the_merge_of_all_shards_is_the_report_of_one_run() {
    let fixture = Fixture::new();
    tree(&fixture);
    let json = scan(&fixture, "json");
    for format in ["json", "jsonl", "text", "sarif", "github", "csv", "junit", "gitlab", "markdown", "html"] {
        let one = fixture.run(&[".", "missing", "--format", format, "-q"]);
        let merged = merge(&fixture, &json, format);
        assert_eq!((one.code, merged.code), (3, 3), "{format}: {}", merged.stderr);
        assert_eq!(one.stdout, merged.stdout, "{format}");
    }
    let sarif = scan(&fixture, "sarif");
    let one = fixture.run(&[".", "missing", "--format", "sarif", "-q"]);
    let merged = merge(&fixture, &sarif, "sarif");
    assert_eq!((merged.code, &merged.stdout), (3, &one.stdout));
    let mut reversed = sarif;
    reversed.reverse();
    assert_eq!(
        merge(&fixture, &reversed, "sarif").stdout,
        one.stdout,
        "the order of reports does not matter"
    );
}

#[test]
fn the_exit_code_is_that_of_one_run() {
    let fixture = Fixture::new();
    fixture.write("a.py", "x = 1\n");
    fixture.write("b.py", format!("db_password = '{}'\n", password()));
    let report = |path: &str, format: &str| {
        let file = fixture.home().join(format!("{}.{format}", path.replace('/', "_"))).display().to_string();
        fixture.run(&[path, "--format", format, "--output", &file, "-q"]);
        file
    };
    for format in ["json", "sarif"] {
        let [clean, found, failed] = ["a.py", "b.py", "missing"].map(|path| report(path, format));
        assert_eq!(merge(&fixture, std::slice::from_ref(&clean), format).code, 0);
        assert_eq!(merge(&fixture, &[clean.clone(), found.clone()], format).code, 1);
        assert_eq!(merge(&fixture, &[clean, found.clone(), failed], format).code, 3);
        let zero = fixture.run(&["merge", &found, "--format", format, "--exit-zero"]);
        assert_eq!(zero.code, 0, "{zero:?}");
        let twice = merge(&fixture, &[found.clone(), found], format);
        let report: Value = serde_json::from_str(&twice.stdout).expect("JSON");
        let list = if format == "json" { &report["findings"] } else { &report["runs"][0]["results"] };
        assert_eq!(list.as_array().map(Vec::len), Some(1), "a finding of two reports is one");
    }
}

#[test]
fn a_missing_shard_is_not_scanned() {
    let fixture = Fixture::new();
    tree(&fixture);
    for format in ["json", "sarif"] {
        let mut files = scan(&fixture, format);
        files.remove(1);
        let run = merge(&fixture, &files, format);
        assert_eq!(run.code, 3, "{run:?}");
        let said = run.stdout.to_lowercase();
        assert!(said.contains("shard 2/4") && said.contains("its report is missing"), "{said}");
    }
}

#[test]
fn shards_of_different_trees_are_noticed() {
    let fixture = Fixture::new();
    tree(&fixture);
    let files = scan(&fixture, "json");
    for n in 0..20 {
        fixture.write(&format!("new{n}.txt"), "x\n");
    }
    fixture.run(&[".", "missing", "--shard", "4/4", "--format", "json", "--output", &files[3], "-q"]);
    let run = merge(&fixture, &files, "json");
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("did not come to the same files"), "{}", run.stdout);
}

/// One run masks a value that it found in one file in the lines of all others. A shard cannot: the merge does.
#[test]
fn what_one_shard_found_is_masked_in_the_text_of_another() {
    let fixture = Fixture::new();
    let secret = ["Kx7#", "vQ9!", "mT2w"].concat();
    for n in 0..8 {
        // The word before is no name of a credential, so the value is seen by the rule in the first file only.
        fixture.write(
            &format!("notes{n}.py"),
            format!("db_password = '{}{n}'  # instead of {secret} in {n}\n", password()),
        );
    }
    fixture.write("first.py", format!("db_password = '{secret}'\n"));
    // Folders that are called like a value: what reads as a name stays, here and there.
    let name = ["Winter", "2024"].concat();
    fixture.write("second.py", format!("db_password = '{name}'\n"));
    for folder in [&secret, &name] {
        fixture
            .write(&format!("{folder}/app.py"), format!("db_password = '{}{}'\n", password(), folder.len()));
    }
    fixture.write(".secretscan.toml", "fingerprint-salt = \"pepper\"\n");
    let one = fixture.run(&[".", "--format", "json", "-q"]);
    assert!(!one.stdout.contains(&secret), "{}", one.stdout);
    assert!(one.stdout.contains("********/app.py") && one.stdout.contains(&format!("{name}/app.py")));
    let files: Vec<String> = (1..=SHARDS)
        .map(|index| {
            let file = fixture.home().join(format!("{index}.json")).display().to_string();
            fixture.run(&[
                ".",
                "--shard",
                &format!("{index}/{SHARDS}"),
                "--format",
                "json",
                "--output",
                &file,
                "-q",
            ]);
            file
        })
        .collect();
    let shown =
        files.iter().filter(|file| std::fs::read_to_string(file).expect("a report").contains(&secret));
    assert!(shown.count() > 0, "the shards alone cannot know");
    let merged = merge(&fixture, &files, "json");
    assert_eq!(merged.stdout, one.stdout);
    std::fs::remove_file(fixture.path().join(".secretscan.toml")).expect("the configuration");
    let without = merge(&fixture, &files, "json");
    assert_eq!(without.code, 2, "without the salt nothing could be masked: {}", without.stdout);
    assert!(without.stderr.contains("another salt"), "{}", without.stderr);
}

#[test]
fn raw_values_are_merged_only_if_asked_for() {
    let fixture = Fixture::new();
    fixture.write("a.py", format!("db_password = '{}'\n", password()));
    let file = fixture.home().join("raw.json").display().to_string();
    fixture.run(&["a.py", "--show-secrets", "--format", "json", "--output", &file]);
    let refused = merge(&fixture, std::slice::from_ref(&file), "text");
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.stderr.contains("--show-secrets") && !refused.stderr.contains(&password()),
        "{refused:?}"
    );
    let shown = fixture.run(&["merge", &file, "--show-secrets"]);
    assert!(shown.code == 1 && shown.stdout.contains(&password()), "{shown:?}");
}

#[test]
fn what_cannot_be_merged_is_refused_with_a_reason() {
    let fixture = Fixture::new();
    fixture.write("a.py", "x = 1\n");
    let run = |format: &str, shard: &str, name: &str| {
        fixture.run(&["a.py", "--shard", shard, "--format", format, "--output", name, "-q"]);
    };
    run("json", "1/2", "half.json");
    run("json", "1/3", "third.json");
    run("sarif", "1/2", "half.sarif");
    run("jsonl", "1/1", "lines.jsonl");
    fixture.write("other.json", "{\"a\": 1}");
    fixture.write("broken.json", "{");
    fixture.write("newer.json", "{\"version\": \"9.0\", \"findings\": []}");
    fixture.write("foreign.sarif", "{\"runs\": [{\"tool\": {\"driver\": {\"name\": \"else\"}}}]}");
    let table: [(&[&str], &str); 8] = [
        (&["half.json", "third.json"], "one of 2 shards"),
        (&["half.json", "half.sarif"], "one sort at a time"),
        (&["half.sarif"], "SARIF merges into SARIF only"),
        (&["other.json"], "no report of secretscan"),
        (&["broken.json"], "not JSON"),
        (&["newer.json"], "version 9.0"),
        (&["gone.json"], "gone.json"),
        (&["foreign.sarif", "--format", "sarif"], "no report of secretscan"),
    ];
    for (arguments, expected) in table {
        let run = fixture.run(&[&["merge"], arguments].concat());
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(expected), "{arguments:?}: {run:?}");
    }
    let run = fixture.run(&["a.py", "--shard", "3/2"]);
    assert!(run.code == 2 && run.stderr.contains("2/5 is the second of five"), "{run:?}");
    let run = fixture.run(&["-", "--shard", "1/2"]);
    assert!(run.code == 2 && run.stderr.contains("standard input is one piece"), "{run:?}");
}
