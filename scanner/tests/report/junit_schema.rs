//! JUnit XML against the schema itself: `junit-10.xsd` of Jenkins' xUnit plugin, which pytest's source package carries, read
//! by the package `xmlschema`. `tables.rs` holds the same documents against what it knows of the schema by heart, everywhere.
//!
//! Needs python3 and, the first time, the package index. Without them the test fails where `CI` is set; elsewhere it says
//! that it did not run.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use secretscan::ledger::Ledger;
use secretscan::report::Format;

use crate::sample::{self, written};
use crate::tables::{hostile, hostile_ledger};

const VALIDATOR: &str = "xmlschema==4.3.2";
const CARRIER: &str = "pytest==8.3.5";

/// Runs a command; what it says if it fails.
fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {said}")) }
}

/// A folder with `bin/xmlschema-validate` and `junit-10.xsd`, made once a build folder.
fn installed() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("junit-schema-venv");
    let (done, wanted) = (folder.join("installed.txt"), format!("{VALIDATOR} {CARRIER}"));
    if std::fs::read_to_string(&done).is_ok_and(|text| text == wanted) {
        return Ok(folder);
    }
    // What an interrupted installation left is no start: `--clear` begins anew.
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let pip = || Command::new(folder.join("bin/pip"));
    run(pip().args(["install", "--quiet", VALIDATOR]))?;
    // The wheel has no schema.
    run(pip()
        .args(["download", "--quiet", "--no-deps", "--no-binary=pytest", CARRIER, "--dest"])
        .arg(&folder))?;
    let archive = folder.join(CARRIER.replace("==", "-") + ".tar.gz");
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(archive).arg("-C").arg(&folder).args(["--wildcards", "--strip-components=3"]);
    run(tar.arg("*/junit-10.xsd"))?;
    std::fs::write(done, wanted).map_err(|error| error.to_string())?;
    Ok(folder)
}

#[test]
fn junit_is_valid_by_jenkins_schema() {
    let tools = match installed() {
        Ok(tools) => tools,
        Err(said) => {
            assert!(std::env::var_os("CI").is_none(), "the schema must be there in CI: {said}");
            let _ = writeln!(
                std::io::stderr(),
                "\n*** NOT RUN: JUnit's schema is not to be had here: {said} ***"
            );
            return;
        }
    };
    let reports = tempfile::tempdir().expect("a temporary folder");
    let valid = |name: &str, text: &str| {
        let file = reports.path().join(name);
        std::fs::write(&file, text).expect("a file");
        run(Command::new(tools.join("bin/xmlschema-validate"))
            .arg("--schema")
            .arg(tools.join("junit-10.xsd"))
            .arg(file))
    };
    for (name, findings, ledger) in [
        ("hostile.xml", hostile(), hostile_ledger()),
        ("some.xml", sample::some(), sample::ledger()),
        ("clean.xml", Vec::new(), sample::ledger()),
        ("empty.xml", Vec::new(), Ledger::default()),
    ] {
        let out = written(Format::Junit, &findings, &ledger, &sample::options());
        valid(name, &out).unwrap_or_else(|said| panic!("{name}: {said}\n{out}"));
        // It does look: an attribute that the schema does not know is refused.
        let broken = out.replacen("<testcase ", "<testcase severity=\"error\" ", 1);
        assert!(valid("broken.xml", &broken).is_err(), "{name}");
    }
}
