//! The rules of ARCHITECTURE.md that a compiler does not check: tiers, import cycles, who may name `wgpu`, a page that knows no
//! network, the length of files.

mod graph;
mod javascript;
mod rust;
mod sources;

use std::path::Path;

use graph::ImportGraph;
use sources::{code, files};

/// Tiers from the bottom up. A module imports from lower tiers, and from its own tier where [`WITHIN_A_TIER`] lists it.
const TIERS: [&[&str]; 8] = [
    &["error", "lock", "shape", "tensor", "decoded_image", "warning"],
    &["kernel", "ops"],
    &["graph", "resnet", "weights", "preprocess", "card", "catalog", "hub", "labels"],
    &["plan", "lens"],
    &["cpu"],
    &["gpu"],
    &["session"],
    &["web"],
];

/// Imports between modules of one tier, importer first.
const WITHIN_A_TIER: &[(&str, &str)] = &[
    ("card", "labels"),
    ("card", "preprocess"),
    ("card", "resnet"),
    ("catalog", "card"),
    ("error", "decoded_image"),
    ("hub", "card"),
    ("hub", "labels"),
    ("hub", "preprocess"),
    ("hub", "resnet"),
    ("ops", "kernel"),
    ("resnet", "graph"),
    ("tensor", "error"),
    ("tensor", "shape"),
    ("weights", "graph"),
    ("weights", "resnet"),
];

fn tier(module: &str) -> usize {
    let found = TIERS.iter().position(|tier| tier.contains(&module));
    found.unwrap_or_else(|| {
        panic!("src/{module} has no tier: add it to tests/sources/architecture/mod.rs and ARCHITECTURE.md")
    })
}

#[test]
fn modules_import_only_from_lower_tiers() {
    let mut unused: Vec<(&str, &str)> = WITHIN_A_TIER.to_vec();
    let mut wrong = Vec::new();
    for (file, imported) in rust::imports("src").edges() {
        let [from, to] = [file, imported].map(rust::top_module);
        if from == to || from == "lib" || to == "lib" {
            continue;
        }
        let allowed = WITHIN_A_TIER.contains(&(from.as_str(), to.as_str()));
        unused.retain(|listed| *listed != (from.as_str(), to.as_str()));
        if tier(&to) > tier(&from) || (tier(&to) == tier(&from) && !allowed) {
            wrong.push(format!("{} imports {}", file.display(), imported.display()));
        }
    }
    assert!(wrong.is_empty(), "imports against the tiers:\n{}", wrong.join("\n"));
    assert!(unused.is_empty(), "WITHIN_A_TIER lists imports that no file has: {unused:?}");
}

/// Fails with every group of files that import each other, and prints how many there are.
fn assert_no_cycles(language: &str, graph: &ImportGraph) {
    let cycles = graph.cycles();
    println!("{language}: {} files, {} import cycles", graph.len(), cycles.len());
    let described: Vec<String> = cycles.iter().map(|files| graph.describe(files)).collect();
    assert!(cycles.is_empty(), "{language}: import cycles:\n{}", described.join("\n"));
}

#[test]
fn no_rust_files_import_each_other() {
    assert_no_cycles("Rust", &rust::imports("src"));
}

#[test]
fn no_javascript_files_import_each_other() {
    for folder in ["www", "npm"] {
        assert_no_cycles("JavaScript", &javascript::imports(folder));
    }
}

/// The graph finds a cycle of two, one of three, and none where there is none.
#[test]
fn cycles_are_found() {
    let graph = |edges: &[(&str, &str)]| edges.iter().copied().collect::<ImportGraph>();
    assert_eq!(graph(&[("a", "b"), ("b", "c"), ("a", "c")]).cycles().len(), 0);
    assert_eq!(graph(&[("a", "b"), ("b", "a"), ("b", "c")]).cycles(), [[Path::new("a"), Path::new("b")]]);
    assert_eq!(graph(&[("a", "b"), ("b", "c"), ("c", "a")]).cycles()[0].len(), 3);
}

#[test]
fn only_the_gpu_module_names_wgpu() {
    for (path, text) in files("src", &["rs"]) {
        let allowed = path.starts_with("src/gpu") || path.ends_with("src/gpu.rs");
        let named = code(&text).find(|line| line.contains("wgpu::"));
        assert!(allowed || named.is_none(), "{}: {}", path.display(), named.unwrap_or_default());
    }
}

/// Planner, lens, session and page ask an operator for its properties; they do not match on its type.
#[test]
fn only_ops_match_on_operators() {
    for (path, text) in files("src", &["rs"]) {
        let allowed = path.starts_with("src/ops") || path.ends_with("src/ops.rs");
        let matched = code(&text)
            .find(|line| line.split(|c: char| c != ':' && !c.is_alphanumeric()).any(|word| word.starts_with("Op::")));
        assert!(allowed || matched.is_none(), "{}: {}", path.display(), matched.unwrap_or_default());
    }
}

/// A GPU buffer is freed when its owner is dropped: one type destroys it, and nothing else does.
#[test]
fn only_the_owning_handle_destroys_a_buffer() {
    for (path, text) in files("src", &["rs"]) {
        let manual = code(&text).find(|line| line.contains(".free()") || line.contains(".destroy()"));
        let owner = path.ends_with("src/gpu/buffer.rs");
        assert!(owner || manual.is_none(), "{}: {}", path.display(), manual.unwrap_or_default());
    }
}

/// The map, the thumbnails and the labels of the page come from `layers()`: another depth is shown by the same page.
#[test]
fn the_page_knows_no_network() {
    for (path, text) in sources::page_scripts("www") {
        for word in ["layer1", "layer2", "layer3", "layer4", "resnet18", "resnet34", "resnet50", "downsample"] {
            let named = text.lines().find(|line| line.to_lowercase().contains(word));
            assert!(named.is_none(), "{}: names {word}: {}", path.display(), named.unwrap_or_default());
        }
    }
}

#[test]
fn no_source_file_is_long() {
    let folders = ["src", "shaders", "tests", "examples", "benches", "fuzz", "www", "npm", "tools"];
    for (path, text) in
        folders.iter().flat_map(|folder| files(folder, &["rs", "wgsl", "js", "css", "py", "sh", "html"]))
    {
        let lines = text.lines().count();
        assert!(lines <= 400, "{}: {lines} lines, expected at most 400", path.display());
    }
}
