//! Files in and out of the terminal examples.

mod cache;
mod download;
pub mod hub;
pub mod pipelines;
pub mod tuning;

use std::fmt;
use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use image::ImageFormat;
use npyz::WriterBuilder;
use resnet_lens::Error;
use resnet_lens::tensor::HostTensor;

/// Why something was not done, as a sentence.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A sentence.
    pub fn new(sentence: String) -> Self {
        Self(sentence)
    }

    /// A failure of the file system.
    pub fn file(path: &Path, error: &std::io::Error) -> Self {
        Self(format!("{}: {error}", path.display()))
    }

    /// The answer could not be written.
    pub fn output(error: &std::io::Error) -> Self {
        Self(format!("the answer could not be written: {error}"))
    }

    /// A failure that has to do with a file.
    pub fn about(path: &Path, error: &Error) -> Self {
        Self(format!("{}: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// The image files that the arguments stand for, in order, and a failure for each argument that stands for none.
pub fn images(arguments: &[String]) -> (Vec<PathBuf>, Vec<Failure>) {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for argument in arguments {
        match expand(argument) {
            Ok(paths) => found.extend(paths),
            Err(failure) => missing.push(failure),
        }
    }
    (found, missing)
}

fn expand(argument: &str) -> Result<Vec<PathBuf>, Failure> {
    let path = Path::new(argument);
    if path.is_dir() {
        let entries = fs::read_dir(path).map_err(|error| Failure::file(path, &error))?;
        let mut inside: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|p| is_picture(p)).collect();
        inside.sort();
        return some(inside, argument, "an image in this directory");
    }
    // A file may be called `a[1].jpg`: what exists is no pattern.
    if path.exists() || !argument.contains(['*', '?', '[']) {
        return Ok(vec![path.to_owned()]);
    }
    let paths =
        glob::glob(argument).map_err(|error| Failure(format!("{argument}: expected a glob, found: {error}")))?;
    some(paths.filter_map(Result::ok).filter(|path| path.is_file()).collect(), argument, "a file that matches")
}

fn some(paths: Vec<PathBuf>, argument: &str, expected: &str) -> Result<Vec<PathBuf>, Failure> {
    if paths.is_empty() { Err(Failure(format!("{argument}: expected {expected}, found none"))) } else { Ok(paths) }
}

/// Chooses among the files of a directory by their names; what a file really is shows when it is decoded.
fn is_picture(path: &Path) -> bool {
    path.is_file() && ImageFormat::from_path(path).is_ok_and(|format| format.reading_enabled())
}

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::file(path, &error))
}

/// Writes a tensor as a NumPy file: little-endian `f32`, NCHW.
pub fn write_npy(path: &Path, tensor: &HostTensor) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        let file = BufWriter::new(fs::File::create(path)?);
        let shape: Vec<u64> = tensor.shape().dims().iter().map(|extent| *extent as u64).collect();
        let mut npy = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(file).begin_nd()?;
        npy.extend(tensor.data().iter().copied())?;
        npy.finish()
    };
    write().map_err(|error| Failure::file(path, &error))
}
