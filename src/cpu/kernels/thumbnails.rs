//! Thumbnails of layers: `shaders/thumbnail.wgsl`, `thumbnail_lines.wgsl`, `thumbnail_bounds.wgsl`.

use crate::cpu::call::Call;

/// Channels of one slice.
const SLICE: usize = 128;

pub(super) fn cells(call: &mut Call<'_>) {
    let [height, width, cell, columns] = ["height", "width", "cell", "columns"].map(|name| call.param(name));
    let [slices, first, threads] = ["slices", "first", "threads"].map(|name| call.param(name));
    let channels = call.param("channel_quads") * 4;
    let x = call.read("x");
    let y = &mut call.write("y")[2 * first..2 * (first + threads)];
    for (at, part) in y.chunks_exact_mut(2).enumerate() {
        let (slice, at) = (at % slices, at / slices);
        let (left, above) = (at % columns * cell, at / columns * cell);
        let of_slice = slice * SLICE..((slice + 1) * SLICE).min(channels);
        let [mut sum, mut most] = [0.0_f32; 2];
        for row in above..(above + cell).min(height) {
            for column in left..(left + cell).min(width) {
                for value in &x[(row * width + column) * channels..][of_slice.clone()] {
                    sum += value.abs();
                    most = most.max(value.abs());
                }
            }
        }
        part.copy_from_slice(&[sum, most]);
    }
}

pub(super) fn lines(call: &mut Call<'_>) {
    let count = call.param("lines");
    let (parts, table) = (call.read("parts"), call.words("table"));
    let (cells, lines) = (call.write("cells"), call.write("lines"));
    for (line, found) in table.chunks_exact(6).zip(lines.chunks_exact_mut(4)).take(count) {
        let [first_part, first_cell, columns, slices, values, last_values] =
            [0, 1, 2, 3, 4, 5].map(|at| line[at] as usize);
        let [mut low, mut high, mut most] = [f32::INFINITY, 0.0, 0.0_f32];
        for column in 0..columns {
            let parts = &parts[2 * (first_part + column * slices)..][..2 * slices];
            let sum: f32 = parts.iter().step_by(2).sum();
            most = parts.iter().skip(1).step_by(2).copied().fold(most, f32::max);
            let values = if column + 1 == columns { last_values } else { values };
            let mean = sum / values as f32;
            cells[first_cell + column] = mean;
            low = mean.min(low);
            high = mean.max(high);
        }
        found.copy_from_slice(&[low, high, most, 0.0]);
    }
}

pub(super) fn bounds(call: &mut Call<'_>) {
    let [thumbnails, count] = ["thumbnails", "lines"].map(|name| call.param(name));
    let (lines, table) = (&call.read("lines")[..4 * count], call.words("table"));
    let bounds = call.write("bounds");
    let least = |lines: &[f32], at: usize| lines.iter().skip(at).step_by(4).copied().fold(f32::INFINITY, f32::min);
    let most = |lines: &[f32], at: usize| lines.iter().skip(at).step_by(4).copied().fold(0.0, f32::max);
    for (range, bounds) in table.chunks_exact(2).zip(bounds.chunks_exact_mut(2)).take(thumbnails) {
        let own = &lines[4 * range[0] as usize..][..4 * range[1] as usize];
        bounds.copy_from_slice(&[least(own, 0), most(own, 1)]);
    }
    bounds[2 * thumbnails..][..2].copy_from_slice(&[most(lines, 1), most(lines, 2)]);
}
