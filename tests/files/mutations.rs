//! Files of which bytes were changed: images, configurations of the hub, class names, model cards. Whatever the bytes are, nothing
//! panics and an error is one sentence. The fuzz targets do the same for longer; `tests/hostile.rs` has the weight files.

use std::fmt::Display;
use std::fs;
use std::path::Path;

use crate::common::Random;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::hub::{Repository, card};
use resnet_lens::{Catalog, ModelCard, labels};

/// Pieces of text that change the meaning of JSON more often than single bytes.
const PIECES: [&str; 12] =
    ["{", "}", "[", "]", "null", "-1", "1e999", "18446744073709551616", "\"\"", "\\u0000", ",", "\u{1F408}"];

/// `bytes` with up to four changes: a byte replaced, a part removed, repeated or replaced by one of `PIECES`.
fn changed(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    for _ in 0..1 + random.below(4) {
        let at = random.below(changed.len() + 1);
        let end = (at + random.below(9)).min(changed.len());
        match random.below(5) {
            0 => drop(changed.drain(at..end)),
            1 => drop(changed.splice(at..at, changed[at..end].to_vec())),
            2 => drop(changed.splice(at..end, PIECES[random.below(PIECES.len())].bytes())),
            3 => changed.truncate(at.max(1)),
            _ if at < changed.len() => changed[at] = random.below(256) as u8,
            _ => {}
        }
    }
    changed
}

fn one_sentence<T>(outcome: Result<T, impl Display>, input: &[u8]) {
    if let Err(error) = outcome {
        let sentence = error.to_string();
        let one_line = !sentence.contains(['\n', '\r']) && sentence.len() < 600;
        let input = String::from_utf8_lossy(input);
        assert!(one_line && sentence.contains("expected") && sentence.contains("found"), "{sentence}\nfor {input}");
    }
}

/// Reads `turns` changed copies of each text.
fn change_texts(texts: &[&str], turns: usize, read: impl Fn(&str, &[u8])) {
    let mut random = Random::new(17);
    for text in texts {
        for _ in 0..turns {
            let bytes = changed(&mut random, text.as_bytes());
            read(&String::from_utf8_lossy(&bytes), &bytes);
        }
    }
}

#[test]
fn images() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/preprocess/decode");
    let mut random = Random::new(16);
    let mut files = 0;
    for entry in fs::read_dir(folder).expect("golden images") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().ends_with("-expected.png") {
            continue;
        }
        files += 1;
        let bytes = fs::read(path).expect("a golden image");
        for _ in 0..6000 {
            let bytes = changed(&mut random, &bytes);
            one_sentence(DecodedImage::decode(&bytes), &bytes[..bytes.len().min(16)]);
        }
    }
    assert!(files > 25, "{files} golden images");
}

#[test]
fn configurations_of_the_hub() {
    let timm = r#"{"architecture": "resnet50", "num_classes": 2, "pretrained_cfg": {"tag": "a", "input_size": [3, 224, 224],
        "interpolation": "bilinear", "crop_pct": 0.875, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225],
        "num_classes": 2, "first_conv": "conv1", "classifier": "fc", "label_names": ["a", "b"]}}"#;
    let transformers = r#"{"architectures": ["ResNetForImageClassification"], "model_type": "resnet", "depths": [3, 4, 6, 3],
        "layer_type": "bottleneck", "downsample_in_first_stage": false, "id2label": {"0": "a", "1": "b"}}"#;
    let preprocessor = r#"{"crop_pct": 0.875, "do_normalize": true, "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225], "resample": 3, "size": {"shortest_edge": 224}}"#;
    let repository: Repository = "owner/name".parse().expect("a valid id");
    change_texts(&[timm, transformers], 120_000, |text, bytes| {
        one_sentence(card(&repository, Some(text), None), bytes);
    });
    let with_preprocessor =
        |text: &str, bytes: &[u8]| one_sentence(card(&repository, Some(transformers), Some(text)), bytes);
    change_texts(&[preprocessor], 120_000, with_preprocessor);
    change_texts(&["hf:owner/name@main", "https://example.org/owner/name"], 5_000, |text, bytes| {
        one_sentence(text.parse::<Repository>(), bytes);
    });
}

#[test]
fn labels_cards_and_catalogs() {
    let texts = [
        "tench\ngoldfish\n",
        r#"["tench", {"label": "goldfish", "id": "n01443537"}]"#,
        r#"{"0": ["n01440764", "tench"], "1": "cat"}"#,
    ];
    change_texts(&texts, 120_000, |text, bytes| one_sentence(labels::parse(text), bytes));
    let catalog = include_str!("../../www/assets/catalog.json");
    change_texts(&[catalog], 10_000, |text, bytes| one_sentence(Catalog::parse(text), bytes));
    let card = r#"{"id": "a", "name": "A", "labels": ["a", "b"], "preprocess": {"resize": 256, "interpolation": "bilinear",
        "crop": 224, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}"#;
    change_texts(&[card], 120_000, |text, bytes| one_sentence(ModelCard::parse(text), bytes));
}
