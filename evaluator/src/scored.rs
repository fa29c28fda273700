//! What is measured: a labelled item, and what a system says about it.

pub use secretscan::finding::Class as Told;
use serde::Serialize;
use trainer::example::{Class, Label};

/// Which part of a project a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Ordinary code and configuration.
    Source,
    /// A test, fixture or mock.
    Test,
    /// An example, a sample or documentation.
    Example,
    /// Generated, vendored or minified.
    Generated,
}

impl Place {
    /// What the scanner says about `path`; the first of generated, test, example that holds.
    pub fn of(path: &str) -> Self {
        let info = secretscan::value::path::PathInfo::new(path);
        match (info.generated, info.test, info.example) {
            (true, ..) => Self::Generated,
            (_, true, _) => Self::Test,
            (.., true) => Self::Example,
            _ => Self::Source,
        }
    }

    /// Lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Test => "test",
            Self::Example => "example",
            Self::Generated => "generated",
        }
    }
}

/// The extension of `path`, lower case; the whole name if there is none (`dockerfile`, `.env`).
pub fn language(path: &str) -> String {
    let info = secretscan::value::path::PathInfo::new(path);
    if info.extension.is_empty() { info.name } else { info.extension }
}

/// One labelled item, without its value: all that slices and bootstraps need.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// Unique within a run.
    pub id: String,
    /// Repository, or stratum and seed of generated data: the unit of bootstraps.
    pub repo: String,
    /// What people say it is.
    pub class: Class,
    /// Category of the collection, or the scanner's kind.
    pub kind: String,
    /// Extension, or name of a file without one.
    pub language: String,
    /// Named group.
    pub stratum: String,
    /// Where the label comes from: `synth`, `hand`, `credata` … of a set; `collection` or `reader` end to end.
    pub source: String,
    /// Of a style that no training has seen.
    pub held_out: bool,
    /// Part of the project.
    pub place: Place,
    /// Rule whose candidate it is; empty if no rule finds it.
    pub rule: String,
    /// Weight in weighted figures; above 0.
    pub weight: f64,
}

impl Item {
    /// True if it ought to be reported.
    pub fn positive(&self) -> bool {
        self.class.label() == Label::Alert
    }
}

/// What a system says about one item.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Answer {
    /// Probability in [0, 1] that it is a credential; 0 for what the candidate stage missed.
    pub p: f64,
    /// What the user is told: a leak (error), a weak credential (warning), or nothing.
    pub told: Told,
}

impl Answer {
    /// An answer that knows two outcomes only: a leak or nothing.
    pub fn new(p: f64, alert: bool) -> Self {
        Self { p, told: if alert { Told::Leak } else { Told::Safe } }
    }

    /// Whether it is reported, as a leak or as a weak credential.
    pub fn alert(&self) -> bool {
        self.told != Told::Safe
    }
}

/// One item and one answer, for figures that need both.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    /// The item.
    pub item: &'a Item,
    /// The answer.
    pub answer: Answer,
}

/// The items at `at` with a system's answers, in order.
pub fn scored<'a>(
    items: &'a [Item],
    answers: &'a [Answer],
    at: &'a [usize],
) -> impl Iterator<Item = Scored<'a>> {
    debug_assert_eq!(items.len(), answers.len());
    at.iter().map(|&n| Scored { item: &items[n], answer: answers[n] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_place_and_a_language() {
        let cases = [
            ("src/a.PY", Place::Source, "py"),
            ("tests/unit/a.go", Place::Test, "go"),
            ("docs/guide.md", Place::Example, "md"),
            ("vendor/x/tests/b.c", Place::Generated, "c"),
            ("deploy/.env", Place::Source, ".env"),
        ];
        for (path, place, name) in cases {
            assert_eq!((Place::of(path), language(path).as_str()), (place, name), "{path}");
        }
    }
}
