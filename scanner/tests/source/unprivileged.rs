//! Unreadable files and folders. Root reads everything, so that under root the tests run again as another user.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use crate::record::scan_in;

/// Runs this test as another user; true in that other process, or where one is not root anyway.
fn as_nobody(name: &str, dir: &Path) -> bool {
    let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !root {
        return true;
    }
    let program = std::env::current_exe().expect("this program");
    // Copied, because the folder of the build may be closed to others.
    let copy = dir.join("test-program");
    fs::copy(program, &copy).expect("a copy");
    fs::set_permissions(&copy, Permissions::from_mode(0o755)).expect("chmod");
    fs::set_permissions(dir, Permissions::from_mode(0o755)).expect("chmod");
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&copy)
        .args(["--exact", name, "--nocapture"])
        .current_dir("/")
        .output()
        .expect("setpriv runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    false
}

#[test]
fn what_may_not_be_read_is_a_failure_and_the_rest_is_scanned() {
    let dir = tempfile::tempdir().expect("a folder");
    if !as_nobody("unprivileged::what_may_not_be_read_is_a_failure_and_the_rest_is_scanned", dir.path()) {
        return;
    }
    let path = dir.path();
    fs::create_dir_all(path.join("closed/inner")).expect("folders");
    for file in ["open", "closed_file", "closed/inner/file"] {
        fs::write(path.join(file), "x").expect("a file");
    }
    let close =
        |name: &str, mode| fs::set_permissions(path.join(name), Permissions::from_mode(mode)).expect("chmod");
    close("closed_file", 0);
    close("closed", 0);
    let seen = scan_in(path, &["."]);
    let named = scan_in(path, &["closed_file", "closed", "closed/inner/file"]);
    close("closed", 0o700);
    assert_eq!(seen.paths(), ["open"]);
    let failed = |seen: &crate::record::Seen| -> Vec<String> {
        assert!(
            seen.failures.iter().all(|failure| failure.cause.contains("not permitted")),
            "{:?}",
            seen.failures
        );
        seen.failures.iter().map(|failure| failure.path.clone()).collect()
    };
    assert_eq!(failed(&seen), ["closed", "closed_file"]);
    assert_eq!(failed(&named), ["closed", "closed/inner/file", "closed_file"]);
}
