//! Imports between the page's scripts.

use std::path::{Component, Path, PathBuf};

use super::graph::ImportGraph;
use super::sources::page_scripts;

/// Which script below `folder` imports which, by static and dynamic imports. Types in comments are not imports, nor is a worker
/// that a page starts: it runs in a realm of its own.
pub fn imports(folder: &str) -> ImportGraph {
    let mut graph = ImportGraph::default();
    for (file, text) in page_scripts(folder) {
        graph.add_file(&file);
        let folder = file.parent().unwrap_or(Path::new(""));
        for specifier in specifiers(&without_comments(&text)).filter(|specifier| specifier.starts_with('.')) {
            graph.add(&file, &normalised(&folder.join(specifier)));
        }
    }
    graph
}

fn without_comments(text: &str) -> String {
    let comment = |line: &&str| ["//", "/*", "*"].iter().any(|start| line.trim_start().starts_with(start));
    text.lines().filter(|line| !comment(line)).collect::<Vec<_>>().join("\n")
}

/// What `from '…'`, `import '…'` and `import('…')` name.
fn specifiers(text: &str) -> impl Iterator<Item = &str> {
    let starts = ["from '", "import '", "import('"];
    starts.into_iter().flat_map(|start| text.split(start).skip(1)).filter_map(|rest| rest.split('\'').next())
}

fn normalised(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut whole, part| {
        match part {
            Component::ParentDir => drop(whole.pop()),
            Component::CurDir => {}
            other => whole.push(other),
        }
        whole
    })
}
