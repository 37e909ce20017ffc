// Option A shortcut: y[n,y,x,c] = x[n, y·stride, x·stride, c - before], zero where c - before is not a channel of the input.
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one output pixel.
// Source: He et al. 2015, section 3.3, option A.
//
// uses lib/invocation_id: linear_id
// uses lib/output_position: output_position

struct Params {
    in_height: u32,
    in_width: u32,
    in_channels: u32,
    in_quads: u32,
    out_height: u32,
    out_width: u32,
    out_quads: u32,
    stride: u32,
    before: u32,
    quads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [n][iy][ix][c/4]
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;   // [n][y][x][c/4]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let output = output_position(at, params.out_height, params.out_width, params.out_quads);
    let iy = output.row * params.stride;
    let ix = output.column * params.stride;
    let first = ((output.image * params.in_height + iy) * params.in_width + ix) * params.in_quads;

    var value = vec4<f32>();
    for (var i = 0u; i < 4u; i++) {
        let out_channel = output.quad * 4u + i;
        if (out_channel >= params.before && out_channel < params.before + params.in_channels) {
            let channel = out_channel - params.before;
            value[i] = x[first + channel / 4u][channel % 4u];
        }
    }
    y[at] = value;
}
