//! The list of `--files`.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The paths of a list: one per line, or separated by zero bytes if the list has one. Empty lines are skipped. The path `-` is standard
/// input.
///
/// # Errors
/// Fails if the list cannot be read, or, where paths are text, is not UTF-8.
pub fn read(list: &Path) -> Result<Vec<PathBuf>, Failure> {
    let bytes = if list == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map_err(|error| Failure::file(Path::new("standard input"), &error))?;
        bytes
    } else {
        fs::read(list).map_err(|error| Failure::file(list, &error))?
    };
    let separator = if bytes.contains(&0) { 0 } else { b'\n' };
    let lines = bytes.split(|byte| *byte == separator);
    let lines = lines.map(|line| if separator == 0 { line } else { line.strip_suffix(b"\r").unwrap_or(line) });
    lines.filter(|line| !line.is_empty()).map(path).collect()
}

/// The path with these bytes.
#[cfg(unix)]
fn path(bytes: &[u8]) -> Result<PathBuf, Failure> {
    use std::os::unix::ffi::OsStrExt;
    Ok(std::ffi::OsStr::from_bytes(bytes).into())
}

/// The path with these bytes, which are text.
#[cfg(not(unix))]
fn path(bytes: &[u8]) -> Result<PathBuf, Failure> {
    let text = str::from_utf8(bytes);
    text.map(PathBuf::from).map_err(|error| Failure::new(format!("--files: expected paths in UTF-8, found: {error}")))
}
