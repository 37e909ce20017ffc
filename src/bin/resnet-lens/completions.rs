//! `resnet-lens completions`: the script with which a shell completes this program's arguments.

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::failure::Failure;

/// The options of `resnet-lens completions`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  resnet-lens completions bash > ~/.local/share/bash-completion/completions/resnet-lens
  resnet-lens completions zsh > \"${fpath[1]}/_resnet-lens\"
  resnet-lens completions fish > ~/.config/fish/completions/resnet-lens.fish")]
pub struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "resnet-lens", &mut script);
    io::stdout().write_all(&script).map_err(|error| Failure::output(&error))
}
