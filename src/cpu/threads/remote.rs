//! Compute threads without shared memory but a [`Channel`]: the engine copies a part of a convolution to each, computes its own part
//! meanwhile, and copies the results back.
//!
//! A thread that refuses a request, dies or takes too long is dropped: its part is computed by the engine, and no later convolution
//! waits for it.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use web_time::Instant;

use super::channel::{Channel, Turn};
use super::request::{Request, is_done};
use super::split::split;
use crate::cpu::convolution::{Convolution, Operands};

/// The least number of multiplications that a message to another thread and its answer pay off for: some tenths of a millisecond.
const WORTH: usize = 1 << 20;

/// A thread has this long for its answer, or [`PATIENCE`] times as long as the engine needs for a part of the same size.
const LIMIT: Duration = Duration::from_secs(2);
const PATIENCE: u32 = 10;

/// The engine's side of all its compute threads.
#[derive(Debug)]
pub struct RemoteThreads<C> {
    threads: Vec<RemoteThread<C>>,
}

impl<C> Default for RemoteThreads<C> {
    fn default() -> Self {
        Self { threads: Vec::new() }
    }
}

impl<C: Channel> RemoteThreads<C> {
    /// Adds a thread, which may still be starting.
    pub fn add(&mut self, channel: C) {
        self.threads.push(RemoteThread { channel, stored: HashSet::new(), obsolete: Vec::new(), lost: false });
    }

    /// The number of threads that compute, with the engine's own.
    pub fn count(&self) -> usize {
        1 + self.threads.len()
    }

    /// Has the threads drop the weights with this number before their next convolution.
    pub fn drop_contents(&mut self, contents: u64) {
        for thread in &mut self.threads {
            if thread.stored.remove(&contents) {
                thread.obsolete.push(contents);
            }
        }
    }

    /// Computes all pixels of `y`. `contents` is the number of what the buffer of the weights holds.
    pub fn compute(&mut self, convolution: &Convolution, whole: &Operands<'_>, contents: u64, y: &mut [f32]) {
        let pixels = y.len() / convolution.outputs;
        let ready = self.threads.iter_mut().filter(|thread| thread.channel.turn() == Turn::Engine);
        let mut ready: Vec<&mut RemoteThread<C>> = ready.collect();
        let mut parts = split(pixels, 1 + ready.len(), pixels * convolution.work_per_pixel(), WORTH).into_iter();
        let own = parts.next().unwrap_or_default();
        let values = |pixels: &Range<usize>| pixels.start * convolution.outputs..pixels.end * convolution.outputs;
        let compute = |pixels: Range<usize>, y: &mut [f32]| {
            let part = convolution.part(whole, pixels.clone());
            convolution.compute(pixels.clone(), &part, &mut y[values(&pixels)]);
        };
        let mut sent = Vec::new();
        let mut unsent = Vec::new();
        for (thread, pixels) in ready.iter_mut().zip(parts) {
            if thread.send(convolution, whole, contents, pixels.clone()) {
                sent.push((thread, pixels));
            } else {
                unsent.push(pixels);
            }
        }
        let started = Instant::now();
        compute(own, y);
        let limit = LIMIT.max(started.elapsed() * PATIENCE);
        for pixels in unsent {
            compute(pixels, y);
        }
        for (thread, pixels) in sent {
            if !thread.receive(&mut y[values(&pixels)], limit) {
                compute(pixels, y);
            }
        }
        self.threads.retain(|thread| !thread.lost);
    }
}

#[derive(Debug)]
struct RemoteThread<C> {
    channel: C,
    /// The numbers of the weights that it keeps.
    stored: HashSet<u64>,
    /// Weights that it keeps, but nobody needs.
    obsolete: Vec<u64>,
    lost: bool,
}

impl<C: Channel> RemoteThread<C> {
    /// Has the thread compute a range of output pixels. False if it cannot.
    fn send(&mut self, convolution: &Convolution, whole: &Operands<'_>, contents: u64, pixels: Range<usize>) -> bool {
        let part = convolution.part(whole, pixels.clone());
        let operands = [part.x, part.bias, part.affine, part.residual];
        let lengths = operands.map(<[f32]>::len);
        let needed = lengths.iter().sum::<usize>().max(pixels.len() * convolution.outputs).max(part.weights.len());
        if needed > self.channel.capacity() || !self.drop_obsolete() || !self.store(contents, part.weights) {
            return false;
        }
        let mut first = 0;
        for values in operands {
            self.channel.write(first, values);
            first += values.len();
        }
        self.request(&Request::Convolve { contents, convolution: *convolution, pixels, lengths });
        true
    }

    /// Waits for the values of the range that was sent. False if they do not come.
    fn receive(&mut self, y: &mut [f32], limit: Duration) -> bool {
        let done = self.is_answered(limit);
        if done {
            self.channel.read(0, y);
        }
        done
    }

    fn store(&mut self, contents: u64, weights: &[f32]) -> bool {
        if self.stored.contains(&contents) {
            return true;
        }
        self.channel.write(0, weights);
        self.request(&Request::Store { contents, length: weights.len() });
        let done = self.is_answered(LIMIT);
        if done {
            self.stored.insert(contents);
        }
        done
    }

    fn drop_obsolete(&mut self) -> bool {
        while let Some(contents) = self.obsolete.pop() {
            self.request(&Request::Drop { contents });
            if !self.is_answered(LIMIT) {
                return false;
            }
        }
        true
    }

    fn request(&self, request: &Request) {
        self.channel.write_words(&request.words());
        self.channel.pass_to(Turn::Thread);
    }

    /// Waits for the answer to a request. Without one, the thread is lost.
    fn is_answered(&mut self, limit: Duration) -> bool {
        let done = self.channel.wait(Turn::Engine, Some(limit)) && is_done(&self.channel.words());
        self.lost |= !done;
        done
    }
}
