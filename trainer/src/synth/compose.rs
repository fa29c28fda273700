//! Puts one example together: place, name, value, the lines around, the path.
//!
//! Five independent streams (place and theme, value, name, line, scene), so that strata of one family differ only in what
//! they draw differently.

use super::catalogue::{Catalogue, split};
use super::grammar::{GrammarError, Vars, Writer};
use super::random::Random;
use super::stratum::{Place, Stratum};
use super::{BLOCK, VERSION};
use crate::data::split::of_repository;
use crate::example::{Example, Label, Split};

/// Values that are drawn until one fits the place.
const VALUES: usize = 40;

/// Shortest credential in bytes: the engine does not look at shorter ones.
const SHORTEST: usize = 4;

/// The example of this stratum, seed and index; `None` if no value fits the place of this attempt.
pub(crate) fn compose(
    catalogue: &Catalogue,
    stratum: &Stratum,
    seed: u64,
    index: usize,
    attempt: usize,
) -> Result<Option<Example>, GrammarError> {
    let names = [seed.to_string(), index.to_string(), attempt.to_string()];
    let stream =
        |what: &str| Random::new(&[VERSION, stratum.stream(), &names[0], &names[1], &names[2], what]);
    let mut places = stream("place");
    let Some((place, line)) = choose(catalogue, stratum, &mut places) else { return Ok(None) };
    let mut writer = Writer::new(&catalogue.pools, stream("value"));
    let Some(value) = value(stratum, place, &mut writer)? else { return Ok(None) };
    writer.choose_theme(&mut places);
    writer.reseed(stream("name"));
    let name = match writer.random().pick(&stratum.keys) {
        Some(keys) => writer.write(keys, &Vars::default())?,
        None => String::new(),
    };
    writer.reseed(stream("line"));
    let style = writer.random().pick(&place.styles).map_or("snake", String::as_str).to_owned();
    let key = super::grammar::apply_form(&style, &name, writer.random())
        .ok_or(GrammarError::Form { form: style })?;
    let marked = if value.contains('«') { value } else { format!("«{value}»") };
    let vars = Vars { texts: vec![("key", &key), ("keywords", &name), ("value", &marked)], pools: vec![] };
    let slot = writer.write(line, &vars)?;
    writer.reseed(stream("scene"));
    let vars = Vars { texts: vec![("slot", &slot)], pools: vec![("near", &place.near)] };
    let Some(layout) = pick(writer.random(), &place.layouts) else { return Ok(None) };
    let text = writer.write(&layout.text, &vars)?;
    let path = pick(writer.random(), &layout.path).map_or("", String::as_str);
    let path = writer.write(path, &vars)?;
    let Some((text, span)) = unmark(&text) else { return Ok(None) };
    let repo = format!("synth/{}/s{seed}-b{}", stratum.stream(), index / BLOCK);
    let pair = match &stratum.family {
        Some(family) => format!("; pair {family}/{seed}/{index}"),
        None => String::new(),
    };
    Ok(Some(Example {
        id: format!("synth/{}/{seed}/{index}", stratum.name),
        source: "synth".to_owned(),
        split: if stratum.held_out { Split::Test } else { of_repository(&repo) },
        repo,
        path,
        text,
        span,
        label: stratum.class.label(),
        class: stratum.class,
        kind: stratum.kind.clone(),
        stratum: stratum.name.clone(),
        weight: stratum.weight,
        note: format!("{VERSION} {} {}{pair}", stratum.name, place.name),
        statistics: None,
    }))
}

fn pick<'a, T>(random: &mut Random, choices: &'a [T]) -> Option<&'a T> {
    random.pick(choices)
}

/// A place of the stratum, and the template of the line there.
fn choose<'a>(
    catalogue: &'a Catalogue,
    stratum: &'a Stratum,
    random: &mut Random,
) -> Option<(&'a Place, &'a str)> {
    if stratum.lines.is_empty() {
        let places = catalogue.places_of(stratum.places.iter().map(String::as_str));
        let place = *random.pick(&places)?;
        return Some((place, random.pick(&place.assign)?));
    }
    let lists: Vec<(&str, &Vec<String>)> =
        stratum.lines.iter().map(|(names, lines)| (names.as_str(), lines)).collect();
    let all: Vec<(&Place, &Vec<String>)> = lists
        .iter()
        .flat_map(|(names, lines)| {
            catalogue.places_of(split(names)).into_iter().map(move |place| (place, *lines))
        })
        .collect();
    let (place, lines) = *random.pick(&all)?;
    Some((place, random.pick(lines)?))
}

/// A value that may stand at the place; empty if the stratum's lines have their own.
fn value(stratum: &Stratum, place: &Place, writer: &mut Writer<'_>) -> Result<Option<String>, GrammarError> {
    if stratum.value.is_empty() {
        return Ok(Some(String::new()));
    }
    for _ in 0..VALUES {
        let Some(template) = writer.random().pick(&stratum.value) else { return Ok(None) };
        let value = writer.write(template, &Vars::default())?;
        let long_enough = value.len() >= if stratum.class.label() == Label::Alert { SHORTEST } else { 1 };
        if long_enough && !value.contains(|c| place.forbid.contains(c)) {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// The text without its marks, and where the marked value lies in it; `None` unless exactly one is marked.
fn unmark(text: &str) -> Option<(String, [usize; 2])> {
    let (before, rest) = text.split_once('«')?;
    let (value, after) = rest.split_once('»')?;
    if value.is_empty() || [value, after].iter().any(|part| part.contains(['«', '»'])) {
        return None;
    }
    let mut text = format!("{before}{value}{after}");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Some((text, [before.len(), before.len() + value.len()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_vanish_and_leave_the_span() {
        let (text, span) = unmark("a = «b c»\nd").expect("one mark");
        assert_eq!((text.as_str(), &text[span[0]..span[1]]), ("a = b c\nd\n", "b c"));
        assert!(unmark("a").is_none() && unmark("«a» «b»").is_none() && unmark("«»").is_none());
    }
}
