//! `resnet-lens classify` for many images: lists, shares, and runs that are continued.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use crate::program::{self, errors, folder, golden, stdout, text};
use serde_json::Value;

/// The images of a test, in the order of their names.
fn images(folder: &Path, count: usize) -> Vec<PathBuf> {
    let paths: Vec<_> = (0..count).map(|index| folder.join(format!("{index}.png"))).collect();
    for path in &paths {
        fs::copy(golden("rgb.png"), path).expect("a writable folder");
    }
    paths
}

fn classify(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = program::classify();
    command.args(["--device", "cpu"]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // A program that fails early does not read its input.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("the program ends")
}

/// The names of the images in a file of answers.
fn names(lines: &str) -> Vec<String> {
    let name = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let path = line["image"].as_str().expect("a path");
        Path::new(path).file_name().expect("a name").to_string_lossy().into_owned()
    };
    lines.lines().map(name).collect()
}

#[test]
fn a_list_is_read_from_standard_input_and_from_a_file() {
    let folder = folder("list");
    let paths = images(&folder, 3);
    let joined = |separator: &str| paths.iter().map(|path| path.display().to_string() + separator).collect::<String>();
    let expected = ["0.png", "1.png", "2.png"];
    assert_eq!(names(&stdout(&classify(&["--json", "--files", "-"], joined("\r\n\n").as_bytes()))), expected);
    assert_eq!(names(&stdout(&classify(&["--json", "--files", "-"], joined("\0").as_bytes()))), expected);
    let list = folder.join("list.txt");
    fs::write(&list, joined("\n")).expect("a writable folder");
    assert_eq!(names(&stdout(&classify(&["--json", "--files", list.to_str().expect("UTF-8")], b""))), expected);
}

#[test]
fn shares_are_disjoint_and_complete() {
    let folder = folder("shares");
    images(&folder, 5);
    let folder = folder.to_str().expect("UTF-8");
    let share = |shard: &str| names(&stdout(&classify(&["--json", "--shard", shard, folder], b"")));
    assert_eq!(share("1/2"), ["0.png", "2.png", "4.png"]);
    assert_eq!(share("2/2"), ["1.png", "3.png"]);
    for wrong in ["0/2", "3/2", "1", "a/b", "1/0"] {
        let output = classify(&["--shard", wrong, folder], b"");
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(text(&output.stderr).contains("expected I/N with I from 1 to N, as in 3/16"), "{wrong}");
    }
}

/// The run stops in the middle of the third line; an image that fails is tried again.
#[test]
fn an_interrupted_run_is_continued() {
    let folder = folder("resume");
    let paths = images(&folder, 4);
    fs::write(&paths[1], b"nothing").expect("a writable folder");
    let (answers, images) = (folder.join("answers.jsonl"), folder.to_str().expect("UTF-8"));
    let run = || classify(&["--resume", answers.to_str().expect("UTF-8"), "--batch", "2", images], b"");
    let output = run();
    assert_eq!((output.status.code(), errors(&output).len()), (Some(1), 1), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "");
    let complete = fs::read_to_string(&answers).expect("a file");
    assert_eq!(names(&complete), ["0.png", "2.png", "3.png"]);

    let torn = complete.len() - 20;
    fs::write(&answers, &complete[..torn]).expect("a writable file");
    fs::copy(&paths[0], &paths[1]).expect("a writable folder");
    let output = run();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("removed an incomplete last line"), "{}", text(&output.stderr));
    let continued = fs::read_to_string(&answers).expect("a file");
    assert_eq!(names(&continued), ["0.png", "2.png", "1.png", "3.png"]);
    let first_two = complete.lines().take(2).collect::<Vec<_>>().join("\n");
    assert!(continued.starts_with(&first_two), "answers that were complete stay");

    // The last line may end within its first member's name, and within a character.
    let photo = "{\"image\":\"\u{ac00}".as_bytes();
    for torn in [&photo[..2], &photo[..photo.len() - 1]] {
        fs::write(&answers, [continued.as_bytes(), torn].concat()).expect("a writable file");
        let output = run();
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(fs::read_to_string(&answers).expect("a file"), continued);
    }
}

#[test]
fn other_files_and_answers_of_other_models_are_not_changed() {
    let folder = folder("other-answers");
    let answers = folder.join("notes.txt");
    for (content, expected) in [
        ("my notes", "line 1: expected an answer of resnet-lens as JSON, found my notes"),
        ("{\"image\": \"a.png\"}\n", "line 1: expected an answer of resnet-lens as JSON, found {\"image\": \"a.png\"}"),
        (
            "{\"image\":\"a.png\",\"model\":\"ResNet-9\",\"predictions\":[]}\n",
            "line 1: expected an answer of Starter ResNet-50, quarter width, found one of ResNet-9",
        ),
    ] {
        fs::write(&answers, content).expect("a writable folder");
        let output = classify(&["--resume", answers.to_str().expect("UTF-8"), &golden("rgb.png")], b"");
        assert_eq!(output.status.code(), Some(1));
        assert!(errors(&output).concat().contains(expected), "{}", text(&output.stderr));
        assert_eq!(fs::read_to_string(&answers).expect("a file"), content);
    }
}

#[test]
fn a_file_of_answers_belongs_to_one_process() {
    let folder = folder("locked");
    let answers = folder.join("answers.jsonl");
    let file = fs::File::create(&answers).expect("a writable folder");
    file.lock().expect("a file system with locks");
    let output = classify(&["--resume", answers.to_str().expect("UTF-8"), &golden("rgb.png")], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        errors(&output).concat().contains("expected a file that no other process writes"),
        "{}",
        text(&output.stderr)
    );
}
