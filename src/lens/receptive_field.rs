//! The receptive field of a value: the part of the network's input that it depends on.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::graph::{Graph, Node, ValueRef};
use crate::ops::{Footprint, Window};

/// A rectangle of the network's input in pixels. It may extend beyond the input, into padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReceptiveField {
    /// Left edge.
    pub x: i64,
    /// Upper edge.
    pub y: i64,
    /// Width in pixels.
    pub width: i64,
    /// Height in pixels.
    pub height: i64,
}

/// First and last row or column.
type Span = [i64; 2];

/// The receptive field of the value at row `y` and column `x` of a node. Input pixels outside of it do not affect the value.
///
/// Source: Araujo, Norris & Sim 2019, *Computing Receptive Fields of Convolutional Neural Networks*, section 3.
///
/// # Errors
/// [`Error::Graph`] if the graph has no such node, [`Error::Request`] if its feature map has no such position.
pub fn receptive_field(graph: &Graph, node: &str, y: usize, x: usize) -> Result<ReceptiveField> {
    let index = graph.find(node)?;
    check_position(&graph.nodes()[index], y, x)?;
    // Rows and columns needed of each node. Reverse order of execution visits every consumer before its inputs.
    let mut needed: Vec<Option<[Span; 2]>> = vec![None; index + 1];
    let mut needed_of_input: Option<[Span; 2]> = None;
    needed[index] = Some([[y as i64; 2], [x as i64; 2]]);
    for consumer in (0..=index).rev() {
        let Some(spans) = needed[consumer] else { continue };
        let node = &graph.nodes()[consumer];
        for input in &node.inputs {
            let spans = input_spans(graph, node, *input, spans);
            let entry = match input {
                ValueRef::Input => &mut needed_of_input,
                ValueRef::Node(source) => &mut needed[*source],
            };
            *entry = Some(entry.map_or(spans, |other| union(other, spans)));
        }
    }
    let [[top, bottom], [left, right]] = needed_of_input.unwrap_or([[0, -1]; 2]);
    Ok(ReceptiveField { x: left, y: top, width: right - left + 1, height: bottom - top + 1 })
}

/// # Errors
/// [`Error::Request`] if the feature map of `node` has no row `y` or no column `x`.
pub(crate) fn check_position(node: &Node, y: usize, x: usize) -> Result<()> {
    if y < node.shape.h && x < node.shape.w {
        return Ok(());
    }
    let (h, w) = (node.shape.h, node.shape.w);
    let expected = format!("expected a row below {h} and a column below {w}");
    Err(Error::Request(format!("{}: {expected}, found row {y} and column {x}", node.name)))
}

/// The rows and columns of `input` that the rows and columns `spans` of `node` depend on.
fn input_spans(graph: &Graph, node: &Node, input: ValueRef, spans: [Span; 2]) -> [Span; 2] {
    match node.op.footprint() {
        Footprint::Pointwise => spans,
        Footprint::Window(window) => [0, 1].map(|axis| under_window(&window, axis, spans[axis])),
        Footprint::Global => {
            let shape = graph.shape(input);
            [[0, shape.h as i64 - 1], [0, shape.w as i64 - 1]]
        }
    }
}

fn under_window(window: &Window, axis: usize, [first, last]: Span) -> Span {
    let [kernel, stride, padding] = [window.kernel, window.stride, window.padding].map(|both| both[axis] as i64);
    [first * stride - padding, last * stride - padding + kernel - 1]
}

fn union(a: [Span; 2], b: [Span; 2]) -> [Span; 2] {
    [0, 1].map(|axis| [a[axis][0].min(b[axis][0]), a[axis][1].max(b[axis][1])])
}
