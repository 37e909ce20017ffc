//! Predicted times of dispatches on named GPUs.
//!
//! A dispatch takes the longest of these times: its vector instructions, its workgroup memory, the caches of the compute units, its
//! values from memory, and the latency of one subgroup times the rounds of subgroups that a SIMD needs. A constant is added for the
//! dependence on the dispatch before. Compute units take whole workgroups, so that the fullest one decides.

use super::cases::Work;
use super::radv::Compiled;
use super::wave::Totals;

/// A GPU with RDNA2 compute units, which run the same machine code.
#[derive(Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Compute units, each with two SIMDs.
    pub units: f64,
    /// Cycles per second while it computes.
    pub hertz: f64,
    /// Bytes per second from memory.
    pub bandwidth: f64,
}

/// The GPUs of the report. Source: AMD's product pages; game clocks.
pub const TARGETS: [Target; 3] = [
    Target { name: "Radeon RX 6700 XT", units: 40.0, hertz: 2.424e9, bandwidth: 384e9 },
    Target { name: "Radeon RX 6900 XT", units: 80.0, hertz: 2.015e9, bandwidth: 512e9 },
    Target { name: "Radeon 680M", units: 12.0, hertz: 2.2e9, bandwidth: 102e9 },
];

/// Seconds between the last value of a dispatch and the first instruction of the next one.
const BETWEEN_DISPATCHES: f64 = 2e-6;
/// Bytes of workgroup memory per compute unit.
const LDS_BYTES: f64 = 65_536.0;
/// Bytes per cycle between a compute unit and its cache.
const CACHE_WIDTH: f64 = 64.0;

/// Subgroups of 32 lanes on each SIMD of a GPU if they were spread evenly; a subgroup of 64 counts twice.
pub fn waves(work: &Work, units: f64) -> f64 {
    groups(work) * work.call.kernel.workgroup as f64 / 32.0 / (2.0 * units)
}

fn groups(work: &Work) -> f64 {
    work.call.workgroups().iter().map(|count| f64::from(*count)).product()
}

/// The predicted seconds of one dispatch.
pub fn seconds(work: &Work, compiled: &Compiled, totals: &Totals, target: &Target) -> f64 {
    let lanes = f64::from(compiled.subgroup);
    let subgroups = (work.call.kernel.workgroup as f64 / lanes).ceil();
    let on_unit = (groups(work) / target.units).ceil() * subgroups;
    let on_simd = (on_unit / 2.0).ceil();
    // RADV counts a subgroup of 64 lanes as two.
    let by_registers = (f64::from(compiled.occupancy) * 32.0 / lanes).floor();
    let by_lds = (LDS_BYTES / f64::from(compiled.lds.max(1))).floor() * subgroups / 2.0;
    let resident = by_registers.min(by_lds).max(1.0);
    let rounds = (on_simd / resident).max(1.0);
    let cycles =
        [on_simd * totals.vector, rounds * totals.alone, on_unit * totals.lds, on_unit * totals.bytes / CACHE_WIDTH];
    let longest = cycles.into_iter().fold(0.0, f64::max) / target.hertz;
    longest.max(work.bytes as f64 / target.bandwidth) + BETWEEN_DISPATCHES
}
