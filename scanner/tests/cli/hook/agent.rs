//! `secretscan hook agent`: events in the formats that the agents document, and the answers that they understand.

use serde_json::{Value, json};

use super::programs::{of_secretscan, search_path};
use crate::fixture::{Fixture, Run, github_token, password};

/// Runs the hook on an event. No secret may be in what it says.
fn ask(fixture: &Fixture, arguments: &[&str], event: &Value) -> Run {
    let arguments = [&["hook", "agent"], arguments].concat();
    let run = fixture.run_with_input(&arguments, event.to_string().as_bytes());
    for secret in [password(), github_token()] {
        assert!(!run.stdout.contains(&secret) && !run.stderr.contains(&secret), "{run:?}");
    }
    run
}

/// The answer's text under `reason` if it says `word` under `decision`, none if the event was allowed.
fn denied(run: &Run, decision: &[&str], word: &str, reason: &[&str]) -> Option<String> {
    assert_eq!(run.code, 0, "{run:?}");
    if run.stdout.is_empty() {
        return None;
    }
    let answer = run.json();
    let at = |keys: &[&str]| keys.iter().fold(&answer, |value, key| &value[*key]).clone();
    (at(decision) == json!(word)).then(|| at(reason).as_str().expect("a reason").to_owned())
}

fn claude_denies(run: &Run) -> Option<String> {
    let keys = |key| ["hookSpecificOutput", key];
    denied(run, &keys("permissionDecision"), "deny", &keys("permissionDecisionReason"))
}

fn blocks(run: &Run) -> Option<String> {
    denied(run, &["decision"], "block", &["reason"])
}

fn cursor_denies(run: &Run) -> Option<String> {
    denied(run, &["permission"], "deny", &["agent_message"])
}

fn copilot_denies(run: &Run) -> Option<String> {
    denied(run, &["permissionDecision"], "deny", &["permissionDecisionReason"])
}

fn code() -> String {
    format!(
        "import db\n\n\ndef connect():\n    db_password = '{}'\n    return db.open(db_password)\n",
        password()
    )
}

fn claude(fixture: &Fixture, event: &str, fields: &Value) -> Value {
    let mut all = json!({
        "session_id": "s", "transcript_path": "/tmp/t.jsonl", "cwd": fixture.path(), "permission_mode": "default",
        "hook_event_name": event,
    });
    let Value::Object(fields) = fields else { panic!("fields of an event") };
    all.as_object_mut().expect("an object").extend(fields.clone());
    all
}

#[test]
fn claude_code_is_denied_what_holds_a_secret_and_hears_nothing_else() {
    let fixture = Fixture::new();
    let file = fixture.path().join("src/app.py");
    fixture.write("src/secret.env", format!("DB_PASSWORD={}\n", password()));
    for (tool, input, place) in [
        (
            "Bash",
            json!({"command": format!("export GITHUB_TOKEN={}", github_token())}),
            "the command, line 1",
        ),
        ("Write", json!({"file_path": file, "content": code()}), "src/app.py, line 5"),
        ("Edit", json!({"file_path": file, "old_string": "x", "new_string": code()}), "src/app.py, line 5"),
        (
            "MultiEdit",
            json!({"file_path": file, "edits": [{"old_string": "x", "new_string": code()}]}),
            "src/app.py",
        ),
        ("Read", json!({"file_path": fixture.path().join("src/secret.env")}), "src/secret.env, line 1"),
        ("mcp__tracker__create", json!({"title": "t", "body": code()}), "the tool's input"),
        ("NotebookEdit", json!({"notebook_path": "n.ipynb", "new_source": code()}), "n.ipynb"),
    ] {
        let event = claude(&fixture, "PreToolUse", &json!({"tool_name": tool, "tool_input": input}));
        let reason =
            claude_denies(&ask(&fixture, &[], &event)).unwrap_or_else(|| panic!("{tool} was allowed"));
        assert!(
            reason.contains(place) && reason.contains("secretscan found 1 possible secret"),
            "{tool}: {reason}"
        );
    }
    for (tool, input) in [
        (
            "Bash",
            json!({"command": "git status && cargo test 2>&1 | tail -20", "description": "Run the tests"}),
        ),
        ("Write", json!({"file_path": file, "content": "db_password = os.environ['DB_PASSWORD']\n"})),
        ("Edit", json!({"file_path": file, "old_string": code(), "new_string": "x = 1\n"})),
        ("Read", json!({"file_path": fixture.path().join("missing.env")})),
        ("Read", json!({"file_path": fixture.path()})),
        ("Glob", json!({"pattern": "**/*.rs"})),
    ] {
        let event = claude(&fixture, "PreToolUse", &json!({"tool_name": tool, "tool_input": input}));
        let run = ask(&fixture, &[], &event);
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""), "{tool}");
    }
}

#[test]
fn prompts_and_outputs_are_blocked_in_claudes_and_codexs_words() {
    let fixture = Fixture::new();
    let prompt = format!("deploy with the token {} please", github_token());
    for codex in [false, true] {
        let event = |name: &str, mut fields: Value| {
            if codex {
                fields["turn_id"] = json!("t1");
            }
            claude(&fixture, name, &fields)
        };
        let run = ask(&fixture, &[], &event("UserPromptSubmit", json!({"prompt": prompt})));
        assert!(blocks(&run).is_some_and(|reason| reason.contains("the prompt, line 1")), "{run:?}");
        let output = json!({"stdout": code(), "stderr": "", "interrupted": false});
        let fields =
            json!({"tool_name": "Bash", "tool_input": {"command": "cat x"}, "tool_response": output});
        let run = ask(&fixture, &[], &event("PostToolUse", fields));
        assert!(blocks(&run).is_some_and(|reason| reason.contains("the tool's output")), "{run:?}");
        let run = ask(&fixture, &[], &event("UserPromptSubmit", json!({"prompt": "fix the login form"})));
        assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{run:?}");
        assert_eq!(ask(&fixture, &[], &event("SessionStart", json!({"source": "startup"}))).stdout, "");
    }
}

#[test]
fn codex_is_denied_a_patch_by_its_added_lines() {
    let fixture = Fixture::new();
    let event = |patch: String| {
        let input = json!({"tool_name": "apply_patch", "tool_input": {"command": patch}, "turn_id": "t1"});
        claude(&fixture, "PreToolUse", &input)
    };
    let patch = |sign: char| {
        let lines: String = code().lines().map(|line| format!("{sign}{line}\n")).collect();
        format!("*** Begin Patch\n*** Update File: src/app.py\n@@\n{lines}*** End Patch")
    };
    let reason = claude_denies(&ask(&fixture, &[], &event(patch('+')))).expect("a denial");
    assert!(reason.contains("src/app.py"), "{reason}");
    for sign in ['-', ' '] {
        assert_eq!(ask(&fixture, &[], &event(patch(sign))).stdout, "", "`{sign}` brings no secret");
    }
}

#[test]
fn cursor_gets_its_own_answers() {
    let fixture = Fixture::new();
    let event = |name: &str, fields: Value| {
        let mut all = json!({"hook_event_name": name, "conversation_id": "c", "generation_id": "g",
            "cursor_version": "3.0", "workspace_roots": [fixture.path()]});
        all.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        all
    };
    let secret = fixture.write("a.env", format!("DB_PASSWORD={}\n", password()));
    for (name, fields) in [
        ("beforeShellExecution", json!({"command": format!("mysql --password={}", password()), "cwd": ""})),
        ("beforeReadFile", json!({"file_path": "/x/app.py", "content": code(), "attachments": []})),
        ("beforeMCPExecution", json!({"tool_name": "q", "tool_input": json!({"body": code()}).to_string()})),
        (
            "preToolUse",
            json!({"tool_name": "Write", "tool_input": {"file_path": "/x/app.py", "contents": code()}}),
        ),
    ] {
        assert!(cursor_denies(&ask(&fixture, &[], &event(name, fields))).is_some(), "{name}");
    }
    let run = ask(&fixture, &[], &event("beforeShellExecution", json!({"command": "ls", "cwd": "/x"})));
    assert_eq!(run.json(), json!({"permission": "allow"}));
    let prompt = |text: &str, attachments: Value| {
        ask(&fixture, &[], &event("beforeSubmitPrompt", json!({"prompt": text, "attachments": attachments})))
            .json()
    };
    assert_eq!(prompt("hello", json!([])), json!({"continue": true}));
    let refused = prompt(&format!("use {}", github_token()), json!([]));
    assert!(refused["continue"] == json!(false) && refused["user_message"].is_string(), "{refused}");
    let refused = prompt("see the file", json!([{"type": "file", "file_path": secret}]));
    assert!(refused["user_message"].as_str().is_some_and(|text| text.contains("a.env, line 1")), "{refused}");
    let edits = json!([{"old_string": "", "new_string": code()}]);
    let run = ask(&fixture, &[], &event("afterFileEdit", json!({"file_path": "/x/app.py", "edits": edits})));
    assert!(run.code == 0 && run.stderr.contains("/x/app.py, line 5"), "{run:?}");
}

#[test]
fn copilot_gets_its_own_answers() {
    let fixture = Fixture::new();
    let event = |tool: &str, arguments: Value| json!({"timestamp": 1_704_614_600_000_u64, "cwd": fixture.path(), "toolName": tool, "toolArgs": arguments});
    let create = json!({"path": "src/app.py", "file_text": code()});
    for arguments in [create.clone(), json!(create.to_string())] {
        let reason = copilot_denies(&ask(&fixture, &[], &event("create", arguments))).expect("a denial");
        assert!(reason.contains("src/app.py, line 5"), "{reason}");
    }
    assert_eq!(ask(&fixture, &[], &event("bash", json!({"command": "ls"}))).stdout, "");
    let mut after = event("bash", json!({"command": "cat x"}));
    after["toolResult"] = json!({"resultType": "success", "textResultForLlm": code()});
    let answer = ask(&fixture, &[], &after).json();
    assert!(answer["modifiedResult"]["textResultForLlm"].to_string().contains("withheld"), "{answer}");
    let prompt = json!({"timestamp": 1, "cwd": fixture.path(), "prompt": format!("use {}", github_token())});
    let run = ask(&fixture, &[], &prompt);
    assert!(run.code == 2 && run.stderr.contains("the prompt, line 1") && run.stdout.is_empty(), "{run:?}");
}

/// What stood in a file before is nobody's business when another line is edited, and what is read in part is judged so.
#[test]
fn an_edit_is_judged_in_its_file_and_only_where_it_changes() {
    let fixture = Fixture::new();
    let file = fixture.write("app.py", format!("{}timeout = 10\n", code()));
    let edit = |old: &str, new: &str| {
        let input = json!({"file_path": file, "old_string": old, "new_string": new});
        claude_denies(&ask(
            &fixture,
            &[],
            &claude(&fixture, "PreToolUse", &json!({"tool_name": "Edit", "tool_input": input})),
        ))
    };
    assert_eq!(edit("timeout = 10", "timeout = 20"), None);
    let other = format!("timeout = 10\nadmin_password = '{}'", password());
    assert!(edit("timeout = 10", &other).is_some_and(|reason| reason.contains("app.py, line 8")));
    // The name stands in the file, the value alone in the edit.
    assert!(
        edit(&password(), &format!("{}!x", password()))
            .is_some_and(|reason| reason.contains("app.py, line 5"))
    );
    let read = |fields: Value| {
        let mut input = fields;
        input["file_path"] = json!(file);
        claude_denies(&ask(
            &fixture,
            &[],
            &claude(&fixture, "PreToolUse", &json!({"tool_name": "Read", "tool_input": input})),
        ))
    };
    assert!(read(json!({})).is_some());
    assert_eq!(read(json!({"offset": 7, "limit": 5})), None);
}

#[test]
fn with_mode_warn_everything_goes_on_and_the_user_is_told() {
    let fixture = Fixture::new();
    let command = format!("export GITHUB_TOKEN={}", github_token());
    let event =
        claude(&fixture, "PreToolUse", &json!({"tool_name": "Bash", "tool_input": {"command": command}}));
    let run = ask(&fixture, &["--mode", "warn"], &event);
    assert!(
        run.code == 0 && run.json()["systemMessage"].to_string().contains("the command, line 1"),
        "{run:?}"
    );
    let event = json!({"hook_event_name": "beforeShellExecution", "command": command, "cwd": fixture.path()});
    let answer = ask(&fixture, &["--mode", "warn"], &event).json();
    assert!(answer["permission"] == json!("allow") && answer["user_message"].is_string(), "{answer}");
}

#[test]
fn an_event_that_cannot_be_read_is_stopped() {
    let fixture = Fixture::new();
    for input in [
        Vec::new(),
        b"not JSON".to_vec(),
        b"{}".to_vec(),
        b"{\"hook_event_name\":\"PreToolUse\"}".to_vec(),
        b"{\"hook_event_name\":\"SomethingNew\",\"prompt\":\"x\"}".to_vec(),
        format!("{{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"{}", password()).into_bytes(),
        "{\"x\":".repeat(10_000).into_bytes(),
    ] {
        for mode in ["block", "warn"] {
            let run = fixture.run_with_input(&["hook", "agent", "--mode", mode], &input);
            assert!(run.code == 2 && run.stdout.is_empty() && !run.stderr.is_empty(), "{run:?}");
            assert!(!run.stderr.contains(&password()), "{run:?}");
        }
    }
    // So is one for which the configuration is broken.
    fixture.write(".secretscan.toml", "preset = 'bold'\n");
    let run = ask(
        &fixture,
        &[],
        &claude(&fixture, "PreToolUse", &json!({"tool_name": "Bash", "tool_input": {"command": "ls"}})),
    );
    assert!(run.code == 2 && run.stderr.contains(".secretscan.toml"), "{run:?}");
}

#[test]
#[cfg(unix)]
fn a_file_that_cannot_be_scanned_is_not_shown() {
    let fixture = Fixture::new();
    // A gzip file that ends early: what is in it cannot be known.
    let file = fixture.write("a.gz", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]);
    let event =
        claude(&fixture, "PreToolUse", &json!({"tool_name": "Read", "tool_input": {"file_path": file}}));
    let reason = claude_denies(&ask(&fixture, &[], &event)).expect("a denial");
    assert!(reason.contains("could not be scanned"), "{reason}");
}

#[test]
fn the_configuration_of_the_agents_folder_counts_for_files_and_for_nothing_else() {
    let fixture = Fixture::new();
    fixture.write(".secretscan.toml", "[allow]\npaths = ['fixtures/', '*.txt', '*.sh']\n");
    let write = |path: &str| {
        let input = json!({"file_path": fixture.path().join(path), "content": code()});
        claude(&fixture, "PreToolUse", &json!({"tool_name": "Write", "tool_input": input}))
    };
    let elsewhere = Fixture::new();
    assert_eq!(claude_denies(&ask(&elsewhere, &[], &write("fixtures/app.py"))), None);
    assert!(claude_denies(&ask(&elsewhere, &[], &write("src/app.py"))).is_some());
    let prompt = claude(&fixture, "UserPromptSubmit", &json!({"prompt": format!("use {}", github_token())}));
    assert!(blocks(&ask(&elsewhere, &[], &prompt)).is_some());
}

/// The printed command is what agents run through a shell: with the program, and where it is missing.
#[test]
fn the_printed_configuration_works_and_fails_closed() {
    let fixture = Fixture::new();
    let command = format!("export GITHUB_TOKEN={}", github_token());
    for (agent, path) in [
        ("claude", &["hooks", "PreToolUse"][..]),
        ("codex", &["hooks", "PreToolUse"]),
        ("cursor", &["hooks", "beforeShellExecution"]),
        ("copilot", &["hooks", "preToolUse"]),
    ] {
        let run = fixture.run(&["hook", "agent", "--print-config", agent]);
        assert_eq!(run.code, 0, "{run:?}");
        let config = run.json();
        let entry = &path.iter().fold(&config, |value, key| &value[*key])[0];
        let hook = if entry["hooks"].is_array() { &entry["hooks"][0] } else { entry };
        let printed = hook["command"].as_str().or(hook["bash"].as_str()).expect("a command").to_owned();
        let event =
            claude(&fixture, "PreToolUse", &json!({"tool_name": "Bash", "tool_input": {"command": command}}));
        let shell = |path: std::ffi::OsString| {
            let mut shell = std::process::Command::new("/bin/sh");
            shell.args(["-c", &printed]).env_clear().env("PATH", path).env("HOME", fixture.home());
            let mut shell = assert_cmd::Command::from_std(shell);
            shell.write_stdin(event.to_string()).output().expect("a shell")
        };
        let answer = shell(search_path(&[of_secretscan()]));
        assert!(String::from_utf8_lossy(&answer.stdout).contains("deny"), "{agent}: {answer:?}");
        let missing = shell("/nowhere".into()).status.code().expect("a code");
        let wanted = if agent == "copilot" { 127 } else { 2 };
        assert_eq!(missing, wanted, "{agent} takes this for a denial");
    }
}
