//! The program's error type: one sentence.

use std::fmt;
use std::io;
use std::path::Path;

use resnet_lens::Error;

/// Why an image or the whole command failed, as one sentence.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure with this sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A file or directory could not be read or written.
    pub fn file(path: &Path, error: &io::Error) -> Self {
        Self(format!("{}: {error}", path.display()))
    }

    /// The content of a file was rejected.
    pub fn content(path: &Path, error: &Error) -> Self {
        Self(format!("{}: {error}", path.display()))
    }

    /// Standard output could not be written.
    pub fn output(error: &io::Error) -> Self {
        Self(format!("the answer could not be written: {error}"))
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
