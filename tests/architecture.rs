//! The house rules of ARCHITECTURE.md that a compiler does not keep: floors, who may name `wgpu`, pages that know no network,
//! files that stay small.
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up; a module imports only from lower floors and from beside itself on the same floor.
const FLOORS: [&[&str]; 7] = [
    &["error", "lock", "shape", "tensor", "image"],
    &["kernel", "ops"],
    &["graph", "resnet", "weights", "preprocess", "card", "catalog", "hub", "labels"],
    &["plan", "lens"],
    &["gpu"],
    &["session"],
    &["web"],
];

/// Files below `folder` with one of these endings.
fn files(folder: &str, endings: &[&str]) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("a readable folder").path();
            if path.ends_with("node_modules") {
                continue;
            }
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join(folder), &mut found);
    found.retain(|path| path.extension().is_some_and(|ending| endings.iter().any(|wanted| *wanted == ending)));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path.strip_prefix(root).expect("below the root").to_owned(), text)
    };
    found.into_iter().map(read).collect()
}

/// The lines of code, without comments and the examples in them.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The module of `src` that a file belongs to.
fn module(path: &Path) -> String {
    let first = path.iter().nth(1).expect("src is the first part");
    Path::new(first).file_stem().expect("a name").to_string_lossy().into_owned()
}

fn floor(module: &str) -> usize {
    let found = FLOORS.iter().position(|floor| floor.contains(&module));
    found.unwrap_or_else(|| {
        panic!("src/{module}: on no floor yet: give it one in tests/architecture.rs and ARCHITECTURE.md")
    })
}

#[test]
fn imports_go_downstairs() {
    for (path, text) in files("src", &["rs"]) {
        let from = module(&path);
        if from == "lib" {
            continue;
        }
        for imported in code(&text).flat_map(|line| line.split("crate::").skip(1)) {
            assert!(
                !imported.starts_with('{'),
                "{}: one `use crate::…` for each module, for this test to read",
                path.display()
            );
            let to: String = imported.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            // `crate::Error` and the like are lib.rs's names for what lies on the ground floor, and used in prose only.
            let downstairs = to.is_empty() || floor(&to) <= floor(&from);
            assert!(downstairs, "{}: imports crate::{to}, which lies above it", path.display());
        }
    }
}

#[test]
fn only_the_gpu_floor_names_wgpu() {
    for (path, text) in files("src", &["rs"]) {
        let allowed = path.starts_with("src/gpu") || path.ends_with("src/gpu.rs");
        let named = code(&text).find(|line| line.contains("wgpu::"));
        assert!(allowed || named.is_none(), "{}: {}", path.display(), named.unwrap_or_default());
    }
}

/// Tree, thumbnails and labels of the page come from `layers()`: another depth shows in the same page.
#[test]
fn the_page_knows_no_network() {
    let own = files("www", &["js"]).into_iter().filter(|(path, _)| !path.starts_with("www/pkg"));
    for (path, text) in own {
        for word in ["layer1", "layer2", "layer3", "layer4", "resnet18", "resnet34", "resnet50", "downsample"] {
            let named = text.lines().find(|line| line.to_lowercase().contains(word));
            assert!(named.is_none(), "{}: names {word}: {}", path.display(), named.unwrap_or_default());
        }
    }
}

#[test]
fn no_source_file_is_long() {
    let sources = [
        ("src", "rs"),
        ("shaders", "wgsl"),
        ("tests", "rs"),
        ("examples", "rs"),
        ("benches", "rs"),
        ("benches", "js"),
        ("www", "js"),
        ("www", "css"),
    ];
    for (path, text) in sources.iter().flat_map(|(folder, ending)| files(folder, &[ending])) {
        let built = path.starts_with("www/pkg");
        let lines = text.lines().count();
        assert!(built || lines <= 400, "{}: {lines} lines, expected at most 400", path.display());
    }
}
