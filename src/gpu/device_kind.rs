//! The kinds of devices.

use serde::Serialize;

/// Which device to open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// The fastest adapter of the system or the browser.
    #[default]
    Gpu,
    /// The CPU, without WebGPU or a driver.
    Cpu,
}
