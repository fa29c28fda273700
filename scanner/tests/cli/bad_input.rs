//! Input that is broken, hostile or strange: never a panic, never a silent pass.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::fixture::{Fixture, github_token, password};

#[test]
fn a_path_that_does_not_exist_makes_the_scan_incomplete() {
    let fixture = Fixture::new();
    fixture.write("app.py", format!("db_password = '{}'\n", password()));
    let run = fixture.run(&["app.py", "missing", "--format", "json"]);
    assert_eq!((run.code, run.places().len()), (3, 1), "{run:?}");
    let failure = &run.json()["ledger"]["failures"][0];
    assert_eq!(failure["path"], "missing");
    assert!(failure["cause"].as_str().is_some_and(|cause| !cause.is_empty()), "{failure}");
    assert!(failure["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{failure}");
    assert_eq!(
        fixture.run(&["missing", "--exit-zero"]).code,
        3,
        "--exit-zero never hides an incomplete scan"
    );
}

#[test]
fn binary_content_is_scanned_for_tokens_only() {
    let fixture = Fixture::new();
    let token = github_token();
    let mut bytes = b"\x7fELF\0\0\x01\x02".to_vec();
    bytes.extend_from_slice(format!("\0{token}\0db_password = '{}'\0", password()).as_bytes());
    fixture.write("program", &bytes);
    let run = fixture.run(&["program", "--format", "json"]);
    assert_eq!((run.code, run.places().len()), (1, 1), "{run:?}");
    assert_eq!(run.json()["ledger"]["binary_blobs"], 1);
    assert_eq!(run.json()["findings"][0]["rule_id"], "github-personal-access-token");
}

#[test]
fn invalid_utf8_nul_bytes_and_other_encodings_lose_nothing() {
    let fixture = Fixture::new();
    let line = format!("db_password = '{}'\n", password());
    let utf16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(line.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let utf32: Vec<u8> =
        std::iter::once('\u{feff}').chain(line.chars()).flat_map(|c| (c as u32).to_be_bytes()).collect();
    let mut late_nul = vec![b'\n'; 20_000];
    late_nul.extend_from_slice(b"x\0y\n");
    late_nul.extend_from_slice(line.as_bytes());
    let table: [(&str, Vec<u8>, &str); 6] = [
        ("broken.py", [b"\xfd\xfe\xff broken\n", line.as_bytes()].concat(), "broken.py:2"),
        ("latin1.py", [b"# caf\xe9\n", line.as_bytes()].concat(), "latin1.py:2"),
        ("utf16.py", utf16, "utf16.py:1"),
        ("utf32.py", utf32, "utf32.py:1"),
        ("crlf.py", format!("x = 1\r\n{}\r\n", line.trim_end()).into_bytes(), "crlf.py:2"),
        ("late.py", late_nul, "late.py:20002"),
    ];
    for (name, content, place) in table {
        fixture.write(name, &content);
        assert_eq!(fixture.run(&[name, "--format", "json"]).places(), [place]);
    }
}

#[test]
fn unreadable_files_and_folders_are_listed() {
    let fixture = Fixture::new();
    let file = fixture.write("secret.py", "x = 1\n");
    let folder = fixture.path().join("closed");
    fixture.write("closed/a.py", "x = 1\n");
    fixture.write("open.py", "x = 1\n");
    for path in [&file, &folder] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o000)).expect("permissions");
    }
    std::fs::set_permissions(fixture.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
    // root reads everything, so as root the program runs as `nobody`.
    let run = if std::fs::read(&file).is_ok() {
        let program = fixture.path().join("secretscan");
        std::fs::copy(env!("CARGO_BIN_EXE_secretscan"), &program).expect("a copy that nobody may run");
        let mut command = std::process::Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]);
        command.arg(&program).args([".", "--format", "json"]).current_dir(fixture.path());
        let output = command.output().expect("setpriv (util-linux) starts");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let run = fixture.run(&[".", "--format", "json"]);
        (Some(run.code), run.stdout)
    };
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    assert_eq!(run.0, Some(3), "{}", run.1);
    let report: serde_json::Value = serde_json::from_str(&run.1).expect("JSON");
    let failures = report["ledger"]["failures"].to_string();
    assert!(failures.contains("secret.py") && failures.contains("closed"), "{failures}");
}

#[test]
fn links_and_loops_end() {
    let fixture = Fixture::new();
    fixture.write("a/app.py", format!("db_password = '{}'\n", password()));
    symlink("..", fixture.path().join("a/up")).expect("a link");
    symlink("self", fixture.path().join("self")).expect("a link");
    symlink("a/app.py", fixture.path().join("alias.py")).expect("a link");
    symlink("gone", fixture.path().join("dangling")).expect("a link");
    let run = fixture.run(&[".", "--format", "json"]);
    assert_eq!(run.places().len(), 1, "the target once, under its own path: {run:?}");
}

#[test]
fn a_fifo_never_hangs() {
    let fixture = Fixture::new();
    fixture.write("app.py", "x = 1\n");
    let made =
        std::process::Command::new("mkfifo").arg(fixture.path().join("pipe")).status().expect("mkfifo");
    assert!(made.success());
    let run = fixture.run(&[".", "--format", "json"]);
    assert_eq!((run.code, run.json()["ledger"]["skipped"]["special-file"].as_u64()), (0, Some(1)), "{run:?}");
}

#[test]
fn a_name_that_is_no_utf8_is_scanned() {
    let fixture = Fixture::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.py");
    std::fs::write(fixture.path().join(name), format!("db_password = '{}'\n", password())).expect("a file");
    assert_eq!(fixture.run(&[".", "--format", "json"]).places().len(), 1);
}

#[test]
fn a_hundred_megabytes_on_one_line_stay_in_bounded_memory() {
    let fixture = Fixture::new();
    let mut text = vec![b'x'; 100_000_000];
    for (at, byte) in text.iter_mut().enumerate() {
        if at % 61 == 0 {
            *byte = b' ';
        }
    }
    let planted = format!(" db_password = '{}' ", password());
    let at = 73_000_001;
    text[at..at + planted.len()].copy_from_slice(planted.as_bytes());
    fixture.write("long.txt", &text);
    drop(text);
    // 80 MB of private memory: the program, its stacks and buffers, but not the file.
    let program = env!("CARGO_BIN_EXE_secretscan");
    let script = format!("ulimit -d 80000; exec '{program}' long.txt --format json --threads 1");
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(fixture.path())
        .output()
        .expect("sh");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(1));
    let column = report["findings"][0]["start_column"].as_u64();
    assert_eq!(column, Some(at as u64 + " db_password = '".len() as u64 + 1));
}
