//! Tells the tests whether the shared test data lies beside the checkout: those that need it are then run, otherwise ignored
//! and counted as ignored. See `tests/reference.rs`.

use std::path::Path;

fn main() {
    const DATA: &str = "../shared/data/README.md";
    println!("cargo::rustc-check-cfg=cfg(shared_data)");
    println!("cargo::rerun-if-changed=build.rs");
    if Path::new(DATA).exists() {
        println!("cargo::rustc-cfg=shared_data");
        // Not named where it is absent: cargo would then run this, and compile the crate, every time.
        println!("cargo::rerun-if-changed={DATA}");
    }
}
