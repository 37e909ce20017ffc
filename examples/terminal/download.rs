//! Files from a hub over HTTP: with progress, taken up again where the connection broke, checked before they are kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use resnet_lens::hub::{hexadecimal, is_sha256};
use sha2::{Digest, Sha256};
use ureq::Agent;
use ureq::http::{HeaderMap, Response, Uri};

type Body = Response<ureq::Body>;

/// Attempts in a row that bring nothing, and the pause before the first of them; each next is twice as long.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(400);

/// Bytes that are read at once.
const CHUNK: usize = 1 << 16;

/// A renamed repository answers with its new name; more such answers than this are a circle.
const RENAMED: usize = 5;

/// What came of asking for a file.
#[derive(Debug)]
pub enum Answer {
    /// It is here now.
    File(PathBuf),
    /// The repository has no such file.
    Absent,
}

/// A hub and the way to it.
#[derive(Debug)]
pub struct Hub {
    address: String,
    asking: Agent,
    following: Agent,
}

/// What the hub says of a file before it is read.
#[derive(Debug)]
struct Told {
    /// Where its bytes are.
    url: String,
    /// By what the hub knows this version: of a large file its SHA-256.
    tag: String,
    size: Option<u64>,
}

impl Hub {
    /// The hub at an address.
    pub fn new(address: &str) -> Self {
        let agent = |redirects| -> Agent {
            let config = Agent::config_builder().http_status_as_error(false).max_redirects(redirects);
            config.timeout_connect(Some(Duration::from_secs(30))).build().into()
        };
        Self { address: address.to_owned(), asking: agent(0), following: agent(10) }
    }

    /// Downloads the file at `url(hub)` to `path`; `check` looks at what has come before it is given that name.
    ///
    /// # Errors
    /// A sentence.
    pub fn fetch(
        &self,
        url: &dyn Fn(&str) -> String,
        path: &Path,
        check: fn(&Path, &str) -> Result<(), String>,
    ) -> Result<Answer, String> {
        let Some(told) = self.ask(&url(&self.address))? else { return Ok(Answer::Absent) };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let tag: String = told.tag.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        let part = path.with_file_name(format!("{name}-{tag}.part"));
        let written = |error: io::Error| format!("{} cannot be written: {error}", part.display());
        fs::create_dir_all(part.parent().unwrap_or(&part)).map_err(written)?;
        let digest = self.bring(&told, &part, &name)?;
        let sound = match &told.size {
            Some(size) if *size != digest.1 => Err(format!("{name}: expected {size} bytes, found {}", digest.1)),
            _ if is_sha256(&told.tag) && told.tag != digest.0 => {
                Err(format!("{name}: expected the SHA-256 {}, found {}", told.tag, digest.0))
            }
            _ => check(&part, &name),
        };
        if let Err(said) = sound {
            let _ = fs::remove_file(&part);
            return Err(said);
        }
        fs::rename(&part, path).map_err(written)?;
        Ok(Answer::File(path.to_owned()))
    }

    /// What the hub says of the file; `None` where it has none.
    fn ask(&self, url: &str) -> Result<Option<Told>, String> {
        let mut url = url.to_owned();
        for _ in 0..RENAMED {
            let response = get(&self.asking, &url, 0)?;
            let headers = response.headers();
            let tag = text(headers, "x-linked-etag").or_else(|| text(headers, "etag")).unwrap_or_default();
            let tag = tag.trim_start_matches("W/").trim_matches('"').to_owned();
            let linked = text(headers, "x-linked-size").and_then(|size| size.parse().ok());
            let status = response.status();
            let Some(location) = text(headers, "location").filter(|_| status.is_redirection()) else {
                return match status.as_u16() {
                    404 => Ok(None),
                    _ if status.is_success() => Ok(Some(Told { url, tag, size: linked.or_else(|| length(headers)) })),
                    _ => Err(format!("{url} could not be downloaded: the server answered {status}")),
                };
            };
            if !location.starts_with('/') {
                return Ok(Some(Told { url: location, tag, size: linked }));
            }
            let origin: Uri = url.parse().map_err(|error| format!("{url} is no address: {error}"))?;
            let authority = origin.authority().map_or("", |authority| authority.as_str());
            url = format!("{}://{authority}{location}", origin.scheme_str().unwrap_or("https"));
        }
        Err(format!("{url} could not be downloaded: the server sends from one address to the next"))
    }

    /// Brings all of a file that is not in `part` yet; returns the digest and the number of all bytes.
    fn bring(&self, told: &Told, part: &Path, name: &str) -> Result<(String, u64), String> {
        let mut file = Part::open(part, !told.tag.is_empty())?;
        let bar = bar(name, told.size, file.length);
        let (mut size, mut failed) = (told.size, 0);
        while size.is_none_or(|size| file.length < size) {
            let before = file.length;
            let ended = self.bring_more(told, &mut file, &mut size, &bar);
            match ended {
                Ok(()) if size.is_none_or(|size| file.length >= size) => break,
                Err(Ended::Disk(said)) => return Err(said),
                Err(Ended::Refused(said)) => return Err(said),
                Ok(()) | Err(Ended::Broken) => failed = if file.length > before { 0 } else { failed + 1 },
            }
            if failed > ATTEMPTS || told.tag.is_empty() {
                let so = size.map_or_else(|| file.length.to_string(), |size| format!("{} of {size}", file.length));
                return Err(format!(
                    "the download of {name} broke off after {so} bytes; the next attempt goes on from there"
                ));
            }
            thread::sleep(PAUSE * 2u32.pow(failed));
        }
        bar.finish_and_clear();
        Ok((hexadecimal(&file.digest.finalize()), file.length))
    }

    fn bring_more(&self, told: &Told, file: &mut Part, size: &mut Option<u64>, bar: &ProgressBar) -> Result<(), Ended> {
        let response = get(&self.following, &told.url, file.length).map_err(|_| Ended::Broken)?;
        let status = response.status();
        if !status.is_success() {
            return Err(Ended::Refused(format!("{} could not be downloaded: the server answered {status}", told.url)));
        }
        if status.as_u16() != 206 {
            file.forget()?;
            *size = size.or_else(|| length(response.headers()));
        }
        bar.set_length(size.unwrap_or(0));
        let mut body = response.into_body().into_reader();
        let mut chunk = vec![0; CHUNK];
        loop {
            bar.set_position(file.length);
            match body.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(read) => file.append(&chunk[..read])?,
                Err(_) => return Err(Ended::Broken),
            }
        }
    }
}

/// Why a download ended before its end.
enum Ended {
    /// The connection broke; another may bring more.
    Broken,
    /// The server will not answer otherwise.
    Refused(String),
    /// This machine cannot keep it.
    Disk(String),
}

/// The beginning of a file, and its digest so far.
struct Part {
    path: PathBuf,
    file: File,
    length: u64,
    digest: Sha256,
}

impl Part {
    /// Goes on with what an earlier run has brought, or begins.
    fn open(path: &Path, goes_on: bool) -> Result<Self, String> {
        let failed = |error: io::Error| format!("{} cannot be written: {error}", path.display());
        let mut options = OpenOptions::new();
        options.create(true).read(true).write(true).truncate(!goes_on);
        let mut file = options.open(path).map_err(failed)?;
        let (mut digest, mut length) = (Sha256::new(), 0);
        let mut chunk = vec![0; CHUNK];
        loop {
            match file.read(&mut chunk).map_err(failed)? {
                0 => return Ok(Self { path: path.to_owned(), file, length, digest }),
                read => {
                    digest.update(&chunk[..read]);
                    length += read as u64;
                }
            }
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        self.file.write_all(bytes).map_err(|error| self.failed(&error))?;
        self.digest.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// The server begins anew.
    fn forget(&mut self) -> Result<(), Ended> {
        let reopened = OpenOptions::new().write(true).truncate(true).open(&self.path);
        self.file = reopened.map_err(|error| self.failed(&error))?;
        self.digest = Sha256::new();
        self.length = 0;
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> Ended {
        Ended::Disk(format!("{} cannot be written: {error}", self.path.display()))
    }
}

fn get(agent: &Agent, url: &str, from: u64) -> Result<Body, String> {
    let mut request = agent.get(url);
    if from > 0 {
        request = request.header("range", format!("bytes={from}-"));
    }
    request.call().map_err(|error| format!("{url} could not be reached: {error}"))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn length(headers: &HeaderMap) -> Option<u64> {
    text(headers, "content-length")?.parse().ok()
}

/// A bar on the error stream; nothing where that is no terminal.
fn bar(name: &str, size: Option<u64>, begun: u64) -> ProgressBar {
    let bar = ProgressBar::new(size.unwrap_or(0)).with_message(name.to_owned()).with_position(begun);
    let template = "{msg} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
