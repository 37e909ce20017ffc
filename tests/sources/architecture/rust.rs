//! Imports between Rust files. A name that a module re-exports counts as an import of the file that defines it, so that a module
//! and its children form no cycle by their facade alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{ItemUse, UseTree, Visibility};

use super::graph::ImportGraph;
use super::sources::files;

/// The top-level module of `src` that a file belongs to.
pub fn top_module(file: &Path) -> String {
    let first = file.iter().nth(1).expect("a file below src");
    Path::new(first).file_stem().expect("a name").to_string_lossy().into_owned()
}

/// Which file below `folder` uses names of which.
pub fn imports(folder: &str) -> ImportGraph {
    let modules = Modules::read(folder);
    let mut graph = ImportGraph::default();
    for (module, source) in &modules.of {
        graph.add_file(&source.file);
        for path in source.private.iter().chain(&source.inline) {
            let found = modules.absolute(module, path).and_then(|path| modules.defining(&path, 0));
            if let Some(file) = found {
                graph.add(&source.file, &file);
            }
        }
    }
    graph
}

type ModulePath = Vec<String>;

/// A file and the paths in it.
#[derive(Default)]
struct Source {
    file: PathBuf,
    /// Of `use` without `pub`.
    private: Vec<ModulePath>,
    /// Of `pub use`: the module's facade.
    public: Vec<ModulePath>,
    /// Written out in code, as in `crate::shape::Shape`.
    inline: Vec<ModulePath>,
}

struct Modules {
    of: BTreeMap<ModulePath, Source>,
}

impl Modules {
    fn read(folder: &str) -> Self {
        // Programs are crates of their own, whose `crate` is another.
        let library = files(folder, &["rs"]).into_iter().filter(|(file, _)| !file.starts_with("src/bin"));
        let of = library.map(|(file, text)| {
            let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let mut source = Source { file: file.clone(), ..Source::default() };
            source.visit_file(&syntax);
            (module_path(&file), source)
        });
        Self { of: of.collect() }
    }

    /// A path as seen from the crate's root; `None` for one of another crate.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<ModulePath> {
        let ups = path.iter().take_while(|part| *part == "super").count();
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([module, &path[1..]].concat()),
            "super" => Some([&module[..module.len() - ups], &path[ups..]].concat()),
            child => {
                let inside = [module, &[child.to_owned()]].concat();
                self.of.contains_key(&inside).then(|| [module, path].concat())
            }
        }
    }

    /// The file that defines what an absolute path names; re-exports are followed.
    fn defining(&self, path: &[String], depth: usize) -> Option<PathBuf> {
        let split = (0..=path.len()).rev().find(|split| self.of.contains_key(&path[..*split]))?;
        let (module, rest) = path.split_at(split);
        let source = &self.of[module];
        let exported = rest.first().and_then(|name| {
            let uses = source.public.iter().chain(&source.private);
            uses.filter(|used| used.last() == Some(name)).find_map(|used| self.absolute(module, used))
        });
        match exported {
            Some(next) if depth < 8 => self.defining(&next, depth + 1),
            _ => Some(source.file.clone()),
        }
    }
}

/// `src/gpu/canvas.rs` is `gpu::canvas`; `src/lib.rs` is the root.
fn module_path(file: &Path) -> ModulePath {
    let path = file.with_extension("");
    let parts = path.iter().skip(1).map(|part| part.to_string_lossy().into_owned());
    parts.filter(|part| part != "lib").collect()
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let paths = if matches!(item.vis, Visibility::Inherited) { &mut self.private } else { &mut self.public };
        collect(&item.tree, &mut Vec::new(), paths);
    }

    /// `pub(in crate::weights)` uses nothing of that module.
    fn visit_visibility(&mut self, _visibility: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            self.inline.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }
}

fn collect(tree: &UseTree, before: &mut ModulePath, found: &mut Vec<ModulePath>) {
    let mut add = |name: &syn::Ident, before: &ModulePath| {
        let more = if name == "self" { Vec::new() } else { vec![name.to_string()] };
        found.push([before.as_slice(), &more].concat());
    };
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            collect(&path.tree, before, found);
            before.pop();
        }
        UseTree::Name(name) => add(&name.ident, before),
        UseTree::Rename(rename) => add(&rename.ident, before),
        UseTree::Group(group) => group.items.iter().for_each(|tree| collect(tree, before, found)),
        UseTree::Glob(_) => found.push(before.clone()),
    }
}
