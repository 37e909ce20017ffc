//! Files beside a weight file: cards, configurations, class names. One that cannot be used is a note, not a refusal.

use std::fs;
use std::path::Path;

use crate::program::{self, folder, golden, stdout, text};

/// Copies the small golden network with its six classes to a folder with these files beside it, classifies an image, and returns the
/// label of the best class and standard error. `model` is the argument relative to the folder.
fn classify(name: &str, files: &[(&str, &str)], model: &str) -> (String, String) {
    let folder = folder(name);
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/resnet/basic.safetensors");
    fs::copy(weights, folder.join("model.safetensors")).expect("a writable folder");
    for (file, content) in files {
        fs::write(folder.join(file), content).expect("a writable folder");
    }
    let mut command = program::classify();
    command.args(["--json", "--top", "1", &golden("rgb.png"), "--model"]).arg(folder.join(model));
    let output = command.env("XDG_CACHE_HOME", folder.join("cache")).output().expect("the program starts");
    let line: serde_json::Value = serde_json::from_str(stdout(&output).trim()).expect("JSON");
    (line["predictions"][0]["label"].as_str().expect("a label").to_owned(), text(&output.stderr))
}

#[test]
fn class_names_and_settings_are_found() {
    let names = "one\ntwo\nthree\nfour\nfive\nsix\n";
    let (label, notes) = classify("beside-names", &[("labels.txt", names)], "model.safetensors");
    assert!(names.contains(&label) && notes.contains("labels.txt: the class names of this file are used"), "{notes}");
    let config = r#"{"architecture": "resnet18", "label_names": ["one", "two", "three", "four", "five", "six"],
        "pretrained_cfg": {"input_size": [3, 64, 64], "crop_pct": 1.0, "interpolation": "bilinear"}}"#;
    let (label, notes) = classify("beside-config", &[("config.json", config)], ".");
    assert!(names.contains(&label) && notes.contains("config.json: the settings of this file are used"), "{notes}");
}

#[test]
fn class_names_have_several_forms() {
    for (name, content) in [
        ("labels.csv", "index,name\n0,one\n1,two\n2,three\n3,four\n4,five\n5,six\n"),
        ("class_indices.json", r#"{"one": 0, "two": 1, "three": 2, "four": 3, "five": 4, "six": 5}"#),
    ] {
        let (label, notes) = classify("beside-forms", &[(name, content)], "model.safetensors");
        assert!(["one", "two", "three", "four", "five", "six"].contains(&&*label), "{label}: {notes}");
    }
}

/// A part of a network is refused by its name, and so is a folder of parts.
#[test]
fn a_network_in_several_files_is_one_sentence() {
    let folder = folder("beside-shards");
    let shard = folder.join("model-00001-of-00002.safetensors");
    fs::write(&shard, "").expect("a writable folder");
    for model in [&shard, &folder] {
        let mut command = program::classify();
        let output = command.arg(golden("rgb.png")).arg("--model").arg(model).output().expect("the program starts");
        let [error] = &program::errors(&output)[..] else { panic!("{}", text(&output.stderr)) };
        assert!(error.contains("found one in several (shards); load them in Python"), "{error}");
    }
}

#[test]
fn what_cannot_be_used_is_a_note() {
    let files = [("model.json", r#"{"lr": 0.1}"#), ("config.json", "{"), ("classes.txt", "one\ntwo\n")];
    let (label, notes) = classify("beside-broken", &files, "model.safetensors");
    assert!(label.starts_with("class "), "{label}");
    for words in
        ["model.json: the model card: ", "config.json: config.json of", "found 2; the files beside it are not used"]
    {
        assert!(notes.contains(words), "{words:?} is not in: {notes}");
    }
}
