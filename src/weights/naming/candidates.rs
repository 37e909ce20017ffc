//! The networks in a file: every prefix under which enough names follow a naming scheme.

use std::collections::HashMap;

use super::pattern::{Numbers, expand, match_end};
use super::schemes::{SCHEMES, Scheme};

/// The parameters of convolutions, normalisations and linear layers.
pub(super) const PARAMETERS: [&str; 5] = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"];

/// A network: a prefix, and the names below it that follow a scheme.
#[derive(Debug)]
pub(super) struct Candidate {
    /// The prefix, empty or with a dot at its end.
    pub prefix: String,
    /// The index of the scheme.
    pub scheme: usize,
    /// Index of a tensor, and torchvision's name for it, in the order of the file.
    pub renamed: Vec<(usize, String)>,
}

impl Candidate {
    /// Whether it has a stem and a first block.
    pub fn is_complete(&self) -> bool {
        let has = |wanted: &[&str]| self.renamed.iter().any(|(_, name)| wanted.contains(&name.as_str()));
        has(&["conv1.weight", "conv1.0.weight"]) && has(&["layer1.0.conv1.weight"])
    }

    /// Whether a tensor belongs to this network and not to one with prefix `chosen`.
    pub fn contains(&self, tensor: usize, name: &str, chosen: &str) -> bool {
        let below = !chosen.starts_with(&self.prefix) && name.starts_with(&self.prefix);
        below || self.renamed.iter().any(|(at, _)| *at == tensor)
    }

    /// How much an inference program prefers this copy of a network over others in the same file. One with statistics of batch
    /// normalisations before one without: averages of the parameters alone are no network. Then averaged weights first, as timm does;
    /// the slowly moving copies of self-supervised training, and gradients and momenta, last.
    pub fn preference(&self) -> (bool, u8) {
        let prefix = self.prefix.to_ascii_lowercase();
        let words: Vec<&str> = prefix.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let any = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
        let averaged = words.iter().any(|word| word.starts_with("ema") || word.ends_with("ema"));
        let of_training =
            any(&TRAINING) || words.iter().any(|word| word.starts_with("optim") || word.starts_with("grad"));
        let rank = if of_training {
            0
        } else if any(&AVERAGED) || averaged {
            2
        } else {
            1
        };
        (self.renamed.iter().any(|(_, name)| name.ends_with("running_var")), rank)
    }
}

/// Words of a prefix under which averaged weights are stored.
const AVERAGED: [&str; 8] = ["swa", "averaged", "average", "avg", "shadow", "teacher", "polyak", "moving"];

/// Words of a prefix under which training stores copies that are no networks of their own.
const TRAINING: [&str; 9] = ["momentum", "momenta", "target", "k", "key", "exp", "velocity", "initial", "init"];

/// All candidates, the one with the most tensors first for each prefix; prefixes in the order of the file.
pub(super) fn candidates(names: &[&str]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut index: HashMap<(usize, &str), usize> = HashMap::new();
    for (at, name) in names.iter().enumerate() {
        let Some((module, parameter)) = name.rsplit_once('.') else { continue };
        if !PARAMETERS.contains(&parameter) {
            continue;
        }
        let components: Vec<&str> = module.split('.').collect();
        for (scheme_at, scheme) in SCHEMES.iter().enumerate() {
            for (front, target) in matches(scheme, &components) {
                let length = components[..front].iter().map(|part| part.len() + 1).sum();
                let prefix = &name[..length];
                let candidate = *index.entry((scheme_at, prefix)).or_insert_with(|| {
                    found.push(Candidate { prefix: prefix.to_owned(), scheme: scheme_at, renamed: Vec::new() });
                    found.len() - 1
                });
                found[candidate].renamed.push((at, format!("{target}.{parameter}")));
            }
        }
    }
    best_of_each_prefix(found)
}

/// The rows of a scheme that match the end of a module name, each with the number of components in front. At most one row matches
/// with a given prefix.
fn matches<'a>(scheme: &'a Scheme, components: &'a [&str]) -> impl Iterator<Item = (usize, String)> + 'a {
    scheme.rows.iter().copied().flatten().filter_map(|(pattern, target)| {
        let (front, numbers) = match_end(pattern, components)?;
        let from_one = |number: u32, first: u32| Some(number.checked_sub(first)? + 1);
        let stage = if pattern.contains("{s}") { from_one(numbers.stage, scheme.first_stage)? } else { 0 };
        let conv = if pattern.contains("{k}") { from_one(numbers.conv, scheme.first_conv)? } else { 0 };
        Some((front, expand(target, Numbers { stage, conv, ..numbers })))
    })
}

fn best_of_each_prefix(found: Vec<Candidate>) -> Vec<Candidate> {
    let mut best: Vec<Candidate> = Vec::new();
    for candidate in found {
        let rank = |candidate: &Candidate| (candidate.is_complete(), candidate.renamed.len());
        match best.iter_mut().find(|other| other.prefix == candidate.prefix) {
            None => best.push(candidate),
            Some(other) => {
                let better = rank(&candidate) > rank(other)
                    || rank(&candidate) == rank(other) && candidate.scheme < other.scheme;
                if better {
                    *other = candidate;
                }
            }
        }
    }
    best
}
