//! The rule files of this crate, embedded.

/// Lists the files of `scanner/rules` by stem.
macro_rules! files {
    ($($stem:literal)*) => {
        &[$((
            concat!($stem, ".toml"),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scanner/rules/", $stem, ".toml")),
        )),*]
    };
}

/// Name and text of every file; sorted by name.
pub(super) const FILES: &[(&str, &str)] = files![
    "generic"
    "keys"
];

#[cfg(test)]
mod tests {
    use super::FILES;

    #[test]
    fn every_file_of_the_folder_is_listed() {
        let folder =
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scanner/rules")).expect("the folder");
        let mut names: Vec<String> = folder
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("an ASCII name"))
            .collect();
        names.sort();
        let listed: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, names);
    }

    #[test]
    fn the_family_of_a_file_is_its_stem() {
        for (name, text) in FILES {
            let stem = name.trim_end_matches(".toml");
            assert!(text.contains(&format!("\nfamily = \"{stem}\"\n")), "{name}");
        }
    }
}
