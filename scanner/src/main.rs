//! The program `secretscan`: parse, run, print the error chain, exit code.

use std::io::Write;
use std::process::ExitCode;

use secretscan::cli;
use secretscan::exit::Exit;

fn main() -> ExitCode {
    match cli::run() {
        Ok(exit) => exit.into(),
        Err(error) => {
            // A closed standard error must not turn an error into a panic.
            let _ = writeln!(anstream::stderr(), "{}", cli::describe(&error));
            Exit::Usage.into()
        }
    }
}
