//! `secretscan hook install`, `uninstall` and `status` with git alone.

use std::path::{Path, PathBuf};

use super::programs::{of_secretscan, output, search_path};
use crate::fixture::{Fixture, Run, isolate, password};

fn repository() -> Fixture {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q", "-b", "main"]);
    fixture
}

fn leak() -> String {
    format!("db_password = '{}'\n", password())
}

fn hook_file(fixture: &Fixture) -> PathBuf {
    fixture.path().join(".git/hooks/pre-commit")
}

/// Commits everything in `folder`, with the program on PATH or without; the answer of git.
fn commit_in(fixture: &Fixture, folder: &Path, arguments: &[&str], on_path: bool) -> (bool, String) {
    let mut command = std::process::Command::new("git");
    isolate(&mut command, fixture.home());
    if on_path {
        command.env("PATH", search_path(&[of_secretscan()]));
    }
    output(command.current_dir(folder).args(arguments))
}

fn commit(fixture: &Fixture, arguments: &[&str]) -> (bool, String) {
    commit_in(fixture, fixture.path(), arguments, false)
}

/// The lines that a refusal prints to be added.
fn advised(run: &Run) -> String {
    let lines: Vec<&str> = run.stdout.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    lines.join("\n") + "\n"
}

/// Every file below a folder with its content and mode, to see that nothing changed.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>, u32)> {
    use std::os::unix::fs::PermissionsExt;
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let metadata = path.symlink_metadata().expect("metadata");
        if metadata.is_dir() {
            all.extend(contents(&path));
        } else {
            let bytes = if metadata.is_symlink() {
                path.read_link().expect("a link").into_os_string().into_encoded_bytes()
            } else {
                std::fs::read(&path).expect("a file")
            };
            all.push((path, bytes, metadata.permissions().mode()));
        }
    }
    all.sort();
    all
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
}

#[test]
fn the_installed_hook_stops_every_kind_of_commit() {
    let fixture = repository();
    let run = fixture.run(&["hook", "install"]);
    assert_eq!(run.code, 0, "{run:?}");
    fixture.write("a.py", leak());
    fixture.git(&["add", "."]);
    let (done, said) = commit(&fixture, &["commit", "-qm", "first commit"]);
    assert!(!done && said.contains("a.py:1") && !said.contains(&password()), "{said}");
    fixture.write("a.py", "x = 1\n");
    fixture.write("b.py", "y = 1\n");
    fixture.git(&["add", "."]);
    let (done, said) = commit(&fixture, &["commit", "-qm", "first commit, clean"]);
    assert!(done, "{said}");
    fixture.write("a.py", leak());
    for arguments in [&["commit", "-qam", "all"][..], &["commit", "-qm", "path", "a.py"]] {
        let (done, said) = commit(&fixture, arguments);
        assert!(!done && said.contains("a.py:1"), "{arguments:?}: {said}");
    }
    fixture.write("b.py", "y = 2\n");
    let (done, said) = commit(&fixture, &["commit", "-qm", "other path", "b.py"]);
    assert!(done, "{said}");
}

#[test]
fn installing_twice_changes_nothing_and_uninstalling_leaves_nothing() {
    let fixture = repository();
    let git = fixture.path().join(".git");
    let before = contents(&git);
    assert_eq!(fixture.run(&["hook", "install", "--hook", "pre-commit", "--hook", "pre-push"]).code, 0);
    let once = contents(&git);
    assert_eq!(once.len(), before.len() + 2);
    let again = fixture.run(&["hook", "install", "--hook", "pre-push", "--hook", "pre-commit"]);
    assert!(again.code == 0 && again.stdout.matches("up to date already").count() == 2, "{again:?}");
    assert_eq!(contents(&git), once);
    let status = fixture.run(&["hook", "status", "--hook", "pre-commit", "--hook", "pre-push"]);
    assert!(
        status.code == 0 && status.stdout.matches("installed, version 1, up to date").count() == 2,
        "{status:?}"
    );
    assert_eq!(fixture.run(&["hook", "uninstall"]).code, 0);
    assert_eq!(contents(&git), before);
    let status = fixture.run(&["hook", "status", "--hook", "pre-commit"]);
    assert!(status.code == 1 && status.stdout.contains("not installed"), "{status:?}");
}

#[test]
fn somebody_elses_hook_is_left_byte_for_byte() {
    let scripts: [(&str, &[u8], bool); 4] = [
        ("a script", b"#!/bin/sh\necho own\n", true),
        ("Windows line ends", b"#!/bin/sh\r\necho own\r\n", true),
        ("not executable", b"#!/bin/sh\necho own\n", false),
        ("a program", b"\x7fELF\x00\xff\xfe", true),
    ];
    for (what, bytes, executable) in scripts {
        let fixture = repository();
        let hook = hook_file(&fixture);
        std::fs::write(&hook, bytes).expect("a hook");
        if executable {
            make_executable(&hook);
        }
        let before = contents(&fixture.path().join(".git"));
        let run = fixture.run(&["hook", "install"]);
        assert!(run.code == 2 && advised(&run).contains("secretscan staged"), "{what}: {run:?}");
        assert_eq!(fixture.run(&["hook", "uninstall"]).code, 0, "{what}");
        assert_eq!(contents(&fixture.path().join(".git")), before, "{what}");
        let status = fixture.run(&["hook", "status", "--hook", "pre-commit"]);
        assert!(status.code == 1 && status.stdout.contains("pre-commit: foreign ("), "{what}: {status:?}");
    }
}

#[test]
fn a_link_is_never_written_through() {
    let fixture = repository();
    let hook = hook_file(&fixture);
    for target in ["shared-hook", "nowhere"] {
        let shared = fixture.home().join(target);
        if target == "shared-hook" {
            std::fs::write(&shared, "#!/bin/sh\n").expect("a file");
        }
        std::os::unix::fs::symlink(&shared, &hook).expect("a link");
        assert_eq!(fixture.run(&["hook", "install"]).code, 2, "{target}");
        assert_eq!(hook.read_link().expect("still a link"), shared);
        std::fs::remove_file(&hook).expect("removed");
    }
    assert!(!fixture.home().join("nowhere").exists());
}

#[test]
fn the_advised_line_makes_a_foreign_hook_scan() {
    let fixture = repository();
    let hook = hook_file(&fixture);
    std::fs::write(&hook, "#!/bin/sh\n").expect("a hook");
    make_executable(&hook);
    let lines = advised(&fixture.run(&["hook", "install"]));
    std::fs::write(&hook, format!("#!/bin/sh\n{lines}echo own\n")).expect("a hook");
    fixture.write("a.py", leak());
    fixture.git(&["add", "."]);
    let (done, said) = commit_in(&fixture, fixture.path(), &["commit", "-m", "x"], true);
    assert!(!done && said.contains("a.py:1"), "{said}");
    let run = fixture.run(&["hook", "install"]);
    assert!(run.code == 0 && run.stdout.contains("runs secretscan already"), "{run:?}");
    let status = fixture.run(&["hook", "status", "--hook", "pre-commit"]);
    assert!(status.code == 0 && status.stdout.contains("foreign, runs secretscan"), "{status:?}");
}

#[test]
fn if_one_hook_cannot_be_installed_none_is() {
    let fixture = repository();
    std::fs::write(fixture.path().join(".git/hooks/pre-push"), "#!/bin/sh\n").expect("a hook");
    let run = fixture.run(&["hook", "install", "--hook", "pre-commit", "--hook", "pre-push"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(!hook_file(&fixture).exists());
}

#[test]
fn our_hook_with_somebodys_lines_in_it_is_theirs() {
    let fixture = repository();
    fixture.run(&["hook", "install"]);
    let hook = hook_file(&fixture);
    let edited =
        std::fs::read_to_string(&hook).expect("our hook").replacen("program=", "make lint\nprogram=", 1);
    std::fs::write(&hook, &edited).expect("a hook");
    let run = fixture.run(&["hook", "install"]);
    assert!(run.code == 0 && run.stdout.contains("runs secretscan already"), "{run:?}");
    assert_eq!(fixture.run(&["hook", "uninstall"]).code, 2);
    assert_eq!(std::fs::read_to_string(&hook).expect("the hook"), edited);
}

#[test]
fn a_hooks_folder_of_the_project_gets_a_script_for_everybody() {
    let fixture = repository();
    fixture.git(&["config", "core.hooksPath", ".githooks"]);
    std::fs::create_dir(fixture.path().join("src")).expect("a folder");
    let run = fixture.run(&["hook", "install", "src"]);
    let script = fixture.path().join(".githooks/pre-commit");
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!hook_file(&fixture).exists(), "git does not look there");
    let text = std::fs::read_to_string(&script).expect("the script");
    assert!(text.contains("recorded=''"), "{text}");
    fixture.write("a.py", leak());
    fixture.git(&["add", "."]);
    let (done, said) = commit_in(&fixture, fixture.path(), &["commit", "-m", "x"], true);
    assert!(!done && said.contains("a.py:1"), "{said}");
    let (done, said) = commit(&fixture, &["commit", "-m", "x"]);
    assert!(!done && said.contains("not installed and nothing was scanned"), "without the program: {said}");

    // A checkout that turns line ends breaks the script; installing again repairs it.
    std::fs::write(&script, text.replace('\n', "\r\n")).expect("a file");
    let status = fixture.run(&["hook", "status", "--hook", "pre-commit"]);
    assert!(status.code == 1 && status.stdout.contains("Windows line ends"), "{status:?}");
    assert!(fixture.run(&["hook", "install"]).stdout.contains("brought up to date"));
    assert_eq!(std::fs::read_to_string(&script).expect("the script"), text);
}

#[test]
fn a_hooks_path_for_all_repositories_is_not_ours_to_fill() {
    let fixture = repository();
    let global = fixture.home().join("hooks");
    std::fs::create_dir(&global).expect("a folder");
    std::fs::write(fixture.home().join(".gitconfig"), format!("[core]\nhooksPath = {}\n", global.display()))
        .expect("a configuration");
    let run = fixture.run(&["hook", "install"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stdout.contains("core.hooksPath (global") && run.stdout.contains("would never run"),
        "{run:?}"
    );
    assert!(!hook_file(&fixture).exists() && contents(&global).is_empty());
    let status = fixture.run(&["hook", "status", "--hook", "pre-commit"]);
    assert_eq!(status.code, 1, "{status:?}");

    // The way that the advice names: a folder of this repository's own.
    let lines = advised(&run);
    let own = lines.lines().find(|line| line.starts_with("git config")).expect("a command");
    let mut shell = std::process::Command::new("sh");
    assert!(output(shell.args(["-c", own]).current_dir(fixture.path())).0);
    assert_eq!(fixture.run(&["hook", "install"]).code, 0);
    assert_eq!(fixture.run(&["hook", "status", "--hook", "pre-commit"]).code, 0);
}

#[test]
fn a_hook_that_core_hooks_path_keeps_from_running_is_named() {
    let fixture = repository();
    fixture.run(&["hook", "install"]);
    fixture.git(&["config", "core.hooksPath", ".elsewhere"]);
    let status = fixture.run(&["hook", "status", "--hook", "pre-commit"]);
    assert!(
        status.code == 1 && status.stdout.contains("shadowed: core.hooksPath keeps git from running"),
        "{status:?}"
    );
    fixture.git(&["config", "core.hooksPath", "/dev/null"]);
    let status = fixture.run(&["hook", "status", "--hook", "pre-commit"]);
    assert!(status.code == 1 && status.stdout.contains("off: core.hooksPath names no folder"), "{status:?}");
    let run = fixture.run(&["hook", "install"]);
    assert!(run.code == 2 && run.stdout.contains("git runs no hooks here"), "{run:?}");
    assert_eq!(fixture.run(&["hook", "uninstall"]).code, 0);
    assert!(!hook_file(&fixture).exists(), "shadowed hooks are removed too");
}

#[test]
fn linked_worktrees_and_submodules_have_their_hooks_where_git_looks() {
    let fixture = repository();
    fixture.git(&["commit", "-q", "--allow-empty", "-m", "first"]);
    fixture.git(&["worktree", "add", "-q", "linked", "-b", "side"]);
    let linked = fixture.path().join("linked");
    let run = fixture.run(&["hook", "install", "linked"]);
    assert!(run.code == 0 && hook_file(&fixture).exists(), "{run:?}");
    std::fs::write(linked.join("a.py"), leak()).expect("a file");
    assert!(commit_in(&fixture, &linked, &["add", "a.py"], false).0);
    let (done, said) = commit_in(&fixture, &linked, &["commit", "-m", "x"], false);
    assert!(!done && said.contains("a.py:1"), "{said}");

    let outer = repository();
    let url = format!("file://{}", fixture.path().display());
    outer.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", &url, "sub"]);
    let run = outer.run(&["hook", "install", "sub"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(outer.path().join(".git/modules/sub/hooks/pre-commit").exists(), "{run:?}");
    let sub = outer.path().join("sub");
    std::fs::write(sub.join("a.py"), leak()).expect("a file");
    assert!(commit_in(&outer, &sub, &["add", "a.py"], false).0);
    let (done, said) = commit_in(&outer, &sub, &["commit", "-m", "x"], false);
    assert!(!done && said.contains("a.py:1"), "{said}");
}

#[test]
fn a_program_that_is_gone_stops_the_commit_and_the_search_path_is_asked_next() {
    let fixture = repository();
    // The home has a space and a quote in it, as some have.
    let folder = fixture.home().join("o'neil s");
    std::fs::create_dir(&folder).expect("a folder");
    let program = folder.join("secretscan");
    std::fs::copy(env!("CARGO_BIN_EXE_secretscan"), &program).expect("a copy");
    let mut install = std::process::Command::new(&program);
    isolate(&mut install, fixture.home());
    assert!(output(install.args(["hook", "install"]).current_dir(fixture.path())).0);
    fixture.write("a.py", leak());
    fixture.git(&["add", "."]);
    let (done, said) = commit(&fixture, &["commit", "-m", "x"]);
    assert!(!done && said.contains("a.py:1"), "{said}");

    std::fs::remove_file(&program).expect("removed");
    let (done, said) = commit(&fixture, &["commit", "-m", "x"]);
    assert!(!done && said.contains("nothing was scanned"), "{said}");
    let status = fixture.run(&["hook", "status", "--hook", "pre-commit"]);
    assert!(status.code == 1 && status.stdout.contains("is missing"), "{status:?}");
    let (done, said) = commit_in(&fixture, fixture.path(), &["commit", "-m", "x"], true);
    assert!(!done && said.contains("a.py:1"), "from the search path: {said}");
    fixture.write("a.py", "x = 1\n");
    fixture.git(&["add", "."]);
    let (done, said) = commit_in(&fixture, fixture.path(), &["commit", "-m", "x"], true);
    assert!(done, "{said}");
}

#[test]
fn a_bare_repository_gets_pre_receive_and_no_pre_commit() {
    let fixture = Fixture::new();
    fixture.git(&["init", "-q", "--bare"]);
    let run = fixture.run(&["hook", "install"]);
    assert!(run.code == 0 && fixture.path().join("hooks/pre-receive").exists(), "{run:?}");
    let run = fixture.run(&["hook", "install", "--hook", "pre-commit"]);
    assert!(run.code == 2 && !fixture.path().join("hooks/pre-commit").exists(), "{run:?}");
}

#[test]
fn a_folder_without_a_repository_is_told_in_gits_words() {
    let run = Fixture::new().run(&["hook", "install"]);
    assert!(run.code == 2 && run.stderr.contains("not a git repository"), "{run:?}");
}
