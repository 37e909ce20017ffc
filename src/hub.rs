//! Models of the Hugging Face hub: repository ids, file addresses and git-lfs pointers.
//!
//! The hub serves files at `<hub>/<owner>/<name>/resolve/<revision>/<file>`. At `…/raw/…` it serves the git blob, which for a large
//! file is a pointer with the file's size and SHA-256. <https://huggingface.co/docs/hub/models-uploading>, <https://git-lfs.com/spec/v1>.

mod config;

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result, quoted};

pub use config::card;

/// Prefix of a hub id, as in `hf:timm/resnet18.tv_in1k`.
pub const SCHEME: &str = "hf:";

/// The most characters of an owner, a name or a revision. The hub's own limit for names.
const MAX_NAME: usize = 96;

/// The weight file of a repository.
pub const WEIGHTS: &str = "model.safetensors";

/// The file that describes the network. timm also stores the preprocessing in it.
pub const CONFIG: &str = "config.json";

/// The file in which transformers stores the preprocessing.
pub const PREPROCESSOR: &str = "preprocessor_config.json";

/// A repository of the hub, as in `hf:owner/name` or `hf:owner/name@revision`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Owner and name, as in `timm/resnet18.tv_in1k`.
    pub name: String,
    /// A branch, a tag or a commit.
    pub revision: String,
}

impl Repository {
    /// The address of a file.
    pub fn address(&self, hub: &str, file: &str) -> String {
        format!("{}/{}/resolve/{}/{file}", hub.trim_end_matches('/'), self.name, self.revision)
    }

    /// The address of a file's git-lfs [`Pointer`].
    pub fn pointer(&self, hub: &str, file: &str) -> String {
        format!("{}/{}/raw/{}/{file}", hub.trim_end_matches('/'), self.name, self.revision)
    }
}

impl FromStr for Repository {
    type Err = Error;

    /// # Errors
    /// [`Error::Card`] when the text is not an id of this form.
    fn from_str(id: &str) -> Result<Self> {
        let given = id.strip_prefix(SCHEME).unwrap_or(id);
        let (name, revision) = given.split_once('@').unwrap_or((given, "main"));
        let plain = |part: &str| {
            let sound = part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
            sound && (1..=MAX_NAME).contains(&part.len()) && !part.starts_with('.')
        };
        let parts: Vec<&str> = name.split('/').collect();
        if parts.len() == 2 && parts.iter().all(|part| plain(part)) && plain(revision) {
            return Ok(Self { name: name.to_owned(), revision: revision.to_owned() });
        }
        let expected = "hf:owner/name or hf:owner/name@revision";
        Err(Error::Card(format!("the id of a model on the hub: expected {expected}, found {}", quoted(id))))
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.name)?;
        if self.revision == "main" { Ok(()) } else { write!(f, "@{}", self.revision) }
    }
}

/// A git-lfs pointer: size and digest of a large file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

impl Pointer {
    /// Parses a pointer; `None` when the text is not one, for example because the file is small and stored in git itself.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        lines.next().filter(|line| line.starts_with("version https://git-lfs.github.com/spec/"))?;
        let (mut size, mut sha256) = (None, None);
        for line in lines {
            match line.split_once(' ')? {
                ("size", digits) => size = digits.parse().ok(),
                ("oid", digest) => sha256 = digest.strip_prefix("sha256:").filter(|digits| is_sha256(digits)),
                _ => {}
            }
        }
        Some(Self { size: size?, sha256: sha256?.to_owned() })
    }
}

/// Whether a text is a SHA-256 in hexadecimal digits. The hub uses it as the ETag of large files.
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
