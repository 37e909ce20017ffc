//! Sets `cfg(shared_data)` if the shared test data exists next to the checkout. Tests that need the data are otherwise ignored
//! and reported as ignored. See `tests/reference.rs`.

use std::path::Path;

fn main() {
    const DATA: &str = "../shared/data/README.md";
    println!("cargo::rustc-check-cfg=cfg(shared_data)");
    println!("cargo::rerun-if-changed=build.rs");
    if Path::new(DATA).exists() {
        println!("cargo::rustc-cfg=shared_data");
        // Only if it exists: cargo runs the build script and compiles the crate every time for a path that does not exist.
        println!("cargo::rerun-if-changed={DATA}");
    }
}
