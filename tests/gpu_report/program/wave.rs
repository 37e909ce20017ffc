//! The execution of one subgroup in the order of its program: what it issues, and how long it waits for memory if it is alone.
//!
//! RDNA2: a SIMD issues one vector instruction for 32 lanes per cycle, so that a subgroup of 64 occupies it for two cycles. A compute
//! unit reads or writes 128 bytes of workgroup memory and 64 bytes of its cache per cycle.
//! Source: AMD, "RDNA 2 Instruction Set Architecture", chapters 2 and 4; AMD, "RDNA architecture whitepaper", 2019. Latencies are
//! rounded from published measurements of such GPUs.

use std::collections::VecDeque;

use super::assembly::Kind;
use super::trips::{Counted, Step};

/// Cycles from a read of a buffer to its value, from the second-level or the last-level cache.
const LOAD_LATENCY: f64 = 400.0;
/// Cycles from a read of constants to their value.
const SCALAR_LATENCY: f64 = 100.0;
/// Cycles from a read of workgroup memory to its value, besides the transfer.
const LDS_LATENCY: f64 = 60.0;

/// Totals of one subgroup.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    /// Instructions.
    pub instructions: f64,
    /// Instructions that multiply floating-point numbers.
    pub products: f64,
    /// Cycles for which it occupies the vector unit of a SIMD.
    pub vector: f64,
    /// Cycles for which it occupies the workgroup memory of a compute unit.
    pub lds: f64,
    /// Bytes that it reads and writes through the cache of a compute unit.
    pub bytes: f64,
    /// Cycles until it ends, without other subgroups.
    pub alone: f64,
}

impl Totals {
    /// `self + times * (to - from)`.
    fn repeat(self, from: Self, to: Self, times: f64) -> Self {
        let add = |value: fn(&Self) -> f64| value(&self) + times * (value(&to) - value(&from));
        Self {
            instructions: add(|totals| totals.instructions),
            products: add(|totals| totals.products),
            vector: add(|totals| totals.vector),
            lds: add(|totals| totals.lds),
            bytes: add(|totals| totals.bytes),
            alone: add(|totals| totals.alone),
        }
    }
}

/// Executes a program. The second value is of the main loop, the one with the most products; zero without a loop.
pub fn execute(program: &Counted, lanes: u32) -> (Totals, Totals) {
    let mut wave = Wave { passes: f64::from(lanes) / 32.0, ..Wave::default() };
    let mut main = Totals::default();
    for step in &program.body {
        let before = wave.totals;
        wave.step(step);
        let spent = Totals::default().repeat(before, wave.totals, 1.0);
        if matches!(step, Step::Loop(_)) && spent.products > main.products {
            main = spent;
        }
    }
    (wave.totals, main)
}

#[derive(Default)]
struct Wave {
    passes: f64,
    totals: Totals,
    /// When the outstanding reads arrive, oldest first.
    loads: VecDeque<f64>,
    lds: VecDeque<f64>,
    lds_free: f64,
}

impl Wave {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Instruction(kind) => self.issue(*kind),
            Step::Loop(counted) => self.repeat(counted),
        }
    }

    /// Executes the body up to twice; further iterations take as long as the second.
    fn repeat(&mut self, counted: &Counted) {
        let once = |wave: &mut Self| counted.body.iter().for_each(|step| wave.step(step));
        let start = self.totals;
        once(self);
        if counted.trips < 1.0 {
            self.totals = start.repeat(start, self.totals, counted.trips);
        }
        if counted.trips > 1.0 {
            let before = self.totals;
            once(self);
            let extra = Totals::default().repeat(before, self.totals, counted.trips - 2.0);
            self.totals = self.totals.repeat(Totals::default(), extra, 1.0);
            for arrival in self.loads.iter_mut().chain(&mut self.lds).chain([&mut self.lds_free]) {
                *arrival += extra.alone;
            }
        }
    }

    fn issue(&mut self, kind: Kind) {
        self.totals.instructions += 1.0;
        let lanes = self.passes * 32.0;
        let mut cycles = 1.0;
        match kind {
            Kind::Product | Kind::Vector | Kind::SlowVector => {
                cycles = if kind == Kind::SlowVector { 4.0 * self.passes } else { self.passes };
                self.totals.vector += cycles;
                self.totals.products += f64::from(u8::from(kind == Kind::Product));
            }
            Kind::Scalar => {}
            Kind::ScalarLoad => self.lds.push_back(self.totals.alone + SCALAR_LATENCY),
            Kind::LdsRead(bytes) | Kind::LdsWrite(bytes) => {
                let transfer = lanes * f64::from(bytes) / 128.0;
                self.lds_free = self.lds_free.max(self.totals.alone) + transfer;
                self.totals.lds += transfer;
                self.lds.push_back(self.lds_free + LDS_LATENCY);
            }
            Kind::Load(bytes) => {
                self.totals.bytes += lanes * f64::from(bytes);
                self.loads.push_back(self.totals.alone + LOAD_LATENCY);
            }
            Kind::Store(bytes) => self.totals.bytes += lanes * f64::from(bytes),
            Kind::Wait { loads, lds } => {
                let now = &mut self.totals.alone;
                wait(&mut self.loads, loads, now);
                wait(&mut self.lds, lds, now);
            }
        }
        self.totals.alone += cycles;
    }
}

/// Waits until at most `limit` reads are outstanding; `None` does not wait.
fn wait(outstanding: &mut VecDeque<f64>, limit: Option<usize>, now: &mut f64) {
    while limit.is_some_and(|limit| outstanding.len() > limit) {
        *now = outstanding.pop_front().unwrap_or_default().max(*now);
    }
}
