//! Sets a `cfg` for each resource of the machine that tests need: `shared_data` for the shared test data next to the checkout (see
//! `tests/gpu/reference.rs`), `tint` for the WGSL compiler on the PATH (see `tests/sources/shaders.rs`). Without it, the tests are ignored and
//! reported as ignored.

use std::env;
use std::path::Path;

fn main() {
    const DATA: &str = "../shared/data/README.md";
    println!("cargo::rustc-check-cfg=cfg(shared_data, tint)");
    println!("cargo::rerun-if-changed=build.rs");
    if Path::new(DATA).exists() {
        println!("cargo::rustc-cfg=shared_data");
        // Only if it exists: cargo runs the build script and compiles the crate every time for a path that does not exist.
        println!("cargo::rerun-if-changed={DATA}");
    }
    let path = env::var_os("PATH").unwrap_or_default();
    if let Some(tint) = env::split_paths(&path).map(|folder| folder.join("tint")).find(|file| file.is_file()) {
        println!("cargo::rustc-cfg=tint");
        println!("cargo::rerun-if-changed={}", tint.display());
    }
}
