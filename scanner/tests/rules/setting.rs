//! The five settings: what a file looks like in which people keep a secret under a name.

use crate::name::Name;

/// Where a secret stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Setting {
    Code,
    Json,
    Yaml,
    Env,
    Shell,
}

pub(crate) const SETTINGS: [Setting; 5] =
    [Setting::Code, Setting::Json, Setting::Yaml, Setting::Env, Setting::Shell];

/// A file's name, and what stands before and after the value.
pub(crate) struct Place {
    pub(crate) file: &'static str,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// A place for `value` in the setting; `turn` chooses among the habits that people have there.
pub(crate) fn place(setting: Setting, name: &Name, value: &str, turn: usize) -> Place {
    match setting {
        Setting::Code => code(name, turn),
        Setting::Json => json(name, turn),
        Setting::Yaml => yaml(name, value, turn),
        Setting::Env => env(name, value),
        Setting::Shell => shell(name, turn),
    }
}

/// A constant in one of ten languages.
fn code(name: &Name, turn: usize) -> Place {
    let (file, head, line, tail) = match turn % 10 {
        0 => (
            "src/settings.py",
            "import os\n\nDEBUG = False\n",
            format!("{} = \"", name.upper()),
            "\"\nTIMEOUT = 30\n",
        ),
        1 => (
            "src/client.js",
            "import { connect } from './net.js';\n\n",
            format!("const {} = '", name.camel()),
            "';\n\nexport const client = connect();\n",
        ),
        2 => (
            "internal/app/config.go",
            "package app\n\nfunc setup() {\n",
            format!("\t{} := \"", name.camel()),
            "\"\n\trun()\n}\n",
        ),
        3 => (
            "src/main/java/io/kestrel/Config.java",
            "package io.kestrel;\n\npublic final class Config {\n",
            format!("    private static final String {} = \"", name.upper()),
            "\";\n}\n",
        ),
        4 => ("lib/config.rb", "module Kestrel\n", format!("  {} = '", name.upper()), "'.freeze\nend\n"),
        5 => ("src/config.php", "<?php\n\n", format!("${} = '", name.camel()), "';\n"),
        6 => (
            "src/Settings.cs",
            "namespace Kestrel;\n\npublic static class Settings\n{\n",
            format!("    public const string {} = \"", name.pascal()),
            "\";\n}\n",
        ),
        7 => {
            ("src/config.rs", "//! Settings.\n\n", format!("pub const {}: &str = \"", name.upper()), "\";\n")
        }
        8 => (
            "src/config.ts",
            "export const retries = 3;\n",
            format!("export const {}: string = \"", name.camel()),
            "\";\n",
        ),
        _ => (
            "app/src/main/kotlin/Config.kt",
            "object Config {\n",
            format!("    const val {} = \"", name.upper()),
            "\"\n}\n",
        ),
    };
    Place { file, before: format!("{head}{line}"), after: tail.to_owned() }
}

fn json(name: &Name, turn: usize) -> Place {
    let name = if turn.is_multiple_of(2) { name.snake() } else { name.camel() };
    Place {
        file: "config/production.json",
        before: format!("{{\n  \"region\": \"eu-west-1\",\n  \"{name}\": \""),
        after: "\",\n  \"timeout\": 30\n}\n".to_owned(),
    }
}

fn yaml(name: &Name, value: &str, turn: usize) -> Place {
    let name = if turn % 3 == 2 { name.kebab() } else { name.snake() };
    // What a plain scalar may not begin with or hold (YAML 1.2, 7.3.3), and numbers, which would not stay text.
    let plain = !value.starts_with(|c: char| "-?:,[]{}#&*!|>'\"%@`".contains(c))
        && !value.contains(": ")
        && !value.contains(" #")
        && !value.bytes().all(|byte| byte.is_ascii_digit());
    let quote = if plain && !turn.is_multiple_of(2) { "" } else { "\"" };
    Place {
        file: "deploy/values.yaml",
        before: format!("replicas: 2\nservice:\n  port: 8080\n  {name}: {quote}"),
        after: format!("{quote}\n  level: info\n"),
    }
}

fn env(name: &Name, value: &str) -> Place {
    let quote = if value.contains([' ', '#', '$', '\'', '`', '\\']) { "\"" } else { "" };
    Place {
        file: ".env",
        before: format!("PORT=8080\nLOG_LEVEL=info\n{}={quote}", name.upper()),
        after: format!("{quote}\nWORKERS=4\n"),
    }
}

fn shell(name: &Name, turn: usize) -> Place {
    let (line, tail) = match turn % 3 {
        0 => (format!("export {}=\"", name.upper()), "\"\nexec ./run\n"),
        1 => (format!("{}='", name.upper()), "' ./deploy.sh production\n"),
        _ => (format!("./bin/deploy --{} '", name.kebab()), "' --region eu-west-1\n"),
    };
    Place { file: "bin/start.sh", before: format!("#!/bin/sh\nset -eu\n{line}"), after: tail.to_owned() }
}
