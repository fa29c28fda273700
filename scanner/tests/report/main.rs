//! The report formats over synthetic findings: golden files, the contract's schema, the SARIF validator, and the
//! promise that no output holds a secret.

mod decoded;
mod formats;
mod html;
mod json;
mod junit_schema;
mod redaction;
mod sample;
mod sarif;
mod tables;
mod validator;
