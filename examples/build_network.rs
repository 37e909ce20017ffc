//! Builds a network from operators with weights of its own and runs it on the GPU: `cargo run --example build_network`
//!
//! The network is a residual block: it adds the edges of an image, found by a Laplacian filter, to the image itself.

use std::error::Error;

use resnet_lens::gpu::{Executable, Gpu, Parameters};
use resnet_lens::graph::{GraphBuilder, ValueRef};
use resnet_lens::ops::{Add, Conv2d, ParameterValues, Relu, Window};
use resnet_lens::plan::Plan;
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;

fn main() -> Result<(), Box<dyn Error>> {
    // The graph describes the computation. Shapes are checked as nodes are added.
    let shape = Shape::new(1, 1, 6, 8);
    let mut builder = GraphBuilder::new(shape);
    let window = Window::square(3, 1, 1);
    let laplacian = Conv2d { in_channels: 1, out_channels: 1, window, groups: 1, bias: false };
    let edges = builder.add("edges", laplacian, &[ValueRef::Input])?;
    let sum = builder.add("sum", Add, &[edges, ValueRef::Input])?;
    builder.add("relu", Relu, &[sum])?;
    let graph = builder.finish()?;

    // A bright rectangle.
    let image = HostTensor::from_fn(shape, |_, _, y, x| f32::from((2..5).contains(&y) && (2..6).contains(&x)));

    pollster::block_on(async {
        let gpu = Gpu::open().await?;
        let mut parameters = Parameters::default();
        // OIHW: one filter, one input channel, three rows, three columns.
        let weight = vec![0.0, -1.0, 0.0, -1.0, 4.0, -1.0, 0.0, -1.0, 0.0];
        parameters.insert(&gpu, &graph, "edges", &ParameterValues::from([("weight", weight)]))?;

        // The plan fuses all three nodes into one dispatch, unless a node between them is observed, as `edges` is here.
        let plan = Plan::new(&graph, &["edges"])?;
        println!("{plan}");
        let mut run = Executable::new(&gpu, plan, &parameters).await?;
        print("output", &run.run(&image).await?);
        print("edges", &run.read("edges").await?);
        Ok(())
    })
}

/// Prints the values of a tensor of one channel.
fn print(name: &str, tensor: &HostTensor) {
    println!("{name}:");
    for row in tensor.data().chunks_exact(tensor.shape().w) {
        println!("{}", row.iter().map(|value| format!("{value:4}")).collect::<String>());
    }
}
