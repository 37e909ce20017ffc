//! The project's own source files.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold what was built or installed.
const FOREIGN: [&str; 4] = ["node_modules", "pkg", "target", "corpus"];

/// Files below `folder` with one of these endings, as paths from the project's root, and their text.
pub fn files(folder: &str, endings: &[&str]) -> Vec<(PathBuf, String)> {
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

/// The page's own scripts.
pub fn page_scripts(folder: &str) -> Vec<(PathBuf, String)> {
    files(folder, &["js"])
}

/// The lines of code, without comments and the examples in them.
pub fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().unwrap_or_default();
        if FOREIGN.iter().any(|foreign| *foreign == name) {
            continue;
        }
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}
