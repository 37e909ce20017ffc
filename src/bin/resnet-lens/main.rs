//! The command-line program: one subcommand per module, see [`cli`].

mod answers_file;
mod bench;
mod beside;
mod cache;
mod classify;
mod cli;
mod completions;
mod compress;
mod device;
mod failure;
mod hub;
mod images;
mod inspect;
mod model;
mod network;
mod node_files;
mod npy;
mod operate;
mod output;
mod path_list;
mod pipelines;
mod shard;
mod sheet;
mod table;
mod terminal;
mod tuning;

use std::process::ExitCode;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let Cli { command } = Cli::parse_or_exit();
    let result = match &command {
        Command::Classify(arguments) => pollster::block_on(classify::run(arguments)),
        Command::Inspect(arguments) => pollster::block_on(inspect::run(arguments)).map(|()| 0),
        Command::Operate(arguments) => pollster::block_on(operate::run(arguments)).map(|()| 0),
        Command::Bench(arguments) => pollster::block_on(bench::run(arguments)).map(|()| 0),
        Command::Compress(arguments) => pollster::block_on(compress::run(arguments)).map(|()| 0),
        Command::Completions(arguments) => completions::run(arguments).map(|()| 0),
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
