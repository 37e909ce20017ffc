//! Models of the hub in the terminal, from a hub on this machine: downloaded, taken up again, checked, kept, found offline.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

use resnet_lens::Catalog;
use resnet_lens::hub::hexadecimal;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const STARTER: &[u8] = include_bytes!("../www/assets/starter.safetensors");
const ID: &str = "hf:someone/some.model";

/// How the hub behaves.
#[derive(Debug, Clone, Default)]
struct Manners {
    /// After how many bytes the first answer with weights breaks off.
    cut: Option<usize>,
    /// What it says the weights' digest is, if not the right one.
    digest: Option<String>,
    /// What it delivers instead of the weights.
    instead: Option<Vec<u8>>,
    /// The status of every answer, if not the right one.
    status: Option<u16>,
}

/// A hub on a port of this machine, which redirects large files as the real one does.
struct Hub {
    address: String,
    /// Requests in order: the path, and the first byte that was asked for.
    asked: Arc<Mutex<Vec<(String, usize)>>>,
}

impl Hub {
    fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (told, manners) = (asked.clone(), Arc::new(Mutex::new(manners)));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that hangs up is no failure of the hub's.
                let _ = serve(&stream, &manners, &told);
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
        Self { address, asked }
    }

    /// The first bytes that were asked for of the weights.
    fn ranges(&self) -> Vec<usize> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(path, _)| path.starts_with("/lfs/")).map(|(_, from)| *from).collect()
    }
}

fn serve(stream: &TcpStream, manners: &Mutex<Manners>, asked: &Mutex<Vec<(String, usize)>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut headers = HashMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let range = headers.get("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let from = range.unwrap_or(0);
    asked.lock().unwrap().push((path.clone(), from));
    let mut manners = manners.lock().unwrap();
    if let Some(status) = manners.status {
        return answer(stream, &format!("{status} No"), &[], b"no", None);
    }
    let digest = manners.digest.clone().unwrap_or_else(|| hexadecimal(&Sha256::digest(STARTER)));
    match path.as_str() {
        "/someone/some.model/resolve/main/model.safetensors" => {
            let size = manners.instead.as_ref().map_or(STARTER.len(), Vec::len).to_string();
            let location = format!("http://{}/lfs/model.safetensors", headers["host"]);
            let tag = format!("\"{digest}\"");
            let headers = [("location", location.as_str()), ("x-linked-etag", &tag), ("x-linked-size", &size)];
            answer(stream, "302 Found", &headers, b"", None)
        }
        "/someone/some.model/resolve/main/config.json" => answer(stream, "200 OK", &[], config().as_bytes(), None),
        "/lfs/model.safetensors" => {
            let bytes = manners.instead.clone().unwrap_or_else(|| STARTER.to_vec());
            let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
            answer(stream, status, &[], &bytes[from.min(bytes.len())..], manners.cut.take())
        }
        _ => answer(stream, "404 Not Found", &[], b"Entry not found", None),
    }
}

fn answer(
    mut stream: &TcpStream,
    status: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    cut: Option<usize>,
) -> std::io::Result<()> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n", body.len())?;
    stream.write_all(&body[..cut.unwrap_or(body.len())])
}

/// timm's description of the starter model.
fn config() -> String {
    let catalog = Catalog::bundled().expect("a good catalog");
    let labels = catalog.models[0].labels.iter().flatten().map(|label| &label.name);
    let labels: Vec<&String> = labels.collect();
    let inner = json!({ "input_size": [3, 128, 128], "crop_pct": 0.876, "interpolation": "bilinear" });
    json!({ "architecture": "resnet50", "label_names": labels, "pretrained_cfg": inner }).to_string()
}

/// A home of this test's own.
fn home(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the build folder can be written");
    folder
}

/// `cargo test` builds the examples beside the tests; `cargo test --test download` alone does not.
fn classify(home: &Path, hub: &str, arguments: &[&str]) -> Output {
    let tests = std::env::current_exe().expect("a test knows itself");
    let build = tests.ancestors().nth(2).expect("tests lie in deps below the build folder");
    let program = build.join("examples").join(format!("classify{}", std::env::consts::EXE_SUFFIX));
    assert!(program.is_file(), "{}: not built: cargo build --example classify", program.display());
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/preprocess/decode/rgb.png");
    let mut command = Command::new(program);
    command.args(["--json", "--model", ID]).args(arguments).arg(image);
    let places = [("HOME", home.join("home")), ("XDG_CACHE_HOME", home.join("cache")), ("HF_HOME", home.join("hf"))];
    command.envs(places).env("HF_ENDPOINT", hub).output().expect("the example starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// The label of the best class.
fn best(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    let line: Value = serde_json::from_str(&text(&output.stdout)).expect("a line of JSON");
    line["predictions"][0]["label"].as_str().expect("a label").to_owned()
}

/// The one sentence of a failure.
fn failure(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let errors: Vec<String> =
        text(&output.stderr).lines().filter(|line| line.starts_with("error: ")).map(str::to_owned).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].clone()
}

/// Files below a home, by their names.
fn files(home: &Path) -> Vec<String> {
    let pattern = home.join("**/*").to_string_lossy().into_owned();
    let found = glob::glob(&pattern).expect("a pattern").flatten().filter(|path| path.is_file());
    found.map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_model_is_downloaded_once_and_found_offline() {
    let home = home("hub-once");
    let hub = Hub::start(Manners::default());
    let label = best(&classify(&home, &hub.address, &[]));
    let requests = hub.asked.lock().unwrap().len();
    assert_eq!(best(&classify(&home, &hub.address, &[])), label);
    assert_eq!(
        hub.asked.lock().unwrap().iter().skip(requests).filter(|(path, _)| path.contains("safetensors")).count(),
        0
    );
    assert_eq!(best(&classify(&home, "http://127.0.0.1:9", &["--offline"])), label);
}

#[test]
fn a_broken_download_is_taken_up_where_it_broke_off() {
    let home = home("hub-broken");
    let hub = Hub::start(Manners { cut: Some(STARTER.len() / 2), ..Manners::default() });
    best(&classify(&home, &hub.address, &[]));
    let ranges = hub.ranges();
    assert_eq!(ranges.last(), Some(&(STARTER.len() / 2)), "{ranges:?}");
}

#[test]
fn what_is_not_what_it_should_be_is_not_kept() {
    let page = b"<!doctype html><title>Sign in</title>".to_vec();
    let cases = [
        (Manners { digest: Some("0".repeat(64)), ..Manners::default() }, "expected the SHA-256 0000"),
        (
            Manners { digest: Some("not-a-digest".to_owned()), instead: Some(page), ..Manners::default() },
            "safetensors weight file",
        ),
        (
            Manners {
                digest: Some("half".to_owned()),
                instead: Some(STARTER[..STARTER.len() / 2].to_vec()),
                ..Manners::default()
            },
            "cut off",
        ),
        (Manners { status: Some(403), ..Manners::default() }, "answered 403"),
        (Manners { status: Some(404), ..Manners::default() }, "expected the file config.json, found none there"),
    ];
    for (manners, words) in cases {
        let home = home("hub-bad");
        let hub = Hub::start(manners);
        let said = failure(&classify(&home, &hub.address, &[]));
        assert!(said.contains(words) && said.contains(ID), "{words}: {said}");
        assert!(files(&home).iter().all(|file| !file.starts_with("model")), "{:?}", files(&home));
    }
}

#[test]
fn offline_says_what_is_missing() {
    let home = home("hub-offline");
    let said = failure(&classify(&home, "http://127.0.0.1:9", &["--offline"]));
    assert!(said.contains("config.json") && said.contains("nothing may be downloaded"), "{said}");
    let said = failure(&classify(&home, "http://127.0.0.1:9", &[]));
    assert!(said.contains("could not be reached"), "{said}");
}

/// What the hub's own tools have downloaded is not downloaded again.
#[test]
fn the_cache_of_the_hubs_own_tools_is_read() {
    let home = home("hub-home");
    let folder = home.join("hf/hub/models--someone--some.model");
    let snapshot = folder.join("snapshots/0123abc");
    fs::create_dir_all(&snapshot).unwrap();
    fs::create_dir_all(folder.join("refs")).unwrap();
    fs::write(folder.join("refs/main"), "0123abc").unwrap();
    fs::write(snapshot.join("model.safetensors"), STARTER).unwrap();
    fs::write(snapshot.join("config.json"), config()).unwrap();
    best(&classify(&home, "http://127.0.0.1:9", &["--offline"]));
}
