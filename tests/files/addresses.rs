//! What people write for a model, and the files that a repository has.

use resnet_lens::hub::{FileList, ModelAddress, Refusal, Repository, listed_files};
use serde_json::json;

const HUB: &str = "https://huggingface.co";
const MIRROR: &str = "https://mirror.example:8443/models/hub/";

fn id(text: &str) -> String {
    match ModelAddress::parse(text, MIRROR) {
        Ok(ModelAddress::Repository(repository)) => repository.to_string(),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn addresses_of_the_hub_mean_a_repository() {
    let plain = "hf:timm/resnet50.a1_in1k";
    let first_request = "hf:timm/resnet50.a1_in1k@refs/pr/1";
    let file = "hf:timm/resnet50.a1_in1k/pytorch_model.bin";
    let cases = [
        ("timm/resnet50.a1_in1k", plain),
        ("hf:timm/resnet50.a1_in1k", plain),
        ("HF:timm/resnet50.a1_in1k", plain),
        ("hf-hub:timm/resnet50.a1_in1k", plain),
        ("hf_hub:timm/resnet50.a1_in1k", plain),
        ("hf://timm/resnet50.a1_in1k", plain),
        ("  timm/resnet50.a1_in1k/ \n", plain),
        ("\"timm/resnet50.a1_in1k\"", plain),
        ("hf:timm/resnet50.a1_in1k?library=timm", plain),
        ("timm/resnet50.a1_in1k@main", plain),
        ("\u{a0}timm/resnet50.a1_in1k\u{200b}", plain),
        ("https://huggingface.co/timm/resnet50.a1_in1k.git", plain),
        ("git@hf.co:timm/resnet50.a1_in1k.git", plain),
        ("https://huggingface.co/timm/resnet50.a1_in1k", plain),
        ("http://huggingface.co/timm/resnet50.a1_in1k/", plain),
        ("HTTPS://HuggingFace.co/timm/resnet50.a1_in1k", plain),
        ("huggingface.co/timm/resnet50.a1_in1k", plain),
        ("https://hf.co/timm/resnet50.a1_in1k#usage", plain),
        ("https://www.huggingface.co/timm/resnet50.a1_in1k?library=timm", plain),
        ("https://huggingface.co/timm/resnet50.a1_in1k/tree/main", plain),
        ("https://huggingface.co/timm/resnet50.a1_in1k/tree/main/", plain),
        ("https://huggingface.co/api/models/timm/resnet50.a1_in1k", plain),
        ("https://mirror.example:8443/models/hub/timm/resnet50.a1_in1k", plain),
        ("timm/resnet50.a1_in1k@refs/pr/1", first_request),
        ("timm/resnet50.a1_in1k@refs%2Fpr%2F1", first_request),
        ("https://huggingface.co/timm/resnet50.a1_in1k/tree/refs%2Fpr%2F1", first_request),
        ("https://huggingface.co/timm/resnet50.a1_in1k/tree/refs/pr/1", first_request),
        ("https://huggingface.co/timm/resnet50.a1_in1k/commit/refs%2Fpr%2F1", first_request),
        ("https://huggingface.co/timm/resnet50.a1_in1k/blob/main/pytorch_model.bin", file),
        ("https://huggingface.co/timm/resnet50.a1_in1k/resolve/main/pytorch_model.bin?download=true", file),
        ("https://huggingface.co/timm/resnet50.a1_in1k/raw/main/pytorch_model.bin", file),
        ("hf://timm/resnet50.a1_in1k/pytorch_model.bin", file),
        ("a/b@v1.0", "hf:a/b@v1.0"),
        ("hf:a/b@v1.0/", "hf:a/b@v1.0"),
        ("hf:a/b@feature/x", "hf:a/b@feature%2Fx"),
        ("hf:a/b@feature%2Fx/model.pth", "hf:a/b@feature%2Fx/model.pth"),
        ("hf:a/b@refs/pr/12/sub/m.bin", "hf:a/b@refs/pr/12/sub/m.bin"),
        ("https://huggingface.co/a/b/blob/refs%2Fpr%2F12/sub/my%20file.pth", "hf:a/b@refs/pr/12/sub/my%20file.pth"),
        ("https://huggingface.co/a/b/tree/v1.0/sub/folder", "hf:a/b@v1.0/sub/folder/"),
        ("https://huggingface.co/a/b/blob/main/checkpoint.pth.tar", "hf:a/b/checkpoint.pth.tar"),
    ];
    for (text, expected) in cases {
        assert_eq!(id(text), expected, "{text}");
        assert_eq!(id(expected), expected, "the id of {text}");
    }
}

#[test]
fn other_texts_are_urls_names_and_paths() {
    use ModelAddress::{Name, Path, Url};
    let parse = |text: &str| ModelAddress::parse(text, HUB).expect("an address");
    let same = ["https://example.com/a/b", "https://example.com/m.pth?token=a%2Fb", "data:,x", "blob:https://a/b"];
    for text in same {
        assert_eq!(parse(text), Url(text.to_owned()));
    }
    // A mirror that is not in use is a server like others; so is a host that only begins like the hub's.
    for text in ["https://mirror.example:8443/models/hub/a/b", "https://huggingface.co.example/a/b"] {
        assert_eq!(parse(text), Url(text.to_owned()));
    }
    assert_eq!(parse("localhost:8000/m.pth"), Url("http://localhost:8000/m.pth".to_owned()));
    let raw = Url("https://raw.githubusercontent.com/o/r/main/dir/m.pth".to_owned());
    assert_eq!(parse("https://github.com/o/r/blob/main/dir/m.pth?raw=true"), raw);
    for text in ["starter", "resnet50", "cifar_10-x"] {
        assert_eq!(parse(text), Name(text.to_owned()));
    }
    for text in
        ["files/kept.safetensors", "m.pth", "./a/b", "../a/b", "/a/b", "C:\\m\\x", "a/b.PTH?x", "a/b/c.bin", "~/x"]
    {
        assert!(matches!(parse(text), Path(path) if path == text), "{text}");
    }
}

#[test]
fn a_wrong_address_states_the_accepted_forms() {
    for text in [
        "",
        " ",
        "hf:",
        "hf:alone",
        "hf:a/b/c",
        "hf:a/..",
        "hf:../b",
        "hf:a/b@",
        "hf:a/b@../x",
        "hf:a/b@x/../y.bin",
        "hf:a /b",
        "hf:é/b",
        "a/b c",
        "a.b",
        "https://huggingface.co/",
        "https://huggingface.co/timm",
        "https://huggingface.co/datasets/a/b",
        "https://huggingface.co/spaces/a/b",
        "https://huggingface.co/a/b/discussions/1",
        "https://huggingface.co/a/b/blob/main/%2e%2e/x.pth",
        "https://huggingface.co/a/b/blob/main/..%2f..%2fx.pth",
        "https://huggingface.co/a/b/blob/main/%ff.pth",
        "hf:datasets/b",
    ] {
        let error = ModelAddress::parse(text, HUB).expect_err(text).to_string();
        for words in ["OWNER/NAME", "hf:OWNER/NAME@REVISION", "page", "weight file", "found"] {
            assert!(error.contains(words), "{text}: {error}");
        }
        assert!(!error.contains('\n') && text.parse::<Repository>().is_err(), "{text}: {error}");
    }
}

#[test]
fn requests_have_encoded_revisions_and_paths() {
    let repository = |id: &str| id.parse::<Repository>().expect("an id");
    let plain = repository("hf:timm/resnet18.tv_in1k");
    let hub = "http://localhost:1/";
    let weights = "http://localhost:1/timm/resnet18.tv_in1k/resolve/main/model.safetensors";
    assert_eq!(plain.address(hub, "model.safetensors"), weights);
    let request = repository("hf:a/b@refs/pr/1/sub/my%20file.pth");
    let file = &FileList::of(&request).weights[0];
    assert_eq!(request.address(hub, file), "http://localhost:1/a/b/resolve/refs%2Fpr%2F1/sub/my%20file.pth");
    assert_eq!(request.pointer(hub, file), "http://localhost:1/a/b/raw/refs%2Fpr%2F1/sub/my%20file.pth");
    assert_eq!(request.listing(hub), "http://localhost:1/api/models/a/b/revision/refs%2Fpr%2F1");
    assert_eq!(FileList::of(&request).configs, ["sub/config.json", "config.json"]);
    assert!(repository(&format!("hf:a/b@{}", "0123456789".repeat(4))).is_commit() && !plain.is_commit());
}

#[test]
fn the_weight_file_is_chosen_from_the_list() {
    let choose = |id: &str, files: &[&str]| {
        let siblings: Vec<_> = files.iter().map(|file| json!({ "rfilename": file })).collect();
        let files = listed_files(&json!({ "id": "a/b", "siblings": siblings }).to_string()).expect("a list");
        id.parse::<Repository>().expect("an id").choose_weights(&files).map_err(|error| error.to_string())
    };
    let chosen = |id, files: &[&str]| choose(id, files).expect("one file");
    assert_eq!(
        chosen("hf:a/b", &["README.md", "best.pth", "optimizer.pt", "sub/other.pth", "training_args.bin"]),
        "best.pth"
    );
    assert_eq!(chosen("hf:a/b", &["resnet.bin", "resnet.safetensors", "resnet.pth"]), "resnet.safetensors");
    assert_eq!(chosen("hf:a/b@main/sub/", &["best.pth", "sub/other.pth"]), "sub/other.pth");
    for (files, words) in [
        (&["README.md", "model.onnx"][..], "expected a weight file such as model.safetensors or pytorch_model.bin"),
        (&["one.pth", "two.pth"], "an address that names it, as in hf:a/b/one.pth, found one.pth, two.pth"),
        (&["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"], "in one file"),
    ] {
        let error = choose("hf:a/b", files).expect_err(words);
        assert!(error.contains(words) && error.contains("found"), "{error}");
    }
    assert!(listed_files("<!doctype html>").is_err());
}

#[test]
fn refusals_are_recognised() {
    let cases = [
        (401, Some("GatedRepo"), false, Some(Refusal::Gated)),
        (403, Some("GatedRepo"), true, Some(Refusal::Gated)),
        (401, Some("RepoNotFound"), false, Some(Refusal::NoRepository)),
        (404, Some("RepoNotFound"), true, Some(Refusal::NoRepository)),
        (404, Some("RevisionNotFound"), false, Some(Refusal::NoRevision)),
        (404, Some("EntryNotFound"), false, Some(Refusal::NoFile)),
        (404, None, false, Some(Refusal::NoFile)),
        (401, None, false, Some(Refusal::NotAllowed)),
        (403, None, true, Some(Refusal::NotAllowed)),
        (401, None, true, Some(Refusal::WrongToken)),
        (500, None, true, None),
        (429, None, false, None),
    ];
    for (status, code, with_token, expected) in cases {
        assert_eq!(Refusal::of(status, code, with_token), expected, "{status} {code:?}");
    }
}
