//! Compute threads of a browser: workers that share a `SharedArrayBuffer` with the engine's worker.
//!
//! | bytes | |
//! |---|---|
//! | 0 to 3 | whose turn it is: 0 nobody's, 1 the engine's, 2 the thread's; `Atomics.wait` and `Atomics.notify` |
//! | 4 to 131 | the message, see [`super::request`] |
//! | from 256 on | the values |

use std::cell::RefCell;
use std::time::Duration;

use js_sys::{Atomics, Float32Array, Int32Array, SharedArrayBuffer, Uint32Array};
use web_sys::Worker;
use web_time::Instant;

use super::channel::{Channel, Turn, WORDS};
use super::remote::RemoteThreads;
use super::serve::serve;
use crate::cpu::convolution::{Convolution, Operands};

/// Where the values begin.
const VALUES: u32 = 256;

thread_local! {
    static THREADS: RefCell<RemoteThreads<SharedMemory>> = RefCell::default();
}

/// Adds a worker, which calls [`serve_memory`] with the same memory.
pub(crate) fn add(memory: &SharedArrayBuffer, worker: Worker) {
    THREADS.with_borrow_mut(|threads| threads.add(SharedMemory::new(memory, Some(worker))));
}

/// Carries out the engine's requests; does not return.
pub(crate) fn serve_memory(memory: &SharedArrayBuffer) {
    serve(&SharedMemory::new(memory, None));
}

/// Computes all pixels of `y`; see [`RemoteThreads::compute`].
pub(crate) fn compute(convolution: &Convolution, whole: &Operands<'_>, contents: u64, y: &mut [f32]) {
    THREADS.with_borrow_mut(|threads| threads.compute(convolution, whole, contents, y));
}

/// The number of threads that compute.
pub(crate) fn count() -> usize {
    THREADS.with_borrow(RemoteThreads::count)
}

/// See [`RemoteThreads::drop_contents`].
pub(crate) fn drop_contents(contents: u64) {
    THREADS.with_borrow_mut(|threads| threads.drop_contents(contents));
}

/// A `SharedArrayBuffer`, and on the engine's side the worker at its other end, which ends with it.
#[derive(Debug)]
struct SharedMemory {
    turn: Int32Array,
    words: Uint32Array,
    values: Float32Array,
    worker: Option<Worker>,
}

impl Drop for SharedMemory {
    fn drop(&mut self) {
        if let Some(worker) = &self.worker {
            worker.terminate();
        }
    }
}

impl SharedMemory {
    fn new(memory: &SharedArrayBuffer, worker: Option<Worker>) -> Self {
        Self {
            turn: Int32Array::new_with_byte_offset_and_length(memory, 0, 1),
            words: Uint32Array::new_with_byte_offset_and_length(memory, 4, WORDS as u32),
            values: Float32Array::new_with_byte_offset(memory, VALUES),
            worker,
        }
    }

    fn part(&self, first: usize, length: usize) -> Float32Array {
        self.values.subarray(first as u32, (first + length) as u32)
    }
}

fn number(turn: Turn) -> i32 {
    match turn {
        Turn::Starting => 0,
        Turn::Engine => 1,
        Turn::Thread => 2,
    }
}

impl Channel for SharedMemory {
    fn capacity(&self) -> usize {
        self.values.length() as usize
    }

    fn turn(&self) -> Turn {
        match Atomics::load(&self.turn, 0) {
            Ok(1) => Turn::Engine,
            Ok(2) => Turn::Thread,
            _ => Turn::Starting,
        }
    }

    fn pass_to(&self, turn: Turn) {
        // Both fail only for an array of another type.
        let _ = Atomics::store(&self.turn, 0, number(turn));
        let _ = Atomics::notify(&self.turn, 0);
    }

    fn wait(&self, turn: Turn, limit: Option<Duration>) -> bool {
        let started = Instant::now();
        loop {
            let now = self.turn();
            if now == turn {
                return true;
            }
            let milliseconds =
                limit.map_or(f64::INFINITY, |limit| limit.saturating_sub(started.elapsed()).as_secs_f64() * 1e3);
            if milliseconds == 0.0 || Atomics::wait_with_timeout(&self.turn, 0, number(now), milliseconds).is_err() {
                return false;
            }
        }
    }

    fn write_words(&self, words: &[u32; WORDS]) {
        self.words.copy_from(words);
    }

    fn words(&self) -> [u32; WORDS] {
        let mut words = [0; WORDS];
        self.words.copy_to(&mut words);
        words
    }

    fn write(&self, first: usize, values: &[f32]) {
        self.part(first, values.len()).copy_from(values);
    }

    fn read(&self, first: usize, values: &mut [f32]) {
        self.part(first, values.len()).copy_to(values);
    }
}
