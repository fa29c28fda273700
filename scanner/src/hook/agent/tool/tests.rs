use super::*;
use crate::hook::agent::Content;

/// Name, what it holds, and the lines that count; `disk` for a file as it is.
fn told(texts: &[Text]) -> Vec<(String, String, Scope)> {
    let content = |text: &Text| match &text.content {
        Content::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Content::Disk(_) => "disk".to_owned(),
    };
    texts.iter().map(|text| (text.name.clone(), content(text), text.scope.clone())).collect()
}

fn all(name: &str, content: &str) -> (String, String, Scope) {
    (name.to_owned(), content.to_owned(), Scope::All)
}

#[test]
fn the_shape_of_the_input_says_what_a_tool_does() {
    let base = Path::new("/p");
    for (tool, input, expected) in [
        ("Bash", json!({"command": "ls -l"}), vec![all("command.sh", "ls -l")]),
        ("shell", json!({"command": ["bash", "-lc", "ls"]}), vec![all("command.sh", "bash -lc ls")]),
        ("Write", json!({"file_path": "/p/a.py", "content": "x"}), vec![all("a.py", "x")]),
        ("create", json!({"path": "a.py", "file_text": "x"}), vec![all("a.py", "x")]),
        ("create_file", json!({"filePath": "/q/a.py", "content": "x"}), vec![all("/q/a.py", "x")]),
        (
            "Edit",
            json!({"file_path": "/p/a.py", "old_string": "o", "new_string": "n"}),
            vec![all("a.py", "n")],
        ),
        ("edit", json!({"path": "a.py", "old_str": "o", "new_str": "n"}), vec![all("a.py", "n")]),
        (
            "str_replace_editor",
            json!({"command": "insert", "path": "a.py", "insert_line": 1, "new_str": "n"}),
            vec![all("a.py", "n"), all("input.json", "{\n  \"insert_line\": 1\n}")],
        ),
        ("str_replace_editor", json!({"command": "view", "path": "a.py"}), vec![all("a.py", "disk")]),
        (
            "MultiEdit",
            json!({"file_path": "a.py", "edits": [{"old_string": "o", "new_string": "n"}, {"new_string": "m"}]}),
            vec![all("a.py", "n"), all("a.py", "m")],
        ),
        (
            "multi_replace_string_in_file",
            json!({"replacements": [{"filePath": "a.py", "oldString": "o", "newString": "n"},
                                    {"filePath": "b.py", "oldString": "o", "newString": "m"}]}),
            vec![all("a.py", "n"), all("b.py", "m")],
        ),
        (
            "NotebookEdit",
            json!({"notebook_path": "a.ipynb", "new_source": "n"}),
            vec![all("a.ipynb#cell.py", "n")],
        ),
        ("mcp__files__read_file", json!({"path": "a.py"}), vec![all("a.py", "disk")]),
        (
            "mcp__github__create_issue",
            json!({"title": "t", "body": "one\ntwo"}),
            vec![
                all("input.txt", "one\ntwo"),
                all("input.json", "{\n  \"title\": \"t\",\n  \"body\": null\n}"),
            ],
        ),
        (
            "apply_patch",
            json!({"command": "*** Begin Patch\n*** Add File: a.py\n+x\n*** End Patch"}),
            vec![("a.py".to_owned(), "x\n".to_owned(), Scope::Lines(vec![1..=1]))],
        ),
        ("TodoWrite", json!({"todos": []}), vec![]),
        (
            "odd",
            json!({"edits": [{"range": [1, 2], "value": "v"}]}),
            vec![all(
                "input.json",
                "{\n  \"edits\": [\n    {\n      \"range\": [\n        1,\n        2\n      ],\n      \"value\": \"v\"\n    }\n  ]\n}",
            )],
        ),
        (
            "odd",
            json!({"command": {"a": "b"}}),
            vec![all("input.json", "{\n  \"command\": {\n    \"a\": \"b\"\n  }\n}")],
        ),
    ] {
        assert_eq!(told(&before(tool, &input, base)), expected, "{tool} {input}");
    }
}

#[test]
fn of_a_file_that_is_read_in_part_only_that_part_counts() {
    let scope = |input: Value| before("Read", &input, Path::new("/p")).remove(0).scope;
    assert_eq!(scope(json!({"file_path": "a.py"})), Scope::All);
    assert_eq!(scope(json!({"file_path": "a.py", "offset": 10, "limit": 5})), Scope::Lines(vec![9..=16]));
    assert_eq!(scope(json!({"file_path": "a.py", "offset": 10})), Scope::Lines(vec![9..=u64::MAX]));
    assert_eq!(scope(json!({"file_path": "a.py", "limit": 5})), Scope::Lines(vec![1..=7]));
    assert_eq!(scope(json!({"file_path": "a.py", "view_range": [3, 4]})), Scope::Lines(vec![2..=5]));
    assert_eq!(scope(json!({"file_path": "a.py", "view_range": [3, -1]})), Scope::Lines(vec![2..=u64::MAX]));
    assert_eq!(scope(json!({"file_path": "a.py", "startLine": 3, "endLine": 4})), Scope::Lines(vec![2..=5]));
    assert_eq!(scope(json!({"file_path": "a.py", "offset": -5})), Scope::All);
}

#[test]
fn what_a_tool_gave_back_is_scanned_but_not_the_file_that_it_changed() {
    let base = Path::new("/p");
    let output = json!({"stdout": "out", "stderr": "", "code": "c"});
    assert_eq!(
        told(&after("Bash", &json!({"command": "ls"}), Some(&output), base)),
        [
            all("output.txt", "out"),
            all("output.txt", ""),
            all("output.json", "{\n  \"stdout\": null,\n  \"stderr\": null,\n  \"code\": \"c\"\n}"),
        ]
    );
    let file = json!({"type": "text", "file": {"filePath": "/p/a.py", "content": "x"}});
    assert_eq!(told(&after("Read", &json!({"file_path": "/p/a.py"}), Some(&file), base)), [all("a.py", "x")]);
    let edit = json!({"file_path": "/p/a.py", "old_string": "o", "new_string": "n"});
    assert_eq!(told(&after("Edit", &edit, Some(&json!({"originalFile": "o"})), base)), [all("a.py", "n")]);
}
