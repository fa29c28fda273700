//! A small folder becomes documents.

use super::*;

#[test]
fn files_become_documents_without_copies_and_credentials() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("root");
    std::fs::create_dir_all(&root).expect("created");
    let value = ["q7XvT2mK", "9wZ4bR8nYc5JdL3h"].concat();
    let words: String =
        (0..200).map(|n| format!("line number {n} says something of its own {}\n", n * n)).collect();
    for (name, text) in [
        ("a.yaml", format!("{words}api_secret_key: {value}\n")),
        ("b.yaml", format!("{words}api_secret_key: {value}\nand: more\n")),
        ("c.yaml", format!("{words}api_secret_key: {value}\n")),
        ("d.py", format!("import os\n\n# {}\nAPI_SECRET_KEY = \"{value}\"\n", "some words ".repeat(9))),
        ("e.js", "x".repeat(5000)),
        ("f.png", "not wanted".repeat(20)),
    ] {
        std::fs::write(root.join(name), text).expect("written");
    }
    let options = Options {
        roots: vec![root],
        collection: None,
        labels: PathBuf::new(),
        out: folder.path().join("text.jsonl"),
        bytes: 1 << 20,
        seed: 1,
    };
    let summary = gather(&options).expect("gathered");
    assert_eq!((summary.documents, summary.changed), (2, 2));
    assert_eq!(summary.left_out.get("copy"), Some(&1), "{:?}", summary.left_out);
    assert_eq!(summary.left_out.get("near-copy"), Some(&1));
    assert_eq!(summary.left_out.get("long-lines"), Some(&1));
    let written = std::fs::read_to_string(&options.out).expect("read");
    assert!(!written.contains(&value) && written.contains("API_SECRET_KEY"));
    let first: Document = serde_json::from_str(written.lines().next().expect("a line")).expect("a document");
    assert!(!first.text.is_empty());
    assert_eq!(gather(&options).expect("again").sha256, summary.sha256);
}
