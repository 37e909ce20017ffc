//! The command-line program: one subcommand per module, see [`cli`].

mod beside;
mod cache;
mod classify;
mod cli;
mod compress;
mod device;
mod failure;
mod hub;
mod images;
mod model;
mod npy;
mod output;
mod pipelines;
mod terminal;
mod tuning;

use std::process::ExitCode;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let Cli { command } = Cli::parse_or_exit();
    let result = match &command {
        Command::Classify(arguments) => pollster::block_on(classify::run(arguments)),
        Command::Compress(arguments) => pollster::block_on(compress::run(arguments)).map(|()| 0),
    };
    match result {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failed) => {
            eprintln!("{failed} of the images could not be classified");
            ExitCode::FAILURE
        }
        Err(failure) => {
            terminal::error(&failure);
            ExitCode::FAILURE
        }
    }
}
