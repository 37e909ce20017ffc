//! The user's cache directory. Everything in it can be recreated.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

/// This program's folder in the cache directory; `None` if the system has no cache directory.
pub fn folder() -> Option<PathBuf> {
    Some(dirs::cache_dir()?.join("resnet-lens"))
}

/// The path `<kind>-<key>.<extension>` in that folder. Characters of the key that are not ASCII letters or digits become `-`.
pub fn file(kind: &str, key: &str, extension: &str) -> Option<PathBuf> {
    let key: String = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    Some(folder()?.join(format!("{kind}-{key}.{extension}")))
}

/// Replaces a file atomically: a concurrent reader gets the old or the new content, and concurrent writers do not mix theirs.
pub fn write(file: &Path, contents: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let part = file.with_extension(format!("{}.part", process::id()));
    let written = fs::write(&part, contents).and_then(|()| fs::rename(&part, file));
    if written.is_err() {
        // The partial file may not exist. If it cannot be removed either, the first error is the one to report.
        let _ = fs::remove_file(&part);
    }
    written
}
