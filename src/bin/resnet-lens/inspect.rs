//! `resnet-lens inspect`: the layers of a network, the statistics of their values, and their channels as an image.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use resnet_lens::Session;
use resnet_lens::lens::{Colormap, ColourMapping, Scale, Statistics};
use resnet_lens::session::LayerInfo;
use serde::Serialize;
use serde::de::{DeserializeOwned, IntoDeserializer, value};

use crate::failure::Failure;
use crate::network::{EditOptions, NetworkOptions};
use crate::output::{self, json};
use crate::{images, node_files, sheet, table};

/// The options of `resnet-lens inspect`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  resnet-lens inspect --model resnet50.safetensors
  resnet-lens inspect photo.jpg
  resnet-lens inspect --node layer2.1.relu_1 photo.jpg
  resnet-lens inspect --node layer2.1.relu_1 --sheet channels.png --colormap magma photo.jpg
Output: one line per node in order of execution: name, PyTorch's class, shape of the output for one image, learned parameters, \
multiply-accumulates, attributes. With an image also the minimum, maximum, mean, standard deviation and share of zeros of its values. \
With --json one object per node; of a node named by --node also the statistics of each channel.
Exit status: 0, or 1 if a file cannot be used or the network has no such node. 2 if the command line is invalid.")]
pub struct Arguments {
    /// An image, whose values are measured.
    #[arg(value_name = "IMAGE")]
    image: Option<PathBuf>,
    #[command(flatten)]
    network: NetworkOptions,
    #[command(flatten)]
    edit: EditOptions,
    /// Show only this node; can be given several times.
    #[arg(long = "node", value_name = "NAME", help_heading = "Inspection")]
    nodes: Vec<String>,
    /// Write all channels of --node side by side as an image. For several nodes FILE.png becomes FILE-NAME.png.
    #[arg(long, value_name = "FILE.png", requires = "nodes", requires = "image", help_heading = "Inspection")]
    sheet: Option<PathBuf>,
    /// Colours of maps without negative values; others use blue, white and red, with white for zero.
    #[arg(long, value_name = "NAME", default_value = "viridis", help_heading = "Inspection")]
    #[arg(value_parser = PossibleValuesParser::new(["viridis", "magma", "cividis", "grey", "diverging"]).try_map(named::<Colormap>))]
    colormap: Colormap,
    /// The values at the ends of the colours: the extremes of each channel, of the layer, or of the network.
    #[arg(long, value_name = "OF", default_value = "layer", help_heading = "Inspection")]
    #[arg(value_parser = PossibleValuesParser::new(["channel", "layer", "network"]).try_map(named::<Scale>))]
    scale: Scale,
    /// Print one JSON object per node and line.
    #[arg(long, help_heading = "Output")]
    json: bool,
}

/// The variant with this name.
fn named<T: DeserializeOwned>(name: String) -> Result<T, value::Error> {
    T::deserialize(name.into_deserializer())
}

/// The JSON object of one node.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    layer: &'a LayerInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    statistics: Option<&'a Statistics>,
}

/// Prints the nodes, and writes sheets.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let network = arguments.network.open().await?;
    let session = &network.session;
    arguments.edit.apply(session).await?;
    let layers = selected(session, &arguments.nodes)?;
    let names: Vec<&str> = layers.iter().map(|layer| &layer.name[..]).collect();
    let mut statistics = Vec::new();
    if let Some(image) = &arguments.image {
        session.observe(&names).await?;
        images::classify(session, image, 1).await?;
        for name in &names {
            statistics.push(session.statistics(name).await?);
        }
    }
    print(&layers, &statistics, arguments)?;
    if let Some(file) = &arguments.sheet {
        let colour = ColourMapping { colormap: arguments.colormap, scale: arguments.scale, ..ColourMapping::default() };
        write_sheets(session, &layers, colour, file).await?;
    }
    network.keep_pipelines();
    Ok(())
}

/// The layers with these names, all if there are none.
fn selected(session: &Session, names: &[String]) -> Result<Vec<LayerInfo>, Failure> {
    let layers = session.layers();
    if names.is_empty() {
        return Ok(layers.to_vec());
    }
    let find = |name: &String| {
        let found = layers.iter().find(|layer| layer.name == *name).cloned();
        let expected = "expected the name of a node, as 'resnet-lens inspect' lists them";
        found.ok_or_else(|| Failure::new(format!("--node: {expected}, found {name}")))
    };
    names.iter().map(find).collect()
}

fn print(layers: &[LayerInfo], statistics: &[Statistics], arguments: &Arguments) -> Result<(), Failure> {
    if arguments.json {
        for (index, layer) in layers.iter().enumerate() {
            output::print(&json(&Line { layer, statistics: statistics.get(index) })?)?;
        }
        return Ok(());
    }
    let mut rows = vec![header(!statistics.is_empty())];
    rows.extend(layers.iter().enumerate().map(|(index, layer)| row(layer, statistics.get(index))));
    output::print(&table::aligned(&rows))
}

fn header(measured: bool) -> Vec<String> {
    let mut cells = vec!["node", "operator", "shape", "parameters", "MACs"];
    if measured {
        cells.extend(["min", "max", "mean", "std", "zeros"]);
    }
    cells.push("attributes");
    cells.into_iter().map(str::to_owned).collect()
}

fn row(layer: &LayerInfo, statistics: Option<&Statistics>) -> Vec<String> {
    let [_, channels, height, width] = layer.shape;
    let shape = format!("{channels}x{height}x{width}");
    let mut cells =
        vec![layer.name.clone(), layer.op.to_owned(), shape, layer.parameters.to_string(), layer.macs.to_string()];
    if let Some(Statistics { layer, .. }) = statistics {
        cells.extend([layer.min, layer.max, layer.mean, layer.std].map(|value| format!("{value:.4}")));
        cells.push(format!("{:.1} %", layer.zeros * 100.0));
    }
    cells.push(layer.attributes.clone());
    cells
}

async fn write_sheets(
    session: &Session,
    layers: &[LayerInfo],
    colour: ColourMapping,
    file: &Path,
) -> Result<(), Failure> {
    for layer in layers {
        let file = node_files::path(file, &layer.name, layers.len());
        sheet::write(session, layer, colour, &file).await?;
    }
    Ok(())
}
