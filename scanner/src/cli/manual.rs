//! `secretscan completions`, `man` and `schema`: made of the definitions that help, configuration and reports are made of.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::{Cli, Schema};
use super::is_broken_pipe;
use crate::exit::Exit;
use crate::{config, report};

/// Prints the completion script of `shell`.
pub(super) fn completions(shell: Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "secretscan", &mut script);
    print(&script)
}

/// Prints the manual page, in roff: the program, then each command.
pub(super) fn page() -> anyhow::Result<Exit> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = format!("secretscan {}", command.get_name());
        writeln!(page, ".SH \"{}\"", name.to_uppercase())?;
        let man = Man::new(command.clone());
        man.render_description_section(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        man.render_options_section(&mut page)?;
        man.render_extra_section(&mut page)?;
    }
    print(&page)
}

/// Prints a JSON schema.
pub(super) fn schema(of: Schema) -> anyhow::Result<Exit> {
    let schema = match of {
        Schema::Config => config::schema(),
        Schema::Report => report::json::schema(),
    };
    print(schema.as_bytes())
}

fn print(bytes: &[u8]) -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if !is_broken_pipe(&error) => Err(error.into()),
        _ => Ok(Exit::Clean),
    }
}
