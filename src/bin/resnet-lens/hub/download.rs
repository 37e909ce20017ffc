//! Downloads files over HTTP: with progress, resumed after an interruption, checked before they get their final name.

use std::env;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use resnet_lens::hub::is_sha256;
use ureq::Agent;
use ureq::http::{HeaderMap, Response, StatusCode, Uri};

use super::partial::{CHUNK, FolderLock, PartialFile, unwritable};

/// The download fails after this many consecutive retries that bring no byte. The pause before a retry starts at `PAUSE` and
/// doubles each time.
const RETRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(400);

/// The hub redirects requests for a renamed repository; more redirects than this are treated as a loop.
const REDIRECTS: usize = 5;

/// Seconds without data after which a request fails, unless `HF_HUB_DOWNLOAD_TIMEOUT` names another number.
const TIMEOUT: u64 = 30;

/// An HTTP client for one hub.
#[derive(Debug)]
pub struct Client {
    address: String,
    /// Returns redirects to the caller: their headers describe the file.
    metadata: Agent,
    /// Follows redirects.
    content: Agent,
}

/// A file as the hub's headers describe it.
#[derive(Debug)]
struct Metadata {
    /// Where its bytes are.
    url: String,
    /// The entity tag, which identifies the version; of a large file it is the SHA-256. Empty if there is none.
    tag: String,
    /// Bytes, if known.
    size: Option<u64>,
}

/// Why a request did not bring the rest of a file.
enum Interruption {
    /// The connection failed; a retry may bring more.
    Connection(String),
    /// A retry would fail as well.
    Permanent(String),
}

impl Client {
    /// A client for the hub at this address.
    pub fn new(address: &str) -> Self {
        let seconds = env::var("HF_HUB_DOWNLOAD_TIMEOUT").ok().and_then(|seconds| seconds.parse().ok());
        let timeout = Some(Duration::from_secs(seconds.filter(|seconds| *seconds > 0).unwrap_or(TIMEOUT)));
        let agent = |redirects| -> Agent {
            let config = Agent::config_builder().http_status_as_error(false).max_redirects(redirects);
            // No limit on the whole transfer: a large file over a slow connection takes hours.
            config.timeout_connect(timeout).timeout_per_read(timeout).timeout_per_write(timeout).build().into()
        };
        Self { address: address.to_owned(), metadata: agent(0), content: agent(10) }
    }

    /// The hub's address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Downloads `url` to `path`. `check` receives the complete file and `path`'s file name before the file gets that name.
    /// Returns `path`, or `None` if the hub has no such file. If another process is downloading to the same folder, waits for
    /// it and uses its file.
    ///
    /// # Errors
    /// A sentence if the hub cannot be reached, the download fails, or the file is not the expected one.
    pub fn fetch(
        &self,
        url: &str,
        path: &Path,
        check: fn(&Path, &str) -> Result<(), String>,
    ) -> Result<Option<PathBuf>, String> {
        let folder = path.parent().unwrap_or(path);
        let lock = FolderLock::acquire(folder).map_err(|error| unwritable(folder, &error))?;
        if path.is_file() {
            return Ok(Some(path.to_owned()));
        }
        let Some(metadata) = self.metadata(url)? else { return Ok(None) };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let file = self.download(&metadata, &lock.partial_path(path, &metadata.tag), &name)?;
        if let Err(sentence) = verify(&file, &metadata, &name).and_then(|()| check(file.path(), &name)) {
            file.remove();
            return Err(sentence);
        }
        file.rename_to(path)?;
        Ok(Some(path.to_owned()))
    }

    /// Asks the hub about a file; `None` if it has none at this address.
    fn metadata(&self, url: &str) -> Result<Option<Metadata>, String> {
        let mut url = url.to_owned();
        for _ in 0..REDIRECTS {
            let response =
                get(&self.metadata, &url, 0).map_err(|error| format!("{url} could not be reached: {error}"))?;
            let headers = response.headers();
            let tag = text(headers, "x-linked-etag").or_else(|| text(headers, "etag")).unwrap_or_default();
            let tag = tag.trim_start_matches("W/").trim_matches('"').to_owned();
            let linked_size = text(headers, "x-linked-size").and_then(|size| size.parse().ok());
            let status = response.status();
            let Some(location) = text(headers, "location").filter(|_| status.is_redirection()) else {
                return match status {
                    StatusCode::NOT_FOUND => Ok(None),
                    _ if status.is_success() => {
                        Ok(Some(Metadata { url, tag, size: linked_size.or_else(|| content_length(headers)) }))
                    }
                    _ => Err(refused(&url, status)),
                };
            };
            // A redirect within the hub names the repository's new address; one to another host is the file's storage.
            if !location.starts_with('/') {
                return Ok(Some(Metadata { url: location, tag, size: linked_size }));
            }
            let base: Uri = url.parse().map_err(|error| format!("{url} is not a valid address: {error}"))?;
            let authority = base.authority().map_or("", |authority| authority.as_str());
            url = format!("{}://{authority}{location}", base.scheme_str().unwrap_or("https"));
        }
        Err(format!("{url} could not be downloaded: expected at most {REDIRECTS} redirects, found more"))
    }

    /// Downloads everything that the partial file does not hold yet.
    fn download(&self, metadata: &Metadata, part: &Path, name: &str) -> Result<PartialFile, String> {
        // Without a tag nothing shows whether the bytes of an earlier download belong to the same version.
        let resumable = !metadata.tag.is_empty();
        let mut file = PartialFile::open(part, resumable)?;
        let bar = progress_bar(name, metadata.size, file.length());
        let (mut size, mut retries) = (metadata.size, 0);
        while size.is_none_or(|size| file.length() < size) {
            let before = file.length();
            let cause = match self.download_rest(&metadata.url, &mut file, &mut size, &bar) {
                Ok(()) if size.is_none_or(|size| file.length() >= size) => break,
                Ok(()) => "the server closed the connection".to_owned(),
                Err(Interruption::Connection(cause)) => cause,
                Err(Interruption::Permanent(sentence)) => return Err(sentence),
            };
            retries = if file.length() > before { 0 } else { retries + 1 };
            if retries > RETRIES || !resumable {
                let total = size.map_or_else(String::new, |size| format!(" of {size}"));
                let length = file.length();
                let advice = if resumable { "; running the command again continues it" } else { "" };
                return Err(format!("the download of {name} stopped after {length}{total} bytes: {cause}{advice}"));
            }
            thread::sleep(PAUSE * 2u32.pow(retries));
        }
        bar.finish_and_clear();
        Ok(file)
    }

    /// Sends one request for the missing bytes and appends what arrives. Sets `size` if the response reveals it.
    fn download_rest(
        &self,
        url: &str,
        file: &mut PartialFile,
        size: &mut Option<u64>,
        bar: &ProgressBar,
    ) -> Result<(), Interruption> {
        let request = |from| get(&self.content, url, from).map_err(|error| Interruption::Connection(error.to_string()));
        let mut response = request(file.length())?;
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE && file.length() > 0 {
            // The file ends before the requested byte: the partial file is complete or wrong. Its size being unknown, only a
            // new download can show which.
            file.clear().map_err(Interruption::Permanent)?;
            response = request(0)?;
        }
        let status = response.status();
        if !status.is_success() {
            return Err(Interruption::Permanent(refused(url, status)));
        }
        if status == StatusCode::PARTIAL_CONTENT {
            *size = size.or_else(|| total_length(response.headers()));
        } else {
            file.clear().map_err(Interruption::Permanent)?;
            *size = size.or_else(|| content_length(response.headers()));
        }
        bar.set_length(size.unwrap_or(0));
        let mut body = response.into_body().into_reader();
        let mut chunk = vec![0; CHUNK];
        loop {
            bar.set_position(file.length());
            match body.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(read) => file.append(&chunk[..read]).map_err(Interruption::Permanent)?,
                Err(error) => return Err(Interruption::Connection(error.to_string())),
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

fn get(agent: &Agent, url: &str, from: u64) -> Result<Response<ureq::Body>, ureq::Error> {
    let mut request = agent.get(url);
    if from > 0 {
        request = request.header("range", format!("bytes={from}-"));
    }
    request.call()
}

fn refused(url: &str, status: StatusCode) -> String {
    format!("{url} could not be downloaded: the server answered {status}")
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    text(headers, "content-length")?.parse().ok()
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
