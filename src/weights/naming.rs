//! Gives the tensors of a file the names that torchvision has for them.
//!
//! A file may hold a network under any prefix and any known naming scheme, several copies of it, a classifier of any name, and tensors
//! that are not part of it. Where no scheme fits, the network is recognised by the shapes of its tensors.

mod candidates;
mod canonical;
mod groups;
mod head;
mod parse_blocks;
mod pattern;
mod schemes;
mod structure;
mod tensor;

use std::collections::HashSet;

use crate::error::{Error, Result};
use candidates::Candidate;
use groups::{Group, groups, levels};
use schemes::{SCHEMES, TORCHVISION};

pub(super) use canonical::canonical;
pub(super) use tensor::Tensor;

/// The names of a file's tensors.
#[derive(Debug)]
pub(super) struct Naming {
    /// torchvision's name for each tensor; `None` where the tensor is not part of the network.
    pub names: Vec<Option<String>>,
    /// The naming scheme of the file.
    pub scheme: &'static str,
    /// The prefix of the network's tensors; `None` where no complete network is found under one.
    pub prefix: Option<String>,
    /// Sentences about choices that were made.
    pub notes: Vec<String>,
}

/// Names all tensors. `reordered` is true where their order is not that of the network's definition.
///
/// # Errors
/// [`crate::Error::Weights`] when the network has a classifier that is not supported.
pub(super) fn resolve(tensors: &[Tensor<'_>], reordered: bool) -> Result<Naming> {
    let names: Vec<&str> = tensors.iter().map(|tensor| tensor.name).collect();
    let (complete, partial): (Vec<_>, Vec<_>) =
        candidates::candidates(&names).into_iter().partition(Candidate::is_complete);
    if let Some((chosen, others)) = choose(complete) {
        let prefix = Some(chosen.prefix.clone());
        return Ok(Naming { prefix, ..named(tensors, chosen, &others)? });
    }
    if let Some(renamed) = structure::recognise(tensors, reordered) {
        return Ok(by_structure(tensors.len(), renamed));
    }
    // For the error message: the scheme of most names.
    let most = partial.into_iter().max_by_key(|candidate| candidate.renamed.len());
    match most.filter(|candidate| candidate.renamed.len() * 2 > tensors.len()) {
        Some(candidate) => named(tensors, candidate, &[]),
        None => Ok(Naming {
            names: names.iter().map(|name| Some((*name).to_owned())).collect(),
            scheme: TORCHVISION.name,
            prefix: None,
            notes: Vec::new(),
        }),
    }
}

/// Refuses a file some of whose network's parameters cannot be read: those below its prefix, or all where no network is found.
///
/// # Errors
/// [`crate::Error::Weights`] with the first such parameter and what it is.
pub(super) fn refuse_unreadable(unreadable: &[(String, &str)], prefix: Option<&str>) -> Result<()> {
    let names: Vec<&str> = unreadable.iter().map(|(name, _)| name.as_str()).collect();
    let is_parameter = |name: &String| {
        let parameter = name.rsplit('.').next().unwrap_or_default();
        candidates::PARAMETERS.contains(&parameter) && prefix.is_none_or(|prefix| name.starts_with(prefix))
    };
    let found = canonical(&names).into_iter().zip(unreadable).find(|(name, _)| is_parameter(name));
    found.map_or(Ok(()), |(name, (_, what))| {
        let remedy = "save the network's state_dict() with dense tensors of floats on the CPU";
        Err(Error::Weights(format!("{name}: expected a tensor with its values, found {what}; {remedy}")))
    })
}

/// The candidate with the highest preference, the first of equal ones, and the others.
fn choose(mut candidates: Vec<Candidate>) -> Option<(Candidate, Vec<Candidate>)> {
    let best = candidates.iter().map(Candidate::preference).max()?;
    let at = candidates.iter().position(|candidate| candidate.preference() == best)?;
    let chosen = candidates.remove(at);
    Some((chosen, candidates))
}

fn by_structure(count: usize, renamed: Vec<(usize, String)>) -> Naming {
    let mut names = vec![None; count];
    renamed.into_iter().for_each(|(at, name)| names[at] = Some(name));
    let note = "recognised by the shapes of its tensors: no known naming scheme fits, and exactly one assignment to a ResNet does";
    Naming { names, scheme: "unknown", prefix: None, notes: vec![note.to_owned()] }
}

/// Names the tensors of a candidate, finds its classifier and sorts out what is beside it.
fn named(tensors: &[Tensor<'_>], chosen: Candidate, others: &[Candidate]) -> Result<Naming> {
    let mut names = vec![None; tensors.len()];
    let of_others = |at: &usize| others.iter().any(|other| other.contains(*at, tensors[*at].name, &chosen.prefix));
    let mut taken: HashSet<usize> = (0..tensors.len()).filter(of_others).collect();
    let features = features(tensors, &chosen.renamed);
    let Candidate { prefix, scheme, renamed } = chosen;
    for (at, name) in renamed {
        names[at] = Some(name);
        taken.insert(at);
    }
    let own_modules: HashSet<&str> = (0..tensors.len())
        .filter(|at| names[*at].is_some())
        .filter_map(|at| tensors[at].name.strip_prefix(prefix.as_str())?.split('.').next())
        .collect();
    let mut left_out = Vec::new();
    let mut dilated = None;
    let mut found = false;
    let mut inner = None;
    for level in levels(&prefix) {
        let (own, beside): (Vec<Group>, Vec<Group>) = groups(tensors, level, inner, &taken)
            .into_iter()
            .partition(|group| inner.is_none() && own_modules.contains(group.key.as_str()));
        let head = if found { None } else { head::find(&beside, tensors, features, inner.is_none())? };
        found |= head.is_some();
        dilated = dilated.or_else(|| head::of_segmentation(&beside, tensors));
        for group in own.iter().chain(&beside) {
            let of_head = head.as_ref().filter(|head| head.tensors == group.tensors);
            let unexpected =
                inner.is_none() && (own_modules.contains(group.key.as_str()) || has_layers(group, tensors));
            for at in &group.tensors {
                let name = tensors[*at].name;
                names[*at] = match of_head {
                    Some(head) => Some(format!("fc{}", name.strip_prefix(head.module.as_str()).unwrap_or_default())),
                    None if unexpected => Some(name[prefix.len()..].to_owned()),
                    None => None,
                };
            }
            if of_head.is_none() && !unexpected {
                left_out.push((group.path.clone(), group.tensors.len()));
            }
        }
        inner = Some(level);
    }
    let dilated = dilated.filter(|_| !found).map(|head| {
        format!("{head} is the head of a segmentation network, whose last stages are often dilated; that is not in the tensors, and strides are assumed")
    });
    let notes = others_note(&prefix, others).into_iter().chain(left_out_note(&left_out)).chain(dilated).collect();
    Ok(Naming { names, scheme: SCHEMES[scheme].name, prefix: None, notes })
}

/// The channels of the last block.
fn features(tensors: &[Tensor<'_>], renamed: &[(usize, String)]) -> usize {
    let convolution = |(at, name): &(usize, String)| {
        let stage = name.strip_prefix("layer")?.split('.').next()?.parse::<u32>().ok()?;
        let number = name.strip_suffix(".weight")?.rsplit_once(".conv")?.1.parse::<u32>().ok()?;
        Some(((stage, number), tensors[*at].dims.first().copied()?))
    };
    renamed.iter().filter_map(convolution).max().map_or(0, |(_, channels)| channels)
}

/// Whether a group looks like layers that the network computes with: convolutions, or normalisations without a linear layer.
/// Linear layers, projections of features and scalars are not needed for the answer.
fn has_layers(group: &Group, tensors: &[Tensor<'_>]) -> bool {
    let rank = |least: usize| group.tensors.iter().any(|at| tensors[*at].dims.len() >= least);
    let statistics = group.tensors.iter().any(|at| tensors[*at].name.ends_with("running_mean"));
    rank(3) || statistics && !rank(2)
}

fn others_note(prefix: &str, others: &[Candidate]) -> Option<String> {
    let shown = |prefix: &str| match prefix.trim_end_matches('.') {
        "" => "the top level".to_owned(),
        prefix => prefix.to_owned(),
    };
    let also: Vec<String> = others.iter().take(3).map(|other| shown(&other.prefix)).collect();
    (!also.is_empty()).then(|| {
        format!("the file holds several copies of the network: {} is used, not {}", shown(prefix), also.join(", "))
    })
}

fn left_out_note(left_out: &[(String, usize)]) -> Option<String> {
    // The state of optimizers is never part of a network.
    let optimizer = |path: &str| ["optim", "scheduler", "scaler"].iter().any(|word| path.contains(word));
    let beside: Vec<&(String, usize)> = left_out.iter().filter(|(path, _)| !optimizer(path)).collect();
    let count: usize = beside.iter().map(|(_, count)| count).sum();
    let shown: Vec<&str> = beside.iter().take(4).map(|(path, _)| path.as_str()).collect();
    let more = if beside.len() > shown.len() { ", …" } else { "" };
    (count > 0).then(|| {
        let tensors = if count == 1 { "1 tensor" } else { &format!("{count} tensors") };
        format!("{tensors} beside the network left out: {}{more}", shown.join(", "))
    })
}
