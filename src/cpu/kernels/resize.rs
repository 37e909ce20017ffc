//! Preprocessing of frames in fixed point, as in Pillow: `shaders/resize_horizontal.wgsl`, `resize_vertical.wgsl`.
//! Source: Pillow, src/libImaging/Resample.c.

use crate::cpu::call::Call;

/// Fractional bits of the weights.
const PRECISION: u32 = 22;

/// The weighted sum of pixels, one level from 0 to 255 per channel.
fn resample(taps: &[i32], pixel: impl Fn(usize) -> u32) -> [i32; 3] {
    let [first, count] = [taps[0] as usize, taps[1] as usize];
    let mut sums = [1 << (PRECISION - 1); 3];
    for (k, weight) in taps[2..2 + count].iter().enumerate() {
        let pixel = pixel(first + k);
        for (channel, sum) in sums.iter_mut().enumerate() {
            *sum += weight * ((pixel >> (8 * channel)) & 255) as i32;
        }
    }
    sums.map(|sum| (sum >> PRECISION).clamp(0, 255))
}

pub(super) fn horizontal(call: &mut Call<'_>) {
    let [width, stride, first_row, columns] = ["width", "stride", "first_row", "columns"].map(|name| call.param(name));
    let [length, threads] = ["taps", "threads"].map(|name| call.param(name));
    let mirrored = call.param("mirrored") == 1;
    let (frame, taps) = (call.words("frame"), bytemuck::cast_slice::<u32, i32>(call.words("taps")));
    for (at, y) in call.write_words("y")[..threads].iter_mut().enumerate() {
        let row = &frame[(at / columns + first_row) * stride..][..width];
        let taps = &taps[at % columns * length..][..length];
        let levels = resample(taps, |column| row[if mirrored { width - 1 - column } else { column }]);
        *y = levels[0] as u32 | (levels[1] as u32) << 8 | (levels[2] as u32) << 16;
    }
}

pub(super) fn vertical(call: &mut Call<'_>) {
    let [side, columns, rows, length] = ["side", "columns", "rows", "taps"].map(|name| call.param(name));
    let [left, above, first_row, threads] = ["left", "above", "first_row", "threads"].map(|name| call.param(name));
    let (narrowed, taps) = (call.words("narrowed"), bytemuck::cast_slice::<u32, i32>(call.words("taps")));
    let (mean, deviation) = call.read("norm").split_at(4);
    let is_grey = mean[3] > 0.5;
    for (at, x) in call.write("x").chunks_exact_mut(4).take(threads).enumerate() {
        // Left of and above the resized frame the difference wraps to a large number, which is outside as well.
        let (column, row) = ((at % side).wrapping_sub(left), (at / side).wrapping_sub(above));
        let level = if column < columns && row < rows {
            let taps = &taps[row * length..][..length];
            resample(taps, |at| narrowed[(at - first_row) * columns + column])
        } else {
            [0; 3]
        };
        let normalised = |level: i32, channel: usize| (level as f32 / 255.0 - mean[channel]) / deviation[channel];
        let values = if is_grey {
            // Pillow's convert("L"): ITU-R 601-2 in 16 fractional bits, rounded.
            let grey = (level[0] * 19595 + level[1] * 38470 + level[2] * 7471 + 0x8000) >> 16;
            [normalised(grey, 0), 0.0, 0.0, 0.0]
        } else {
            [normalised(level[0], 0), normalised(level[1], 1), normalised(level[2], 2), 0.0]
        };
        x.copy_from_slice(&values);
    }
}
