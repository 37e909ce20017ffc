//! Weight files written by tests: tensors that can be changed in between.

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use serde_json::{Map, Value, json};

/// A tensor that can be changed before it is written.
#[derive(Clone)]
pub struct Tensor {
    pub name: String,
    /// As safetensors spells it.
    pub dtype: &'static str,
    pub shape: Vec<usize>,
    pub data: Vec<u8>,
}

impl Tensor {
    /// Values as they would be stored in another type.
    pub fn of(name: &str, dtype: &'static str, shape: Vec<usize>, values: impl Iterator<Item = f32>) -> Self {
        Self { name: name.to_owned(), dtype, shape, data: values.flat_map(|value| encode(dtype, value)).collect() }
    }

    /// The values of a tensor of numbers with a point.
    pub fn values(&self) -> Vec<f32> {
        match self.dtype {
            "F16" => self.data.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
            "BF16" => self.data.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
            _ => self.data.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        }
    }

    /// Rounded to another type, if it holds numbers with a point.
    pub fn cast(&self, dtype: &'static str) -> Self {
        if self.dtype == "I64" {
            self.clone()
        } else {
            Self::of(&self.name, dtype, self.shape.clone(), self.values().into_iter())
        }
    }
}

/// One value as `dtype` stores it.
pub fn encode(dtype: &str, value: f32) -> Vec<u8> {
    match dtype {
        "F16" => f16::from_f32(value).to_le_bytes().to_vec(),
        "BF16" => bf16::from_f32(value).to_le_bytes().to_vec(),
        _ => value.to_le_bytes().to_vec(),
    }
}

/// All tensors of a safetensors file.
pub fn read_safetensors(bytes: &[u8]) -> Vec<Tensor> {
    let file = SafeTensors::deserialize(bytes).expect("a file that is valid");
    let tensor = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
        let dtype = match view.dtype() {
            Dtype::I64 => "I64",
            Dtype::F16 => "F16",
            Dtype::F32 => "F32",
            other => panic!("{name}: {other:?}"),
        };
        Tensor { name, dtype, shape: view.shape().to_vec(), data: view.data().to_vec() }
    };
    file.tensors().into_iter().map(tensor).collect()
}

/// A safetensors file from its header and its data.
pub fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

/// A safetensors file of these tensors.
pub fn write_safetensors(tensors: &[Tensor]) -> Vec<u8> {
    let (mut header, mut data) = (Map::new(), Vec::new());
    for Tensor { name, dtype, shape, data: own } in tensors {
        let end = data.len() + own.len();
        header.insert(name.clone(), json!({ "dtype": dtype, "shape": shape, "data_offsets": [data.len(), end] }));
        data.extend(own);
    }
    with_header(&Value::Object(header).to_string(), &data)
}
