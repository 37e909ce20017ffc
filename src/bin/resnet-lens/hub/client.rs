//! Requests to the hub and to other servers. Redirects are followed here, so that the token is sent to the hub's origin only.

use std::env;
use std::time::Duration;

use resnet_lens::hub::{Refusal, Repository};
use ureq::Agent;
use ureq::http::{HeaderMap, Response, StatusCode};

use super::environment::Token;

/// The hub redirects requests for a renamed repository and for large files; more redirects than this are treated as a loop.
const REDIRECTS: usize = 5;

/// Seconds without data after which a request fails, unless `HF_HUB_DOWNLOAD_TIMEOUT` names another number.
const TIMEOUT: u64 = 30;

/// The most bytes of a list of files.
const MAX_TEXT: u64 = 16 << 20;

/// An HTTP client for one hub.
#[derive(Debug)]
pub struct Client {
    /// The hub's address.
    pub hub: String,
    token: Option<Token>,
    agent: Agent,
}

/// A file as a server's headers describe it.
#[derive(Debug)]
pub struct Metadata {
    /// Where its bytes are.
    pub url: String,
    /// The entity tag, which identifies the version; of a large file it is the SHA-256. Empty if there is none.
    pub tag: String,
    /// Bytes, if known.
    pub size: Option<u64>,
}

/// Why a request has no result.
#[derive(Debug)]
pub enum RequestError {
    /// The server could not be reached or failed; another attempt may succeed.
    Connection(String),
    /// Another attempt would fail as well.
    Permanent(String),
    /// The server has no such file.
    NoFile,
}

impl Client {
    /// A client for the hub at this address.
    pub fn new(hub: &str, token: Option<Token>) -> Self {
        let seconds = env::var("HF_HUB_DOWNLOAD_TIMEOUT").ok().and_then(|seconds| seconds.parse().ok());
        let timeout = Some(Duration::from_secs(seconds.filter(|seconds| *seconds > 0).unwrap_or(TIMEOUT)));
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
        // No limit on the whole transfer: a large file over a slow connection takes hours.
        let agent = config.timeout_connect(timeout).timeout_per_read(timeout).timeout_per_write(timeout).build().into();
        Self { hub: hub.to_owned(), token, agent }
    }

    /// Asks about a file of a repository, or about one at another address.
    ///
    /// # Errors
    /// [`RequestError::NoFile`] if there is none, or the reason why it cannot be downloaded.
    pub fn metadata(&self, url: &str, repository: Option<&Repository>) -> Result<Metadata, RequestError> {
        let mut url = url.to_owned();
        for _ in 0..=REDIRECTS {
            let response = self.send(&url, 0)?;
            let headers = response.headers();
            let linked_tag = text(headers, "x-linked-etag");
            let is_linked = linked_tag.is_some();
            let tag = linked_tag.or_else(|| text(headers, "etag")).or_else(|| text(headers, "last-modified"));
            let tag = tag.unwrap_or_default().trim_start_matches("W/").trim_matches('"').to_owned();
            let linked_size = text(headers, "x-linked-size").and_then(|size| size.parse().ok());
            match redirect(&url, &response)? {
                // The redirect of a large file describes it, and leads to its storage.
                Some(storage) if is_linked => return Ok(Metadata { url: storage, tag, size: linked_size }),
                Some(next) => url = next,
                None if response.status().is_success() => {
                    let size = linked_size.or_else(|| content_length(headers));
                    return Ok(Metadata { url, tag, size });
                }
                None => return Err(self.refused(&url, &response, repository)),
            }
        }
        Err(too_many_redirects(&url))
    }

    /// Requests a file from this byte on. The response is a successful one, or says that the file has no such byte.
    ///
    /// # Errors
    /// The reason why there is none.
    pub fn open(&self, url: &str, from: u64) -> Result<Response<ureq::Body>, RequestError> {
        let mut url = url.to_owned();
        for _ in 0..=REDIRECTS {
            let response = self.send(&url, from)?;
            match redirect(&url, &response)? {
                Some(next) => url = next,
                None if response.status().is_success() || response.status() == StatusCode::RANGE_NOT_SATISFIABLE => {
                    return Ok(response);
                }
                None => return Err(self.refused(&url, &response, None)),
            }
        }
        Err(too_many_redirects(&url))
    }

    /// The text at an address, such as a list of files.
    ///
    /// # Errors
    /// As [`Client::open`].
    pub fn text(&self, url: &str) -> Result<String, RequestError> {
        let body = self.open(url, 0)?.into_body().into_with_config().limit(MAX_TEXT).read_to_string();
        body.map_err(|error| RequestError::Connection(format!("{url} could not be read: {error}")))
    }

    /// One request. It has the token if its address is on the hub.
    fn send(&self, url: &str, from: u64) -> Result<Response<ureq::Body>, RequestError> {
        // A compressed transfer has neither the length of the file nor ranges of it.
        let mut request = self.agent.get(url).header("accept-encoding", "identity");
        if from > 0 {
            request = request.header("range", format!("bytes={from}-"));
        }
        if let Some(token) = self.token_for(url) {
            request = request.header("authorization", token.authorization());
        }
        request.call().map_err(|error| RequestError::Connection(format!("{url} could not be reached: {error}")))
    }

    fn token_for(&self, url: &str) -> Option<&Token> {
        self.token.as_ref().filter(|_| origin(url).is_some() && origin(url) == origin(&self.hub))
    }

    /// The reason why a server does not hand out a file.
    fn refused(&self, url: &str, response: &Response<ureq::Body>, repository: Option<&Repository>) -> RequestError {
        let status = response.status();
        let code = text(response.headers(), "x-error-code");
        let token = self.token_for(url);
        let refusal = Refusal::of(status.as_u16(), code.as_deref(), token.is_some());
        let access = |found: &str| {
            let (page, host) = (repository.map_or_else(|| url.to_owned(), |found| found.page(&self.hub)), &self.hub);
            RequestError::Permanent(match token {
                None => format!(
                    "{found}: accept its conditions at {page}, if there are any, and set HF_TOKEN to a token of {host} that may read it"
                ),
                Some(token) => format!(
                    "{found}, and the token of {token} may not read it: accept its conditions at {page}, if there are any, or use another token"
                ),
            })
        };
        match (refusal, repository) {
            (Some(Refusal::NoFile), _) => RequestError::NoFile,
            (Some(Refusal::NoRevision), Some(Repository { revision, .. })) => {
                RequestError::Permanent(format!("the repository has no revision {revision}"))
            }
            (Some(Refusal::NoRepository), Some(_)) => {
                access("the repository does not exist, or it is private or gated")
            }
            (Some(Refusal::Gated | Refusal::NotAllowed), Some(_)) => access("the repository is private or gated"),
            (Some(Refusal::WrongToken), Some(_)) if let Some(token) = token => {
                RequestError::Permanent(format!("{} does not accept the token of {token}", self.hub))
            }
            _ => {
                let sentence = format!("{url} could not be downloaded: the server answered {status}");
                let may_recover = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
                if may_recover { RequestError::Connection(sentence) } else { RequestError::Permanent(sentence) }
            }
        }
    }
}

impl RequestError {
    /// The reason as a sentence.
    pub fn into_sentence(self, url: &str) -> String {
        match self {
            Self::Connection(sentence) | Self::Permanent(sentence) => sentence,
            Self::NoFile => format!("{url} could not be downloaded: the server has no such file"),
        }
    }
}

/// The text of a header.
pub fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// The length of a response's body, unless it was compressed.
pub fn content_length(headers: &HeaderMap) -> Option<u64> {
    if headers.contains_key("content-encoding") {
        return None;
    }
    text(headers, "content-length")?.parse().ok()
}

fn too_many_redirects(url: &str) -> RequestError {
    RequestError::Permanent(format!(
        "{url} could not be downloaded: expected at most {REDIRECTS} redirects, found more"
    ))
}

/// The address to which a response redirects.
fn redirect(url: &str, response: &Response<ureq::Body>) -> Result<Option<String>, RequestError> {
    if !response.status().is_redirection() {
        return Ok(None);
    }
    let target = text(response.headers(), "location").and_then(|location| resolve(url, &location));
    target.map(Some).ok_or_else(|| {
        let status = response.status();
        RequestError::Permanent(format!(
            "{url} could not be downloaded: the server answered {status} without an address"
        ))
    })
}

/// An address relative to another one; `None` if it is not one of HTTP.
fn resolve(base: &str, location: &str) -> Option<String> {
    let (scheme, rest) = base.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let path = rest[authority.len()..].split(['?', '#']).next()?;
    match location.split_once("://") {
        Some((scheme, _)) if ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) => {
            Some(location.to_owned())
        }
        Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => None,
        _ if location.starts_with("//") => Some(format!("{scheme}:{location}")),
        _ if location.starts_with('/') => Some(format!("{scheme}://{authority}{location}")),
        _ => {
            Some(format!("{scheme}://{authority}{}/{location}", path.rsplit_once('/').map_or("", |(folder, _)| folder)))
        }
    }
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> Option<(String, String, u16)> {
    let url: ureq::http::Uri = url.parse().ok()?;
    let scheme = url.scheme_str()?.to_ascii_lowercase();
    let port = url.port_u16().or(match scheme.as_str() {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    })?;
    Some((scheme, url.host()?.to_ascii_lowercase(), port))
}
