//! How much of each sort of file is wanted.

/// Shares of the extensions, of their sum. Configuration, where credentials stand, comes first.
#[rustfmt::skip]
const SHARES: &[(&str, f32)] = &[
    ("yaml", 6.0), ("yml", 8.0), ("json", 8.0), ("env", 3.0), ("ini", 3.0), ("properties", 4.0), ("xml", 5.0), ("toml", 4.0),
    ("tf", 3.0), ("conf", 4.0), ("cfg", 3.0), ("config", 2.0), ("sh", 6.0), ("bash", 1.0), ("ps1", 2.0), ("bat", 1.0),
    ("sql", 3.0), ("php", 4.0), ("js", 7.0), ("mjs", 1.0), ("ts", 6.0), ("tsx", 2.0), ("jsx", 1.0), ("py", 9.0), ("java", 6.0), ("kt", 2.0),
    ("scala", 1.0), ("groovy", 1.5), ("gradle", 1.5), ("go", 6.0), ("cs", 5.0), ("rb", 4.0), ("rs", 4.0), ("swift", 2.0),
    ("c", 2.0), ("h", 1.0), ("cpp", 2.0), ("pl", 2.0), ("lua", 1.0), ("ex", 1.0), ("exs", 1.0), ("dart", 1.0), ("md", 6.0), ("rst", 2.0),
    ("txt", 1.5), ("html", 3.0), ("vue", 1.0), ("erb", 0.5), ("ipynb", 1.0), ("dockerfile", 2.0), ("makefile", 1.0),
    ("service", 0.5), ("plist", 1.0), ("csproj", 0.5), ("vim", 0.3), ("el", 0.3), ("r", 0.5), ("m", 1.0), ("mk", 0.5), ("tpl", 1.0),
    ("j2", 1.0), ("example", 1.0), ("sample", 1.0), ("template", 1.0), ("proto", 0.5), ("graphql", 0.5), ("css", 0.5),
];

/// The sort of a file: its extension, or what its name says without one. `None` for sorts that are not wanted.
pub(super) fn sort(path: &str) -> Option<(&'static str, f32)> {
    let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let by_name = if name.starts_with("dockerfile") {
        Some("dockerfile")
    } else if name.starts_with("makefile") {
        Some("makefile")
    } else if name.starts_with(".env") || name.ends_with("rc") {
        Some("env")
    } else {
        None
    };
    let extension = by_name.unwrap_or_else(|| name.rsplit_once('.').map_or("", |(_, extension)| extension));
    let sum: f32 = SHARES.iter().map(|(_, share)| share).sum();
    SHARES.iter().find(|(known, _)| *known == extension).map(|&(known, share)| (known, share / sum))
}

#[cfg(test)]
mod tests {
    use super::sort;

    #[test]
    fn names_tell_sorts() {
        for (path, expected) in [
            ("a/b.YAML", Some("yaml")),
            ("Dockerfile.dev", Some("dockerfile")),
            (".env.local", Some("env")),
            ("home/.npmrc", Some("env")),
            ("a.png", None),
            ("LICENSE", None),
        ] {
            assert_eq!(sort(path).map(|(sort, _)| sort), expected, "{path}");
        }
    }
}
