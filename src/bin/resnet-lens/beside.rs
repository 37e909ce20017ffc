//! What the files beside a weight file say about it: a card, the configuration of a hub's folder, class names.
//!
//! They are optional: one that cannot be used is reported and left out.

use std::fs;
use std::path::{Path, PathBuf};

use resnet_lens::hub::{self, CONFIG, PREPROCESSOR, Repository, WEIGHT_FILES};
use resnet_lens::labels::{self, Label};
use resnet_lens::{Error, ModelCard};

use crate::failure::Failure;
use crate::terminal;

/// The largest file of names or settings that is read.
const MAX_BYTES: u64 = 16 << 20;

/// Names of files of class names, without their extensions.
const LABELS: [&str; 13] = [
    "labels",
    "classes",
    "class_names",
    "classnames",
    "label_names",
    "names",
    "class_indices",
    "class_to_idx",
    "idx_to_class",
    "id2label",
    "imagenet_class_index",
    "synset_words",
    "synsets",
];

/// Their extensions.
const EXTENSIONS: [&str; 4] = ["txt", "json", "csv", "tsv"];

/// The weight file of an argument: the file itself, or that of a folder as the hub has them.
pub fn weights(given: &Path) -> Result<PathBuf, Failure> {
    if !given.is_dir() {
        return if is_shard(given) { Err(shards(given)) } else { Ok(given.to_owned()) };
    }
    let found = WEIGHT_FILES.iter().map(|name| given.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| {
        let mut files = fs::read_dir(given).into_iter().flatten().flatten();
        if files.any(|file| is_shard(&file.path())) {
            return shards(given);
        }
        let expected = WEIGHT_FILES[..2].join(" or ");
        Failure::new(format!("{}: expected {expected} in this folder, found neither", given.display()))
    })
}

/// Whether a file is one of several with a part of the network each, as in `model-00001-of-00002.safetensors`.
fn is_shard(path: &Path) -> bool {
    let parts = path.file_stem().and_then(|stem| stem.to_str()?.rsplit_once("-of-"));
    parts.is_some_and(|(front, count)| {
        let number = front.rsplit('-').next().is_some_and(|number| number.parse::<u32>().is_ok());
        number && count.parse::<u32>().is_ok_and(|count| count > 1)
    })
}

fn shards(path: &Path) -> Failure {
    let remedy = "load them in Python and save all tensors in one file";
    Failure::new(format!("{}: expected a network in one file, found one in several (shards); {remedy}", path.display()))
}

/// The card of a weight file according to the files beside it, and whether there were any.
pub fn card(weights: &Path) -> (ModelCard, bool) {
    let plain = plain_card(weights);
    let beside = Some(weights.with_extension("json")).filter(|path| path != weights);
    if let Some(card) = beside.and_then(|path| own_card(&path)) {
        return (card, true);
    }
    let folder = weights.parent().unwrap_or(Path::new(""));
    let configured = configured(folder, &plain);
    let files = LABELS.iter().flat_map(|name| EXTENSIONS.map(|extension| folder.join(format!("{name}.{extension}"))));
    let names = files.into_iter().find_map(|path| class_names(&path));
    let found = configured.is_some() || names.is_some();
    let card = configured.unwrap_or(plain);
    (ModelCard { labels: names.or(card.labels.clone()), ..card }, found)
}

/// The card of a weight file without other files.
pub fn plain_card(weights: &Path) -> ModelCard {
    let name = weights.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy());
    ModelCard::torchvision(&name)
}

/// Reports that the files beside the weights describe another network.
pub fn caution_about_card(failure: &Failure) {
    terminal::note(&format!("{failure}; the files beside it are not used"));
}

/// Reports that a file beside the weights is not used.
fn caution(failure: &Failure) {
    terminal::note(&format!("{failure}; the file is not used"));
}

/// The text of a file; `None` if there is no such file. A file that cannot be read is reported.
fn text(path: &Path) -> Option<String> {
    let size = fs::metadata(path).ok().filter(fs::Metadata::is_file)?.len();
    if size > MAX_BYTES {
        let sentence = format!("{}: expected at most {MAX_BYTES} bytes, found {size}", path.display());
        caution(&Failure::new(sentence));
        return None;
    }
    let bytes = fs::read(path).map_err(|error| caution(&Failure::file(path, &error))).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The result, and a note that the file is used; an error is reported instead.
fn used<T>(path: &Path, what: &str, result: Result<T, Error>) -> Option<T> {
    match result {
        Ok(value) => {
            terminal::note(&format!("{}: {what} of this file are used", path.display()));
            Some(value)
        }
        Err(error) => {
            caution(&Failure::content(path, &error));
            None
        }
    }
}

fn own_card(path: &Path) -> Option<ModelCard> {
    // A card is the documented companion of a weight file: its use is not worth a note.
    ModelCard::parse(&text(path)?).map_err(|error| caution(&Failure::content(path, &error))).ok()
}

/// The card according to `config.json` and `preprocessor_config.json`, as timm and transformers write them.
fn configured(folder: &Path, plain: &ModelCard) -> Option<ModelCard> {
    let path = folder.join(CONFIG);
    let config = text(&path)?;
    let preprocessor = text(&folder.join(PREPROCESSOR));
    let repository =
        Repository { name: plain.name.clone(), revision: "main".to_owned(), folder: String::new(), file: None };
    let card = used(&path, "the settings", hub::card(&repository, Some(&config), preprocessor.as_deref()))?;
    Some(ModelCard { id: plain.id.clone(), file: String::new(), source: String::new(), ..card })
}

fn class_names(path: &Path) -> Option<Vec<Label>> {
    used(path, "the class names", labels::parse(&text(path)?))
}
