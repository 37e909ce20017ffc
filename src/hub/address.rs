//! What people write for a model: an id of the hub, the address of one of its pages or files, another address, or a name.

use std::fmt::{self, Write};
use std::str::FromStr;

use super::SCHEME;
use crate::error::{Error, Result, quoted};

/// Prefixes of an id: those of the hub's file system, of timm, of git, and this crate's own.
const PREFIXES: [&str; 5] = ["hf://", "hf-hub:", "hf_hub:", "git@hf.co:", SCHEME];

/// The hosts of the Hugging Face hub.
const HOSTS: [&str; 3] = ["huggingface.co", "www.huggingface.co", "hf.co"];

/// Hosts that are written without a scheme, but with a port.
const LOCAL_HOSTS: [&str; 2] = ["localhost", "127.0.0.1"];

/// First segments of the hub's addresses that are no owners of models.
const NO_OWNERS: [&str; 8] = ["datasets", "spaces", "docs", "blog", "papers", "collections", "api", "tasks"];

/// The most characters of an owner or a name, and of a revision or a file's path. The first is the hub's own limit.
const MAX_NAME: usize = 96;
const MAX_PATH: usize = 255;

/// The revision of a repository unless another one is named.
const MAIN: &str = "main";

/// Extensions of weight files, and of files that people mistake for them.
const EXTENSIONS: [&str; 18] = [
    "safetensors",
    "pth",
    "pt",
    "bin",
    "ckpt",
    "pkl",
    "pickle",
    "tar",
    "zip",
    "onnx",
    "h5",
    "keras",
    "npz",
    "npy",
    "gguf",
    "msgpack",
    "t7",
    "th",
];

/// What a text means as the address of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelAddress {
    /// A repository of the hub, or one of its files.
    Repository(Repository),
    /// A file at another address.
    Url(String),
    /// A name without meaning for the hub, as in `starter`: an id of the catalog.
    Name(String),
    /// A relative path, as in `files/model.safetensors`.
    Path(String),
}

impl ModelAddress {
    /// Reads a text. `hub` is the address of the hub in use: pages of that mirror are recognised like those of the hub itself.
    ///
    /// # Errors
    /// [`Error::Card`], with the accepted forms, when the text is none of them.
    pub fn parse(text: &str, hub: &str) -> Result<Self> {
        let is_around = |c: char| c.is_whitespace() || "\"'`<>\u{200b}\u{feff}".contains(c);
        let given = text.trim_matches(is_around);
        let wrong = || {
            let page = "the address of a model's page or of a weight file";
            let expected = format!("OWNER/NAME, hf:OWNER/NAME, hf:OWNER/NAME@REVISION, {page}");
            Error::Card(format!("the model: expected {expected}, found {}", quoted(text)))
        };
        if let Some(id) = strip_scheme(given) {
            return read_id(id).map(Self::Repository).ok_or_else(wrong);
        }
        if let Some(path) = path_on_hub(given, hub) {
            return read_page(path).map(Self::Repository).ok_or_else(wrong);
        }
        let scheme = given.split_once(':').map_or("", |(scheme, _)| scheme);
        // A single letter is a drive of Windows.
        let is_url = scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        if is_url && LOCAL_HOSTS.contains(&scheme) {
            return Ok(Self::Url(format!("http://{given}")));
        }
        if is_url {
            return Ok(Self::Url(raw_address(given)));
        }
        let is_name = |c: char| c.is_alphanumeric() || "-_".contains(c);
        let path = given.split(['?', '#']).next().unwrap_or_default();
        if !given.is_empty() && given.chars().all(is_name) {
            Ok(Self::Name(given.to_owned()))
        } else if has_weight_extension(path) || path.starts_with(['.', '/', '~', '\\']) || path.contains(":\\") {
            Ok(Self::Path(given.to_owned()))
        } else {
            read_id(given).map(Self::Repository).ok_or_else(wrong)
        }
    }
}

/// A repository of the hub, as in `hf:owner/name`, `hf:owner/name@revision` or `hf:owner/name/file.safetensors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Owner and name, as in `timm/resnet18.tv_in1k`.
    pub name: String,
    /// A branch, a tag, a commit, or a reference such as `refs/pr/1`.
    pub revision: String,
    /// The folder of the model's files, empty or with a slash at its end.
    pub folder: String,
    /// The weight file in that folder, if the address names one.
    pub file: Option<String>,
}

impl Repository {
    /// The address of a file, which is relative to the repository.
    pub fn address(&self, hub: &str, file: &str) -> String {
        self.file_address(hub, "resolve", file)
    }

    /// The address of a file's git-lfs [`super::Pointer`].
    pub fn pointer(&self, hub: &str, file: &str) -> String {
        self.file_address(hub, "raw", file)
    }

    /// The address at which the hub lists the files of the revision.
    pub fn listing(&self, hub: &str) -> String {
        format!("{}/api/models/{}/revision/{}", hub.trim_end_matches('/'), self.name, self.encoded_revision())
    }

    /// The address of the model's page.
    pub fn page(&self, hub: &str) -> String {
        format!("{}/{}", hub.trim_end_matches('/'), self.name)
    }

    /// The revision as one segment of a path, as in `refs%2Fpr%2F1`.
    pub fn encoded_revision(&self) -> String {
        encode(&self.revision, "")
    }

    /// Whether the revision is a commit, whose files never change.
    pub fn is_commit(&self) -> bool {
        self.revision.len() == 40 && self.revision.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    fn file_address(&self, hub: &str, kind: &str, file: &str) -> String {
        let [revision, file] = [self.encoded_revision(), encode(file, "/")];
        format!("{}/{}/{kind}/{revision}/{file}", hub.trim_end_matches('/'), self.name)
    }
}

impl FromStr for Repository {
    type Err = Error;

    /// # Errors
    /// [`Error::Card`] when the text is not an id of this form.
    fn from_str(id: &str) -> Result<Self> {
        match ModelAddress::parse(id, "")? {
            ModelAddress::Repository(repository) => Ok(repository),
            _ => {
                let expected = "hf:OWNER/NAME or hf:OWNER/NAME@REVISION";
                Err(Error::Card(format!("the id of a model on the hub: expected {expected}, found {}", quoted(id))))
            }
        }
    }
}

impl fmt::Display for Repository {
    /// The shortest id; it is parsed as this repository.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.name)?;
        if self.revision != MAIN {
            let kept = if reference_length(&self.revision.split('/').collect::<Vec<_>>()) == 3 { "/" } else { "" };
            write!(f, "@{}", encode(&self.revision, kept))?;
        }
        let file = self.file.as_deref().unwrap_or_default();
        if self.folder.is_empty() && file.is_empty() {
            return Ok(());
        }
        write!(f, "/{}{}", encode(&self.folder, "/"), encode(file, "/"))
    }
}

/// The text behind a prefix of ids.
fn strip_scheme(text: &str) -> Option<&str> {
    PREFIXES.iter().find_map(|prefix| strip_prefix(text, prefix))
}

/// The text behind a prefix in any case.
fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix)).map(|_| &text[prefix.len()..])
}

/// The path of an address on the hub or on the mirror in use, with or without a scheme.
fn path_on_hub<'a>(text: &'a str, hub: &str) -> Option<&'a str> {
    let plain = |text: &'a str| strip_prefix(text, "https://").or_else(|| strip_prefix(text, "http://"));
    let given = plain(text).unwrap_or(text);
    let mirror = hub.split_once("://").map_or(hub, |(_, rest)| rest).trim_end_matches('/');
    HOSTS.iter().copied().chain([mirror]).filter(|base| !base.is_empty()).find_map(|base| {
        let path = strip_prefix(given, base)?;
        (path.is_empty() || path.starts_with(['/', '?', '#'])).then_some(path)
    })
}

/// The address of the file itself if it is that of a file's page on GitHub.
fn raw_address(address: &str) -> String {
    let raw = || {
        let path = strip_prefix(address, "https://github.com/")?.split(['?', '#']).next()?;
        let parts: Vec<&str> = path.splitn(4, '/').collect();
        let [owner, name, kind, rest] = parts[..] else { return None };
        ["blob", "raw"].contains(&kind).then(|| format!("https://raw.githubusercontent.com/{owner}/{name}/{rest}"))
    };
    raw().unwrap_or_else(|| address.to_owned())
}

/// The repository of a path on the hub: `/OWNER/NAME`, possibly with `/tree/REVISION/FOLDER` or `/blob/REVISION/FILE`.
fn read_page(path: &str) -> Option<Repository> {
    let parts = segments(path)?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let parts = parts.strip_prefix(&["api", "models"]).unwrap_or(&parts);
    let (owner, name, rest) = match parts {
        [owner, name, rest @ ..] if !NO_OWNERS.contains(owner) => (owner, name, rest),
        _ => return None,
    };
    match rest {
        [] => repository(owner, name, MAIN, &[], false),
        [kind, at @ ..] => {
            let (revision, path) = at.split_at(reference_length(at).min(at.len()));
            let revision = if revision.is_empty() { MAIN.to_owned() } else { revision.join("/") };
            match *kind {
                "tree" => repository(owner, name, &revision, path, false),
                "blob" | "resolve" | "raw" | "blame" | "edit" => repository(owner, name, &revision, path, true),
                "commit" | "commits" | "revision" if path.is_empty() => repository(owner, name, &revision, &[], false),
                _ => None,
            }
        }
    }
}

/// The repository of an id without its prefix: `OWNER/NAME`, `OWNER/NAME@REVISION`, either possibly with `/FILE`.
fn read_id(id: &str) -> Option<Repository> {
    let id = id.split(['?', '#']).next().unwrap_or_default();
    let is_folder = id.ends_with('/');
    let (name, revision) = match id.split_once('@') {
        Some((name, revision)) => (name, Some(segments(revision)?)),
        None => (id, None),
    };
    let name = segments(name)?;
    let (owner, name, path) = match &name[..] {
        [owner, name, path @ ..] if !NO_OWNERS.contains(&owner.as_str()) => (owner, name, path),
        _ => return None,
    };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let is_file = |path: &[&str]| path.last().is_some_and(|last| has_weight_extension(last));
    let Some(revision) = revision else {
        let is_known = path.is_empty() || is_folder || is_file(&path);
        return is_known.then(|| repository(owner, name, MAIN, &path, !is_folder)).flatten();
    };
    let parts: Vec<&str> = revision.iter().map(String::as_str).collect();
    let length = reference_length(&parts);
    // Without a file behind it, a revision may have slashes.
    let is_whole = length == 1 && !is_folder && !is_file(&parts);
    let (revision, path) = parts.split_at(if is_whole { parts.len() } else { length.min(parts.len()) });
    if name.is_empty() || !path.is_empty() && !is_folder && !is_file(path) {
        return None;
    }
    repository(owner, name, &revision.join("/"), path, !is_folder)
}

/// The number of leading segments that are a revision: three of `refs/pr/1` and `refs/convert/…`.
fn reference_length(parts: &[&str]) -> usize {
    if parts.len() >= 3 && parts[0] == "refs" && ["pr", "convert"].contains(&parts[1]) { 3 } else { 1 }
}

fn repository(owner: &str, name: &str, revision: &str, path: &[&str], is_file: bool) -> Option<Repository> {
    let is_plain = |part: &str| {
        let sound = part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        sound && (1..=MAX_NAME).contains(&part.len()) && !part.starts_with('.')
    };
    // git accepts the address of a repository with this ending; the hub's names do not have it.
    let name = name.strip_suffix(".git").unwrap_or(name);
    let is_path = |part: &str| !part.contains(['\\', '\0']) && !part.chars().any(char::is_control);
    let is_revision =
        |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains([' ', '~', '^', ':', '*', '[']);
    let sound = is_plain(owner)
        && is_plain(name)
        && !revision.contains("..")
        && revision.len() <= MAX_PATH
        && revision.split('/').all(|part| is_path(part) && is_revision(part))
        && path.iter().map(|part| part.len() + 1).sum::<usize>() <= MAX_PATH
        && path.iter().all(|part| is_path(part) && !part.contains('/') && ![".", ".."].contains(part));
    let (file, folder) = if is_file {
        path.split_last().map_or((None, path), |(file, folder)| (Some(*file), folder))
    } else {
        (None, path)
    };
    sound.then(|| Repository {
        name: format!("{owner}/{name}"),
        revision: revision.to_owned(),
        folder: folder.iter().flat_map(|part| [*part, "/"]).collect(),
        file: file.map(str::to_owned),
    })
}

/// The decoded segments of a path that are not empty.
fn segments(path: &str) -> Option<Vec<String>> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split('/').filter(|part| !part.is_empty()).map(decode).collect()
}

fn has_weight_extension(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension))
}

/// Percent-encodes everything but unreserved characters and `kept`.
fn encode(text: &str, kept: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-_.~".contains(c) || kept.contains(c) {
            encoded.push(c);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// Decodes percent-encoding; `None` if the result is not UTF-8. A `%` that encodes nothing stays.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).filter(|digits| *first == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok()
}
