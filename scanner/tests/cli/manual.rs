//! Completion scripts and the manual page, read by the programs that use them where these are there.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::fixture::Fixture;

/// Runs `program` with `input`; none if it is not installed, which is said past the test harness.
fn read_by(program: &str, arguments: &[&str], input: &str) -> Option<std::process::Output> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        writeln!(std::io::stderr(), "\n*** NOT TESTED with {program}: it is not installed ***")
            .expect("standard error");
        return None;
    };
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("the input is read");
    drop(stdin);
    Some(child.wait_with_output().expect("it ends"))
}

#[test]
fn completion_scripts_know_the_commands_and_are_understood_by_their_shells() {
    let fixture = Fixture::new();
    for (shell, check) in
        [("bash", &["-n"][..]), ("zsh", &["-n"]), ("fish", &["--no-execute"]), ("powershell", &[])]
    {
        let run = fixture.run(&["completions", shell]);
        assert_eq!(run.code, 0, "{run:?}");
        for word in ["staged", "merge", "--shard"] {
            let word = if shell == "fish" { word.trim_start_matches('-') } else { word };
            assert!(run.stdout.contains(word), "{shell}: {word}");
        }
        if check.is_empty() {
            continue;
        }
        if let Some(output) = read_by(shell, check, &run.stdout) {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && said.is_empty(), "{shell}: {said}");
        }
    }
    assert_eq!(fixture.run(&["completions", "tcsh"]).code, 2);
}

/// The shell itself completes from the script, not only accepts it.
#[test]
fn bash_completes_a_command_and_a_format() {
    let fixture = Fixture::new();
    let script = fixture.run(&["completions", "bash"]).stdout;
    for (words, expected) in [
        ("secretscan stag", "staged"),
        ("secretscan scan --format mark", "markdown"),
        ("secretscan --sha", "--shard"),
    ] {
        let ask = format!(
            "{script}\nCOMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _secretscan secretscan \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; \
             echo \"${{COMPREPLY[@]}}\"\n"
        );
        let Some(output) = read_by("bash", &["--norc"], &ask) else { return };
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected, "{words}");
    }
}

#[test]
fn the_manual_page_has_every_command_and_is_understood_by_man() {
    let fixture = Fixture::new();
    let page = fixture.run(&["man"]);
    assert_eq!(page.code, 0, "{page:?}");
    for command in ["SCAN", "STAGED", "RULES", "EXPLAIN", "MERGE", "COMPLETIONS"] {
        assert!(page.stdout.contains(&format!(".SH \"SECRETSCAN {command}\"")), "{command}");
    }
    assert!(page.stdout.contains("Exit codes"), "{}", page.stdout);
    if let Some(output) = read_by("man", &["--warnings", "-l", "-"], &page.stdout) {
        let (text, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && text.contains("shard"), "{said}");
        assert_eq!(said, "", "warnings");
    }
}
