//! Families of file formats: what an unquoted word after an operator means there.

use crate::value::path::PathInfo;

/// A family of formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// A programming language: an unquoted word is an expression.
    Code,
    /// JSON: only numbers are unquoted.
    Json,
    /// YAML: the rest of the line is the value.
    Yaml,
    /// INI, properties, .env, configuration files: the rest of the line is the value.
    Properties,
    /// Shell scripts, Dockerfiles, makefiles: a word is the value.
    Shell,
    /// XML, HTML and relatives.
    Markup,
    /// Documentation, logs, unknown text.
    Prose,
}

/// The family of a file, from its name. Unknown names are prose: the most careful reading.
pub(super) fn of(path: &PathInfo) -> Family {
    if path.is_office_text() {
        return Family::Prose;
    }
    // Templates and samples: `config.yml.j2`, `settings.py.example`, `.env.dist`.
    let mut parts = path.name.rsplit('.');
    for part in parts.by_ref().take(3) {
        if matches!(
            part,
            "example"
                | "sample"
                | "dist"
                | "template"
                | "tmpl"
                | "tpl"
                | "j2"
                | "erb"
                | "bak"
                | "old"
                | "orig"
                | "in"
                | "local"
                | "default"
                | "ejs"
                | "jinja"
                | "jinja2"
        ) {
            continue;
        }
        if let Some(family) = by_extension(part) {
            return family;
        }
        break;
    }
    let name = path.name.as_str();
    if name.starts_with(".env")
        || name.ends_with("rc")
        || name.ends_with("env")
        || name.starts_with(".my.cnf")
    {
        Family::Properties
    } else if name.starts_with("dockerfile")
        || name.starts_with("makefile")
        || name.starts_with("jenkinsfile")
    {
        Family::Shell
    } else if matches!(
        name,
        "vagrantfile" | "gemfile" | "rakefile" | "podfile" | "brewfile" | "fastfile" | "appfile"
    ) {
        Family::Code
    } else {
        Family::Prose
    }
}

fn by_extension(extension: &str) -> Option<Family> {
    Some(match extension {
        "json" | "ipynb" | "jsonc" | "json5" | "webmanifest" | "har" | "tfstate" | "map" | "jsonl"
        | "ndjson" | "arb" => Family::Json,
        "yml" | "yaml" => Family::Yaml,
        "ini" | "properties" | "cfg" | "conf" | "cnf" | "env" | "config" | "editorconfig" | "prefs"
        | "desktop" | "service" | "toml" | "inf" | "rsp" | "envrc" | "txtpb" | "strings" | "reg" | "url"
        | "ovpn" | "netrc" | "ora" => Family::Properties,
        "sh" | "bash" | "zsh" | "fish" | "ksh" | "bat" | "cmd" | "ps1" | "psm1" | "psd1" | "dockerfile"
        | "mk" | "mak" | "make" | "csh" | "profile" | "bashrc" | "expect" => Family::Shell,
        "xml" | "html" | "htm" | "xhtml" | "plist" | "svg" | "csproj" | "props" | "targets" | "xaml"
        | "resx" | "vue" | "jsp" | "cshtml" | "ftl" | "wsdl" | "xsd" | "xslt" | "storyboard" | "xib"
        | "pubxml" | "aspx" | "asp" | "handlebars" | "hbs" | "twig" | "mustache" | "eex" | "leex"
        | "heex" | "njk" | "svelte" | "haml" | "phtml" => Family::Markup,
        "java" | "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "py" | "pyi" | "go" | "rb" | "php"
        | "c" | "cc" | "cpp" | "cxx" | "h" | "hpp" | "hh" | "hxx" | "cs" | "rs" | "kt" | "kts" | "scala"
        | "swift" | "m" | "mm" | "lua" | "pl" | "pm" | "t" | "r" | "jl" | "ex" | "exs" | "erl" | "hs"
        | "ml" | "fs" | "vb" | "vbs" | "dart" | "groovy" | "gradle" | "clj" | "cljs" | "elm" | "nim"
        | "zig" | "sql" | "proto" | "graphql" | "coffee" | "sol" | "cr" | "d" | "pas" | "tf" | "hcl"
        | "tfvars" | "cmake" | "rkt" | "lisp" | "el" | "vim" | "awk" | "tcl" | "s" | "asm" | "v" | "vhd"
        | "php5" | "inc" | "spec" | "rake" | "gemspec" | "jsonnet" | "libsonnet" | "bicep" | "nix" | "pp"
        | "star" | "bzl" | "cypher" | "plsql" | "pks" | "pkb" | "css" | "scss" | "less" | "sass"
        | "thrift" | "ahk" | "au3" | "ino" | "cu" | "rst2" => Family::Code,
        "md" | "markdown" | "rst" | "txt" | "adoc" | "asciidoc" | "log" | "tex" | "org" | "csv" | "tsv"
        | "po" | "pot" => Family::Prose,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_family() {
        for (name, family) in [
            ("main.rs", Family::Code),
            ("values.yaml.j2", Family::Yaml),
            (".env", Family::Properties),
            (".env.example", Family::Properties),
            ("settings.py.dist", Family::Code),
            ("dockerfile", Family::Shell),
            ("dockerfile.prod", Family::Shell),
            (".npmrc", Family::Properties),
            ("readme", Family::Prose),
            ("", Family::Prose),
        ] {
            let path = PathInfo { name: name.to_owned(), ..PathInfo::default() };
            assert_eq!(of(&path), family, "{name}");
        }
    }
}
