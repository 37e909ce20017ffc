//! Names of tensors that differ from PyTorch's in form only: wrappers, separators, other words for parameters; and copies of a network
//! that are none.

use crate::common::containers::{Tensor, read_safetensors, write_safetensors};
use resnet_lens::weights::WeightFile;

const BASIC: &[u8] = include_bytes!("../golden/resnet/basic.safetensors");

fn tensors() -> Vec<Tensor> {
    read_safetensors(BASIC).into_iter().filter(|tensor| tensor.dtype == "F32").collect()
}

fn renamed(rename: impl Fn(&str) -> String) -> Vec<Tensor> {
    tensors().into_iter().map(|tensor| Tensor { name: rename(&tensor.name), ..tensor }).collect()
}

/// The names of the tensors of a file, and the notes.
fn open(tensors: &[Tensor]) -> (Vec<String>, Vec<String>) {
    let file = pollster::block_on(WeightFile::open(write_safetensors(tensors))).expect("a weight file");
    (file.dims().into_keys().collect(), file.notes().to_vec())
}

fn parameter_of_keras(name: &str) -> String {
    let (module, parameter) = name.rsplit_once('.').expect("a parameter");
    let norm = module.rsplit('.').next().is_some_and(|last| last.starts_with("bn") || last == "1");
    let renamed = match parameter {
        "weight" if norm => "gamma",
        "bias" if norm => "beta",
        "running_mean" => "moving_mean",
        "running_var" => "moving_variance",
        other => other,
    };
    format!("{module}.{renamed}")
}

#[test]
fn the_form_of_names_does_not_matter() {
    let (expected, _) = open(&tensors());
    type Rename = fn(&str) -> String;
    let forms: [(&str, Rename); 5] = [
        ("slashes", |name| name.replace('.', "/")),
        ("underscores", |name| name.replace('.', "_")),
        ("compiled submodules", |name| name.replace("layer2.", "layer2._orig_mod.")),
        ("sharded and checkpointed", |name| {
            format!("_fsdp_wrapped_module.{}", name.replace("layer1.0.", "layer1.0._checkpoint_wrapped_module."))
        }),
        ("other words", parameter_of_keras),
    ];
    for (what, rename) in forms {
        assert_eq!(open(&renamed(rename)).0, expected, "{what}");
    }
}

/// The copy before wrapping is kept apart from the wrapped one.
#[test]
fn names_that_would_become_equal_stay() {
    let both = [tensors(), renamed(|name| format!("_orig_mod.{name}"))].concat();
    let (names, notes) = open(&both);
    assert_eq!(names, open(&tensors()).0);
    assert!(notes.iter().any(|note| note.contains("several copies")), "{notes:?}");
}

#[test]
fn averages_come_first_and_momenta_last() {
    let copy = |prefix: &str| renamed(|name| format!("{prefix}.{name}"));
    let without_statistics = |prefix: &str| -> Vec<Tensor> {
        copy(prefix).into_iter().filter(|tensor| !tensor.name.contains("running")).collect()
    };
    for (files, used) in [
        ([copy("model"), copy("emamodel")], "emamodel"),
        ([copy("params_ema"), copy("params")], "params_ema"),
        ([copy("grads"), copy("net")], "net"),
        ([copy("momentum_buffer"), copy("net")], "net"),
        ([copy("optimizer.exp_avg"), copy("net")], "net"),
        ([copy("net"), without_statistics("ema.shadow")], "net"),
    ] {
        let (_, notes) = open(&files.concat());
        assert!(notes.iter().any(|note| note.contains(&format!("copies of the network: {used} is used"))), "{notes:?}");
    }
}

/// Changes of a network before it was saved, which have a remedy, and other layouts.
#[test]
fn what_was_done_to_a_network_is_named() {
    let renamed_weight = |module: &str, ends: &[&str]| -> Vec<Tensor> {
        let weight = format!("{module}.weight");
        let all = tensors().into_iter().flat_map(|tensor| {
            let ends = if tensor.name == weight { ends } else { &[""] };
            let renamed = |end: &&str| Tensor { name: format!("{}{end}", tensor.name), ..tensor.clone() };
            ends.iter().map(renamed).collect::<Vec<_>>()
        });
        all.collect()
    };
    let rank = |dims: fn(&[usize]) -> Vec<usize>| -> Vec<Tensor> {
        let reshaped = |tensor: Tensor| {
            if tensor.shape.len() == 4 { Tensor { shape: dims(&tensor.shape), ..tensor } } else { tensor }
        };
        tensors().into_iter().map(reshaped).collect()
    };
    let no_norms =
        tensors().into_iter().filter(|tensor| tensor.shape.len() != 1 || tensor.name.starts_with("fc")).collect();
    for (file, words) in [
        (renamed_weight("layer1.0.conv1", &["_orig", "_mask"]), "torch.nn.utils.prune.remove"),
        (renamed_weight("fc", &["_g", "_v"]), "torch.nn.utils.remove_weight_norm"),
        (rank(|dims| [dims, &[1]].concat()), "three-dimensional"),
        (rank(|dims| vec![dims[0], dims[1], dims[2] * dims[3]]), "one-dimensional"),
        (rank(|dims| vec![dims[0], dims[2], dims[3], dims[1]]), "as in MLX and TensorFlow"),
        (no_norms, "fused into the convolutions"),
    ] {
        let opened = async {
            let file = WeightFile::open(write_safetensors(&file)).await?;
            let config =
                resnet_lens::ResNetConfig::infer(&file.dims(), resnet_lens::resnet::StridePlacement::default())?;
            file.check(&config.graph(1, 32, 32)?)
        };
        let error = pollster::block_on(opened).expect_err(words).to_string();
        assert!(error.contains(words) && error.contains("expected") && error.contains("found"), "{words}: {error}");
    }
}
