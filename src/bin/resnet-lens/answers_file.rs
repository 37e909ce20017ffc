//! The file of `--resume`: answers that are added line by line, so that an interrupted run continues where it stopped.

use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::failure::Failure;
use crate::terminal;

/// How every line begins.
const BEGIN: &[u8] = b"{\"image\":";

/// The members of a line that are read again.
#[derive(Debug, Deserialize)]
struct Line {
    image: String,
    model: String,
}

/// A file with one JSON object per image, see [`crate::output`]. No other process writes to it.
#[derive(Debug)]
pub struct AnswersFile {
    path: PathBuf,
    file: File,
    /// The images that the file had an answer for when it was opened.
    images: HashSet<String>,
}

impl AnswersFile {
    /// Opens or creates the file. What an interrupted run left of its last line is removed.
    ///
    /// # Errors
    /// Fails if the file cannot be read or written, is in use by another process, or holds anything but answers of this model.
    pub fn open(path: &Path, model: &str) -> Result<Self, Failure> {
        let failed = |error| Failure::file(path, &error);
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = options.map_err(failed)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(in_use(path)),
            // Some file systems have no locks.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(failed)?;
        // The last line may end within a character, so it is not text yet.
        let complete = content.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let (text, rest) = (String::from_utf8_lossy(&content[..complete]), &content[complete..]);
        let images = text.lines().enumerate().map(|(index, line)| image(path, index + 1, line, model));
        let images = images.collect::<Result<HashSet<_>, _>>()?;
        if !rest.is_empty() {
            // A file of another kind without a line break is not cut.
            if !rest.starts_with(BEGIN) && !BEGIN.starts_with(rest) {
                return Err(unexpected(path, images.len() + 1, &String::from_utf8_lossy(rest)));
            }
            terminal::note(&format!("{}: removed an incomplete last line", path.display()));
            file.set_len(complete as u64).map_err(failed)?;
        }
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self { path: path.to_owned(), file, images })
    }

    /// Whether the file had an answer for this image when it was opened.
    pub fn has(&self, image: &Path) -> bool {
        self.images.contains(&image.display().to_string())
    }

    /// Adds the line of one image.
    pub fn add(&mut self, line: &str) -> Result<(), Failure> {
        self.file.write_all(format!("{line}\n").as_bytes()).map_err(|error| Failure::file(&self.path, &error))
    }
}

/// The image of a line.
fn image(path: &Path, number: usize, line: &str, model: &str) -> Result<String, Failure> {
    let found: Line = serde_json::from_str(line).map_err(|_| unexpected(path, number, line))?;
    if found.model != model {
        let place = format!("{} line {number}", path.display());
        return Err(Failure::new(format!("{place}: expected an answer of {model}, found one of {}", found.model)));
    }
    Ok(found.image)
}

fn unexpected(path: &Path, number: usize, line: &str) -> Failure {
    let begin: String = line.chars().take(40).collect();
    Failure::new(format!("{} line {number}: expected an answer of resnet-lens as JSON, found {begin}", path.display()))
}

fn in_use(path: &Path) -> Failure {
    Failure::new(format!("{}: expected a file that no other process writes, found one that is in use", path.display()))
}
