//! Which file imports which, and the groups of files that import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Imports between files; a file that imports nothing is a node without edges.
#[derive(Default)]
pub struct ImportGraph {
    imports: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl ImportGraph {
    pub fn add_file(&mut self, file: &Path) {
        self.imports.entry(file.to_owned()).or_default();
    }

    pub fn add(&mut self, file: &Path, imported: &Path) {
        self.add_file(imported);
        if file != imported {
            self.imports.entry(file.to_owned()).or_default().insert(imported.to_owned());
        }
    }

    pub fn len(&self) -> usize {
        self.imports.len()
    }

    /// All imports, importer first.
    pub fn edges(&self) -> impl Iterator<Item = (&Path, &Path)> {
        self.imports.iter().flat_map(|(file, all)| all.iter().map(move |imported| (file.as_path(), imported.as_path())))
    }

    /// The groups of two or more files that reach each other: the strongly connected components.
    pub fn cycles(&self) -> Vec<Vec<&Path>> {
        let reached: BTreeMap<&Path, BTreeSet<&Path>> =
            self.imports.keys().map(|file| (file.as_path(), self.reached_from(file))).collect();
        let mut groups = BTreeSet::new();
        for (file, others) in &reached {
            let group: Vec<&Path> = others.iter().copied().filter(|other| reached[other].contains(file)).collect();
            if group.len() > 1 {
                groups.insert(group);
            }
        }
        groups.into_iter().collect()
    }

    /// The files of one cycle with the imports among them.
    pub fn describe(&self, files: &[&Path]) -> String {
        let inside = |(from, to): &(&Path, &Path)| files.contains(from) && files.contains(to);
        let lines = self.edges().filter(inside).map(|(from, to)| format!("  {} → {}", from.display(), to.display()));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn reached_from<'a>(&'a self, file: &'a Path) -> BTreeSet<&'a Path> {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![file];
        while let Some(next) = waiting.pop() {
            let imported = self.imports.get(next).into_iter().flatten().map(PathBuf::as_path);
            waiting.extend(imported.filter(|path| reached.insert(*path)));
        }
        reached
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for ImportGraph {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(edges: T) -> Self {
        let mut graph = Self::default();
        edges.into_iter().for_each(|(from, to)| graph.add(Path::new(from), Path::new(to)));
        graph
    }
}
