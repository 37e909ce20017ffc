//! Times the same network in PyTorch on the same machine, with benches/torch_eager.py.

use std::path::Path;
use std::process::Command;

use resnet_lens::ResNetConfig;
use resnet_lens::resnet::StridePlacement;
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::measure::Measured;
use crate::network::Network;

/// Times of PyTorch, in milliseconds.
#[derive(Debug, Serialize, Deserialize)]
pub struct PyTorchTimes {
    device: String,
    /// `f32`, or `tf32` if CUDA rounds the factors of convolutions and matrix products to it.
    precision: String,
    batch: usize,
    /// Median of the warm runs: upload, network and read-back.
    wall: f64,
    /// GPU time of the network; `None` without CUDA.
    gpu: Option<f64>,
    torch: String,
}

/// Measures PyTorch in every precision that its device supports.
pub fn measure(python: &Path, network: &Network, batch: usize, seconds: f64) -> Result<Vec<PyTorchTimes>, Failure> {
    let ResNetConfig { width, inner, groups, in_channels, stride, .. } = network.config;
    if (width, inner, groups, in_channels, stride) != (64, 64, 1, 3, StridePlacement::Conv3x3) {
        return Err("--compare-pytorch: expected one of torchvision's ResNets, found another network".into());
    }
    let shape = network.input.shape();
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/torch_eager.py"))
        .args(["--network", &network.config.name().to_lowercase().replace('-', "")])
        .args(["--batch", &batch.to_string(), "--height", &shape.h.to_string(), "--width", &shape.w.to_string()])
        .args(["--classes", &network.config.classes.unwrap_or(0).to_string(), "--seconds", &seconds.to_string()])
        .output()
        .map_err(|error| format!("{}: {error}: expected a Python with torch and torchvision", python.display()))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(format!("benches/torch_eager.py failed: {}", stderr.lines().last().unwrap_or_default()).into());
    }
    Ok(serde_json::from_slice(&output.stdout).map_err(|error| format!("benches/torch_eager.py: {error}"))?)
}

impl PyTorchTimes {
    /// Prints the times, and how many times ours they are.
    pub fn print_against(&self, ours: &[Measured]) {
        let Self { device, precision, batch, wall, torch, .. } = self;
        println!("PyTorch {torch}, eager, channels last, batch {batch}, {precision} on {device}: {wall:.3} ms per run");
        for ours in ours {
            let format = ours.weights.name();
            println!("  {:.2} times ours with {format} weights", wall / ours.warm.median);
            if let (Some(theirs), Some(ours)) = (self.gpu, ours.gpu) {
                println!("  its GPU time {theirs:.3} ms, {:.2} times ours with {format} weights", theirs / ours);
            }
        }
        println!();
    }
}
