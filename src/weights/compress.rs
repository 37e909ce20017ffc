//! Writes a network with weights of 8 bits, in the layout of [`super::int8`].

use std::io::Write;

use ::safetensors::Dtype;
use half::f16;
use serde_json::{Map, Value, json};

use super::int8::{self, SCALE};
use super::stored::StoredTensor;
use super::{ByteSource, WeightFile};
use crate::error::{Error, Result};
use crate::graph::{Graph, Node};
use crate::ops::ParameterSpec;

/// The description of the layout in the file's metadata.
const LAYOUT: &str = "int8 per output channel: weight[o] = I8[o] * weight_scale[o]";

/// A tensor that is written.
struct Part<'a> {
    name: String,
    node: &'a Node,
    spec: ParameterSpec,
    content: Content,
}

/// What of a parameter is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    /// The factors of an 8-bit weight, in `f32`.
    Scale,
    /// The values in `f32`.
    F32,
    /// The values in `f16`, as they are in the source.
    F16,
    /// The values of an 8-bit weight.
    Int8,
}

impl Content {
    fn dtype(self) -> &'static str {
        match self {
            Self::Scale | Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Int8 => "I8",
        }
    }
}

impl Part<'_> {
    fn dims(&self) -> &[usize] {
        if self.content == Content::Scale { &self.spec.dims[..1] } else { &self.spec.dims }
    }

    fn bytes(&self) -> usize {
        let width = match self.content {
            Content::Scale | Content::F32 => 4,
            Content::F16 => 2,
            Content::Int8 => 1,
        };
        self.dims().iter().product::<usize>() * width
    }
}

impl<S: ByteSource> WeightFile<S> {
    /// Writes the tensors of `graph` as safetensors: weights of convolutions and linear layers in 8 bits, all others as they are, and
    /// `labels` as metadata. Returns the number of bytes.
    ///
    /// # Errors
    /// [`Error::Weights`] when the weights have 8 bits or fewer already, when they cannot be read, or when `output` fails.
    pub async fn write_int8(&self, graph: &Graph, labels: Option<&str>, output: &mut dyn Write) -> Result<u64> {
        self.check(graph)?;
        self.refuse_compressed()?;
        let parts = self.parts(graph);
        let header = header(&parts, labels);
        let failed =
            |error: std::io::Error| Error::Weights(format!("the compressed weights cannot be written: {error}"));
        output.write_all(&(header.len() as u64).to_le_bytes()).map_err(failed)?;
        output.write_all(&header).map_err(failed)?;
        for part in &parts {
            let bytes = self.part_bytes(part).await?;
            output.write_all(&bytes).map_err(failed)?;
        }
        Ok(8 + header.len() as u64 + parts.iter().map(|part| part.bytes() as u64).sum::<u64>())
    }

    fn refuse_compressed(&self) -> Result<()> {
        let narrow = |(name, tensor): (&String, &StoredTensor)| {
            let found = match tensor {
                StoredTensor::ProductQuantised { .. } => {
                    "it product-quantised, which takes less than 8 bits".to_owned()
                }
                _ if int8::is_8_bit(tensor.dtype()) => format!("{}: they have 8 bits already", tensor.dtype()),
                _ => return None,
            };
            Some(Error::Weights(format!("{name}: expected weights of 16 or 32 bits to compress, found {found}")))
        };
        self.tensors.iter().find_map(narrow).map_or(Ok(()), Err)
    }

    /// All tensors; those of wider types are first, so that every tensor is aligned.
    fn parts<'a>(&self, graph: &'a Graph) -> Vec<Part<'a>> {
        let mut parts = Vec::new();
        for node in graph.nodes() {
            for spec in node.op.parameters() {
                let name = format!("{}.{}", node.name, spec.name);
                let Some(stored) = self.tensors.get(&name) else { continue };
                if spec.dims.len() > 1 {
                    let scale = format!("{}{SCALE}", node.name);
                    parts.push(Part { name: scale, node, spec: spec.clone(), content: Content::Scale });
                    parts.push(Part { name, node, spec, content: Content::Int8 });
                } else {
                    let content = if stored.dtype() == Dtype::F16 { Content::F16 } else { Content::F32 };
                    parts.push(Part { name, node, spec, content });
                }
            }
        }
        parts.sort_by_key(|part| match part.content {
            Content::Scale | Content::F32 => 0,
            Content::F16 => 1,
            Content::Int8 => 2,
        });
        parts
    }

    async fn part_bytes(&self, part: &Part<'_>) -> Result<Vec<u8>> {
        let name = format!("{}.{}", part.node.name, part.spec.name);
        let values = self.parameter(&name, &part.spec).await?;
        let window: usize = part.spec.dims.iter().skip(2).product();
        let channels = || values.chunks(values.len() / part.spec.dims[0]).map(|row| int8::quantise(row, window));
        Ok(match part.content {
            Content::Scale => channels().flat_map(|(_, scale)| scale.to_le_bytes()).collect(),
            Content::Int8 => channels().flat_map(|(values, _)| values).map(i8::cast_unsigned).collect(),
            Content::F32 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Content::F16 => values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect(),
        })
    }
}

/// The JSON header, padded with spaces so that the values begin at a multiple of eight.
fn header(parts: &[Part<'_>], labels: Option<&str>) -> Vec<u8> {
    let mut metadata = Map::from_iter([("format".to_owned(), json!("pt")), ("quantization".to_owned(), json!(LAYOUT))]);
    metadata.extend(labels.map(|labels| ("labels".to_owned(), json!(labels))));
    let mut entries = Map::from_iter([("__metadata__".to_owned(), Value::Object(metadata))]);
    let mut start = 0;
    for part in parts {
        let end = start + part.bytes();
        let entry = json!({ "dtype": part.content.dtype(), "shape": part.dims(), "data_offsets": [start, end] });
        entries.insert(part.name.clone(), entry);
        start = end;
    }
    let mut text = Value::Object(entries).to_string().into_bytes();
    text.resize(text.len().next_multiple_of(8), b' ');
    text
}
