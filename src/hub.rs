//! Models of the Hugging Face hub: addresses, the files of a repository, its configuration, refusals, git-lfs pointers.
//!
//! The hub serves files at `<hub>/<owner>/<name>/resolve/<revision>/<file>`. At `…/raw/…` it serves the git blob, which for a large
//! file is a pointer with the file's size and SHA-256. <https://huggingface.co/docs/hub/models-uploading>, <https://git-lfs.com/spec/v1>.

mod address;
mod config;
mod files;
mod json;
mod preprocessor;
mod refusal;

pub use address::{ModelAddress, Repository};
pub use config::card;
pub use files::{FileList, WEIGHT_FILES, listed_files};
pub use refusal::Refusal;

/// Prefix of a hub id, as in `hf:timm/resnet18.tv_in1k`.
pub const SCHEME: &str = "hf:";

/// The file that describes the network. timm also stores the preprocessing in it.
pub const CONFIG: &str = "config.json";

/// The file in which transformers stores the preprocessing.
pub const PREPROCESSOR: &str = "preprocessor_config.json";

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
