//! Acceptance of passwords that people choose: 300 of them, of every style, in eight syntaxes of assignment (Q4).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::generator::human::{STYLES, Style};
use crate::generator::outcome::{redacted, scan};
use crate::generator::rng::Rng;
use crate::generator::{Place, write};

const SEED: u64 = 4_2026;
const COUNT: usize = 300;
const RECALL: f64 = 0.95;

/// A way to write an assignment: name, file, lines before, the line, lines after. `KEY` and `VALUE` are filled in.
struct Syntax {
    name: &'static str,
    file: &'static str,
    head: &'static str,
    line: &'static str,
    tail: &'static str,
    /// True if a value with spaces can stand here.
    quoted: bool,
}

const SYNTAXES: &[Syntax] = &[
    Syntax {
        name: "python",
        file: "app/settings.py",
        head: "import os\n\nTIMEOUT = 30\nHOST = os.environ.get('DB_HOST', 'localhost')\n",
        line: "KEY = \"VALUE\"",
        tail: "\nRETRIES = 3\n",
        quoted: true,
    },
    Syntax {
        name: "javascript",
        file: "src/db.js",
        head: "const { Pool } = require('pg');\n\nmodule.exports = new Pool({\n  host: 'db.internal',\n  user: 'catalog',\n",
        line: "  KEY: 'VALUE',",
        tail: "\n  max: 20,\n});\n",
        quoted: true,
    },
    Syntax {
        name: "java",
        file: "src/main/java/Mail.java",
        head: "public final class Mail {\n    private static final int PORT = 587;\n",
        line: "    private final String KEY = \"VALUE\";",
        tail: "\n}\n",
        quoted: true,
    },
    Syntax {
        name: "json",
        file: "config/mail.json",
        head: "{\n  \"host\": \"smtp.kestrel-labs.io\",\n  \"user\": \"mailer\",\n",
        line: "  \"KEY\": \"VALUE\",",
        tail: "\n  \"port\": 587\n}\n",
        quoted: true,
    },
    Syntax {
        name: "yaml",
        file: "config/database.yml",
        head: "production:\n  adapter: postgresql\n  host: db.internal\n  username: catalog\n",
        line: "  KEY: VALUE",
        tail: "\n  pool: 5\n",
        quoted: false,
    },
    Syntax {
        name: "env",
        file: ".env",
        head: "APP_ENV=production\nDB_HOST=db.internal\nDB_USER=catalog\n",
        line: "KEY=VALUE",
        tail: "\nLOG_LEVEL=info\n",
        quoted: false,
    },
    Syntax {
        name: "properties",
        file: "src/main/resources/app.properties",
        head: "app.name=billing\nspring.datasource.username=billing\n",
        line: "spring.datasource.KEY=VALUE",
        tail: "\nserver.port=8080\n",
        quoted: false,
    },
    Syntax {
        name: "xml",
        file: "conf/context.xml",
        head: "<Context>\n",
        line: "  <Resource name=\"jdbc/crm\" username=\"crm\" KEY=\"VALUE\" maxTotal=\"20\" />",
        tail: "\n</Context>\n",
        quoted: true,
    },
];

const KEYS: &[&str] = &[
    "password",
    "passwd",
    "db_password",
    "DB_PASSWORD",
    "smtpPassword",
    "pwd",
    "adminPass",
    "root_password",
];

struct Written {
    style: &'static str,
    syntax: &'static str,
    path: String,
    place: Place,
    value: String,
}

fn build(root: &Path) -> Vec<Written> {
    let mut rng = Rng::for_label(SEED, "human-passwords");
    (0..COUNT)
        .map(|number| {
            let (style, make): Style = STYLES[number % STYLES.len()];
            let spaced = style.ends_with("spaces");
            // The number of styles and of syntaxes have no common factor: every pair comes up.
            let syntax = (0..SYNTAXES.len())
                .map(|step| &SYNTAXES[(number + step) % SYNTAXES.len()])
                .find(|syntax| syntax.quoted || !spaced)
                .expect("some syntaxes are quoted");
            let value = make(&mut rng);
            let shown = if syntax.name == "xml" { value.replace('&', "&amp;") } else { value.clone() };
            let before = format!("{}{}", syntax.head, syntax.line.replace("KEY", rng.pick(KEYS)));
            let start = before.find("VALUE").expect("a syntax has a value");
            let text = format!("{}{}", before.replacen("VALUE", &shown, 1), syntax.tail);
            let path = format!("service-{number:03}/{}", syntax.file);
            write(root, &path, &text);
            let place = Place::of(&text, &(start..start + shown.len()));
            Written { style, syntax: syntax.name, path, place, value }
        })
        .collect()
}

#[test]
fn every_style_meets_every_fitting_syntax() {
    let root = tempfile::Builder::new().prefix("kestrel").tempdir().expect("a temporary folder");
    let all = build(root.path());
    let pairs: std::collections::BTreeSet<_> =
        all.iter().map(|written| (written.style, written.syntax)).collect();
    let fitting = (STYLES.len() - 1) * SYNTAXES.len();
    assert!(STYLES.len() >= 15 && SYNTAXES.len() == 8 && all.len() == COUNT);
    assert!(pairs.len() >= fitting, "{} of {fitting} pairs", pairs.len());
    for written in &all {
        let text = fs::read_to_string(root.path().join(&written.path)).expect("written");
        let (line, column) = written.place.start;
        let tail: String =
            text.lines().nth(line - 1).expect("a line").chars().skip(column - 1).take(3).collect();
        assert!(written.value.starts_with(&tail) || tail.contains('&'), "{}", written.path);
    }
}

#[test]
fn passwords_stay_short_and_free_of_syntax() {
    let mut rng = Rng::for_label(9, "styles");
    for (style, make) in STYLES {
        for _ in 0..200 {
            let value = make(&mut rng);
            assert!(
                (5..=48).contains(&value.chars().count()),
                "{style}: {} characters",
                value.chars().count()
            );
            assert!(!value.contains(['"', '\'', '\\', ';', '`', '<', '\n']), "{style}");
            assert_eq!(value.contains(' '), style.ends_with("spaces"), "{style}");
        }
    }
}

#[test]
fn human_passwords_are_found() {
    let root = tempfile::Builder::new().prefix("kestrel").tempdir().expect("a temporary folder");
    let all = build(root.path());
    let findings = scan(root.path());
    let mut by_style: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut by_syntax: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut misses = String::new();
    for written in &all {
        let found = findings
            .iter()
            .any(|finding| finding.path == written.path && finding.place().overlaps(&written.place));
        for count in
            [by_style.entry(written.style).or_default(), by_syntax.entry(written.syntax).or_default()]
        {
            count.0 += usize::from(found);
            count.1 += 1;
        }
        if !found {
            let _ = writeln!(
                misses,
                "  {:<20} {:<11} {}",
                written.style,
                written.syntax,
                redacted(&written.value)
            );
        }
    }
    let found: usize = by_style.values().map(|(found, _)| found).sum();
    let mut report = format!("found {found} of {COUNT}\n\nby style:\n");
    for (name, (found, all)) in by_style.iter().chain(&by_syntax) {
        let _ = writeln!(report, "  {name:<20} {found:>3} of {all}");
    }
    let _ = writeln!(report, "\nmissed:\n{misses}");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus");
    fs::create_dir_all(&folder).expect("the target folder is writable");
    fs::write(folder.join("human-passwords.txt"), &report).expect("the target folder is writable");
    assert!(found as f64 / COUNT as f64 >= RECALL, "{report}");
}
