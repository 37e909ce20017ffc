

/// The weight of the value at `place` in the output at `output` of a smoothing by (1, 2, 1) / 4 with stride 2, on an axis of `length`
/// values. Where the filter leaves the axis it is reflected at the border.
fn blur_weight(output: u32, place: u32, length: u32) -> f32 {
    var weight = 0.0;
    for (var tap = 0; tap < 3; tap++) {
        let inside = abs(i32(2u * output) + tap - 1);
        let last = i32(length) - 1;
        let at = select(inside, 2 * last - inside, inside > last);
        weight += select(0.0, select(0.25, 0.5, tap == 1), at == i32(place));
    }
    return weight;
}
