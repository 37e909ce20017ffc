//! What the test programs share: one GPU, reproducible tensors, the tolerance, and comparisons that say where they fail.
#![allow(dead_code, unused_imports, unused_macros, reason = "each test program uses its own part of this")]

pub mod containers;
pub mod layers;
#[cfg(not(target_arch = "wasm32"))]
pub mod recorded;
#[cfg(not(target_arch = "wasm32"))]
pub mod torch_save;

use resnet_lens::gpu::{DeviceKind, Gpu, Needs, Parameters};
use resnet_lens::graph::{Graph, ValueRef};
use resnet_lens::ops::{Op, ParameterValues, WeightFormat};
use resnet_lens::plan::AlgorithmSelection;
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;
use resnet_lens::weights::{ByteSource, WeightFile};
use resnet_lens::{Catalog, ModelCard, Session};

/// The card of the starter model.
pub fn starter_card() -> ModelCard {
    let catalog = Catalog::bundled().expect("the catalog is good");
    catalog.find("starter").expect("the starter is in the catalog").clone()
}

/// Declares tests whose bodies run natively and in the browser alike.
macro_rules! gpu_tests {
    ($($(#[$doc:meta])* async fn $name:ident() $body:block)*) => {
        $(
            $(#[$doc])*
            #[cfg(not(target_arch = "wasm32"))]
            #[test]
            fn $name() {
                pollster::block_on(async $body)
            }

            $(#[$doc])*
            #[cfg(target_arch = "wasm32")]
            #[wasm_bindgen_test::wasm_bindgen_test]
            async fn $name() $body
        )*
    };
}
pub(crate) use gpu_tests;

/// The device that the tests run on: `cpu` in the environment variable `TEST_DEVICE` selects the CPU. In a browser, which has no such
/// variables, it is the one that the tests were compiled with.
pub fn device_kind() -> DeviceKind {
    #[cfg(not(target_arch = "wasm32"))]
    let wanted = std::env::var("TEST_DEVICE").ok();
    #[cfg(target_arch = "wasm32")]
    let wanted = option_env!("TEST_DEVICE").map(str::to_owned);
    match wanted.as_deref() {
        None | Some("gpu") => DeviceKind::Gpu,
        Some("cpu") => DeviceKind::Cpu,
        Some(other) => panic!("TEST_DEVICE: expected gpu or cpu, found {other}"),
    }
}

/// A device of its own.
pub async fn fresh_gpu() -> Gpu {
    let opened = Gpu::open_kind(device_kind(), Needs::default()).await;
    opened.unwrap_or_else(|error| panic!("these tests need a GPU or its software stand-in: {error}"))
}

/// A session with a device of its own.
pub async fn session() -> Session {
    let opened = Session::open_on(device_kind()).await;
    opened.unwrap_or_else(|error| panic!("these tests need a GPU or its software stand-in: {error}"))
}

async fn open() -> Gpu {
    let gpu = fresh_gpu().await;
    println!("adapter: {:?}", gpu.report());
    gpu
}

/// The GPU of this test program, so that its pipelines are compiled once. Without an adapter the test fails.
#[cfg(not(target_arch = "wasm32"))]
pub async fn gpu() -> Gpu {
    static GPU: std::sync::OnceLock<Gpu> = std::sync::OnceLock::new();
    GPU.get_or_init(|| pollster::block_on(open())).clone()
}

/// The GPU of this test program, so that its pipelines are compiled once. Without an adapter the test fails.
#[cfg(target_arch = "wasm32")]
pub async fn gpu() -> Gpu {
    // The browser's objects cannot leave their thread, so a static cannot hold them.
    thread_local!(static GPU: std::cell::OnceCell<Gpu> = const { std::cell::OnceCell::new() });
    let opened = GPU.with(|gpu| gpu.get().cloned());
    match opened {
        Some(gpu) => gpu,
        None => {
            let gpu = open().await;
            GPU.with(|cell| cell.get_or_init(|| gpu).clone())
        }
    }
}

/// The algorithms that a session would use on this device: software adapters need seconds for those of `Plan::new`.
pub fn predicted(gpu: &Gpu, weights: WeightFormat) -> AlgorithmSelection {
    AlgorithmSelection::predicted(gpu.report().with_weights(weights))
}

/// Reproducible numbers: SplitMix64 (Steele, Lea & Flood 2014).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn uniform(&mut self, low: f32, high: f32) -> f32 {
        low + (self.next() >> 40) as f32 / (1 << 24) as f32 * (high - low)
    }

    pub fn tensor(&mut self, shape: Shape, low: f32, high: f32) -> HostTensor {
        HostTensor::from_fn(shape, |_, _, _, _| self.uniform(low, high))
    }

    /// Parameters with which values of about 1 stay values of about 1, and running statistics that matter.
    pub fn parameters(&mut self, op: &Op) -> ParameterValues {
        let values = |random: &mut Self, name: &str, dims: &[usize]| -> Vec<f32> {
            let fan_in: usize = dims.iter().skip(1).product();
            let (low, high) = match (name, dims.len()) {
                ("weight", 1) => (0.5, 1.5),
                // Uniform values of this range have the variance 1 / fan_in.
                ("weight", _) => (-(3.0 / fan_in as f32).sqrt(), (3.0 / fan_in as f32).sqrt()),
                ("running_var", _) => (0.3, 2.0),
                _ => (-0.5, 0.5),
            };
            (0..dims.iter().product()).map(|_| random.uniform(low, high)).collect()
        };
        op.parameters().iter().map(|spec| (spec.name, values(self, spec.name, &spec.dims))).collect()
    }
}

/// The value of every node by the CPU reference; `parameters` by node index.
pub fn walk(graph: &Graph, parameters: &[ParameterValues], input: &HostTensor) -> Vec<HostTensor> {
    let values = graph.reference(parameters, input);
    for (node, value) in graph.nodes().iter().zip(&values) {
        assert_eq!(value.shape(), node.shape, "{}: the reference's shape against the shape rule's", node.name);
    }
    values
}

/// All parameters on the GPU; `parameters` by node index.
pub fn upload(gpu: &Gpu, graph: &Graph, parameters: &[ParameterValues]) -> Parameters {
    let mut uploaded = Parameters::default();
    for (node, values) in graph.nodes().iter().zip(parameters) {
        uploaded.insert(gpu, graph, &node.name, values).unwrap_or_else(|error| panic!("{error}"));
    }
    uploaded
}

/// All parameters of a weight file on the GPU.
pub async fn upload_file(
    gpu: &Gpu,
    graph: &Graph,
    file: &WeightFile<impl ByteSource>,
    format: WeightFormat,
) -> Parameters {
    let mut uploaded = Parameters::new(format);
    for node in graph.nodes() {
        let values = file.parameters(node).await.unwrap_or_else(|error| panic!("{error}"));
        uploaded.insert(gpu, graph, &node.name, &values).unwrap_or_else(|error| panic!("{error}"));
    }
    uploaded
}

/// How many roundings a value of an operator's output goes through.
pub fn own_terms(op: &Op, input: Shape, output: Shape) -> usize {
    match op {
        Op::GlobalAvgPool2d(_) => input.h * input.w,
        Op::Softmax(_) => output.c,
        Op::GroupNorm(norm) => norm.channels / norm.groups * input.h * input.w,
        // Normalisation, addition and rectifier together round a few times.
        _ => (op.macs(output) as usize / output.len()).max(4),
    }
}

/// For every node, the roundings on the longest path from the input to it.
pub fn terms(graph: &Graph) -> Vec<usize> {
    let mut terms: Vec<usize> = Vec::new();
    for node in graph.nodes() {
        let before = node.inputs.iter().map(|value| if let ValueRef::Node(index) = value { terms[*index] } else { 0 });
        terms.push(own_terms(&node.op, graph.input_shapes(node)[0], node.shape) + before.max().unwrap_or(0));
    }
    terms
}

/// How far two computations in `f32` of the same `terms` roundings may be apart, relative to values of at least 1.
///
/// Roundings are random steps of up to half a unit in the last place, so their sum grows as the root of their number (Higham &
/// Mary 2019). 8 leaves room for the tail among some 100,000 values; a wrong index is off by thousands of times more.
pub fn tolerance(terms: usize) -> f32 {
    8.0 * (terms as f32).sqrt() * f32::EPSILON
}

/// The error that [`tolerance`] bounds; NaN where a value is.
fn error(found: f32, expected: f32) -> f32 {
    (found - expected).abs() / expected.abs().max(1.0)
}

/// Holds two tensors against each other and returns the largest error.
///
/// # Panics
/// With the place and both values of the worst, and the number of those that are too far off.
pub fn assert_close(what: &str, found: &HostTensor, expected: &HostTensor, tolerance: f32) -> f32 {
    assert_eq!(found.shape(), expected.shape(), "{what}: shape");
    let Shape { c, h, w, .. } = expected.shape();
    let pairs = || found.data().iter().copied().zip(expected.data().iter().copied());
    // Not `error > tolerance`: NaN is bad, too.
    let good = |(found, expected): (f32, f32)| error(found, expected) <= tolerance;
    let bad = pairs().filter(|pair| !good(*pair)).count();
    if bad > 0 {
        let rank = |(found, expected): (f32, f32)| {
            let error = error(found, expected);
            if error.is_nan() { f32::INFINITY } else { error }
        };
        let (worst, (f, e)) = pairs().enumerate().max_by(|a, b| rank(a.1).total_cmp(&rank(b.1))).expect("one is bad");
        let place = [worst / (c * h * w), worst / (h * w) % c, worst / w % h, worst % w];
        let absolute = pairs().map(|(f, e)| (f - e).abs()).fold(0.0, f32::max);
        let relative = pairs().map(|(f, e)| (f - e).abs() / e.abs().max(f32::MIN_POSITIVE)).fold(0.0, f32::max);
        panic!(
            "{what}: {bad} of {} values are off by more than {tolerance:e}; the worst is at NCHW {place:?}: \
             found {f}, expected {e}; largest absolute error {absolute:e}, relative {relative:e}",
            expected.shape().len()
        );
    }
    pairs().map(|(f, e)| error(f, e)).fold(0.0, f32::max)
}

/// The Euclidean norm of the difference relative to that of `expected`; infinite if a value is no number.
pub fn relative_l2(found: &HostTensor, expected: &HostTensor) -> f64 {
    assert_eq!(found.shape(), expected.shape(), "the shape of the value and the one expected");
    let squared = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let pairs = found.data().iter().zip(expected.data());
    let difference = squared(&mut pairs.map(|(found, expected)| f64::from(*found) - f64::from(*expected)));
    let norm = squared(&mut expected.data().iter().map(|value| f64::from(*value)));
    if difference.is_nan() { f64::INFINITY } else { (difference / norm.max(f64::MIN_POSITIVE)).sqrt() }
}
