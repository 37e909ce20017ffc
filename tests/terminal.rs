//! The terminal example as people call it: what it prints, where its errors go, how it exits.
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Without what the user's own runs left in the cache directory.
fn classify(arguments: &[&str]) -> Output {
    classify_with(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"), arguments)
}

/// `cargo test` builds the examples beside the tests; `cargo test --test terminal` alone does not.
fn classify_with(cache: &Path, arguments: &[&str]) -> Output {
    let tests = std::env::current_exe().expect("a test knows itself");
    let build = tests.ancestors().nth(2).expect("tests lie in deps below the build folder");
    let program = build.join("examples").join(format!("classify{}", std::env::consts::EXE_SUFFIX));
    assert!(program.is_file(), "{}: not built: cargo build --example classify", program.display());
    Command::new(program).args(arguments).env("XDG_CACHE_HOME", cache).output().expect("the example starts")
}

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/preprocess/decode").join(name);
    path.to_str().expect("a path that is text").to_owned()
}

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the build folder can be written");
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// Lines of the error stream that report a failure.
fn errors(output: &Output) -> Vec<String> {
    text(&output.stderr).lines().filter(|line| line.starts_with("error: ")).map(str::to_owned).collect()
}

/// A broken file in the midst of a batch takes nobody's answer away.
#[test]
fn a_batch_prints_what_single_pictures_do() {
    let broken = folder("batch").join("broken.png");
    fs::write(&broken, b"\x89PNG\r\n\x1a\nnothing").expect("it can be written");
    let images = [&golden("rgb.png"), broken.to_str().expect("text"), &golden("rgb.jpg")];
    let classes = |extra: &[&str]| -> Vec<Value> {
        let output = classify(&[&["--json"], extra, &images].concat());
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert_eq!(errors(&output).len(), 1, "{}", text(&output.stderr));
        let lines = text(&output.stdout);
        let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines.map(|line| serde_json::json!([line["image"], line["predictions"][0]["index"]])).collect()
    };
    let single = classes(&[]);
    assert_eq!(single.len(), 2);
    assert_eq!(classes(&["--batch", "3"]), single);
    assert_eq!(classes(&["--batch", "2", "--precision", "f16"]), single);
}

#[test]
fn precision_is_told() {
    for format in ["f32", "f16"] {
        let arguments = ["--precision", format, &golden("rgb.png")];
        let told = text(&classify(&arguments).stdout);
        let answer = text(&classify(&[&["--json"][..], &arguments].concat()).stdout);
        let line: Value = serde_json::from_str(&answer).expect("a line of JSON");
        assert_eq!(line["weights"], format);
        let products = line["products"].as_str().expect("a word");
        assert!(products == "f32" || products == format, "{products}");
        let expected = format!(", weights in {format}, products in {products}");
        assert!(told.lines().next().is_some_and(|first| first.ends_with(&expected)), "{told}");
    }
}

/// Other systems have their cache directory elsewhere, and not all of them Vulkan.
#[cfg(target_os = "linux")]
#[test]
fn compiled_pipelines_are_kept_for_the_next_run() {
    let cache = folder("pipelines");
    let below = cache.join("resnet-lens");
    let image = golden("rgb.png");
    let run = || {
        let output = classify_with(&cache, &[&image]);
        let told = text(&output.stderr);
        assert!(output.status.success(), "{told}");
        let notes: Vec<String> = told.lines().filter(|line| line.contains("pipelines")).map(str::to_owned).collect();
        (text(&output.stdout).lines().skip(1).map(str::to_owned).collect::<Vec<_>>(), notes)
    };
    let kept =
        || -> Vec<PathBuf> { fs::read_dir(&below).map_or(Vec::new(), |all| all.flatten().map(|e| e.path()).collect()) };
    let (expected, notes) = run();
    assert_eq!((expected.len(), notes.len()), (5, 0), "{notes:?}");
    let [file] = &kept()[..] else { panic!("expected one file, found {:?}", kept()) };
    let name = file.file_name().and_then(|name| name.to_str()).expect("text");
    assert!(name.starts_with("pipelines-wgpu-pipeline-cache-vulkan-") && name.ends_with(".bin"), "{name}");
    let good = fs::read(file).expect("it is there");

    // Nothing new: not written again.
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    fs::File::options().write(true).open(file).and_then(|file| file.set_modified(long_ago)).expect("it has a date");
    assert_eq!(run(), (expected.clone(), vec![]));
    assert_eq!(fs::metadata(file).and_then(|about| about.modified()).expect("it has a date"), long_ago);

    // It is read: what is broken is reported once and replaced.
    fs::write(file, &good[..good.len() - 1]).expect("it can be written");
    let (answer, notes) = run();
    assert_eq!(answer, expected);
    assert!(notes.len() == 1 && notes[0].starts_with("note: ") && notes[0].contains("compiled anew"), "{notes:?}");
    assert_eq!(fs::read(file).expect("it is there").len(), good.len());
    assert_eq!(run(), (expected.clone(), vec![]));

    // Neither can it be read nor written.
    fs::remove_file(file).and_then(|()| fs::create_dir(file)).expect("it can be replaced");
    let (answer, notes) = run();
    assert_eq!((answer, notes.len()), (expected, 2), "{notes:?}");
    assert_eq!(kept().len(), 1, "something was left behind: {:?}", kept());
}

#[test]
fn json_is_a_line_a_picture() {
    let images = [golden("rgb.png"), golden("rgb.jpg")];
    let output = classify(&["--json", "--top", "3", &images[0], &images[1]]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    for (line, image) in lines.iter().zip(&images) {
        assert_eq!(line["image"], **image);
        assert!(line["adapter"].is_string());
        let predictions = line["predictions"].as_array().expect("a list");
        assert_eq!(predictions.len(), 3);
        let probabilities: Vec<f64> = predictions.iter().map(|p| p["probability"].as_f64().unwrap()).collect();
        assert!(probabilities.is_sorted_by(|a, b| a >= b) && probabilities[0] <= 1.0, "{probabilities:?}");
        let named = |p: &Value| ["id", "label", "ko"].iter().all(|name| p[name].is_string());
        assert!(predictions.iter().all(|p| p["index"].is_u64() && named(p)), "{predictions:?}");
        assert!(["load", "first", "infer"].iter().all(|time| line["ms"][time].is_f64()), "{}", line["ms"]);
    }
}

#[test]
fn classes_are_named_in_the_language_asked_for() {
    let image = golden("rgb.png");
    let lines = |arguments: &[&str]| {
        let output = classify(&[arguments, &[image.as_str()]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let answer: Value = serde_json::from_str(&lines(&["--json"])).expect("a line of JSON");
    for (language, name) in [("en", "label"), ("ko", "ko")] {
        let told = lines(&["--lang", language]);
        for (line, class) in told.lines().skip(1).zip(answer["predictions"].as_array().expect("a list")) {
            let expected = format!("  {}  {}", class["id"].as_str().unwrap(), class[name].as_str().unwrap());
            assert!(line.ends_with(&expected), "expected {expected:?} at the end, found {line:?}");
        }
        assert_eq!(told.lines().count(), 6);
    }
    assert_eq!(lines(&["--lang", "en"]).lines().nth(1), lines(&[]).lines().nth(1));
    let refused = text(&classify(&["--lang", "de", &image]).stderr);
    assert!(refused.contains("language: expected en or ko, found \"de\""), "{refused}");
}

#[test]
fn labels_of_ones_own_have_no_more_names_than_they_say() {
    let file = folder("labels").join("mine.json");
    let mine: Vec<Value> = (0..107)
        .map(|index| match index % 3 {
            0 => Value::from(format!("thing {index}")),
            1 => serde_json::json!({ "label": format!("thing {index}"), "ko": "물건" }),
            _ => Value::from("n12768682"),
        })
        .collect();
    fs::write(&file, Value::from(mine).to_string()).expect("it can be written");
    let file = file.to_str().expect("text");
    let output = classify(&["--json", "--top", "107", "--labels", file, &golden("rgb.png")]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let answer: Value = serde_json::from_str(&text(&output.stdout)).expect("a line of JSON");
    for class in answer["predictions"].as_array().expect("a list") {
        let index = class["index"].as_u64().expect("a number");
        let expected = match index % 3 {
            0 => serde_json::json!([null, format!("thing {index}"), null]),
            1 => serde_json::json!([null, format!("thing {index}"), "물건"]),
            _ => serde_json::json!(["n12768682", "buckeye", "칠엽수 열매"]),
        };
        assert_eq!(serde_json::json!([class["id"], class["label"], class["ko"]]), expected);
    }
}

#[test]
fn a_broken_file_is_reported_and_the_rest_goes_on() {
    let folder = folder("mixed");
    fs::copy(golden("rgb.png"), folder.join("good.png")).unwrap();
    fs::write(folder.join("text.jpg"), "no image").unwrap();
    fs::write(folder.join("empty.png"), "").unwrap();
    fs::write(folder.join("notes.txt"), "not looked at").unwrap();
    let output = classify(&[folder.to_str().unwrap(), "does-not-exist.png", "no-*-match.png"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout).matches("good.png").count(), 1);
    let errors = errors(&output);
    for name in ["text.jpg", "empty.png", "does-not-exist.png", "no-*-match.png"] {
        assert_eq!(errors.iter().filter(|line| line.matches(name).count() == 1).count(), 1, "{name}: {errors:?}");
    }
    assert_eq!(errors.len(), 4, "{errors:?}");
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

/// Of a checkpoint as PyTorch writes it; one that asks for more than tensors is not followed.
#[test]
fn a_pytorch_file_is_a_model() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/pytorch/checkpoint.pth");
    let output = classify(&["--json", "--model", model.to_str().unwrap(), &golden("rgb.png")]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let line: Value = serde_json::from_str(&text(&output.stdout)).expect("JSON");
    assert_eq!(line["predictions"].as_array().map(Vec::len), Some(5));

    let hostile = folder("hostile").join("model.pth");
    fs::write(
        &hostile,
        b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02cos\nsystem\nX\x04\0\0\0echo\x85R.",
    )
    .expect("it can be written");
    let output = classify(&["--model", hostile.to_str().unwrap(), &golden("rgb.png")]);
    assert_eq!(output.status.code(), Some(1));
    let errors = errors(&output);
    assert!(
        errors.len() == 1 && errors[0].contains("found a mention of os.system, which is not followed"),
        "{errors:?}"
    );
}

#[test]
fn a_node_is_dumped_as_numpy_reads_it() {
    let file = folder("dump").join("conv1.npy");
    let image = golden("rgb.png");
    let output = classify(&["--node", "conv1", "--dump", file.to_str().unwrap(), &image]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let bytes = fs::read(&file).unwrap();
    let array = npyz::NpyFile::new(&bytes[..]).unwrap();
    assert_eq!(array.shape(), [1, 16, 64, 64]);
    let values: Vec<f32> = array.into_vec().unwrap();
    assert!(values.iter().all(|value| value.is_finite()) && values.iter().any(|value| *value != 0.0));
}
