//! Models of the hub in the command-line program, against a hub on this machine: download, resume, checks, cache, `--offline`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::hub_server::{self, Behaviour, HubServer, STARTER, config, starter_digest};
use crate::program::{self, errors, folder, golden, stdout, text};
use serde_json::Value;

const ID: &str = "hf:someone/some.model";

/// An address at which no server listens.
pub const NO_HUB: &str = "http://127.0.0.1:9";

/// The program with its home and caches in `home`, and a hub's address.
fn command(home: &Path, hub: &str, arguments: &[&str]) -> Command {
    command_for(ID, home, hub, arguments)
}

/// The same for another address of a model.
pub fn command_for(model: &str, home: &Path, hub: &str, arguments: &[&str]) -> Command {
    let mut command = program::classify();
    command.args(["--json", "--model", model]).args(arguments).arg(golden("rgb.png"));
    let folders = [("HOME", home.join("home")), ("XDG_CACHE_HOME", home.join("cache")), ("HF_HOME", home.join("hf"))];
    for name in ["HF_TOKEN", "HF_TOKEN_PATH", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HUGGING_FACE_HUB_TOKEN"] {
        command.env_remove(name);
    }
    command.envs(folders).env("HF_ENDPOINT", hub).env("HF_HUB_DOWNLOAD_TIMEOUT", "60");
    command
}

fn classify(home: &Path, hub: &str, arguments: &[&str]) -> Output {
    command(home, hub, arguments).output().expect("the program starts")
}

/// The name of the most probable class.
pub fn best(output: &Output) -> String {
    let line: Value = serde_json::from_str(&stdout(output)).expect("one line of JSON");
    line["predictions"][0]["label"].as_str().expect("a label").to_owned()
}

/// The one sentence of a run that failed.
pub fn failure(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let errors = errors(output);
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].clone()
}

/// The folder in which the program keeps the model.
fn model_folder(home: &Path) -> PathBuf {
    home.join("cache/resnet-lens/models/someone--some.model/main")
}

/// Names of the files in the model's folder.
fn files(home: &Path) -> Vec<String> {
    let entries = fs::read_dir(model_folder(home)).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_model_is_downloaded_once_and_found_offline() {
    let home = folder("hub-once");
    let hub = HubServer::start(Behaviour::default());
    let label = best(&classify(&home, hub.address(), &[]));
    assert_eq!(best(&classify(&home, hub.address(), &[])), label);
    assert_eq!(hub.ranges(), [0], "the second run only asks whether it has changed");
    assert_eq!(best(&classify(&home, NO_HUB, &["--offline"])), label);
}

#[test]
fn an_interrupted_download_is_resumed() {
    let home = folder("hub-broken");
    let hub = HubServer::start(Behaviour { cut: Some(STARTER.len() / 2), ..Behaviour::default() });
    best(&classify(&home, hub.address(), &[]));
    assert_eq!(hub.ranges(), [0, STARTER.len() / 2]);
}

/// A connection that stays open without data is given up, and the download continues on another.
#[test]
fn a_silent_connection_is_given_up() {
    let home = folder("hub-silent");
    let hub = HubServer::start(Behaviour { silent_after: Some(STARTER.len() / 2), ..Behaviour::default() });
    let started = Instant::now();
    let output = command(&home, hub.address(), &[]).env("HF_HUB_DOWNLOAD_TIMEOUT", "1").output();
    best(&output.expect("the program starts"));
    assert_eq!(hub.ranges(), [0, STARTER.len() / 2]);
    assert!(started.elapsed() < hub_server::SILENCE, "the program waited for the server: {:?}", started.elapsed());
}

/// The hub may not report the size. A partial file that is complete already must not make every later download fail.
#[test]
fn a_complete_partial_file_of_unknown_size_is_downloaded_again() {
    let home = folder("hub-416");
    let hub = HubServer::start(Behaviour { no_size: true, ..Behaviour::default() });
    fs::create_dir_all(model_folder(&home)).expect("a writable folder");
    let partial = model_folder(&home).join(format!("model.safetensors-{}.part", starter_digest()));
    fs::write(&partial, STARTER).expect("a writable folder");
    best(&classify(&home, hub.address(), &[]));
    assert_eq!(hub.ranges(), [STARTER.len(), 0]);
    assert!(!partial.exists());
}

/// The second process waits for the first and uses its file.
#[test]
fn two_processes_download_a_file_once() {
    let home = folder("hub-two");
    let hub = HubServer::start(Behaviour { hold_after: Some(STARTER.len() / 2), ..Behaviour::default() });
    let first = command(&home, hub.address(), &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let first = first.expect("the program starts");
    let deadline = Instant::now() + Duration::from_secs(60);
    while hub.ranges().is_empty() {
        assert!(Instant::now() < deadline, "the first process requested no weights");
        thread::sleep(Duration::from_millis(20));
    }
    let second = command(&home, hub.address(), &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut second = second.expect("the program starts");
    let mut notes = BufReader::new(second.stderr.take().expect("a pipe")).lines();
    let waits = notes.any(|line| line.expect("UTF-8").contains("another process is downloading"));
    hub.release();
    // Reads the rest, so that the process never blocks on a full pipe.
    let rest: Vec<String> = notes.map_while(Result::ok).collect();
    let outputs = [first, second].map(|process| process.wait_with_output().expect("the program ends"));
    assert!(waits, "the second process did not wait: {rest:?}");
    assert_eq!(best(&outputs[0]), best(&outputs[1]));
    assert_eq!(hub.ranges(), [0]);
    assert!(files(&home).iter().all(|file| !file.ends_with(".part")), "{:?}", files(&home));
}

#[test]
fn a_wrong_file_is_not_kept() {
    let page = b"<!doctype html><title>Sign in</title>".to_vec();
    let with_tag =
        |tag: &str, content: Option<Vec<u8>>| Behaviour { tag: Some(tag.to_owned()), content, ..Behaviour::default() };
    let cases = [
        (with_tag(&"0".repeat(64), None), "expected the SHA-256 0000"),
        (with_tag("not-a-digest", Some(page)), "found a web page (HTML)"),
        (with_tag("half", Some(STARTER[..STARTER.len() / 2].to_vec())), "cut off"),
        (Behaviour { status: Some(403), ..Behaviour::default() }, "private or gated"),
        (Behaviour { status: Some(404), ..Behaviour::default() }, "expected a weight file such as model.safetensors"),
    ];
    for (behaviour, words) in cases {
        let home = folder("hub-bad");
        let hub = HubServer::start(behaviour);
        let sentence = failure(&classify(&home, hub.address(), &[]));
        assert!(sentence.contains(words) && sentence.contains(ID), "{words}: {sentence}");
        assert!(files(&home).iter().all(|file| !file.starts_with("model")), "{:?}", files(&home));
    }
}

#[test]
fn a_missing_file_or_hub_is_one_sentence() {
    let home = folder("hub-offline");
    let sentence = failure(&classify(&home, NO_HUB, &["--offline"]));
    assert!(sentence.contains("model.safetensors") && sentence.contains("because of --offline"), "{sentence}");
    let sentence = failure(&classify(&home, NO_HUB, &[]));
    assert!(sentence.contains("could not be reached"), "{sentence}");
}

/// A file that the hub's own tools have downloaded is not downloaded again.
#[test]
fn the_cache_of_the_hubs_own_tools_is_read() {
    let home = folder("hub-home");
    let repository = home.join("hf/hub/models--someone--some.model");
    let snapshot = repository.join("snapshots/0123abc");
    fs::create_dir_all(&snapshot).unwrap();
    fs::create_dir_all(repository.join("refs")).unwrap();
    fs::write(repository.join("refs/main"), "0123abc").unwrap();
    fs::write(snapshot.join("model.safetensors"), STARTER).unwrap();
    fs::write(snapshot.join("config.json"), config()).unwrap();
    best(&classify(&home, NO_HUB, &["--offline"]));
}
