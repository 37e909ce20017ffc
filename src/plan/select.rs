//! What was measured becomes choices: the fastest way for every kind of layer, as long as the plan stays short.

use std::collections::{BTreeMap, BTreeSet};

use super::fuse::{self, Group};
use super::lower;
use super::selection::AlgorithmSelection;
use crate::graph::Graph;
use crate::ops::{AdapterProfile, Algorithm, Epilogue, KernelConfig};

/// Nanoseconds that each way of computing a class of layers took, the way that is known to be good first; by
/// [`AlgorithmSelection::class`]. Whole, so that they come out of a file as they went in.
pub type TuningTable = BTreeMap<String, Vec<(Algorithm, u64)>>;

/// By how much a way must be faster than what is known to be good: less may be chance.
const MARGIN: f64 = 0.97;
/// The most dispatches for an image, or a third more than the network has steps where that is more. Each takes time on the
/// processor that measuring a layer alone does not show.
const DISPATCHES: usize = 75;

/// A class of layers of a network, and how it is computed now.
struct Kind<'a> {
    class: &'a str,
    layers: usize,
    ways: Vec<Way>,
    chosen: Way,
}

/// A way that was measured, for one layer.
#[derive(Clone, Copy)]
struct Way {
    algorithm: Algorithm,
    time: f64,
    dispatches: usize,
}

impl AlgorithmSelection {
    /// AlgorithmSelection for `graph` by what was measured. Where the fastest ways would take too many dispatches, those that gain least by
    /// theirs give way to others.
    pub fn settled(adapter: AdapterProfile, times: &TuningTable, graph: &Graph) -> Self {
        let groups = fuse::groups(graph, &BTreeSet::from([graph.output()]));
        let mut choices = Self::of(adapter);
        let fastest = |(class, times): (&String, &Vec<_>)| Some((class.clone(), times[fastest(times)?].0));
        choices.measured = times.iter().filter_map(fastest).collect();
        let mut kinds = kinds(graph, &groups, &choices, times);
        let mut dispatches: usize = groups.iter().map(|group| lower(graph, group, &choices).dispatches.len()).sum();
        let most = DISPATCHES.max(groups.len() + groups.len().div_ceil(3));
        let mut given_back = Vec::new();
        while dispatches > most {
            let Some((index, way)) = least_loss(&kinds) else { break };
            given_back.push((index, kinds[index].chosen));
            dispatches -= kinds[index].more(kinds[index].chosen, way);
            kinds[index].chosen = way;
        }
        // A kind of many layers leaves room for others when it has given way.
        for (index, former) in given_back.into_iter().rev() {
            let more = kinds[index].more(former, kinds[index].chosen);
            if dispatches + more <= most {
                dispatches += more;
                kinds[index].chosen = former;
            }
        }
        choices.measured.extend(kinds.into_iter().map(|kind| (kind.class.to_owned(), kind.chosen.algorithm)));
        choices
    }
}

impl Kind<'_> {
    /// How many dispatches all its layers take more in a long way than in a short one.
    fn more(&self, long: Way, short: Way) -> usize {
        self.layers * (long.dispatches - short.dispatches)
    }
}

/// The index of the fastest way, the first of them unless another is clearly faster.
fn fastest(times: &[(Algorithm, u64)]) -> Option<usize> {
    let fastest = (0..times.len()).min_by_key(|index| times[*index].1)?;
    Some(if (times[fastest].1 as f64) < times[0].1 as f64 * MARGIN { fastest } else { 0 })
}

/// The classes of the network that were measured.
fn kinds<'a>(graph: &Graph, groups: &[Group], choices: &AlgorithmSelection, times: &'a TuningTable) -> Vec<Kind<'a>> {
    let mut kinds: BTreeMap<&str, Kind<'a>> = BTreeMap::new();
    for group in groups {
        let node = &graph.nodes()[group.anchor()];
        let inputs = graph.input_shapes(node);
        let Some(class) = choices.class(&node.op, &inputs, node.shape) else { continue };
        let Some((class, times)) = times.get_key_value(&class) else { continue };
        let Some(fastest) = fastest(times) else { continue };
        let way = |&(algorithm, time): &(Algorithm, u64)| {
            let method = KernelConfig { algorithm, weights: choices.adapter.weights };
            let dispatches = node.op.lower(&inputs, node.shape, Epilogue::NONE, method).dispatches.len();
            Way { algorithm, time: time as f64, dispatches }
        };
        let ways: Vec<Way> = times.iter().map(way).collect();
        let chosen = ways[fastest];
        kinds.entry(class).or_insert(Kind { class, layers: 0, ways, chosen }).layers += 1;
    }
    kinds.into_values().collect()
}

/// The kind and its way of fewer dispatches that costs least time for each of them.
fn least_loss(kinds: &[Kind<'_>]) -> Option<(usize, Way)> {
    let losses = |(index, kind): (usize, &Kind<'_>)| {
        let now = kind.chosen;
        let shorter: Vec<Way> = kind.ways.iter().filter(|way| way.dispatches < now.dispatches).copied().collect();
        shorter
            .into_iter()
            .map(move |way| (index, way, (way.time - now.time) / (now.dispatches - way.dispatches) as f64))
    };
    let least = kinds.iter().enumerate().flat_map(losses).min_by(|a, b| a.2.total_cmp(&b.2));
    least.map(|(index, way, _)| (index, way))
}
