//! The examples run and print what they promise.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs an example and returns the lines it prints.
///
/// `cargo test` builds the examples with the tests; `cargo test --test sources` alone does not.
fn run(name: &str, arguments: &[&str]) -> Vec<String> {
    let test = std::env::current_exe().expect("the path of this test");
    let build = test.ancestors().nth(2).expect("tests are built in deps, next to examples");
    let program = build.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(format!("{name}.rs"));
    let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    assert!(modified(&program) >= modified(&source), "{name} is not up to date: run cargo build --examples first");
    let output = Command::new(program).args(arguments).output().expect("the example starts");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

fn image() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/preprocess/decode/rgb.png").to_owned()
}

#[test]
fn classify_prints_five_classes() {
    let lines = run("classify", &[&image()]);
    assert_eq!(lines.len(), 5, "{lines:?}");
    let percent = |line: &String| line.split_once(" %  ").and_then(|(number, _)| number.trim().parse::<f32>().ok());
    let percents: Vec<f32> = lines.iter().filter_map(percent).collect();
    assert!(percents.len() == 5 && percents.is_sorted_by(|a, b| a >= b), "{lines:?}");
}

#[test]
fn read_node_lists_nodes_and_prints_channels() {
    let nodes = run("read_node", &[&image()]);
    assert!(nodes.iter().any(|line| line.starts_with("layer1.0.conv1 ") && line.contains("Conv2d")), "{nodes:?}");
    let lines = run("read_node", &[&image(), "conv1"]);
    assert_eq!(lines[0], "conv1: [1, 16, 64, 64], NCHW");
    assert_eq!(lines.len(), 17);
    assert!(lines[1].starts_with("channel 0: minimum "), "{lines:?}");
}

#[test]
fn build_network_prints_the_edges_of_a_rectangle() {
    let lines = run("build_network", &[]);
    let after = |name: &str| {
        let start = lines.iter().position(|line| line == name).unwrap_or_else(|| panic!("{name} in {lines:?}"));
        lines[start + 1..start + 7].to_vec()
    };
    let edges = after("edges:");
    assert_eq!(edges[1], "   0   0  -1  -1  -1  -1   0   0");
    assert_eq!(edges[2], "   0  -1   2   1   1   2  -1   0");
    assert_eq!(after("output:")[2], "   0   0   3   2   2   3   0   0");
}
