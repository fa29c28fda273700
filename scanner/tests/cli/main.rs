//! The program from outside: arguments, exit codes, reports, bad input, hooks.

mod bad_input;
mod config;
mod fixture;
mod hook;
mod inline_allow;
mod reports;
mod staged;
mod usage;
