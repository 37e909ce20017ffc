//! How convolutions on the CPU are divided among threads, and the messages by which a thread of its own memory computes a part.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::Random;
use resnet_lens::cpu::convolution::{Convolution, Epilogue, Group, Operands, Window};
use resnet_lens::cpu::threads::channel::{Channel, Turn, WORDS};
use resnet_lens::cpu::threads::remote::RemoteThreads;
use resnet_lens::cpu::threads::request::Request;
use resnet_lens::cpu::threads::{serve, split};

#[test]
fn parts_cover_all_pixels_in_order() {
    for pixels in [0, 1, 4, 7, 49, 196, 257, 3136] {
        for threads in 1..6 {
            let parts = split(pixels, threads, usize::MAX, 1);
            assert_eq!(parts.first().map(|part| part.start), Some(0));
            assert_eq!(parts.last().map(|part| part.end), Some(pixels));
            assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start), "{parts:?}");
            assert!(pixels == 0 || parts.iter().all(|part| !part.is_empty()), "{parts:?}");
        }
    }
    assert_eq!(split(49, 2, usize::MAX, 1), [0..24, 24..49]);
    assert_eq!(split(49, 2, 199, 100).len(), 1, "too little work for two");
}

/// The range is compared with the taps of every pixel in it.
#[test]
fn the_input_of_a_range_holds_every_tap() {
    let mut checked = 0;
    for (kernel, stride, padding) in [
        ([1, 1], [1, 1], [0, 0]),
        ([1, 1], [2, 2], [0, 0]),
        ([3, 3], [1, 1], [1, 1]),
        ([3, 2], [2, 1], [1, 0]),
        ([7, 7], [2, 2], [3, 3]),
        ([2, 2], [3, 3], [0, 0]),
        ([1, 3], [1, 2], [2, 1]),
    ] {
        let input = [6_usize, 5];
        let [rows, columns] = [0, 1].map(|axis| {
            (input[axis] + 2 * padding[axis]).checked_sub(kernel[axis]).map_or(0, |room| room / stride[axis] + 1)
        });
        if rows * columns == 0 {
            continue;
        }
        let window = Window { input, output: [rows, columns], kernel, stride, padding, inputs: 4 };
        let pixels = 3 * rows * columns;
        for first in 0..pixels {
            for end in first + 1..=pixels {
                let range = window.input_pixels(first..end);
                assert!(range.end <= 3 * 6 * 5, "{window:?}: {range:?} is within the input");
                for pixel in (first..end).flat_map(|pixel| window.under(pixel)).flatten() {
                    assert!(range.contains(&pixel), "{window:?}: {first}..{end} reads {pixel}, of {range:?}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 0);
}

#[test]
fn a_range_reads_only_its_rows() {
    let window = Window { input: [8, 8], output: [8, 8], kernel: [3, 3], stride: [1, 1], padding: [1, 1], inputs: 4 };
    assert_eq!(window.input_pixels(0..8), 0..16);
    assert_eq!(window.input_pixels(32..64), 24..64);
    assert_eq!(window.input_pixels(60..68), 48..80, "the last row of one image and the first of the next");
}

#[test]
fn requests_are_words() {
    let window = Window { input: [1, 2], output: [3, 4], kernel: [5, 6], stride: [7, 8], padding: [9, 10], inputs: 11 };
    let convolution =
        Convolution { window, outputs: 12, group: Some(Group { inputs: 13, outputs: 14 }), epilogue: Epilogue(15) };
    let contents = 1 << 40 | 3;
    for request in [
        Request::Store { contents, length: 5 },
        Request::Drop { contents },
        Request::Convolve { contents, convolution, pixels: 16..17, lengths: [18, 19, 20, 21] },
        Request::Convolve {
            contents,
            convolution: Convolution { group: None, ..convolution },
            pixels: 16..17,
            lengths: [0; 4],
        },
    ] {
        assert_eq!(Request::from_words(&request.words()), Some(request));
    }
    assert_eq!(Request::from_words(&[0; WORDS]), None);
}

/// Memory of two threads of this program.
#[derive(Clone)]
struct Shared(Arc<Inner>);

struct Inner {
    turn: Mutex<Turn>,
    changed: Condvar,
    words: Mutex<[u32; WORDS]>,
    values: Mutex<Vec<f32>>,
    requests: AtomicUsize,
    /// After this many requests the thread ends without an answer.
    lifetime: usize,
}

impl Shared {
    fn new(capacity: usize, lifetime: usize) -> Self {
        Self(Arc::new(Inner {
            turn: Mutex::new(Turn::Starting),
            changed: Condvar::new(),
            words: Mutex::new([0; WORDS]),
            values: Mutex::new(vec![0.0; capacity]),
            requests: AtomicUsize::new(0),
            lifetime,
        }))
    }

    /// With a thread that serves it.
    fn served(capacity: usize, lifetime: usize) -> Self {
        let shared = Self::new(capacity, lifetime);
        let other = shared.clone();
        thread::spawn(move || serve(&other));
        assert!(shared.wait(Turn::Engine, Some(Duration::from_secs(60))), "the thread starts");
        shared
    }

    fn requests(&self) -> usize {
        self.0.requests.load(Ordering::SeqCst)
    }
}

impl Channel for Shared {
    fn capacity(&self) -> usize {
        self.0.values.lock().expect("no panics").len()
    }

    fn turn(&self) -> Turn {
        *self.0.turn.lock().expect("no panics")
    }

    fn pass_to(&self, turn: Turn) {
        *self.0.turn.lock().expect("no panics") = turn;
        self.0.changed.notify_all();
    }

    fn wait(&self, turn: Turn, limit: Option<Duration>) -> bool {
        let guard = self.0.turn.lock().expect("no panics");
        // A thread without an engine ends with the test.
        let limit = limit.unwrap_or(Duration::from_secs(20));
        let (guard, _) = self.0.changed.wait_timeout_while(guard, limit, |now| *now != turn).expect("no panics");
        let arrived = *guard == turn;
        if arrived && turn == Turn::Thread {
            return self.0.requests.fetch_add(1, Ordering::SeqCst) < self.0.lifetime;
        }
        arrived
    }

    fn write_words(&self, words: &[u32; WORDS]) {
        *self.0.words.lock().expect("no panics") = *words;
    }

    fn words(&self) -> [u32; WORDS] {
        *self.0.words.lock().expect("no panics")
    }

    fn write(&self, first: usize, values: &[f32]) {
        self.0.values.lock().expect("no panics")[first..first + values.len()].copy_from_slice(values);
    }

    fn read(&self, first: usize, values: &mut [f32]) {
        values.copy_from_slice(&self.0.values.lock().expect("no panics")[first..first + values.len()]);
    }
}

/// A convolution with all its operands, large enough that it is divided.
struct Case {
    convolution: Convolution,
    values: [Vec<f32>; 5],
    pixels: usize,
}

impl Case {
    fn new() -> Self {
        let window =
            Window { input: [40, 40], output: [40, 40], kernel: [3, 3], stride: [1, 1], padding: [1, 1], inputs: 32 };
        let convolution = Convolution { window, outputs: 32, group: None, epilogue: Epilogue(1 | 2 | 4 | 8) };
        let mut random = Random::new(5);
        let lengths = [1600 * 32, 9 * 32 * 32, 32, 64, 1600 * 32];
        Self {
            convolution,
            values: lengths.map(|length| (0..length).map(|_| random.uniform(-1.0, 1.0)).collect()),
            pixels: 1600,
        }
    }

    fn operands(&self) -> Operands<'_> {
        let [x, weights, bias, affine, residual] = &self.values;
        Operands { x, weights, bias, affine, residual }
    }

    fn on(&self, threads: &mut RemoteThreads<Shared>, contents: u64) -> Vec<f32> {
        let mut y = vec![f32::NAN; self.pixels * self.convolution.outputs];
        threads.compute(&self.convolution, &self.operands(), contents, &mut y);
        y
    }

    fn alone(&self) -> Vec<f32> {
        self.on(&mut RemoteThreads::default(), 0)
    }
}

#[test]
fn remote_threads_compute_the_same_values_and_keep_weights() {
    let (case, threads) = (Case::new(), [0; 3].map(|_| Shared::served(1 << 18, usize::MAX)));
    let mut remote = RemoteThreads::default();
    threads.iter().for_each(|thread| remote.add(thread.clone()));
    assert_eq!(remote.count(), 4);
    let expected = case.alone();
    let requests = |threads: &[Shared]| threads.iter().map(Shared::requests).collect::<Vec<_>>();
    assert_eq!(case.on(&mut remote, 7), expected);
    assert_eq!(requests(&threads), [2; 3], "the weights, then the part");
    assert_eq!(case.on(&mut remote, 7), expected);
    assert_eq!(requests(&threads), [3; 3], "the weights are kept");
    remote.drop_contents(7);
    remote.drop_contents(8); // Never sent.
    assert_eq!(case.on(&mut remote, 9), expected);
    assert_eq!(requests(&threads), [6; 3], "the old weights are dropped, others stored");
}

#[test]
fn a_thread_that_dies_is_replaced_by_the_engine() {
    for lifetime in 0..4 {
        let (case, mut remote) = (Case::new(), RemoteThreads::default());
        let expected = case.alone();
        remote.add(Shared::served(1 << 18, lifetime));
        for _ in 0..4 {
            assert_eq!(case.on(&mut remote, 7), expected, "it carries out {lifetime} requests");
        }
        assert_eq!(remote.count(), 1, "no later convolution waits for it");
        let started = Instant::now();
        case.on(&mut remote, 7);
        assert!(started.elapsed() < Duration::from_secs(2));
    }
}

#[test]
fn a_thread_that_has_not_started_is_not_waited_for() {
    let (case, mut remote, thread) = (Case::new(), RemoteThreads::default(), Shared::new(1 << 18, usize::MAX));
    remote.add(thread.clone());
    assert_eq!(case.on(&mut remote, 7), case.alone());
    assert_eq!((remote.count(), thread.requests()), (2, 0));
}

#[test]
fn what_the_shared_memory_does_not_hold_is_computed_alone() {
    let (case, mut remote, thread) = (Case::new(), RemoteThreads::default(), Shared::served(1 << 10, usize::MAX));
    remote.add(thread.clone());
    assert_eq!(case.on(&mut remote, 7), case.alone());
    assert_eq!((remote.count(), thread.requests()), (2, 0));
}
