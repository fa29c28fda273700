//! What a training is worth: out-of-fold figures beside those of the documented score.

use std::fmt::Write as _;

use serde::Serialize;

use super::calibrate;
use super::importance;
use super::metric::{Curve, Point};
use super::table::{Row, Table};
use super::train::Outcome;
use crate::example::{Class, Split};

/// One model on one slice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Figures {
    /// `features` or `documented`.
    pub(super) model: &'static str,
    /// Examples.
    pub(super) examples: usize,
    /// Share of credentials, by weight.
    pub(super) prevalence: f64,
    pub(super) average_precision: f64,
    /// At a recall of 0.8, 0.9 and 0.95.
    pub(super) precision: [f64; 3],
    /// The greatest at a precision of 0.9 and 0.95.
    pub(super) recall: [f64; 2],
    /// Share of each class (real, weak, placeholder, not) at or above the threshold of recall 0.9.
    pub(super) reported: [f64; 4],
}

/// A slice's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Slice {
    pub(super) name: &'static str,
    pub(super) figures: Vec<Figures>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Report {
    pub(super) slices: Vec<Slice>,
    /// Of real against weak among credentials of repositories, by the features.
    pub(super) real_average_precision: f64,
    pub(super) real_prevalence: f64,
    /// Log loss and expected calibration error on repositories.
    pub(super) log_loss: f64,
    pub(super) calibration_error: f64,
    /// Loss of average precision on repositories without each group of features.
    pub(super) groups: Vec<(&'static str, f64)>,
    /// Examples without a candidate: source, class, how many.
    pub(super) missed: Vec<(String, Class, u64)>,
    /// Examples that rules decide; they are in no figure.
    pub(super) by_rule: usize,
}

/// A slice's name and the rows it holds.
type Choice = (&'static str, fn(&Row) -> bool);

const SLICES: [Choice; 6] = [
    ("repositories", Row::is_real),
    ("repositories, labelled rows", |row| row.source == "credata"),
    ("train repositories", |row| row.is_real() && row.split == Split::Train),
    ("validation repositories", |row| row.is_real() && row.split == Split::Validation),
    ("handwritten", Row::is_handwritten),
    ("generated", Row::is_generated),
];

pub(super) fn of(table: &Table, outcome: &Outcome, seed: u64) -> Report {
    let slices = SLICES
        .iter()
        .filter_map(|(name, holds)| {
            let rows: Vec<usize> = (0..table.rows.len())
                .filter(|&row| outcome.weights[row] > 0.0 && holds(&table.rows[row]))
                .collect();
            let figures: Vec<Figures> = [
                figures("features", table, outcome, &rows, &|row| outcome.alert[row]),
                figures("documented", table, outcome, &rows, &|row| table.rows[row].documented),
            ]
            .into_iter()
            .flatten()
            .collect();
            (!figures.is_empty()).then_some(Slice { name, figures })
        })
        .collect();
    let real: Vec<usize> = (0..table.rows.len())
        .filter(|&row| outcome.weights[row] > 0.0 && table.rows[row].is_real())
        .collect();
    let credentials: Vec<Point> = real
        .iter()
        .filter(|&&row| table.rows[row].is_alert())
        .map(|&row| Point {
            score: outcome.real[row],
            positive: table.rows[row].class == Class::Real,
            weight: outcome.weights[row],
        })
        .collect();
    let genuine = Curve::of(&credentials);
    let points: Vec<_> = real
        .iter()
        .map(|&row| (outcome.alert[row], table.rows[row].is_alert(), outcome.weights[row]))
        .collect();
    let (log_loss, calibration_error) =
        calibrate::quality(&points, secretscan::judge::boost::Calibration::default());
    Report {
        slices,
        real_average_precision: genuine.as_ref().map_or(0.0, Curve::average_precision),
        real_prevalence: genuine.map_or(0.0, |curve| curve.prevalence),
        log_loss,
        calibration_error,
        groups: importance::by_group(table, outcome, &real, seed),
        missed: table.missed.iter().map(|((source, class), n)| (source.clone(), *class, *n)).collect(),
        by_rule: table.rows.iter().filter(|row| row.by_rule).count(),
    }
}

fn figures(
    model: &'static str,
    table: &Table,
    outcome: &Outcome,
    rows: &[usize],
    score: &dyn Fn(usize) -> f32,
) -> Option<Figures> {
    let point = |&row: &usize| Point {
        score: score(row),
        positive: table.rows[row].is_alert(),
        weight: outcome.weights[row],
    };
    let curve = Curve::of(&rows.iter().map(point).collect::<Vec<_>>())?;
    let (threshold, _) = curve.at_recall(0.9);
    let reported = Class::ALL.map(|class| {
        let of_class = || rows.iter().filter(|&&row| table.rows[row].class == class);
        let sum = |rows: &mut dyn Iterator<Item = &usize>| rows.map(|&row| outcome.weights[row]).sum::<f64>();
        sum(&mut of_class().filter(|&&row| score(row) >= threshold)) / sum(&mut of_class()).max(1e-12)
    });
    Some(Figures {
        model,
        examples: rows.len(),
        prevalence: curve.prevalence,
        average_precision: curve.average_precision(),
        precision: [0.8, 0.9, 0.95].map(|recall| curve.at_recall(recall).1),
        recall: [0.9, 0.95].map(|precision| curve.recall_at_precision(precision)),
        reported,
    })
}

impl Report {
    /// A table for people.
    pub(super) fn text(&self) -> String {
        let mut out = String::from(
            "out-of-fold, weighted            examples  prevalence     AP  P@R.8  P@R.9 P@R.95  R@P.9 R@P.95 | at R.9: \
             real   weak  placeh    not\n",
        );
        for slice in &self.slices {
            let _ = writeln!(out, "{}", slice.name);
            for f in &slice.figures {
                let _ = write!(
                    out,
                    "  {:<30} {:>8}       {:.3}  {:.3}",
                    f.model, f.examples, f.prevalence, f.average_precision
                );
                for x in f.precision.iter().chain(&f.recall) {
                    let _ = write!(out, "  {x:.3}");
                }
                let _ = write!(out, "  |      ");
                for x in f.reported {
                    let _ = write!(out, "   {x:.3}");
                }
                out.push('\n');
            }
        }
        let _ = writeln!(
            out,
            "real against weak: AP {:.3} (prevalence {:.3}); log loss {:.4}, calibration error {:.3}",
            self.real_average_precision, self.real_prevalence, self.log_loss, self.calibration_error
        );
        let _ = write!(out, "loss of AP without:");
        for (name, loss) in &self.groups {
            let _ = write!(out, " {name} {loss:.3};");
        }
        out.push('\n');
        let _ = writeln!(out, "decided by rules and not counted: {}", self.by_rule);
        for (source, class, n) in &self.missed {
            let _ = writeln!(out, "no candidate: {source} {class:?} {n}");
        }
        out
    }
}
