//! The user's cache directory: whatever lies there can be made again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

/// Where this program keeps things; none where the system has no place for caches.
pub fn folder() -> Option<PathBuf> {
    Some(dirs::cache_dir()?.join("resnet-lens"))
}

/// The file of a kind that belongs to a key of any characters.
pub fn file(kind: &str, key: &str, ending: &str) -> Option<PathBuf> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let key: String = key.chars().map(plain).collect();
    Some(folder()?.join(format!("{kind}-{key}.{ending}")))
}

/// Writes a file whole or not at all: others may be reading it, or writing it as well.
pub fn write(file: &Path, contents: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let part = file.with_extension(format!("{}.part", process::id()));
    let written = fs::write(&part, contents).and_then(|()| fs::rename(&part, file));
    if written.is_err() {
        // Perhaps it was never made; what is left is of no use.
        let _ = fs::remove_file(&part);
    }
    written
}
