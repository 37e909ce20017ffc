//! `resnet-lens compress`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::program::{self, errors, folder, golden, stdout, text};

fn run(command: &str, arguments: &[&Path]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_resnet-lens"));
    program.arg(command).args(arguments).env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    program.output().expect("the program starts")
}

fn repository(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// The compressed starter names the classes and gives nearly the same answer. Nothing is ever replaced.
#[test]
fn a_compressed_network_answers_as_before() {
    let folder = folder("compress");
    let (starter, small) = (repository("www/assets/starter.safetensors"), folder.join("small.safetensors"));
    let printed = stdout(&run("compress", &[&starter, &small]));
    assert!(printed.contains("small.safetensors: ResNet-50, 1.") && printed.ends_with("from 3.1 MB\n"), "{printed}");
    let answer = |model: &Path| {
        let model = model.to_str().expect("UTF-8");
        let mut command = program::classify();
        command.args(["--json", "--top", "1", "--model", model, &golden("rgb.png")]);
        let output = command.env("XDG_CACHE_HOME", folder.join("cache")).output().expect("the program starts");
        let line: serde_json::Value = serde_json::from_str(stdout(&output).trim()).expect("JSON");
        let best = &line["predictions"][0];
        (best["label"].clone(), best["probability"].as_f64().expect("a number"))
    };
    let (before, after) = (answer(&starter), answer(&small));
    assert!(before.0 == after.0 && (before.1 - after.1).abs() < 0.05, "{before:?} {after:?}");

    let bytes = fs::read(&small).expect("written");
    let html = folder.join("page.safetensors");
    fs::write(&html, "<!DOCTYPE html>").expect("a writable folder");
    let other = folder.join("other.safetensors");
    for (input, output, words) in [
        (&starter, &small, "expected no file there, found one, which is not replaced"),
        (&small, &other, "they have 8 bits already"),
        (&html, &other, "found a web page (HTML)"),
        (&folder.join("missing.pth"), &other, "missing.pth: "),
    ] {
        let refused = run("compress", &[input, output]);
        let errors = errors(&refused);
        assert_eq!((refused.status.code(), text(&refused.stdout).as_str()), (Some(1), ""));
        assert!(errors.len() == 1 && errors[0].contains(words), "{errors:?}");
    }
    assert_eq!(fs::read(&small).expect("as before"), bytes);
    let left: Vec<_> =
        fs::read_dir(&folder).expect("a folder").filter_map(|entry| Some(entry.ok()?.file_name())).collect();
    assert!(
        !left.iter().any(|name| name == "other.safetensors" || name.to_string_lossy().ends_with(".part")),
        "{left:?}"
    );
}

/// Preprocessing and names that the source has beside it are written beside the new file.
#[test]
fn the_card_goes_along() {
    let folder = folder("compress-card");
    let model = folder.join("model.safetensors");
    fs::copy(repository("tests/golden/resnet/basic.safetensors"), &model).expect("a writable folder");
    fs::write(folder.join("labels.txt"), "a\nb\nc\nd\ne\nf\n").expect("a writable folder");
    let small = folder.join("small.safetensors");
    let printed = run("compress", &[&model, &small]);
    assert!(stdout(&printed).contains("ResNet-10"), "{}", stdout(&printed));
    let card: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.join("small.json")).expect("a card")).expect("JSON");
    let size = fs::metadata(&small).expect("written").len();
    assert_eq!((&card["file"], &card["size"]), (&"small.safetensors".into(), &size.into()));
    assert_eq!(card["labels"][5]["label"], "f");
}
