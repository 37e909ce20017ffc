//! Selects and loads the model: the starter, a weight file, or a repository of the Hugging Face hub.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::Args;
use resnet_lens::hub::ModelAddress;
use resnet_lens::labels;
use resnet_lens::session::Precision;
use resnet_lens::{Catalog, Error, ModelCard, Session};

use crate::failure::Failure;
use crate::hub::{self, Download};
use crate::{beside, terminal};

/// Weights of the catalog's first model. They are part of the program, so that it answers without a download.
const STARTER: &[u8] = include_bytes!("../../../www/assets/starter.safetensors");

/// The options that select a model; every subcommand that runs a network has them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub struct ModelOptions {
    /// Weights of a ResNet, wide ResNet or ResNeXt: a file, a model of the Hugging Face hub, or an address. Default: the starter.
    ///
    /// A file is safetensors, or what torch.save writes, with any extension. The architecture is inferred from the names and
    /// shapes of its tensors. A model card FILE.json next to it describes preprocessing and classes. Without one, config.json and
    /// preprocessor_config.json of the hub's libraries and labels.txt or labels.json in the same folder are used, or else torchvision's
    /// preprocessing and ImageNet's classes. Of a folder, its model.safetensors or pytorch_model.bin is read.
    ///
    /// A model of the hub is OWNER/NAME, hf:OWNER/NAME, hf:OWNER/NAME@REVISION, or the address of its page or of one of its
    /// files. Other addresses are those of weight files. A model is downloaded once, kept in the cache directory, and downloaded
    /// again when it has changed. A file that exists is preferred to a model of the hub with the same name.
    ///
    /// For private and gated models the token of HF_TOKEN is sent to the hub, or else the one that the hub's own tools have
    /// stored. HF_ENDPOINT is the address of a mirror; HF_HOME and HF_HUB_CACHE are folders of those tools, whose files are used.
    ///
    /// The starter is a small model with 107 everyday classes. It is part of this program.
    #[arg(long, value_name = "FILE|OWNER/NAME|ADDRESS")]
    model: Option<PathBuf>,
    /// Do not download: use models from the cache only.
    #[arg(long)]
    offline: bool,
    /// Class names: a JSON array, Keras's class index, or a text file with one name per line.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Format of the weights on the GPU.
    ///
    /// f32 uses four bytes per weight. f16 uses two, and a GPU with the feature shader-f16 also multiplies in f16 where that is
    /// faster. auto selects f16 on a GPU if the file holds f16 or weights of 8 bits, and f32 otherwise.
    #[arg(long, value_name = "auto|f32|f16", default_value = "auto")]
    precision: Precision,
}

impl ModelOptions {
    /// Loads the selected model into the session.
    pub async fn load(&self, session: &Session) -> Result<(), Failure> {
        session.set_precision(self.precision);
        let Selected { mut card, weights, guessed } = select(self.model.as_deref(), self.offline)?;
        let named = self.labels.is_some();
        if let Some(file) = &self.labels {
            card.labels = Some(labels::parse(&read_text(file)?).map_err(|error| Failure::content(file, &error))?);
        }
        let info = match &weights {
            None => session.load(STARTER, card).await?,
            Some(path) => {
                let open = || File::open(path).map_err(|error| Failure::file(path, &error));
                match session.load(open()?, card).await {
                    // The files beside the weights belong to another network.
                    Err(error @ Error::Card(_)) if guessed && !named => {
                        beside::caution_about_card(&Failure::content(path, &error));
                        session.load(open()?, beside::plain_card(path)).await
                    }
                    loaded => loaded,
                }
                .map_err(|error| Failure::content(path, &error))?
            }
        };
        info.notes.iter().for_each(terminal::note);
        Ok(())
    }
}

/// The card and the weight file of an argument; the starter where there is none.
pub fn select(given: Option<&Path>, offline: bool) -> Result<Selected, Failure> {
    let mut catalog = Catalog::bundled()?;
    let Some(given) = given else {
        return Ok(Selected { card: catalog.models.swap_remove(0), weights: None, guessed: false });
    };
    let local = || {
        let weights = beside::weights(given)?;
        let (card, guessed) = beside::card(&weights);
        Ok(Selected { card, weights: Some(weights), guessed })
    };
    let text = given.to_str().filter(|text| !text.trim().is_empty());
    let Some(text) = text.filter(|_| !given.exists()) else { return local() };
    let download = if offline { Download::Never } else { Download::IfChanged };
    match ModelAddress::parse(text, &hub::address(&catalog)?)? {
        ModelAddress::Repository(repository) => {
            let hub::Model { card, weights } = hub::find(&repository, &catalog, download)?;
            Ok(Selected { card, weights: Some(weights), guessed: false })
        }
        ModelAddress::Url(url) => {
            let weights = hub::find_url(&url, &catalog, download)?;
            Ok(Selected { card: beside::plain_card(&weights), weights: Some(weights), guessed: false })
        }
        ModelAddress::Name(name) if catalog.models[0].id == name => {
            Ok(Selected { card: catalog.models.swap_remove(0), weights: None, guessed: false })
        }
        ModelAddress::Name(name) => {
            let card = catalog.find(&name).cloned();
            if let Some((card, url)) = card.and_then(|card| card.url.clone().map(|url| (card, url))) {
                let weights = hub::find_url(&url, &catalog, download)?;
                return Ok(Selected { card, weights: Some(weights), guessed: false });
            }
            let expected = "a file, an id of the catalog, OWNER/NAME for a model of the hub, or an address";
            Err(Failure::new(format!("{name}: expected {expected}, found none of them")))
        }
        ModelAddress::Path(_) => local(),
    }
}

/// A model's card and its weight file.
#[derive(Debug)]
pub struct Selected {
    pub card: ModelCard,
    /// `None` for the starter.
    pub weights: Option<PathBuf>,
    /// Whether the card is from files beside the weights, which may belong to another network.
    pub guessed: bool,
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file(path, &error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
