//! Shows one example to a person.

use std::ops::Range;

use super::document::Lines;
use super::examine::Examiner;
use super::realise::{Replacement, replace};
use super::repository::name;
use crate::example::Example;

/// Lines shown before and after the value.
const AROUND: usize = 8;

/// The example as text. Unless `secrets`, its value and all that may be a credential is masked by its length.
pub fn show(example: &Example, examiner: &mut Examiner<'_>, secrets: bool) -> String {
    let (text, span) = if secrets {
        (example.text.clone(), example.span[0]..example.span[1])
    } else {
        masked(example, examiner)
    };
    let lines = Lines::of(&text);
    let at = lines.number(span.start);
    let mut out = format!(
        "{}\n{} in {} ({}, {}, weight {:.2})\n",
        example.id,
        name(example.class),
        example.path,
        example.stratum,
        super::build::name(example.split),
        example.weight
    );
    if !example.note.is_empty() {
        out = format!("{out}{}\n", example.note);
    }
    for number in at.saturating_sub(AROUND).max(1)..=at + AROUND {
        let Some(line) = lines.line(number) else { break };
        let mark = if number == at { '>' } else { ' ' };
        // Control characters of a scanned file must not reach a terminal.
        let line: String = text[line]
            .chars()
            .take(240)
            .map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c })
            .collect();
        out = format!("{out}{mark} {line}\n");
    }
    out
}

fn masked(example: &Example, examiner: &mut Examiner<'_>) -> (String, Range<usize>) {
    let span = example.span[0]..example.span[1];
    let mask = |value: &str| format!("«{} characters»", value.chars().count());
    let seen = examiner.examine(&example.path, &example.text);
    let mut values: Vec<&str> = seen.iter().filter_map(|seen| seen.sensitive(&example.text)).collect();
    values.push(&example.text[span.clone()]);
    let all: Vec<Replacement> =
        values.iter().map(|v| Replacement { from: (*v).to_owned(), to: mask(v) }).collect();
    replace(&example.text, &span, Some(&mask(&example.text[span.clone()])), &all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::store;
    use crate::prepare;

    #[test]
    fn values_are_masked_unless_asked_for() {
        let (value, other) = (["Kestrel#", "Harbor91"].concat(), ["q7XvT2mK", "9wZ4bR8nYc5J"].concat());
        let text = format!("API_SECRET_KEY = '{other}'\nPASSWORD = '{value}'\n");
        let start = text.find(&value).expect("it is there");
        let json = serde_json::json!({"id": "t/1", "source": "hand", "repo": "r", "path": "a.py", "text": text,
            "span": [start, start + value.len()], "label": "alert", "class": "real", "kind": "k", "stratum": "t",
            "split": "train", "weight": 0.5});
        let example = store::parse(&json.to_string()).expect("an example");
        let engine = prepare::engine();
        let shown = show(&example, &mut Examiner::new(&engine), false);
        assert!(
            !shown.contains(&value) && !shown.contains(&other) && shown.contains("«16 characters»"),
            "{shown}"
        );
        assert!(show(&example, &mut Examiner::new(&engine), true).contains(&value));
    }
}
