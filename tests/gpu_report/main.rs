//! What a GPU's compiler makes of the kernels of ResNet-50, without a GPU: registers, occupancy, the share of products among the
//! instructions, and predicted times. `make gpu-report` prints the report and writes it to docs/gpu-report.md. Without arguments the
//! program is a test: no kernel spills registers, and no share of products is less than in that file.

use std::process::ExitCode;

#[cfg(not(target_arch = "wasm32"))]
mod program;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> ExitCode {
    let write = std::env::args().any(|argument| argument == "--write");
    match program::run(write) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Browsers have no such compiler.
#[cfg(target_arch = "wasm32")]
fn main() -> ExitCode {
    ExitCode::SUCCESS
}
