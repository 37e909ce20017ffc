//! A hub on a port of this machine, with one model. Like the real one it redirects requests for large files.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use resnet_lens::Catalog;
use resnet_lens::hub::hexadecimal;
use serde_json::json;
use sha2::{Digest, Sha256};

/// The weights of the model.
pub const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");

/// How long a connection stays open without data.
pub const SILENCE: Duration = Duration::from_secs(60);

/// How the server deviates from a hub that works.
#[derive(Debug, Default)]
pub struct Behaviour {
    /// Closes the first connection for weights after this many bytes.
    pub cut: Option<usize>,
    /// Sends nothing more after this many bytes of the first response with weights, and keeps the connection open.
    pub silent_after: Option<usize>,
    /// Pauses the first response with weights after this many bytes until [`HubServer::release`].
    pub hold_after: Option<usize>,
    /// The entity tag of the weights, if not their SHA-256.
    pub tag: Option<String>,
    /// Content in place of the weights.
    pub content: Option<Vec<u8>>,
    /// Status of every response.
    pub status: Option<u16>,
    /// The header `X-Error-Code` of those responses.
    pub code: Option<&'static str>,
    /// Reports this size of the weights.
    pub size: Option<usize>,
    /// Does not report the size of the weights.
    pub no_size: bool,
    /// Name of the weight file, if not the usual one.
    pub file: Option<&'static str>,
    /// Has no config.json.
    pub no_config: bool,
    /// Other files of the repository, which are empty; the API lists all.
    pub others: Vec<&'static str>,
    /// Refuses requests to the hub without this token.
    pub token: Option<&'static str>,
    /// Where the weights' redirect leads, if not to this server's storage.
    pub storage: Option<String>,
    /// Compresses the weights, although no client asks for it.
    pub compressed: bool,
}

/// The running server. It serves until the test process ends.
pub struct HubServer {
    address: String,
    shared: Arc<Shared>,
}

/// A request for a path, from a byte on.
struct Request {
    path: String,
    from: usize,
    authorization: Option<String>,
}

struct Shared {
    behaviour: Mutex<Behaviour>,
    requests: Mutex<Vec<Request>>,
    released: AtomicBool,
}

impl HubServer {
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("a bound port"));
        let shared =
            Shared { behaviour: Mutex::new(behaviour), requests: Mutex::default(), released: AtomicBool::new(false) };
        let shared = Arc::new(shared);
        let server = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = server.clone();
                thread::spawn(move || {
                    // A client may hang up at any time.
                    let _ = shared.serve(&stream);
                    let _ = stream.shutdown(Shutdown::Both);
                });
            }
        });
        Self { address, shared }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// The first requested byte of each request for the content of the weights.
    pub fn ranges(&self) -> Vec<usize> {
        let requests = self.shared.requests.lock().unwrap();
        requests.iter().filter(|request| request.path.starts_with("/lfs/")).map(|request| request.from).collect()
    }

    /// The number of requests whose path contains this text.
    pub fn requests_for(&self, text: &str) -> usize {
        self.shared.requests.lock().unwrap().iter().filter(|request| request.path.contains(text)).count()
    }

    /// The header `Authorization` of each request whose path begins with this text.
    pub fn authorizations(&self, text: &str) -> Vec<Option<String>> {
        let requests = self.shared.requests.lock().unwrap();
        requests.iter().filter(|request| request.path.starts_with(text)).map(|one| one.authorization.clone()).collect()
    }

    /// Changes the behaviour.
    pub fn set(&self, behaviour: Behaviour) {
        *self.shared.behaviour.lock().unwrap() = behaviour;
    }

    /// Ends the pause of [`Behaviour::hold_after`].
    pub fn release(&self) {
        self.shared.released.store(true, Ordering::Release);
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        let mut lines = BufReader::new(stream).lines();
        let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
        let mut headers = HashMap::new();
        for line in lines {
            let line = line?;
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        let path = first.split(' ').nth(1).unwrap_or_default();
        let range =
            headers.get("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
        let authorization = headers.get("authorization").cloned();
        let request = Request { path: path.to_owned(), from: range.unwrap_or(0), authorization: authorization.clone() };
        self.requests.lock().unwrap().push(request);

        if path.starts_with("/lfs/") {
            return self.weights(stream, range);
        }
        if path == "/loop" {
            return respond(stream, "302 Found", &[("location", "/loop")], b"");
        }
        let behaviour = self.behaviour.lock().unwrap();
        let (file, others, no_config) = (behaviour.file(), behaviour.others.clone(), behaviour.no_config);
        let wanted = behaviour.token.map(|token| format!("Bearer {token}"));
        let (status, code) = (behaviour.status, behaviour.code.unwrap_or("None"));
        drop(behaviour);
        if let Some(status) = status {
            return respond(stream, &format!("{status} No"), &[("x-error-code", code)], b"no");
        }
        if wanted.is_some() && wanted != authorization {
            return respond(stream, "401 Unauthorized", &[("x-error-code", code)], b"no");
        }
        let known = path.strip_prefix("/someone/some.model/resolve/").and_then(|rest| rest.split_once('/'));
        match known {
            Some((_, name)) if name == file => self.redirect(stream, &headers["host"]),
            Some((_, "config.json")) if !no_config => respond(stream, "200 OK", &[], config().as_bytes()),
            Some((_, name)) if others.contains(&name) => respond(stream, "200 OK", &[], b""),
            _ if path == format!("/files/{file}") => self.weights(stream, range),
            _ if path == "/api/models/someone/some.model/revision/main" => {
                let siblings: Vec<_> = others.iter().chain([&file]).map(|name| json!({ "rfilename": name })).collect();
                respond(stream, "200 OK", &[], json!({ "siblings": siblings }).to_string().as_bytes())
            }
            _ => respond(stream, "404 Not Found", &[], b"Entry not found"),
        }
    }

    /// Redirects to the content of the weights, and describes it.
    fn redirect(&self, stream: &TcpStream, host: &str) -> io::Result<()> {
        let behaviour = self.behaviour.lock().unwrap();
        let size = behaviour.size.unwrap_or_else(|| behaviour.content.as_deref().unwrap_or(STARTER).len()).to_string();
        let digest = || hexadecimal(&Sha256::digest(behaviour.content.as_deref().unwrap_or(STARTER)));
        let tag = format!("\"{}\"", behaviour.tag.clone().unwrap_or_else(digest));
        let location = behaviour.storage.clone().unwrap_or_else(|| format!("http://{host}/lfs/model.safetensors"));
        let mut headers = vec![("location", location.as_str()), ("x-linked-etag", &tag)];
        if !behaviour.no_size {
            headers.push(("x-linked-size", &size));
        }
        respond(stream, "302 Found", &headers, b"")
    }

    /// Sends the content of the weights from the first requested byte.
    fn weights(&self, mut stream: &TcpStream, range: Option<usize>) -> io::Result<()> {
        let mut behaviour = self.behaviour.lock().unwrap();
        let content = behaviour.content.clone().unwrap_or_else(|| STARTER.to_vec());
        if behaviour.compressed {
            let packed = gzip(&content);
            return respond(stream, "200 OK", &[("content-encoding", "gzip"), ("etag", "\"packed\"")], &packed);
        }
        let [cut, silent_after, hold_after] =
            [behaviour.cut.take(), behaviour.silent_after.take(), behaviour.hold_after.take()];
        drop(behaviour);
        let from = range.unwrap_or(0);
        if from > 0 && from >= content.len() {
            let length = format!("bytes */{}", content.len());
            return respond(stream, "416 Range Not Satisfiable", &[("content-range", &length)], b"");
        }
        let body = &content[from..];
        let part = format!("bytes {from}-{}/{}", content.len().saturating_sub(1), content.len());
        let (status, headers) = match range {
            Some(_) => ("206 Partial Content", vec![("content-range", part.as_str())]),
            None => ("200 OK", Vec::new()),
        };
        write_head(stream, status, &headers, body.len())?;
        let at = cut.or(silent_after).or(hold_after).unwrap_or(body.len());
        stream.write_all(&body[..at])?;
        let deadline = Instant::now() + SILENCE;
        let waits = || silent_after.is_some() || (hold_after.is_some() && !self.released.load(Ordering::Acquire));
        while waits() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        if hold_after.is_some() { stream.write_all(&body[at..]) } else { Ok(()) }
    }
}

impl Behaviour {
    fn file(&self) -> &'static str {
        self.file.unwrap_or("model.safetensors")
    }
}

/// The bytes as gzip.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    packed.extend(miniz_oxide::deflate::compress_to_vec(bytes, 6));
    let crc = bytes
        .iter()
        .fold(!0u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1))));
    packed.extend((!crc).to_le_bytes());
    packed.extend((bytes.len() as u32).to_le_bytes());
    packed
}

fn write_head(mut stream: &TcpStream, status: &str, headers: &[(&str, &str)], length: usize) -> io::Result<()> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n")
}

fn respond(mut stream: &TcpStream, status: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<()> {
    write_head(stream, status, headers, body.len())?;
    stream.write_all(body)
}

/// SHA-256 of the weights in hexadecimal digits.
pub fn starter_digest() -> String {
    hexadecimal(&Sha256::digest(STARTER))
}

/// The model's config.json in timm's form.
pub fn config() -> String {
    let catalog = Catalog::bundled().expect("a valid catalog");
    let labels: Vec<&String> = catalog.models[0].labels.iter().flatten().map(|label| &label.name).collect();
    let inner = json!({ "input_size": [3, 128, 128], "crop_pct": 0.876, "interpolation": "bilinear" });
    json!({ "architecture": "resnet50", "label_names": labels, "pretrained_cfg": inner }).to_string()
}
