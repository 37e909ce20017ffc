//! Addresses of models in the command-line program, tokens, other files than usual, and models that change.

use std::fs;
use std::path::Path;

use crate::download::{NO_HUB, best, command_for, failure};
use crate::hub_server::{Behaviour, HubServer, STARTER, config};
use crate::program::{folder, text};

const TOKEN: &str = "hf_Secret123";

/// Runs the program for one address; `environment` has further variables.
fn run(model: &str, home: &Path, hub: &str, environment: &[(&str, &str)]) -> std::process::Output {
    let mut command = command_for(model, home, hub, &[]);
    command.envs(environment.iter().copied()).output().expect("the program starts")
}

#[test]
fn every_address_of_a_model_is_understood() {
    let home = folder("hub-addresses");
    let hub = HubServer::start(Behaviour::default());
    let label = best(&run("someone/some.model", &home, hub.address(), &[]));
    let file = format!("{}/someone/some.model/blob/main/model.safetensors?x=1", hub.address());
    let page = "https://huggingface.co/someone/some.model/";
    for model in ["hf-hub:someone/some.model", page, " someone/some.model@main ", &file] {
        assert_eq!(best(&run(model, &home, hub.address(), &[])), label, "{model}");
    }
    assert_eq!(hub.ranges(), [0], "all mean the same file");
    assert_eq!(best(&run("someone/some.model@refs/pr/1", &home, hub.address(), &[])), label);
    assert_eq!(hub.requests_for("/resolve/refs%2Fpr%2F1/model.safetensors"), 1);
    // A server that is not the hub has no configuration with class names.
    let url = format!("{}/files/model.safetensors", hub.address().replace("127.0.0.1", "localhost"));
    assert!(best(&run(&url, &home, NO_HUB, &[])).starts_with("class "));
    // What exists is preferred.
    let model = home.join("someone/some.model");
    fs::create_dir_all(home.join("someone")).unwrap();
    fs::write(&model, "no weights").unwrap();
    let mut command = command_for("someone/some.model", &home, hub.address(), &[]);
    let sentence = failure(&command.current_dir(&home).output().expect("the program starts"));
    assert!(sentence.contains("someone/some.model: ") && !sentence.contains("hf:"), "{sentence}");
    for (model, words) in [
        ("hf:alone", "OWNER/NAME"),
        ("nothing.pth", "No such file"),
        ("nothing", "expected a file, an id of the catalog"),
        ("ftp://a/b.pth", "https://"),
    ] {
        let sentence = failure(&run(model, &home, hub.address(), &[]));
        assert!(sentence.contains(words), "{sentence}");
    }
}

#[test]
fn repositories_with_other_files_load() {
    let home = folder("hub-files");
    let cases = [
        Behaviour { file: Some("pytorch_model.bin"), no_config: true, ..Behaviour::default() },
        Behaviour { file: Some("best.pth"), others: vec!["README.md", "optimizer.pt"], ..Behaviour::default() },
    ];
    for behaviour in cases {
        let (home, file) = (home.join(behaviour.file.expect("a name")), behaviour.file);
        let hub = HubServer::start(behaviour);
        let label = best(&run("someone/some.model", &home, hub.address(), &[]));
        // Later without the hub, too.
        let offline = run("someone/some.model", &home, NO_HUB, &[]);
        assert_eq!(best(&offline), label, "{file:?}");
        assert!(text(&offline.stderr).contains("note: hf:someone/some.model: "), "{}", text(&offline.stderr));
    }
    let cases = [
        (vec!["model.safetensors.index.json"], "they are split into several"),
        (vec!["a.pth", "b.pth"], "an address that names it, as in hf:someone/some.model/a.pth"),
        (vec![], "expected a weight file such as"),
    ];
    for (others, words) in cases {
        let hub = HubServer::start(Behaviour { file: Some("README.md"), others, ..Behaviour::default() });
        let sentence = failure(&run("someone/some.model", &home.join("none"), hub.address(), &[]));
        assert!(sentence.contains(words), "{sentence}");
    }
}

/// The token reaches the hub only: neither the storage on another origin nor a server of another address.
#[test]
fn the_token_is_sent_to_the_hub_only() {
    let home = folder("hub-token");
    let storage = HubServer::start(Behaviour::default());
    let location = Some(format!("{}/lfs/model.safetensors", storage.address()));
    let hub = HubServer::start(Behaviour { token: Some(TOKEN), storage: location, ..Behaviour::default() });
    let bearer = Some(format!("Bearer {TOKEN}"));

    let sentence = failure(&run("someone/some.model", &home, hub.address(), &[]));
    assert!(sentence.contains("private or gated") && sentence.contains("HF_TOKEN"), "{sentence}");
    let sentence = failure(&run("someone/some.model", &home, hub.address(), &[("HF_TOKEN", "hf_wrong")]));
    assert!(sentence.contains("does not accept the token of HF_TOKEN") && !sentence.contains("hf_wrong"), "{sentence}");

    best(&run("someone/some.model", &home, hub.address(), &[("HF_TOKEN", TOKEN)]));
    assert_eq!(hub.authorizations("/someone/some.model/resolve/main/model.safetensors"), std::slice::from_ref(&bearer));
    assert_eq!(storage.authorizations("/lfs/"), [None]);

    // The file that the hub's own tools write.
    fs::create_dir_all(home.join("hf")).unwrap();
    fs::write(home.join("hf/token"), format!("{TOKEN}\n")).unwrap();
    best(&run("someone/some.model@v1", &home, hub.address(), &[]));
    assert_eq!(hub.authorizations("/someone/some.model/resolve/v1/model.safetensors"), std::slice::from_ref(&bearer));
    // A file that the environment names counts instead.
    let named = home.join("named.txt");
    fs::write(&named, TOKEN).unwrap();
    fs::write(home.join("hf/token"), "hf_wrong").unwrap();
    let path = named.to_str().expect("UTF-8");
    best(&run("someone/some.model@v2", &home, hub.address(), &[("HF_TOKEN_PATH", path)]));
    assert_eq!(hub.authorizations("/someone/some.model/resolve/v2/model.safetensors"), [bearer]);
    fs::write(&named, "hf_wrong").unwrap();
    let sentence = failure(&run("someone/some.model@v3", &home, hub.address(), &[("HF_TOKEN_PATH", path)]));
    assert!(sentence.contains(&format!("the token of {path}")), "{sentence}");
    // Another server than the hub.
    best(&run(&format!("{}/files/model.safetensors", storage.address()), &home, hub.address(), &[("HF_TOKEN", TOKEN)]));
    assert!(storage.authorizations("/").iter().all(Option::is_none));
}

#[test]
fn a_refusal_or_a_fault_is_one_sentence() {
    let home = folder("hub-refusals");
    let with = |status, code| Behaviour { status: Some(status), code: Some(code), ..Behaviour::default() };
    let token = &[("HF_TOKEN", TOKEN)][..];
    let looping = Behaviour { storage: Some("/loop".to_owned()), ..Behaviour::default() };
    let sized = |size| Behaviour { size: Some(size), ..Behaviour::default() };
    let page = Behaviour {
        content: Some(b"<html>Sign in</html>".to_vec()),
        tag: Some("x".to_owned()),
        ..Behaviour::default()
    };
    let cases = [
        (with(401, "GatedRepo"), &[][..], "private or gated: accept its conditions at"),
        (with(403, "GatedRepo"), token, "the token of HF_TOKEN may not read it"),
        (with(401, "RepoNotFound"), &[], "does not exist, or it is private or gated"),
        (with(404, "RevisionNotFound"), &[], "has no revision main"),
        (with(401, "Other"), token, "does not accept the token of HF_TOKEN"),
        (with(500, "Other"), &[], "answered 500"),
        (looping, &[], "at most 5 redirects"),
        (sized(STARTER.len() + 1), &[], "bytes, found"),
        (sized(STARTER.len() - 1), &[], "bytes, found"),
        (page, &[], "web page (HTML)"),
    ];
    for (behaviour, environment, words) in cases {
        let hub = HubServer::start(behaviour);
        let sentence = failure(&run("someone/some.model", &home, hub.address(), environment));
        assert!(
            sentence.contains(words) && sentence.contains("hf:someone/some.model") && !sentence.contains(TOKEN),
            "{sentence}"
        );
    }
    let sentence = failure(&run("someone/some.model", &home, "mirror.example", &[]));
    assert!(sentence.contains("HF_ENDPOINT: expected an address"), "{sentence}");
}

#[test]
fn a_model_that_changed_is_downloaded_again() {
    let home = folder("hub-changed");
    let hub = HubServer::start(Behaviour::default());
    let label = best(&run("someone/some.model", &home, hub.address(), &[]));
    let mut changed = STARTER.to_vec();
    // Another last weight. The header stays.
    *changed.last_mut().unwrap() ^= 1;
    hub.set(Behaviour { content: Some(changed.clone()), ..Behaviour::default() });
    let output = run("someone/some.model", &home, hub.address(), &[]);
    best(&output);
    assert!(text(&output.stderr).contains("model.safetensors has changed on the server"), "{}", text(&output.stderr));
    let kept = home.join("cache/resnet-lens/models/someone--some.model/main/model.safetensors");
    assert_eq!(fs::read(&kept).unwrap(), changed);
    assert_eq!(hub.ranges(), [0, 0]);
    // Offline the kept one is used, and the program says so.
    let output = run("someone/some.model", &home, NO_HUB, &[]);
    assert_eq!(best(&output), label);
    assert!(text(&output.stderr).contains("the files kept on this machine are used"), "{}", text(&output.stderr));
    let output = run("someone/some.model", &home, NO_HUB, &[("HF_HUB_OFFLINE", "1")]);
    assert_eq!((best(&output), text(&output.stderr).contains("kept on this machine")), (label, false));
}

/// The hub's own tools name what a snapshot links to by its entity tag.
#[test]
fn an_old_file_in_the_cache_of_the_hubs_own_tools_is_noticed() {
    let home = folder("hub-shared");
    let repository = home.join("caches/models--someone--some.model");
    let snapshot = repository.join("snapshots/0123abc");
    for folder in [&snapshot, &repository.join("refs"), &repository.join("blobs")] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(repository.join("refs/main"), "0123abc").unwrap();
    fs::write(repository.join("blobs/0ld"), STARTER).unwrap();
    fs::write(snapshot.join("config.json"), config()).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../../blobs/0ld", snapshot.join("model.safetensors")).unwrap();
    let cache = home.join("caches");
    let environment = [("HF_HUB_CACHE", cache.to_str().expect("UTF-8"))];
    let hub = HubServer::start(Behaviour { tag: Some("0ld".to_owned()), ..Behaviour::default() });
    best(&run("someone/some.model", &home, hub.address(), &environment));
    assert_eq!(hub.ranges(), [0usize; 0]);
    hub.set(Behaviour::default());
    best(&run("someone/some.model", &home, hub.address(), &environment));
    assert_eq!(hub.ranges(), [0]);
}

#[test]
fn a_server_that_compresses_sends_the_whole_file() {
    let home = folder("hub-compressed");
    let hub = HubServer::start(Behaviour { compressed: true, ..Behaviour::default() });
    best(&run("someone/some.model", &home, hub.address(), &[]));
    best(&run(&format!("{}/files/model.safetensors", hub.address()), &home, NO_HUB, &[]));
}
