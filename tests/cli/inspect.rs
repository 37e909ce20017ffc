//! `resnet-lens inspect`, `operate`, `bench` and `completions` as users run them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::program::{errors, folder, golden, stdout, text};
use serde_json::Value;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_resnet-lens")).args(arguments).output().expect("the program starts")
}

fn json_lines(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn inspect_lists_the_layers() {
    let table = stdout(&run(&["inspect", "--device", "cpu"]));
    let lines: Vec<&str> = table.lines().collect();
    let json = json_lines(&run(&["inspect", "--device", "cpu", "--json"]));
    assert_eq!(lines.len(), json.len() + 1);
    assert!(lines[0].starts_with("node "), "{}", lines[0]);
    for (line, json) in lines[1..].iter().zip(&json) {
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(
            (cells[0], cells[1]),
            (json["name"].as_str().expect("a name"), json["op"].as_str().expect("a class"))
        );
    }
    assert!(json.iter().all(|line| line.get("statistics").is_none()));
}

#[test]
fn inspect_measures_and_draws_a_node() {
    let folder = folder("sheets");
    let sheet = folder.join("sheet.png");
    let arguments = ["inspect", "--device", "cpu", "--json", "--node", "conv1", "--node", "fc", "--sheet"];
    let output = run(&[&arguments[..], &[sheet.to_str().expect("UTF-8"), &golden("rgb.png")]].concat());
    let lines = json_lines(&output);
    assert_eq!(lines.len(), 2);
    let statistics = &lines[0]["statistics"];
    let channels = lines[0]["shape"][1].as_u64().expect("a number") as usize;
    assert_eq!(statistics["channels"]["mean"].as_array().expect("a list").len(), channels);
    assert!(statistics["layer"]["max"].as_f64() > statistics["layer"]["min"].as_f64());
    for name in ["sheet-conv1.png", "sheet-fc.png"] {
        let image = image::open(folder.join(name)).expect("a PNG file").into_rgba8();
        let colours: std::collections::HashSet<_> = image.pixels().collect();
        assert!(colours.len() > 10, "{name}: {} colours", colours.len());
        assert!(!sheet.exists(), "several nodes have files of their own");
    }
}

#[test]
fn inspect_names_a_node_that_is_missing() {
    let output = run(&["inspect", "--device", "cpu", "--node", "layer9.0", &golden("rgb.png")]);
    assert_eq!(output.status.code(), Some(1));
    let expected = "expected the name of a node, as 'resnet-lens inspect' lists them, found layer9.0";
    assert!(errors(&output).concat().contains(expected), "{}", text(&output.stderr));
}

#[test]
fn operate_compares_answers() {
    let image = golden("rgb.png");
    let answers = json_lines(&run(&["operate", "--device", "cpu", "--json", "--edit", "branch:layer2.0:0", &image]));
    let probability = |which: &str| answers[0][which][0]["probability"].as_f64().expect("a number");
    assert_eq!(answers[0]["intact"].as_array().expect("a list").len(), 5);
    assert!((probability("intact") - probability("edited")).abs() > 1e-3);
    let table = stdout(&run(&["operate", "--device", "cpu", "--top", "1", "--edit", "branch:layer2.0:0", &image]));
    let shown = format!("{:.1} %", probability("intact") * 100.0);
    assert!(table.lines().nth(1).is_some_and(|line| line.contains(&shown)), "{table}");
}

#[test]
fn operate_measures_blocks() {
    let image = golden("rgb.png");
    let blocks = json_lines(&run(&["operate", "--device", "cpu", "--json", &image]));
    let table = stdout(&run(&["operate", "--device", "cpu", &image]));
    // The class, the header, one line per block.
    assert_eq!(table.lines().count(), blocks.len() + 2);
    for (line, block) in table.lines().skip(2).zip(&blocks) {
        assert!(line.starts_with(block["block"].as_str().expect("a name")), "{line}");
        assert!(block["shortcut"].as_f64().is_some_and(|norm| norm > 0.0), "{block}");
        assert!(block["probability"].as_f64().is_some_and(|value| (0.0..=1.0).contains(&value)), "{block}");
    }
}

#[test]
fn bench_reports_times() {
    let report = &json_lines(&run(&["bench", "--device", "cpu", "--runs", "3", "--batch", "2", "--json"]))[0];
    let time = |name: &str| report[name].as_f64().expect("a number");
    assert!(time("min") > 0.0 && time("min") <= time("median"), "{report}");
    assert_eq!(report["batch"], 2);
    let printed = stdout(&run(&["bench", "--device", "cpu", "--runs", "1"]));
    assert!(printed.contains("ms per image (median of 1)"), "{printed}");
}

#[test]
fn completions_name_every_command() {
    let script = stdout(&run(&["completions", "bash"]));
    for command in ["classify", "inspect", "operate", "bench", "compress", "completions"] {
        assert!(script.contains(command), "{command}");
    }
    if Path::new("/bin/bash").exists() {
        let file = folder("completions").join("resnet-lens.bash");
        fs::write(&file, &script).expect("a writable folder");
        let checked = Command::new("/bin/bash").arg("-n").arg(&file).status().expect("bash starts");
        assert!(checked.success());
    }
}
