// Thumbnails, third step: the extremes of each thumbnail's cells, and over all layers the largest cell and the largest magnitude
// of any value.
//
// One invocation per thumbnail. The first one also reduces the lines of all thumbnails.
//
// uses lib/invocation_id: linear_id

struct Params {
    thumbnails: u32,
    lines: u32,
}

@group(0) @binding(0) var<storage, read> lines: array<vec4<f32>>;          // least and largest cell, largest value, 0
@group(0) @binding(1) var<storage, read> table: array<vec2<u32>>;          // [thumbnail] first line, lines
@group(0) @binding(2) var<storage, read_write> bounds: array<f32>;         // [thumbnail][least, largest], largest cell, magnitude
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.thumbnails) { return; }
    let range = table[at];
    var low = lines[range.x].x;
    var high = lines[range.x].y;
    for (var line = 1u; line < range.y; line++) {
        low = min(low, lines[range.x + line].x);
        high = max(high, lines[range.x + line].y);
    }
    bounds[2u * at] = low;
    bounds[2u * at + 1u] = high;
    if (at > 0u) { return; }
    var largest = 0.0;
    var magnitude = 0.0;
    for (var line = 0u; line < params.lines; line++) {
        let found = lines[line];
        largest = max(largest, found.y);
        magnitude = max(magnitude, found.z);
    }
    bounds[2u * params.thumbnails] = largest;
    bounds[2u * params.thumbnails + 1u] = magnitude;
}
