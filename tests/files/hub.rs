//! The catalog, and the model cards that are made from the configuration files of the hub's repositories.

use resnet_lens::hub::{Pointer, Repository, card};
use resnet_lens::labels::Language;
use resnet_lens::preprocess::{Interpolation, Preprocess};
use resnet_lens::resnet::{AntiAlias, StridePlacement};
use resnet_lens::session::Precision;
use resnet_lens::{Catalog, ModelCard, ResNetConfig};
use serde_json::{Value, json};

fn repository(id: &str) -> Repository {
    id.parse().expect("a valid id")
}

fn read(config: &Value, preprocessor: Option<Value>) -> Result<ModelCard, String> {
    let preprocessor = preprocessor.map(|value| value.to_string());
    let read = card(&repository("hf:someone/some.model"), Some(&config.to_string()), preprocessor.as_deref());
    read.map_err(|error| error.to_string())
}

/// timm's config.json with these members of `pretrained_cfg` added to the usual ones.
fn timm(members: Value) -> Value {
    let mut inner = json!({
        "tag": "x_in1k", "input_size": [3, 224, 224], "fixed_input_size": false, "interpolation": "bilinear", "crop_pct": 0.875,
        "crop_mode": "center", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "num_classes": 1000,
        "pool_size": [7, 7], "first_conv": "conv1", "classifier": "fc", "license": "bsd-3-clause"
    });
    inner.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    json!({ "architecture": "resnet50", "num_classes": 1000, "num_features": 2048, "pretrained_cfg": inner })
}

/// transformers' config.json of a ResNet.
fn transformers(labels: usize) -> Value {
    let labels: serde_json::Map<String, Value> =
        (0..labels).map(|i| (i.to_string(), json!(format!("thing {i}")))).collect();
    json!({
        "architectures": ["ResNetForImageClassification"], "model_type": "resnet", "depths": [3, 4, 6, 3],
        "layer_type": "bottleneck", "downsample_in_first_stage": false, "id2label": labels
    })
}

fn preprocess(resize: u32, interpolation: Interpolation, crop: u32) -> Preprocess {
    Preprocess { resize, interpolation, crop, ..Preprocess::default() }
}

#[test]
fn the_catalog_describes_its_models_correctly() {
    let catalog = Catalog::bundled().expect("a valid catalog");
    assert_eq!(catalog.models[0].id, "starter");
    let starter = include_bytes!("../../www/assets/starter.safetensors");
    assert_eq!(catalog.models[0].size, Some(starter.len() as u64));
    let digest = <sha2::Sha256 as sha2::Digest>::digest(starter);
    assert_eq!(catalog.models[0].sha256, Some(resnet_lens::hub::hexadecimal(&digest)));
    let family = [
        ResNetConfig::resnet18(),
        ResNetConfig::resnet34(),
        ResNetConfig::resnet50(),
        ResNetConfig::resnet101(),
        ResNetConfig::resnet152(),
    ];
    let (elsewhere, of_hub): (Vec<_>, Vec<_>) = catalog.models[1..].iter().partition(|card| card.url.is_some());
    for card in of_hub {
        let name = repository(&card.id).to_string();
        assert_eq!(name, card.id);
        let of_family = |config: &&ResNetConfig| card.name.starts_with(&format!("{},", config.name()));
        let config =
            family.iter().find(of_family).unwrap_or_else(|| panic!("{}: expected a network of the paper", card.name));
        let learned = config.graph(1, 224, 224).expect("a network").parameter_count();
        assert_eq!(card.parameters, Some(learned), "{name}");
        assert!(!card.licence.is_empty() && card.source.starts_with(&catalog.hub), "{name}");
        assert_eq!((card.stride, card.preprocess_of(config).crop), (StridePlacement::Conv3x3, 224), "{name}");
    }
    for card in elsewhere {
        let addresses = [card.url.as_deref().unwrap_or_default(), &card.source];
        assert!(addresses.iter().all(|address| address.starts_with("https://")), "{}", card.id);
        assert!(!card.licence.is_empty() && card.preprocess.is_some(), "{}", card.id);
    }
}

#[test]
fn a_wrong_catalog_is_refused() {
    let with = |models: Value| json!({ "hub": "https://huggingface.co", "models": models }).to_string();
    for (json, words) in [
        (with(json!([{ "id": "a", "name": "A" }, { "id": "a", "name": "B" }])), "\"a\" twice"),
        (with(json!([{ "id": "a", "name": "A", "sizes": 3 }])), "sizes"),
        (with(json!([{ "name": "A" }])), "id"),
        ("[]".to_owned(), "the catalog of models: expected a JSON list"),
    ] {
        let error = Catalog::parse(&json).expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
    }
}

/// The cases are models of the catalog; the expected values are those of its cards.
#[test]
fn preprocessing_is_read_from_timm() {
    let cases = [
        (timm(json!({})), preprocess(256, Interpolation::Bilinear, 224)),
        // Trained on smaller images: the size for tests counts.
        (
            timm(json!({ "input_size": [3, 176, 176], "test_input_size": [3, 224, 224], "test_crop_pct": 0.965 })),
            preprocess(232, Interpolation::Bilinear, 224),
        ),
        // Its config.json names a larger size for tests; the published accuracy is for 224.
        (
            timm(
                json!({ "interpolation": "bicubic", "crop_pct": 0.95, "test_input_size": [3, 288, 288], "test_crop_pct": 1.0 }),
            ),
            preprocess(235, Interpolation::Bicubic, 224),
        ),
        // Older files have the members at the top level.
        (
            json!({ "architecture": "resnet18", "num_classes": 1000, "input_size": [3, 160, 160], "crop_pct": 0.8, "interpolation": "bicubic" }),
            preprocess(200, Interpolation::Bicubic, 160),
        ),
    ];
    for (config, expected) in cases {
        let card = read(&config, None).expect("a valid file");
        assert_eq!(card.preprocess, Some(expected), "{config}");
        assert_eq!((card.stride, card.labels), (StridePlacement::Conv3x3, None));
    }
    let card = read(&timm(json!({})), None).expect("a valid file");
    assert_eq!((card.id.as_str(), card.licence.as_str()), ("hf:someone/some.model", "bsd-3-clause"));
}

#[test]
fn preprocessing_and_stride_are_read_from_transformers() {
    let with =
        |members: Value| read(&transformers(3), Some(members)).expect("valid files").preprocess.expect("preprocessing");
    let convnext = json!({ "crop_pct": 0.875, "do_resize": true, "resample": 3, "size": 224, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225] });
    assert_eq!(with(convnext), preprocess(256, Interpolation::Bicubic, 224));
    let newer = json!({ "crop_pct": 0.875, "resample": 3, "size": { "shortest_edge": 224 } });
    assert_eq!(with(newer), preprocess(256, Interpolation::Bicubic, 224));
    let cropping =
        json!({ "size": { "shortest_edge": 232 }, "crop_size": { "height": 224, "width": 224 }, "resample": 2 });
    assert_eq!(with(cropping), preprocess(232, Interpolation::Bilinear, 224));
    let own = json!({ "size": 64, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25] });
    assert_eq!(with(own), Preprocess { mean: [0.5; 3], std: [0.25; 3], ..preprocess(64, Interpolation::Bilinear, 64) });

    let mut config = transformers(3);
    assert_eq!(read(&config, None).expect("a valid file").stride, StridePlacement::Conv3x3);
    config["downsample_in_bottleneck"] = json!(true);
    assert_eq!(read(&config, None).expect("a valid file").stride, StridePlacement::FirstConv1x1);
}

/// transformers' configurations for networks of timm, and files that training code leaves.
#[test]
fn other_configurations_are_read() {
    let wrapper = json!({
        "architecture": "resnet50", "architectures": ["TimmWrapperForImageClassification"], "model_type": "timm_wrapper",
        "label_names": ["a", "b"], "label_descriptions": { "a": "first" }, "num_classes": 2, "pretrained_cfg":
        { "input_size": [3, 160, 160], "crop_pct": 0.8, "interpolation": "bicubic", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5] }
    });
    let card = read(&wrapper, None).expect("a valid file");
    let expected = Preprocess { mean: [0.5; 3], std: [0.5; 3], ..preprocess(200, Interpolation::Bicubic, 160) };
    assert_eq!(card.preprocess, Some(expected));
    let names: Vec<String> = card.labels.expect("labels").into_iter().map(|label| label.name).collect();
    assert_eq!(names, ["first", "b"]);
    // The preprocessing that transformers stores a second time counts.
    let processor = json!({ "image_processor_type": "TimmWrapperImageProcessor", "pretrained_cfg": { "input_size": [1, 96, 96], "crop_pct": 1, "mean": [0.5], "std": [0.25] } });
    let expected = Preprocess { mean: [0.5; 3], std: [0.25; 3], ..preprocess(96, Interpolation::Bicubic, 96) };
    assert_eq!(read(&wrapper, Some(processor)).expect("valid files").preprocess, Some(expected));

    let by_index = timm(json!({ "label_names": { "1": "b", "0": "a" } }));
    let names = read(&by_index, None).expect("a valid file").labels.expect("labels");
    assert_eq!(names.iter().map(|label| label.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let synsets = timm(
        json!({ "label_names": ["n01440764", "n00000001"], "label_descriptions": { "n01440764": "x", "n00000001": "new" } }),
    );
    let labels = read(&synsets, None).expect("a valid file").labels.expect("labels");
    assert_eq!([&labels[0].name, &labels[1].name], ["n01440764", "new"]);

    // Neither timm's nor transformers': the usual preprocessing, which depends on the network.
    let plain = read(&json!({ "num_classes": 10, "id2label": { "0": "a", "1": "b" } }), None).expect("a valid file");
    assert_eq!((plain.preprocess, plain.labels.map(|labels| labels.len())), (None, Some(2)));
    let without = card_without_files().expect("a card");
    assert_eq!((without.preprocess, without.name.as_str()), (None, "someone/some.model"));
    let unnormalised = json!({ "size": { "shortest_edge": 64 }, "crop_size": 56, "do_normalize": false });
    let expected = Preprocess { mean: [0.0; 3], std: [1.0; 3], ..preprocess(64, Interpolation::Bilinear, 56) };
    assert_eq!(read(&transformers(3), Some(unnormalised)).expect("valid files").preprocess, Some(expected));
    assert!(read(&timm(json!({ "input_size": [3, 224, 192] })), None).expect_err("no square").contains("a square"));
}

fn card_without_files() -> Result<ModelCard, String> {
    card(&repository("hf:someone/some.model"), None, None).map_err(|error| error.to_string())
}

#[test]
fn labels_without_meaning_are_ignored() {
    let labels = |config: &Value| {
        let labels = read(config, None).expect("a valid file").labels?;
        Some(labels.into_iter().map(|label| label.name).collect::<Vec<_>>())
    };
    assert_eq!(labels(&transformers(3)), Some(["thing 0", "thing 1", "thing 2"].map(str::to_owned).to_vec()));
    assert_eq!(labels(&timm(json!({ "label_names": ["cat", "dog"] }))), Some(vec!["cat".to_owned(), "dog".to_owned()]));
    let mut numbered = transformers(2);
    numbered["id2label"] = json!({ "0": "LABEL_0", "1": "LABEL_1" });
    assert_eq!(labels(&numbered), None);
    // ImageNet's class names come from the crate's own list, in two languages.
    let mut imagenet = transformers(1000);
    imagenet["id2label"]["0"] = json!("tench, Tinca tinca");
    assert_eq!(labels(&imagenet), None);
}

#[test]
fn an_unsupported_configuration_is_one_sentence() {
    let wrong = |key: &str, value: Value| timm(json!({ key: value }));
    let mut vit = transformers(3);
    vit["model_type"] = json!("vit");
    let mut gap = transformers(3);
    gap["id2label"] = json!({ "0": "a", "2": "c" });
    let of_architecture = |name: &str| {
        let mut config = timm(json!({}));
        config["architecture"] = json!(name);
        config
    };
    let cases = [
        (
            wrong("crop_mode", json!("squash")),
            None,
            "crop_mode in config.json of hf:someone/some.model: expected \"center\", found \"squash\"",
        ),
        (wrong("interpolation", json!("lanczos")), None, "interpolation"),
        (wrong("crop_pct", json!(0)), None, "a share of 0.1 to 1"),
        (wrong("input_size", json!([3, 1e9, 1e9])), None, "input_size"),
        (wrong("input_size", json!([3, 100_000, 100_000])), None, "preprocess.resize"),
        (wrong("std", json!([0, 0, 0])), None, "preprocess.std"),
        (wrong("mean", json!("0.5")), None, "mean"),
        (of_architecture("ecaresnet50d"), None, "a resnet, wide_resnet, resnext, seresnet or seresnext"),
        (of_architecture("resnetv2_50"), None, "its number of layers, blur or aa, found \"resnetv2_50\""),
        (json!([]), None, "a JSON object"),
        (vit, None, "model_type"),
        (gap, None, "a label for index 1, found \"index 2\""),
        (transformers(3), Some(json!({ "resample": 0 })), "resample in preprocessor_config.json"),
        (transformers(3), Some(json!({ "size": 384, "crop_pct": 0.9 })), "below 384"),
        (transformers(3), Some(json!({ "size": { "height": 224, "width": 192 } })), "a square"),
    ];
    for (config, preprocessor, words) in cases {
        let error = read(&config, preprocessor).expect_err(words);
        assert!(error.contains(words) && error.contains("expected") && error.contains("found"), "{words}: {error}");
        assert!(!error.contains('\n') && error.len() < 400, "{error}");
    }
}

/// The tensors of anti-aliased networks are those of the plain ones.
#[test]
fn anti_aliased_networks_are_recognised_by_their_architecture() {
    let cases = [
        ("resnet50", None),
        ("resnet50_gn", None),
        ("resnetblur50", Some(AntiAlias::Blur)),
        ("resnetaa50d", Some(AntiAlias::Average)),
        ("seresnextaa101d_32x8d", Some(AntiAlias::Average)),
    ];
    for (name, expected) in cases {
        let mut config = timm(json!({}));
        config["architecture"] = json!(name);
        assert_eq!(read(&config, None).expect(name).anti_alias, expected, "{name}");
    }
}

#[test]
fn a_long_text_is_one_short_sentence() {
    let long = "\u{1a}\n\u{10ffff}\"é".repeat(1000);
    let preprocess = Some(Preprocess { std: [0.0; 3], ..Preprocess::default() });
    let card = ModelCard { id: long.clone(), preprocess, ..ModelCard::torchvision("a") };
    let twice = json!({ "hub": "", "models": [{ "id": long, "name": "A" }, { "id": long, "name": "B" }] }).to_string();
    let errors = [
        long.parse::<Repository>().expect_err("no id").to_string(),
        format!("hf:{}/b", "a".repeat(1000)).parse::<Repository>().expect_err("no id").to_string(),
        read(&timm(json!({ "crop_mode": long })), None).expect_err("no crop mode"),
        card.check().expect_err("no deviation").to_string(),
        Catalog::parse(&twice).expect_err("twice").to_string(),
        long.parse::<Precision>().expect_err("no precision").to_string(),
        long.parse::<Language>().expect_err("no language").to_string(),
    ];
    for error in errors {
        println!("{error}");
        assert!(error.contains("expected") && error.contains("found"), "{error}");
        assert!(!error.contains(char::is_control) && error.chars().count() < 300, "{error}");
    }
}

#[test]
fn git_lfs_pointers_are_recognised() {
    let digest = "4bcd2f5a".repeat(8);
    let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 102469840\n");
    assert_eq!(Pointer::parse(&text), Some(Pointer { size: 102_469_840, sha256: digest }));
    for other in ["", "{}", "version 1", "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n"] {
        assert_eq!(Pointer::parse(other), None, "{other}");
    }
}
