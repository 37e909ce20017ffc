//! `resnet-lens operate`: the answers before and after edits of the network, or what each residual block contributes.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use resnet_lens::Session;
use resnet_lens::lens::ResidualStatistics;
use resnet_lens::session::{BlockImportance, Prediction};
use serde::Serialize;

use crate::failure::Failure;
use crate::network::{EditOptions, NetworkOptions};
use crate::output::{self, ClassOptions, json};
use crate::{images, table};

/// The options of `resnet-lens operate`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(after_long_help = "\
Examples:
  resnet-lens operate photo.jpg
  resnet-lens operate --edit branch:layer1.1:0 photo.jpg
  resnet-lens operate --model resnet50.safetensors --edit swap:layer3.2:layer3.3 --edit skip:layer2.1 photo.jpg
Output: With --edit, the probabilities of the most probable classes of both networks, as trained and edited. Without, one line per \
residual block: the norms of its branch F(x) and its shortcut x, the cosine of the angle between them, the probability of the most \
probable class when the branch is switched off, and the most probable class then. With --json, {\"intact\", \"edited\"}, each a list of \
predictions as of `classify --json`; or one object per block.
Exit status: 0, or 1 if a file cannot be used or the network does not permit an edit. 2 if the command line is invalid.")]
pub struct Arguments {
    /// The image to classify.
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    #[command(flatten)]
    network: NetworkOptions,
    #[command(flatten)]
    edit: EditOptions,
    #[command(flatten)]
    classes: ClassOptions,
    /// Print JSON.
    #[arg(long, help_heading = "Output")]
    json: bool,
}

/// The predictions of both networks.
#[derive(Debug, Serialize)]
struct Answers<'a> {
    intact: &'a [Prediction],
    edited: &'a [Prediction],
}

/// What is measured of a block.
#[derive(Debug, Serialize)]
struct Block<'a> {
    #[serde(flatten)]
    statistics: &'a ResidualStatistics,
    #[serde(flatten)]
    importance: &'a BlockImportance,
}

/// Classifies the image and prints the comparison.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let network = arguments.network.open().await?;
    let (session, image) = (&network.session, &arguments.image);
    let classes = session.labels().len();
    let intact = images::classify(session, image, classes).await?;
    if arguments.edit.edits.is_empty() {
        print_blocks(session, &intact.predictions, arguments).await?;
    } else if let Some(edited) = session.operate(&arguments.edit.edits, classes).await? {
        print_answers(&intact.predictions, &edited.predictions, arguments)?;
    }
    network.keep_pipelines();
    Ok(())
}

fn print_answers(intact: &[Prediction], edited: &[Prediction], arguments: &Arguments) -> Result<(), Failure> {
    let top = arguments.classes.top();
    if arguments.json {
        let best = |predictions: &'_ [Prediction]| predictions[..top.min(predictions.len())].to_vec();
        return output::print(&json(&Answers { intact: &best(intact), edited: &best(edited) })?);
    }
    let mut rows = vec![["class", "as trained", "edited"].map(str::to_owned).to_vec()];
    let mut shown = Vec::new();
    for prediction in intact.iter().take(top).chain(edited.iter().take(top)) {
        if !shown.contains(&prediction.index) {
            shown.push(prediction.index);
            let name = prediction.label.name_in(arguments.classes.lang).to_owned();
            rows.push(vec![name, percent(intact, prediction.index), percent(edited, prediction.index)]);
        }
    }
    output::print(&table::aligned(&rows))
}

/// The probability of a class.
fn percent(predictions: &[Prediction], index: usize) -> String {
    let found = predictions.iter().find(|prediction| prediction.index == index);
    found.map(|prediction| format!("{:.1} %", prediction.probability * 100.0)).unwrap_or_default()
}

async fn print_blocks(session: &Session, intact: &[Prediction], arguments: &Arguments) -> Result<(), Failure> {
    let statistics = session.residual_statistics().await?;
    let importance = session.block_importance(None, &mut |_| ControlFlow::Continue(())).await?.unwrap_or_default();
    let blocks = statistics.iter().zip(&importance).map(|(statistics, importance)| Block { statistics, importance });
    if arguments.json {
        return blocks.into_iter().try_for_each(|block| output::print(&json(&block)?));
    }
    let labels = session.labels();
    let name = |class: usize| {
        labels.get(class).map_or_else(String::new, |label| label.name_in(arguments.classes.lang).to_owned())
    };
    if let Some(best) = intact.first() {
        output::print(&format!("{}  {:.1} %", name(best.index), best.probability * 100.0))?;
    }
    let mut rows =
        vec![["block", "‖F(x)‖", "‖x‖", "cosine", "without F", "most probable without F"].map(str::to_owned).to_vec()];
    rows.extend(blocks.map(|Block { statistics, importance }| {
        vec![
            statistics.block.clone(),
            format!("{:.1}", statistics.branch),
            format!("{:.1}", statistics.shortcut),
            format!("{:.2}", statistics.cosine),
            format!("{:.1} %", importance.probability * 100.0),
            name(importance.top),
        ]
    }));
    output::print(&table::aligned(&rows))
}
