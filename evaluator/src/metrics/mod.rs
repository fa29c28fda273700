//! Figures over labelled items and a system's answers. Pure; a figure that is not defined (a precision without alerts) is
//! `None`, never 0.

pub mod calibration;
pub mod clustered;
pub mod confusion;
pub mod macros;
pub mod outcomes;
pub mod ranking;
pub mod slices;

pub use calibration::ReliabilityBin;
pub use confusion::{Confusion, Metric};
pub use outcomes::{OutcomeRow, Outcomes};
pub use ranking::Ranking;
pub use slices::Dimension;
