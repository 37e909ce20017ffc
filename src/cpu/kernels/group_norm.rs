//! Group normalisation and its gradient: `shaders/groupnorm_statistics.wgsl`, `groupnorm.wgsl`, `groupnorm_gradient_means.wgsl`,
//! `groupnorm_gradient.wgsl`. Sources: Wu & He 2018, equations 1, 2 and 7; PyTorch native_group_norm_backward.

use crate::cpu::call::Call;

/// Channels in groups.
struct Groups {
    pixels: usize,
    /// Channels of a pixel with padding, and of a group.
    channels: usize,
    group_channels: usize,
    count: usize,
}

impl Groups {
    fn new(call: &Call<'_>) -> Self {
        let [pixels, quads, group_channels, count] =
            ["pixels", "channel_quads", "group_channels", "groups"].map(|name| call.param(name));
        Self { pixels, channels: quads * 4, group_channels, count }
    }
}

pub(super) fn statistics(call: &mut Call<'_>) {
    let Groups { pixels, channels, group_channels, count } = Groups::new(call);
    let (parts, eps) = (call.param("parts"), call.float("eps_bits"));
    let x = call.read("x");
    for (part, statistics) in call.write("statistics").chunks_exact_mut(2).take(parts).enumerate() {
        let (image, group) = (part / count, part % count);
        let pixels = x[image * pixels * channels..][..pixels * channels].chunks_exact(channels);
        let values = pixels.flat_map(|pixel| &pixel[group * group_channels..][..group_channels]);
        let length = values.clone().count() as f64;
        let mean = values.clone().map(|value| f64::from(*value)).sum::<f64>() / length;
        let variance = values.map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / length;
        statistics.copy_from_slice(&[mean as f32, (1.0 / (variance + f64::from(eps)).sqrt()) as f32]);
    }
}

pub(super) fn normalise(call: &mut Call<'_>) {
    let Groups { pixels, channels, group_channels, count } = Groups::new(call);
    let length = call.param("quads") * 4;
    let (x, statistics) = (call.read("x"), call.read("statistics"));
    let (weight, bias) = call.read("affine").split_at(channels);
    let y = call.write("y")[..length].chunks_exact_mut(channels).zip(x.chunks_exact(channels));
    for (pixel, (y, x)) in y.enumerate() {
        let first = pixel / pixels * count;
        for (channel, (y, x)) in y.iter_mut().zip(x).enumerate() {
            // Padding channels have the statistics of the last group; their weight and bias are zero.
            let group = 2 * (first + (channel / group_channels).min(count - 1));
            *y = (x - statistics[group]) * statistics[group + 1] * weight[channel] + bias[channel];
        }
    }
}

pub(super) fn gradient_means(call: &mut Call<'_>) {
    let Groups { pixels, channels, group_channels, count } = Groups::new(call);
    let parts = call.param("parts");
    let (dy, x, statistics, weight) = (call.read("dy"), call.read("x"), call.read("statistics"), call.read("affine"));
    for (part, means) in call.write("means").chunks_exact_mut(2).take(parts).enumerate() {
        let (image, first) = (part / count, part % count * group_channels);
        let [mean, inverse] = [statistics[2 * part], statistics[2 * part + 1]].map(f64::from);
        let mut sums = [0.0; 2];
        for pixel in image * pixels..(image + 1) * pixels {
            let own = pixel * channels + first..pixel * channels + first + group_channels;
            for ((dy, x), weight) in dy[own.clone()].iter().zip(&x[own]).zip(&weight[first..]) {
                let scaled = f64::from(*dy) * f64::from(*weight);
                sums[0] += scaled;
                sums[1] += scaled * (f64::from(*x) - mean) * inverse;
            }
        }
        means.copy_from_slice(&sums.map(|sum| (sum / (pixels * group_channels) as f64) as f32));
    }
}

pub(super) fn gradient(call: &mut Call<'_>) {
    let Groups { pixels, channels, group_channels, count } = Groups::new(call);
    let length = call.param("quads") * 4;
    let (dy, x, weight) = (call.read("dy"), call.read("x"), call.read("affine"));
    let (statistics, means) = (call.read("statistics"), call.read("means"));
    for (pixel, dx) in call.write("dx")[..length].chunks_exact_mut(channels).enumerate() {
        let first = pixel / pixels * count;
        for (channel, dx) in dx.iter_mut().enumerate() {
            let group = channel / group_channels;
            if group >= count {
                *dx = 0.0;
                continue;
            }
            let (at, part) = (pixel * channels + channel, 2 * (first + group));
            let (mean, inverse) = (statistics[part], statistics[part + 1]);
            let normalised = (x[at] - mean) * inverse;
            *dx = inverse * (dy[at] * weight[channel] - means[part] - normalised * means[part + 1]);
        }
    }
}
