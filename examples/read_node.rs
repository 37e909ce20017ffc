//! Lists the nodes of a network, or reads the value of one for an image:
//! `cargo run --release --example read_node -- photo.jpg [layer1.0.conv1]`

use std::error::Error;

use resnet_lens::{Catalog, Session};

/// The starter model, a ResNet-50 of reduced width.
const WEIGHTS: &[u8] = include_bytes!("../www/assets/starter.safetensors");

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("expected the path of an image, found no argument")?;
    let node = arguments.next();
    pollster::block_on(async {
        let session = Session::open().await?;
        session.load(WEIGHTS, Catalog::bundled()?.models.swap_remove(0)).await?;
        let Some(node) = node else {
            for layer in session.layers().iter() {
                println!("{:22} {:18} {:?}", layer.name, layer.op, layer.shape);
            }
            return Ok(());
        };

        // An observed node keeps its value; without this, a convolution is fused with the operators after it. Reading a node
        // that is not observed works as well, but runs the network a second time.
        session.observe(&[&node]).await?;
        session.classify(&std::fs::read(path)?, 1).await?;
        let value = session.feature_map(&node).await?;

        println!("{node}: {:?}, NCHW", value.shape().dims());
        let [_, _, height, width] = value.shape().dims();
        for (channel, values) in value.data().chunks_exact(height * width).enumerate() {
            let mean = values.iter().sum::<f32>() / values.len() as f32;
            let [min, max] = [f32::min, f32::max].map(|choose| values.iter().copied().reduce(choose).unwrap_or(0.0));
            println!("channel {channel}: minimum {min:.3}, mean {mean:.3}, maximum {max:.3}");
        }
        Ok(())
    })
}
