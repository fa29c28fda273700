//! Reads an answer as the rule says; whatever the rule does not name is unknown.

use std::time::Duration;

use serde_json::Value;

use crate::rule::Template;
use crate::verification::{Doubt, Standing, Verification};

/// What came back. No `Debug`: a body may repeat the token.
pub(super) struct Answer {
    pub(super) status: u16,
    /// The pause that the server asks for.
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
    /// True if there was more than is read.
    pub(super) cut: bool,
}

/// What the answer means.
pub(super) fn read(template: &Template, answer: &Answer) -> Verification {
    let Answer { status, body, .. } = answer;
    let host = template.authority();
    if (300..400).contains(status) {
        return Verification::unknown(Doubt::Redirect, host, Some(*status));
    }
    if answer.cut {
        return Verification::unknown(Doubt::AnswerTooLong, host, Some(*status));
    }
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let live = template.live.holds(*status, body, json.as_ref());
    let dead = template.dead.as_ref().is_some_and(|dead| dead.holds(*status, body, json.as_ref()));
    match (live, dead) {
        (true, false) => Verification::known(Standing::Live, host, *status),
        (false, true) => Verification::known(Standing::Dead, host, *status),
        _ => Verification::unknown(Doubt::UnexpectedAnswer, host, Some(*status)),
    }
}
