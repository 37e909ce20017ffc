//! Threads divide the output pixels of a convolution on the CPU: parts have the same values as the whole, to the bit.

use crate::common::{Random, gpu_tests};
use resnet_lens::cpu::convolution::{Convolution, Epilogue, Group, Operands, Window};
use resnet_lens::cpu::threads::split;

/// The bits of all output pixels, computed in parts.
fn in_parts(convolution: &Convolution, whole: &Operands<'_>, pixels: usize, threads: usize) -> Vec<u32> {
    let mut y = vec![f32::NAN; pixels * convolution.outputs];
    for part in split(pixels, threads, usize::MAX, 1) {
        let values = &mut y[part.start * convolution.outputs..part.end * convolution.outputs];
        convolution.compute(part.clone(), &convolution.part(whole, part), values);
    }
    y.iter().map(|value| value.to_bits()).collect()
}

fn check(images: usize, window: Window, outputs: usize, group: Option<Group>) {
    // Bias, affine, residual, ReLU.
    let convolution = Convolution { window, outputs, group, epilogue: Epilogue(1 | 2 | 4 | 8) };
    let pixels = images * window.output[0] * window.output[1];
    let inputs = group.map_or(window.inputs, |group| group.inputs.next_multiple_of(4));
    let mut random = Random::new((pixels * outputs) as u64);
    let mut values = |length: usize| -> Vec<f32> { (0..length).map(|_| random.uniform(-1.0, 1.0)).collect() };
    let x = values(images * window.input[0] * window.input[1] * window.inputs);
    let weights = values(window.kernel[0] * window.kernel[1] * inputs * outputs);
    let (bias, affine, residual) = (values(outputs), values(2 * outputs), values(pixels * outputs));
    let whole = Operands { x: &x, weights: &weights, bias: &bias, affine: &affine, residual: &residual };
    let expected = in_parts(&convolution, &whole, pixels, 1);
    for threads in [2, 3, 4, 7] {
        assert!(in_parts(&convolution, &whole, pixels, threads) == expected, "{threads} threads, {convolution:?}");
    }
}

fn window(size: usize, kernel: usize, stride: usize, padding: usize, inputs: usize) -> Window {
    let output = (size + 2 * padding - kernel) / stride + 1;
    Window {
        input: [size; 2],
        output: [output; 2],
        kernel: [kernel; 2],
        stride: [stride; 2],
        padding: [padding; 2],
        inputs,
    }
}

gpu_tests! {
    async fn parts_have_the_values_of_the_whole() {
        check(1, window(33, 7, 2, 3, 4), 64, None);
        check(1, window(20, 1, 1, 0, 64), 256, None);
        check(1, window(28, 1, 2, 0, 64), 128, None);
        check(3, window(7, 1, 1, 0, 2048), 8, None);
        // The last block of pixels has one pixel.
        check(1, window(257, 1, 1, 0, 8), 12, None);
    }

    /// `gemm` divides long sums otherwise for few rows and columns than for many.
    async fn sums_of_more_terms_than_are_added_at_once() {
        check(1, window(10, 3, 1, 1, 64), 64, None);
        check(2, window(7, 3, 1, 1, 512), 16, None);
    }

    async fn parts_of_grouped_convolutions() {
        check(2, window(9, 3, 2, 1, 12), 20, Some(Group { inputs: 3, outputs: 5 }));
    }
}
