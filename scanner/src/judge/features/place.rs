//! The path: what kind of file by its ending, how deep.

use crate::value::path::PathInfo;

/// True if the extension is one of these.
fn ends(path: &PathInfo, extensions: &[&str]) -> bool {
    extensions.contains(&path.extension.as_str())
}

table! {
    /// Appends the numbers.
    p: PathInfo;
    "path: folders" => p.path.bytes().filter(|b| *b == b'/').count(),
    "path: bytes of the file name" => p.name.len(),
    "path: begins with a dot" => p.name.starts_with('.'),
    "path: no extension" => p.extension.is_empty(),
    "path: lock file" => p.lock_file,
    "path: prose" => p.is_prose(),
    "path: Python" => ends(p, &["py", "ipynb", "pyx"]),
    "path: JavaScript" => ends(p, &["js", "jsx", "mjs", "cjs", "vue", "svelte"]),
    "path: TypeScript" => ends(p, &["ts", "tsx"]),
    "path: Java" => ends(p, &["java", "kt", "kts", "scala", "groovy", "gradle"]),
    "path: C" => ends(p, &["c", "h", "cc", "cpp", "cxx", "hpp", "m", "mm"]),
    "path: C#" => ends(p, &["cs", "vb", "fs", "cshtml"]),
    "path: Go" => ends(p, &["go"]),
    "path: PHP" => ends(p, &["php", "phpt", "twig"]),
    "path: Ruby" => ends(p, &["rb", "erb", "rake", "haml"]),
    "path: other code" => ends(p, &["rs", "swift", "dart", "lua", "pl", "pm", "ex", "exs", "erl", "hs", "clj", "r"]),
    "path: shell" => ends(p, &["sh", "bash", "zsh", "ps1", "bat", "cmd", "fish", "psm1"]),
    "path: YAML" => ends(p, &["yml", "yaml"]),
    "path: JSON" => ends(p, &["json", "json5", "jsonl"]),
    "path: settings" => ends(p, &["ini", "cfg", "conf", "config", "properties", "toml", "env", "cnf"]),
    "path: markup" => ends(p, &["xml", "html", "htm", "xhtml", "plist", "resx", "svg"]),
    "path: Terraform" => ends(p, &["tf", "tfvars", "hcl"]),
    "path: SQL" => ends(p, &["sql"]),
    "path: Markdown" => ends(p, &["md", "mdx", "markdown", "rst", "adoc"]),
    "path: plain text" => ends(p, &["txt", "log", "csv", "tsv"]),
    "path: key file" => ends(p, &["pem", "key", "crt", "cer", "pub", "p12", "asc"]),
    "path: template" => ends(p, &["template", "tpl", "j2", "tmpl", "erb", "example", "sample", "dist"]),
    "path: snapshot" => ends(p, &["snap", "golden", "approved", "har", "cassette"]),
}
