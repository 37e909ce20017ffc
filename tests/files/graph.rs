//! Errors of the graph builder: each names the node, what its operator expects and what was found. Kernels rely on these checks; a
//! wrong shape would be read out of bounds.

use resnet_lens::Result;
use resnet_lens::graph::{Graph, GraphBuilder, ValueRef};
use resnet_lens::ops::{
    Add, BatchNorm2d, Conv2d, Flatten, GlobalAvgPool2d, Linear, MaxPool2d, Op, Relu, Softmax, Window,
};
use resnet_lens::shape::Shape;

const MAP: Shape = Shape::new(1, 3, 5, 4);

/// A graph of one node.
fn single(input: Shape, op: impl Into<Op>, inputs: &[ValueRef]) -> Result<Graph> {
    let mut net = GraphBuilder::new(input);
    net.add("node", op, inputs)?;
    net.finish()
}

fn conv(channels: [usize; 2], window: Window) -> Conv2d {
    Conv2d { in_channels: channels[0], out_channels: channels[1], window, groups: 1, bias: false }
}

#[test]
fn mismatched_shapes_are_errors() {
    let three = Window::square(3, 1, 1);
    let vector = Shape::new(2, 8, 1, 1);
    let cases: [(Shape, Op, &str); 13] = [
        (MAP, conv([4, 8], three).into(), "node: expected an input of shape 1x4x5x4, found 1x3x5x4"),
        (
            MAP,
            conv([3, 8], Window::square(7, 1, 1)).into(),
            "node: expected a map that a window of 7x7 stride 1 padding 1 fits on, found 1x3x5x4",
        ),
        (
            MAP,
            conv([3, 8], Window::square(0, 1, 1)).into(),
            "node: expected a kernel and a stride of at least 1, found 0x0 stride 1 padding 1",
        ),
        (
            MAP,
            conv([3, 8], Window::square(3, 0, 1)).into(),
            "node: expected a kernel and a stride of at least 1, found 3x3 stride 0 padding 1",
        ),
        (MAP, conv([3, 0], three).into(), "node: expected an output with at least one value, found the shape 1x0x5x4"),
        (MAP, BatchNorm2d { channels: 8, eps: 1e-5 }.into(), "node: expected an input of 8 channels, found 1x3x5x4"),
        (
            MAP,
            MaxPool2d { window: Window::square(3, 2, 2) }.into(),
            "node: expected padding of at most half the kernel, found 3x3 stride 2 padding 2",
        ),
        (MAP, Flatten.into(), "node: expected an input of shape 1x3x1x1, found 1x3x5x4"),
        (MAP, Softmax.into(), "node: expected an input of shape 1x3x1x1, found 1x3x5x4"),
        (
            vector,
            Linear { in_features: 9, out_features: 2 }.into(),
            "node: expected an input of shape 2x9x1x1, found 2x8x1x1",
        ),
        (
            vector,
            Linear { in_features: 8, out_features: 0 }.into(),
            "node: expected an output with at least one value, found the shape 2x0x1x1",
        ),
        (Shape { h: 0, ..MAP }, GlobalAvgPool2d.into(), "node: expected a map with at least one value, found 1x3x0x4"),
        // With padding, even an empty input has an output.
        (
            Shape { h: 0, ..MAP },
            conv([3, 8], Window::square(1, 1, 1)).into(),
            "the graph's input: expected at least one value, found the shape 1x3x0x4",
        ),
    ];
    for (input, op, sentence) in cases {
        assert_eq!(single(input, op, &[ValueRef::Input]).expect_err(sentence).to_string(), sentence);
    }
}

#[test]
fn the_error_names_both_shapes_of_an_addition() {
    let mut net = GraphBuilder::new(MAP);
    let small = net.add("small", conv([3, 3], Window::square(3, 2, 1)), &[ValueRef::Input]).unwrap();
    let error = net.add("sum", Add, &[ValueRef::Input, small]).expect_err("two shapes").to_string();
    assert_eq!(error, "sum: expected two inputs of one shape, found 1x3x5x4 and 1x3x3x2");
}

#[test]
fn malformed_graphs_are_errors() {
    let message = |result: Result<Graph>| result.expect_err("malformed").to_string();
    assert_eq!(message(GraphBuilder::new(MAP).finish()), "the graph: expected at least one node, found none");
    assert_eq!(message(single(MAP, Add, &[ValueRef::Input])), "node: expected 2 inputs of Add, found 1");
    assert_eq!(message(single(MAP, Relu, &[])), "node: expected 1 inputs of ReLU, found 0");
    let foreign = "node: expected inputs that are already in the graph, found node number 7";
    assert_eq!(message(single(MAP, Relu, &[ValueRef::Node(7)])), foreign);
    let mut net = GraphBuilder::new(MAP);
    net.add("node", Relu, &[ValueRef::Input]).unwrap();
    let error = net.add("node", Relu, &[ValueRef::Input]).expect_err("twice").to_string();
    assert_eq!(error, "the graph: expected unique names, found two nodes named \"node\"");
}
