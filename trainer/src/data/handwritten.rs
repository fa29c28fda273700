//! Loads examples that were written by hand: `*.toml` with `[[example]]` entries, the value between `«` and `»`.
//!
//! `¦` vanishes, `⟦hex:40⟧` becomes a random string, `⟦rule:ID⟧` an example of that rule: so no scanner takes the file
//! itself for a leak.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use secretscan::rule::RuleSet;
use secretscan::rule::example::Recipe;
use serde::Deserialize;

use super::split;
use crate::example::{Class, Example};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    example: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    class: Class,
    stratum: String,
    path: String,
    text: String,
    #[serde(default)]
    note: String,
}

/// The files of a folder with this extension, sorted.
pub(super) fn files(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list {}", folder.display()))?.path();
        if path.extension().is_some_and(|e| e == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Loads a folder; a folder that is not there gives no examples.
pub fn load(folder: &Path, rules: &RuleSet) -> anyhow::Result<Vec<Example>> {
    let mut examples = Vec::new();
    if !folder.is_dir() {
        return Ok(examples);
    }
    for path in files(folder, "toml")? {
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        examples
            .extend(parse(&text, &name, rules).with_context(|| format!("cannot use {}", path.display()))?);
    }
    Ok(examples)
}

/// The examples of one file.
pub fn parse(toml: &str, name: &str, rules: &RuleSet) -> anyhow::Result<Vec<Example>> {
    let file: File = toml::from_str(toml)
        .context("not the format of docs: [[example]] with class, stratum, path, text")?;
    let mut examples = Vec::new();
    for (n, entry) in (1..).zip(file.example) {
        let id = format!("hand/{name}/{n}");
        let (text, span) =
            expand(&entry.text, &id, rules).with_context(|| format!("example {n} ({})", entry.path))?;
        examples.push(Example {
            source: "hand".to_owned(),
            repo: format!("hand/{name}"),
            path: entry.path,
            text,
            span,
            label: entry.class.label(),
            class: entry.class,
            kind: entry.stratum.split('/').next().unwrap_or_default().to_owned(),
            stratum: format!("hand/{}", entry.stratum),
            split: split::of_handwritten(&id),
            weight: 1.0,
            note: entry.note,
            statistics: None,
            id,
        });
    }
    Ok(examples)
}

/// The text with its recipes built and its marks gone, and the bytes that the marks enclosed.
fn expand(marked: &str, id: &str, rules: &RuleSet) -> anyhow::Result<(String, [usize; 2])> {
    let mut text = String::with_capacity(marked.len());
    let (mut open, mut close) = (Vec::new(), Vec::new());
    let mut rest = marked;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '«' => open.push(text.len()),
            '»' => close.push(text.len()),
            '¦' => {}
            '⟦' => {
                let (recipe, tail) = rest.split_once('⟧').context("a ⟦ without its ⟧")?;
                text.push_str(&build(recipe, &format!("{id}:{}", text.len()), rules)?);
                rest = tail;
            }
            _ => text.push(c),
        }
    }
    match (open.as_slice(), close.as_slice()) {
        (&[start], &[end]) if start < end => Ok((text, [start, end])),
        _ => bail!("expected exactly one «value», found {} « and {} »", open.len(), close.len()),
    }
}

fn build(recipe: &str, seed: &str, rules: &RuleSet) -> anyhow::Result<String> {
    let bytes = split::seed(&[seed]);
    let number = bytes.iter().take(8).fold(0_u64, |n, &b| n << 8 | u64::from(b));
    if let Some(rule) = recipe.strip_prefix("rule:") {
        let rule = rules
            .get(rule)
            .with_context(|| format!("no rule is called `{rule}`; `secretscan rules` lists them"))?;
        let example = rule.examples.first().with_context(|| format!("rule `{}` has no example", rule.id))?;
        let built = example.build(number).with_context(|| format!("rule `{}`", rule.id))?;
        return Ok(String::from_utf8_lossy(built.secret()).into_owned());
    }
    let built = Recipe::new(&format!("{{<}}{{{recipe}}}{{>}}")).build(number);
    Ok(built.with_context(|| format!("recipe ⟦{recipe}⟧"))?.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
[[example]]
class = "real"
stratum = "password/compose"
path = "deploy/docker-compose.yml"
text = '''
services:
  db:
    environment:
      POSTGRES_PASSWORD: «Kest¦rel#Har¦bor91»
      OTHER: ⟦hex:16⟧
'''
[[example]]
class = "not"
stratum = "negative/checksum"
path = "a.lock"
note = "a digest"
text = "md5 = «⟦hex:32⟧» ⟦rule:github-pat⟧"
"#;

    #[test]
    fn marks_vanish_and_recipes_are_built() {
        let rules = RuleSet::builtin();
        let id = rules
            .rules()
            .iter()
            .find(|rule| !rule.examples.is_empty())
            .expect("rules have examples")
            .id
            .clone();
        let examples = parse(&FILE.replace("github-pat", &id), "x", &rules).expect("it parses");
        let value = |n: usize| &examples[n].text[examples[n].span[0]..examples[n].span[1]];
        assert_eq!(value(0), ["Kestrel#", "Harbor91"].concat());
        assert!(examples[0].text.starts_with("services:") && !examples[0].text.contains(['«', '¦', '⟦']));
        assert!(value(1).len() == 32 && value(1).bytes().all(|b| b.is_ascii_hexdigit()));
        assert_eq!(
            (examples[1].id.as_str(), examples[1].stratum.as_str()),
            ("hand/x/2", "hand/negative/checksum")
        );
        assert_eq!(parse(&FILE.replace("github-pat", &id), "x", &rules).expect("it parses"), examples);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let rules = RuleSet::builtin();
        for (from, to, message) in [
            ("«", "", "exactly one"),
            ("hex:16", "hxe:16", "hxe"),
            ("rule:github-pat", "rule:nothing", "no rule"),
            ("class = \"real\"", "class = \"true\"", "format"),
        ] {
            let error = parse(&FILE.replace(from, to), "x", &rules).expect_err("it is wrong");
            assert!(format!("{error:#}").contains(message), "{error:#}");
        }
    }
}
