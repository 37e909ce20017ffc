//! Selects and loads the model: the starter, a weight file, or a repository of the Hugging Face hub.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::Args;
use resnet_lens::hub::SCHEME;
use resnet_lens::labels;
use resnet_lens::session::Precision;
use resnet_lens::{Catalog, ModelCard, Session};

use crate::failure::Failure;
use crate::hub::{self, Download};

/// Weights of the catalog's first model. They are part of the program, so that it answers without a download.
const STARTER: &[u8] = include_bytes!("../../../www/assets/starter.safetensors");

/// The options that select a model; every subcommand that runs a network has them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub struct ModelOptions {
    /// Weights of a ResNet, wide ResNet or ResNeXt: a file, or a model of the Hugging Face hub. Default: the starter.
    ///
    /// A file is .safetensors, or .pth or .pt as torch.save writes it, with the tensor names of torchvision, timm or
    /// transformers. The architecture is inferred from the tensors. A model card FILE.json next to it describes preprocessing
    /// and classes; without one, torchvision's preprocessing and ImageNet's classes are used.
    ///
    /// A model of the hub is hf:OWNER/NAME, or hf:OWNER/NAME@REVISION. It is downloaded once and kept in the cache directory.
    ///
    /// The starter is a small model with 107 everyday classes. It is part of this program.
    #[arg(long, value_name = "FILE|hf:OWNER/NAME")]
    model: Option<PathBuf>,
    /// Do not download: use models of the hub from the cache only.
    #[arg(long)]
    offline: bool,
    /// Class names: a JSON array, Keras's class index, or a text file with one name per line.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Format of the weights on the GPU.
    ///
    /// f32 uses four bytes per weight. f16 uses two, and a GPU with the feature shader-f16 also multiplies in f16 where that is
    /// faster. auto selects f16 on a GPU if the file holds f16, and f32 otherwise.
    #[arg(long, value_name = "auto|f32|f16", default_value = "auto")]
    precision: Precision,
}

impl ModelOptions {
    /// Loads the selected model into the session.
    pub async fn load(&self, session: &Session) -> Result<(), Failure> {
        session.set_precision(self.precision);
        let (mut card, weights) = self.select()?;
        if let Some(file) = &self.labels {
            card.labels = Some(labels::parse(&read_text(file)?).map_err(|error| Failure::content(file, &error))?);
        }
        match &weights {
            None => session.load(STARTER, card).await?,
            Some(path) => {
                let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
                session.load(file, card).await.map_err(|error| Failure::content(path, &error))?
            }
        };
        Ok(())
    }

    /// The model's card, and its weight file; `None` for the starter.
    fn select(&self) -> Result<(ModelCard, Option<PathBuf>), Failure> {
        let Some(given) = &self.model else {
            return Ok((Catalog::bundled()?.models.swap_remove(0), None));
        };
        match given.to_str().filter(|text| text.starts_with(SCHEME)) {
            Some(id) => {
                let download = if self.offline { Download::Never } else { Download::IfMissing };
                let hub::Model { card, weights } = hub::find(id, download)?;
                Ok((card, Some(weights)))
            }
            None => Ok((card_for(given)?, Some(given.clone()))),
        }
    }
}

/// The model card next to a weight file, or torchvision's defaults.
fn card_for(weights: &Path) -> Result<ModelCard, Failure> {
    let path = weights.with_extension("json");
    if path.is_file() {
        return ModelCard::parse(&read_text(&path)?).map_err(|error| Failure::content(&path, &error));
    }
    let name = weights.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy());
    Ok(ModelCard::torchvision(&name))
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file(path, &error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
