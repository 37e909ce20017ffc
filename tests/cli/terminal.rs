//! `resnet-lens classify` as users run it: output, errors, exit status.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::program::{self, errors, folder, golden, stdout, text};
use serde_json::{Value, json};

/// Runs the program with an own cache directory, so that the user's does not influence the test.
fn classify(arguments: &[&str]) -> Output {
    classify_with(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"), arguments)
}

fn classify_with(cache: &Path, arguments: &[&str]) -> Output {
    program::classify().args(arguments).env("XDG_CACHE_HOME", cache).output().expect("the program starts")
}

/// The objects that `--json` prints.
fn json_lines(output: &str) -> Vec<Value> {
    output.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// A file that cannot be decoded costs no other image of the batch its answer.
#[test]
fn a_batch_gives_the_answers_of_single_runs() {
    let broken = folder("batch").join("broken.png");
    fs::write(&broken, b"\x89PNG\r\n\x1a\nnothing").expect("a writable folder");
    let images = [&golden("rgb.png"), broken.to_str().expect("UTF-8"), &golden("rgb.jpg")];
    let classes = |extra: &[&str]| -> Vec<Value> {
        let output = classify(&[&["--json"], extra, &images].concat());
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert_eq!(errors(&output).len(), 1, "{}", text(&output.stderr));
        let lines = json_lines(&text(&output.stdout));
        lines.iter().map(|line| json!([line["image"], line["predictions"][0]["index"]])).collect()
    };
    let single = classes(&[]);
    assert_eq!(single.len(), 2);
    assert_eq!(classes(&["--batch", "3"]), single);
    assert_eq!(classes(&["--batch", "2", "--precision", "f16"]), single);
}

#[test]
fn precision_is_reported() {
    for format in ["f32", "f16"] {
        let arguments = ["--precision", format, &golden("rgb.png")];
        let printed = stdout(&classify(&arguments));
        let line = json_lines(&stdout(&classify(&[&["--json"][..], &arguments].concat()))).remove(0);
        assert_eq!(line["weights"], format);
        let products = line["products"].as_str().expect("a string");
        assert!(products == "f32" || products == format, "{products}");
        let expected = format!(", weights in {format}, products in {products}");
        assert!(printed.lines().next().is_some_and(|first| first.ends_with(&expected)), "{printed}");
    }
}

/// Linux only: the location of the cache directory and the use of Vulkan differ between systems.
#[cfg(target_os = "linux")]
#[test]
fn compiled_pipelines_are_kept_for_the_next_run() {
    let cache = folder("pipelines");
    let image = golden("rgb.png");
    let run = || {
        let output = classify_with(&cache, &["--device", "gpu", &image]);
        let classes: Vec<String> = stdout(&output).lines().skip(1).map(str::to_owned).collect();
        let notes = text(&output.stderr);
        let notes: Vec<String> = notes.lines().filter(|line| line.contains("pipelines")).map(str::to_owned).collect();
        (classes, notes)
    };
    let files = || -> Vec<PathBuf> {
        let entries = fs::read_dir(cache.join("resnet-lens"));
        entries.map_or(Vec::new(), |entries| entries.flatten().map(|entry| entry.path()).collect())
    };
    let (expected, notes) = run();
    assert_eq!((expected.len(), notes.len()), (5, 0), "{notes:?}");
    let [file] = &files()[..] else { panic!("expected one file, found {:?}", files()) };
    let name = file.file_name().and_then(|name| name.to_str()).expect("UTF-8");
    assert!(name.starts_with("pipelines-wgpu-pipeline-cache-vulkan-") && name.ends_with(".bin"), "{name}");
    let good = fs::read(file).expect("the file exists");

    // A run that compiles no pipeline does not write the file.
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    fs::File::options().write(true).open(file).and_then(|file| file.set_modified(old)).expect("a file with a date");
    assert_eq!(run(), (expected.clone(), vec![]));
    assert_eq!(fs::metadata(file).and_then(|metadata| metadata.modified()).expect("a file with a date"), old);

    // A file that cannot be used is reported once and replaced.
    fs::write(file, &good[..good.len() - 1]).expect("a writable file");
    let (classes, notes) = run();
    assert_eq!(classes, expected);
    assert!(notes.len() == 1 && notes[0].starts_with("note: ") && notes[0].contains("compiled again"), "{notes:?}");
    assert_eq!(fs::read(file).expect("the file exists").len(), good.len());
    assert_eq!(run(), (expected.clone(), vec![]));

    // A path that can neither be read nor written.
    fs::remove_file(file).and_then(|()| fs::create_dir(file)).expect("a writable folder");
    let (classes, notes) = run();
    assert_eq!((classes, notes.len()), (expected, 2), "{notes:?}");
    assert_eq!(files().len(), 1, "expected no other file, found {:?}", files());
}

#[test]
fn json_is_one_line_per_image() {
    let images = [golden("rgb.png"), golden("rgb.jpg")];
    let lines = json_lines(&stdout(&classify(&["--json", "--top", "3", &images[0], &images[1]])));
    assert_eq!(lines.len(), 2);
    for (line, image) in lines.iter().zip(&images) {
        assert_eq!(line["image"], **image);
        assert!(line["adapter"].is_string());
        let predictions = line["predictions"].as_array().expect("an array");
        assert_eq!(predictions.len(), 3);
        let probabilities: Vec<f64> = predictions.iter().map(|p| p["probability"].as_f64().unwrap()).collect();
        assert!(probabilities.is_sorted_by(|a, b| a >= b) && probabilities[0] <= 1.0, "{probabilities:?}");
        let named = |p: &Value| ["id", "label", "ko"].iter().all(|name| p[name].is_string());
        assert!(predictions.iter().all(|p| p["index"].is_u64() && named(p)), "{predictions:?}");
        assert!(["load", "first", "infer"].iter().all(|time| line["ms"][time].is_f64()), "{}", line["ms"]);
    }
}

#[test]
fn classes_are_named_in_the_requested_language() {
    let image = golden("rgb.png");
    let lines = |arguments: &[&str]| stdout(&classify(&[arguments, &[image.as_str()]].concat()));
    let answer = json_lines(&lines(&["--json"])).remove(0);
    for (language, name) in [("en", "label"), ("ko", "ko")] {
        let printed = lines(&["--lang", language]);
        for (line, class) in printed.lines().skip(1).zip(answer["predictions"].as_array().expect("an array")) {
            let expected = format!("  {}  {}", class["id"].as_str().unwrap(), class[name].as_str().unwrap());
            assert!(line.ends_with(&expected), "expected {expected:?} at the end, found {line:?}");
        }
        assert_eq!(printed.lines().count(), 6);
    }
    assert_eq!(lines(&["--lang", "en"]).lines().nth(1), lines(&[]).lines().nth(1));
    let refused = text(&classify(&["--lang", "de", &image]).stderr);
    assert!(refused.contains("language: expected en or ko, found \"de\""), "{refused}");
}

#[test]
fn own_labels_have_only_the_names_in_their_file() {
    let file = folder("labels").join("own.json");
    let labels: Vec<Value> = (0..107)
        .map(|index| match index % 3 {
            0 => Value::from(format!("thing {index}")),
            1 => json!({ "label": format!("thing {index}"), "ko": "물건" }),
            _ => Value::from("n12768682"),
        })
        .collect();
    fs::write(&file, Value::from(labels).to_string()).expect("a writable folder");
    let file = file.to_str().expect("UTF-8");
    let answer =
        json_lines(&stdout(&classify(&["--json", "--top", "107", "--labels", file, &golden("rgb.png")]))).remove(0);
    for class in answer["predictions"].as_array().expect("an array") {
        let index = class["index"].as_u64().expect("an integer");
        let expected = match index % 3 {
            0 => json!([null, format!("thing {index}"), null]),
            1 => json!([null, format!("thing {index}"), "물건"]),
            _ => json!(["n12768682", "buckeye", "칠엽수 열매"]),
        };
        assert_eq!(json!([class["id"], class["label"], class["ko"]]), expected);
    }
}

/// Labels and file names come from other people: neither may send escape sequences to the terminal.
#[test]
fn control_characters_are_escaped() {
    let folder = folder("escape");
    // An SGR sequence, its one-character C1 form, a title sequence, a line break, a right-to-left override.
    let hostile = "\u{1b}[31mred\u{9b}32m\u{1b}]0;title\u{7}\nsecond line\u{7f}\u{202e}gnp";
    let label = json!({ "id": hostile, "label": hostile, "ko": hostile });
    let labels = folder.join("labels.json");
    fs::write(&labels, Value::from(vec![label; 107]).to_string()).expect("a writable folder");
    let labels = labels.to_str().expect("UTF-8");
    let mut images = vec![golden("rgb.png"), "missing\u{1b}[2J.png".to_owned()];
    if cfg!(unix) {
        let image = folder.join("a\u{1b}[2J\u{9b}2J\n.png");
        fs::copy(&images[0], &image).expect("a writable folder");
        images.push(image.to_str().expect("UTF-8").to_owned());
    }
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    for arguments in [&["--lang", "en"][..], &["--lang", "ko"], &["--json"]] {
        let output = classify(&[arguments, &["--labels", labels], &images].concat());
        let printed = [&output.stdout, &output.stderr].map(|bytes| text(bytes));
        for printed in &printed {
            let found = printed.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
            assert_eq!(found, None, "{printed:?}");
        }
        assert_eq!(errors(&output).len(), 1, "{printed:?}");
        let answers = images.len() - 1;
        if arguments == ["--json"] {
            let lines = json_lines(&printed[0]);
            assert_eq!(lines.len(), answers);
            assert!(lines.iter().all(|line| line["predictions"][0]["label"] == hostile), "{printed:?}");
        } else {
            assert_eq!(printed[0].lines().count(), answers * 6, "{printed:?}");
            assert!(printed[0].contains(r"\u{1b}[31mred\u{9b}32m"), "{printed:?}");
        }
    }
}

#[test]
fn a_broken_file_is_reported_and_the_others_are_classified() {
    let folder = folder("mixed");
    fs::copy(golden("rgb.png"), folder.join("good.png")).unwrap();
    fs::write(folder.join("text.jpg"), "not an image").unwrap();
    fs::write(folder.join("empty.png"), "").unwrap();
    fs::write(folder.join("notes.txt"), "not read").unwrap();
    let output = classify(&[folder.to_str().unwrap(), "does-not-exist.png", "no-*-match.png"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout).matches("good.png").count(), 1);
    let errors = errors(&output);
    for name in ["text.jpg", "empty.png", "does-not-exist.png", "no-*-match.png"] {
        assert_eq!(errors.iter().filter(|line| line.matches(name).count() == 1).count(), 1, "{name}: {errors:?}");
    }
    assert_eq!(errors.len(), 4, "{errors:?}");
}

/// The layout of torchvision's `ImageFolder`: one directory per class.
#[test]
fn a_directory_is_read_with_its_directories() {
    let folder = folder("classes");
    for (class, name) in [("b", "2.png"), ("a", "1.JPG"), ("a/deep", "0.jpg")] {
        fs::create_dir_all(folder.join(class)).unwrap();
        let source = if name.ends_with("png") { "rgb.png" } else { "rgb.jpg" };
        fs::copy(golden(source), folder.join(class).join(name)).unwrap();
    }
    for name in ["a/notes.txt", "b/labels.csv", "b/.hidden", "b/model", "b/z.svg"] {
        fs::write(folder.join(name), "skipped").unwrap();
    }
    let output = classify(&["--json", folder.to_str().unwrap()]);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let names: Vec<String> =
        json_lines(&text(&output.stdout)).iter().map(|line| line["image"].as_str().unwrap().to_owned()).collect();
    let expected = ["a/1.JPG", "a/deep/0.jpg", "b/2.png"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    assert_eq!(names, expected);
    assert!(
        stderr.contains("skipped files without the extension of an image") && stderr.contains("a/notes.txt"),
        "{stderr}"
    );
    assert!(stderr.contains("and 2 more"), "{stderr}");
}

/// Weights whose sums exceed the largest `f32`.
#[test]
fn outputs_that_are_not_finite_are_one_sentence_per_image() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/resnet/basic.safetensors");
    let mut model = fs::read(source).expect("the golden file");
    let (length, rest) = model.split_first_chunk().expect("a length");
    let header = u64::from_le_bytes(*length) as usize;
    let tensors: Value = serde_json::from_slice(&rest[..header]).expect("JSON");
    let [start, end] = [0, 1].map(|at| tensors["fc.weight"]["data_offsets"][at].as_u64().expect("an offset") as usize);
    for value in model[8 + header..][start..end].chunks_exact_mut(4) {
        value.copy_from_slice(&3e38f32.to_le_bytes());
    }
    let file = folder("infinite").join("infinite.safetensors");
    fs::write(&file, model).expect("a writable folder");
    let images = [&golden("rgb.png")[..], &golden("rgb.jpg")];
    for options in [&[][..], &["--json"], &["--json", "--batch", "2"]] {
        let output = classify(&[options, &["--model", file.to_str().expect("UTF-8")], &images].concat());
        assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("", Some(1)), "{options:?}");
        let errors = errors(&output);
        assert_eq!(errors.len(), 2, "{options:?}: {errors:?}");
        assert!(errors.iter().all(|error| error.contains("finite numbers, found")), "{options:?}: {errors:?}");
    }
}

#[test]
fn a_bad_model_is_one_sentence() {
    let folder = folder("models");
    let half = folder.join("half.safetensors");
    let starter = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("www/assets/starter.safetensors")).unwrap();
    fs::write(&half, &starter[..starter.len() / 2]).unwrap();
    let output = classify(&["--model", half.to_str().unwrap(), &golden("rgb.png")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let errors = errors(&output);
    assert!(errors.len() == 1 && errors[0].contains("cut off"), "{errors:?}");
}

/// A checkpoint as PyTorch writes it is a model; a pickle that calls other functions is refused.
#[test]
fn a_pytorch_file_is_a_model() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/pytorch/checkpoint.pth");
    let lines = json_lines(&stdout(&classify(&["--json", "--model", model.to_str().unwrap(), &golden("rgb.png")])));
    assert_eq!(lines[0]["predictions"].as_array().map(Vec::len), Some(5));

    let hostile = folder("hostile").join("model.pth");
    fs::write(
        &hostile,
        b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02cos\nsystem\nX\x04\0\0\0echo\x85R.",
    )
    .expect("a writable folder");
    let output = classify(&["--model", hostile.to_str().unwrap(), &golden("rgb.png")]);
    assert_eq!(output.status.code(), Some(1));
    let errors = errors(&output);
    assert!(errors.len() == 1 && errors[0].contains("os.system"), "{errors:?}");
}

#[test]
fn an_edited_network_gives_other_answers() {
    let probability = |extra: &[&str]| {
        let output = stdout(&classify(&[&["--json", "--top", "1"], extra, &[&golden("rgb.png")]].concat()));
        json_lines(&output)[0]["predictions"][0]["probability"].as_f64().expect("a number")
    };
    let intact = probability(&[]);
    assert_ne!(probability(&["--edit", "branch:layer1.1:0"]), intact);
    let restored = probability(&["--edit", "branch:layer1.1:0", "--edit", "branch:layer1.1:1"]);
    assert!((restored - intact).abs() < 1e-4, "{restored}, {intact}");
    // A text that is no edit is an error of the command line, an edit that the network does not permit one of the command.
    let output = classify(&["--edit", "branch:layer1.1:5", &golden("rgb.png")]);
    assert_eq!(output.status.code(), Some(2));
    let expected = "the edit \"branch:layer1.1:5\": expected a factor from 0 to 2, found \"5\"";
    assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    let output = classify(&["--edit", "skip:layer9.0", &golden("rgb.png")]);
    assert_eq!(output.status.code(), Some(1));
    let message = errors(&output).join("\n");
    assert!(message.contains("the edit \"skip:layer9.0\": expected one of the blocks layer1.0 to"), "{message}");
}

#[test]
fn a_node_is_dumped_as_a_numpy_file() {
    let file = folder("dump").join("conv1.npy");
    stdout(&classify(&["--node", "conv1", "--dump", file.to_str().unwrap(), &golden("rgb.png")]));
    let bytes = fs::read(&file).unwrap();
    let array = npyz::NpyFile::new(&bytes[..]).unwrap();
    assert_eq!(array.shape(), [1, 16, 64, 64]);
    let values: Vec<f32> = array.into_vec().unwrap();
    assert!(values.iter().all(|value| value.is_finite()) && values.iter().any(|value| *value != 0.0));
}

/// For several nodes each file has the name of its node.
#[test]
fn gradients_are_dumped_as_numpy_files() {
    let folder = folder("gradients");
    let file = folder.join("g.npy");
    let nodes = ["--node", "input", "--node", "conv1"];
    let dump = ["--gradient", "5", "--dump", file.to_str().unwrap(), &golden("rgb.png")];
    stdout(&classify(&[&nodes[..], &dump].concat()));
    for (node, shape) in [("input", [1, 3, 128, 128]), ("conv1", [1, 16, 64, 64])] {
        let bytes = fs::read(folder.join(format!("g-{node}.npy"))).unwrap();
        let array = npyz::NpyFile::new(&bytes[..]).unwrap();
        assert_eq!(array.shape(), shape, "{node}");
        let values: Vec<f32> = array.into_vec().unwrap();
        assert!(values.iter().all(|value| value.is_finite()) && values.iter().any(|value| *value != 0.0), "{node}");
    }
    let arguments = ["--gradient", "107", "--node", "conv1", "--dump", file.to_str().unwrap(), &golden("rgb.png")];
    let output = classify(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let message = errors(&output).join("\n");
    assert!(message.contains("expected a channel below 107, found 107"), "{message}");
}

/// Help and usage errors need no GPU. They name the command to run instead.
#[test]
fn the_command_line_explains_itself() {
    let image = golden("rgb.png");
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_resnet-lens")).args(arguments).output().expect("it starts");
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let help: &[(&[&str], &str)] = &[
        (&["--help"], "Usage: resnet-lens"),
        (&["--version"], "resnet-lens "),
        (&["classify", "--help"], "hf:timm/resnet50.tv_in1k"),
        (&["classify", "-h"], "Usage: resnet-lens classify"),
        (&["help", "classify"], "Exit status"),
    ];
    for (arguments, words) in help {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(stdout.contains(words), "{arguments:?}: {stdout}");
    }
    let invalid: &[(&[&str], &str)] = &[
        (&[], "Usage: resnet-lens"),
        (&["classify"], "Usage: resnet-lens classify"),
        (&["clasify"], "'classify'"),
        (&[&image], "resnet-lens classify"),
        (&["classify", "--frobnicate", &image], "--frobnicate"),
        (&["classify", "--top", "0", &image], "--top"),
        (&["classify", "--node", "conv1", &image], "--dump"),
        (&["classify", "--gradient", "5", &image], "--node"),
        (&["classify", "--precision", "f8", &image], "expected auto, f32 or f16, found \"f8\""),
    ];
    for (arguments, words) in invalid {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(stderr.contains(words), "{arguments:?}: {stderr}");
    }
}
