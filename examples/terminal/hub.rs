//! Models of the Hugging Face hub, downloaded once into this machine's cache.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use resnet_lens::hub::{self, CONFIG, PREPROCESSOR, Repository, WEIGHTS};
use resnet_lens::weights::WeightFile;
use resnet_lens::{Catalog, ModelCard};

use super::download::{Answer, Hub};
use super::{Failure, cache};

/// A model's card and its weight file on this machine.
#[derive(Debug)]
pub struct Found {
    /// What the catalog or the repository says of it.
    pub card: ModelCard,
    /// The weights.
    pub weights: PathBuf,
}

/// Finds a model such as `hf:timm/resnet18.tv_in1k` on this machine or, unless that is forbidden, on the hub.
///
/// `HF_ENDPOINT` names another hub, as for the hub's own tools; their cache below `HF_HOME` is read where it holds a file.
pub fn find(id: &str, offline: bool) -> Result<Found, Failure> {
    let repository: Repository = id.parse()?;
    let catalog = Catalog::bundled()?;
    let address = env::var("HF_ENDPOINT").unwrap_or_else(|_| catalog.hub.clone());
    let hub = (!offline).then(|| Hub::new(&address));
    let files = Files { repository: &repository, hub };
    let card = match catalog.find(&repository.to_string()) {
        Some(card) => card.clone(),
        None => files.card()?,
    };
    let missing = || Failure::new(format!("{repository}: expected the file {WEIGHTS}, found none there"));
    Ok(Found { card, weights: files.get(WEIGHTS)?.ok_or_else(missing)? })
}

struct Files<'a> {
    repository: &'a Repository,
    hub: Option<Hub>,
}

impl Files<'_> {
    fn card(&self) -> Result<ModelCard, Failure> {
        let text = |file| -> Result<Option<String>, Failure> {
            let Some(path) = self.get(file)? else { return Ok(None) };
            fs::read_to_string(&path).map(Some).map_err(|error| Failure::file(&path, &error))
        };
        let missing = || Failure::new(format!("{}: expected the file {CONFIG}, found none there", self.repository));
        let config = text(CONFIG)?.ok_or_else(missing)?;
        // Not every repository has one; without a network one that was never there is as good as absent.
        let preprocessor =
            if self.hub.is_some() || self.here(PREPROCESSOR).is_some() { text(PREPROCESSOR)? } else { None };
        Ok(hub::card(self.repository, &config, preprocessor.as_deref())?)
    }

    /// A file of the repository on this machine, downloaded if it was not there; `None` where the hub has no such file.
    fn get(&self, file: &str) -> Result<Option<PathBuf>, Failure> {
        if let Some(path) = self.here(file) {
            return Ok(Some(path));
        }
        let Some(hub) = &self.hub else {
            let said = format!("expected {file} in this machine's cache, since nothing may be downloaded, found none");
            return Err(Failure::new(format!("{}: {said}", self.repository)));
        };
        let folder = own_folder(self.repository)?;
        let url = |address: &str| self.repository.address(address, file);
        match hub
            .fetch(&url, &folder.join(file), check)
            .map_err(|said| Failure::new(format!("{}: {said}", self.repository)))?
        {
            Answer::File(path) => Ok(Some(path)),
            Answer::Absent => Ok(None),
        }
    }

    fn here(&self, file: &str) -> Option<PathBuf> {
        let own = own_folder(self.repository).ok().map(|folder| folder.join(file));
        [own, in_hub_cache(self.repository, file)].into_iter().flatten().find(|path| path.is_file())
    }
}

/// Where this program keeps a repository's files.
fn own_folder(repository: &Repository) -> Result<PathBuf, Failure> {
    let none = || Failure::new("expected a cache directory of this system's, found none".to_owned());
    let folder = cache::folder().ok_or_else(none)?.join("models");
    Ok(folder.join(repository.name.replace('/', "--")).join(&repository.revision))
}

/// A file in the cache of the hub's own tools: `$HF_HOME/hub/models--owner--name/snapshots/<commit>/<file>`.
fn in_hub_cache(repository: &Repository, file: &str) -> Option<PathBuf> {
    let home = PathBuf::from(env::var_os("HF_HOME")?);
    let folder = home.join("hub").join(format!("models--{}", repository.name.replace('/', "--")));
    let named = fs::read_to_string(folder.join("refs").join(&repository.revision));
    let commit = named.map_or_else(|_| repository.revision.clone(), |commit| commit.trim().to_owned());
    Some(folder.join("snapshots").join(commit).join(file))
}

/// Whether a file is what its name says, before it is kept: without a digest a web page would pass for weights.
fn check(path: &Path, name: &str) -> Result<(), String> {
    if name != WEIGHTS {
        return Ok(());
    }
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    pollster::block_on(WeightFile::open(file)).map(drop).map_err(|error| error.to_string())
}
