//! The compute thread's side of a [`Channel`].

use std::collections::HashMap;

use super::channel::{Channel, Turn};
use super::request::{Request, answer};
use crate::cpu::convolution::Operands;

/// Carries out the engine's requests until its turn never comes again.
pub fn serve<C: Channel>(channel: &C) {
    let mut thread = ComputeThread::default();
    channel.pass_to(Turn::Engine);
    while channel.wait(Turn::Thread, None) {
        let done = Request::from_words(&channel.words()).is_some_and(|request| thread.carry_out(request, channel));
        channel.write_words(&answer(done));
        channel.pass_to(Turn::Engine);
    }
}

#[derive(Default)]
struct ComputeThread {
    /// By the number of what their buffer holds.
    weights: HashMap<u64, Vec<f32>>,
    operands: Vec<f32>,
    y: Vec<f32>,
}

impl ComputeThread {
    /// False if the thread cannot do it, as without enough memory.
    fn carry_out<C: Channel>(&mut self, request: Request, channel: &C) -> bool {
        match request {
            Request::Store { contents, length } => {
                let mut weights = Vec::new();
                let has_memory = resize(&mut weights, length);
                if has_memory {
                    channel.read(0, &mut weights);
                    self.weights.insert(contents, weights);
                }
                has_memory
            }
            Request::Drop { contents } => self.weights.remove(&contents).is_some(),
            Request::Convolve { contents, convolution, pixels, lengths } => {
                let Some(weights) = self.weights.get(&contents) else { return false };
                if !resize(&mut self.operands, lengths.iter().sum())
                    || !resize(&mut self.y, pixels.len() * convolution.outputs)
                {
                    return false;
                }
                channel.read(0, &mut self.operands);
                convolution.compute(pixels, &operands(&self.operands, lengths, weights), &mut self.y);
                channel.write(0, &self.y);
                true
            }
        }
    }
}

/// The operands that are stored one after the other.
fn operands<'a>(values: &'a [f32], [x, bias, affine, residual]: [usize; 4], weights: &'a [f32]) -> Operands<'a> {
    let mut rest = values;
    let mut take = |length: usize| {
        let (taken, left) = rest.split_at(length);
        rest = left;
        taken
    };
    Operands { x: take(x), weights, bias: take(bias), affine: take(affine), residual: take(residual) }
}

/// False if there is not enough memory.
fn resize(values: &mut Vec<f32>, length: usize) -> bool {
    let has_memory = values.try_reserve_exact(length.saturating_sub(values.len())).is_ok();
    if has_memory {
        values.resize(length, 0.0);
    }
    has_memory
}
