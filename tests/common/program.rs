//! Runs the command-line program and reads its output.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// `resnet-lens classify`.
pub fn classify() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_resnet-lens"));
    command.arg("classify");
    command
}

/// An empty folder with this name below cargo's folder for tests.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("cargo's folder for tests is writable");
    folder
}

/// The path of an image of the golden files.
pub fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/preprocess/decode").join(name);
    path.to_str().expect("a path in UTF-8").to_owned()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Standard output of a run that succeeded.
pub fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The lines of standard error that report a failure.
pub fn errors(output: &Output) -> Vec<String> {
    text(&output.stderr).lines().filter(|line| line.starts_with("error: ")).map(str::to_owned).collect()
}
