//! Classifies an image: `cargo run --release --example classify -- photo.jpg`

use std::error::Error;

use resnet_lens::{Catalog, Session};

/// The starter model, which knows 107 everyday classes.
const WEIGHTS: &[u8] = include_bytes!("../www/assets/starter.safetensors");

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("expected the path of an image, found no argument")?;
    pollster::block_on(async {
        let session = Session::open().await?;
        session.load(WEIGHTS, Catalog::bundled()?.models.swap_remove(0)).await?;
        let answer = session.classify(&std::fs::read(path)?, 5).await?;
        for prediction in answer.predictions {
            println!("{:5.1} %  {}", prediction.probability * 100.0, prediction.label.name);
        }
        Ok(())
    })
}
