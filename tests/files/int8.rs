//! Weights of 8 bits: what is written is read back, and other files of the kind are read or refused in one sentence.

use std::collections::BTreeMap;

use crate::common::containers::{Tensor, read_safetensors, write_safetensors};
use resnet_lens::ResNetConfig;
use resnet_lens::graph::Graph;
use resnet_lens::resnet::StridePlacement;
use resnet_lens::weights::WeightFile;

const BASIC: &[u8] = include_bytes!("../golden/resnet/basic.safetensors");

async fn graph(file: &WeightFile<Vec<u8>>) -> Graph {
    let config = ResNetConfig::infer(&file.dims(), StridePlacement::default()).expect("a ResNet");
    config.graph(1, 32, 32).expect("large enough")
}

/// All values by name.
fn values(bytes: &[u8]) -> Result<BTreeMap<String, Vec<f32>>, String> {
    pollster::block_on(async {
        let file = WeightFile::open(bytes.to_vec()).await?;
        let graph = graph(&file).await;
        file.check(&graph)?;
        let mut values = BTreeMap::new();
        for node in graph.nodes() {
            let own = file.parameters(node).await?;
            values.extend(own.into_iter().map(|(name, own)| (format!("{}.{name}", node.name), own)));
        }
        Ok(values)
    })
    .map_err(|error: resnet_lens::Error| error.to_string())
}

fn compressed(bytes: &[u8], labels: Option<&str>) -> Result<Vec<u8>, String> {
    pollster::block_on(async {
        let file = WeightFile::open(bytes.to_vec()).await?;
        let mut output = Vec::new();
        let written = file.write_int8(&graph(&file).await, labels, &mut output).await?;
        assert_eq!(written, output.len() as u64);
        Ok(output)
    })
    .map_err(|error: resnet_lens::Error| error.to_string())
}

/// Weights are at most one step off, the step being a 127th of the channel's largest weight, and half a step in the sum over a channel;
/// all other values are exact.
#[test]
fn what_is_written_is_read_back() {
    let small = compressed(BASIC, Some("[\"a\",\"b\"]")).expect("written");
    assert!(small.len() * 2 < BASIC.len(), "{} of {}", small.len(), BASIC.len());
    let (before, after) = (values(BASIC).expect("read"), values(&small).expect("read"));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    let dims = pollster::block_on(WeightFile::open(BASIC.to_vec())).expect("read").dims();
    for (name, before) in &before {
        if dims[name].len() == 1 {
            assert_eq!(&after[name], before, "{name}");
            continue;
        }
        let inputs = before.len() / dims[name][0];
        for (before, after) in before.chunks(inputs).zip(after[name].chunks(inputs)) {
            let step = before.iter().fold(0f32, |most, value| most.max(value.abs())) / 127.0;
            let apart = before.iter().zip(after).map(|(a, b)| (a - b).abs()).fold(0f32, f32::max);
            assert!(apart <= step * 1.001, "{name}: {apart} apart with steps of {step}");
            let sum: f32 = before.iter().zip(after).map(|(a, b)| a - b).sum();
            assert!(sum.abs() <= step * 0.51, "{name}: the sums are {sum} apart with steps of {step}");
        }
    }
    let file = pollster::block_on(WeightFile::open(small.clone())).expect("read");
    assert_eq!(file.labels(), Some("[\"a\",\"b\"]"));
    assert!(file.is_f16(), "half precision on the GPU is as precise");
    assert!(compressed(&small, None).expect_err("8 bits").contains("I8: they have 8 bits already"));
}

/// Values that `f16` holds stay `f16`.
#[test]
fn halves_stay_halves() {
    let halves: Vec<Tensor> = read_safetensors(BASIC).iter().map(|tensor| tensor.cast("F16")).collect();
    let halves = write_safetensors(&halves);
    let small = compressed(&halves, None).expect("written");
    let header = String::from_utf8_lossy(&small[8..4096]).into_owned();
    assert!(header.contains(r#""bn1.running_var":{"data_offsets""#) && header.contains("F16"), "{header}");
    assert_eq!(values(&small).expect("read")["bn1.running_var"], values(&halves).expect("read")["bn1.running_var"]);
}

/// A network of this type with `conv1.weight` of 8 bits and a scale of these dims.
fn scaled(dtype: &'static str, dims: &[usize], scales: Option<&[f32]>) -> Vec<u8> {
    let mut tensors = read_safetensors(BASIC);
    let weight = tensors.iter_mut().find(|tensor| tensor.name == "conv1.weight").expect("a stem");
    let count = weight.shape.iter().product::<usize>();
    *weight = Tensor { dtype, data: (0..count).map(|at| (at % 100) as u8).collect(), ..weight.clone() };
    tensors.extend(scales.map(|scales| Tensor::of("conv1.weight_scale", "F32", dims.to_vec(), scales.iter().copied())));
    write_safetensors(&tensors)
}

#[test]
fn scales_have_one_value_or_one_per_channel() {
    let channels = [1.0, 2.0, 0.5, 0.25, 4.0];
    for dims in [&[5][..], &[5, 1], &[5, 1, 1, 1]] {
        let weight = &values(&scaled("I8", dims, Some(&channels))).expect("read")["conv1.weight"];
        // 147 values per channel; the second one begins with 47.
        assert_eq!((weight[3], weight[147]), (3.0, 94.0), "{dims:?}");
    }
    assert_eq!(values(&scaled("I8", &[1], Some(&[0.5]))).expect("read")["conv1.weight"][3], 1.5);
    // 0x38 is 1 in E4M3, 0x3c in E5M2.
    for (dtype, at) in [("F8_E4M3", 0x38), ("F8_E5M2", 0x3c)] {
        assert_eq!(values(&scaled(dtype, &[], Some(&[3.0]))).expect("read")["conv1.weight"][at], 3.0, "{dtype}");
    }
    let error = |file: Vec<u8>| values(&file).expect_err("refused");
    let sentence = error(scaled("I8", &[4], Some(&channels[..4])));
    assert!(sentence.starts_with("conv1.weight_scale: expected one float for each output channel"), "{sentence}");
    let sentence = error(scaled("I8", &[], None));
    assert!(
        sentence.starts_with("conv1.weight: expected values of type") && sentence.contains("found I8"),
        "{sentence}"
    );
    let mut lonely = read_safetensors(BASIC);
    lonely.push(Tensor::of("conv9.weight_scale", "F32", vec![1], [1.0].into_iter()));
    assert!(error(write_safetensors(&lonely)).contains("expected a tensor conv9.weight besides it, found none"));
    let mut wide = read_safetensors(BASIC);
    wide.push(Tensor::of("conv1.weight_scale", "F32", vec![1], [1.0].into_iter()));
    assert!(error(write_safetensors(&wide)).contains("of a weight of type I8"), "a scale of a weight of 32 bits");
}
