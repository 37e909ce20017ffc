//! Expands the IMAGE arguments, which are files, directories or glob patterns, to paths of files.

use std::fs;
use std::path::{Path, PathBuf};

use resnet_lens::decoded_image::has_image_extension;

use crate::failure::Failure;

/// The files that the arguments name, in order, and one failure for each argument that names none.
pub fn expand(arguments: &[String]) -> (Vec<PathBuf>, Vec<Failure>) {
    let (mut files, mut failures) = (Vec::new(), Vec::new());
    for argument in arguments {
        match expand_one(argument) {
            Ok(paths) => files.extend(paths),
            Err(failure) => failures.push(failure),
        }
    }
    (files, failures)
}

fn expand_one(argument: &str) -> Result<Vec<PathBuf>, Failure> {
    let path = Path::new(argument);
    if path.is_dir() {
        let entries = fs::read_dir(path).map_err(|error| Failure::file(path, &error))?;
        let mut files: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_image(path)).collect();
        files.sort();
        return non_empty(files, argument, "an image file in this directory");
    }
    // An existing file is never a pattern: `a[1].jpg` is a valid name. A missing one is reported when it is read.
    if path.exists() || !argument.contains(['*', '?', '[']) {
        return Ok(vec![path.to_owned()]);
    }
    let paths = glob::glob(argument)
        .map_err(|error| Failure::new(format!("{argument}: expected a glob pattern, found: {error}")))?;
    let files = paths.filter_map(Result::ok).filter(|path| path.is_file()).collect();
    non_empty(files, argument, "a file that matches this pattern")
}

fn non_empty(files: Vec<PathBuf>, argument: &str, expected: &str) -> Result<Vec<PathBuf>, Failure> {
    if files.is_empty() {
        return Err(Failure::new(format!("{argument}: expected {expected}, found none")));
    }
    Ok(files)
}

/// Whether a directory entry is a file with the extension of a supported image format. The decoder checks the content.
fn is_image(path: &Path) -> bool {
    path.is_file() && has_image_extension(path)
}
