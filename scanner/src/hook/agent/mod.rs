//! The hooks of AI coding agents: one event as JSON, one answer.
//!
//! Every agent has its own dialect, told by the fields of the event ([`Event::read`]). What is scanned of an event
//! ([`Event::texts`]) does not depend on the dialect: files as a tool would write them, edits within the file as it
//! would be, commands, prompts, what is read, what a tool gave back. The answer ([`Event::answer`]) does: an allowed
//! event is answered with silence where the dialect permits that.
//!
//! Nothing of an event reaches an answer but paths and lines, and those go through the redaction of reports. An event
//! that cannot be read is an error, which the caller turns into the exit code that agents understand as "stop".

mod answer;
mod edit;
mod event;
mod patch;
mod reason;
mod setup;
mod text;
mod tool;

pub use answer::{Answer, Reply};
pub use event::{Dialect, Event, EventError};
pub use reason::objection;
pub use setup::{Agent, setup};
pub use text::{Content, Place, Text};
