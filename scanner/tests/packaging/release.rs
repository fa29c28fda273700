//! The release of the program under test: its bytes, its wheel through pip, its wheel through pre-commit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::fixture::{Fixture, isolate, password};
use crate::tool::{ROOT, empty_folder, succeed, tool};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What goes below `share/`, and the arguments with which the program writes it.
const SHARED: [(&str, &[&str]); 4] = [
    ("share/bash-completion/completions/secretscan", &["completions", "bash"]),
    ("share/fish/vendor_completions.d/secretscan.fish", &["completions", "fish"]),
    ("share/man/man1/secretscan.1", &["man"]),
    ("share/zsh/site-functions/_secretscan", &["completions", "zsh"]),
];

fn make(folder: &Path) {
    let mut python = Command::new("python3");
    python.arg("packaging/release").current_dir(ROOT).env("SOURCE_DATE_EPOCH", "1767322800");
    succeed(python.args(["--program", env!("CARGO_BIN_EXE_secretscan"), "--out"]).arg(folder));
}

/// The folder with the release, made once a run of the tests.
pub(crate) fn release() -> &'static Path {
    static RELEASE: OnceLock<PathBuf> = OnceLock::new();
    RELEASE.get_or_init(|| {
        let folder = empty_folder("release");
        make(&folder);
        folder
    })
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    entries.map(|path| (name(&path), std::fs::read(&path).expect("a file"))).collect()
}

/// The file of the release whose name ends so.
pub(crate) fn file(end: &str) -> PathBuf {
    let name = files(release()).into_keys().find(|name| name.ends_with(end));
    release().join(name.unwrap_or_else(|| panic!("no {end}")))
}

#[test]
fn the_same_program_gives_the_same_bytes() {
    let again = empty_folder("release-again");
    make(&again);
    let (first, second) = (files(release()), files(&again));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    assert_eq!(first.len(), 4, "{:?}", first.keys());
    for (name, content) in &first {
        assert!(content == &second[name], "{name} differs");
    }
    succeed(Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&again));
}

#[test]
fn the_archive_holds_program_manual_completions_licences_and_model_card() {
    let listed = succeed(Command::new("tar").arg("-tzf").arg(file(".tar.gz")));
    let names: Vec<_> =
        listed.lines().filter_map(|line| line.split_once('/')).map(|(_, name)| name).collect();
    let mut expected =
        vec!["LICENSE-APACHE", "LICENSE-MIT", "README.md", "THIRD-PARTY.txt", "model-card.md", "secretscan"];
    expected.extend(SHARED.map(|(name, _)| name));
    expected.sort_unstable();
    assert_eq!(names, expected);
    let read = |name: &str| {
        let mut tar = Command::new("tar");
        succeed(tar.arg("-xzOf").arg(file(".tar.gz")).args(["--wildcards", &format!("*/{name}")]))
    };
    for (name, arguments) in SHARED {
        let own = succeed(Command::new(env!("CARGO_BIN_EXE_secretscan")).args(arguments));
        assert!(read(name) == own && own.contains("secretscan"), "{name} is what the program says");
    }
    let said = read("THIRD-PARTY.txt");
    // A crate, and what the binding of llama.cpp brings along: both ask for their notice in copies.
    assert!(said.contains("aho-corasick ") && said.contains("Copyright"));
    #[cfg(feature = "llama")]
    assert!(said.contains("llama.cpp/LICENSE") && said.contains("The ggml authors"));
}

#[test]
fn the_program_stays_below_its_limit() {
    let program = std::fs::metadata(env!("CARGO_BIN_EXE_secretscan")).expect("the program");
    assert!(program.len() < 30_000_000, "{} bytes", program.len());
}

#[test]
fn the_bill_of_materials_names_what_is_in_the_program_and_nothing_else() {
    let text = std::fs::read_to_string(file(".cdx.json")).expect("the document");
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["bomFormat"], "CycloneDX");
    let names: Vec<_> =
        document["components"].as_array().expect("a list").iter().map(|it| it["name"].clone()).collect();
    assert!(names.contains(&"gix".into()) && names.contains(&"aho-corasick".into()));
    for foreign in ["candle-core", "proptest", "bindgen", "serde_derive", "secretscan"] {
        assert!(!names.contains(&foreign.into()), "{foreign}");
    }
}

/// The tag says how old a system may be; `auditwheel` reads the program's symbols and must come to the same.
#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn the_wheel_promises_no_older_system_than_it_runs_on() {
    let wheel = file(".whl");
    let said = succeed(Command::new(tool("auditwheel")).arg("show").arg(&wheel));
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = wheel.file_stem().expect("a name").to_string_lossy().into_owned();
    let tag = name.rsplit('-').next().expect("a tag");
    assert!(
        said.contains(&format!("consistent with the following platform tag: \"{tag}\"")),
        "{name}: {said}"
    );
}

#[test]
fn pip_installs_the_wheel_and_the_program_scans() {
    let venv = empty_folder("wheel-venv");
    succeed(Command::new("python3").args(["-m", "venv"]).arg(&venv));
    succeed(Command::new(venv.join("bin/pip")).args(["install", "--quiet", "--no-index"]).arg(file(".whl")));
    let program = venv.join("bin/secretscan");
    assert_eq!(succeed(Command::new(&program).arg("--version")).trim(), format!("secretscan {VERSION}"));
    let fixture = Fixture::new();
    let leak = fixture.write("app.py", format!("db_password = '{}'\n", password()));
    let output = Command::new(&program).arg(leak).env("HOME", fixture.home()).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let shown = succeed(Command::new(venv.join("bin/pip")).args(["show", "--files", "secretscan"]));
    for part in ["licenses/LICENSE-MIT", "licenses/THIRD-PARTY.txt", "secretscan/model-card.md"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // Where the shells and man look, below the environment's prefix.
    for (name, arguments) in SHARED {
        let installed =
            std::fs::read_to_string(venv.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(installed == succeed(Command::new(&program).args(arguments)), "{name}");
    }
    let license = "import importlib.metadata as m; print(m.metadata('secretscan')['License-Expression'])";
    let python = venv.join("bin/python");
    assert_eq!(succeed(Command::new(python).args(["-c", license])).trim(), "Apache-2.0 OR MIT");
    succeed(Command::new(venv.join("bin/pip")).args(["uninstall", "--quiet", "--yes", "secretscan"]));
    assert!(!program.exists());
}

/// The hook repository of docs/installing.md, through the real programs, on a machine where a compiler would be noticed.
#[test]
fn pre_commit_and_prek_install_the_wheel_and_compile_nothing() {
    let mirror = Fixture::new();
    mirror.git(&["init", "-q", "-b", "main"]);
    for name in ["pyproject.toml", ".pre-commit-hooks.yaml"] {
        let text = std::fs::read_to_string(Path::new(ROOT).join("packaging/pre-commit-mirror").join(name));
        mirror.write(name, text.expect("a file of the hook repository"));
    }
    mirror.git(&["add", "."]);
    mirror.git(&["commit", "-qm", VERSION]);
    let revision = mirror.git(&["rev-parse", "HEAD"]);

    for program in ["pre-commit", "prek"] {
        installs_the_wheel(program, &mirror, revision.trim());
    }
}

fn installs_the_wheel(program: &str, mirror: &Fixture, revision: &str) {
    let fixture = Fixture::new();
    let compilers = fixture.home().join("compilers");
    std::fs::create_dir(&compilers).expect("a folder");
    let used = compilers.join("used");
    for name in ["cargo", "rustc", "cc", "c++", "cmake"] {
        // pip asks for the version of rustc, to tell the package index.
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = --version ] && exit 1\necho \"{name} $*\" >>'{}'\nexit 1\n",
            used.display()
        );
        std::fs::write(compilers.join(name), script).expect("a program");
        succeed(Command::new("chmod").arg("+x").arg(compilers.join(name)));
    }
    // prek installs with uv, and would fetch it from elsewhere if it were not there.
    let uv = tool("uv").parent().expect("a folder of programs").to_owned();
    let machine = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([compilers, uv].into_iter().chain(std::env::split_paths(&machine)))
        .expect("folders without colons");
    let in_fixture = |command: &mut Command| {
        isolate(command, fixture.home());
        command.env("PATH", &path).current_dir(fixture.path());
        command.env("PRE_COMMIT_HOME", fixture.home().join("pre-commit")).env("PIP_FIND_LINKS", release());
        command.env("PREK_HOME", fixture.home().join("prek")).env("UV_FIND_LINKS", release());
    };
    let commit = |message: &str| {
        let mut git = Command::new("git");
        in_fixture(git.args(["commit", "-m", message]));
        let output = git.output().expect("git starts");
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    };
    fixture.git(&["init", "-q", "-b", "main"]);
    fixture.write(
        ".pre-commit-config.yaml",
        format!(
            "repos:\n- repo: file://{}\n  rev: {revision}\n  hooks:\n  - id: secretscan\n",
            mirror.path().display(),
        ),
    );
    fixture.write("app.py", format!("db_password = '{}'\n", password()));
    fixture.git(&["add", "."]);
    let mut install = Command::new(tool(program));
    in_fixture(install.arg("install"));
    succeed(&mut install);
    let (done, said) = commit("a leak");
    assert!(!done && said.contains("app.py:1") && !said.contains(&password()), "{program}: {said}");
    fixture.write("app.py", "x = 1\n");
    fixture.git(&["add", "app.py"]);
    let (done, said) = commit("clean");
    assert!(done, "{program}: {said}");
    assert!(!used.exists(), "{program} compiled with {:?}", std::fs::read_to_string(&used));
}

/// One version in four places: a release would not be found otherwise.
#[test]
fn the_hook_repository_asks_for_the_version_of_this_program() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("packaging/pre-commit-mirror/pyproject.toml"));
    let project: toml::Table = text.expect("the file").parse().expect("TOML");
    assert_eq!(project["project"]["version"].as_str(), Some(VERSION));
    assert_eq!(
        project["project"]["dependencies"][0].as_str(),
        Some(format!("secretscan=={VERSION}").as_str())
    );
}
