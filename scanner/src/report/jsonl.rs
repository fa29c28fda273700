//! JSON, one object a line: findings as they are sorted, what was silenced (if asked for), the ledger last. `type` comes first in each line and says
//! which it is; a file without a ledger line was cut off.

use std::io;

use serde::Serialize;

use super::json::{CONTRACT_VERSION, Finding};
use super::neutral_json;
use super::{Report, ToolInfo};
use crate::ledger::Ledger;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    /// As in the JSON report.
    Finding(Box<Finding>),
    /// What was silenced, as in the JSON report.
    Suppressed(Box<Finding>),
    /// The JSON report's other members.
    Ledger { version: &'static str, tool: &'a ToolInfo, ledger: Box<Ledger> },
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let redactor = report.redactor();
    for finding in report.sorted() {
        neutral_json::write_compact(&Line::Finding(Box::new(Finding::new(finding, &redactor))), out)?;
        out.write_all(b"\n")?;
    }
    for finding in report.sorted_suppressed() {
        neutral_json::write_compact(&Line::Suppressed(Box::new(Finding::new(finding, &redactor))), out)?;
        out.write_all(b"\n")?;
    }
    let ledger = Box::new(redactor.ledger(report.ledger));
    neutral_json::write_compact(&Line::Ledger { version: CONTRACT_VERSION, tool: report.tool, ledger }, out)?;
    out.write_all(b"\n")
}
