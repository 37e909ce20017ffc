//! Statistics: `shaders/statistics_parts.wgsl`, `statistics_channels.wgsl`, `statistics_layer.wgsl`.

use crate::cpu::call::Call;

/// Pixels of one part.
const PART: usize = 64;
/// Values per channel: minimum, maximum, mean, squared distance or deviation, zeros.
const VALUES: usize = 5;

pub(super) fn parts(call: &mut Call<'_>) {
    let (pixels, channels) = (call.param("pixels"), call.param("channel_quads") * 4);
    let x = &call.read("x")[..pixels * channels];
    let parts = call.write("parts");
    for (part, x) in parts.chunks_exact_mut(VALUES * channels).zip(x.chunks(PART * channels)) {
        let pixels = || x.chunks_exact(channels);
        let count = pixels().len() as f32;
        let (low, rest) = part.split_at_mut(channels);
        let (high, rest) = rest.split_at_mut(channels);
        let (mean, rest) = rest.split_at_mut(channels);
        let (distance, zeros) = rest.split_at_mut(channels);
        low.copy_from_slice(&x[..channels]);
        high.copy_from_slice(&x[..channels]);
        for values in [&mut *mean, &mut *distance, &mut *zeros] {
            values.fill(0.0);
        }
        for pixel in pixels() {
            for (channel, value) in pixel.iter().enumerate() {
                low[channel] = low[channel].min(*value);
                high[channel] = high[channel].max(*value);
                mean[channel] += value;
                zeros[channel] += f32::from(*value == 0.0);
            }
        }
        mean.iter_mut().for_each(|mean| *mean /= count);
        for pixel in pixels() {
            for ((distance, value), mean) in distance.iter_mut().zip(pixel).zip(&*mean) {
                *distance += (value - mean).powi(2);
            }
        }
    }
}

pub(super) fn channels(call: &mut Call<'_>) {
    let (pixels, channels) = (call.param("pixels"), call.param("channel_quads") * 4);
    let parts = call.read("parts");
    let y = call.write("y");
    for channel in 0..channels {
        let [mut low, mut high] = [parts[channel], parts[channels + channel]];
        let [mut mean, mut distance, mut zeros] = [0.0; 3];
        for (part, values) in parts.chunks_exact(VALUES * channels).take(pixels.div_ceil(PART)).enumerate() {
            let value = |at: usize| values[at * channels + channel];
            let before = (part * PART) as f32;
            let count = PART.min(pixels - part * PART) as f32;
            let apart = value(2) - mean;
            low = low.min(value(0));
            high = high.max(value(1));
            mean += apart * (count / (before + count));
            distance += value(3) + apart * apart * (before * count / (before + count));
            zeros += value(4);
        }
        let deviation = (distance / (pixels as f32 - 1.0).max(1.0)).sqrt();
        for (at, value) in [low, high, mean, deviation, zeros / pixels as f32].into_iter().enumerate() {
            y[at * channels + channel] = value;
        }
    }
}

pub(super) fn layer(call: &mut Call<'_>) {
    let (stride, channels) = (call.param("channel_quads") * 4, call.param("channels"));
    let (pixels, count) = (call.param("pixels") as f32, channels as f32);
    let y = call.write("y");
    let values = |at: usize| y[at * stride..][..channels].iter().copied();
    let low = values(0).fold(f32::INFINITY, f32::min);
    let high = values(1).fold(f32::NEG_INFINITY, f32::max);
    let mean = values(2).sum::<f32>() / count;
    let squares = values(2).zip(values(3));
    let distance: f32 =
        squares.map(|(own, deviation)| deviation * deviation * (pixels - 1.0) + (own - mean).powi(2) * pixels).sum();
    let deviation = (distance / (pixels * count - 1.0).max(1.0)).sqrt();
    let zeros = values(4).sum::<f32>() / count;
    y[VALUES * stride..][..8].copy_from_slice(&[low, high, mean, deviation, zeros, 0.0, 0.0, 0.0]);
}
