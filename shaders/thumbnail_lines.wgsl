// Thumbnails, second step: merges the slices of channels to cells and computes the extremes of every line of cells.
//
//   cells[cell] = (1 / values) Σ(slice) parts[cell,slice]
//
// One invocation computes one line of one thumbnail; one dispatch covers all thumbnails. `values` counts pixels times channels of
// a whole cell, `last_values` those of the cell clipped by the right edge.
//
// uses lib/invocation_id: linear_id

struct Params {
    lines: u32,
}

struct Line {
    first_part: u32,
    first_cell: u32,
    columns: u32,
    slices: u32,
    values: u32,       // in a whole cell of this line
    last_values: u32,  // in its last cell
}

@group(0) @binding(0) var<storage, read> parts: array<vec2<f32>>;            // [cell][slice]: sum and largest
@group(0) @binding(1) var<storage, read> table: array<Line>;
@group(0) @binding(2) var<storage, read_write> cells: array<f32>;
@group(0) @binding(3) var<storage, read_write> lines: array<vec4<f32>>;      // least and largest cell, largest value, 0
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.lines) { return; }
    let line = table[at];
    var found = vec4<f32>();
    for (var column = 0u; column < line.columns; column++) {
        var sum = 0.0;
        for (var slice = 0u; slice < line.slices; slice++) {
            let part = parts[line.first_part + column * line.slices + slice];
            sum += part.x;
            found.z = max(found.z, part.y);
        }
        let mean = sum / f32(select(line.values, line.last_values, column + 1u == line.columns));
        cells[line.first_cell + column] = mean;
        found.x = select(min(found.x, mean), mean, column == 0u);
        found.y = max(found.y, mean);
    }
    lines[at] = found;
}
