//! Reads text files that people write: configurations, baselines, rules, files of other scanners.

use std::io;
use std::path::Path;

/// The text of the file at `path`, without its byte order mark. PowerShell's `>` and some editors write UTF-16, so a mark
/// is heeded; without one the file is UTF-8. Anything else is an error of the kind `InvalidData` that says what to do.
pub fn read(path: &Path) -> io::Result<String> {
    let bytes = std::fs::read(path)?;
    match encoding_rs::UTF_8.decode(&bytes) {
        (text, _, false) => Ok(text.into_owned()),
        (_, encoding, true) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it is not {}; save it as UTF-8", encoding.name()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_the_encoding_and_broken_text_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.toml");
        let text = "# é\r\nx = 1\r\n";
        let marked = format!("\u{feff}{text}");
        let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [text.as_bytes(), marked.as_bytes(), &little, &big] {
            std::fs::write(&path, bytes).expect("written");
            assert_eq!(read(&path).expect("text"), text);
        }
        for (broken, named) in [(&b"\xff\xffa"[..], "UTF-8"), (b"\xff\xfea\0\0\xd8", "UTF-16LE")] {
            std::fs::write(&path, broken).expect("written");
            let error = read(&path).expect_err("no text");
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            assert!(error.to_string().contains(&format!("not {named};")), "{error}");
        }
    }
}
