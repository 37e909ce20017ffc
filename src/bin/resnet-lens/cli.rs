//! The command line: subcommands, and the help that all of them share.

use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, Subcommand};

use crate::{bench, classify, completions, compress, inspect, operate};

/// Run ResNet image classifiers on this machine's GPU.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Examples:
  resnet-lens classify photo.jpg
  resnet-lens inspect --node layer2.1.relu_1 --sheet channels.png photo.jpg
  resnet-lens operate --edit skip:layer3.1 photo.jpg

'resnet-lens help COMMAND' describes a command in full, with examples.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One variant per subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the most probable classes of images.
    Classify(classify::Arguments),
    /// List the layers of a network, measure their values for an image, write their channels as an image.
    Inspect(inspect::Arguments),
    /// Compare the answers before and after edits of the network, or measure what each block contributes.
    Operate(operate::Arguments),
    /// Measure the time of a network on this machine.
    Bench(bench::Arguments),
    /// Write a weight file with weights of 8 bits, a quarter of the size in f32.
    Compress(compress::Arguments),
    /// Print the script with which a shell completes the arguments of this program.
    Completions(completions::Arguments),
}

impl Cli {
    /// Parses the command line. On an error or a request for help, prints it and exits.
    pub fn parse_or_exit() -> Self {
        Self::try_parse().unwrap_or_else(|error| {
            match file_in_place_of_command(&error) {
                Some(file) => {
                    let usage = format!("expected a command before '{file}', as in: resnet-lens classify '{file}'");
                    <Self as clap::CommandFactory>::command().error(ErrorKind::InvalidSubcommand, usage)
                }
                None => error,
            }
            .exit()
        })
    }
}

/// The argument that was given where a subcommand is expected, if it is an existing file or directory.
fn file_in_place_of_command(error: &clap::Error) -> Option<&str> {
    match error.get(ContextKind::InvalidSubcommand)? {
        ContextValue::String(argument) if Path::new(argument).exists() => Some(argument),
        _ => None,
    }
}
