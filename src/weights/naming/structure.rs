//! Recognises a ResNet whose names follow no known scheme: the convolutions and normalisations in the order of the file are matched
//! with the blocks of the family by shape.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::candidates::PARAMETERS;
use super::parse_blocks::{self, Order};
use super::tensor::Tensor;
use crate::resnet::Block;

/// The parameters of one module, as indices of tensors.
#[derive(Debug)]
struct Module<'a> {
    path: &'a str,
    parameters: Vec<(&'a str, usize)>,
}

impl Module<'_> {
    fn parameter(&self, name: &str) -> Option<usize> {
        self.parameters.iter().find(|(own, _)| *own == name).map(|(_, at)| *at)
    }

    fn has_statistics(&self) -> bool {
        self.parameter("running_mean").is_some() && self.parameter("running_var").is_some()
    }

    /// Its tensors under another module name.
    fn renamed<'a>(&'a self, module: &'a str) -> impl Iterator<Item = (usize, String)> + 'a {
        self.parameters.iter().map(move |(parameter, at)| (*at, format!("{module}.{parameter}")))
    }
}

/// torchvision's name for each tensor of the network, if exactly one assignment fits: of the whole file, or of the tensors under one
/// of the first components of its names.
pub(super) fn recognise(tensors: &[Tensor<'_>], reordered: bool) -> Option<Vec<(usize, String)>> {
    let mut sets: Vec<(String, Vec<usize>)> = vec![(String::new(), (0..tensors.len()).collect())];
    // Depth first: the most containers around a network are a checkpoint and a wrapper or two.
    for _ in 0..4 {
        let fitting: Vec<_> = sets.iter().filter_map(|(_, set)| assign(tensors, set, reordered)).collect();
        match fitting.len() {
            0 => sets = sets.into_iter().flat_map(|(level, set)| split(tensors, &level, &set)).collect(),
            1 => return fitting.into_iter().next(),
            // Several copies without known names: which one is meant is not in the file.
            _ => return None,
        }
    }
    None
}

/// The tensors below `level` by the component that follows.
fn split(tensors: &[Tensor<'_>], level: &str, set: &[usize]) -> Vec<(String, Vec<usize>)> {
    let mut sets: Vec<(String, Vec<usize>)> = Vec::new();
    for at in set {
        let Some((key, _)) = tensors[*at].name[level.len()..].split_once('.') else { continue };
        let inner = format!("{level}{key}.");
        match sets.iter_mut().find(|(other, _)| *other == inner) {
            Some((_, set)) => set.push(*at),
            None => sets.push((inner, vec![*at])),
        }
    }
    sets
}

fn assign(tensors: &[Tensor<'_>], set: &[usize], reordered: bool) -> Option<Vec<(usize, String)>> {
    let modules = modules(tensors, set, reordered)?;
    let dims = |module: &Module<'_>, parameter| module.parameter(parameter).map(|at| tensors[at].dims);
    let (mut convolutions, mut norms, mut linears) = (Vec::new(), Vec::new(), Vec::new());
    for module in &modules {
        match dims(module, "weight")?.len() {
            4 => convolutions.push(module),
            1 if module.has_statistics() => norms.push(module),
            2 => linears.push(module),
            _ => return None,
        }
    }
    // Sorted by name, the stem need not be the first: it is the only convolution of an image's channels.
    let stem =
        convolutions.iter().position(|module| dims(module, "weight").is_some_and(|dims| [1, 3].contains(&dims[1])));
    if let Some(stem) = stem.filter(|stem| reordered && *stem > 0 && *stem < norms.len()) {
        convolutions[..=stem].rotate_right(1);
        norms[..=stem].rotate_right(1);
    }
    let shapes: Vec<[usize; 4]> =
        convolutions.iter().map(|module| dims(module, "weight")?.try_into().ok()).collect::<Option<_>>()?;
    let mut fits: Vec<Vec<String>> = Vec::new();
    for block in [Block::Basic, Block::Bottleneck] {
        for order in [Order::ShortcutLast, Order::ShortcutFirst, Order::NoShortcut] {
            let names = parse_blocks::parse(&shapes, block, order);
            fits.extend(names.filter(|names| !fits.contains(names)));
        }
    }
    let [names] = &fits[..] else { return None };
    let norms_fit = norms.len() == shapes.len()
        && norms.iter().zip(&shapes).all(|(norm, shape)| dims(norm, "weight") == Some(&shape[..1]));
    let ordered = |modules| ordered_by_number(modules, names, &shapes);
    if !norms_fit || reordered && !(ordered(&convolutions) && ordered(&norms)) {
        return None;
    }
    let mut renamed: Vec<(usize, String)> = Vec::new();
    for ((convolution, norm), name) in convolutions.iter().zip(&norms).zip(names) {
        renamed.extend(convolution.renamed(name));
        renamed.extend(norm.renamed(&parse_blocks::norm_name(name)));
    }
    match linears[..] {
        [] => {}
        [head] => renamed.extend(head.renamed("fc")),
        _ => return None,
    }
    Some(renamed)
}

/// The modules of the set, in order; `None` when there are parameters that no convolution, normalisation or linear layer has.
fn modules<'a>(tensors: &[Tensor<'a>], set: &[usize], reordered: bool) -> Option<Vec<Module<'a>>> {
    let mut modules: Vec<Module<'a>> = Vec::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    for at in set {
        let Tensor { name, dims } = tensors[*at];
        let Some((path, parameter)) = name.rsplit_once('.').filter(|(_, parameter)| PARAMETERS.contains(parameter))
        else {
            // Counters beside the network, as `n_averaged`.
            if dims.is_empty() {
                continue;
            }
            return None;
        };
        let module = *index.entry(path).or_insert_with(|| {
            modules.push(Module { path, parameters: Vec::new() });
            modules.len() - 1
        });
        modules[module].parameters.push((parameter, *at));
    }
    if reordered {
        modules.sort_by(|a, b| natural_order(a.path, b.path));
    }
    Some(modules)
}

/// Whether modules of equal shapes differ in a number first: their order by name is then that of the network. Projections, whose
/// position in the block is known, and the stem are not compared.
fn ordered_by_number(modules: &[&Module<'_>], names: &[String], shapes: &[[usize; 4]]) -> bool {
    let numbered = |first: usize, second: usize| {
        let pairs = tokens(modules[first].path).into_iter().zip(tokens(modules[second].path));
        let different = pairs.into_iter().find(|(a, b)| a != b);
        different.is_some_and(|(a, b)| [a, b].iter().all(|token| token.starts_with(|c: char| c.is_ascii_digit())))
    };
    let main: Vec<usize> = (1..modules.len()).filter(|at| !names[*at].contains("downsample")).collect();
    main.iter().enumerate().all(|(position, at)| {
        let previous = main[..position].iter().rev().find(|other| shapes[**other] == shapes[*at]);
        previous.is_none_or(|previous| numbered(*previous, *at))
    })
}

/// Compares names by their runs of digits as numbers: `block2` comes before `block10`.
fn natural_order(a: &str, b: &str) -> Ordering {
    let key = |token: &str| (token.parse::<u64>().ok(), token.to_owned());
    let [a, b] = [a, b].map(|name| tokens(name).into_iter().map(key).collect::<Vec<_>>());
    a.cmp(&b)
}

/// A name in runs of digits and of other characters.
fn tokens(name: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut start = 0;
    let bytes = name.as_bytes();
    for at in 1..=bytes.len() {
        if at == bytes.len() || bytes[at].is_ascii_digit() != bytes[at - 1].is_ascii_digit() {
            tokens.push(&name[start..at]);
            start = at;
        }
    }
    tokens
}
