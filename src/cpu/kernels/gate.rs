//! Channel gates and their gradient: `shaders/channel_gate.wgsl`, `channel_gate_gradient.wgsl`. Source: Hu, Shen & Sun 2017, equation 4.

use crate::cpu::activation::sigmoid;
use crate::cpu::call::Call;

pub(super) fn gate(call: &mut Call<'_>) {
    let [pixels, channels, count] = [call.param("pixels"), call.param("channel_quads") * 4, call.param("quads") * 4];
    let (x, gate) = (call.read("x"), call.read("gate"));
    let y = call.write("y")[..count].chunks_exact_mut(channels).zip(x.chunks_exact(channels));
    for (pixel, (y, x)) in y.enumerate() {
        let gate = &gate[pixel / pixels * channels..][..channels];
        for ((y, x), gate) in y.iter_mut().zip(x).zip(gate) {
            *y = x * sigmoid(*gate);
        }
    }
}

pub(super) fn gate_gradient(call: &mut Call<'_>) {
    let [pixels, channels, count] = [call.param("pixels"), call.param("channel_quads") * 4, call.param("quads") * 4];
    let (dy, x, gate) = (call.read("dy"), call.read("x"), call.read("gate"));
    for (image, dg) in call.write("dg")[..count].chunks_exact_mut(channels).enumerate() {
        dg.fill(0.0);
        let values = image * pixels * channels..(image + 1) * pixels * channels;
        for (dy, x) in dy[values.clone()].chunks_exact(channels).zip(x[values].chunks_exact(channels)) {
            for ((dg, dy), x) in dg.iter_mut().zip(dy).zip(x) {
                *dg += dy * x;
            }
        }
        for (dg, gate) in dg.iter_mut().zip(&gate[image * channels..]) {
            let s = sigmoid(*gate);
            *dg *= s * (1.0 - s);
        }
    }
}
