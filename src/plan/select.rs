//! Selects algorithms by measured times: the fastest of each layer class, within a budget of dispatches per image.

use std::collections::{BTreeMap, BTreeSet};

use super::algorithm_selection::AlgorithmSelection;
use super::fuse::{self, Group};
use super::layer_class::LayerClass;
use super::lowering::lower;
use super::tuning_table::TuningTable;
use crate::graph::Graph;
use crate::ops::{AdapterProfile, Algorithm, Epilogue};
use crate::warning::warn;

/// An algorithm replaces the predicted one only if its time is below this share of the predicted one's: smaller differences are
/// noise.
const MARGIN: f64 = 0.97;

/// The budget: this many dispatches per image, or four thirds of the network's steps if that is more. Each dispatch costs CPU
/// time that measurements of single layers do not include.
const DISPATCHES: usize = 75;

/// The layers of one class in a network.
struct MeasuredClass<'a> {
    class: &'a LayerClass,
    layers: usize,
    candidates: Vec<Candidate>,
    selected: Candidate,
}

/// A measured algorithm: its time and its dispatches for one layer.
#[derive(Clone, Copy)]
struct Candidate {
    algorithm: Algorithm,
    time: f64,
    dispatches: usize,
}

impl AlgorithmSelection {
    /// The fastest measured algorithms for `graph`. While they need more dispatches than the budget, the class that loses least
    /// time per dispatch saved gets an algorithm with fewer dispatches.
    pub fn from_tuning(adapter: AdapterProfile, table: &TuningTable, graph: &Graph) -> Self {
        let mut selection = Self::predicted(adapter);
        let groups = fuse::groups(graph, &BTreeSet::from([graph.output()]), &selection);
        let table = &usable(table, graph, &groups, &selection);
        let fastest = |(class, times): (&LayerClass, &[_])| Some((class.clone(), times[fastest(times)?].0));
        selection.tuned = table.iter().filter_map(fastest).collect();
        let mut classes = measured_classes(graph, &groups, &selection, table);
        let dispatches = |group: &Group| lower(graph, group, &selection).map_or(1, |lowered| lowered.dispatches.len());
        let dispatches = groups.iter().map(dispatches).sum();
        let budget = DISPATCHES.max(groups.len() + groups.len().div_ceil(3));
        fit(&mut classes, dispatches, budget);
        selection.tuned.extend(classes.into_iter().map(|class| (class.class.clone(), class.selected.algorithm)));
        selection
    }
}

/// Replaces selected algorithms by ones with fewer dispatches until the network needs at most `budget` of them.
fn fit(classes: &mut [MeasuredClass<'_>], mut dispatches: usize, budget: usize) {
    let mut replaced = Vec::new();
    while dispatches > budget {
        let Some((index, shorter)) = least_loss(classes) else { break };
        replaced.push((index, classes[index].selected));
        dispatches -= classes[index].difference(classes[index].selected, shorter);
        classes[index].selected = shorter;
    }
    // Replacing a class with many layers may free more dispatches than needed. Restores earlier replacements that fit again.
    for (index, former) in replaced.into_iter().rev() {
        let more = classes[index].difference(former, classes[index].selected);
        if dispatches + more <= budget {
            dispatches += more;
            classes[index].selected = former;
        }
    }
}

impl MeasuredClass<'_> {
    /// The additional dispatches of `long` against `short`, over all layers of the class.
    fn difference(&self, long: Candidate, short: Candidate) -> usize {
        self.layers * (long.dispatches - short.dispatches)
    }
}

/// The index of the fastest algorithm; 0, the predicted one, unless another is faster by [`MARGIN`].
fn fastest(times: &[(Algorithm, u64)]) -> Option<usize> {
    let fastest = (0..times.len()).min_by_key(|index| times[*index].1)?;
    Some(if (times[fastest].1 as f64) < times[0].1 as f64 * MARGIN { fastest } else { 0 })
}

/// `table` without algorithms that cannot compute a layer of `graph`, as a table from another version may contain. Each is logged.
fn usable(table: &TuningTable, graph: &Graph, groups: &[Group], selection: &AlgorithmSelection) -> TuningTable {
    let mut usable: BTreeMap<LayerClass, Vec<(Algorithm, u64)>> =
        table.iter().map(|(class, times)| (class.clone(), times.to_vec())).collect();
    // Also of nodes that this plan combines: one that observes a value between them computes them apart.
    let alone = graph.nodes().iter().map(|node| (&node.op, graph.input_shapes(node), node.shape));
    let planned = groups.iter().map(|group| (&group.op, group.input_shapes(graph), group.shape));
    for (op, inputs, shape) in alone.chain(planned) {
        let Some(class) = selection.class(op, &inputs, shape) else { continue };
        let Some(times) = usable.get_mut(&class) else { continue };
        times.retain(|(algorithm, _)| {
            let lowered = selection.lower_by(*algorithm, op, &inputs, shape, Epilogue::NONE);
            lowered.inspect_err(|error| warn(&format!("a measured algorithm is ignored: {error}"))).is_ok()
        });
    }
    usable.into_iter().filter(|(_, times)| !times.is_empty()).collect()
}

/// The measured classes of the network.
fn measured_classes<'a>(
    graph: &Graph,
    groups: &[Group],
    selection: &AlgorithmSelection,
    table: &'a TuningTable,
) -> Vec<MeasuredClass<'a>> {
    let table: BTreeMap<&LayerClass, &[(Algorithm, u64)]> = table.iter().collect();
    let mut classes: BTreeMap<&LayerClass, MeasuredClass<'a>> = BTreeMap::new();
    for group in groups {
        let Group { op, shape, .. } = group;
        let inputs = group.input_shapes(graph);
        let Some(class) = selection.class(op, &inputs, *shape) else { continue };
        let Some((class, times)) = table.get_key_value(&class) else { continue };
        let Some(fastest) = fastest(times) else { continue };
        let candidate = |&(algorithm, time): &(Algorithm, u64)| {
            let lowered = selection.lower_by(algorithm, op, &inputs, *shape, Epilogue::NONE);
            let dispatches = lowered.map_or(1, |lowered| lowered.dispatches.len());
            Candidate { algorithm, time: time as f64, dispatches }
        };
        let candidates: Vec<Candidate> = times.iter().map(candidate).collect();
        let selected = candidates[fastest];
        classes.entry(class).or_insert(MeasuredClass { class, layers: 0, candidates, selected }).layers += 1;
    }
    classes.into_values().collect()
}

/// The class and its candidate with fewer dispatches that lose least time per dispatch saved.
fn least_loss(classes: &[MeasuredClass<'_>]) -> Option<(usize, Candidate)> {
    let losses = |(index, class): (usize, &MeasuredClass<'_>)| {
        let now = class.selected;
        let shorter: Vec<Candidate> =
            class.candidates.iter().filter(|candidate| candidate.dispatches < now.dispatches).copied().collect();
        let loss = move |candidate: Candidate| {
            let saved = (now.dispatches - candidate.dispatches) as f64;
            (index, candidate, (candidate.time - now.time) / saved)
        };
        shorter.into_iter().map(loss)
    };
    let least = classes.iter().enumerate().flat_map(losses).min_by(|a, b| a.2.total_cmp(&b.2));
    least.map(|(index, candidate, _)| (index, candidate))
}
