//! What the targets do with their input: whatever the bytes are, an error is one sentence.

use std::fmt::Display;

use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::hub::{Repository, card};
use resnet_lens::{Catalog, ModelCard, ResNetConfig, labels};
use resnet_lens::resnet::StridePlacement;
use resnet_lens::weights::WeightFile;

/// Opens a weight file and, if it is one, reads every parameter of the network in it.
pub fn read(file: Vec<u8>) {
    one_sentence(pollster::block_on(every_parameter(file)));
}

/// Decodes an image file.
pub fn decode_image(file: &[u8]) {
    one_sentence(DecodedImage::decode(file));
}

/// Reads the files of a repository on the hub: its configuration, and the rest of the input, if any, as that of the preprocessor.
pub fn read_hub(files: &str) {
    let (config, preprocessor) = files.split_once('\0').map_or((files, None), |(first, rest)| (first, Some(rest)));
    let repository = "owner/name".parse().expect("a valid id");
    one_sentence(card(&repository, config, preprocessor));
    one_sentence(files.parse::<Repository>());
}

/// Reads class names, a model card and a catalog.
pub fn read_labels(text: &str) {
    one_sentence(labels::parse(text));
    one_sentence(ModelCard::parse(text));
    one_sentence(Catalog::parse(text));
}

fn one_sentence<T>(outcome: Result<T, impl Display>) {
    if let Err(error) = outcome {
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
