//! Which part of the network's input a value depends on.

use serde::Serialize;

use crate::error::Result;
use crate::graph::{Graph, Node, Value};
use crate::ops::{Footprint, Window};

/// A rectangle of the network's input in pixels; it may reach beyond it, where padding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReceptiveField {
    /// Left edge.
    pub x: i64,
    /// Upper edge.
    pub y: i64,
    /// Columns.
    pub width: i64,
    /// Rows.
    pub height: i64,
}

/// First and last row or column.
type Span = [i64; 2];

/// The receptive field of the value at row `y` and column `x` of a node: every input pixel outside of it can change without the
/// value changing.
///
/// Source: Araujo, Norris & Sim 2019, *Computing Receptive Fields of Convolutional Neural Networks*, section 3.
///
/// # Errors
/// [`crate::Error::Graph`] when there is no such node, [`crate::Error::Request`] when the place lies outside of its map.
pub fn receptive_field(graph: &Graph, node: &str, y: usize, x: usize) -> Result<ReceptiveField> {
    let index = graph.find(node)?;
    check_place(&graph.nodes()[index], y, x)?;
    // What is needed of each node, rows and columns; the nodes are in order of execution, so that the last asks first.
    let mut needed: Vec<Option<[Span; 2]>> = vec![None; index + 1];
    let mut of_input: Option<[Span; 2]> = None;
    needed[index] = Some([[y as i64; 2], [x as i64; 2]]);
    for asking in (0..=index).rev() {
        let Some(spans) = needed[asking] else { continue };
        let node = &graph.nodes()[asking];
        for input in &node.inputs {
            let spans = behind(graph, node, *input, spans);
            let place = match input {
                Value::Input => &mut of_input,
                Value::Node(source) => &mut needed[*source],
            };
            *place = Some(place.map_or(spans, |before| join(before, spans)));
        }
    }
    let [[top, bottom], [left, right]] = of_input.unwrap_or([[0, -1]; 2]);
    Ok(ReceptiveField { x: left, y: top, width: right - left + 1, height: bottom - top + 1 })
}

/// # Errors
/// [`crate::Error::Request`] when a node's map has no such row or column.
pub(crate) fn check_place(node: &Node, y: usize, x: usize) -> Result<()> {
    if y < node.shape.h && x < node.shape.w {
        return Ok(());
    }
    let (h, w) = (node.shape.h, node.shape.w);
    Err(crate::Error::Request(format!(
        "{}: expected a row below {h} and a column below {w}, found {y} and {x}",
        node.name
    )))
}

/// What a node needs of an input for the given rows and columns of its own.
fn behind(graph: &Graph, node: &Node, input: Value, spans: [Span; 2]) -> [Span; 2] {
    match node.op.footprint() {
        Footprint::Pointwise => spans,
        Footprint::Window(window) => [0, 1].map(|axis| under(&window, axis, spans[axis])),
        Footprint::Global => {
            let shape = graph.shape(input);
            [[0, shape.h as i64 - 1], [0, shape.w as i64 - 1]]
        }
    }
}

fn under(window: &Window, axis: usize, [first, last]: Span) -> Span {
    let [kernel, stride, padding] = [window.kernel, window.stride, window.padding].map(|both| both[axis] as i64);
    [first * stride - padding, last * stride - padding + kernel - 1]
}

fn join(a: [Span; 2], b: [Span; 2]) -> [Span; 2] {
    [0, 1].map(|axis| [a[axis][0].min(b[axis][0]), a[axis][1].max(b[axis][1])])
}
