//! What every target does with the bytes of a weight file.

use resnet_lens::ResNetConfig;
use resnet_lens::resnet::StridePlacement;
use resnet_lens::weights::WeightFile;

/// Opens a file and, if it is one, reads every parameter of the network in it: whatever the bytes are, an error is one sentence.
pub fn read(file: Vec<u8>) {
    if let Err(error) = pollster::block_on(every_parameter(file)) {
        let sentence = error.to_string();
        let one_line = !sentence.contains(['\n', '\r']) && sentence.len() < 600;
        assert!(one_line && sentence.contains("expected") && sentence.contains("found"), "{sentence}");
    }
}

async fn every_parameter(file: Vec<u8>) -> resnet_lens::Result<()> {
    let file = WeightFile::open(file).await?;
    let graph = ResNetConfig::infer(&file.dims(), StridePlacement::default())?.graph(1, 64, 64)?;
    file.check(&graph)?;
    for node in graph.nodes() {
        file.parameters(node).await?;
    }
    Ok(())
}
