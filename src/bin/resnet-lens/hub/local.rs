//! Files of models on this machine: in this program's cache, and in that of the hub's own tools.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use resnet_lens::hub::{Repository, hexadecimal};
use resnet_lens::weights::WeightFile;
use sha2::{Digest, Sha256};

use super::client::Metadata;
use super::download::kept_tag;
use super::environment;
use crate::cache;
use crate::failure::Failure;

/// The places of one file.
#[derive(Debug)]
pub struct LocalFile {
    /// In this program's cache.
    own: PathBuf,
    /// In the cache of the hub's own tools.
    shared: Option<PathBuf>,
}

impl LocalFile {
    /// A file of a repository. The other cache has it at `models--OWNER--NAME/snapshots/COMMIT/FILE`.
    pub fn of(repository: &Repository, file: &str) -> Result<Self, Failure> {
        let shared = snapshot(repository).map(|folder| folder.join(file));
        Ok(Self { own: own_folder(repository)?.join(file), shared })
    }

    /// The file of this name at an address.
    pub fn at(url: &str, name: &str) -> Result<Self, Failure> {
        let digest = hexadecimal(&Sha256::digest(url));
        let name: String =
            name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
        let name = name.trim_start_matches('.');
        let name = if name.is_empty() { "model" } else { name };
        Ok(Self { own: models()?.join("url").join(&digest[..16]).join(name), shared: None })
    }

    /// The names of the files of a repository on this machine.
    pub fn names(repository: &Repository) -> Result<Vec<String>, Failure> {
        let folders = [Some(own_folder(repository)?), snapshot(repository)].into_iter().flatten();
        let entries =
            folders.flat_map(|folder| fs::read_dir(folder.join(&repository.folder)).into_iter().flatten().flatten());
        let name = |entry: fs::DirEntry| format!("{}{}", repository.folder, entry.file_name().to_string_lossy());
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Where a download is stored.
    pub fn own(&self) -> &Path {
        &self.own
    }

    /// The path of the file if it is on this machine.
    pub fn find(&self) -> Option<PathBuf> {
        [Some(&self.own), self.shared.as_ref()].into_iter().flatten().find(|path| path.is_file()).cloned()
    }

    /// Whether the file at one of these places is the version that a server describes. Without an entity tag, its length decides.
    pub fn is_version(&self, path: &Path, metadata: &Metadata) -> bool {
        let tag = if path == self.own { kept_tag(path) } else { blob_name(path) };
        match tag.filter(|_| !metadata.tag.is_empty()) {
            Some(tag) => tag == metadata.tag,
            None => metadata.size.is_none_or(|size| fs::metadata(path).is_ok_and(|file| file.len() == size)),
        }
    }
}

/// The folder in which this program keeps a repository's files.
fn own_folder(repository: &Repository) -> Result<PathBuf, Failure> {
    Ok(models()?.join(repository.name.replace('/', "--")).join(repository.encoded_revision()))
}

/// The folder in which the hub's own tools keep a repository's files.
fn snapshot(repository: &Repository) -> Option<PathBuf> {
    let folder = environment::hub_cache()?.join(format!("models--{}", repository.name.replace('/', "--")));
    let commit = fs::read_to_string(folder.join("refs").join(&repository.revision));
    let commit = commit.map_or_else(|_| repository.revision.clone(), |commit| commit.trim().to_owned());
    Some(folder.join("snapshots").join(commit))
}

/// The folder in which this program keeps models.
fn models() -> Result<PathBuf, Failure> {
    let cache = cache::folder()
        .ok_or_else(|| Failure::new("expected a cache directory for downloaded models, found none on this system"))?;
    Ok(cache.join("models"))
}

/// The entity tag of a file that the hub's own tools have stored: a snapshot links to `blobs/TAG`, except on systems without links.
fn blob_name(path: &Path) -> Option<String> {
    let blob = fs::canonicalize(path).ok()?;
    let is_blob = blob.parent().and_then(Path::file_name).is_some_and(|folder| folder == "blobs");
    is_blob.then(|| blob.file_name().map(|name| name.to_string_lossy().into_owned())).flatten()
}

/// Checks a downloaded file before it gets its final name. Not every server reports a digest; without this check the HTML of a
/// sign-in page would be kept as weights or as a configuration.
pub fn check(path: &Path, name: &str) -> Result<(), String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    if name.ends_with(".json") {
        let members: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_reader(file);
        return members.map(drop).map_err(|error| format!("{name}: expected a JSON object, found: {error}"));
    }
    pollster::block_on(WeightFile::open(file)).map(drop).map_err(|error| error.to_string())
}
