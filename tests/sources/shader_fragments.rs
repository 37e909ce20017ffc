//! The shared WGSL fragments: every kernel file lists those it is concatenated with, and the names that it takes from them.
//!
//! The list is one comment line per fragment, in the order of concatenation. ` or ` separates the alternatives of the kernel's
//! variants, ` + ` the fragments of one alternative:
//!
//! ```text
//! // uses lib/conv_window: window_origin, tap_offset
//! // uses lib/weight_f32 or lib/weight_f16: weight_at
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use resnet_lens::kernel::Kernel;
use resnet_lens::{lens, ops, plan};

fn shaders() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders")
}

/// The texts of `shaders/lib` by name, as in `lib/epilogue`.
fn fragments() -> BTreeMap<String, String> {
    let entries = fs::read_dir(shaders().join("lib")).expect("the folder of fragments");
    let fragment = |path: PathBuf| {
        let name = path.file_stem().expect("a file name").to_string_lossy().into_owned();
        (format!("lib/{name}"), fs::read_to_string(&path).expect("it was listed"))
    };
    entries.map(|entry| fragment(entry.expect("readable").path())).collect()
}

/// A line of the list: alternatives of fragments, and the names used from them.
#[derive(Debug)]
struct Uses {
    alternatives: Vec<Vec<String>>,
    names: BTreeSet<String>,
}

fn uses(file: &str) -> Vec<Uses> {
    let lines = file.lines().take_while(|line| line.starts_with("//"));
    let parse = |line: &str| {
        let (alternatives, names) = line.split_once(": ").unwrap_or((line, ""));
        let fragments = |alternative: &str| alternative.split(" + ").map(str::to_owned).collect();
        Uses {
            alternatives: alternatives.split(" or ").map(fragments).collect(),
            names: names.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        }
    };
    lines.filter_map(|line| line.strip_prefix("// uses ")).map(parse).collect()
}

/// The fragments that follow the kernel's file in its source, in order.
fn concatenated(kernel: &Kernel, file: &str, fragments: &BTreeMap<String, String>) -> Vec<String> {
    let start = kernel.source.find(file).expect("its file is part of the source") + file.len();
    let mut rest = &kernel.source[start..];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let next = fragments.iter().find(|(_, text)| rest.starts_with(text.as_str()));
        let (name, text) = next.unwrap_or_else(|| panic!("{}: not a fragment: {rest:.80}", kernel.label()));
        found.push(name.clone());
        rest = &rest[text.len()..];
    }
    found
}

/// The words of WGSL without comments, each with the characters before and after it.
fn words(text: &str) -> Vec<(char, &str, char)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    code.flat_map(|line| {
        let starts = line.char_indices().filter(move |(at, c)| is_word(*c) && !line[..*at].ends_with(is_word));
        starts.map(move |(at, _)| {
            let word = line[at..].split(|c: char| !is_word(c)).next().unwrap_or_default();
            let after = line[at + word.len()..].chars().next().unwrap_or(' ');
            (line[..at].chars().next_back().unwrap_or(' '), word, after)
        })
    })
    .collect()
}

/// The names that a file declares at module scope.
fn declared(text: &str) -> BTreeSet<String> {
    let name = |line: &str| {
        let line = if line.starts_with('@') { line.split(") ").last().unwrap_or_default() } else { line };
        let keywords = ["fn ", "const ", "struct ", "alias ", "override "];
        let rest = keywords.iter().find_map(|keyword| line.strip_prefix(keyword));
        let rest =
            rest.or_else(|| line.strip_prefix("var<").and_then(|line| line.split_once("> ")).map(|(_, rest)| rest));
        let name = rest?.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        Some(name.to_owned())
    };
    text.lines().filter(|line| !line.starts_with([' ', '}', '/'])).filter_map(name).collect()
}

#[test]
fn every_kernel_file_lists_its_fragments() {
    let fragments = fragments();
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut by_file: BTreeMap<&str, Vec<&Kernel>> = BTreeMap::new();
    for kernel in [ops::kernels(), lens::kernels(), plan::kernels()].concat() {
        by_file.entry(kernel.name).or_default().push(kernel);
    }
    for (name, kernels) in by_file {
        let file = fs::read_to_string(shaders().join(name).with_extension("wgsl")).expect("the kernel's file");
        let uses = uses(&file);
        let mut unused: BTreeSet<&Vec<String>> = uses.iter().flat_map(|uses| &uses.alternatives).collect();
        for kernel in kernels {
            let found = concatenated(kernel, &file, &fragments);
            used.extend(found.iter().cloned());
            let mut rest = &found[..];
            for Uses { alternatives, .. } in &uses {
                let chosen = alternatives.iter().find(|alternative| rest.starts_with(alternative));
                let chosen = chosen.unwrap_or_else(|| {
                    panic!("{}: lists {alternatives:?} but is concatenated with {found:?}", kernel.label())
                });
                unused.remove(chosen);
                rest = &rest[chosen.len()..];
            }
            assert!(rest.is_empty(), "{}: does not list {rest:?}", kernel.label());
        }
        assert!(unused.is_empty(), "{name}: lists {unused:?}, which no variant uses");
    }
    let all: BTreeSet<String> = fragments.into_keys().collect();
    assert_eq!(used, all, "fragments of some kernel, and files in shaders/lib");
}

/// The names after the colon are those that a reader has to look up in the fragments.
#[test]
fn every_kernel_file_lists_the_names_that_it_uses() {
    let fragments = fragments();
    let names: BTreeSet<&str> =
        [ops::kernels(), lens::kernels(), plan::kernels()].concat().iter().map(|kernel| kernel.name).collect();
    for name in names {
        let file = fs::read_to_string(shaders().join(name).with_extension("wgsl")).expect("the kernel's file");
        let own = declared(&file);
        let words = words(&file);
        let declarations = words.windows(2).filter(|pair| matches!(pair[0].1, "let" | "var"));
        let local: BTreeSet<&str> = declarations.map(|pair| pair[1].1).collect();
        // Neither members, as in `a.x`, nor their declarations, as in `x: u32`.
        let references = words.iter().filter(|(before, _, after)| *before != '.' && *after != ':');
        let referred: BTreeSet<&str> = references.map(|(_, word, _)| *word).collect();
        for Uses { alternatives, names } in uses(&file) {
            for alternative in alternatives {
                let declared: BTreeSet<String> =
                    alternative.iter().flat_map(|part| declared(&fragments[part])).collect();
                let missing: Vec<&String> = names.difference(&declared).collect();
                assert!(missing.is_empty(), "{name}: {missing:?} not declared by {alternative:?}");
                let taken = declared.iter().filter(|word| {
                    referred.contains(word.as_str()) && !own.contains(*word) && !local.contains(word.as_str())
                });
                let unlisted: Vec<&String> = taken.filter(|word| !names.contains(*word)).collect();
                assert!(unlisted.is_empty(), "{name}: uses {unlisted:?} of {alternative:?} without listing them");
            }
            let idle: Vec<&String> = names.iter().filter(|word| !referred.contains(word.as_str())).collect();
            assert!(idle.is_empty(), "{name}: lists {idle:?} without using them");
        }
    }
}
