//! The sample photos that the page offers: the starter's answer to each is right, and sure by its card.

use crate::common::starter_card;
use pollster::block_on;
use resnet_lens::Session;

const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");

macro_rules! sample {
    ($name:literal, $synset:literal) => {
        ($name, $synset, include_bytes!(concat!("../../www/assets/samples/", $name, ".jpg")).as_slice())
    };
}

const SAMPLES: [(&str, &str, &[u8]); 6] = [
    sample!("tabby-cat", "n02123045"),
    sample!("goldfish", "n01443537"),
    sample!("bee", "n02206856"),
    sample!("oranges", "n07747607"),
    sample!("espresso", "n07920052"),
    sample!("suspension-bridge", "n04366367"),
];

#[test]
fn the_starter_is_right_and_sure() {
    block_on(async {
        let session = Session::open().await.expect("these tests need a GPU");
        let card = starter_card();
        let sure_from = card.sure_from.expect("the starter is calibrated");
        session.load(STARTER, card).await.expect("the starter loads");
        for (name, synset, photo) in SAMPLES {
            let best = session.classify(photo, 1).await.expect("a photo").predictions.remove(0);
            println!("{name}: {best:?}");
            assert!(best.label.id.as_deref() == Some(synset) && best.probability >= sure_from, "{name}: {best:?}");
            assert!(photo.len() <= 20_000, "{name}: {} bytes", photo.len());
        }
    });
}
