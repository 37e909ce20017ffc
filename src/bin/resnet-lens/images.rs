//! Selects and reads the images: the arguments, which are files, directories or glob patterns, a list of paths, and a share of both.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use resnet_lens::Session;
use resnet_lens::decoded_image::has_image_extension;
use resnet_lens::session::Classification;
use walkdir::WalkDir;

use crate::failure::Failure;
use crate::path_list;
use crate::shard::Shard;

/// The most skipped files that [`Images::skipped_note`] names.
const NAMED: usize = 3;

/// The options that select images.
#[derive(Debug, Args)]
pub struct ImageOptions {
    /// Image files, directories or glob patterns.
    ///
    /// Formats: BMP, GIF, JPEG, PNG, TIFF, WebP. Of a directory, the image files in it and in its directories are classified,
    /// in alphabetical order; other files are skipped.
    #[arg(value_name = "IMAGE", required_unless_present = "files")]
    images: Vec<String>,
    /// A list of image files, one path per line, or separated by zero bytes as `find -print0` writes them; - reads standard input.
    #[arg(long, value_name = "LIST", help_heading = "Many images")]
    files: Option<PathBuf>,
    /// Classify only the I-th of N shares of the images, 1 to N. The shares are disjoint, and together they are all images.
    #[arg(long, value_name = "I/N", help_heading = "Many images")]
    shard: Option<Shard>,
}

impl ImageOptions {
    /// The selected images, without looking at their content.
    ///
    /// # Errors
    /// Fails if the list cannot be read.
    pub fn expand(&self) -> Result<Images, Failure> {
        let mut images = Images::expand(&self.images);
        if let Some(list) = &self.files {
            images.files.extend(path_list::read(list)?);
        }
        if let Some(shard) = &self.shard {
            images.files = shard.select(images.files);
        }
        Ok(images)
    }
}

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
    fn expand(arguments: &[String]) -> Self {
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

/// The bytes of an image file.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::file(path, &error))
}

/// Classifies an image file and returns the `top` most probable classes.
pub async fn classify(session: &Session, path: &Path, top: usize) -> Result<Classification, Failure> {
    session.classify(&read(path)?, top).await.map_err(|error| Failure::content(path, &error))
}
