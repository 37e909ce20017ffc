//! Which files of a repository are the model's.

use serde::Deserialize;

use super::{CONFIG, PREPROCESSOR, Repository};
use crate::error::{Error, Result};

/// Usual names of a weight file, the preferred ones first.
pub const WEIGHT_FILES: [&str; 5] =
    ["model.safetensors", "pytorch_model.bin", "model.pth", "model.pt", "pytorch_model.pt"];

/// Files that list the parts of weights in several files.
const INDICES: [&str; 2] = ["model.safetensors.index.json", "pytorch_model.bin.index.json"];

/// Extensions of weight files.
const EXTENSIONS: [&str; 7] = [".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".pth.tar", ".th"];

/// Beginnings of the names of files that a trainer saves beside the weights.
const STATES: [&str; 6] = ["optimizer", "scheduler", "scaler", "rng_state", "training_args", "random_states"];

/// The most files of a repository that an error names.
const NAMED: usize = 4;

/// What the hub's API lists of a repository.
#[derive(Deserialize)]
struct Listing {
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
}

/// The files of a model, relative to its repository, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileList {
    /// The weight file: the named one, or the usual names.
    pub weights: Vec<String>,
    /// If none of these exists and one of the following does, the weights are split. Empty if the weight file is named.
    pub indices: Vec<String>,
    /// Paths of `config.json`.
    pub configs: Vec<String>,
    /// Paths of `preprocessor_config.json`.
    pub preprocessors: Vec<String>,
}

impl FileList {
    /// The files of the model that the address names.
    pub fn of(repository: &Repository) -> Self {
        let Repository { folder, file, .. } = repository;
        let inside = |names: &[&str]| names.iter().map(|name| format!("{folder}{name}")).collect::<Vec<_>>();
        // A file in a folder is often described at the top.
        let described = |name: &str| {
            let mut paths = inside(&[name]);
            if !folder.is_empty() {
                paths.push(name.to_owned());
            }
            paths
        };
        let (weights, indices) = match file {
            Some(file) => (vec![format!("{folder}{file}")], Vec::new()),
            None => (inside(&WEIGHT_FILES), inside(&INDICES)),
        };
        Self { weights, indices, configs: described(CONFIG), preprocessors: described(PREPROCESSOR) }
    }
}

/// The files that the hub's API lists.
///
/// # Errors
/// [`Error::Card`] when the text is no such list.
pub fn listed_files(listing: &str) -> Result<Vec<String>> {
    let listing: Listing = serde_json::from_str(listing)
        .map_err(|error| Error::json("the list of files", "a JSON object with siblings", &error))?;
    Ok(listing.siblings.into_iter().map(|sibling| sibling.rfilename).collect())
}

impl Repository {
    /// The weight file among the files of the repository, when none has a usual name.
    ///
    /// # Errors
    /// [`Error::Card`] when there is none, or several of which none is preferred.
    pub fn choose_weights(&self, files: &[String]) -> Result<String> {
        let names: Vec<&str> = files.iter().map(String::as_str).collect();
        let is_weights = |name: &&str| {
            let Some(inside) = name.strip_prefix(self.folder.as_str()) else { return false };
            let plain = inside.to_ascii_lowercase();
            let is_state = STATES.iter().any(|state| plain.starts_with(state));
            !inside.contains('/') && !is_state && EXTENSIONS.iter().any(|extension| plain.ends_with(extension))
        };
        let found: Vec<&str> = names.iter().copied().filter(is_weights).collect();
        let is_safe = |name: &&str| name.ends_with(".safetensors");
        let safe: Vec<&str> = found.iter().copied().filter(is_safe).collect();
        if let Some(part) = found.iter().find(|name| name.contains("-of-")) {
            return Err(self.sharded(part));
        }
        match (&found[..], &safe[..]) {
            ([one], _) | (_, [one]) => Ok((*one).to_owned()),
            ([], _) => Err(self.without_weights()),
            (several, _) => {
                let named = several.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
                let more = if several.len() > NAMED { ", …" } else { "" };
                let example = Self { file: Some(several[0][self.folder.len()..].to_owned()), ..self.clone() };
                let expected = format!("one weight file, or an address that names it, as in {example}");
                Err(Error::Card(format!("{self}: expected {expected}, found {named}{more}")))
            }
        }
    }

    /// The error for a repository whose weights are in several files.
    pub fn sharded(&self, found: &str) -> Error {
        Error::Card(format!("{self}: expected the weights in one file, found {found}: they are split into several"))
    }

    /// The error for a repository that has no weight file.
    pub fn without_weights(&self) -> Error {
        let usual = WEIGHT_FILES[..2].join(" or ");
        let at =
            if self.folder.is_empty() { "the repository".to_owned() } else { format!("the folder {}", self.folder) };
        Error::Card(format!("{self}: expected a weight file such as {usual} in {at}, found none"))
    }
}
