//! Downloads files over HTTP: with progress, resumed after an interruption, checked before they get their final name.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use resnet_lens::hub::is_sha256;
use ureq::http::{HeaderMap, StatusCode};

use super::client::{Client, Metadata, RequestError, content_length, text};
use super::partial::{CHUNK, FolderLock, PartialFile, unwritable};

/// The download fails after this many consecutive retries that bring no byte. The pause before a retry starts at `PAUSE` and
/// doubles each time.
const RETRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(400);

/// What a server has said about a file.
struct Expected {
    size: Option<u64>,
    /// The entity tag or the time of the last change in the responses with its bytes.
    tag: Option<String>,
}

impl Client {
    /// Downloads a file to `path`, in place of another version of it. `check` receives the complete file and `path`'s file name
    /// before the file gets that name. If another process is downloading to the same folder, waits for it and uses its file.
    ///
    /// # Errors
    /// A sentence if the download fails, or the file is not the expected one.
    pub fn fetch(
        &self,
        metadata: &Metadata,
        path: &Path,
        check: fn(&Path, &str) -> Result<(), String>,
    ) -> Result<PathBuf, String> {
        let folder = path.parent().unwrap_or(path);
        let lock = FolderLock::acquire(folder).map_err(|error| unwritable(folder, &error))?;
        if path.is_file() && kept_tag(path).is_some_and(|tag| tag == metadata.tag) {
            return Ok(path.to_owned());
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let file = self.download(metadata, &lock.partial_path(path, &metadata.tag), &name)?;
        if let Err(sentence) = verify(&file, metadata, &name).and_then(|()| check(file.path(), &name)) {
            file.remove();
            return Err(sentence);
        }
        // Without a tag the next run compares the length.
        let _ = fs::remove_file(tag_path(path));
        file.rename_to(path)?;
        if !metadata.tag.is_empty() {
            let tag = tag_path(path);
            fs::write(&tag, &metadata.tag).map_err(|error| unwritable(&tag, &error))?;
        }
        Ok(path.to_owned())
    }

    /// Downloads everything that the partial file does not hold yet.
    fn download(&self, metadata: &Metadata, part: &Path, name: &str) -> Result<PartialFile, String> {
        // Without a tag nothing shows whether the bytes of an earlier download belong to the same version.
        let resumable = !metadata.tag.is_empty();
        let mut file = PartialFile::open(part, resumable)?;
        let bar = progress_bar(name, metadata.size, file.length());
        let mut expected = Expected { size: metadata.size, tag: None };
        let mut retries = 0;
        while expected.size.is_none_or(|size| file.length() < size) {
            let before = file.length();
            let cause = match self.download_rest(&metadata.url, &mut file, &mut expected, &bar) {
                Ok(()) if expected.size.is_none_or(|size| file.length() >= size) => break,
                Ok(()) => "the server closed the connection".to_owned(),
                Err(RequestError::Connection(cause)) => cause,
                Err(error) => return Err(error.into_sentence(&metadata.url)),
            };
            retries = if file.length() > before { 0 } else { retries + 1 };
            if retries > RETRIES || !resumable {
                let total = expected.size.map_or_else(String::new, |size| format!(" of {size}"));
                let length = file.length();
                let advice = if resumable { "; running the command again continues it" } else { "" };
                return Err(format!("the download of {name} stopped after {length}{total} bytes: {cause}{advice}"));
            }
            thread::sleep(PAUSE * 2u32.pow(retries));
        }
        bar.finish_and_clear();
        Ok(file)
    }

    /// Sends one request for the missing bytes and appends what arrives. Completes `expected` by what the response reveals.
    fn download_rest(
        &self,
        url: &str,
        file: &mut PartialFile,
        expected: &mut Expected,
        bar: &ProgressBar,
    ) -> Result<(), RequestError> {
        let mut response = self.open(url, file.length())?;
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE && file.length() > 0 {
            // The file ends before the requested byte: the partial file is complete or wrong. Without its size only a new
            // download can show which.
            if let Some(size) = expected.size.filter(|_| total_length(response.headers()) == Some(file.length())) {
                let found = file.length();
                return Err(RequestError::Permanent(format!("{url}: expected {size} bytes, found {found}")));
            }
            file.clear().map_err(RequestError::Permanent)?;
            response = self.open(url, 0)?;
        }
        let status = response.status();
        if !status.is_success() {
            return Err(RequestError::Permanent(format!(
                "{url} could not be downloaded: the server answered {status}"
            )));
        }
        let headers = response.headers();
        let tag = text(headers, "etag").or_else(|| text(headers, "last-modified"));
        if expected.tag.is_some() && tag != expected.tag {
            return Err(RequestError::Permanent(format!("{url} was changed while it was being downloaded")));
        }
        let size = if status == StatusCode::PARTIAL_CONTENT {
            total_length(headers)
        } else {
            file.clear().map_err(RequestError::Permanent)?;
            content_length(headers)
        };
        *expected = Expected { size: expected.size.or(size), tag };
        bar.set_length(expected.size.unwrap_or(0));
        let mut body = response.into_body().into_reader();
        let mut chunk = vec![0; CHUNK];
        loop {
            bar.set_position(file.length());
            match body.read(&mut chunk) {
                Ok(0) => return Ok(()),
                // The length is compared after the download.
                Ok(_) if expected.size.is_some_and(|size| file.length() > size) => return Ok(()),
                Ok(read) => file.append(&chunk[..read]).map_err(RequestError::Permanent)?,
                Err(error) => return Err(RequestError::Connection(error.to_string())),
            }
        }
    }
}

/// Compares a complete file with the hub's size and digest.
fn verify(file: &PartialFile, metadata: &Metadata, name: &str) -> Result<(), String> {
    let (length, digest) = (file.length(), file.digest());
    match metadata {
        Metadata { size: Some(size), .. } if *size != length => {
            Err(format!("{name}: expected {size} bytes, found {length}"))
        }
        Metadata { tag, .. } if is_sha256(tag) && *tag != digest => {
            Err(format!("{name}: expected the SHA-256 {tag}, found {digest}"))
        }
        _ => Ok(()),
    }
}

/// The entity tag of a downloaded file, if its server sent one.
pub fn kept_tag(path: &Path) -> Option<String> {
    fs::read_to_string(tag_path(path)).ok()
}

fn tag_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".etag");
    path.with_file_name(name)
}

/// The length of the whole file in `Content-Range: bytes FIRST-LAST/LENGTH`.
fn total_length(headers: &HeaderMap) -> Option<u64> {
    text(headers, "content-range")?.rsplit_once('/')?.1.parse().ok()
}

/// A progress bar on standard error. It stays hidden if standard error is not a terminal.
fn progress_bar(name: &str, size: Option<u64>, position: u64) -> ProgressBar {
    let bar = ProgressBar::new(size.unwrap_or(0)).with_message(name.to_owned()).with_position(position);
    let template = "{msg} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
