//! Models of the Hugging Face hub, downloaded once into the cache directory.

mod download;
mod partial;

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use resnet_lens::hub::{self, CONFIG, PREPROCESSOR, Repository, WEIGHTS};
use resnet_lens::weights::WeightFile;
use resnet_lens::{Catalog, ModelCard};

use crate::cache;
use crate::failure::Failure;
use download::Client;

/// A model's card and its weight file on this machine.
#[derive(Debug)]
pub struct Model {
    /// From the catalog, or else from the repository's configuration files.
    pub card: ModelCard,
    /// Path of the weight file.
    pub weights: PathBuf,
}

/// Whether files may be downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Download {
    IfMissing,
    Never,
}

/// Finds a model such as `hf:timm/resnet18.tv_in1k` on this machine, or downloads it.
///
/// As in the hub's own tools, `HF_ENDPOINT` is the address of the hub, and files in the cache below `HF_HOME` are used.
pub fn find(id: &str, download: Download) -> Result<Model, Failure> {
    let repository: Repository = id.parse()?;
    let catalog = Catalog::bundled()?;
    let address = env::var("HF_ENDPOINT").unwrap_or_else(|_| catalog.hub.clone());
    let client = (download == Download::IfMissing).then(|| Client::new(&address));
    let files = Files { repository: &repository, client };
    let card = match catalog.find(&repository.to_string()) {
        Some(card) => card.clone(),
        None => files.card()?,
    };
    Ok(Model { card, weights: files.require(WEIGHTS)? })
}

/// The files of one repository.
struct Files<'a> {
    repository: &'a Repository,
    /// `None` if nothing may be downloaded.
    client: Option<Client>,
}

impl Files<'_> {
    fn card(&self) -> Result<ModelCard, Failure> {
        let read = |path: &Path| fs::read_to_string(path).map_err(|error| Failure::file(path, &error));
        let config = read(&self.require(CONFIG)?)?;
        // The preprocessor file is optional. Offline, a missing one may not exist on the hub either.
        let preprocessor = match self.client {
            Some(_) => self.get(PREPROCESSOR)?,
            None => self.local(PREPROCESSOR),
        };
        let preprocessor = preprocessor.as_deref().map(read).transpose()?;
        Ok(hub::card(self.repository, &config, preprocessor.as_deref())?)
    }

    fn require(&self, file: &str) -> Result<PathBuf, Failure> {
        self.get(file)?.ok_or_else(|| self.failure(&format!("expected the file {file} in the repository, found none")))
    }

    /// The path of a file, downloaded if it is not on this machine; `None` if the repository has no such file.
    fn get(&self, file: &str) -> Result<Option<PathBuf>, Failure> {
        if let Some(path) = self.local(file) {
            return Ok(Some(path));
        }
        let Some(client) = &self.client else {
            return Err(self.failure(&format!("expected {file} in the cache because of --offline, found none")));
        };
        let folder = own_folder(self.repository)?;
        let url = self.repository.address(client.address(), file);
        client.fetch(&url, &folder.join(file), check).map_err(|sentence| self.failure(&sentence))
    }

    /// The path of a file that is already on this machine.
    fn local(&self, file: &str) -> Option<PathBuf> {
        let own = own_folder(self.repository).ok().map(|folder| folder.join(file));
        [own, in_hub_cache(self.repository, file)].into_iter().flatten().find(|path| path.is_file())
    }

    fn failure(&self, sentence: &str) -> Failure {
        Failure::new(format!("{}: {sentence}", self.repository))
    }
}

/// The folder in which this program keeps a repository's files.
fn own_folder(repository: &Repository) -> Result<PathBuf, Failure> {
    let cache = cache::folder()
        .ok_or_else(|| Failure::new("expected a cache directory for downloaded models, found none on this system"))?;
    Ok(cache.join("models").join(repository.name.replace('/', "--")).join(&repository.revision))
}

/// The path of a file in the cache of the hub's own tools: `$HF_HOME/hub/models--OWNER--NAME/snapshots/COMMIT/FILE`.
fn in_hub_cache(repository: &Repository, file: &str) -> Option<PathBuf> {
    let home = PathBuf::from(env::var_os("HF_HOME")?);
    let folder = home.join("hub").join(format!("models--{}", repository.name.replace('/', "--")));
    let commit = fs::read_to_string(folder.join("refs").join(&repository.revision));
    let commit = commit.map_or_else(|_| repository.revision.clone(), |commit| commit.trim().to_owned());
    Some(folder.join("snapshots").join(commit).join(file))
}

/// Checks a downloaded file before it gets its final name. Not every hub reports a digest; without this check the HTML of a
/// sign-in page would be kept as weights.
fn check(path: &Path, name: &str) -> Result<(), String> {
    if name != WEIGHTS {
        return Ok(());
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    pollster::block_on(WeightFile::open(file)).map(drop).map_err(|error| error.to_string())
}
