//! Puts replacements into a text, wherever the values occur, and follows one span through it.

use std::ops::Range;

/// One value and what stands for it from now on.
#[derive(Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The value as it stands in the text.
    pub from: String,
    /// The other one.
    pub to: String,
}

/// Shows lengths only: `from` is a credential.
impl std::fmt::Debug for Replacement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replacement").field("from", &self.from.len()).field("to", &self.to.len()).finish()
    }
}

/// From this length on a value is replaced inside of longer words too.
const DISTINCT: usize = 8;

/// The text with every occurrence of every value replaced, and where `span` lies in it.
///
/// `own` is what stands in the place of `span`; `None` leaves it, but for smaller values inside of it. Of values that
/// overlap the earlier wins, of those that begin together the longer. Values shorter than eight bytes are replaced
/// only where no letter, digit or underscore is next to them.
pub fn replace(
    text: &str,
    span: &Range<usize>,
    own: Option<&str>,
    all: &[Replacement],
) -> (String, Range<usize>) {
    let mut places: Vec<(Range<usize>, &str)> = own.map(|to| (span.clone(), to)).into_iter().collect();
    let apart = |a: &Range<usize>, b: &Range<usize>| a.end <= b.start || b.end <= a.start;
    for Replacement { from, to } in all.iter().filter(|r| !r.from.is_empty()) {
        for (start, _) in text.match_indices(from.as_str()) {
            let place = start..start + from.len();
            let inside =
                own.is_none() && place.start >= span.start && place.end <= span.end && place != *span;
            if (apart(&place, span) || inside) && (from.len() >= DISTINCT || stands_alone(text, &place)) {
                places.push((place, to));
            }
        }
    }
    places.sort_by_key(|(place, _)| (place.start, std::cmp::Reverse(place.end)));
    let mut out = String::with_capacity(text.len() + 64);
    let (mut at, mut start, mut end) = (0, None, None);
    for (place, to) in places {
        if place.start < at {
            continue;
        }
        let before = |offset: usize| offset <= place.start;
        if start.is_none() && before(span.start) {
            start = Some(out.len() + span.start - at);
        }
        if end.is_none() && before(span.end) && span.end >= at {
            end = Some(out.len() + span.end - at);
        }
        out.push_str(&text[at..place.start]);
        out.push_str(to);
        at = place.end;
        if place.end == span.end && end.is_none() {
            end = Some(out.len());
        }
    }
    let start = start.unwrap_or_else(|| out.len() + span.start - at);
    let end = end.unwrap_or_else(|| out.len() + span.end - at);
    out.push_str(&text[at..]);
    (out, start..end)
}

fn stands_alone(text: &str, place: &Range<usize>) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    !text[..place.start].chars().next_back().is_some_and(is_word)
        && !text[place.end..].chars().next().is_some_and(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(text: &str, value: &str, own: Option<&str>, all: &[(&str, &str)]) -> (String, String) {
        let start = text.find(value).expect("it is there");
        let all: Vec<Replacement> =
            all.iter().map(|(from, to)| Replacement { from: (*from).into(), to: (*to).into() }).collect();
        let (out, span) = replace(text, &(start..start + value.len()), own, &all);
        let value = out[span].to_owned();
        (out, value)
    }

    #[test]
    fn every_occurrence_changes_and_the_span_follows() {
        let all = [("alpha-one", "beta"), ("x1y", "z")];
        assert_eq!(
            put("a alpha-one x1y = KEY alpha-one", "KEY", None, &all),
            ("a beta z = KEY beta".to_owned(), "KEY".to_owned())
        );
        assert_eq!(
            put("alpha-one, alpha-one", "alpha-one", Some("longer-value"), &all),
            ("longer-value, beta".to_owned(), "longer-value".to_owned())
        );
    }

    #[test]
    fn short_values_change_only_where_they_stand_alone() {
        assert_eq!(put("KEY x1y ax1y x1y_b", "KEY", None, &[("x1y", "z")]).0, "KEY z ax1y x1y_b");
    }

    #[test]
    fn a_value_inside_of_the_span_changes_and_the_span_grows() {
        let (text, value) = put(
            "u = http://u:secret-pw@host/p end",
            "http://u:secret-pw@host/p",
            None,
            &[("secret-pw", "another-one")],
        );
        assert_eq!(
            (text.as_str(), value.as_str()),
            ("u = http://u:another-one@host/p end", "http://u:another-one@host/p")
        );
        let (_, value) = put("k = ab-secret-pw;", "ab-secret-pw", None, &[("secret-pw", "q")]);
        assert_eq!(value, "ab-q");
        let (_, value) = put("k = secret-pw-ab;", "secret-pw-ab", None, &[("secret-pw", "q")]);
        assert_eq!(value, "q-ab");
    }

    #[test]
    fn what_overlaps_the_span_stays() {
        let (text, value) = put("xx-abcdefgh-yy", "abcdefgh", Some("Q"), &[("xx-abcdefgh", "R")]);
        assert_eq!((text.as_str(), value.as_str()), ("xx-Q-yy", "Q"));
    }
}
