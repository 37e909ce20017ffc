//! Models of the Hugging Face hub and of other servers, downloaded into the cache directory and again when they change.

mod client;
mod download;
mod environment;
mod local;
mod partial;

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

use resnet_lens::hub::{self, FileList, Repository};
use resnet_lens::{Catalog, ModelCard};

use crate::failure::Failure;
use crate::terminal;
use client::{Client, RequestError};
use local::{LocalFile, check};

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
    IfChanged,
    Never,
}

/// The address of the hub: that of `HF_ENDPOINT`, or else the catalog's.
pub fn address(catalog: &Catalog) -> Result<String, Failure> {
    Ok(environment::endpoint()?.unwrap_or_else(|| catalog.hub.clone()))
}

/// Finds a repository's model on this machine and asks the hub whether it has changed, or downloads it.
pub fn find(repository: &Repository, catalog: &Catalog, download: Download) -> Result<Model, Failure> {
    let files = Files::new(Some(repository), &address(catalog)?, download)?;
    let list = FileList::of(repository);
    let (card, is_described) = match catalog.find(&repository.to_string()) {
        Some(card) => (card.clone(), true),
        None => files.card(repository, &list)?,
    };
    let (file, weights) = files.weights(repository, &list)?;
    files.note_unreachable();
    if !is_described {
        let missing = format!("{repository}: no {} found", hub::CONFIG);
        terminal::note(&format!("{missing}; the usual preprocessing and class names are used"));
    }
    Ok(Model { card: ModelCard { file, ..card }, weights })
}

/// Finds the weight file at an address on this machine and asks its server whether it has changed, or downloads it.
pub fn find_url(url: &str, catalog: &Catalog, download: Download) -> Result<PathBuf, Failure> {
    let is_http = ["https://", "http://"].iter().any(|scheme| url.to_ascii_lowercase().starts_with(scheme));
    if !is_http {
        let found = url.split(':').next().unwrap_or_default();
        return Err(Failure::new(format!(
            "{url}: expected an address that starts with https:// or http://, found {found}:"
        )));
    }
    let files = Files::new(None, &address(catalog)?, download)?;
    let path = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let kept = LocalFile::at(url, path.rsplit('/').next().unwrap_or_default())?;
    let weights = files.get(url, kept)?.ok_or_else(|| files.missing(url, &[url.to_owned()]))?;
    files.note_unreachable();
    Ok(weights)
}

/// The files of one repository or at one address.
struct Files<'a> {
    repository: Option<&'a Repository>,
    /// `None` if nothing may be downloaded.
    client: Option<Client>,
    /// Why the server could not be asked. It is not asked again.
    unreachable: RefCell<Option<String>>,
}

impl<'a> Files<'a> {
    fn new(repository: Option<&'a Repository>, hub: &str, download: Download) -> Result<Self, Failure> {
        let is_online = download == Download::IfChanged && !environment::offline();
        let client = if is_online { Some(Client::new(hub, environment::token()?)) } else { None };
        Ok(Self { repository, client, unreachable: RefCell::default() })
    }

    /// The card of the repository, and whether a file of it describes the model.
    fn card(&self, repository: &Repository, list: &FileList) -> Result<(ModelCard, bool), Failure> {
        let read = |files: &[String]| -> Result<Option<String>, Failure> {
            let found = self.first(repository, files)?.map(|(_, path)| path);
            let text = |path: &PathBuf| fs::read_to_string(path).map_err(|error| Failure::file(path, &error));
            found.as_ref().map(text).transpose()
        };
        let (config, preprocessor) = (read(&list.configs)?, read(&list.preprocessors)?);
        let is_described = config.is_some() || preprocessor.is_some();
        Ok((hub::card(repository, config.as_deref(), preprocessor.as_deref())?, is_described))
    }

    /// The weight file, and its path in the repository.
    fn weights(&self, repository: &Repository, list: &FileList) -> Result<(String, PathBuf), Failure> {
        if let Some(found) = self.first(repository, &list.weights)? {
            return Ok(found);
        }
        let Some(client) = self.client.as_ref().filter(|_| self.is_asked()) else {
            // The file may have been found in the hub's list.
            let kept = if repository.file.is_some() { Vec::new() } else { LocalFile::names(repository)? };
            let found =
                repository.choose_weights(&kept).ok().map(|file| self.first(repository, &[file])).transpose()?;
            return found.flatten().ok_or_else(|| self.missing(&repository.to_string(), &list.weights));
        };
        if repository.file.is_some() {
            return Err(self.failure(&format!("expected the file {} in the repository, found none", list.weights[0])));
        }
        for index in &list.indices {
            if client.metadata(&repository.address(&client.hub, index), Some(repository)).is_ok() {
                return Err(repository.sharded(index).into());
            }
        }
        // Not every mirror has the list.
        let Ok(listing) = client.text(&repository.listing(&client.hub)) else {
            return Err(repository.without_weights().into());
        };
        let file = repository.choose_weights(&hub::listed_files(&listing)?)?;
        self.first(repository, &[file])?.ok_or_else(|| repository.without_weights().into())
    }

    /// The first of these files that the repository has.
    fn first(&self, repository: &Repository, files: &[String]) -> Result<Option<(String, PathBuf)>, Failure> {
        for file in files {
            let url = self.client.as_ref().map_or_else(String::new, |client| repository.address(&client.hub, file));
            if let Some(path) = self.get(&url, LocalFile::of(repository, file)?)? {
                return Ok(Some((file.clone(), path)));
            }
        }
        Ok(None)
    }

    /// The path of a file, downloaded if it is not on this machine or has changed; `None` if there is none.
    fn get(&self, url: &str, kept: LocalFile) -> Result<Option<PathBuf>, Failure> {
        let local = kept.find();
        let is_fixed = self.repository.is_some_and(Repository::is_commit);
        let Some(client) = self.client.as_ref().filter(|_| self.is_asked() && !(is_fixed && local.is_some())) else {
            return Ok(local);
        };
        let metadata = match client.metadata(url, self.repository) {
            Ok(metadata) => metadata,
            Err(RequestError::NoFile) => return Ok(None),
            Err(error) => {
                let is_permanent = matches!(error, RequestError::Permanent(_));
                let sentence = error.into_sentence(url);
                if local.is_none() && is_permanent {
                    return Err(self.failure(&sentence));
                }
                self.unreachable.replace(Some(sentence));
                return Ok(local);
            }
        };
        if let Some(path) = &local {
            if kept.is_version(path, &metadata) {
                return Ok(local);
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            terminal::note(&format!("{name} has changed on the server; downloading it again"));
        }
        client.fetch(&metadata, kept.own(), check).map(Some).map_err(|sentence| self.failure(&sentence))
    }

    /// Reports that it is unknown whether the files have changed.
    fn note_unreachable(&self) {
        if let Some(sentence) = self.unreachable.borrow().as_ref() {
            terminal::note(&format!("{}; the files kept on this machine are used", self.named(sentence)));
        }
    }

    /// Whether the server is asked about files.
    fn is_asked(&self) -> bool {
        self.client.is_some() && self.unreachable.borrow().is_none()
    }

    /// The failure if no weight file is on this machine and none can be downloaded.
    fn missing(&self, model: &str, files: &[String]) -> Failure {
        if let Some(sentence) = self.unreachable.borrow().as_ref() {
            return self.failure(sentence);
        }
        if self.is_asked() {
            return Failure::new(format!("{model}: the server has no such file"));
        }
        let files = files[..files.len().min(2)].join(" or ");
        Failure::new(format!(
            "{model}: expected {files} in the cache because of --offline or HF_HUB_OFFLINE, found none"
        ))
    }

    fn failure(&self, sentence: &str) -> Failure {
        Failure::new(self.named(sentence))
    }

    /// A sentence that names the model. Those about an address do already.
    fn named(&self, sentence: &str) -> String {
        self.repository.map_or_else(|| sentence.to_owned(), |repository| format!("{repository}: {sentence}"))
    }
}
