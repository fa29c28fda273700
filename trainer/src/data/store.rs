//! Sets on disk: JSONL, one example a line, with the hash of what was written.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;

use anyhow::{Context as _, ensure};
use sha2::{Digest, Sha256};

use crate::example::Example;

/// Writes a set and gives its SHA-256. The file appears whole or not at all.
pub fn write(path: &Path, examples: &[Example]) -> anyhow::Result<String> {
    write_lines(path, examples.iter())
}

/// Writes any records as JSONL and gives the SHA-256 of the file.
pub fn write_lines<T: serde::Serialize>(
    path: &Path,
    records: impl Iterator<Item = T>,
) -> anyhow::Result<String> {
    let part = path.with_extension("part");
    let file = std::fs::File::create(&part).with_context(|| format!("cannot write {}", part.display()))?;
    let mut file = std::io::BufWriter::new(file);
    let mut hash = Sha256::new();
    for record in records {
        let mut line = serde_json::to_vec(&record).context("a record cannot be written as JSON")?;
        line.push(b'\n');
        hash.update(&line);
        file.write_all(&line).with_context(|| format!("cannot write {}", part.display()))?;
    }
    file.flush().with_context(|| format!("cannot write {}", part.display()))?;
    std::fs::rename(&part, path).with_context(|| format!("cannot put {} in its place", path.display()))?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Reads a set. The first line that is no example, or whose span does not fit its text, is an error that shows its
/// number and never its content.
pub fn read(path: &Path) -> anyhow::Result<Vec<Example>> {
    let file = std::fs::File::open(path)
        .with_context(|| format!("cannot read {}; make it with `trainer data build`", path.display()))?;
    let mut examples = Vec::new();
    for (line, number) in BufReader::new(file).lines().zip(1..) {
        let place = || format!("{}, line {number}", path.display());
        let line = line.with_context(place)?;
        examples.push(parse(&line).with_context(place)?);
    }
    Ok(examples)
}

/// One line.
pub fn parse(line: &str) -> anyhow::Result<Example> {
    // serde's message names fields and types; the text of a value it shows is cut out.
    let example: Example = serde_json::from_str(line)
        .map_err(|e| anyhow::anyhow!("not an example: {:?} error at column {}", e.classify(), e.column()))?;
    check(&example)?;
    Ok(example)
}

/// What holds for every example.
pub fn check(example: &Example) -> anyhow::Result<()> {
    let [start, end] = example.span;
    ensure!(
        start < end
            && example.text.is_char_boundary(start)
            && example.text.is_char_boundary(end)
            && end <= example.text.len(),
        "{}: the span {start}..{end} is not in its text",
        example.id
    );
    ensure!(example.label == example.class.label(), "{}: label and class disagree", example.id);
    ensure!(
        example.weight > 0.0 && example.weight <= 1.0,
        "{}: the weight {} is not in (0, 1]",
        example.id,
        example.weight
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"id":"t/1","source":"hand","repo":"t","path":"a","text":"k = abc","span":[4,7],"label":"safe","class":"not","kind":"k","stratum":"t","split":"train","weight":0.5}"#;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("train.jsonl");
        let example = parse(LINE).expect("it parses");
        let hash = write(&path, &[example.clone(), example.clone()]).expect("written");
        assert_eq!(hash, secretscan::judge::digest::sha256_hex(&std::fs::read(&path).expect("read")));
        assert_eq!(read(&path).expect("read"), [example.clone(), example]);
    }

    #[test]
    fn broken_lines_are_told_without_their_content() {
        for (from, to, message) in [
            ("[4,7]", "[4,9]", "span"),
            ("\"safe\"", "\"alert\"", "disagree"),
            ("0.5", "0.0", "weight"),
            ("\"train\"", "\"exam\"", "not an example"),
            ("\"k = abc\"", "7", "not an example"),
        ] {
            let error = format!("{:#}", parse(&LINE.replace(from, to)).expect_err("it is broken"));
            assert!(error.contains(message) && !error.contains("abc"), "{error}");
        }
    }
}
