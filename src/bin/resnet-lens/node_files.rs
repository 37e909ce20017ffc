//! Names of files that are written for nodes and images.

use std::fmt::Display;
use std::path::{Path, PathBuf};

/// The file itself for a single item, `FILE-<suffix>` with the same extension for one of several.
pub fn path(file: &Path, suffix: impl Display, count: usize) -> PathBuf {
    if count == 1 {
        return file.to_owned();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let extension = file.extension().map(|extension| format!(".{}", extension.to_string_lossy())).unwrap_or_default();
    file.with_file_name(format!("{stem}-{suffix}{extension}"))
}
