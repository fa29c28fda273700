//! What a path says about its content.
//!
//! Works on the words of the path alone; never looks at the file system. Both `/` and `\` separate parts, because
//! a report made on Windows must not differ from one made in CI.

mod pattern;

/// What a path says about its content, computed once a blob.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not a state")]
pub struct PathInfo {
    /// The path with `/` between parts.
    pub path: String,
    /// File name, lower case.
    pub name: String,
    /// Extension, lower case, without the dot; empty if there is none (`.env` has none).
    pub extension: String,
    /// In a test, fixture or mock.
    pub test: bool,
    /// In an example, a sample or documentation.
    pub example: bool,
    /// Vendored, generated or minified by its path.
    pub generated: bool,
    /// A package manager's lock file.
    pub lock_file: bool,
}

impl PathInfo {
    /// Reads a path as shown to the user. Any string will do; an empty one says nothing.
    pub fn new(path: &str) -> Self {
        let path = path.replace('\\', "/");
        let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
        let extension = extension(&name).to_owned();
        let folder = &path[..path.len() - path.rsplit('/').next().map_or(0, str::len)];
        let mut info = Self { name, extension, ..Self::default() };
        for part in folder.split('/').filter(|part| !part.is_empty() && *part != "." && *part != "..") {
            let words = words(part);
            info.test |= pattern::is_test_folder(&words);
            info.example |= pattern::is_example_folder(&words);
            info.generated |= pattern::is_foreign_folder(&part.to_lowercase());
        }
        let stem = words(path[folder.len()..].split('.').find(|part| !part.is_empty()).unwrap_or_default());
        info.test |= pattern::is_test_file(&stem, &info.name);
        info.example |= pattern::is_example_file(&info.name, &info.extension);
        info.generated |= pattern::is_generated_file(&info.name);
        info.lock_file = pattern::is_lock_file(&info.name);
        info.path = path;
        info
    }

    /// Strings for people in some language: i18n catalogues and locale folders.
    pub fn is_translation(&self) -> bool {
        pattern::is_translation(&self.path.to_lowercase(), &self.extension)
    }

    /// What people read of an office document, drawn out of the XML of one of its parts.
    pub fn is_office_text(&self) -> bool {
        let Some((_, part)) = self.path.rsplit_once("!/") else { return false };
        self.extension == "xml"
            && (part == "content.xml"
                || ["word/", "xl/worksheets/", "ppt/slides/"].iter().any(|folder| part.starts_with(folder)))
    }

    /// Prose: Markdown, reStructuredText, plain text, HTML pages, manuals.
    pub fn is_prose(&self) -> bool {
        matches!(
            self.extension.as_str(),
            "md" | "markdown"
                | "mdx"
                | "rst"
                | "adoc"
                | "asciidoc"
                | "txt"
                | "tex"
                | "org"
                | "pod"
                | "textile"
        )
    }
}

/// What follows the last dot, if something stands before it.
fn extension(name: &str) -> &str {
    match name.rfind('.') {
        Some(at) if at > 0 && at + 1 < name.len() => &name[at + 1..],
        _ => "",
    }
}

/// The words of a path part, lower case: split at punctuation and at camel humps.
fn words(part: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut after_lower = false;
    for c in part.chars() {
        if (!c.is_alphanumeric() || c.is_uppercase() && after_lower) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_office_documents_is_told_from_their_xml() {
        for (path, expected) in [
            ("a.docx!/word/document.xml", true),
            ("b.zip!/a.xlsx!/xl/worksheets/sheet2.xml", true),
            ("a.ods!/content.xml", true),
            ("a.docx!/_rels/.rels", false),
            ("src/content.xml", false),
        ] {
            assert_eq!(PathInfo::new(path).is_office_text(), expected, "{path}");
        }
    }

    #[test]
    fn parts_and_extension() {
        let cases = [
            ("src/App.Config", "app.config", "config"),
            (r"C:\work\Main.CS", "main.cs", "cs"),
            (".env", ".env", ""),
            ("a/.env.local", ".env.local", "local"),
            ("Makefile", "makefile", ""),
            ("x.", "x.", ""),
            ("", "", ""),
            ("dir/", "", ""),
        ];
        for (path, name, extension) in cases {
            let info = PathInfo::new(path);
            assert_eq!((info.name.as_str(), info.extension.as_str()), (name, extension), "{path}");
        }
        assert_eq!(PathInfo::new(r"a\b\c.rs").path, "a/b/c.rs");
    }

    #[test]
    fn flags_follow_folders_and_names() {
        // (path, test, example, generated, lock file)
        let cases = [
            ("src/main.rs", [false; 4]),
            ("src/latest/contest.rs", [false; 4]),
            ("src/attestation/greatest.py", [false; 4]),
            ("lib/protest.py", [false; 4]),
            ("tests/unit/a.py", [true, false, false, false]),
            (r"proj\src\Test\java\A.java", [true, false, false, false]),
            ("src/LoginTest.java", [true, false, false, false]),
            ("src/login.spec.ts", [true, false, false, false]),
            ("pkg/login_test.go", [true, false, false, false]),
            ("test_login.py", [true, false, false, false]),
            ("App.IntegrationTests/a.cs", [true, false, false, false]),
            ("spec/fixtures/vcr_cassettes/a.yml", [true, false, false, false]),
            ("examples/a.py", [false, true, false, false]),
            ("docs/guide.md", [false, true, false, false]),
            ("README.md", [false, true, false, false]),
            (".env.example", [false, true, false, false]),
            ("config.sample.yml", [false, true, false, false]),
            ("settings.dist.php", [false, true, false, false]),
            ("node_modules/a/index.js", [false, false, true, false]),
            ("vendor/github.com/a/b.go", [false, false, true, false]),
            ("static/jquery.min.js", [false, false, true, false]),
            ("dist/app.bundle.js", [false, false, true, false]),
            ("api/v1.pb.go", [false, false, true, false]),
            ("Form.Designer.cs", [false, false, true, false]),
            ("app.js.map", [false, false, true, false]),
            ("package-lock.json", [false, false, false, true]),
            (r"web\yarn.lock", [false, false, false, true]),
            ("Cargo.lock", [false, false, false, true]),
            ("go.sum", [false, false, false, true]),
            ("a/npm-shrinkwrap.json", [false, false, false, true]),
        ];
        for (path, [test, example, generated, lock_file]) in cases {
            let info = PathInfo::new(path);
            assert_eq!(
                (info.test, info.example, info.generated, info.lock_file),
                (test, example, generated, lock_file),
                "{path}"
            );
        }
    }

    #[test]
    fn translations_are_catalogues_and_locale_folders() {
        for path in [
            "src/i18n/en.json",
            "config/locales/de.yml",
            "messages_fr.properties",
            "po/de.po",
            "res/values-pl/strings.xml",
        ] {
            assert!(PathInfo::new(path).is_translation(), "{path}");
        }
        for path in ["src/en.rs", "config/de.yml", "localhost/a.json", "application.properties"] {
            assert!(!PathInfo::new(path).is_translation(), "{path}");
        }
    }
}
