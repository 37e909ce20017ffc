//! Expands the IMAGE arguments, which are files, directories or glob patterns, to paths of files.

use std::path::{Path, PathBuf};

use resnet_lens::decoded_image::has_image_extension;
use walkdir::WalkDir;

use crate::failure::Failure;

/// The most skipped files that [`Images::skipped_note`] names.
const NAMED: usize = 3;

/// What the arguments name.
#[derive(Debug, Default)]
pub struct Images {
    /// The image files in order.
    pub files: Vec<PathBuf>,
    /// One failure for each argument that names no file, and for each directory that cannot be read.
    pub failures: Vec<Failure>,
    /// Files in directories that have no extension of an image format.
    skipped: Vec<PathBuf>,
}

impl Images {
    /// Expands the arguments.
    pub fn expand(arguments: &[String]) -> Self {
        let mut images = Self::default();
        for argument in arguments {
            let path = Path::new(argument);
            if path.is_dir() {
                images.add_directory(path);
            } else {
                images.add_pattern(argument);
            }
        }
        images
    }

    /// The images in a directory and in its directories, as in torchvision's `ImageFolder`, in alphabetical order.
    fn add_directory(&mut self, directory: &Path) {
        let before = (self.files.len(), self.failures.len());
        for entry in WalkDir::new(directory).follow_links(true).sort_by_file_name() {
            match entry {
                Ok(entry) if !entry.file_type().is_file() => {}
                Ok(entry) if has_image_extension(entry.path()) => self.files.push(entry.into_path()),
                Ok(entry) => self.skipped.push(entry.into_path()),
                Err(error) => self.failures.push(Failure::new(error.to_string())),
            }
        }
        if before == (self.files.len(), self.failures.len()) {
            self.fail(&directory.display().to_string(), "an image file in this directory");
        }
    }

    fn add_pattern(&mut self, argument: &str) {
        // An existing file is never a pattern: `a[1].jpg` is a valid name. A missing one is reported when it is read.
        if Path::new(argument).exists() || !argument.contains(['*', '?', '[']) {
            return self.files.push(argument.into());
        }
        match glob::glob(argument) {
            Ok(paths) => {
                let before = self.files.len();
                self.files.extend(paths.filter_map(Result::ok).filter(|path| path.is_file()));
                if before == self.files.len() {
                    self.fail(argument, "a file that matches this pattern");
                }
            }
            Err(error) => {
                self.failures.push(Failure::new(format!("{argument}: expected a glob pattern, found: {error}")));
            }
        }
    }

    fn fail(&mut self, argument: &str, expected: &str) {
        self.failures.push(Failure::new(format!("{argument}: expected {expected}, found none")));
    }

    /// The sentence about skipped files; `None` if there are none.
    pub fn skipped_note(&self) -> Option<String> {
        let named: Vec<String> = self.skipped.iter().take(NAMED).map(|path| path.display().to_string()).collect();
        let more = match self.skipped.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!named.is_empty())
            .then(|| format!("skipped files without the extension of an image: {}{more}", named.join(", ")))
    }
}
