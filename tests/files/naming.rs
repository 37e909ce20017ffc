//! Weight files of other programs: naming schemes, prefixes, containers in containers, classifiers of other names. Each file holds
//! tensors with values of their own, and opens with each of them under torchvision's name.

use std::collections::BTreeMap;

use crate::common::containers::{Tensor, write_safetensors};
use crate::common::torch_save::write_pth;
use resnet_lens::ResNetConfig;
use resnet_lens::resnet::{Stem, StridePlacement};
use resnet_lens::weights::WeightFile;

fn small(config: ResNetConfig) -> ResNetConfig {
    ResNetConfig { width: 4, inner: 4, classes: Some(3), ..config }
}

/// A small ResNet-50, and a small ResNet-18 with a stem of 3x3.
fn networks() -> [ResNetConfig; 2] {
    let stages = vec![2, 1, 2, 1];
    [
        ResNetConfig { stages: stages.clone(), ..small(ResNetConfig::resnet50()) },
        ResNetConfig { stages, stem: Stem::Conv3x3, ..small(ResNetConfig::resnet18()) },
    ]
}

/// The tensors of a network in the order of its definition, each with a value of its own.
fn tensors(config: &ResNetConfig) -> Vec<Tensor> {
    let graph = config.graph(1, 32, 32).expect("large enough");
    let specs = graph.nodes().iter().flat_map(|node| {
        node.op.parameters().into_iter().map(|spec| (format!("{}.{}", node.name, spec.name), spec.dims))
    });
    let tensor = |(index, (name, dims)): (usize, (String, Vec<usize>))| {
        let count = dims.iter().product();
        Tensor::of(&name, "F32", dims, std::iter::repeat_n(1.0 + index as f32, count))
    };
    specs.enumerate().map(tensor).collect()
}

fn renamed(tensors: &[Tensor], rename: &dyn Fn(&str) -> String) -> Vec<Tensor> {
    tensors.iter().map(|tensor| Tensor { name: rename(&tensor.name), ..tensor.clone() }).collect()
}

fn scalar(name: &str) -> Tensor {
    Tensor::of(name, "F32", vec![], [0.0].into_iter())
}

/// What the engine reads: the network, the first value of each tensor, scheme and notes.
struct Opened {
    config: ResNetConfig,
    values: BTreeMap<String, f32>,
    scheme: String,
    notes: Vec<String>,
}

fn open(file: Vec<u8>) -> Result<Opened, String> {
    pollster::block_on(async {
        let file = WeightFile::open(file).await?;
        let config = ResNetConfig::infer(&file.dims(), StridePlacement::default())?;
        let graph = config.graph(1, 32, 32)?;
        file.check(&graph)?;
        let mut values = BTreeMap::new();
        for node in graph.nodes() {
            for (name, own) in file.parameters(node).await? {
                values.insert(format!("{}.{name}", node.name), own[0]);
            }
        }
        Ok(Opened { config, values, scheme: file.scheme().to_owned(), notes: file.notes().to_vec() })
    })
    .map_err(|error: resnet_lens::Error| error.to_string())
}

/// Opens the same tensors as safetensors and as a file of torch.save, and compares every value.
fn check(what: &str, config: &ResNetConfig, tensors: &[Tensor], original: &[Tensor]) -> Opened {
    let expected: BTreeMap<String, f32> =
        original.iter().map(|tensor| (tensor.name.clone(), tensor.values()[0])).collect();
    let mut last = None;
    for (container, file) in [("safetensors", write_safetensors(tensors)), ("torch.save", write_pth(tensors))] {
        let opened = open(file).unwrap_or_else(|error| panic!("{what}, {container}: {error}"));
        assert_eq!(&opened.config, config, "{what}, {container}");
        assert_eq!(opened.values, expected, "{what}, {container}");
        last = Some(opened);
    }
    last.expect("two containers")
}

/// The parts of a name of torchvision's: module and parameter.
fn split(name: &str) -> (Vec<&str>, &str) {
    let (module, parameter) = name.rsplit_once('.').expect("a parameter");
    (module.split('.').collect(), parameter)
}

fn number(text: &str, prefix: &str) -> usize {
    text.strip_prefix(prefix).expect("the prefix").parse().expect("a number")
}

/// transformers' `ResNetForImageClassification`.
fn transformers(name: &str) -> String {
    let (parts, parameter) = split(name);
    let kind = |part: &str| if part.starts_with("conv") || part == "0" { "convolution" } else { "normalization" };
    match parts[..] {
        ["fc"] => format!("classifier.1.{parameter}"),
        [stem] => format!("resnet.embedder.embedder.{}.{parameter}", kind(stem)),
        [stage, block, "downsample", part] => {
            let stage = number(stage, "layer") - 1;
            format!("resnet.encoder.stages.{stage}.layers.{block}.shortcut.{}.{parameter}", kind(part))
        }
        [stage, block, part] => {
            let (stage, layer) = (number(stage, "layer") - 1, number(&part[part.len() - 1..], "") - 1);
            format!("resnet.encoder.stages.{stage}.layers.{block}.layer.{layer}.{}.{parameter}", kind(part))
        }
        _ => panic!("{name}"),
    }
}

/// `nn.Sequential` blocks: stages `conv2` to `conv5` with a suffix, `residual_function`, `shortcut`.
fn residual_function(name: &str, suffix: &str) -> String {
    let (parts, parameter) = split(name);
    match parts[..] {
        ["conv1"] => format!("conv1.0.{parameter}"),
        ["bn1"] => format!("conv1.1.{parameter}"),
        ["fc"] => name.to_owned(),
        [stage, block, "downsample", part] => {
            format!("conv{}{suffix}.{block}.shortcut.{part}.{parameter}", number(stage, "layer") + 1)
        }
        [stage, block, part] => {
            let at = 3 * (number(&part[part.len() - 1..], "") - 1) + usize::from(part.starts_with("bn"));
            format!("conv{}{suffix}.{block}.residual_function.{at}.{parameter}", number(stage, "layer") + 1)
        }
        _ => panic!("{name}"),
    }
}

/// The children of torchvision's network in an `nn.Sequential`.
fn sequential(name: &str) -> String {
    let (parts, parameter) = split(name);
    match parts[..] {
        ["conv1"] => format!("0.{parameter}"),
        ["bn1"] => format!("1.{parameter}"),
        ["fc"] => format!("9.{parameter}"),
        [stage, ref rest @ ..] => format!("{}.{}.{parameter}", number(stage, "layer") + 3, rest.join(".")),
        [] => panic!("{name}"),
    }
}

#[test]
fn naming_schemes_become_torchvisions() {
    /// From torchvision's name to the scheme's.
    type Rename<'a> = &'a dyn Fn(&str) -> String;
    let schemes: [(&str, Rename<'_>); 9] = [
        ("torchvision", &str::to_owned),
        ("transformers", &transformers),
        ("residual_function (pytorch-cifar100)", &|name| residual_function(name, "")),
        ("residual_function (pytorch-cifar100)", &|name| residual_function(name, "_x")),
        ("pytorch-cifar", &|name| name.replace("downsample", "shortcut").replace("fc.", "linear.")),
        ("torchvision", &|name| name.replace("fc.", "last_linear.")),
        ("torchvision", &|name| {
            if let Some(rest) = name.strip_prefix("fc.") {
                format!("head.fc.{rest}")
            } else {
                format!("backbone.{name}")
            }
        }),
        ("the children of torchvision's network (fastai)", &sequential),
        ("torchvision", &|name| {
            name.strip_prefix("fc.").map_or_else(|| format!("0.model.{name}"), |parameter| format!("1.{parameter}"))
        }),
    ];
    for config in networks() {
        let original = tensors(&config);
        for (scheme, rename) in &schemes {
            let opened = check(scheme, &config, &renamed(&original, rename), &original);
            assert_eq!(&opened.scheme, scheme);
            assert!(opened.notes.is_empty(), "{scheme}: {:?}", opened.notes);
        }
    }
}

#[test]
fn any_prefix_is_taken_off_and_tensors_beside_the_network_are_left_out() {
    let [config, _] = networks();
    let original = tensors(&config);
    for prefix in ["module.", "_orig_mod.module.", "net.", "state_dict.model.", "encoder.0.", "a.b.c.d.e."] {
        let file = renamed(&original, &|name| format!("{prefix}{name}"));
        assert!(check(prefix, &config, &file, &original).notes.is_empty());
        let centers = Tensor::of("center_loss.centers", "F32", vec![3, 128], (0..384).map(|i| i as f32));
        let beside = [file, vec![scalar("n_averaged"), centers]].concat();
        let notes = check(prefix, &config, &beside, &original).notes;
        assert_eq!(notes, ["2 tensors beside the network left out: n_averaged, center_loss"]);
    }
}

/// Of several copies the averaged one is used, as timm does; otherwise the first, and the note names both.
#[test]
fn copies_of_a_network_are_chosen_from_with_a_note() {
    let [config, _] = networks();
    let original = tensors(&config);
    let other: Vec<Tensor> = original
        .iter()
        .map(|tensor| {
            Tensor::of(&tensor.name, "F32", tensor.shape.clone(), tensor.values().into_iter().map(|v| v + 0.5))
        })
        .collect();
    let at = |prefix: &str, tensors: &[Tensor]| renamed(tensors, &|name| format!("{prefix}.{name}"));
    for (first, second, chosen) in [
        ("model", "model_ema", "model_ema"),
        ("state_dict_ema", "state_dict", "state_dict_ema"),
        ("ema.module", "net", "ema.module"),
        ("student", "teacher", "teacher"),
        ("module.encoder_q", "module.encoder_k", "module.encoder_q"),
        ("momentum_encoder", "encoder", "encoder"),
        ("best", "last", "best"),
    ] {
        let [a, b] = if chosen == first { [&original, &other] } else { [&other, &original] };
        let file = [at(first, a), at(second, b)].concat();
        let notes = check(chosen, &config, &file, &original).notes;
        let unused = if chosen == first { second } else { first };
        assert_eq!(notes, [format!("the file holds several copies of the network: {chosen} is used, not {unused}")]);
    }
}

#[test]
fn classifiers_are_found_whatever_they_are_called() {
    for config in networks() {
        let original = tensors(&config);
        for head in
            ["fc.1", "classifier", "classifier.1", "linear", "head", "head.fc", "output", "my_own_layer", "top.0.1"]
        {
            let file = renamed(&original, &|name| name.replace("fc.", &format!("{head}.")));
            assert!(check(head, &config, &file, &original).notes.is_empty(), "{head}");
        }
        // A 1x1 convolution, and no bias.
        let mut file = original.clone();
        let weight = file.iter_mut().find(|tensor| tensor.name == "fc.weight").expect("a classifier");
        weight.shape.extend([1, 1]);
        check("a convolution", &config, &file, &original);
        file.retain(|tensor| tensor.name != "fc.bias");
        assert_eq!(open(write_safetensors(&file)).expect("it opens").values["fc.bias"], 0.0);
    }
}

#[test]
fn backbones_without_a_classifier_open() {
    for config in networks() {
        let config = ResNetConfig { classes: None, ..config };
        let original = tensors(&config);
        check("a backbone", &config, &original, &original);
        let model = renamed(&original, &|name| transformers(name).replace("resnet.", ""));
        check("ResNetModel", &config, &model, &original);
        // Layers of self-supervised training are not classifiers.
        let layer = |name: &str, dims: [usize; 2]| {
            Tensor::of(name, "F32", dims.to_vec(), (0..dims[0] * dims[1]).map(|i| i as f32))
        };
        let projector = [
            layer("projector.0.weight", [8, 128]),
            layer("projector.3.weight", [8, 8]),
            layer("predictor.weight", [8, 8]),
        ];
        let notes = check("a projector", &config, &[original.clone(), projector.to_vec()].concat(), &original).notes;
        assert_eq!(notes, ["3 tensors beside the network left out: projector, predictor"]);
    }
}

/// Names of no known scheme: recognised by shape, if only one assignment fits.
#[test]
fn unknown_names_are_recognised_by_shape() {
    let [bottleneck, basic] = networks();
    let padded = ResNetConfig { stages: vec![2; 3], ..small(ResNetConfig::cifar10(2)) };
    for config in [bottleneck, basic, padded] {
        let original = tensors(&config);
        let rename = |name: &str| {
            let (parts, parameter) = split(name);
            let part = |part: &str| {
                part.replace("conv", "c").replace("bn", "n").replace("downsample", "skip").replace("fc", "y")
            };
            let module: Vec<String> = match parts[..] {
                ["conv1" | "bn1"] => vec!["entry".to_owned(), part(parts[0])],
                [stage, ref rest @ ..] => {
                    std::iter::once(stage.replace("layer", "part")).chain(rest.iter().map(|p| part(p))).collect()
                }
                [] => panic!("{name}"),
            };
            format!("{}.{parameter}", module.join("."))
        };
        let file = renamed(&original, &rename);
        let opened = check("unknown names", &config, &file, &original);
        assert!(opened.notes[0].starts_with("recognised by the shapes"), "{:?}", opened.notes);
        let inside = renamed(&file, &|name| format!("checkpoint.net.{name}"));
        check("unknown names in a checkpoint", &config, &[inside, vec![scalar("epoch")]].concat(), &original);
        // Projections before the residual function, as some definitions have them.
        let mut first = file.clone();
        first.sort_by_key(|tensor| {
            let block = tensor.name.rsplitn(3, '.').last().unwrap_or_default().trim_end_matches(".skip").to_owned();
            (file.iter().position(|other| other.name.starts_with(&block)), !tensor.name.contains("skip"))
        });
        let opened = open(write_pth(&first)).unwrap_or_else(|error| panic!("projections first: {error}"));
        assert_eq!(opened.config, config);
        // One block less in the middle, or one tensor of another shape: no assignment fits.
        let broken: Vec<Tensor> =
            file.iter().filter(|tensor| !tensor.name.starts_with("part2.0.c1")).cloned().collect();
        assert!(open(write_pth(&broken)).is_err());
    }
}

/// Squeeze-and-excitation as timm, mmpretrain, and networks of linear layers without bias name it.
#[test]
fn squeeze_and_excitation_has_several_names() {
    let config = ResNetConfig { squeeze: vec![2; 4], ..networks()[0].clone() };
    let original = tensors(&config);
    check("timm", &config, &original, &original);
    let mmpretrain =
        |name: &str| name.replace("se.fc1", "se_layer.conv1.conv").replace("se.fc2", "se_layer.conv2.conv");
    check("mmpretrain", &config, &renamed(&original, &mmpretrain), &original);
    let is_bias = |tensor: &Tensor| tensor.name.contains(".se.") && tensor.name.ends_with("bias");
    let linear: Vec<Tensor> = original.iter().filter(|tensor| !is_bias(tensor)).cloned().collect();
    let mut linear = renamed(&linear, &|name| name.replace("se.fc1", "se.fc.0").replace("se.fc2", "se.fc.2"));
    linear.iter_mut().filter(|tensor| tensor.name.contains(".se.")).for_each(|tensor| tensor.shape.truncate(2));
    let without_bias = |tensor: &Tensor| {
        let value = if is_bias(tensor) { 0.0 } else { tensor.values()[0] };
        let count = tensor.shape.iter().product();
        Tensor::of(&tensor.name, "F32", tensor.shape.clone(), std::iter::repeat_n(value, count))
    };
    check("linear layers", &config, &linear, &original.iter().map(without_bias).collect::<Vec<_>>());
}

/// The head of a segmentation network is not a classifier.
#[test]
fn heads_of_convolutions_are_left_out() {
    let config = ResNetConfig { classes: None, ..networks()[0].clone() };
    let original = tensors(&config);
    let mut file = renamed(&original, &|name| format!("backbone.{name}"));
    for (name, dims) in [
        ("classifier.0.weight", vec![8, 64, 3, 3]),
        ("classifier.4.weight", vec![3, 8, 1, 1]),
        ("classifier.2.weight", vec![8, 8, 1, 1]),
    ] {
        let count = dims.iter().product();
        file.push(Tensor::of(name, "F32", dims, std::iter::repeat_n(0.5, count)));
    }
    let opened = check("a segmentation network", &config, &file, &original);
    assert!(opened.notes.iter().any(|note| note.contains("left out: classifier")), "{:?}", opened.notes);
}
